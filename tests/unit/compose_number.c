/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose_number.c - numbers as each language writes them back: what stands on
 * both sides of the point, and where an exponent begins.
 */
#include "base.h"
#include "compose/compose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* Is it all of @want, and nothing behind it? */
static void written(const char *text, enum json_numbers kind, const char *want)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_err err = { 0 };

	if (!rv_jt_number(rv_text(text), kind, &g, &err))
		fail_msg("%s: %s", text, err.msg);
	assert_false(g.failed);
	if (!rv_same_text(rv_buf_span(&g.buf), want))
		fail_msg("%s: \"%.*s\" of %zu bytes, not \"%s\"", text,
			 (int)g.buf.n, (const char *)g.buf.p, g.buf.n, want);
}

static void on_both_sides_of_the_point(void **state)
{
	static const char *const same[] = {
		"0.5",
		"1.5",
		"12.5",
		"1.25",
		"-123.456",
		"1234567.8",
		"0.001",
		"12345678901234.5",
		"0.1234567890123456",
	};
	static const enum json_numbers kind[] = { NUMBERS_GIVEN, NUMBERS_JS,
						  NUMBERS_PYTHON, NUMBERS_GO,
						  NUMBERS_RUST };

	(void)state;
	for (size_t i = 0; i < RV_LEN(same); i++)
		for (size_t k = 0; k < RV_LEN(kind); k++)
			written(same[i], kind[k], same[i]);
	written("1.50", NUMBERS_JS, "1.5");
	written("1.50", NUMBERS_GIVEN, "1.50");
	written("15e-1", NUMBERS_PYTHON, "1.5");
	written("1.0", NUMBERS_JS, "1");
	written("1.0", NUMBERS_PYTHON, "1.0");
	written("100.0", NUMBERS_GO, "100");
	written("100.0", NUMBERS_RUST, "100.0");
}

/* Powers of two whose shortest digits are not the nearest so many. */
static void next_to_a_power_of_two(void **state)
{
	static const char *const text[] = {
		"7.120236347223045e-307", "7.291122019556398e-304",
		"8.209073602596753e-289", "5.641232424577593e-278",
		"7.678447687145631e-239",
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(text); i++) {
		written(text[i], NUMBERS_JS, text[i]);
		written(text[i], NUMBERS_PYTHON, text[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_both_sides_of_the_point),
		cmocka_unit_test(next_to_a_power_of_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
