/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence_limits.c - how much of each thing evidence may be: as much as may
 * be, and one more. Runs in the top folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "evidence/parts.h"
#include "test_file.h"

#include <refval.h>

#define MACHINE "tests/vectors/real/near-058-dev-3e6394/quote.bin"

static struct rv_buf quote; /* of the machine */

static int set_up(void **state)
{
	(void)state;
	quote = test_file("", MACHINE);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rv_buf_free(&quote);
	return 0;
}

/* ---- what is read, or refused for its size ---- */

/* Evidence in which there is a quote; @says NULL: it is read. */
static void judge(struct rv_span in, const char *instance, const char *says)
{
	const struct rv_evidence_options o = { .instance = instance };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };
	bool read = rv_evidence_read(in, &o, &e, &err);

	if (read != !says)
		fail_msg("%s: %s", says ? says : "read", read ? "" : err.msg);
	if (!read && (err.code != RV_INPUT || !strstr(err.msg, says)))
		fail_msg("%d %s", (int)err.code, err.msg);
	if (read)
		assert_true(e.quote.n >= quote.n);
}

/* What is refused anyway: for its size, or for something else. */
static void refused(bool read, const struct rv_err *err, bool large,
		    const char *says)
{
	assert_false(read);
	assert_int_equal(err->code, RV_INPUT);
	if (!strstr(err->msg, says) == large)
		fail_msg("%d: %s", large, err->msg);
}

static void put_quote(struct rv_grow *g)
{
	char *hex = malloc(2 * quote.n + 1);

	assert_non_null(hex);
	rv_hex(rv_buf_span(&quote), hex);
	rv_grow_printf(g, "\"quote\":\"%s\"", hex);
	free(hex);
}

/* ---- lists ---- */

/* @n machines, of which the first has the quote. */
static void put_machines(struct rv_grow *g, const char *list, size_t n)
{
	rv_grow_printf(g, "{\"%s\":[{", list);
	put_quote(g);
	rv_grow_text(g, "}");
	for (size_t i = 1; i < n; i++)
		rv_grow_text(g, ",{}");
	rv_grow_text(g, "]}");
}

static void machines(void **state)
{
	static const struct {
		const char *list;
		size_t most;
		const char *says;
	} row[] = {
		{ "instances", EV_INSTANCES_MAX,
		  "instances: not an array of 1 to 4096" },
		{ "all_attestations", 64,
		  "all_attestations[64]: more than 64 machines" },
		{ "model_attestations", 64,
		  "model_attestations[64]: more than 64 machines" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++)
		for (size_t more = 0; more < 3; more++) {
			RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

			put_machines(&g, row[i].list, row[i].most + more);
			judge(rv_buf_span(&g.buf), "0",
			      more ? row[i].says : NULL);
		}
}

/* A long name of a machine is said in part. */
static void names_of_machines(void **state)
{
	enum { SHOWN = 80 };

	(void)state;
	for (size_t n = SHOWN - 1; n <= SHOWN + 2; n++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_evidence_options o = { .instance = "0" };
		struct rv_err err = { 0 };
		char name[SHOWN + 3], want[SHOWN + 32];

		memset(name, 'm', n);
		name[n] = '\0';
		rv_grow_printf(&g,
			       "{\"all_attestations\":[{\"model_name\":"
			       "\"%s\",",
			       name);
		put_quote(&g);
		rv_grow_text(&g, "},{}]}");
		if (!rv_evidence_read(rv_buf_span(&g.buf), &o, &e, &err))
			fail_msg("%s", err.msg);
		snprintf(want, sizeof want, "0 (%.*s) of 2", SHOWN, name);
		assert_string_equal(e.instance, want);
		o.instance = NULL;
		assert_false(
		    rv_evidence_read(rv_buf_span(&g.buf), &o, &e, &err));
		snprintf(want, sizeof want, ": 0 (%.*s), 1 ()", SHOWN, name);
		assert_int_equal(err.code, RV_INPUT);
		assert_non_null(strstr(err.msg, want));
	}
}

static void certificates(void **state)
{
	struct rv_buf pem =
	    test_file("tests/vectors/evidence/", "ra-tls.gzip-log.pem");

	(void)state;
	for (size_t n = EV_CERTIFICATES_MAX; n <= EV_CERTIFICATES_MAX + 2;
	     n++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

		for (size_t i = 0; i < n; i++)
			rv_grow_add(&g, pem.p, pem.n);
		judge(rv_buf_span(&g.buf), NULL,
		      n > EV_CERTIFICATES_MAX ? "more than 32 certificates"
					      : NULL);
	}
	rv_buf_free(&pem);
}

static void events(void **state)
{
	static const struct ev_in in = { .imr = 3,
					 .type = RV_EV_DSTACK_RUNTIME,
					 .version = 1 };
	RV_AUTO(rv_log_free) struct rv_log log = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	while (log.n < EV_EVENTS_MAX)
		if (!rv_ev_push(&log, &in, &err))
			fail_msg("%zu: %s", log.n, err.msg);
	assert_false(rv_ev_push(&log, &in, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_string_equal(err.msg, "more than 65536 events");
	assert_int_equal(log.n, EV_EVENTS_MAX);
}

/* ---- depth ---- */

/* A document in text in text, @n times. */
static void wrapped(void **state)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf inner = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	rv_grow_text(&g, "{");
	put_quote(&g);
	rv_grow_text(&g, "}");
	assert_true(rv_grow_take(&g, &inner, &err));
	for (unsigned n = 0; n <= EV_NESTING_MAX + 2; n++) {
		RV_AUTO(rv_buf_free) struct rv_buf outer = { 0 };

		judge(rv_buf_span(&inner), NULL,
		      n > EV_NESTING_MAX
			  ? "text wrapped in text more than 4 times"
			  : NULL);
		assert_true(rv_base64(rv_buf_span(&inner), &outer, &err));
		rv_buf_free(&inner);
		inner = RV_TAKE(outer);
	}
}

/* Registers below @n objects; as deep as is looked. */
static void registers_below(void **state)
{
	enum { DEEP = 8 };

	(void)state;
	for (size_t n = 0; n <= DEEP + 2; n++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_err err = { 0 };
		char hex[97];

		memset(hex, '7', 96);
		hex[96] = '\0';
		for (size_t i = 0; i < n; i++)
			rv_grow_text(&g, "{\"a\":");
		rv_grow_printf(&g, "{\"mrtd\":\"%s\",\"rtmr0\":\"%s\"}", hex,
			       hex);
		for (size_t i = 0; i < n; i++)
			rv_grow_text(&g, "}");
		assert_int_equal(
		    rv_evidence_read(rv_buf_span(&g.buf), NULL, &e, &err),
		    n <= DEEP);
		assert_int_equal(rv_evidence_is_words(&e), n <= DEEP);
	}
}

/* A value that nobody knows is stepped over, as deep as it may be. */
static void values_below(void **state)
{
	enum { DEEP = 16 };

	(void)state;
	for (size_t n = DEEP - 1; n <= DEEP + 2; n++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_err err = { 0 };

		rv_grow_add(&g, "\x81\xa1x", 3);
		for (size_t i = 0; i < n; i++)
			rv_grow_u8(&g, 0x91);
		rv_grow_u8(&g, 0xc0);
		refused(rv_ev_msgpack(rv_buf_span(&g.buf), &e, &err), &err,
			n > DEEP, "msgpack deeper than 16 levels");
	}
}

/* ---- bytes ---- */

/* The machine's quote and zeros behind it: bytes, and hex in a document. */
static void quotes(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		size_t n = EV_QUOTE_MAX + more;
		uint8_t *p = calloc(1, n);
		char *hex = malloc(2 * n + 1);

		assert_true(p && hex);
		memcpy(p, quote.p, quote.n);
		judge(rv_span(p, n), NULL,
		      more ? "quote of 1048577 bytes, at most 1048576" : NULL);
		rv_hex(rv_span(p, n), hex);
		judge(rv_span(hex, 2 * n), NULL,
		      more ? "quote of 1048577 bytes, at most 1048576" : NULL);
		rv_grow_printf(&g, "{\"quote\": \"%s\"}", hex);
		judge(rv_buf_span(&g.buf), NULL,
		      more ? "quote: 1048577 bytes, at most 1048576" : NULL);
		free(p);
		free(hex);
	}
}

/* Zeros, which are refused as what they are not, or for their size. */
static void files(void **state)
{
	uint8_t *zeros = calloc(1, EV_FILE_MAX + 1);

	(void)state;
	assert_non_null(zeros);
	for (size_t more = 0; more < 2; more++) {
		RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence g = { 0 };
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		struct rv_err err = { 0 };

		refused(rv_evidence_read(rv_span(zeros, EV_FILE_MAX + more),
					 NULL, &e, &err),
			&err, more, "longer than 67108864 bytes");
		refused(rv_gpu_evidence_read(rv_span(zeros, EV_FILE_MAX + more),
					     (struct rv_span){ 0 }, NULL, &g,
					     &err),
			&err, more, "longer than 67108864 bytes");
		refused(
		    rv_ev_attestation(rv_span(zeros, EV_ATTESTATION_MAX + more),
				      &e, &err),
		    &err, more, "bytes, at most 10485760");
	}
	free(zeros);
}

static void certificates_of_a_report(void **state)
{
	uint8_t *zeros = calloc(1, EV_CERT_MAX + 1);

	(void)state;
	assert_non_null(zeros);
	for (size_t n = 0; n <= EV_CERT_MAX + 1; n += n ? 1 : EV_CERT_MAX) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		struct rv_err err = { 0 };
		bool good = n == EV_CERT_MAX;

		assert_int_equal(rv_ev_snp_cert(rv_span(zeros, n), &e, &err),
				 good);
		assert_int_equal(e.snp.certs, good);
		if (!good)
			assert_int_equal(err.code, RV_INPUT);
	}
	free(zeros);
}

/* ---- counts that come first ---- */

/* A list of so many events, of which none follows. */
static void counts_of_events(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		const size_t n = EV_EVENTS_MAX + more;
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_err err = { 0 };

		/* SCALE: a quote of no bytes, then the count. */
		rv_grow_add(&g, "\0\0\0", 3);
		rv_grow_le(&g, n << 2 | 2, 4);
		refused(rv_ev_scale(rv_buf_span(&g.buf), &e, &err), &err, more,
			", at most 65536");
	}
}

/* The header of a binary log: its banks, SHA-384 and what nobody knows. */
static void banks(void **state)
{
	static const struct {
		unsigned n, size; /* of the last */
		const char *says;
	} row[] = {
		{ 0, 64, "0 digest algorithms, 1 to 16" },
		{ 2, 64, "holds neither a quote nor an event log" },
		{ 2, 1, "holds neither a quote nor an event log" },
		{ 2, 0, "algorithm 0x100 of 0 bytes" },
		{ 2, 65, "algorithm 0x100 of 65 bytes" },
		{ 16, 64, "holds neither a quote nor an event log" },
		{ 17, 64, "17 digest algorithms, 1 to 16" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_log_free) struct rv_log log = { 0 };
		enum rv_log_format format;
		static const uint8_t zeros[20];
		struct rv_err err = { 0 };

		rv_grow_le(&g, 0, 4);
		rv_grow_le(&g, RV_EV_NO_ACTION, 4);
		rv_grow_add(&g, zeros, sizeof zeros);
		rv_grow_le(&g, 16 + 12 + 4 * row[i].n + 1, 4);
		rv_grow_add(&g, "Spec ID Event03", 16);
		rv_grow_le(&g, 0, 4); /* platform class */
		rv_grow_add(&g, "\0\2\0\2", 4);
		rv_grow_le(&g, row[i].n, 4);
		for (unsigned k = 0; k < row[i].n; k++) {
			rv_grow_le(&g, k ? 0x100 + row[i].n - 1 - k : 0xc, 2);
			rv_grow_le(&g,
				   !k		      ? 48
				   : k + 1 < row[i].n ? 8
						      : row[i].size,
				   2);
		}
		rv_grow_u8(&g, 0);
		refused(rv_log_read(rv_buf_span(&g.buf), &log, &format, &err),
			&err, true, row[i].says);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(machines),
		cmocka_unit_test(names_of_machines),
		cmocka_unit_test(certificates),
		cmocka_unit_test(events),
		cmocka_unit_test(wrapped),
		cmocka_unit_test(registers_below),
		cmocka_unit_test(values_below),
		cmocka_unit_test(quotes),
		cmocka_unit_test(files),
		cmocka_unit_test(certificates_of_a_report),
		cmocka_unit_test(counts_of_events),
		cmocka_unit_test(banks),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
