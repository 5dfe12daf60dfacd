/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - digests of runtime events, states, claims, comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "digest.h"
#include "json.h"
#include <refval.h>

#include <stdlib.h>

/* A log of one runtime event. */
static struct rv_event runtime(const char *name, const char *payload,
			       unsigned version)
{
	struct rv_event e = { .imr = 3,
			      .type = RV_EV_DSTACK_RUNTIME,
			      .version = version,
			      .name = (char *)(uintptr_t)name };

	e.payload.p = (uint8_t *)(uintptr_t)payload;
	e.payload.n = strlen(payload);
	return e;
}

static void run_one(struct rv_event e, struct rv_replay *r)
{
	struct rv_log log = { .event = &e, .n = 1 };
	struct rv_err err = { 0 };

	if (!rv_replay_run(&log, r, &err))
		fail_msg("%s", err.msg);
}

static void check_group(const rv_json *group, unsigned version, size_t want)
{
	const char *key;
	const rv_json *value;
	void *iter = NULL;
	size_t n = 0;

	while (rv_json_next(group, &iter, &key, &value)) {
		char name[64] = { 0 };
		const char *eq = strchr(key, '=');
		const char *payload = eq ? eq + 1 : "";
		struct rv_replay r = { 0 };
		char hex[97];

		memcpy(name, key, eq ? (size_t)(eq - key) : strlen(key));
		if (strcmp(key, "storage-fs") == 0)
			payload = "zfs";
		run_one(runtime(name, payload, version), &r);
		rv_hex(rv_span(r.event[0].digest.b, 48), hex);
		assert_true(rv_same_text(rv_json_text(value), hex));
		assert_int_equal(r.event[0].state, RV_EVENT_RECOMPUTED);
		rv_replay_free(&r);
		n++;
	}
	assert_int_equal(n, want);
}

static void vectors(void **state)
{
	struct rv_buf b = { 0 };
	struct rv_err err = { 0 };
	rv_json *j = NULL;

	assert_true(rv_buf_read("tests/vectors/replay/runtime_events.json",
				1 << 16, &b, &err));
	assert_true(rv_json_parse(rv_buf_span(&b), "vectors", &j, &err));
	check_group(rv_json_get(j, "runtime_events_v1"), 1, 6);
	check_group(rv_json_get(j, "runtime_events_v2"), 2, 2);
	rv_json_free(&j);
	rv_buf_free(&b);
	(void)state;
}

/* RFC 8785: short escapes where JSON has them, \u00xx else, the rest raw. */
static void canonical_names(void **state)
{
	static const struct {
		const char *name, *json;
	} known[] = {
		{ "event\"with\\special\nchars", "event\\\"with\\\\special"
						 "\\nchars" },
		{ "\b\f\n\r\t\x01\x1f", "\\b\\f\\n\\r\\t\\u0001\\u001f" },
		{ "\x7f/<>& \xe6\xb5\x8b\xf0\x9f\xa6\x80",
		  "\x7f/<>& \xe6\xb5\x8b\xf0\x9f\xa6\x80" },
		{ "", "" },
	};

	for (size_t i = 0; i < RV_LEN(known); i++) {
		struct rv_grow g = { 0 };
		struct rv_buf text = { 0 };
		struct rv_sha384 d;
		struct rv_err err = { 0 };
		struct rv_replay r = { 0 };
		struct rv_event e = runtime(known[i].name, "\xab\xcd", 2);

		rv_grow_printf(&g,
			       "{\"name\":\"%s\",\"payload\":\"abcd\","
			       "\"type\":134217729}",
			       known[i].json);
		assert_true(rv_grow_take(&g, &text, &err));
		assert_true(rv_sha384(rv_buf_span(&text), &d, &err));
		run_one(e, &r);
		assert_memory_equal(r.event[0].digest.b, d.b, 48);
		rv_replay_free(&r);
		/* The preimage beside it must be just that. */
		e.preimage = text;
		run_one(e, &r);
		assert_int_equal(r.event[0].state, RV_EVENT_RECOMPUTED);
		assert_false(r.contradicted);
		rv_replay_free(&r);
		text.p[text.n - 2] ^= 1;
		run_one(e, &r);
		assert_int_equal(r.event[0].state, RV_EVENT_CONTRADICTS);
		assert_true(r.contradicted);
		rv_replay_free(&r);
		rv_buf_free(&text);
	}
	(void)state;
}

/* The versions are not interchangeable, and each flip of a digest shows. */
static void contradictions(void **state)
{
	struct rv_event e = runtime("app-id", "0123456789", 1);
	struct rv_replay r = { 0 };

	run_one(e, &r);
	e.digest = r.event[0].digest;
	e.has_digest = true;
	rv_replay_free(&r);
	run_one(e, &r);
	assert_int_equal(r.event[0].state, RV_EVENT_CONFIRMED);
	rv_replay_free(&r);
	e.version = 2;
	run_one(e, &r);
	assert_int_equal(r.event[0].state, RV_EVENT_CONTRADICTS);
	rv_replay_free(&r);
	e.version = 1;
	for (size_t bit = 0; bit < 384; bit++) {
		e.digest.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		run_one(e, &r);
		assert_true(r.contradicted);
		assert_int_equal(r.first_contradiction, 0);
		/* The log's own digest is the one that is extended. */
		assert_memory_equal(r.event[0].digest.b, e.digest.b, 48);
		rv_replay_free(&r);
		e.digest.b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	(void)state;
}

static void claims(void **state)
{
	struct rv_event e[] = {
		runtime("app-id", "one", 1),	runtime("app-id", "two", 1),
		runtime("instance-id", "", 1),	runtime("boot-mr-done", "", 1),
		runtime("system-ready", "", 1), runtime("mr-kms", "late", 1),
	};
	struct rv_log log = { .event = e, .n = RV_LEN(e) };
	struct rv_replay r = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_replay_run(&log, &r, &err));
	assert_true(r.claims.system_ready);
	assert_true(rv_same_text(r.claims.app_id.value, "one"));
	assert_true(r.claims.app_id.duplicate);
	assert_int_equal(r.claims.app_id.event, 0);
	assert_true(r.claims.instance_id.found);
	assert_false(r.claims.instance_id.duplicate);
	assert_int_equal(r.claims.instance_id.value.n, 0);
	assert_false(r.claims.mr_kms.found);
	assert_true(r.has_boot_rtmr3);
	rv_replay_free(&r);
	(void)state;
}

/*
 * An event of RTMR3 under another type, or with a colon in its name, may be
 * the one that the log's writer wants unread: behind it nothing is a claim.
 */
static void obscured(void **state)
{
	struct rv_event e[] = {
		runtime("instance-id", "i", 1), runtime("app-id:", "ne", 1),
		runtime("app-id", "two", 1),	runtime("boot-mr-done", "", 1),
		runtime("system-ready", "", 1),
	};
	struct rv_log log = { .event = e, .n = RV_LEN(e) };
	struct rv_replay r = { 0 };
	struct rv_err err = { 0 };

	for (int i = 0; i < 2; i++) {
		assert_true(rv_replay_run(&log, &r, &err));
		assert_true(r.claims.obscured);
		assert_int_equal(r.claims.obscured_by, 1);
		assert_true(r.claims.instance_id.found);
		assert_false(r.claims.app_id.found);
		assert_false(r.claims.system_ready);
		assert_false(r.has_boot_rtmr3);
		rv_replay_free(&r);
		e[1] = runtime("app-id", "one", 1);
		e[1].type = RV_EV_TAG;
		e[1].has_digest = true;
	}
	/* Version 2 hashes name and payload apart: a colon is only a colon. */
	e[1] = runtime("app-id:", "ne", 2);
	assert_true(rv_replay_run(&log, &r, &err));
	assert_false(r.claims.obscured);
	assert_true(rv_same_text(r.claims.app_id.value, "two"));
	rv_replay_free(&r);
	/* What the application does later obscures nothing. */
	e[1] = runtime("system-ready", "", 1);
	e[2] = runtime("a:b", "", 1);
	assert_true(rv_replay_run(&log, &r, &err));
	assert_false(r.claims.obscured);
	assert_true(r.claims.system_ready);
	rv_replay_free(&r);
	(void)state;
}

/* An empty log leaves zeros, which match zeros and nothing else. */
static void match(void **state)
{
	struct rv_log none = { 0 };
	struct rv_event e = { .imr = 1,
			      .type = RV_EV_SEPARATOR,
			      .version = 1,
			      .has_digest = true,
			      .name = (char *)(uintptr_t) "" };
	struct rv_log one = { .event = &e, .n = 1 };
	struct rv_replay r = { 0 };
	struct rv_err err = { 0 };
	uint8_t zero[48] = { 0 }, other[48] = { 1 };

	assert_true(rv_replay_run(&none, &r, &err));
	assert_int_equal(rv_replay_match(&none, &r, "rtmr1", rv_span(zero, 48)),
			 RV_MATCH_EQUAL);
	assert_int_equal(
	    rv_replay_match(&none, &r, "rtmr1", rv_span(other, 48)),
	    RV_MATCH_LEFT_OUT);
	assert_int_equal(rv_replay_match(&none, &r, "rtmr1", rv_span(zero, 0)),
			 RV_MATCH_LEFT_OUT);
	rv_replay_free(&r);
	assert_true(rv_replay_run(&one, &r, &err));
	assert_int_equal(rv_replay_match(&one, &r, "rtmr1", rv_span(zero, 48)),
			 RV_MATCH_DIFFERS);
	assert_int_equal(
	    rv_replay_match(&one, &r, "rtmr1", rv_span(r.reg.item[1].b, 48)),
	    RV_MATCH_EQUAL);
	assert_int_equal(
	    rv_replay_match(&one, &r, "rtmr1", rv_span(r.reg.item[1].b, 47)),
	    RV_MATCH_DIFFERS);
	rv_replay_free(&r);
	(void)state;
}

/* A variable is called by the name in its event, if all of that is there. */
static void variables(void **state)
{
	static const struct {
		const char *name; /* of UTF-16LE's low bytes */
		uint64_t chars;
		size_t cut;
		uint8_t high;
		const char *called;
	} t[] = {
		{ "MokList", 7, 0, 0, "MokList" },
		{ "x", 1, 0, 0, "x" },
		/* What cannot be read is called by its place: the first. */
		{ "MokList", 7, 1, 0, "SecureBoot" },
		{ "MokList", 8, 0, 0, "SecureBoot" },
		{ "MokList", 0, 0, 0, "SecureBoot" },
		{ "MokList", UINT64_MAX, 0, 0, "SecureBoot" },
		{ "MokList", 7, 0, 1, "SecureBoot" },
		{ "Mok List", 8, 0, 0, "SecureBoot" },
		{ "Mok\x7f", 4, 0, 0, "SecureBoot" },
		/* 47 characters are the most that are shown. */
		{ "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu", 47, 0, 0,
		  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu" },
		{ "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuv", 48, 0, 0,
		  "SecureBoot" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		uint8_t b[32 + 2 * 48] = { 0 };
		char nameless[] = "";
		struct rv_event e = { .type = RV_EV_EFI_VARIABLE_DRIVER_CONFIG,
				      .has_digest = true,
				      .name = nameless,
				      .payload = { b, 32 } };
		struct rv_replay r = { 0 };

		for (size_t k = 0; k < 8; k++)
			b[16 + k] = (uint8_t)(t[i].chars >> 8 * k);
		for (const char *c = t[i].name; *c; c++) {
			b[e.payload.n++] = (uint8_t)*c;
			b[e.payload.n++] = t[i].high;
		}
		e.payload.n -= t[i].cut;
		run_one(e, &r);
		assert_string_equal(r.event[0].name, t[i].called);
		rv_replay_free(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(canonical_names),
		cmocka_unit_test(contradictions),
		cmocka_unit_test(claims),
		cmocka_unit_test(obscured),
		cmocka_unit_test(variables),
		cmocka_unit_test(match),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
