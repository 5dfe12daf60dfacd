/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_signature.c - signatures of images, as cosign made them: every byte
 * changed. What is still good is about the same image, and says the same.
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

#define VECTORS "tests/vectors/signatures/"
#define APP                                                                    \
	"sha256:fd96295988f7af4dc5c4cbbbd58a7d02b9795067570d4f952995060fd8f0"  \
	"8422"
#define LAUNCHER                                                               \
	"sha256:02ba809689637d13a9e28b31a9e00de4fef776f3d604bdd51c5a03ee756e"  \
	"b316"

static struct rv_buf file(const char *name)
{
	return test_file(VECTORS, name);
}

/* Whom to trust; a key unless a test says an identity. */
static struct rv_image_trust trust;

/* False: malformed. */
static bool judge(const struct rv_stored *s, struct rv_image_signature *out)
{
	struct rv_err err = { 0 };
	bool ok = rv_image_signature_read(s, &trust, out, &err);

	assert_true(ok || (err.code == RV_INPUT && *err.msg && !out->n));
	return ok;
}

static bool same(const struct rv_image_signature *a,
		 const struct rv_image_signature *b)
{
	return a->n == b->n &&
	       strcmp(a->subject[0].digest, b->subject[0].digest) == 0 &&
	       !a->predicate == !b->predicate && a->vouches == b->vouches &&
	       (!a->predicate || strcmp(a->predicate, b->predicate) == 0);
}

/* A certificate's path costs milliseconds: one byte of so many is changed. */
static size_t step = 1;

/* *bad counts what is told to be another's: without any, nothing was. */
static void change(struct rv_stored *s, struct rv_buf *in, bool all_signed,
		   const struct rv_image_signature *want, size_t *bad)
{
	static const uint8_t with[] = { 0x01, 0x02, 0x20, 0x80 };

	for (size_t i = 0; i < in->n; i += step) {
		for (size_t k = 0; k < (step > 1 ? 1 : RV_LEN(with)); k++) {
			struct rv_image_signature got = { 0 };

			in->p[i] ^= with[k];
			if (judge(s, &got)) {
				*bad += got.state == RV_SIGNED_BAD;
				if (got.state == RV_SIGNED_GOOD)
					assert_true(!all_signed &&
						    same(&got, want));
			}
			rv_image_signature_free(&got);
			in->p[i] ^= with[k];
		}
	}
}

static void change_all(struct rv_stored *s, const char *digest, bool all_signed)
{
	struct rv_image_signature want = { 0 };
	size_t bad = 0;

	assert_true(judge(s, &want));
	assert_int_equal(want.state, RV_SIGNED_GOOD);
	assert_string_equal(want.subject[0].digest, digest);
	change(s, &s->bytes, all_signed, &want, &bad);
	assert_true(bad > 0);
	change(s, &s->signature, true, &want, &bad);
	change(s, &s->log, false, &want, &bad);
	change(s, &s->certificate, false, &want, &bad);
	rv_image_signature_free(&want);
}

static void bundles(void **state)
{
	static const struct {
		const char *name, *digest;
	} row[] = {
		{ "message.sigstore.json", APP },
		{ "provenance.sigstore.json", LAUNCHER },
		{ "vuln.sigstore.json", LAUNCHER },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		char name[] = "bundle";
		struct rv_stored s = { .form = RV_STORED_BUNDLE,
				       .name = name,
				       .bytes = file(row[i].name) };

		change_all(&s, row[i].digest, false);
		rv_buf_free(&s.bytes);
	}
}

/* A payload and an envelope; in the payload every byte is signed. */
static void saved(void **state)
{
	struct rv_stored_list l = { 0 };
	struct rv_err err = { 0 };
	size_t payloads = 0;

	(void)state;
	assert_true(rv_oci_signatures_read(VECTORS "saved", &l, &err));
	assert_int_equal(l.n, 2);
	for (size_t i = 0; i < l.n; i++) {
		bool payload = l.item[i].form == RV_STORED_PAYLOAD;

		payloads += payload;
		change_all(&l.item[i], APP, payload);
	}
	assert_int_equal(payloads, 1);
	rv_stored_free(&l);
}

/* Cut anywhere, it is malformed or nobody's. */
static void cut(void **state)
{
	char name[] = "bundle";
	struct rv_stored s = { .form = RV_STORED_BUNDLE,
			       .name = name,
			       .bytes = file("provenance.sigstore.json") };
	size_t n = s.bytes.n;

	(void)state;
	for (s.bytes.n = 0; s.bytes.n < n; s.bytes.n++) {
		struct rv_image_signature got = { 0 };

		assert_false(judge(&s, &got) && got.state == RV_SIGNED_GOOD &&
			     s.bytes.n + 1 < n);
		rv_image_signature_free(&got);
	}
	rv_buf_free(&s.bytes);
}

static void too_many(void **state)
{
	struct rv_stored_list l = { 0 };
	struct rv_err err = { 0 };
	struct rv_stored_parts one = { .bytes = rv_text("x") };

	(void)state;
	for (size_t i = 0; i < RV_STORED_MAX; i++)
		assert_true(rv_stored_add(&l, "x", &one, &err));
	assert_false(rv_stored_add(&l, "x", &one, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_int_equal(l.n, RV_STORED_MAX);
	rv_stored_free(&l);
}

/* What is in memory once, for all tests. */
static int by_key(void **state)
{
	static struct rv_buf pem;

	(void)state;
	if (!pem.p)
		pem = file("cosign.pub");
	trust = (struct rv_image_trust){ .key = rv_buf_span(&pem) };
	return 0;
}

static struct rv_buf ca, log_key;

static int by_identity(const char *folder, const char *identity,
		       const char *issuer)
{
	char name[64];

	snprintf(name, sizeof name, "%s/ca.pem", folder);
	ca = file(name);
	snprintf(name, sizeof name, "%s/log.pub", folder);
	log_key = file(name);
	trust = (struct rv_image_trust){ .identity = identity,
					 .issuer = issuer,
					 .authorities = rv_buf_span(&ca),
					 .log_key = rv_buf_span(&log_key) };
	return 0;
}

static int of_service(void **state)
{
	(void)state;
	return by_identity(
	    "keyless",
	    "https://github.com/sigstore-conformance/"
	    "extremely-dangerous-public-oidc-beacon/.github/workflows/"
	    "extremely-dangerous-oidc-beacon.yml@refs/heads/main",
	    "https://token.actions.githubusercontent.com");
}

static int forget(void **state)
{
	(void)state;
	rv_buf_free(&ca);
	rv_buf_free(&log_key);
	return 0;
}

/* Bits of the certificate, the log's entry, its proof and its promise. */
static void service_bundles(void **state)
{
	static const char *const name[] = {
		"keyless/happy-path-v0.3.json",
		"keyless/happy-path-intoto-in-dsse-v3.json",
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		char what[] = "bundle";
		struct rv_stored s = { .form = RV_STORED_BUNDLE,
				       .name = what,
				       .bytes = file(name[i]) };

		step = 29;
		change_all(&s,
			   "sha256:a0cfc71271d6e278e57cd332ff957c3f7043fdda354"
			   "c4cbb190a30d56efa01bf",
			   false);
		step = 1;
		rv_buf_free(&s.bytes);
	}
}

/* Over a digest alone: by this key, not by it, or that cannot be told. */
static void keys_of_a_message(void **state)
{
	static const struct {
		const char *key;
		enum rv_signed state;
	} t[] = {
		{ VECTORS "cosign.pub", RV_SIGNED_GOOD },
		{ "tests/vectors/formats/corim-p256.pub", RV_SIGNED_BAD },
		{ "tests/vectors/formats/corim-ed.pub", RV_SIGNED_UNCHECKED },
	};
	char name[] = "bundle";
	struct rv_stored s = { .form = RV_STORED_BUNDLE,
			       .name = name,
			       .bytes = file("message.sigstore.json") };

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct rv_image_signature got = { 0 };
		struct rv_buf pem = { 0 };
		struct rv_err err = { 0 };

		assert_true(rv_buf_read(t[i].key, 1 << 16, &pem, &err));
		trust = (struct rv_image_trust){ .key = rv_buf_span(&pem) };
		assert_true(judge(&s, &got));
		assert_int_equal(got.state, t[i].state);
		rv_image_signature_free(&got);
		rv_buf_free(&pem);
	}
	rv_buf_free(&s.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(bundles, by_key),
		cmocka_unit_test_setup(saved, by_key),
		cmocka_unit_test_setup(cut, by_key),
		cmocka_unit_test_setup_teardown(service_bundles, of_service,
						forget),
		cmocka_unit_test(too_many),
		cmocka_unit_test(keys_of_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
