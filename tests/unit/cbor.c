/* SPDX-License-Identifier: Apache-2.0 */
/* cbor.c - CBOR items at their limits, and items that end too early. */
#include "cbor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* RFC 8949, appendix A, and the same in a longer form. */
static void numbers(void **state)
{
	static const struct {
		const char *hex;
		int64_t value;
	} row[] = {
		{ "00", 0 },
		{ "17", 23 },
		{ "1818", 24 },
		{ "190100", 256 },
		{ "1a000f4240", 1000000 },
		{ "1b000000e8d4a51000", 1000000000000 },
		{ "20", -1 },
		{ "3863", -100 },
		{ "3903e7", -1000 },
		{ "1b7fffffffffffffff", INT64_MAX },
		{ "3b7fffffffffffffff", INT64_MIN },
	};
	static const char *const refused[] = {
		"1817", "190018", "1a00000100", "1b0000000000000001",
		"1c",	"1f",	  "3817",	"1bffffffffffffffff",
		"19",	"40",
	};
	struct rv_err err = { 0 };
	uint8_t raw[16];
	int64_t v;

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		size_t n = strlen(row[i].hex) / 2;
		struct rv_grow g = { 0 };
		struct rv_rd r = rv_rd(rv_span(raw, n), "test");

		assert_true(rv_unhex(rv_text(row[i].hex), raw, n));
		assert_true(rv_cbor_int(&r, "number", &v, &err));
		assert_true(v == row[i].value);
		assert_true(rv_rd_end(&r, &err));
		rv_cbor_put_int(&g, v);
		assert_int_equal(g.buf.n, n);
		assert_memory_equal(g.buf.p, raw, n);
		rv_grow_free(&g);
	}
	for (size_t i = 0; i < RV_LEN(refused); i++) {
		size_t n = strlen(refused[i]) / 2;
		struct rv_rd r = rv_rd(rv_span(raw, n), "test");

		assert_true(rv_unhex(rv_text(refused[i]), raw, n));
		assert_false(rv_cbor_int(&r, "number", &v, &err));
	}
}

static void skipped(void **state)
{
	static const struct {
		const char *hex;
		bool good;
	} row[] = {
		{ "8301820203820405", true },
		{ "a201020304", true },
		{ "c11a514b67b0", true },
		{ "80", true },
		{ "a0", true },
		{ "f6", true },
		{ "8301", false },
		{ "a1", false },
		{ "9f01ff", false },
		{ "4100", true },
		{ "41", false },
		{ "820061", false },
		{ "8242", false },
		{ "5bffffffffffffffff", false },
		{ "9bffffffffffffffff", false },
		{ "bb8000000000000000", false },
		{ "", false },
		{ "818181818181818181818181818180", true },
		{ "81818181818181818181818181818180", false },
	};
	struct rv_err err = { 0 };
	struct rv_span s;
	uint8_t raw[64];

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		size_t n = strlen(row[i].hex) / 2;
		struct rv_rd r = rv_rd(rv_span(raw, n), "test");

		assert_true(rv_unhex(rv_text(row[i].hex), raw, n));
		assert_int_equal(rv_cbor_skip(&r, "item", &s, &err),
				 row[i].good);
		if (row[i].good)
			assert_int_equal(s.n, n);
	}
}

/* A count or a number above what is asked for, and of another type. */
static void limits(void **state)
{
	bool (*const read[])(struct rv_rd *, const char *, uint64_t, uint64_t *,
			     struct rv_err *) = { rv_cbor_uint, rv_cbor_map,
						  rv_cbor_array };
	static const uint8_t major[] = { 0, 5, 4 };
	uint64_t got;

	(void)state;
	for (size_t i = 0; i < RV_LEN(read); i++)
		for (uint8_t v = 6; v <= 8; v++) {
			for (size_t k = 0; k < RV_LEN(major); k++) {
				uint8_t b = (uint8_t)(major[k] << 5 | v);
				struct rv_rd r = rv_rd(rv_span(&b, 1), "test");
				struct rv_err err = { 0 };

				got = 99;
				assert_int_equal(
				    read[i](&r, "item", 7, &got, &err),
				    i == k && v <= 7);
				assert_int_equal(got,
						 i == k && v <= 7 ? v : 99);
			}
		}
}

/* False and true, and no other simple value; and text is UTF-8. */
static void values(void **state)
{
	static const char *const text[] = { "a", "\xc3\xa9", "\xc3",
					    "\xed\xa0\x80" };

	(void)state;
	for (unsigned b = 0; b < 0x100; b++) {
		const uint8_t byte[] = { (uint8_t)b, 0xff };
		struct rv_rd r = rv_rd(rv_span(byte, 2), "test");
		struct rv_err err = { 0 };
		bool v = b == 0xf4;

		assert_int_equal(rv_cbor_bool(&r, "item", &v, &err),
				 b == 0xf4 || b == 0xf5);
		assert_int_equal(v, b == 0xf5);
	}
	for (size_t i = 0; i < RV_LEN(text); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_span s = { 0 };
		struct rv_err err = { 0 };
		struct rv_rd r;

		rv_cbor_put_text(&g, rv_text(text[i]));
		r = rv_rd(rv_buf_span(&g.buf), "test");
		assert_int_equal(rv_cbor_text(&r, "item", &s, &err), i < 2);
		assert_true(rv_same_text(s, i < 2 ? text[i] : ""));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(skipped),
		cmocka_unit_test(limits),
		cmocka_unit_test(values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
