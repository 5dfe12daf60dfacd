/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - verdicts are weighed so that silence and doubt never mean yes. */
#include <refval.h>

#include "base.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/* The verdict of a report with one check per verdict given. */
static enum rv_verdict weigh(const enum rv_verdict *v, size_t n)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };

	for (size_t i = 0; i < n; i++)
		rv_report_add(&r, RV_LAYER_OS, "x", v[i]);
	return rv_report_verdict(&r);
}

static void a_no_outweighs_everything(void **state)
{
	const enum rv_verdict v[] = { RV_YES, RV_DIFFERS, RV_CANNOT_TELL };

	(void)state;
	assert_int_equal(weigh(v, 3), RV_DIFFERS);
}

static void doubt_outweighs_yes(void **state)
{
	const enum rv_verdict v[] = { RV_YES, RV_CANNOT_TELL, RV_YES };

	(void)state;
	assert_int_equal(weigh(v, 3), RV_CANNOT_TELL);
}

static void nothing_compared_is_no_yes(void **state)
{
	const enum rv_verdict v[] = { RV_UNCHECKED, RV_UNCHECKED };

	(void)state;
	assert_int_equal(weigh(v, 0), RV_CANNOT_TELL);
	assert_int_equal(weigh(v, 2), RV_CANNOT_TELL);
}

static void codes_follow_verdicts(void **state)
{
	static const struct {
		enum rv_verdict v;
		enum rv_code code;
	} want[] = {
		{ RV_YES, RV_OK },
		{ RV_DIFFERS, RV_NO },
		{ RV_CANNOT_TELL, RV_INPUT },
		{ RV_UNCHECKED, RV_INPUT },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(want); i++) {
		RV_AUTO(rv_report_free) struct rv_report r = { 0 };

		rv_report_add(&r, RV_LAYER_APP, "x", want[i].v);
		assert_int_equal(rv_report_code(&r), want[i].code);
	}
}

static void a_layer_knows_only_its_own_checks(void **state)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };

	(void)state;
	rv_report_add(&r, RV_LAYER_APP, "x", RV_DIFFERS);
	rv_report_add(&r, RV_LAYER_OS, "y", RV_YES);
	assert_int_equal(rv_report_layer(&r, RV_LAYER_OS), RV_YES);
	assert_int_equal(rv_report_layer(&r, RV_LAYER_APP), RV_DIFFERS);
	assert_int_equal(rv_report_layer(&r, RV_LAYER_HARDWARE), RV_UNCHECKED);
}

/* A report that lost a check to missing memory is not whole: no yes. */
static void a_report_that_is_not_whole_is_no_yes(void **state)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };
	struct rv_check *c;

	(void)state;
	rv_report_add(&r, RV_LAYER_OS, "y", RV_YES);
	r.failed = true;
	c = rv_report_add(&r, RV_LAYER_OS, "lost", RV_DIFFERS);
	rv_report_set(&r, &c->reason, "why");
	assert_int_equal(r.n, 1);
	assert_int_equal(rv_report_verdict(&r), RV_CANNOT_TELL);
	assert_int_equal(rv_report_code(&r), RV_SYSTEM);
}

static void many_checks_are_all_kept(void **state)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct rv_check *c =
		    rv_report_add(&r, RV_LAYER_OS, "n", RV_YES);

		rv_report_set(&r, &c->actual, "%d", i);
	}
	assert_int_equal(r.n, 100);
	assert_string_equal(r.check[77].actual, "77");
}

/* As many as may be; one more is no report at all, not one without it. */
static void most_checks(void **state)
{
	enum { MOST = 4096 };
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };

	(void)state;
	for (int i = 0; i < MOST; i++)
		rv_report_add(&r, RV_LAYER_OS, "n", RV_YES);
	assert_false(r.failed);
	assert_int_equal(r.n, MOST);
	rv_report_add(&r, RV_LAYER_OS, "n", RV_DIFFERS);
	assert_true(r.failed);
	assert_int_equal(r.n, MOST);
}

/* A yes holds with what it rests on, and a no stays what it is. */
static void a_yes_falls_with_what_it_rests_on(void **state)
{
	static const struct {
		enum rv_verdict under, top, want;
	} row[] = {
		{ RV_YES, RV_YES, RV_YES },
		{ RV_DIFFERS, RV_YES, RV_CANNOT_TELL },
		{ RV_CANNOT_TELL, RV_YES, RV_CANNOT_TELL },
		{ RV_UNCHECKED, RV_YES, RV_UNCHECKED },
		{ RV_YES, RV_DIFFERS, RV_DIFFERS },
		{ RV_DIFFERS, RV_DIFFERS, RV_DIFFERS },
		{ RV_UNCHECKED, RV_CANNOT_TELL, RV_CANNOT_TELL },
		{ RV_DIFFERS, RV_UNCHECKED, RV_UNCHECKED },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++)
		for (int first = 0; first < 2; first++) {
			RV_AUTO(rv_report_free) struct rv_report r = { 0 };

			if (first)
				rv_report_add(&r, RV_LAYER_OS, "under",
					      row[i].under);
			rv_report_rests(
			    rv_report_add(&r, RV_LAYER_APP, "top", row[i].top),
			    "under");
			rv_report_rests(
			    rv_report_add(&r, RV_LAYER_APP, "higher", RV_YES),
			    "top");
			if (!first)
				rv_report_add(&r, RV_LAYER_OS, "under",
					      row[i].under);
			rv_report_settle(&r);
			assert_int_equal(r.check[first].verdict, row[i].want);
			/* Two steps away, too. */
			assert_int_equal(r.check[first + 1].verdict,
					 row[i].want == RV_DIFFERS
					     ? RV_CANNOT_TELL
					     : row[i].want);
		}
}

/* Named twice it is one, and takes the room of one. */
static void the_same_is_rested_on_once(void **state)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };
	struct rv_check *top = rv_report_add(&r, RV_LAYER_APP, "top", RV_YES);
	char same[] = "under";

	(void)state;
	for (size_t i = 0; i <= RV_RESTS_MAX; i++)
		rv_report_rests(top, i % 2 ? same : "under");
	assert_int_equal(top->n_rests, 1);
	assert_false(top->crowded);
}

/* What is not there holds nothing. */
static void nothing_rests_on_nothing(void **state)
{
	RV_AUTO(rv_report_free) struct rv_report r = { 0 };

	(void)state;
	rv_report_rests(rv_report_add(&r, RV_LAYER_APP, "top", RV_YES),
			"missing");
	rv_report_settle(&r);
	assert_int_equal(r.check[0].verdict, RV_UNCHECKED);
	assert_true(r.check[0].fallen);
}

/* There is room for all that a row can rest on; what has none is no yes. */
static void nothing_that_is_rested_on_is_forgotten(void **state)
{
	static const char *const under[] = { "a", "b", "c", "d", "e", "f",
					     "g", "h", "i", "j", "k", "l",
					     "m", "n", "o", "p", "q" };

	(void)state;
	for (size_t n = 1; n <= RV_LEN(under); n++)
		for (int last = 0; last < 2; last++) {
			RV_AUTO(rv_report_free) struct rv_report r = { 0 };
			struct rv_check *top =
			    rv_report_add(&r, RV_LAYER_APP, "top", RV_YES);

			for (size_t i = 0; i < n; i++)
				rv_report_rests(top, under[i]);
			for (size_t i = 0; i < n; i++)
				rv_report_add(&r, RV_LAYER_OS, under[i],
					      i + 1 == n && last ? RV_DIFFERS
								 : RV_YES);
			rv_report_settle(&r);
			assert_int_equal(
			    r.check[0].verdict,
			    last || n > RV_RESTS_MAX ? RV_CANNOT_TELL : RV_YES);
		}
	assert_true(RV_LEN(under) > RV_RESTS_MAX);
}

static void words(void **state)
{
	static const struct {
		enum rv_verdict signature, other;
		const char *want;
	} row[] = {
		{ RV_YES, RV_YES, "yes" },
		{ RV_UNCHECKED, RV_YES, "yes, of unverified evidence" },
		{ RV_YES, RV_DIFFERS, "no" },
		{ RV_UNCHECKED, RV_DIFFERS, "no" },
		{ RV_UNCHECKED, RV_CANNOT_TELL, "cannot-tell" },
		{ RV_DIFFERS, RV_YES, "no" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_report_free) struct rv_report r = { 0 };

		rv_report_add(&r, RV_LAYER_HARDWARE, "quote_signature",
			      row[i].signature);
		rv_report_add(&r, RV_LAYER_OS, "rtmr1", row[i].other);
		assert_string_equal(rv_report_words(&r), row[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_no_outweighs_everything),
		cmocka_unit_test(doubt_outweighs_yes),
		cmocka_unit_test(nothing_compared_is_no_yes),
		cmocka_unit_test(codes_follow_verdicts),
		cmocka_unit_test(a_layer_knows_only_its_own_checks),
		cmocka_unit_test(a_report_that_is_not_whole_is_no_yes),
		cmocka_unit_test(many_checks_are_all_kept),
		cmocka_unit_test(most_checks),
		cmocka_unit_test(a_yes_falls_with_what_it_rests_on),
		cmocka_unit_test(the_same_is_rested_on_once),
		cmocka_unit_test(nothing_rests_on_nothing),
		cmocka_unit_test(nothing_that_is_rested_on_is_forgotten),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
