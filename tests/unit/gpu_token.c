/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_token.c - tokens as NVIDIA's attestation service makes them, signed here
 * with a key of our own, which a list of keys names: each claim, each device
 * and each member of the key once as it must not be.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "digest.h"
#include "fail_digest.h"
#include "sign.h"
#include <refval.h>

#include <stdio.h>
#include <string.h>

#define ISSUED	1782698812
#define EXPIRES 1782702412
#define NONCE                                                                  \
	"0102030405060708090a0b0c0d0e0f10"                                     \
	"1112131415161718191a1b1c1d1e1f20"
#define HEAD "{\"alg\":\"ES384\",\"kid\":\"one\"}"

/* Made for this file; it signs nothing else. */
static const char private_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDA4ZMkLbGnE1HYRkXZu\n"
    "dMUXJWpHYXas42J99S76h29o2HPD1Y8xpuCs2cGrEXwf1FmhZANiAARbRpNEO+yb\n"
    "G0xydhnYm4nHwLDGGS5z/nTU31k9PH80Q2QHyyEaT2uvWPHiIooCRswdWaQb/VHC\n"
    "gEWOLWZYxyqH4nNaHYT9LsVTw/hBu5nxs/JJJ/h8901g4fN8IYSsyvY=\n"
    "-----END PRIVATE KEY-----\n";

#define X "W0aTRDvsmxtMcnYZ2JuJx8Cwxhkuc_501N9ZPTx_NENkB8shGk9rr1jx4iKKAkbM"
#define Y "HVmkG_1RwoBFji1mWMcqh-JzWh2E_S7FU8P4QbuZ8bPySSf4fPdNYOHzfCGErMr2"
#define KEY_OF(kid, kty, crv, x, y)                                            \
	"{\"kid\":\"" kid "\",\"kty\":\"" kty "\",\"crv\":\"" crv              \
	"\",\"x\":\"" x "\",\"y\":\"" y "\"}"
#define X2    "lJ_IXM41LBB7UfOSHzj-5PTZzxJUG4wB1L8ufBjB7gIR3F_rupWGDeYT2p9Jcj7d"
#define Y2    "8dqm5C7iAGTN4f47Rar2vv0wo7O9gWLm2ZO5MwCpGViXg5Ej3xSExOzQ13F2Rxz7"
#define OTHER KEY_OF("two", "EC", "P-384", X2, Y2)
#define KEYS  "{\"keys\":[" KEY_OF("one", "EC", "P-384", X, Y) "," OTHER "]}"

/* What a token says; NULL: what a good one says. */
struct made {
	const char *head, *claims, *device, *list;
	const char *kind, *hash, *name; /* of the device's entry */
	size_t flip;			/* a byte of the signature, from 1 */
	size_t cut;			/* so many bytes of it are missing */
	size_t flip_device;		/* of the device's token, from 1 */
};

/* base64url of @s after what @g has. */
static void add64(struct rv_grow *g, struct rv_span s)
{
	struct rv_err err = { 0 };
	struct rv_buf b = { 0 };

	assert_true(rv_base64(s, &b, &err));
	for (size_t i = 0; i < b.n && b.p[i] != '='; i++)
		rv_grow_u8(g, b.p[i] == '+'   ? '-'
			      : b.p[i] == '/' ? '_'
					      : b.p[i]);
	rv_buf_free(&b);
}

static void token(struct rv_grow *out, const char *head, const char *claims,
		  size_t flip, size_t cut)
{
	struct rv_sign_key *key = NULL;
	struct rv_buf text = { 0 }, sig = { 0 };
	struct rv_grow g = { 0 };
	struct rv_err err = { 0 };

	add64(&g, rv_text(head));
	rv_grow_text(&g, ".");
	add64(&g, rv_text(claims));
	assert_true(rv_grow_take(&g, &text, &err));
	assert_true(rv_sign_private(rv_text(private_key), &key, &err));
	assert_true(rv_sign_make(key, RV_SHA384, RV_SIGN_RAW,
				 rv_buf_span(&text), &sig, &err));
	if (flip)
		sig.p[flip - 1] ^= 1;
	rv_grow_add(out, text.p, text.n);
	rv_grow_text(out, ".");
	add64(out, rv_span(sig.p, sig.n - cut));
	rv_sign_free(&key);
	rv_buf_free(&text);
	rv_buf_free(&sig);
}

/* [["JWT", overall], {"GPU-0": device}] */
static struct rv_buf made(const struct made *m)
{
	struct rv_buf device = { 0 }, out = { 0 };
	struct rv_grow g = { 0 }, d = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha256 hash;
	char hex[65], claims[1024];

	token(&d, HEAD, m->device ? m->device : "{}", m->flip_device, 0);
	assert_true(rv_grow_take(&d, &device, &err));
	assert_true(rv_sha256(rv_buf_span(&device), &hash, &err));
	rv_hex(rv_span(hash.b, sizeof hash.b), hex);
	snprintf(claims, sizeof claims,
		 "{%s,\"submods\":{\"%s\":[\"%s\",[\"%s\",\"%s\"]]}}",
		 m->claims ? m->claims
			   : "\"iss\":\"https://nras.attestation.nvidia.com\","
			     "\"x-nvidia-overall-att-result\":true,"
			     "\"eat_nonce\":\"" NONCE "\","
			     "\"iat\":1782698812,\"nbf\":1782698812,"
			     "\"exp\":1782702412",
		 m->name ? m->name : "GPU-0", m->kind ? m->kind : "DIGEST",
		 m->hash ? m->hash : "SHA-256", hex);
	rv_grow_text(&g, "[[\"JWT\",\"");
	token(&g, m->head ? m->head : HEAD, claims, m->flip, m->cut);
	if (m->list)
		rv_grow_printf(&g, "\"],%s]", m->list);
	else
		rv_grow_printf(&g, "\"],{\"GPU-0\":\"%s\"}]",
			       (const char *)device.p);
	assert_true(rv_grow_take(&g, &out, &err));
	rv_buf_free(&device);
	return out;
}

static void is(struct rv_span t, const char *keys, int64_t at, const char *want,
	       const char *what)
{
	struct rv_gpu_token got;
	struct rv_err err = { 0 };

	if (!rv_gpu_token_verify(t, rv_text(keys), at, NULL, &got, &err))
		fail_msg("%s", err.msg);
	if (!got.id != (got.verdict == RV_YES) ||
	    strcmp(got.id ? got.id : "ok", want) != 0)
		fail_msg("%s: %s (%s), not %s", what, got.id ? got.id : "ok",
			 got.reason, want);
	if (!got.id)
		assert_int_equal(got.devices, 1);
}

/* The key that the token names, in each way that it can be none. */
static void keys(void **state)
{
	static const struct {
		const char *keys, *id;
	} t[] = {
		{ KEYS, "ok" },
		{ "{\"keys\":[" OTHER "]}", "token-key" },
		{ "{\"keys\":{}}", "token-key" },
		{ "{}", "token-key" },
		{ "[", "token-format" },
#define ONE(kty, crv, x, y) "{\"keys\":[" KEY_OF("one", kty, crv, x, y) "]}"
		{ ONE("EC", "P-384", X, Y), "ok" },
		{ ONE("OKP", "P-384", X, Y), "token-key" },
		{ ONE("EC", "P-256", X, Y), "token-key" },
		/* no point; a point of another key */
		{ ONE("EC", "P-384", X, X), "token-key" },
		{ ONE("EC", "P-384", Y, X), "token-key" },
		{ ONE("EC", "P-384", X2, Y2), "token-signature" },
		/* 47 bytes, 49 bytes, none, not base64url */
		{ ONE("EC", "P-384", "AAAA" X, Y), "token-key" },
		{ ONE("EC", "P-384", X, Y "AA"), "token-key" },
		{ ONE("EC", "P-384", "", Y), "token-key" },
		{ ONE("EC", "P-384", X, "AAAA"), "token-key" },
		{ ONE("EC", "P-384", X, Y "="), "token-format" },
		{ "{\"keys\":[{\"kid\":\"one\",\"kty\":\"EC\",\"crv\":"
		  "\"P-384\",\"x\":\"" X "\"}]}",
		  "token-key" },
		/* twice, the same and another */
		{ "{\"keys\":[" KEY_OF("one", "EC", "P-384", X, Y) "," KEY_OF(
		      "one", "EC", "P-384", X, Y) "]}",
		  "token-key" },
		{ "{\"keys\":[" KEY_OF("one", "EC", "P-384", X, Y) "," KEY_OF(
		      "one", "EC", "P-384", Y, X) "]}",
		  "token-key" },
	};
	struct rv_buf b = made(&(struct made){ .head = NULL });

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++)
		is(rv_buf_span(&b), t[i].keys, ISSUED + 9, t[i].id, t[i].keys);
	rv_buf_free(&b);
}

/* At most 256 keys, the last of which is looked at, too. */
static void many_keys(void **state)
{
	struct rv_buf b = made(&(struct made){ .head = NULL });

	(void)state;
	for (size_t n = 255; n <= 256; n++) {
		struct rv_grow g = { 0 };
		struct rv_buf k = { 0 };
		struct rv_err err = { 0 };

		rv_grow_text(&g, "{\"keys\":[");
		for (size_t i = 0; i < n; i++)
			rv_grow_text(&g, "{},");
		rv_grow_text(&g, KEY_OF("one", "EC", "P-384", X, Y) "]}");
		assert_true(rv_grow_take(&g, &k, &err));
		is(rv_buf_span(&b), (const char *)k.p, ISSUED,
		   n == 255 ? "ok" : "token-key", "many");
		rv_buf_free(&k);
	}
	rv_buf_free(&b);
}

#define ISS   "\"iss\":\"https://nras.attestation.nvidia.com\","
#define YES   "\"x-nvidia-overall-att-result\":true,"
#define FRESH "\"eat_nonce\":\"" NONCE "\","
#define TIMES "\"iat\":1782698812,\"exp\":1782702412"

static void claims(void **state)
{
	static const struct {
		struct made m;
		const char *id;
	} t[] = {
		{ { .claims = ISS YES FRESH TIMES }, "ok" },
		{ { .claims = YES FRESH TIMES }, "token-issuer" },
		{ { .claims =
			"\"iss\":\"https://nras.attestation.nvidia.co\"," YES
			    FRESH TIMES },
		  "token-issuer" },
		{ { .claims = ISS FRESH TIMES }, "token-format" },
		{ { .claims = ISS
		    "\"x-nvidia-overall-att-result\":false," FRESH TIMES },
		  "token-result" },
		{ { .claims =
			ISS "\"x-nvidia-overall-att-result\":1," FRESH TIMES },
		  "token-format" },
		{ { .claims = ISS YES TIMES }, "token-format" },
		{ { .claims = ISS YES "\"eat_nonce\":\"00\"," TIMES },
		  "token-format" },
		{ { .claims = ISS YES FRESH "\"iat\":1782698812" },
		  "token-format" },
		{ { .claims = ISS YES FRESH "\"exp\":1782702412" },
		  "token-format" },
		{ { .claims = ISS YES FRESH TIMES ",\"nbf\":\"no\"" },
		  "token-format" },
		{ { .claims = ISS YES FRESH TIMES ",\"nbf\":1782698900" },
		  "token-not-yet" },
		{ { .head = "{\"alg\":\"ES256\",\"kid\":\"one\"}" },
		  "token-algorithm" },
		{ { .head = "{\"alg\":\"none\",\"kid\":\"one\"}" },
		  "token-algorithm" },
		{ { .head = "{\"kid\":\"one\"}" }, "token-algorithm" },
		{ { .head = "{\"alg\":\"ES384\",\"kid\":\"two\"}" },
		  "token-signature" },
		{ { .head = "{\"alg\":\"ES384\"}" }, "token-key" },
		{ { .head = "{\"alg\":\"ES384\",\"kid\":\"\"}" }, "token-key" },
		{ { .head = "{\"alg\":\"ES384\",\"kid\":\"one\",\"crit\":[]}" },
		  "token-format" },
		{ { .head = "{" }, "token-format" },
		{ { .flip = 1 }, "token-signature" },
		{ { .flip = 48 }, "token-signature" },
		{ { .flip = 96 }, "token-signature" },
		{ { .cut = 1 }, "token-signature" },
		{ { .cut = 48 }, "token-signature" },
		{ { .flip_device = 1 }, "token-signature" },
		{ { .flip_device = 96 }, "token-signature" },
		{ { .kind = "DIGESTS" }, "token-format" },
		{ { .hash = "SHA-384" }, "token-format" },
		{ { .name = "GPU-1" }, "token-format" },
		{ { .list = "{}" }, "token-format" },
		{ { .list = "[]" }, "token-format" },
		{ { .list = "{\"GPU-0\":1}" }, "token-format" },
		{ { .list = "{\"GPU-0\":\"a.b.c\"}" }, "token-digest" },
		{ { .list = "{\"GPU-0\":\"a\",\"GPU-1\":\"a\"}" },
		  "token-format" },
		{ { .list = "{},1" }, "token-format" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		struct rv_buf b = made(&t[i].m);
		char what[24];

		snprintf(what, sizeof what, "row %zu", i);
		is(rv_buf_span(&b), KEYS, ISSUED + 9, t[i].id, what);
		rv_buf_free(&b);
	}
}

/* Its first and its last second, and those beside them. */
static void times(void **state)
{
	struct rv_buf b = made(&(struct made){ .head = NULL });

	(void)state;
	is(rv_buf_span(&b), KEYS, ISSUED - 1, "token-not-yet", "before");
	is(rv_buf_span(&b), KEYS, ISSUED, "ok", "first");
	is(rv_buf_span(&b), KEYS, EXPIRES - 1, "ok", "last");
	is(rv_buf_span(&b), KEYS, EXPIRES, "token-expired", "after");
	rv_buf_free(&b);
}

/* The nonce is compared whole, and handed on. */
static void nonces(void **state)
{
	struct rv_buf b = made(&(struct made){ .head = NULL });
	struct rv_gpu_token got;
	struct rv_err err = { 0 };
	uint8_t nonce[RV_GPU_NONCE];

	(void)state;
	for (size_t i = 0; i < sizeof nonce; i++)
		nonce[i] = (uint8_t)(i + 1);
	assert_true(rv_gpu_token_verify(rv_buf_span(&b), rv_text(KEYS), ISSUED,
					nonce, &got, &err));
	assert_int_equal(got.verdict, RV_YES);
	assert_true(got.has_nonce && got.result);
	assert_memory_equal(got.nonce, nonce, sizeof nonce);
	assert_true(got.issued == ISSUED && got.expires == EXPIRES);
	assert_string_equal(got.issuer, "https://nras.attestation.nvidia.com");
	for (size_t i = 0; i < sizeof nonce; i += 31) {
		nonce[i] ^= 1;
		assert_true(rv_gpu_token_verify(rv_buf_span(&b), rv_text(KEYS),
						ISSUED, nonce, &got, &err));
		assert_int_equal(got.verdict, RV_DIFFERS);
		assert_string_equal(got.id, "token-nonce");
		nonce[i] ^= 1;
	}
	rv_buf_free(&b);
}

/* No list of tokens; three parts with dots between are one. */
static void forms(void **state)
{
	static const char *const t[] = {
		"{}",
		"[]",
		"[[\"JWT\",\"a.b.c\"]]",
		"[[\"JWS\",\"e30.e30.AA\"],{}]",
		"[{},{}]",
		"[[\"JWT\",1],{}]",
		"[[\"JWT\",\"e30.e30\"],{}]",
		"[[\"JWT\",\"e30.e30.AA.AA\"],{}]",
		"[[\"JWT\",\"e30.e30.AA.\"],{}]",
		"[[\"JWT\",\"e30.e3.AA\"],{}]",
		"[[\"JWT\",\"e30.e30.A\"],{}]",
		"[[\"JWT\",\"\"],{}]",
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++)
		is(rv_text(t[i]), KEYS, ISSUED, "token-format", t[i]);
}

/* The token's, its device's, and that of the device's token: no answer. */
static void no_digest_no_answer(void **state)
{
	const struct made good = { .head = NULL };
	struct rv_buf t = made(&good);
	size_t n = 0;

	(void)state;
	for (;;) {
		struct rv_gpu_token got = { .devices = 9 };
		struct rv_err err = { 0 };
		bool ok;

		failing_digest = ++n;
		ok = rv_gpu_token_verify(rv_buf_span(&t), rv_text(KEYS), ISSUED,
					 NULL, &got, &err);
		if (failing_digest)
			break;
		assert_false(ok);
		assert_int_equal(err.code, RV_SYSTEM);
		assert_string_equal(err.msg, "token: OpenSSL or memory failed");
		assert_int_equal(got.devices, 9);
	}
	failing_digest = 0;
	assert_int_equal(n, 3 * 3 + 1);
	rv_buf_free(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(many_keys),
		cmocka_unit_test(claims),
		cmocka_unit_test(times),
		cmocka_unit_test(nonces),
		cmocka_unit_test(forms),
		cmocka_unit_test(no_digest_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
