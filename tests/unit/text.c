/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - numbers in text: none beyond what is asked for is ever read. */
#include "base.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static bool is_read(const char *text, uint64_t max, uint64_t want)
{
	uint64_t v = ~want;
	bool read = rv_decimal(rv_text(text), max, &v);

	assert_true(v == (read ? want : ~want));
	return read;
}

static void decimal_limits(void **state)
{
	const uint64_t top[] = { 0,	    1000,	    UINT32_MAX,
				 INT64_MAX, UINT64_MAX - 9, UINT64_MAX - 5,
				 UINT64_MAX };
	char text[24];

	(void)state;
	for (uint64_t max = 0; max < 130; max++)
		for (uint64_t v = 0; v < 130; v++) {
			snprintf(text, sizeof text, "%" PRIu64, v);
			assert_int_equal(is_read(text, max, v), v <= max);
		}
	for (size_t i = 0; i < RV_LEN(top); i++)
		for (uint64_t k = 0; k < RV_LEN(top); k++) {
			snprintf(text, sizeof text, "%" PRIu64, top[k]);
			assert_int_equal(is_read(text, top[i], top[k]),
					 top[k] <= top[i]);
		}
}

static void decimal_forms(void **state)
{
	static const char *const none[] = { "",
					    "00",
					    "01",
					    "+1",
					    "-1",
					    " 1",
					    "1 ",
					    "1.",
					    "0x1",
					    "1/",
					    "1:",
					    "18446744073709551616",
					    "18446744073709551620",
					    "99999999999999999999",
					    "184467440737095516150" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(none); i++)
		if (is_read(none[i], UINT64_MAX, 0))
			fail_msg("%s", none[i]);
	assert_true(is_read("0", 0, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_limits),
		cmocka_unit_test(decimal_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
