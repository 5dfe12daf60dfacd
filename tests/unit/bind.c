/* SPDX-License-Identifier: Apache-2.0 */
/* bind.c - report_data against statements, keys, signatures, certificates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "test_file.h"
#include "bind/bind_text.h"
#include "pubkey.h"
#include "digest.h"
#include "json.h"
#include "pem.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <stdio.h>

#define VECTORS "tests/vectors/bind/"

static struct rv_buf file(const char *name)
{
	return test_file(VECTORS, name);
}

static void from_hex(const char *hex, uint8_t out[64])
{
	memset(out, 0, 64);
	assert_true(rv_unhex(rv_text(hex), out, strlen(hex) / 2));
}

static bool statement(const uint8_t rd[64], const char *text, const char *hash,
		      const char *prefix, const char *path)
{
	struct rv_statement s = { rv_text(text), hash, prefix, path };
	struct rv_bindings b = { .statement = &s };
	struct rv_bound_list list;
	struct rv_err err = { 0 };

	assert_true(rv_bind_check(rd, &b, &list, &err));
	assert_int_equal(list.n, 1);
	return list.row[0].good;
}

/* What dstack's old agent puts into report_data for "hello" and app-data. */
static void old_agent(void **state)
{
	static const struct {
		const char *hash, *hex;
	} known[] = {
		{ "sha256", "57d90585d4b2cce9b2818a7b2a01398d5d2d6a8cb7ca8b735"
			    "acb8d3203cf8a77" },
		{ "sha384", "1a316c913dd051238ab7414cd2fbbf48e4f16c8c6c00adb2a"
			    "2f975d6ce01b43f844c6dc053262f3283ba928c7b883f60" },
		{ "sha512", "e39fd3dbee991d65e65cc38c6e9d664324929816279a19b49"
			    "5bcd3f77a62d81949ba61282d8a732916d39bb9f6a6a16d11"
			    "211c0d800b6ffc56ecf74419a7c835" },
	};
	uint8_t rd[64];

	(void)state;
	for (size_t i = 0; i < RV_LEN(known); i++) {
		from_hex(known[i].hex, rd);
		assert_true(
		    statement(rd, "hello", known[i].hash, "app-data", NULL));
		/* The colon belongs to the scheme, not to the prefix. */
		assert_false(
		    statement(rd, "hello", known[i].hash, "app-data:", NULL));
		assert_false(statement(rd, "hello", known[i].hash, NULL, NULL));
		assert_false(
		    statement(rd, "hello!", known[i].hash, "app-data", NULL));
		rd[63] ^= 1;
		assert_false(
		    statement(rd, "hello", known[i].hash, "app-data", NULL));
	}
}

/* The digest of the empty string under every name. */
static void every_hash(void **state)
{
	static const struct {
		const char *hash, *hex;
	} known[] = {
		{ "sha3-256", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa"
			      "82d80a4b80f8434a" },
		{ "sha3-384",
		  "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61"
		  "995e71bbee983a2ac3713831264adb47fb6bd1e058d5f004" },
		{ "sha3-512", "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859"
			      "e0d1dcc1475c80a615b2123af1f5f94c11e3e9402c3ac558"
			      "f500199d95b6d3e301758586281dcd26" },
		{ "keccak256", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273"
			       "b7bfad8045d85a470" },
		{ "keccak384",
		  "2c23146a63a29acf99e73b88f8c24eaa7dc60aa771780cc"
		  "c006afbfa8fe2479b2dd2b21362337441ac12b515911957f"
		  "f" },
		{ "keccak512",
		  "0eab42de4c3ceb9235fc91acffe746b29c29a8c366b7c60"
		  "e4e67c466f36a4304c00fa9caf9d87976ba469bcbe06713b"
		  "435f091ef2769fb160cdab33d3670680e" },
	};
	uint8_t rd[64];

	(void)state;
	for (size_t i = 0; i < RV_LEN(known); i++) {
		from_hex(known[i].hex, rd);
		assert_true(statement(rd, "", known[i].hash, NULL, NULL));
		assert_false(statement(rd, " ", known[i].hash, NULL, NULL));
	}
}

/* A digest handed over as text, as SDKs do with strings; never half of it. */
static void hex_text(void **state)
{
	static const char text[] = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1f"
				   "a7425e73043362938b9824"; /* "hello" */
	uint8_t rd[64];

	(void)state;
	memcpy(rd, text, 64);
	assert_true(statement(rd, "hello", NULL, NULL, NULL));
	rd[63] = 0;
	assert_false(statement(rd, "hello", NULL, NULL, NULL));
	memset(rd, 0, sizeof rd);
	memcpy(rd, "hello", 5);
	assert_true(statement(rd, "hello", "raw", NULL, NULL));
	assert_false(statement(rd, "hell", "raw", NULL, NULL));
	rd[5] = 1;
	assert_false(statement(rd, "hello", "raw", NULL, NULL));
}

/* JSON.stringify(JSON.parse(text)), as a JavaScript engine answers. */
static void stringify(void **state)
{
	static const char *const pair[][2] = {
		{ "{ \"b\" : 1 , \"a\":[ true,false , null ] }",
		  "{\"b\":1,\"a\":[true,false,null]}" },
		{ "[97123.5, 1.0, -0, 0.1, 1e21, 1e20, 123e-20, 1e-7, 1e-6]",
		  "[97123.5,1,0,0.1,1e+21,100000000000000000000,1.23e-18,1e-7,"
		  "0.000001]" },
		{ "[1736899200123, 0.30000000000000004, 5e-324, 1.5e300, -2.5]",
		  "[1736899200123,0.30000000000000004,5e-324,1.5e+300,-2.5]" },
		{ "[9007199254740993, 0.000001234]",
		  "[9007199254740992,0.000001234]" },
		{ "\"\\u00e9\\/\\u001f\\b\\f\\t\\n\\r\\\"\\\\\\u007f\\u2028\"",
		  "\"\xc3\xa9/\\u001f\\b\\f\\t\\n\\r\\\"\\\\\x7f\xe2\x80\xa8\"" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(pair); i++) {
		struct rv_err err = { 0 };
		struct rv_grow g = { 0 };
		rv_json *j = NULL;

		assert_true(rv_json_parse(rv_text(pair[i][0]), "x", &j, &err));
		assert_true(rv_stringify(j, &g, &err));
		rv_grow_u8(&g, 0);
		assert_string_equal((char *)g.buf.p, pair[i][1]);
		rv_grow_free(&g);
		rv_json_free(&j);
	}
}

static void paths(void **state)
{
	static const char doc[] = "{\"a\":{\"b c\":[1,{\"d\":\"x\"}]},\"e\":2}";
	static const struct {
		const char *path, *text;
		enum rv_code code;
	} known[] = {
		{ ".", "{\"a\":{\"b c\":[1,{\"d\":\"x\"}]},\"e\":2}", RV_OK },
		{ ".e", "2", RV_OK },
		{ ".a[\"b c\"][1].d", "\"x\"", RV_OK },
		{ ".a.[\"b c\"][0]", "1", RV_OK },
		{ ".a[\"b c\"][2]", NULL, RV_INPUT },
		{ ".f", NULL, RV_INPUT },
		{ ".e.f", NULL, RV_INPUT },
		{ "e", NULL, RV_USAGE },
		{ "", NULL, RV_USAGE },
		{ ".a | .b", NULL, RV_USAGE },
		{ ".a[", NULL, RV_USAGE },
		{ ".a[\"b", NULL, RV_USAGE },
		{ ".[-1]", NULL, RV_USAGE },
		{ ".1", NULL, RV_USAGE },
	};
	struct rv_err err = { 0 };
	rv_json *j = NULL;

	(void)state;
	assert_true(rv_json_parse(rv_text(doc), "x", &j, &err));
	for (size_t i = 0; i < RV_LEN(known); i++) {
		const rv_json *at = NULL;
		struct rv_grow g = { 0 };

		if (known[i].code != RV_OK) {
			assert_false(rv_path_get(j, known[i].path, &at, &err));
			assert_int_equal(err.code, known[i].code);
			continue;
		}
		assert_true(rv_path_get(j, known[i].path, &at, &err));
		assert_true(rv_stringify(at, &g, &err));
		assert_true(rv_same_text(rv_buf_span(&g.buf), known[i].text));
		rv_grow_free(&g);
	}
	rv_json_free(&j);
}

/* The longest name of a step, and longer ones: either way of writing it. */
static void names_in_a_path(void **state)
{
	enum { MOST = 255 };

	(void)state;
	for (int n = MOST - 1; n <= MOST + 3; n++)
		for (int quoted = 0; quoted < 2; quoted++) {
			char name[MOST + 4], doc[MOST + 16], path[MOST + 16];
			const rv_json *at = NULL;
			struct rv_err err = { 0 };
			rv_json *j = NULL;
			bool found;

			memset(name, 'a', (size_t)n);
			name[n] = '\0';
			snprintf(doc, sizeof doc, "{\"%s\":7}", name);
			snprintf(path, sizeof path,
				 quoted ? ".[\"%s\"]" : ".%s", name);
			assert_true(rv_json_parse(rv_text(doc), "x", &j, &err));
			found = rv_path_get(j, path, &at, &err);
			if (found != (n <= MOST))
				fail_msg("%d letters, %d", n, quoted);
			if (found)
				assert_int_equal(rv_json_int(at), 7);
			else
				assert_int_equal(err.code,
						 quoted ? RV_USAGE : RV_INPUT);
			rv_json_free(&j);
		}
}

/* A file of a key is refused for its size before it is looked at. */
static void size_of_a_key(void **state)
{
	enum { MOST = 1 << 16 };
	static const char *const says[] = { "65536 bytes of DER",
					    "public key: 65537 bytes" };
	static char blanks[MOST + 1];
	uint8_t rd[64] = { 0 };

	(void)state;
	memset(blanks, ' ', sizeof blanks);
	for (size_t more = 0; more < 2; more++) {
		struct rv_bound_key k = { .key = rv_span(blanks, MOST + more) };
		struct rv_bindings all = { .key = &k };
		struct rv_bound_list list = { 0 };
		struct rv_err err = { 0 };

		assert_false(rv_bind_check(rd, &all, &list, &err));
		assert_int_equal(err.code, RV_INPUT);
		if (!strstr(err.msg, says[more]))
			fail_msg("%zu: %s", more, err.msg);
	}
}

/* A value by its path; with and without the line feed of jq -r. */
static void statement_by_path(void **state)
{
	static const char doc[] = "{\n \"statement\": { \"price\": 97123.5 },\n"
				  " \"quote\": \"00\" }";
	static const char *const text[] = { "{\"price\":97123.5}",
					    "{\"price\":97123.5}\n" };
	struct rv_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint8_t rd[64] = { 0 };
		struct rv_sha256 md;

		assert_true(rv_sha256(rv_text(text[i]), &md, &err));
		memcpy(rd, md.b, 32);
		assert_true(statement(rd, doc, NULL, NULL, ".statement"));
		assert_false(statement(rd, doc, NULL, NULL, ".quote"));
		assert_false(statement(rd, doc, NULL, NULL, NULL));
	}
}

static void wrong_use(void **state)
{
	static const struct rv_statement bad[] = {
		{ { NULL, 0 }, "md5", NULL, NULL },
		{ { NULL, 0 }, "sha256", "", NULL },
		{ { (const uint8_t *)"x", 1 }, "raw", "app-data", NULL },
	};
	uint8_t rd[64] = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(bad); i++) {
		struct rv_bindings b = { .statement = &bad[i] };
		struct rv_bound_list list;
		struct rv_err err = { 0 };

		assert_false(rv_bind_check(rd, &b, &list, &err));
		assert_int_equal(err.code, RV_USAGE);
	}
}

/* -1: could not be asked; else whether every row was good. */
static int key(const uint8_t rd[64], const char *key_file, const char *sig_file,
	       const char *message)
{
	struct rv_buf k = file(key_file), s = { 0 };
	struct rv_bound_key b = { .key = rv_buf_span(&k) };
	struct rv_bindings all = { .key = &b };
	struct rv_bound_list list = { 0 };
	struct rv_err err = { 0 };
	int answer = 1;

	if (sig_file) {
		s = file(sig_file);
		b.has_signature = true;
		b.signature = rv_buf_span(&s);
		b.message = rv_text(message);
	}
	if (!rv_bind_check(rd, &all, &list, &err)) {
		print_message("%s\n", err.msg);
		answer = -1;
	}
	for (size_t i = 0; i < list.n; i++)
		answer = list.row[i].good ? answer : 0;
	rv_buf_free(&k);
	rv_buf_free(&s);
	return answer;
}

/* The SPKI of a PEM key. */
static struct rv_buf spki(const char *name)
{
	struct rv_buf pem = file(name), der = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_pem_first(rv_buf_span(&pem), "PUBLIC KEY", &der, &err));
	rv_buf_free(&pem);
	return der;
}

static void put(uint8_t rd[64], struct rv_span s)
{
	memset(rd, 0, 64);
	memcpy(rd, s.p, s.n);
}

/* Bare, hashed, with dstack's two prefixes; each with one bit wrong. */
static void key_forms(void **state)
{
	static const char *const name[] = { "ed25519.pem", "secp256k1.pem",
					    "p256.pem" };
	struct rv_err err = { 0 };
	uint8_t rd[64];

	(void)state;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		struct rv_buf der = spki(name[i]), raw = { 0 };
		struct rv_pubkey *k = NULL;
		struct rv_digest *d = NULL;
		struct rv_sha256 md;

		assert_true(rv_pubkey_spki(rv_buf_span(&der), &k, &err));
		assert_true(rv_pubkey_bytes(k, true, &raw, &err));
		put(rd, rv_buf_span(&raw));
		assert_int_equal(key(rd, name[i], NULL, NULL), 1);
		rd[raw.n - 1] ^= 1;
		assert_int_equal(key(rd, name[i], NULL, NULL), 0);
		assert_true(rv_sha256(rv_buf_span(&der), &md, &err));
		put(rd, rv_span(md.b, 32));
		assert_int_equal(key(rd, name[i], NULL, NULL), 1);
		rd[32] = 1;
		assert_int_equal(key(rd, name[i], NULL, NULL), 0);
		assert_true(rv_digest_new(RV_SHA512, &d, &err));
		assert_true(rv_digest_add(d, "ratls-cert:", 11, &err));
		assert_true(rv_digest_add(d, der.p, der.n, &err));
		assert_true(rv_digest_end(d, rd, &err));
		assert_int_equal(key(rd, name[i], NULL, NULL), 1);
		rd[0] ^= 0x80;
		assert_int_equal(key(rd, name[i], NULL, NULL), 0);
		rv_digest_free(&d);
		rv_buf_free(&raw);
		rv_buf_free(&der);
		rv_pubkey_free(&k);
	}
}

/*
 * The form that Worker.GetAttestationForAppKey answers with: of a captured
 * machine, and of dstack's simulator.
 */
static void dip1(void **state)
{
	static const struct {
		const char *text, *key;
	} said[] = {
		{ "dip1::secp256k1c-pk:"
		  "A55pWmteJIJOj8_pI7-pzeDxy1G2q18GDv88HNRdBXkQ",
		  "039e695a6b5e24824e8fcfe923bfa9cde0f1cb51b6ab5f060eff3c1cd45d"
		  "057910\n" },
		{ "dip1::ed25519-pk:"
		  "5Pbre1Amf1hrp2V2bbfKlIfxpQb2pJAmrgmhxgVoG9s",
		  "e4f6eb7b50267f586ba765766db7ca9487f1a506f6a49026ae09a1c60568"
		  "1bdb\n" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(said); i++) {
		struct rv_bound_key k = { .key = rv_text(said[i].key) };
		struct rv_bindings b = { .key = &k };
		struct rv_bound_list list = { 0 };
		struct rv_err err = { 0 };
		uint8_t rd[64] = { 0 };
		size_t n = strlen(said[i].text);

		memcpy(rd, said[i].text, n);
		assert_true(rv_bind_check(rd, &b, &list, &err));
		assert_true(list.row[0].good);
		assert_string_equal(list.row[0].expected, "dip1:: form");
		rd[n - 1] ^= 1;
		assert_true(rv_bind_check(rd, &b, &list, &err));
		assert_false(list.row[0].good);
	}
}

static void signatures(void **state)
{
	static const char *const name[] = { "ed25519", "secp256k1", "p256" };
	uint8_t rd[64];

	(void)state;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		struct rv_err err = { 0 };
		char pem[32], sig[32], rs[32];
		struct rv_buf der;
		struct rv_sha256 md;

		snprintf(pem, sizeof pem, "%s.pem", name[i]);
		snprintf(sig, sizeof sig, "%s.sig", name[i]);
		snprintf(rs, sizeof rs, "%s.rs.hex", name[i]);
		der = spki(pem);
		assert_true(rv_sha256(rv_buf_span(&der), &md, &err));
		put(rd, rv_span(md.b, 32));
		assert_int_equal(key(rd, pem, sig, "the message\n"), 1);
		assert_int_equal(key(rd, pem, sig, "the message"), 0);
		if (i > 0) {
			assert_int_equal(key(rd, pem, rs, "the message\n"), 1);
			assert_int_equal(key(rd, pem, rs, "The message\n"), 0);
		}
		/* The right signature does not help a key that is not bound. */
		rd[0] ^= 1;
		assert_int_equal(key(rd, pem, sig, "the message\n"), 0);
		/* What is no signature at all cannot be judged. */
		assert_int_equal(key(rd, pem, "message", "x"), -1);
		rv_buf_free(&der);
	}
}

/* A bare compressed point says no curve: the signature does. */
static void bare_points(void **state)
{
	static const char *const name[] = { "secp256k1", "p256" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		char bare[32], sig[32];
		struct rv_buf raw;
		uint8_t rd[64];

		snprintf(bare, sizeof bare, "%s.compressed", name[i]);
		snprintf(sig, sizeof sig, "%s.sig", name[i]);
		raw = file(bare);
		assert_int_equal(raw.n, 33);
		put(rd, rv_buf_span(&raw));
		assert_int_equal(key(rd, bare, sig, "the message\n"), 1);
		assert_int_equal(key(rd, bare, sig, "the message!"), 0);
		rv_buf_free(&raw);
	}
}

/* A point whose x lies on both curves may be a key of either. */
static void on_both_curves(void **state)
{
	int both = 0;

	(void)state;
	while (both < 3) {
		EVP_PKEY *p = EVP_EC_gen("P-256");
		EVP_MD_CTX *md = EVP_MD_CTX_new();
		struct rv_pubkey *other = NULL;
		uint8_t bare[33], sig[80], rd[64];
		size_t n = 0, signature = sizeof sig;
		struct rv_bound_key b = { .key = rv_span(bare, sizeof bare),
					  .has_signature = true,
					  .message = rv_text("message") };
		struct rv_bindings all = { .key = &b };
		struct rv_bound_list list = { 0 };
		struct rv_err err = { 0 };

		assert_non_null(p);
		assert_int_equal(EVP_PKEY_set_utf8_string_param(
				     p, "point-format", "compressed"),
				 1);
		assert_int_equal(EVP_PKEY_get_octet_string_param(
				     p, "pub", bare, sizeof bare, &n),
				 1);
		assert_int_equal(n, sizeof bare);
		assert_int_equal(
		    EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, p), 1);
		assert_int_equal(EVP_DigestSign(md, sig, &signature,
						b.message.p, b.message.n),
				 1);
		if (rv_pubkey_raw(RV_PUBKEY_SECP256K1, b.key, &other, &err)) {
			b.signature = rv_span(sig, signature);
			put(rd, b.key);
			assert_true(rv_bind_check(rd, &all, &list, &err));
			assert_int_equal(list.n, 2);
			assert_true(list.row[0].good && list.row[1].good);
			assert_non_null(strstr(list.row[1].reason, "P-256"));
			both++;
		}
		rv_pubkey_free(&other);
		EVP_MD_CTX_free(md);
		EVP_PKEY_free(p);
	}
}

/* Every flipped bit of a signature is no signature (or not even its form). */
static void flipped(void **state)
{
	static const char *const name[] = { "ed25519", "secp256k1", "p256" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		struct rv_err err = { 0 };
		struct rv_pubkey *k = NULL;
		struct rv_buf der, sig;
		char f[32];

		snprintf(f, sizeof f, "%s.pem", name[i]);
		der = spki(f);
		assert_true(rv_pubkey_spki(rv_buf_span(&der), &k, &err));
		snprintf(f, sizeof f, "%s.sig", name[i]);
		sig = file(f);
		for (size_t b = 0; b < 8 * sig.n; b++) {
			bool good = false;

			sig.p[b / 8] ^= (uint8_t)(1u << b % 8);
			if (rv_pubkey_verify(k, rv_text("the message\n"),
					     rv_buf_span(&sig), &good, &err))
				assert_false(good);
			sig.p[b / 8] ^= (uint8_t)(1u << b % 8);
		}
		rv_pubkey_free(&k);
		rv_buf_free(&der);
		rv_buf_free(&sig);
	}
}

/* Which bytes may be a signature: no others are judged, with a no. */
static void forms_of_signatures(void **state)
{
	static const char *const name[] = { "ed25519", "secp256k1", "p256" };
	uint8_t sig[80] = { 0 };

	(void)state;
	for (size_t i = 0; i < 2 * RV_LEN(name); i++) {
		RV_AUTO(rv_pubkey_free) struct rv_pubkey *k = NULL;
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
		struct rv_err err = { 0 };
		char f[32];

		snprintf(f, sizeof f, "%s.pem", name[i / 2]);
		der = spki(f);
		assert_true(rv_pubkey_spki(rv_buf_span(&der), &k, &err));
		sig[0] = i % 2 ? 0x30 : 0x31; /* a SEQUENCE, or none */
		for (size_t n = 0; n <= sizeof sig; n++) {
			bool judged = n == 64, good = true;

			if (i >= 2)
				judged |=
				    n == 65 || (i % 2 && n >= 8 && n <= 72);
			err = (struct rv_err){ 0 };
			if (rv_pubkey_verify(k, rv_text("m"), rv_span(sig, n),
					     &good, &err) != judged)
				fail_msg("%s, %zu bytes: %s", f, n, err.msg);
			assert_true(judged ? !good : err.code == RV_INPUT);
		}
	}
}

static int certificate(const uint8_t rd[64], const char *text)
{
	struct rv_buf c = file("certificate.pem");
	struct rv_span cert = rv_buf_span(&c);
	struct rv_statement s = { rv_text(text ? text : ""), NULL, NULL, NULL };
	struct rv_bindings b = { .certificate = &cert };
	struct rv_bound_list list = { 0 };
	struct rv_err err = { 0 };
	int answer;

	if (text)
		b.statement = &s;
	answer = !rv_bind_check(rd, &b, &list, &err)
		     ? -1
		     : list.row[list.n - 1].good;
	rv_buf_free(&c);
	return answer;
}

static void certificates(void **state)
{
	struct rv_buf c = file("certificate.pem"), der = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha256 md;
	uint8_t rd[64];
	char hex[65], text[256], colons[96];
	bool good = false;

	(void)state;
	assert_true(rv_bind_fingerprint(rv_buf_span(&c), &md, &err));
	assert_true(rv_pem_first(rv_buf_span(&c), "CERTIFICATE", &der, &err));
	put(rd, rv_span(md.b, 32));
	assert_int_equal(certificate(rd, NULL), 1);
	rd[1] ^= 1;
	assert_int_equal(certificate(rd, NULL), 0);
	assert_true(rv_bind_ratls(rd, rv_buf_span(&der), rd, &good, &err));
	assert_int_equal(certificate(rd, NULL), 1);
	rv_hex(rv_span(md.b, 32), hex);
	snprintf(text, sizeof text, "{\"tlsFingerprint\":\"%s\"}", hex);
	assert_int_equal(certificate(rd, text), 1);
	for (size_t i = 0; i < 32; i++)
		snprintf(colons + 3 * i, 4, "%02X%s", md.b[i],
			 i < 31 ? ":" : "");
	snprintf(text, sizeof text, "{\"tlsFingerprint\":\"%s\"}", colons);
	assert_int_equal(certificate(rd, text), 1);
	text[20] = text[20] == '0' ? '1' : '0';
	assert_int_equal(certificate(rd, text), 0);
	assert_int_equal(certificate(rd, "{\"tlsFingerprint\":\"00:11\"}"), -1);
	assert_int_equal(certificate(rd, "{\"price\":1}"), -1);
	/* Two names, one of them another certificate's: no. */
	snprintf(text, sizeof text,
		 "{\"tlsFingerprint\":\"%s\",\"certFingerprint\":\"%064d\"}",
		 hex, 0);
	assert_int_equal(certificate(rd, text), 0);
	rv_buf_free(&c);
	rv_buf_free(&der);
}

/* A digest is compared whole: each byte of report_data, each digit of a name.
 */
static void whole_digests(void **state)
{
	struct rv_buf c = file("certificate.pem"), der = { 0 };
	struct rv_err err = { 0 };
	struct rv_statement s = { rv_text("hello"), NULL, NULL, NULL };
	struct rv_bindings b = { .statement = &s };
	struct rv_bound_list list;
	struct rv_sha256 md;
	uint8_t rd[64] = { 0 }, want[64];
	char text[128];
	bool good = false;

	(void)state;
	assert_true(rv_pem_first(rv_buf_span(&c), "CERTIFICATE", &der, &err));
	assert_true(rv_bind_ratls(rd, rv_buf_span(&der), want, &good, &err));
	for (size_t i = 0; i <= 64; i++) {
		memcpy(rd, want, 64);
		if (i < 64)
			rd[i] ^= 0x10;
		assert_true(
		    rv_bind_ratls(rd, rv_buf_span(&der), want, &good, &err));
		assert_int_equal(good, i == 64);
	}
	assert_true(rv_bind_fingerprint(rv_buf_span(&c), &md, &err));
	snprintf(text, sizeof text, "{\"tlsFingerprint\":\"");
	rv_hex(rv_span(md.b, 32), text + 19);
	memcpy(text + 19 + 64, "\"}", 3);
	for (size_t i = 0; i <= 64; i++) {
		char was = text[19 + i];

		if (i < 64)
			text[19 + i] = was == '0' ? '1' : '0';
		assert_int_equal(certificate(rd, text), i == 64);
		text[19 + i] = was;
	}
	/* Its digest and something behind it, and another digest. */
	assert_true(rv_bind_report_data(&s, want, &err));
	for (size_t i = 0; i < 64; i++) {
		memcpy(rd, want, 64);
		rd[i] ^= 0x10;
		assert_true(rv_bind_check(rd, &b, &list, &err));
		assert_false(list.row[0].good);
		assert_int_equal(strstr(list.row[0].reason,
					"what follows it is not zero") != NULL,
				 i >= 32);
	}
	rv_buf_free(&c);
	rv_buf_free(&der);
}

/* A statement that has no text where it should: nobody can judge it. */
static void no_text(void **state)
{
	static const char *const row[][2] = {
		{ "{\"a\":1}", ".b" }, { "{\"a\":", ".a" },	{ "[1]", ".a" },
		{ "{\"a\":1}", "a" },  { "{\"a\":1}", ".a.b" },
	};
	const uint8_t rd[64] = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		struct rv_statement s = { rv_text(row[i][0]), "sha256", NULL,
					  row[i][1] };
		struct rv_bindings b = { .statement = &s };
		struct rv_bound_list list = { 0 };
		struct rv_err err = { 0 };

		assert_false(rv_bind_check(rd, &b, &list, &err));
		assert_true(err.code == RV_INPUT || err.code == RV_USAGE);
	}
}

/* The steps of --jq-path: what each finds, and what is no path. */
static void steps_of_a_path(void **state)
{
	static const char text[] =
	    "{\"A\":\"v\",\"_a\":\"v\",\"z9\":\"v\",\"Z_\":\"v\",\"x y\":\"v\","
	    "\"a\":[{\"b\":\"v\"},\"v\"],\"n\":{\"A\":\"v\"}}";
	static const char *const good[] = {
		".A",	    "._a",	  ".z9",       ".Z_",
		".[\"A\"]", ".[\"x y\"]", ".a[1]",     ".a[0].b",
		".a.[0].b", ".n.A",	  ".n[\"A\"]", ".n.[\"A\"]",
	};
	static const char *const bad[] = {
		".9a",
		"A",
		"..A",
		".A.",
		".a[",
		".a[x]",
		".a[1",
		".a[]",
		".a[-1]",
		".a[2]",
		".a[0]b",
		".A[0]",
		".n[0]",
		".a.b",
		"[\"A]",
		"[\"A\"",
		"[\"\\A\"]",
		".a@",
		".a[99999999999999999999]",
		".a[`",
		".a{",
		"[A]",
	};
	uint8_t rd[64];

	(void)state;
	put(rd, rv_text("\"v\""));
	for (size_t i = 0; i < RV_LEN(good); i++) {
		struct rv_statement st = { rv_text(text), "raw", NULL,
					   good[i] };
		struct rv_bindings b = { .statement = &st };
		struct rv_bound_list list = { 0 };
		struct rv_err err = { 0 };

		if (!rv_bind_check(rd, &b, &list, &err))
			fail_msg("%s: %s", good[i], err.msg);
		if (!list.row[0].good)
			fail_msg("%s: %s", good[i], list.row[0].reason);
	}
	for (size_t i = 0; i < RV_LEN(bad); i++) {
		struct rv_statement st = { rv_text(text), "raw", NULL, bad[i] };
		struct rv_bindings b = { .statement = &st };
		struct rv_bound_list list = { 0 };
		struct rv_err err = { 0 };

		if (rv_bind_check(rd, &b, &list, &err))
			fail_msg("%s: a path", bad[i]);
		assert_true(err.code == RV_INPUT || err.code == RV_USAGE);
	}
}

/* A text as report_data itself: 1 to 64 bytes. */
static void raw_lengths(void **state)
{
	static const char long_text[] =
	    "0123456789012345678901234567890123456789012345678901234567890123"
	    "4";

	(void)state;
	for (size_t n = 0; n < sizeof long_text; n++) {
		struct rv_statement st = { rv_span(long_text, n), "raw", NULL,
					   NULL };
		struct rv_bindings b = { .statement = &st };
		struct rv_bound_list list = { 0 };
		struct rv_err err = { 0 };
		uint8_t rd[64] = { 0 };
		bool asked;

		memcpy(rd, long_text, n < 64 ? n : 64);
		asked = rv_bind_check(rd, &b, &list, &err);
		assert_int_equal(asked, n >= 1 && n <= 64);
		if (asked)
			assert_true(list.row[0].good);
	}
}

/* ---- why a statement does not fit ---- */

static const char *cause(const uint8_t rd[64], const char *text,
			 const char *hash, const char *prefix,
			 struct rv_bound_list *list)
{
	struct rv_statement s = { rv_text(text), hash, prefix, NULL };
	struct rv_bindings b = { .statement = &s };
	struct rv_err err = { 0 };

	assert_true(rv_bind_check(rd, &b, list, &err));
	assert_int_equal(list->n, 1);
	assert_false(list->row[0].good);
	return list->row[0].reason;
}

#define DIGITS                                                                 \
	"a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9a"

/* A member that is the digest is named, wherever report_data has it. */
static void named_member(void **state)
{
	static const struct {
		const char *text, *key; /* NULL: none is named */
	} row[] = {
		{ "{\"hash\":\"" DIGITS "\"}", "hash" },
		{ "{\"hash\":\"0x" DIGITS "\"}", "hash" },
		{ "{\"n\":1,\"a\":{\"b\":{\"c\":\"" DIGITS "\"}}}", "c" },
		{ "{\"a\":{\"b\":{\"c\":{\"d\":\"" DIGITS "\"}}}}", NULL },
		{ "{\"report_data\":\"" DIGITS "\"}", NULL },
		{ "{\"report_data\":\"" DIGITS "\",\"x\":\"" DIGITS "\"}",
		  "x" },
		{ "{\"hash\":\"" DIGITS "00\"}", NULL },
		{ "{\"hash\":[\"" DIGITS "\"]}", NULL },
		{ "[\"" DIGITS "\"]", NULL },
		{ "{\"hash\":\"" DIGITS "\"", NULL },
		{ "\"" DIGITS "\"", NULL },
	};
	static struct rv_bound_list list;
	uint8_t rd[3][64] = { { 0 } };

	(void)state;
	from_hex(DIGITS, rd[0]);
	memcpy(rd[1] + 32, rd[0], 32);
	memcpy(rd[2], DIGITS, 64);
	for (size_t i = 0; i < RV_LEN(row); i++)
		for (size_t k = 0; k < RV_LEN(rd); k++) {
			const char *why =
			    cause(rd[k], row[i].text, NULL, NULL, &list);
			char want[80];

			snprintf(want, sizeof want,
				 "report_data is the %s of this document",
				 row[i].key ? row[i].key : "");
			if ((strstr(why, want) != NULL) != !!row[i].key ||
			    (!row[i].key &&
			     strstr(why, "of this document") != NULL))
				fail_msg("%s: %s", row[i].text, why);
		}
	/* Each byte of it decides, and no bytes at all name nothing. */
	for (size_t at = 0; at < 32; at++) {
		rd[0][at] ^= 1;
		assert_null(strstr(cause(rd[0], row[0].text, NULL, NULL, &list),
				   "of this document"));
		rd[0][at] ^= 1;
	}
	memset(rd[0], 0, 64);
	assert_null(strstr(cause(rd[0], "{\"a\":\"0x\"}", NULL, NULL, &list),
			   "of this document"));
}

/* The same content as json.dumps(x, sort_keys=True) writes it. */
static void other_serialisation(void **state)
{
	static const char sorted[] = "{\"a\": 1, \"name\": \"x\"}";
	static const char given[] = "{\"name\":\"x\",\"a\":1}";
	static struct rv_bound_list list;
	struct rv_err err = { 0 };
	uint8_t rd[64] = { 0 };
	struct rv_sha256 d;

	(void)state;
	assert_true(rv_sha256(rv_text(sorted), &d, &err));
	memcpy(rd, d.b, 32);
	assert_string_equal(cause(rd, given, NULL, NULL, &list),
			    "report_data is the sha256 of the same content as"
			    " written by json.dumps(x, sort_keys=True): hash"
			    " that text");
	assert_string_equal(cause(rd, given, "sha256", NULL, &list),
			    "report_data is the sha256 of the same content as"
			    " written by json.dumps(x, sort_keys=True): hash"
			    " that text");
	/* Of another hash or with a prefix it is none; nor of other content. */
	assert_null(
	    strstr(cause(rd, given, "sha512", NULL, &list), "same content"));
	assert_null(
	    strstr(cause(rd, given, NULL, "app-data", &list), "same content"));
	assert_null(
	    strstr(cause(rd, "{\"name\":\"y\",\"a\":1}", NULL, NULL, &list),
		   "same content"));
	assert_null(
	    strstr(cause(rd, "no JSON", NULL, NULL, &list), "same content"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_agent),
		cmocka_unit_test(every_hash),
		cmocka_unit_test(hex_text),
		cmocka_unit_test(stringify),
		cmocka_unit_test(paths),
		cmocka_unit_test(names_in_a_path),
		cmocka_unit_test(size_of_a_key),
		cmocka_unit_test(statement_by_path),
		cmocka_unit_test(wrong_use),
		cmocka_unit_test(key_forms),
		cmocka_unit_test(dip1),
		cmocka_unit_test(signatures),
		cmocka_unit_test(bare_points),
		cmocka_unit_test(on_both_curves),
		cmocka_unit_test(flipped),
		cmocka_unit_test(forms_of_signatures),
		cmocka_unit_test(certificates),
		cmocka_unit_test(whole_digests),
		cmocka_unit_test(no_text),
		cmocka_unit_test(steps_of_a_path),
		cmocka_unit_test(raw_lengths),
		cmocka_unit_test(named_member),
		cmocka_unit_test(other_serialisation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
