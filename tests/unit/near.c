/* SPDX-License-Identifier: Apache-2.0 */
/* near.c - what somebody meant who wrote another word. */
#include "near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void distances(void **state)
{
	(void)state;
	assert_int_equal(rv_near_distance("", ""), 0);
	assert_int_equal(rv_near_distance("", "abc"), 3);
	assert_int_equal(rv_near_distance("verify", "verify"), 0);
	assert_int_equal(rv_near_distance("verfiy", "verify"), 1);
	assert_int_equal(rv_near_distance("verfy", "verify"), 1);
	assert_int_equal(rv_near_distance("vverify", "verify"), 1);
	assert_int_equal(rv_near_distance("vexify", "verify"), 1);
}

static const char *meant(const char *typed, const char *const *word)
{
	struct rv_near near = { .typed = rv_text(typed) };

	for (; *word; word++)
		rv_near_try(&near, *word);
	return near.best;
}

static void the_nearest_is_meant(void **state)
{
	static const char *const word[] = { "measure", "verify", "quote",
					    "publish", "a",	 NULL };

	(void)state;
	assert_string_equal(meant("mesure", word), "measure");
	assert_string_equal(meant("qoute", word), "quote");
	assert_string_equal(meant("publsih", word), "publish");
	/* Nothing of it is there, too far off, nothing, or no name. */
	assert_null(meant("b", word));
	assert_null(meant("replay", word));
	assert_null(meant("", word));
	assert_null(meant("measuremeasuremeasuremeasuremeasuremeasuremeasure"
			  "measuremeasuremeasuremeasuremeasure",
			  word));
}

static void a_word_too_long_is_no_name(void **state)
{
	char longer[70];

	(void)state;
	memset(longer, 'x', sizeof longer - 1);
	longer[sizeof longer - 1] = '\0';
	assert_true(rv_near_distance(longer, "x") == SIZE_MAX);
	assert_true(rv_near_distance("x", longer) == SIZE_MAX);
	longer[64] = '\0';
	assert_int_equal(rv_near_distance(longer, ""), 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distances),
		cmocka_unit_test(the_nearest_is_meant),
		cmocka_unit_test(a_word_too_long_is_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
