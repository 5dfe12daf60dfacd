/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * publish.c - published documents: every byte of a signed one changed, CBOR
 * numbers at their limits, and what reading leaves alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "cbor.h"
#include "test_file.h"

#include <refval.h>

#include <stdio.h>
#include <stdlib.h>

#define VECTORS "tests/vectors/formats/"

static struct rv_values got, want;

static struct rv_buf file(const char *name)
{
	return test_file(VECTORS, name);
}

static char *text(const struct rv_values *v)
{
	struct rv_buf b = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_values_write(v, &b, &err));
	return (char *)b.p;
}

/*
 * A changed document is malformed or badly signed; where a byte is in no
 * signature (a hint, a name nobody reads), its values are the same.
 */
static void change_each(const char *name, const char *key, bool all_signed)
{
	struct rv_buf doc = file(name), pem = file(key);
	struct rv_signature sig;
	struct rv_err err = { 0 };
	size_t bad = 0;
	char *a, *b;

	assert_true(rv_publish_read(rv_buf_span(&doc), rv_buf_span(&pem), &want,
				    &sig, &err));
	assert_int_equal(sig.state, RV_SIGNED_GOOD);
	a = text(&want);
	for (size_t i = 0; i < doc.n; i++) {
		static const uint8_t mask[] = { 0x01, 0x20, 0x80 };

		for (size_t k = 0; k < RV_LEN(mask); k++) {
			struct rv_err e = { 0 };
			bool read;

			doc.p[i] ^= mask[k];
			read =
			    rv_publish_read(rv_buf_span(&doc),
					    rv_buf_span(&pem), &got, &sig, &e);
			doc.p[i] ^= mask[k];
			if (!read) {
				assert_int_equal(e.code, RV_INPUT);
				continue;
			}
			bad += sig.state == RV_SIGNED_BAD;
			if (sig.state != RV_SIGNED_GOOD) {
				assert_int_equal(sig.state, RV_SIGNED_BAD);
				continue;
			}
			assert_false(all_signed);
			b = text(&got);
			assert_string_equal(a, b);
			free(b);
		}
	}
	assert_true(bad > 32);
	free(a);
	rv_buf_free(&doc);
	rv_buf_free(&pem);
}

static void every_byte_of_a_corim(void **state)
{
	(void)state;
	change_each("corim-p256.cbor", "corim-p256.pub", true);
	change_each("corim-p384.cbor", "corim-p384.pub", true);
	change_each("corim-ed.cbor", "corim-ed.pub", true);
}

static void every_byte_of_an_envelope(void **state)
{
	(void)state;
	change_each("dsse.json", "key.pub", false);
	change_each("bundle.sigstore.json", "key.pub", false);
}

static void bad_signature_leaves_values_alone(void **state)
{
	struct rv_buf doc = file("corim-p256.cbor"), pem = file("key.pub");
	struct rv_signature sig;
	struct rv_err err = { 0 };

	(void)state;
	memset(&got, 0x5a, sizeof got);
	memset(&want, 0x5a, sizeof want);
	assert_true(rv_publish_read(rv_buf_span(&doc), rv_buf_span(&pem), &got,
				    &sig, &err));
	assert_int_equal(sig.state, RV_SIGNED_BAD);
	assert_memory_equal(&got, &want, sizeof got);
	rv_buf_free(&doc);
	rv_buf_free(&pem);
}

/* RFC 8949, appendix A, and the same in a longer form. */
static void cbor_numbers(void **state)
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

static void cbor_skip(void **state)
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_a_corim),
		cmocka_unit_test(every_byte_of_an_envelope),
		cmocka_unit_test(bad_signature_leaves_values_alone),
		cmocka_unit_test(cbor_numbers),
		cmocka_unit_test(cbor_skip),
	};

	return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
