/* SPDX-License-Identifier: Apache-2.0 */
/* compose_config_id.c - mr_config_id of every version. */
#include "base.h"
#include <refval/hash.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct rv_err err;

/* dstack's unit test: compose-hash 22.., app-id 11.., kms, id 33.. */
static struct rv_sha256 compose_hash;
static uint8_t app_id[20], provider[32];
static const char document[] =
    "{\"app_id\":\"1111111111111111111111111111111111111111\","
    "\"compose_hash\":\"22222222222222222222222222222222222222222222222222"
    "22222222222222\",\"instance_id\":\"444444444444444444444444444444444444"
    "4444\",\"key_provider\":\"kms\",\"key_provider_id\":\"3333333333333333"
    "333333333333333333333333333333333333333333333333\",\"version\":3}";
static const char *const v1 = "0122222222222222222222222222222222222222222222"
			      "22222222222222222222000000000000000000000000"
			      "000000";
static const char *const v2 = "027f2ca741da9d356026ab20ca640abf06198829a12881"
			      "7b091bbc9aec1ed97b60000000000000000000000000"
			      "000000";
static const char *const v3 = "0350fc88d0a462b6a0b06ba25859abc02e98c2a8d9bd00"
			      "0b7dc0d8bae65e71ecbb000000000000000000000000"
			      "000000";

static struct rv_config_id_claims claims(void)
{
	memset(&compose_hash, 0x22, sizeof compose_hash);
	memset(app_id, 0x11, sizeof app_id);
	memset(provider, 0x33, sizeof provider);
	return (struct rv_config_id_claims){
		.compose_hash = &compose_hash,
		.app_id = app_id,
		.key_provider = "kms",
		.provider_id = { provider, sizeof provider },
		.has_provider_id = true,
		.document = rv_text(document),
	};
}

static void expect(const char *hex, const struct rv_config_id_claims *c,
		   const char *form, enum rv_code verdict)
{
	struct rv_config_id_check k;
	uint8_t v[48];

	assert_true(rv_unhex(rv_text(hex), v, sizeof v));
	assert_true(rv_config_id_check(v, c, &k, &err));
	assert_string_equal(rv_config_id_name(k.form), form);
	assert_int_equal(k.verdict, verdict);
	assert_true(k.reason[0] != '\0');
}

static void vectors(void **state)
{
	struct rv_config_id_claims c = claims();
	uint8_t v[48];
	char hex[97];

	(void)state;
	expect(v1, &c, "v1", RV_OK);
	expect(v2, &c, "v2", RV_OK);
	expect(v3, &c, "v3", RV_OK);
	assert_true(rv_config_id_compute(RV_CONFIG_ID_V2, &c, v, &err));
	rv_hex(rv_span(v, 48), hex);
	assert_string_equal(hex, v2);
}

static void other_apps(void **state)
{
	struct rv_config_id_claims c = claims();

	(void)state;
	compose_hash.b[31] ^= 1;
	expect(v1, &c, "v1", RV_NO);
	expect(v2, &c, "v2", RV_NO);
	expect(v3, &c, "v3", RV_NO);
	compose_hash.b[31] ^= 1;
	app_id[0] ^= 1;
	expect(v1, &c, "v1", RV_OK);
	expect(v2, &c, "v2", RV_NO);
	expect(v3, &c, "v3", RV_NO);
	app_id[0] ^= 1;
	c.key_provider = "local";
	expect(v2, &c, "v2", RV_NO);
	expect(v3, &c, "v3", RV_NO);
	c.key_provider = "kms";
	provider[31] ^= 1;
	expect(v2, &c, "v2", RV_NO);
	expect(v3, &c, "v3", RV_NO);
}

/* Each byte of the value: the 32 of the hash, and the zeros behind them. */
static void other_bytes(void **state)
{
	static const char *const version[] = { "v1", "v2", "v3" };
	struct rv_config_id_claims c = claims();
	const char *const value[] = { v1, v2, v3 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(value); i++) {
		for (size_t k = 1; k < 48; k++) {
			char hex[97];
			bool hash = k <= 32;

			snprintf(hex, sizeof hex, "%s", value[i]);
			hex[2 * k + 1] = hex[2 * k + 1] == '7' ? '8' : '7';
			expect(hex, &c, hash ? version[i] : "unknown",
			       hash ? RV_NO : RV_INPUT);
		}
	}
}

static void not_known(void **state)
{
	struct rv_config_id_claims c = claims();
	static const char zero[] = "000000000000000000000000000000000000000000"
				   "000000000000000000000000000000000000000000"
				   "000000000000";
	static const char odd[] = "010000000000000000000000000000000000000000"
				  "000000000000000000000000000000000000000000"
				  "000000000001";
	static const char four[] = "042222222222222222222222222222222222222222"
				   "222222222222222222222222220000000000000000"
				   "000000000000";

	(void)state;
	expect(zero, &c, "zero", RV_INPUT);
	expect(odd, &c, "unknown", RV_INPUT);
	expect(four, &c, "unknown", RV_INPUT);
	c.document = rv_span(NULL, 0);
	expect(v3, &c, "v3", RV_INPUT);
	c.document = rv_text("{}");
	expect(v3, &c, "v3", RV_NO);
	/* A kind of key provider that no version 2 has a number for. */
	c.key_provider = "unheard-of";
	expect(v2, &c, "v2", RV_INPUT);
	c.key_provider = "kms";
	c.has_provider_id = false;
	c.provider_id = rv_span(NULL, 0);
	expect(v2, &c, "v2", RV_INPUT);
	c.compose_hash = NULL;
	expect(v1, &c, "v1", RV_INPUT);
}

/* A document that is bound and is of no version that is known names no app. */
static void other_versions(void **state)
{
	static const char *const version[] = {
		"3", "2", "4", "30", "null", NULL
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(version); i++) {
		struct rv_config_id_claims c = claims();
		size_t head = strlen(document) - strlen(",\"version\":3}");
		struct rv_config_id_check k;
		char text[600];
		uint8_t v[48];

		if (version[i])
			snprintf(text, sizeof text, "%.*s,\"version\":%s}",
				 (int)head, document, version[i]);
		else
			snprintf(text, sizeof text, "%.*s}", (int)head,
				 document);
		c.document = rv_text(text);
		assert_true(rv_config_id_compute(RV_CONFIG_ID_V3, &c, v, &err));
		assert_true(rv_config_id_check(v, &c, &k, &err));
		assert_string_equal(rv_config_id_name(k.form), "v3");
		assert_int_equal(k.verdict, i ? RV_INPUT : RV_OK);
	}
}

static void raw(void **state)
{
	struct rv_config_id_claims c = claims();
	char hex[97];
	uint8_t v[48] = { 0 };

	(void)state;
	compose_hash.b[0] = 1;
	compose_hash.b[31] = 0;
	memcpy(v, compose_hash.b, 32);
	rv_hex(rv_span(v, 48), hex);
	expect(hex, &c, "raw", RV_OK);
	compose_hash.b[5] ^= 1;
	v[0] = 0x77;
	rv_hex(rv_span(v, 48), hex);
	expect(hex, &c, "raw", RV_NO);
}

/* Every flipped bit of a value is noticed: no "yes" but for the value. */
static void flipped(void **state)
{
	static const char *const *const all[] = { &v1, &v2, &v3 };
	struct rv_config_id_claims c = claims();

	(void)state;
	for (size_t i = 0; i < RV_LEN(all); i++) {
		uint8_t v[48];

		assert_true(rv_unhex(rv_text(*all[i]), v, sizeof v));
		for (size_t bit = 0; bit < 48 * 8; bit++) {
			struct rv_config_id_check k;

			v[bit / 8] ^= (uint8_t)(1u << bit % 8);
			assert_true(rv_config_id_check(v, &c, &k, &err));
			assert_int_not_equal(k.verdict, RV_OK);
			v[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void launch_token(void **state)
{
	struct rv_sha256 got;
	char hex[65];

	(void)state;
	assert_true(rv_launch_token_hash(
	    rv_text("unit-test-launch-token-0000000001"), &got, &err));
	rv_hex(rv_span(got.b, 32), hex);
	assert_string_equal(hex, "28faa1319055d733ad9651f5ab7689c15b04609846bc"
				 "d27b3c5bc8df6246f5a3");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),     cmocka_unit_test(other_apps),
		cmocka_unit_test(other_bytes), cmocka_unit_test(not_known),
		cmocka_unit_test(raw),	       cmocka_unit_test(other_versions),
		cmocka_unit_test(flipped),     cmocka_unit_test(launch_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
