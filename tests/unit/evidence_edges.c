/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence_edges.c - where one machine is told of twice: what must agree, and
 * how little of a difference is one. Runs in the top folder.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base.h"
#include "door/cert.h"
#include "evidence/parts.h"
#include "pem.h"

#include <refval.h>

static struct rv_err err;

/* ---- two logs ---- */

enum { PAYLOAD = 5 };

/* An event in which no two things have one value. */
struct sample {
	struct ev_in in;
	char name[8];
	uint8_t digest[48], payload[PAYLOAD];
};

static struct sample sample(void)
{
	struct sample s = { .in = { .imr = 2, .type = 6, .version = 1 },
			    .name = "kernel" };

	for (size_t i = 0; i < sizeof s.digest; i++)
		s.digest[i] = (uint8_t)(3 * i + 7);
	for (size_t i = 0; i < sizeof s.payload; i++)
		s.payload[i] = (uint8_t)(5 * i + 1);
	return s;
}

static void push(struct rv_log *log, const struct sample *s, size_t digest,
		 size_t payload)
{
	struct ev_in in = s->in;

	in.name = rv_text(s->name);
	in.digest = rv_span(s->digest, digest);
	in.payload = rv_span(s->payload, payload);
	if (!rv_ev_push(log, &in, &err))
		fail_msg("%s", err.msg);
}

/* Do two documents with one event each contradict each other? */
static bool conflict(const struct sample *a, const struct sample *b,
		     size_t digest, size_t payload)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence x = { 0 }, y = { 0 };

	x.log_format = RV_LOG_JSON;
	y.log_format = RV_LOG_JSON;
	push(&x.log, a, 48, PAYLOAD);
	push(&y.log, b, digest, payload);
	if (!rv_evidence_join(&x, "a.json", &y, "b.json", &err))
		fail_msg("%s", err.msg);
	if (x.conflict)
		assert_non_null(strstr(x.conflict,
				       "a.json and b.json hold different event"
				       " logs, from event 0"));
	return x.conflict != NULL;
}

static void events_of_two_logs(void **state)
{
	const struct sample a = sample();
	struct sample b = a;

	(void)state;
	assert_false(conflict(&a, &b, 48, PAYLOAD));
	/* What one log was stripped of, the other may tell. */
	assert_false(conflict(&a, &b, 0, PAYLOAD));
	assert_false(conflict(&a, &b, 48, 0));
	for (size_t i = 0; i < sizeof b.digest; i++) {
		b.digest[i] ^= 1;
		assert_true(conflict(&a, &b, 48, PAYLOAD));
		assert_false(conflict(&a, &b, 0, PAYLOAD));
		b.digest[i] ^= 1;
	}
	for (size_t i = 0; i < PAYLOAD; i++) {
		b.payload[i] ^= 1;
		assert_true(conflict(&a, &b, 48, PAYLOAD));
		b.payload[i] ^= 1;
	}
	assert_true(conflict(&a, &b, 48, PAYLOAD - 1));
	/* Only a firmware's log leaves registers for others to tell of. */
	b.in.imr = 1;
	assert_true(conflict(&a, &b, 48, PAYLOAD));
	b.in.imr = 2;
	b.in.type = 5;
	assert_true(conflict(&a, &b, 48, PAYLOAD));
	b.in.type = 6;
	b.in.version = 2;
	assert_true(conflict(&a, &b, 48, PAYLOAD));
	/* The version of an event without a digest is no one's word. */
	assert_false(conflict(&a, &b, 0, PAYLOAD));
	b.in.version = 1;
	snprintf(b.name, sizeof b.name, "kernem");
	assert_true(conflict(&a, &b, 48, PAYLOAD));
	b.name[0] = '\0';
	assert_false(conflict(&a, &b, 48, PAYLOAD));
}

/* ---- the runtime events of an attestation, told twice ---- */

static struct sample runtime(unsigned i)
{
	struct sample s = sample();

	snprintf(s.name, sizeof s.name, "event%u", i % 10);
	s.in.type = RV_EV_DSTACK_RUNTIME;
	s.in.imr = 3;
	s.in.version = 1 + i % 2;
	s.payload[0] = (uint8_t)(0x30 + i);
	return s;
}

/* The list @n events of which are beside a log with @own of its own. */
static void both(struct rv_evidence *e, size_t own, struct rv_log *list,
		 size_t n)
{
	const struct sample firmware = sample();

	*e = (struct rv_evidence){ 0 };
	*list = (struct rv_log){ 0 };
	push(&e->log, &firmware, 48, PAYLOAD);
	for (unsigned i = 0; i < own || i < n; i++) {
		const struct sample s = runtime(i);

		if (i < own)
			push(&e->log, &s, 48, PAYLOAD);
		if (i < n)
			push(list, &s, 0, PAYLOAD);
	}
}

static bool told_twice(struct rv_evidence *e, const struct rv_log *list)
{
	if (!rv_ev_runtime_events(list, RV_LOG_MSGPACK, e, &err))
		fail_msg("%s", err.msg);
	if (e->conflict)
		assert_string_equal(e->conflict,
				    "the attestation's event log and its list"
				    " of runtime events differ");
	return e->conflict != NULL;
}

static void runtime_events_twice(void **state)
{
	(void)state;
	for (size_t own = 1; own <= 3; own++)
		for (size_t n = 0; n <= 4; n++) {
			RV_AUTO(rv_evidence_free) struct rv_evidence e;
			RV_AUTO(rv_log_free) struct rv_log list;

			both(&e, own, &list, n);
			assert_int_equal(told_twice(&e, &list), own != n);
			assert_int_equal(e.log.n, 1 + own);
		}
	/* One event, and one thing about it. */
	for (int what = 0; what < 4; what++)
		for (size_t at = 0; at < 3; at++) {
			RV_AUTO(rv_evidence_free) struct rv_evidence e;
			RV_AUTO(rv_log_free) struct rv_log list;
			struct rv_event *x;

			both(&e, 3, &list, 3);
			x = &list.event[at];
			if (what == 0)
				x->name[5] ^= 1;
			if (what == 1)
				x->version = 3 - x->version;
			if (what == 2)
				x->payload.p[PAYLOAD - 1] ^= 1;
			if (what == 3)
				x->payload.n--;
			assert_true(told_twice(&e, &list));
		}
}

/* A log without them is given the list's, in RTMR3. */
static void runtime_events_once(void **state)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e;
	RV_AUTO(rv_log_free) struct rv_log list;

	(void)state;
	both(&e, 0, &list, 3);
	assert_false(told_twice(&e, &list));
	assert_int_equal(e.log.n, 4);
	assert_int_equal(e.log_format, RV_LOG_MSGPACK);
	for (unsigned i = 0; i < 3; i++) {
		const struct sample want = runtime(i);
		const struct rv_event *got = &e.log.event[1 + i];

		assert_int_equal(got->imr, 3);
		assert_int_equal(got->type, RV_EV_DSTACK_RUNTIME);
		assert_int_equal(got->version, 1 + i % 2);
		assert_false(got->has_digest);
		assert_string_equal(got->name, want.name);
		assert_int_equal(got->payload.n, PAYLOAD);
		assert_memory_equal(got->payload.p, want.payload, PAYLOAD);
	}
	/* An event that no register can take is not passed over. */
	rv_evidence_free(&e);
	rv_log_free(&list);
	both(&e, 0, &list, 1);
	list.event[0].version = 3;
	assert_false(rv_ev_runtime_events(&list, RV_LOG_MSGPACK, &e, &err));
	assert_string_equal(err.msg,
			    "runtime event 0: version 3: only 1 and 2 are"
			    " known");
}

/* ---- several machines, several certificates ---- */

/* The message that refuses @text; it must be refused. */
static const char *refused(const char *text, const char *instance)
{
	const struct rv_evidence_options opts = { .instance = instance };
	struct rv_evidence e = { 0 };

	err = (struct rv_err){ 0 };
	assert_false(rv_evidence_read(rv_text(text), &opts, &e, &err));
	assert_int_equal(err.code, RV_INPUT);
	return err.msg;
}

#define TWO(a, b) "{\"instances\":[" a "," b "]}"

static void one_of_two_machines(void **state)
{
	(void)state;
	assert_non_null(
	    strstr(refused(TWO("{\"name\":\"a\"}", "{\"name\":\"a\"}"), "a"),
		   "instances 0 and 1 are both a"));
	assert_non_null(strstr(
	    refused(TWO("{\"instance_id\":\"a\"}", "{\"vm_uuid\":\"a\"}"), "a"),
	    "instances 0 and 1 are both a"));
	assert_non_null(
	    strstr(refused(TWO("{\"name\":\"1\"}", "{\"name\":\"b\"}"), "1"),
		   "instance 1 is the name of instance 0 and the number of"
		   " another"));
	/* The name of a machine that is its number, too, is that machine. */
	assert_null(
	    strstr(refused(TWO("{\"name\":\"b\"}", "{\"name\":\"1\"}"), "1"),
		   "another"));
	assert_non_null(strstr(refused(TWO("{\"name\":\"a\"}",
					   "{\"name\":\"b\",\"quote\":\"zz\"}"),
				       "b"),
			       "instances[1]: "));
	/* The other one is no one's business. */
	assert_null(strstr(refused(TWO("{\"name\":\"a\"}",
				       "{\"name\":\"b\",\"quote\":\"zz\"}"),
				   "a"),
			   "instances[1]"));
	assert_non_null(strstr(refused(TWO("{\"name\":\"a\"}", "7"), "a"),
			       "instances[1]: not an object"));
}

/* A PEM file whose first certificate cannot be read is no evidence. */
static void first_certificate(void **state)
{
	(void)state;
	assert_non_null(strstr(refused("-----BEGIN CERTIFICATE-----\nMAA=\n"
				       "-----END CERTIFICATE-----\n",
				       NULL),
			       "certificate"));
}

/* Who issued a certificate: a CA of that name, if it does not name itself. */
static void who_issued(void **state)
{
	enum { CHAIN = 3 }; /* leaf, CA, root */
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	RV_AUTO(rv_buf_free) struct rv_buf quote = { 0 };
	struct rv_buf der[CHAIN] = { 0 };
	struct rv_span pem;

	(void)state;
	assert_true(rv_buf_read("tests/vectors/real/near-058-dev-3e6394/"
				"quote.bin",
				1 << 20, &quote, &err));
	pem.p = memmem(quote.p, quote.n, begin, sizeof begin - 1);
	assert_non_null(pem.p);
	pem.n = (size_t)(quote.p + quote.n - pem.p);
	for (size_t i = 0; i < CHAIN; i++)
		if (!rv_pem_walk(&pem, "CERTIFICATE", &der[i], &err))
			fail_msg("%s", err.msg);
	for (size_t i = 0; i < CHAIN; i++)
		for (size_t k = 0; k < CHAIN; k++) {
			bool issued = false;

			assert_true(rv_der_issued(rv_buf_span(&der[i]),
						  rv_buf_span(&der[k]), &issued,
						  &err));
			if (issued != (k == i + 1))
				fail_msg("%zu by %zu: %d", i, k, issued);
		}
	for (size_t i = 0; i < CHAIN; i++)
		rv_buf_free(&der[i]);
}

/* ---- types in an attestation ---- */

/* The text @after of the vector is followed by @was; with @now it is refused.
 */
static void edited(const char *after, const char *was, const char *now,
		   size_t n, const char *says)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	size_t k = strlen(after), found = 0;

	assert_true(rv_buf_read("tests/vectors/evidence/attestation-v1.named",
				1 << 20, &b, &err));
	for (size_t i = 0; i + k + n <= b.n; i++)
		if (memcmp(b.p + i, after, k) == 0 &&
		    memcmp(b.p + i + k, was, n) == 0) {
			memcpy(b.p + i + k, now, n);
			found++;
		}
	assert_true(found > 0);
	err = (struct rv_err){ 0 };
	if (rv_evidence_read(rv_buf_span(&b), NULL, &e, &err))
		fail_msg("%s: read", after);
	assert_int_equal(err.code, RV_INPUT);
	if (!strstr(err.msg, says))
		fail_msg("%s: %s", after, err.msg);
}

/* A msgpack that ends in a header says of which value: how many, how long. */
static void cut_in_a_header(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		const char *says;
	} row[] = {
		{ "\xdc\0", 2, "attestation: count: needs 2 bytes at 1 of 2" },
		{ "\xdd\0", 2, "attestation: count: needs 4 bytes at 1 of 2" },
		{ "\xde\0", 2, "attestation: count: needs 2 bytes at 1 of 2" },
		{ "\xdf\0", 2, "attestation: count: needs 4 bytes at 1 of 2" },
		{ "\x91\xcd\0", 3, "attestation: number: needs 2 bytes at 2" },
		{ "\x91\xda\0", 3, "attestation: length: needs 2 bytes at 2" },
		{ "\x91\xc6\0", 3, "attestation: length: needs 4 bytes at 2" },
		{ "\x91\xc8\0", 3, "attestation: length: needs 2 bytes at 2" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };

		err = (struct rv_err){ 0 };
		assert_false(
		    rv_ev_msgpack(rv_span(row[i].text, row[i].n), &e, &err));
		assert_int_equal(err.code, RV_INPUT);
		if (!strstr(err.msg, row[i].says))
			fail_msg("row %zu: %s", i, err.msg);
	}
}

static void types_of_an_attestation(void **state)
{
	(void)state;
	edited("version", "\x01", "\x02", 1, "version 2, only 1 is known");
	edited("version", "\x01", "\xc0", 1, "version: not a whole number");
	edited("platform", "\x82", "\x92", 1, "left over at");
	edited("stack", "\x82", "\x92", 1, "left over at");
	edited("dstack\xa4"
	       "data",
	       "\x83", "\x93", 1, "left over at");
	edited("kind", "\xa3tdx", "\xa3tdy", 4, "this attestation is of tdy");
	edited("platform\x82\xa4", "kind", "kinx", 4, "platform: no kind");
	edited("stack\x82\xa4", "kind", "kinx", 4, "stack: no kind");
	edited("dstack\xa4", "data", "datx", 4, "stack: no data");
	edited("kind\xa6", "dstack", "dstacl", 6, "attestation: stack dstacl");
	edited("runtime_events", "\x99", "\x89", 1, "header: needs 1 bytes");
	/* Bytes where a text is due, and the other way round. */
	edited("\x82\xa5"
	       "event",
	       "\xac"
	       "co",
	       "\xc4\x0b"
	       "o",
	       3, "event: not text");
	edited("payload", "\xc4\x20", "\xd9\x20", 2,
	       "event_payload: not an even number of hex digits");
}

/* ---- digests of a binary log ---- */

/* A log of one event, whose digests are of these algorithms. */
static void two_banks(struct rv_grow *g, const unsigned alg[2], unsigned count)
{
	static const uint8_t zeros[48];
	const size_t spec = 16 + 4 + 4 + 4 + 2 * 4 + 1;

	rv_grow_le(g, 0, 4);
	rv_grow_le(g, RV_EV_NO_ACTION, 4);
	rv_grow_add(g, zeros, 20);
	rv_grow_le(g, spec, 4);
	rv_grow_add(g, "Spec ID Event03", 16);
	rv_grow_le(g, 0, 4); /* platform class */
	rv_grow_add(g, "\0\2\0\2", 4);
	rv_grow_le(g, 2, 4);
	rv_grow_le(g, 0x000b | 32 << 16, 4);
	rv_grow_le(g, 0x000c | 48 << 16, 4);
	rv_grow_u8(g, 0);
	rv_grow_le(g, 1, 4);
	rv_grow_le(g, RV_EV_SEPARATOR, 4);
	rv_grow_le(g, count, 4);
	for (unsigned i = 0; i < count; i++) {
		rv_grow_le(g, alg[i], 2);
		rv_grow_add(g, zeros, alg[i] == 0xb ? 32 : 48);
	}
	rv_grow_le(g, 4, 4);
	rv_grow_add(g, zeros, 4);
}

static void each_bank_once(void **state)
{
	static const struct {
		unsigned alg[2], count;
		const char *says; /* NULL: read */
	} row[] = {
		{ { 0xb, 0xc }, 2, NULL },
		{ { 0xc, 0xb }, 2, NULL },
		{ { 0xc, 0xc }, 2, "algorithm 0xc twice" },
		{ { 0xb, 0xb }, 2, "algorithm 0xb twice" },
		{ { 0xb, 0xd }, 2, "algorithm 0xd is not in the header" },
		{ { 0xc }, 1, "1 digests, the header names 2 banks" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_log_free) struct rv_log log = { 0 };
		enum rv_log_format format;
		bool read;

		two_banks(&g, row[i].alg, row[i].count);
		read = rv_log_read(rv_buf_span(&g.buf), &log, &format, &err);
		if (read != !row[i].says)
			fail_msg("row %zu: %s", i, read ? "read" : err.msg);
		if (!read &&
		    (err.code != RV_INPUT || !strstr(err.msg, row[i].says)))
			fail_msg("row %zu: %s", i, err.msg);
	}
}

/* ---- our own document ---- */

/* The name of a TLS server has a bound. */
static void host_of_a_tls_certificate(void **state)
{
	static const char before[] = "\"host\": \"";
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	const char *at, *end;

	(void)state;
	assert_true(
	    rv_buf_read("tests/vectors/evidence/refval-evidence-tls.json",
			1 << 20, &b, &err));
	at = strstr((char *)b.p, before);
	assert_non_null(at);
	at += sizeof before - 1;
	end = strchr(at, '"');
	for (int n = 0; n <= EV_HOST_MAX + 1; n += n ? 1 : EV_HOST_MAX - 1) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		bool good = n > 0 && n <= EV_HOST_MAX;

		rv_grow_add(&g, b.p, (size_t)(at - (char *)b.p));
		for (int i = 0; i < n; i++)
			rv_grow_u8(&g, 'a');
		rv_grow_add(&g, end, b.n - (size_t)(end - (char *)b.p));
		assert_int_equal(
		    rv_evidence_read(rv_buf_span(&g.buf), NULL, &e, &err),
		    good);
		if (!good)
			assert_non_null(strstr(err.msg, "no host and port"));
	}
}

/* What there is not is written as null, not left out. */
static void written_without_a_log(void **state)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	(void)state;
	assert_true(rv_evidence_write(&e, &b, &err));
	assert_non_null(strstr((char *)b.p, "\"event_log\": null"));
	assert_non_null(strstr((char *)b.p, "\"quote\": null"));
}

/* A certificate behind the first that cannot be read is not passed over. */
static void certificates_behind(void **state)
{
	static const struct {
		const char *more;
		bool good;
	} t[] = {
		{ "", true },
		{ "-----BEGIN CERTIFICATE-----\nAAAA\n"
		  "-----END CERTIFICATE-----\n",
		  false },
		{ "-----BEGIN CERTIFICATE-----\n!\n"
		  "-----END CERTIFICATE-----\n",
		  false },
	};
	struct rv_err why = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

		assert_true(rv_buf_read("tests/vectors/evidence/"
					"ra-tls.gzip-log.pem",
					1 << 20, &pem, &why));
		rv_grow_add(&g, pem.p, pem.n);
		rv_grow_text(&g, t[i].more);
		why = (struct rv_err){ 0 };
		if (rv_evidence_read(rv_buf_span(&g.buf), NULL, &e, &why) !=
		    t[i].good)
			fail_msg("%zu: %s", i, why.msg);
		if (!t[i].good)
			assert_non_null(strstr(why.msg, "certificate 2"));
	}
}

/* The document that HOST_DATA binds: of the largest size, and a byte beyond. */
static void size_of_a_config(void **state)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	(void)state;
	b.p = calloc(1, EV_CONFIG_MAX + 1);
	assert_non_null(b.p);
	b.n = EV_CONFIG_MAX + 1;
	memset(b.p, ' ', b.n);
	err = (struct rv_err){ 0 };
	assert_false(rv_ev_snp_config(rv_buf_span(&b), &e, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_string_equal(err.msg, "mr_config of 65537 bytes, at most 65536");
	b.n--;
	assert_true(rv_ev_snp_config(rv_buf_span(&b), &e, &err));
	assert_int_equal(e.snp.mr_config.n, EV_CONFIG_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_behind),
		cmocka_unit_test(events_of_two_logs),
		cmocka_unit_test(runtime_events_twice),
		cmocka_unit_test(runtime_events_once),
		cmocka_unit_test(one_of_two_machines),
		cmocka_unit_test(first_certificate),
		cmocka_unit_test(who_issued),
		cmocka_unit_test(size_of_a_config),
		cmocka_unit_test(types_of_an_attestation),
		cmocka_unit_test(cut_in_a_header),
		cmocka_unit_test(each_bank_once),
		cmocka_unit_test(host_of_a_tls_certificate),
		cmocka_unit_test(written_without_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
