/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_hint.c - what to do about evidence that is of another time, or has no
 * collateral: the hint at many times, and with names of any length. Runs in the
 * top folder of the source tree.
 */
#include "machine.h"

enum { DAY = 86400, FIRST = 1500000000, LAST = 2100000000 };

/* The hint of a verdict at @at; the code of the quote's. */
static enum rv_quote_code hint(struct rv_verifier *v, struct machine *m,
			       int64_t at, char out[512])
{
	RV_AUTO(rv_verified_free) struct rv_verified got = { 0 };
	struct rv_err err = { 0 };

	m->in.proof.at = at;
	if (!rv_verify(v, &m->in, &got, &err))
		fail_msg("%s", err.msg);
	snprintf(out, 512, "%s", got.proof.hint);
	return got.proof.verdict.code;
}

/* The two times of "--at a time in FROM..TO". */
static bool window_in(const char *text, int64_t *from, int64_t *to)
{
	static const char head[] = "--at a time in ";
	const char *at = strstr(text, head);

	if (!at)
		return false;
	at += strlen(head);
	assert_int_equal(strlen(at), 42);
	assert_true(rv_time_parse(rv_span(at, 20), from));
	assert_true(rv_time_parse(rv_text(at + 22), to));
	return true;
}

/* Whenever it is too early or too late, the same window, and it is right. */
static void at_any_time(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(machine_free) struct machine m;
	struct rv_verifier_options o = { .records = &records };
	int64_t from = 0, to = 0, a, b;
	struct rv_err err = { 0 };
	size_t early = 0, late = 0;
	char text[512];

	(void)state;
	machine_load(&m);
	assert_true(rv_verifier_new(&o, &v, &err));
	hint(v, &m, FIRST, text);
	assert_true(window_in(text, &from, &to));
	assert_true(from < MACHINE_AT && MACHINE_AT < to);
	for (int64_t at = FIRST; at < LAST; at += 90 * DAY) {
		enum rv_quote_code code = hint(v, &m, at, text);

		if (at >= from && at <= to) {
			assert_string_equal(text, "");
			assert_int_equal(code, RV_QUOTE_OK);
			continue;
		}
		/* A quote's own certificate that is past cannot be fetched. */
		assert_int_equal(strncmp(text,
					 "fetch again: refval-fetch EVIDENCE ",
					 35) == 0,
				 at > to && code != RV_QUOTE_PCK_CHAIN_EXPIRED);
		if (!window_in(text, &a, &b) || a != from || b != to)
			fail_msg("%d: %s", (int)(at / DAY), text);
		early += at < from;
		late += at > to;
	}
	assert_true(early > 10 && late > 10);
	/* To the second. */
	for (int i = 0; i < 4; i++) {
		int64_t at = (i < 2 ? from : to) + (i & 1) - (i < 2);

		hint(v, &m, at, text);
		assert_int_equal(*text == '\0', at >= from && at <= to);
	}
}

static void names_of_any_length(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(machine_free) struct machine m;
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };
	static char name[600], folder[600];
	char text[512];

	(void)state;
	machine_load(&m);
	assert_true(rv_verifier_new(&o, &v, &err));
	rv_buf_free(&m.evidence.collateral);
	hint(v, &m, MACHINE_AT, text);
	assert_string_equal(text,
			    "give it with --collateral, or fetch it:"
			    " refval-fetch EVIDENCE --collateral-from intel"
			    " -o evidence.json");
	m.in.proof.cache = "/a b";
	m.in.proof.evidence_name = "it's";
	hint(v, &m, MACHINE_AT, text);
	assert_string_equal(text, "fetch it: refval-fetch 'it'\\''s'"
				  " --collateral-from intel --cache '/a b'"
				  " -o evidence.json");
	for (size_t n = 1; n < sizeof name - 1; n++) {
		memset(name, 'e', n);
		memset(folder, 'f', n);
		name[n] = folder[n] = '\0';
		m.in.proof.cache = folder;
		m.in.proof.evidence_name = name;
		hint(v, &m, MACHINE_AT, text);
		/* Whole, or what stands for it; never a part of one. */
		assert_true((strstr(text, name) != NULL) ==
			    (strstr(text, "EVIDENCE") == NULL));
		assert_true((strstr(text, folder) != NULL) ==
			    (strstr(text, "FOLDER") == NULL));
		assert_true(n > 100 || !strstr(text, "FOLDER"));
		assert_true(n < 128 || strstr(text, "FOLDER"));
		assert_true(n < 256 || strstr(text, "EVIDENCE"));
		assert_non_null(strstr(text, " -o evidence.json"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_any_time),
		cmocka_unit_test(names_of_any_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
