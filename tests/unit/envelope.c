/* SPDX-License-Identifier: Apache-2.0 */
/*
 * envelope.c - one request of many: each member left out, twice, of another
 * type, and at its limits; and what it is then compared with.
 */
#include "said.h"

#include "base.h"

#include <refval.h>

#include <stdlib.h>
#include <string.h>

#define X64	      "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"
#define WITH(members) "{\"evidence\":{\"a\":[1, 2]}," members "}"

/* What of an envelope is there, by its first letters. */
static void parts_of(const struct rv_envelope *e, char out[16])
{
	snprintf(out, 16, "%s%s%s%s%s%s%s%s%s", e->id.p ? "i" : "",
		 e->instance.p ? "n" : "", e->release.p ? "r" : "",
		 e->values.p ? "v" : "", e->compose.p ? "c" : "",
		 e->has_compose_hash ? "h" : "", e->has_report_data ? "d" : "",
		 e->has_at ? "a" : "", e->has_collateral ? "o" : "");
}

struct row {
	const char *text;
	const char *has;  /* parts; NULL: it is refused */
	const char *says; /* of a refusal */
};

static void rows(const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++, row++) {
		RV_AUTO(rv_envelope_free) struct rv_envelope e = { 0 };
		struct rv_err err = { 0 };
		char has[16];
		bool read = rv_envelope_read(rv_text(row->text), &e, &err);

		parts_of(&e, has);
		if (read != (row->has != NULL) ||
		    (read && strcmp(has, row->has) != 0))
			fail_msg("%s: %s", row->text, read ? has : err.msg);
		if (!read &&
		    (err.code != RV_INPUT || !strstr(err.msg, row->says)))
			fail_msg("%s: %s", row->text, err.msg);
	}
}

static void each_member(void **state)
{
	static const char *const texts[] = { "id", "instance", "release",
					     "values", "compose" };
	static const char letter[] = "inrvc";
	static const char *const wrong[] = { "5", "null", "true", "[]" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(texts); i++) {
		char text[200], has[2] = { letter[i] }, says[64];
		const struct row good = { text, has, NULL };
		const struct row bad = { text, NULL, says };

		snprintf(text, sizeof text, WITH("\"%s\":\"x\""), texts[i]);
		rows(&good, 1);
		snprintf(text, sizeof text, WITH("\"%s\":\"x\",\"%s\":\"x\""),
			 texts[i], texts[i]);
		snprintf(says, sizeof says, "envelope: %s: twice", texts[i]);
		rows(&bad, 1);
		snprintf(says, sizeof says, "%s: not a string", texts[i]);
		for (size_t k = 0; k < RV_LEN(wrong); k++) {
			snprintf(text, sizeof text, WITH("\"%s\":%s"), texts[i],
				 wrong[k]);
			rows(&bad, 1);
		}
		snprintf(says, sizeof says, "%s", texts[i]);
		snprintf(text, sizeof text, WITH("\"%s\":\"\\q\""), texts[i]);
		rows(&bad, 1);
	}
}

static void hashes_and_times(void **state)
{
	static const struct row row[] = {
		{ WITH("\"compose_hash\":\"" X64 "\""), "h", NULL },
		{ WITH("\"compose_hash\":\"" X64 "0\""), NULL,
		  "compose_hash: not 64 hex digits" },
		{ WITH("\"compose_hash\":\"\""), NULL,
		  "compose_hash: not 64 hex digits" },
		{ WITH("\"compose_hash\":5"), NULL,
		  "compose_hash: not a string" },
		{ WITH("\"compose_hash\":\"" X64 "\",\"compose\":\"{}\""), NULL,
		  "compose_hash: beside compose, whose hash it is" },
		{ WITH("\"report_data\":\"00\""), "d", NULL },
		{ WITH("\"report_data\":\"" X64 X64 "\""), "d", NULL },
		{ WITH("\"report_data\":\"" X64 X64 "00\""), NULL,
		  "report_data: not 1 to 64 bytes in hex" },
		{ WITH("\"report_data\":\"\""), NULL,
		  "report_data: not 1 to 64 bytes in hex" },
		{ WITH("\"report_data\":\"0\""), NULL,
		  "report_data: not 1 to 64 bytes in hex" },
		{ WITH("\"report_data\":\"0g\""), NULL,
		  "report_data: not 1 to 64 bytes in hex" },
		{ WITH("\"report_data\":5"), NULL,
		  "report_data: not a string" },
		{ WITH("\"at\":0"), "a", NULL },
		{ WITH("\"at\":\"2026-01-31T00:00:00Z\""), "a", NULL },
		{ WITH("\"at\":\"2026-02-30T00:00:00Z\""), NULL,
		  "at: neither " },
		{ WITH("\"at\":\"5\""), NULL, "at: neither " },
		{ WITH("\"at\":-1"), NULL, "at: neither " },
		{ WITH("\"at\":1.5"), NULL, "at: neither " },
		{ WITH("\"at\":null"), NULL, "at: neither " },
		{ WITH("\"at\":1e"), NULL, "at: " },
		{ WITH("\"values\":{}"), "v", NULL },
		{ WITH("\"values\":{},\"release\":\"x\""), NULL,
		  "values: beside release: one of the two" },
		{ WITH("\"collateral\":5"), NULL, "envelope: " },
		{ WITH("\"collateral\":{}"), NULL, "envelope: " },
		{ WITH("\"id\":\"\",\"instance\":\"\",\"release\":\"\","
		       "\"compose\":\"\",\"report_data\":\"00\",\"at\":1"),
		  "inrcda", NULL },
	};

	(void)state;
	rows(row, RV_LEN(row));
}

/* What is no envelope is handed on as it is. */
static void no_envelopes(void **state)
{
	static const char *const whole[] = {
		"",
		"[]",
		"{}",
		"5",
		"{\"evidence\":1",
		"{\"evidence\":1,\"other\":2}",
		"{\"id\":\"x\"}",
	};
	static const struct row named[] = {
		{ "{\"evidence\":1,\"other\":2,\"id\":\"x\"}", NULL,
		  "envelope: no member of it is called other" },
		{ "{\"evidence\":1,\"other\":2,\"id\":5}", NULL,
		  "envelope: id: not a string" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(whole); i++) {
		RV_AUTO(rv_envelope_free) struct rv_envelope e = { 0 };
		struct rv_err err = { 0 };

		assert_true(rv_envelope_read(rv_text(whole[i]), &e, &err));
		assert_true(rv_same_text(e.evidence, whole[i]));
		assert_null(e.id.p);
	}
	rows(named, RV_LEN(named));
}

/* ---- what it is compared with ---- */

static void applied(void **state)
{
	static const uint8_t one[64] = { 1 };
	const struct rv_span values = rv_text("v"), compose = rv_text("c");
	const struct rv_sha256 hash = { { 9 } };
	const struct rv_binding asked = { .address_n = 20, .has_nonce = true };
	RV_AUTO(rv_envelope_free) struct rv_envelope e = { 0 }, none = { 0 };
	struct rv_verify_input in = { .values = &values,
				      .compose = &compose,
				      .compose_hash = &hash,
				      .identify = true,
				      .binding = &asked,
				      .proof.at = 7 };
	struct rv_verify_input same = in;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(
	    rv_envelope_read(rv_text("{\"evidence\":[1, 2]}"), &none, &err));
	rv_envelope_apply(&none, &same);
	assert_true(rv_same_text(same.evidence_bytes, "[1, 2]"));
	assert_ptr_equal(same.values, &values);
	assert_ptr_equal(same.compose, &compose);
	assert_ptr_equal(same.compose_hash, &hash);
	assert_ptr_equal(same.binding, &asked);
	assert_true(same.identify);
	assert_int_equal(same.proof.at, 7);

	assert_true(
	    rv_envelope_read(rv_text("{\"evidence\":\"x\",\"release\":\"r\","
				     "\"instance\":\"i\",\"compose\":\"d\","
				     "\"report_data\":\"01\",\"at\":8}"),
			     &e, &err));
	rv_envelope_apply(&e, &in);
	assert_string_equal(in.instance, "i");
	assert_string_equal(in.release, "r");
	assert_null(in.values);
	assert_false(in.identify);
	assert_true(rv_same_text(*in.compose, "d"));
	assert_null(in.compose_hash);
	assert_int_equal(in.proof.at, 8);
	assert_true(in.binding->has_report_data);
	assert_int_equal(in.binding->report_data_n, 1);
	assert_memory_equal(in.binding->report_data, one, 64);
	assert_int_equal(in.binding->address_n, 20);
	assert_true(in.binding->has_nonce);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_member),
		cmocka_unit_test(hashes_and_times),
		cmocka_unit_test(no_envelopes),
		cmocka_unit_test(applied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
