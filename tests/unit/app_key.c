/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_key.c - keys of an app by their signature chains: those of vectors, and
 * every character of them changed.
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

static const char root[] =
    "0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c7563085b6";
static const char app_id[] = "5bb4ff9a3837357f19dc176407a5709c62eb6c56";

static struct rv_buf file(const char *name)
{
	return test_file("tests/vectors/app_key/", name);
}

/* Malformed: false. */
static bool is_issued(struct rv_span json, struct rv_app_key *k, bool *good)
{
	uint8_t id[RV_APP_KEY_ID], want[RV_APP_KEY_POINT];
	uint8_t by[RV_APP_KEY_POINT];
	struct rv_err err = { 0 };

	assert_true(rv_unhex(rv_text(app_id), id, sizeof id));
	assert_true(rv_app_key_root(rv_text(root), want, &err));
	if (!rv_app_key_read(json, k, &err)) {
		assert_int_equal(err.code, RV_INPUT);
		return false;
	}
	assert_true(rv_app_key_issuer(k, id, good, by, &err));
	*good = *good && memcmp(by, want, sizeof by) == 0;
	return true;
}

static void vectors(void **state)
{
	static const struct {
		const char *name, *purpose;
		size_t n;
		bool good;
	} row[] = {
		{ "sign.json", "signing", 33, true },
		{ "getkey-ed25519.json", "test-purpose", 32, true },
		{ "of-another-kms.json", "test-purpose", 32, false },
		{ "of-another-app.json", "test-purpose", 32, false },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		struct rv_buf b = file(row[i].name);
		struct rv_app_key k;
		bool good;

		assert_true(is_issued(rv_buf_span(&b), &k, &good));
		assert_int_equal(good, row[i].good);
		assert_string_equal(k.purpose, row[i].purpose);
		assert_int_equal(k.n, row[i].n);
		rv_buf_free(&b);
	}
}

/* An answer with blanks behind it: as long as may be, and longer. */
static void size_of_an_answer(void **state)
{
	static uint8_t text[RV_APP_KEY_MAX + 1];
	struct rv_buf b = file("sign.json");

	(void)state;
	memset(text, ' ', sizeof text);
	memcpy(text, b.p, b.n);
	for (size_t more = 0; more < 2; more++) {
		struct rv_app_key k;
		struct rv_err err = { 0 };
		bool read = rv_app_key_read(
		    rv_span(text, RV_APP_KEY_MAX + more), &k, &err);

		assert_int_equal(read, !more);
		if (more)
			assert_string_equal(err.msg, "longer than 65536 bytes");
	}
	rv_buf_free(&b);
}

/* What Sign signed is no link of the chain, and names of members are none. */
static void every_character(void **state)
{
	static const char *const name[] = { "sign.json",
					    "getkey-ed25519.json" };

	(void)state;
	for (size_t f = 0; f < RV_LEN(name); f++) {
		struct rv_buf b = file(name[f]);
		struct rv_app_key want, k;
		size_t bad = 0;
		bool good;

		assert_true(is_issued(rv_buf_span(&b), &want, &good));
		for (size_t i = 0; i < b.n; i++) {
			b.p[i] ^= 1;
			if (is_issued(rv_buf_span(&b), &k, &good)) {
				bad += !good;
				if (good)
					assert_memory_equal(&k, &want,
							    sizeof k);
			}
			b.p[i] ^= 1;
		}
		assert_true(bad > 200);
		rv_buf_free(&b);
	}
}

static void roots(void **state)
{
	static const char *const bad[] = {
		"",
		"03",
		"0021529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c75630"
		"85b6",
		"0321529e458424ab1f710a3a57ec4dad2fb195ddca572f7469242ba6c75630"
		"85b6 x",
		"-----BEGIN PUBLIC KEY-----\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0B9muLR4KYi80g3luE1HnQR88"
		"jKZ\nmD/L4lMhubHg0p8QPNaunMQOgNSkIHaamuiv1rw8VYUhITGE2kRDEF+"
		"82g==\n-----END PUBLIC KEY-----\n",
	};
	uint8_t out[RV_APP_KEY_POINT];

	(void)state;
	for (size_t i = 0; i < RV_LEN(bad); i++) {
		struct rv_err err = { 0 };

		assert_false(rv_app_key_root(rv_text(bad[i]), out, &err));
		assert_int_equal(err.code, RV_INPUT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(size_of_an_answer),
		cmocka_unit_test(every_character),
		cmocka_unit_test(roots),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
