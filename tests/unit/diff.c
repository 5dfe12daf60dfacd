/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff.c - comparisons beside the ones that the commands' suites make: each
 * input differs from one that is right in a single byte, or lacks one thing.
 * Runs in the top folder of the source tree.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "digest.h"
#include "rests.h"
#include "test_file.h"

#include <refval.h>

#include <stdio.h>

#define M "tests/vectors/real/near-058-dev-3e6394/"

static struct rv_buf quote_bytes, compose_bytes;
static struct rv_quote quote;
static struct rv_values values;
static struct rv_release known;

static struct rv_buf file(const char *path)
{
	return test_file("", path);
}

static int setup(void **state)
{
	struct rv_err err = { 0 };

	(void)state;
	quote_bytes = file(M "quote.bin");
	compose_bytes = file(M "app-compose.json");
	return rv_quote_read(rv_buf_span(&quote_bytes), &quote, &err) ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	rv_buf_free(&quote_bytes);
	rv_buf_free(&compose_bytes);
	return 0;
}

/* The verdict of the check @name of a comparison; -1: there is none. */
static int verdict(const struct rv_diff_input *in, const char *name)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };
	struct rv_err err = { 0 };

	if (!rv_diff_run(in, &r, &err))
		fail_msg("%s", err.msg);
	assert_false(r.failed);
	for (size_t i = 0; i < r.n; i++)
		if (strcmp(r.check[i].name, name) == 0)
			return (int)r.check[i].verdict;
	return -1;
}

static struct rv_diff_input input(const struct rv_evidence *e,
				  const struct rv_span *compose)
{
	return (struct rv_diff_input){ .evidence = e,
				       .quote = &quote,
				       .compose = compose,
				       .values = &values,
				       .known = &known,
				       .n_known = 1 };
}

/*
 * Without a log mr_config_id names the app only of guests that check it: the
 * version is that of the record whose whole RTMR2 is the expected one.
 */
static void version_by_whole_rtmr2(void **state)
{
	const struct rv_evidence e = { .format = "quote" };
	const struct rv_span compose = rv_buf_span(&compose_bytes);
	const struct rv_diff_input in = input(&e, &compose);
	struct rv_span rtmr2 = rv_quote_field(&quote, "rtmr2");

	(void)state;
	memset(&values, 0, sizeof values);
	memset(&known, 0, sizeof known);
	values.reg[2].known = true;
	memcpy(values.reg[2].value.b, rtmr2.p, 48);
	snprintf(known.version, sizeof known.version, "0.5.8");
	known.rtmr2.known = true;
	for (size_t at = 0; at <= 48; at++) {
		memcpy(known.rtmr2.value.b, rtmr2.p, 48);
		if (at < 48)
			known.rtmr2.value.b[at] ^= 0x40;
		assert_int_equal(verdict(&in, "compose_hash"),
				 at == 48 ? RV_YES : RV_CANNOT_TELL);
	}
	/* The same record, of a guest that does not look. */
	snprintf(known.version, sizeof known.version, "0.5.0");
	assert_int_equal(verdict(&in, "compose_hash"), RV_CANNOT_TELL);
}

/* A register is compared byte for byte, whichever it is. */
static void whole_registers(void **state)
{
	static const char *const name[] = { "rtmr0", "rtmr1", "rtmr2" };
	const struct rv_evidence e = { .format = "quote" };
	const struct rv_diff_input in = input(&e, NULL);

	(void)state;
	for (size_t i = 0; i < RV_LEN(name); i++)
		for (size_t at = 0; at <= 48; at++) {
			memset(&values, 0, sizeof values);
			values.reg[i].known = true;
			memcpy(values.reg[i].value.b,
			       rv_quote_field(&quote, name[i]).p, 48);
			if (at < 48)
				values.reg[i].value.b[at] ^= 1;
			assert_int_equal(verdict(&in, name[i]),
					 at == 48 ? RV_YES : RV_DIFFERS);
		}
}

/* What mr_config_id says of the app, each byte of it. */
static void whole_config_id(void **state)
{
	enum { AT = 48 + 184 }; /* of the quote */
	const struct rv_evidence e = { .format = "quote" };
	const struct rv_span compose = rv_buf_span(&compose_bytes);
	struct rv_diff_input in = input(&e, &compose);
	struct rv_quote other;
	struct rv_err err = { 0 };

	(void)state;
	memset(&values, 0, sizeof values);
	in.values = NULL;
	in.quote = &other;
	for (size_t at = 0; at <= 48; at++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

		assert_true(rv_buf_copy(rv_buf_span(&quote_bytes), &b, &err));
		if (at < 48)
			b.p[AT + at] ^= 1;
		assert_true(rv_quote_read(rv_buf_span(&b), &other, &err));
		if (at == 48)
			assert_int_equal(verdict(&in, "mr_config_id"), RV_YES);
		else
			assert_int_not_equal(verdict(&in, "mr_config_id"),
					     RV_YES);
	}
}

/* Without a quote: what is expected cannot be told, what is not is no row. */
static void no_quote(void **state)
{
	const struct rv_evidence e = { .format = "log" };
	struct rv_diff_input in = input(&e, NULL);

	(void)state;
	memset(&values, 0, sizeof values);
	values.reg[1].known = true;
	in.quote = NULL;
	assert_int_equal(verdict(&in, "rtmr1"), RV_CANNOT_TELL);
	assert_int_equal(verdict(&in, "rtmr3"), -1);
	in.values = NULL;
	assert_int_equal(verdict(&in, "rtmr1"), -1);
}

/* The app-id is that of the first compose-hash only if all of both is there. */
static const char *said_of_app_id(const struct rv_diff_input *in, char *out,
				  size_t room)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_diff_run(in, &r, &err));
	out[0] = '\0';
	for (size_t i = 0; i < r.n; i++)
		if (strcmp(r.check[i].name, "app_id") == 0)
			snprintf(out, room, "%s", r.check[i].reason);
	return out;
}

static void app_ids(void **state)
{
	const struct rv_evidence e = { .format = "log" };
	struct rv_diff_input in = input(&e, NULL);
	struct rv_replay replay = { 0 };
	uint8_t hash[32], id[21];
	char said[300];

	(void)state;
	memset(&values, 0, sizeof values);
	for (size_t i = 0; i < sizeof hash; i++)
		hash[i] = (uint8_t)(5 * i + 1);
	memcpy(id, hash, sizeof id);
	in.values = NULL;
	in.replay = &replay;
	replay.claims.app_id.found = true;
	replay.claims.compose_hash.found = true;
	replay.claims.compose_hash.value = rv_span(hash, 32);
	for (size_t n = 19; n <= 21; n++) {
		replay.claims.app_id.value = rv_span(id, n);
		said_of_app_id(&in, said, sizeof said);
		assert_int_equal(
		    strstr(said, "the first 20 bytes of compose-hash") != NULL,
		    n == 20);
	}
	for (size_t at = 0; at < 20; at++) {
		replay.claims.app_id.value = rv_span(id, 20);
		id[at] ^= 2;
		said_of_app_id(&in, said, sizeof said);
		assert_null(strstr(said, "the first 20 bytes of compose-hash"));
		id[at] ^= 2;
	}
}

/*
 * Version 2 of mr_config_id hides app-id and key provider behind one hash: with
 * what the log says of them it is judged, without it nothing is made of it.
 */
static void config_id_of_version_2(void **state)
{
	enum { AT = 48 + 184 }; /* of the quote */
	static const char provider[] = "{\"name\":\"kms\",\"id\":\"0a0b\"}";
	const struct rv_evidence e = { .format = "log" };
	const struct rv_span compose = rv_buf_span(&compose_bytes);
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_diff_input in = input(&e, &compose);
	struct rv_replay replay = { 0 };
	struct rv_claims *said = &replay.claims;
	uint8_t id[RV_APP_ID + 1];
	struct rv_sha256 hash;
	struct rv_config_id_claims c = { .compose_hash = &hash,
					 .app_id = id,
					 .key_provider = "kms",
					 .provider_id = rv_span("\n\v", 2),
					 .has_provider_id = true };
	struct rv_quote other;
	struct rv_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof id; i++)
		id[i] = (uint8_t)(9 * i + 2);
	assert_true(rv_sha256(compose, &hash, &err));
	assert_true(rv_buf_copy(rv_buf_span(&quote_bytes), &b, &err));
	assert_true(rv_config_id_compute(RV_CONFIG_ID_V2, &c, b.p + AT, &err));
	assert_true(rv_quote_read(rv_buf_span(&b), &other, &err));
	in.quote = &other;
	in.values = NULL;
	in.replay = &replay;
	said->compose_hash.found = true;
	said->compose_hash.value = rv_span(hash.b, 32);
	/* Neither is known: the usual ones do not give it. */
	assert_int_equal(verdict(&in, "mr_config_id"), RV_UNCHECKED);
	said->key_provider.found = true;
	said->key_provider.value = rv_text(provider);
	assert_int_equal(verdict(&in, "mr_config_id"), RV_UNCHECKED);
	said->app_id.found = true;
	for (size_t n = 0; n <= sizeof id; n++) {
		said->app_id.value = rv_span(id, n);
		assert_int_equal(verdict(&in, "mr_config_id"),
				 n == RV_APP_ID ? RV_YES : RV_UNCHECKED);
	}
	said->app_id.value = rv_span(id, RV_APP_ID);
	for (size_t at = 0; at < RV_APP_ID; at++) {
		id[at] ^= 0x10;
		assert_int_equal(verdict(&in, "mr_config_id"), RV_DIFFERS);
		id[at] ^= 0x10;
	}
	for (size_t at = 0; at < 48; at++) {
		b.p[AT + at] ^= 1;
		assert_int_not_equal(verdict(&in, "mr_config_id"), RV_YES);
		b.p[AT + at] ^= 1;
	}
	said->key_provider.value =
	    rv_text("{\"name\":\"kms\",\"id\":\"0a0c\"}");
	assert_int_equal(verdict(&in, "mr_config_id"), RV_DIFFERS);
	said->key_provider.value =
	    rv_text("{\"name\":\"tpm\",\"id\":\"0a0b\"}");
	assert_int_equal(verdict(&in, "mr_config_id"), RV_DIFFERS);
	/* A name that none of dstack's kinds stands for, and what is no JSON.
	 */
	said->key_provider.value = rv_text("{\"name\":\"x\",\"id\":\"0a0b\"}");
	assert_int_equal(verdict(&in, "mr_config_id"), RV_YES);
	said->key_provider.value = rv_text("{\"name\":\"kms\",\"id\":\"zz\"}");
	assert_int_equal(verdict(&in, "mr_config_id"), RV_UNCHECKED);
	said->key_provider.value = rv_text("kms");
	assert_int_equal(verdict(&in, "mr_config_id"), RV_UNCHECKED);
}

/* What stands in the log holds with RTMR3, and with the events' contents. */
static void rests_on_the_log(void **state)
{
	const struct rv_evidence e = { .format = "log" };
	const struct rv_span compose = rv_buf_span(&compose_bytes);
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };
	struct rv_diff_input in = input(&e, &compose);
	struct rv_replay replay = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha256 hash;

	(void)state;
	assert_true(rv_sha256(compose, &hash, &err));
	in.values = NULL;
	in.replay = &replay;
	replay.claims.compose_hash.found = true;
	replay.claims.compose_hash.value = rv_span(hash.b, 32);
	assert_true(rv_diff_run(&in, &r, &err));
	assert_string_equal(rests_of(&r, "compose_hash"),
			    "rtmr3_log,event_contents");
}

/*
 * Without a log it holds with mr_config_id, and that the guest looks at it is
 * known of the expected image alone: with each of its registers.
 */
static void rests_on_the_config_id(void **state)
{
	const struct rv_evidence e = { .format = "quote" };
	const struct rv_span compose = rv_buf_span(&compose_bytes);
	struct rv_diff_input in = input(&e, &compose);
	struct rv_err err = { 0 };

	(void)state;
	memset(&values, 0, sizeof values);
	in.image_version = "0.5.8";
	for (int expected = 0; expected < 2; expected++) {
		RV_AUTO(rv_report_free) struct rv_report r = { 0 };

		in.values = expected ? &values : NULL;
		assert_true(rv_diff_run(&in, &r, &err));
		assert_string_equal(rests_of(&r, "compose_hash"),
				    expected
					? "mr_config_id,mrtd,rtmr0,rtmr1,rtmr2"
					: "mr_config_id");
		assert_int_equal(verdict(&in, "compose_hash"), RV_YES);
	}
	/* Of another app: no, by the same digest. */
	compose_bytes.p[compose_bytes.n - 1] ^= 1;
	assert_int_equal(verdict(&in, "compose_hash"), RV_DIFFERS);
	compose_bytes.p[compose_bytes.n - 1] ^= 1;
}

/* ---- MRTD: two page orders, and which of them is known ---- */

static enum rv_verdict mrtd_of(enum rv_page_add order, bool single, bool two,
			       int which)
{
	const struct rv_evidence e = { .format = "quote" };
	struct rv_diff_input in = input(&e, NULL);
	const uint8_t *got = rv_quote_field(&quote, "mrtd").p;

	memset(&values, 0, sizeof values);
	memset(&known, 0, sizeof known);
	values.mrtd.page_add = order;
	values.mrtd.has_single = single;
	values.mrtd.has_two = two;
	values.mrtd.known = single && two;
	memset(values.mrtd.single_pass.b, 0x51, 48);
	memset(values.mrtd.two_pass.b, 0x52, 48);
	if (which == 1)
		memcpy(values.mrtd.single_pass.b, got, 48);
	if (which == 2)
		memcpy(values.mrtd.two_pass.b, got, 48);
	return (enum rv_verdict)verdict(&in, "mrtd");
}

static void page_orders(void **state)
{
	static const enum rv_page_add orders[] = { RV_PAGE_ADD_UNKNOWN,
						   RV_PAGE_ADD_SINGLE,
						   RV_PAGE_ADD_TWO };

	(void)state;
	for (size_t o = 0; o < RV_LEN(orders); o++)
		for (int has = 0; has < 4; has++)
			for (int which = 0; which < 3; which++) {
				bool single = has & 1, two = has & 2;
				bool first = orders[o] != RV_PAGE_ADD_TWO;
				bool second = orders[o] != RV_PAGE_ADD_SINGLE;
				bool tells =
				    (first && single) || (second && two);
				bool same = (first && single && which == 1) ||
					    (second && two && which == 2);

				assert_int_equal(
				    mrtd_of(orders[o], single, two, which),
				    same    ? RV_YES
				    : tells ? RV_DIFFERS
					    : RV_CANNOT_TELL);
			}
}

/* ---- a debug TD, and who is no TD ---- */

static void debug_td(void **state)
{
	enum { AT = 48 + 120 }; /* of the quote: the attributes */
	const struct rv_evidence e = { .format = "quote" };
	struct rv_diff_input in = input(&e, NULL);
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_quote other;
	struct rv_err err = { 0 };

	(void)state;
	in.values = NULL;
	in.quote = &other;
	assert_true(rv_buf_copy(rv_buf_span(&quote_bytes), &b, &err));
	assert_true(rv_quote_read(rv_buf_span(&b), &other, &err));
	assert_int_equal(verdict(&in, "td_attributes"), RV_YES);
	in.allow_debug = true;
	assert_int_equal(verdict(&in, "td_attributes"), RV_YES);
	for (int bit = 0; bit < 8; bit++) {
		b.p[AT] ^= (uint8_t)(1u << bit);
		in.allow_debug = false;
		assert_int_equal(verdict(&in, "td_attributes"), RV_DIFFERS);
		in.allow_debug = true;
		assert_int_equal(verdict(&in, "td_attributes"), RV_UNCHECKED);
		b.p[AT] ^= (uint8_t)(1u << bit);
	}
	in.quote = NULL;
	assert_int_equal(verdict(&in, "td_attributes"), -1);
}

/* ---- what a register is instead ---- */

static const char *why(const struct rv_diff_input *in, const char *name,
		       char *out, size_t room)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_diff_run(in, &r, &err));
	out[0] = '\0';
	for (size_t i = 0; i < r.n; i++)
		if (strcmp(r.check[i].name, name) == 0)
			snprintf(out, room, "%s", r.check[i].reason);
	return out;
}

/* The releases that have the value, three by name and the rest by number. */
static void named_releases(void **state)
{
	static const char *const want[] = {
		NULL,
		"; it is the RTMR1 of r0",
		"of r0, r1",
		"of r0, r1, r2",
		"of r0, r1, r2 and 1 more",
	};
	static struct rv_release all[4];
	const struct rv_evidence e = { .format = "quote" };
	struct rv_diff_input in = input(&e, NULL);
	char said[800];

	(void)state;
	memset(&values, 0, sizeof values);
	values.reg[1].known = true;
	values.reg[2].known = true;
	in.known = all;
	for (size_t n = 0; n <= RV_LEN(all); n++) {
		in.n_known = n;
		for (size_t i = 0; i < n; i++) {
			snprintf(all[i].name, sizeof all[i].name, "r%zu", i);
			all[i].rtmr1.known = true;
			memcpy(all[i].rtmr1.value.b,
			       rv_quote_field(&quote, "rtmr1").p, 48);
		}
		why(&in, "rtmr1", said, sizeof said);
		if (want[n])
			assert_non_null(strstr(said, want[n]));
		else
			assert_null(strstr(said, "it is the"));
		assert_null(strstr(said, "more") && n < 4 ? said : NULL);
		why(&in, "rtmr2", said, sizeof said);
		assert_null(strstr(said, "it is the"));
	}
}

/* The MRTD of a release, by either page order, and of this firmware's other. */
static void named_firmware(void **state)
{
	const struct rv_evidence e = { .format = "quote" };
	struct rv_diff_input in = input(&e, NULL);
	struct rv_recorded *const order[] = { &known.single_pass,
					      &known.two_pass };
	static const char *const want[] = {
		"; it is the MRTD of r (pages added in a single pass)",
		"; it is the MRTD of r (pages added in two passes)"
	};
	char said[800];

	(void)state;
	for (size_t i = 0; i < RV_LEN(order); i++) {
		mrtd_of(RV_PAGE_ADD_SINGLE, true, true, 0);
		snprintf(known.name, sizeof known.name, "r");
		order[i]->known = true;
		memcpy(order[i]->value.b, rv_quote_field(&quote, "mrtd").p, 48);
		why(&in, "mrtd", said, sizeof said);
		assert_non_null(strstr(said, want[i]));
		order[i]->value.b[47] ^= 1;
		why(&in, "mrtd", said, sizeof said);
		assert_null(strstr(said, "it is"));
	}
	mrtd_of(RV_PAGE_ADD_SINGLE, true, true, 2);
	why(&in, "mrtd", said, sizeof said);
	assert_non_null(strstr(said, "pages added in two passes, as QEMU 8.x"));
	mrtd_of(RV_PAGE_ADD_TWO, true, true, 1);
	why(&in, "mrtd", said, sizeof said);
	assert_non_null(strstr(said, "in a single pass, as QEMU 9.0 and"));
	mrtd_of(RV_PAGE_ADD_UNKNOWN, true, true, 1);
	why(&in, "mrtd", said, sizeof said);
	assert_string_equal(said, "pages added in a single pass; the shape did"
				  " not say");
	mrtd_of(RV_PAGE_ADD_UNKNOWN, true, true, 2);
	why(&in, "mrtd", said, sizeof said);
	assert_string_equal(said,
			    "pages added in two passes; the shape did not say");
}

/* ---- event by event ---- */

/* The captured machine's log, and its RTMR1 as the expected register. */
struct logged {
	struct rv_evidence e;
	struct rv_replay replay;
	struct rv_diff_input in;
	struct rv_register *reg;
};

static void logged_free(struct logged *l)
{
	rv_replay_free(&l->replay);
	rv_evidence_free(&l->e);
}

static void replay_again(struct logged *l)
{
	struct rv_err err = { 0 };

	rv_replay_free(&l->replay);
	l->replay = (struct rv_replay){ 0 };
	assert_true(rv_replay_run(&l->e.log, &l->replay, &err));
}

static void logged_load(struct logged *l)
{
	static const char *const label[] = { "kernel", "boot-option",
					     "separator", "exit-boot-services",
					     "exit-boot-services-success" };
	struct rv_err err = { 0 };

	*l = (struct logged){ 0 };
	assert_true(rv_evidence_read_path(M, NULL, &l->e, &err));
	replay_again(l);
	memset(&values, 0, sizeof values);
	memset(&known, 0, sizeof known);
	l->reg = &values.reg[1];
	for (size_t i = 0; i < l->e.log.n; i++) {
		struct rv_predicted *p = &l->reg->event[l->reg->n];

		if (l->e.log.event[i].imr != 1)
			continue;
		snprintf(p->label, sizeof p->label, "%s", label[l->reg->n++]);
		p->known = true;
		p->digest = l->replay.event[i].digest;
	}
	assert_int_equal(l->reg->n, RV_LEN(label));
	l->reg->known = true;
	memcpy(l->reg->value.b, rv_quote_field(&quote, "rtmr1").p, 48);
	l->in = input(&l->e, NULL);
	l->in.replay = &l->replay;
}

static void says(const struct logged *l, const char *name,
		 enum rv_verdict verdict_is, const char *reason)
{
	char said[800];

	assert_int_equal(verdict(&l->in, name), verdict_is);
	why(&l->in, name, said, sizeof said);
	assert_string_equal(said, reason);
}

static void event_by_event(void **state)
{
	RV_AUTO(logged_free) struct logged l;
	struct rv_predicted *p;

	(void)state;
	logged_load(&l);
	p = l.reg->event;
	says(&l, "rtmr1", RV_YES, "equal, event by event (5)");
	says(&l, "rtmr1_log", RV_YES, "5 events replay to it");
	l.reg->n = 4;
	says(&l, "rtmr1", RV_YES,
	     "equal by value; the expected events are not all known");
	l.reg->n = 0;
	says(&l, "rtmr1", RV_YES,
	     "equal by value; the expected events are not all known");
	l.in.replay = NULL;
	says(&l, "rtmr1", RV_YES, "equal by value; no event log");
	l.reg->n = 5;
	says(&l, "rtmr1", RV_YES, "equal by value; no event log");
	l.reg->value.b[0] ^= 1;
	says(&l, "rtmr1", RV_DIFFERS, "no event log tells which event");
	l.in.replay = &l.replay;
	says(&l, "rtmr1", RV_DIFFERS,
	     "the log's events are as expected, but do not give the register");
	l.reg->n = 0;
	says(&l, "rtmr1", RV_DIFFERS,
	     "the expected events are not known, only the register");
	l.reg->n = 4;
	says(&l, "rtmr1", RV_DIFFERS,
	     "first difference: the log has one more event, number 4"
	     " (exit-boot-services-success)");
	l.reg->n = 6;
	snprintf(p[5].label, sizeof p[5].label, "more");
	p[5].known = true;
	says(&l, "rtmr1", RV_DIFFERS,
	     "first difference: event 5, more, which the log does not have");
	l.reg->n = 5;
	p[0].digest.b[47] ^= 1;
	says(&l, "rtmr1", RV_DIFFERS,
	     "first difference: event 0, kernel; likely another kernel, or a"
	     " setup header that this QEMU patches otherwise");
	p[0].digest.b[47] ^= 1;
	p[2].digest.b[0] ^= 1;
	snprintf(p[2].label, sizeof p[2].label, "boot0000");
	snprintf(p[2].depends, sizeof p[2].depends, "the edk2");
	says(&l, "rtmr1", RV_DIFFERS,
	     "first difference: event 2, boot0000, where the log has separator;"
	     " it depends on the edk2; likely an edk2 of another release");
}

/* What is not wholly predicted is compared as far as it is. */
static void not_predicted(void **state)
{
	RV_AUTO(logged_free) struct logged l;
	struct rv_predicted *p;

	(void)state;
	logged_load(&l);
	p = l.reg->event;
	l.reg->known = false;
	p[1].known = false;
	snprintf(l.reg->why, sizeof l.reg->why, "no boot option");
	says(&l, "rtmr1", RV_CANNOT_TELL,
	     "not wholly predicted: no boot option; of its events 4 are as"
	     " expected and 1 were not predicted");
	p[4].digest.b[20] ^= 1;
	says(&l, "rtmr1", RV_DIFFERS,
	     "first difference: event 4, exit-boot-services-success");
	l.in.replay = NULL;
	says(&l, "rtmr1", RV_CANNOT_TELL, "not predicted: no boot option");
	l.reg->n = 0;
	l.in.replay = &l.replay;
	l.reg->why[0] = '\0';
	says(&l, "rtmr1", RV_CANNOT_TELL, "not predicted: no value is known");
}

/* A log that does not give the quote's register is named by its event. */
static void changed_log(void **state)
{
	RV_AUTO(logged_free) struct logged l;
	struct rv_sha384 *d = NULL;

	(void)state;
	logged_load(&l);
	for (size_t i = 0; i < l.e.log.n && !d; i++)
		if (l.e.log.event[i].imr == 1)
			d = &l.e.log.event[i].digest;
	assert_non_null(d);
	d->b[0] ^= 1;
	replay_again(&l);
	says(&l, "rtmr1_log", RV_DIFFERS,
	     "the event log does not give this register: it is not the log of"
	     " this quote, or was changed; first difference: event 0, kernel");
	l.reg->n = 0;
	says(&l, "rtmr1_log", RV_DIFFERS,
	     "the event log does not give this register: it is not the log of"
	     " this quote, or was changed");
	/* It proves nothing of the events of a register without a value. */
	l.reg->n = 5;
	l.reg->known = false;
	snprintf(l.reg->why, sizeof l.reg->why, "w");
	says(&l, "rtmr1", RV_CANNOT_TELL, "not predicted: w");
}

/* Whichever event has another digest than its contents is named. */
static void contents_of_events(void **state)
{
	RV_AUTO(logged_free) struct logged l;
	char want[200];

	(void)state;
	logged_load(&l);
	assert_int_equal(verdict(&l.in, "event_contents"), RV_YES);
	for (size_t i = 0; i < l.replay.n; i++) {
		enum rv_event_state was = l.replay.event[i].state;

		l.replay.event[i].state = RV_EVENT_CONTRADICTS;
		snprintf(want, sizeof want,
			 "event %zu (%s): its digest is not that of its"
			 " contents",
			 i, l.replay.event[i].name);
		says(&l, "event_contents", RV_DIFFERS, want);
		l.replay.event[i].state = was;
	}
}

/* ---- words ---- */

/* What somebody says of a quote that is not there rests on its signature. */
static void words(void **state)
{
	static const char *const name[] = { "mrtd", "rtmr0", "rtmr1" };
	struct rv_evidence e = { .format = "words" };
	struct rv_diff_input in = input(&e, NULL);
	struct rv_err err = { 0 };

	(void)state;
	memset(&values, 0, sizeof values);
	values.reg[1].known = true;
	memset(values.reg[1].value.b, 7, 48);
	in.quote = NULL;
	for (size_t i = 0; i < RV_LEN(name); i++)
		assert_true(rv_mrs_set(&e.claimed, name[i], RV_SHA384,
				       rv_span(values.reg[1].value.b, 48)));
	for (int quoted = 0; quoted < 2; quoted++) {
		RV_AUTO(rv_report_free) struct rv_report r = { 0 };
		size_t rests = 0;

		in.quote = quoted ? &quote : NULL;
		assert_true(rv_diff_run(&in, &r, &err));
		for (size_t i = 0; i < r.n; i++)
			if (strcmp(r.check[i].name, "rtmr1") == 0) {
				assert_int_equal(r.check[i].verdict,
						 quoted ? RV_DIFFERS : RV_YES);
				rests = r.check[i].n_rests;
			}
		assert_int_equal(rests, quoted ? 0 : 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_by_whole_rtmr2),
		cmocka_unit_test(whole_registers),
		cmocka_unit_test(whole_config_id),
		cmocka_unit_test(no_quote),
		cmocka_unit_test(app_ids),
		cmocka_unit_test(config_id_of_version_2),
		cmocka_unit_test(rests_on_the_log),
		cmocka_unit_test(rests_on_the_config_id),
		cmocka_unit_test(page_orders),
		cmocka_unit_test(debug_td),
		cmocka_unit_test(named_releases),
		cmocka_unit_test(named_firmware),
		cmocka_unit_test(event_by_event),
		cmocka_unit_test(not_predicted),
		cmocka_unit_test(changed_log),
		cmocka_unit_test(contents_of_events),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
