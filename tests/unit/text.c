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

/* Each range of what nobody sees: its ends, and what stands beside them. */
static void unseen(void **state)
{
	static const uint32_t ends[][2] = {
		{ 0, 0x1f },	      { 0x7f, 0x9f },	  { 0xad, 0xad },
		{ 0x34f, 0x34f },     { 0x61c, 0x61c },	  { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 },   { 0x180b, 0x180f }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e },   { 0x2060, 0x206f }, { 0x3164, 0x3164 },
		{ 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff },
	};
	size_t n = 0, want = 0;

	(void)state;
	for (size_t i = 0; i < RV_LEN(ends); i++) {
		assert_true(rv_unseen(ends[i][0]));
		assert_true(rv_unseen(ends[i][1]));
		want += ends[i][1] - ends[i][0] + 1;
	}
	/* And of the others none, but the two that end each plane. */
	for (uint32_t c = 0; c <= 0x10ffff; c++)
		n += rv_unseen(c) && (c & 0xfffe) != 0xfffe;
	assert_int_equal(n, want);
	for (uint32_t plane = 0; plane <= 0x10; plane++)
		assert_true(rv_unseen(plane << 16 | 0xfffe));
}

/* What a terminal would act on, and what is no text, is escaped. */
static void quoted(void **state)
{
	(void)state;
	for (uint32_t c = 0; c <= 0x100; c++) {
		const uint8_t text[] = { (uint8_t)(c < 0x80 ? c
							    : 0xc0 | c >> 6),
					 (uint8_t)(0x80 | (c & 0x3f)) };
		struct rv_span s = rv_span(text, c < 0x80 ? 1 : 2);
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		char want[16];

		if (c == '"' || c == '\\')
			snprintf(want, sizeof want, "\"\\%c\"", (int)c);
		else if (c == '\n' || c == '\t')
			snprintf(want, sizeof want, "\"\\%c\"",
				 c == '\n' ? 'n' : 't');
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			snprintf(want, sizeof want, "\"\\u%04x\"", (unsigned)c);
		else
			snprintf(want, sizeof want, "\"%.*s\"", (int)s.n,
				 (const char *)s.p);
		rv_json_quote(&g, s);
		assert_true(rv_same_text(rv_buf_span(&g.buf), want));
		/* Half of it is none. */
		g.buf.n = 0;
		rv_json_quote(&g, rv_span(text, 1));
		assert_true(c < 0x80 ||
			    rv_same_text(rv_buf_span(&g.buf), "\"\\ufffd\""));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decimal_limits),
		cmocka_unit_test(decimal_forms),
		cmocka_unit_test(unseen),
		cmocka_unit_test(quoted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
