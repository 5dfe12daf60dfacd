/* SPDX-License-Identifier: Apache-2.0 */
/* time.c - times as text, however far away: certificates and tokens say any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"

#include <stdlib.h>
#include <time.h>

static void as_libc_has_it(void **state)
{
	(void)state;
	/* From year 1 to 9999, each about four days and an odd time on. */
	for (int64_t t = -62135596800; t < 253402300800; t += 345679) {
		time_t at = (time_t)t;
		char text[32], want[32];
		struct tm tm;

		rv_time_text(t, text);
		assert_non_null(gmtime_r(&at, &tm));
		assert_true(strftime(want, sizeof want, "%H:%M:%SZ", &tm));
		assert_string_equal(text + 11, want);
		assert_int_equal(atoi(text), tm.tm_year + 1900);
		assert_int_equal(atoi(text + 5), tm.tm_mon + 1);
		assert_int_equal(atoi(text + 8), tm.tm_mday);
	}
}

/* Counting the years took a second, once. */
static void far_away(void **state)
{
	char text[32];

	(void)state;
	for (int i = 0; i < 100000; i++)
		rv_time_text(INT64_MAX, text);
	assert_string_equal(text, "292277026596-12-04T15:30:07Z");
	rv_time_text(INT64_MIN, text);
	assert_int_equal(text[0], '-');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_libc_has_it),
		cmocka_unit_test(far_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
