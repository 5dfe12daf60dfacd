/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * publish.c - published documents: every byte of a signed one changed, and what
 * reading leaves alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_a_corim),
		cmocka_unit_test(every_byte_of_an_envelope),
		cmocka_unit_test(bad_signature_leaves_values_alone),
	};

	return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
