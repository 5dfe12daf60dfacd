/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_entry.c - a log's entry about an image's signature, each part of it
 * another, and signed again by the log (whose key is made here): an entry of
 * another signature, digest, certificate or time makes no signature good.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "digest.h"
#include "door/sign.h"
#include "key_pem.h"
#include "test_file.h"

#include <refval.h>

#include <jansson.h>
#include <string.h>

#define VECTORS "tests/vectors/signatures/"

static struct rv_err err;
static struct rv_sign_key *log_key;
static struct rv_buf log_public;
static struct rv_sha256 log_id;

/* ---- a bundle whose entry our log signed ---- */

struct entry {
	json_t *bundle;	       /* owned */
	json_t *of;	       /* its tlogEntries[0], borrowed */
	json_t *body;	       /* what canonicalizedBody holds, owned */
	const char *body_text; /* NULL, or in place of @body */
};

static char *text_of(struct rv_span s)
{
	struct rv_buf b = { 0 };

	assert_true(rv_base64(s, &b, &err));
	return (char *)b.p;
}

static json_t *body_of(const char *text)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	json_t *j;

	assert_true(rv_unbase64(rv_text(text), "body", &b, &err));
	j = json_loadb((char *)b.p, b.n, 0, NULL);
	assert_non_null(j);
	return j;
}

static struct entry load(const char *name)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = test_file(VECTORS, name);
	struct entry e = { 0 };

	e.bundle = json_loadb((char *)b.p, b.n, 0, NULL);
	assert_non_null(e.bundle);
	e.of = json_array_get(
	    json_object_get(json_object_get(e.bundle, "verificationMaterial"),
			    "tlogEntries"),
	    0);
	assert_non_null(e.of);
	/* The proof is the real log's, of the real entry. */
	json_object_del(e.of, "inclusionProof");
	e.body = body_of(
	    json_string_value(json_object_get(e.of, "canonicalizedBody")));
	return e;
}

static void entry_free(struct entry *e)
{
	json_decref(e->bundle);
	json_decref(e->body);
}

/* RFC 8785's form of what a log promises. */
static void sign_again(struct entry *e)
{
	RV_AUTO(rv_buf_free) struct rv_buf sig = { 0 };
	const char *index =
	    json_string_value(json_object_get(e->of, "logIndex"));
	const char *when =
	    json_string_value(json_object_get(e->of, "integratedTime"));
	char *plain = json_dumps(e->body, JSON_COMPACT);
	const char *held = e->body_text ? e->body_text : plain;
	char *body = text_of(rv_text(held)), *promise, *id;
	char hex[65], text[32768];
	int n;

	rv_hex(rv_span(log_id.b, sizeof log_id.b), hex);
	n = snprintf(text, sizeof text,
		     "{\"body\":\"%s\",\"integratedTime\":%s,\"logID\":\"%s\","
		     "\"logIndex\":%s}",
		     body, when, hex, index);
	assert_in_range(n, 1, (int)sizeof text - 1);
	assert_true(rv_sign_make(log_key, RV_SHA256, RV_SIGN_DER, rv_text(text),
				 &sig, &err));
	promise = text_of(rv_buf_span(&sig));
	id = text_of(rv_span(log_id.b, sizeof log_id.b));
	json_object_set_new(e->of, "canonicalizedBody", json_string(body));
	json_object_set_new(e->of, "logId", json_pack("{s:s}", "keyId", id));
	json_object_set_new(
	    e->of, "inclusionPromise",
	    json_pack("{s:s}", "signedEntryTimestamp", promise));
	free(plain);
	free(body);
	free(promise);
	free(id);
}

enum { MALFORMED = -1 };

/* enum rv_signed, or MALFORMED. */
static int state_of(const struct entry *e, char said[512])
{
	RV_AUTO(rv_image_signature_free) struct rv_image_signature got = { 0 };
	RV_AUTO(rv_buf_free)
	struct rv_buf ca = test_file(VECTORS, "keyless/ca.pem");
	struct rv_image_trust trust = {
		.identity =
		    "https://github.com/sigstore-conformance/"
		    "extremely-dangerous-public-oidc-beacon/.github/workflows/"
		    "extremely-dangerous-oidc-beacon.yml@refs/heads/main",
		.issuer = "https://token.actions.githubusercontent.com",
		.authorities = rv_buf_span(&ca),
		.log_key = rv_buf_span(&log_public),
	};
	char *text = json_dumps(e->bundle, JSON_COMPACT);
	char name[] = "bundle";
	struct rv_stored s = { .form = RV_STORED_BUNDLE, .name = name };
	bool ok;

	s.bytes = (struct rv_buf){ (uint8_t *)text, strlen(text) };
	ok = rv_image_signature_read(&s, &trust, &got, &err);
	free(text);
	assert_true(ok || (err.code == RV_INPUT && !got.n));
	snprintf(said, 512, "%s", ok ? got.said : err.msg);
	return ok ? (int)got.state : MALFORMED;
}

/* ---- each part of it ---- */

#define RECORD	 "keyless/happy-path-v0.3.json"
#define ENVELOPE "keyless/happy-path-intoto-in-dsse-v3.json"

/* The object that @path leads to, but for its last name, which is *last. */
static json_t *above(json_t *j, const char *path, const char **last)
{
	const char *dot;
	char name[64];

	while ((dot = strchr(path, '.'))) {
		snprintf(name, sizeof name, "%.*s", (int)(dot - path), path);
		j = json_is_array(j) ? json_array_get(j, (size_t)atoi(name))
				     : json_object_get(j, name);
		assert_non_null(j);
		path = dot + 1;
	}
	*last = path;
	assert_non_null(json_object_get(j, path));
	return j;
}

static void expect(const struct entry *e, int want, const char *what)
{
	char said[512];
	int got = state_of(e, said);

	if (got != want)
		fail_msg("%s: %d (%s), not %d", what, got, said, want);
}

static const struct {
	const char *file, *path, *to; /* NULL: left out */
	int state;
} part[] = {
	{ RECORD, "apiVersion", "0.0.2", RV_SIGNED_UNCHECKED },
	{ RECORD, "apiVersion", NULL, RV_SIGNED_UNCHECKED },
	{ RECORD, "kind", "intoto", RV_SIGNED_UNCHECKED },
	{ RECORD, "kind", NULL, RV_SIGNED_UNCHECKED },
	{ RECORD, "kind", "dsse", RV_SIGNED_BAD },
	{ RECORD, "spec", NULL, RV_SIGNED_BAD },
	{ RECORD, "spec.data", NULL, RV_SIGNED_BAD },
	{ RECORD, "spec.data.hash", NULL, RV_SIGNED_BAD },
	{ RECORD, "spec.data.hash.algorithm", "sha384", RV_SIGNED_BAD },
	{ RECORD, "spec.data.hash.algorithm", NULL, RV_SIGNED_BAD },
	{ RECORD, "spec.data.hash.value", "a0cf", RV_SIGNED_BAD },
	{ RECORD, "spec.data.hash.value", NULL, RV_SIGNED_BAD },
	{ RECORD, "spec.signature", NULL, RV_SIGNED_BAD },
	{ RECORD, "spec.signature.content", "MEUC", RV_SIGNED_BAD },
	{ RECORD, "spec.signature.content", "-", RV_SIGNED_BAD },
	{ RECORD, "spec.signature.content", NULL, RV_SIGNED_BAD },
	{ RECORD, "spec.signature.publicKey", NULL, RV_SIGNED_BAD },
	{ RECORD, "spec.signature.publicKey.content", "LS0t", RV_SIGNED_BAD },
	{ RECORD, "spec.signature.publicKey.content", "-", RV_SIGNED_BAD },
	{ RECORD, "spec.signature.publicKey.content", NULL, RV_SIGNED_BAD },
	{ ENVELOPE, "kind", "hashedrekord", RV_SIGNED_BAD },
	{ ENVELOPE, "spec.payloadHash", NULL, RV_SIGNED_BAD },
	{ ENVELOPE, "spec.payloadHash.algorithm", "sha512", RV_SIGNED_BAD },
	{ ENVELOPE, "spec.signatures", NULL, RV_SIGNED_BAD },
	{ ENVELOPE, "spec.signatures.0.signature", "MEUC", RV_SIGNED_BAD },
	{ ENVELOPE, "spec.signatures.0.signature", NULL, RV_SIGNED_BAD },
	{ ENVELOPE, "spec.signatures.0.verifier", "LS0t", RV_SIGNED_BAD },
	{ ENVELOPE, "spec.signatures.0.verifier", NULL, RV_SIGNED_BAD },
};

static void each_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_LEN(part); i++) {
		RV_AUTO(entry_free) struct entry e = load(part[i].file);
		char what[128];
		const char *last;
		json_t *at;

		sign_again(&e);
		expect(&e, RV_SIGNED_GOOD, "as it was");
		at = above(e.body, part[i].path, &last);
		if (part[i].to)
			json_object_set_new(at, last, json_string(part[i].to));
		else
			json_object_del(at, last);
		sign_again(&e);
		snprintf(what, sizeof what, "%s %s", part[i].path,
			 part[i].to ? part[i].to : "left out");
		expect(&e, part[i].state, what);
	}
}

/* First, middle and last digit of a digest, byte of a signature. */
static void each_end(const char *file, const char *path)
{
	RV_AUTO(entry_free) struct entry e = load(file);
	const char *last;
	json_t *at = above(e.body, path, &last);
	char text[256];
	size_t n;

	snprintf(text, sizeof text, "%s",
		 json_string_value(json_object_get(at, last)));
	n = strlen(text);
	/* The last of base64 may be padding, or bits that do not count. */
	for (size_t k = 0; k < 3; k++) {
		size_t i = k == 0 ? 0 : k == 1 ? n / 2 : n - (n == 64 ? 1 : 4);
		char was = text[i];

		text[i] = was == '7' ? '8' : '7';
		json_object_set_new(at, last, json_string(text));
		sign_again(&e);
		expect(&e, RV_SIGNED_BAD, path);
		text[i] = was;
	}
}

static void each_byte_of_a_digest(void **state)
{
	(void)state;
	each_end(RECORD, "spec.data.hash.value");
	each_end(RECORD, "spec.signature.content");
	each_end(ENVELOPE, "spec.payloadHash.value");
	each_end(ENVELOPE, "spec.signatures.0.signature");
}

/* Another certificate of the same identity, by the same CA. */
static void another_certificate(void **state)
{
	RV_AUTO(entry_free) struct entry record = load(RECORD);
	RV_AUTO(entry_free) struct entry envelope = load(ENVELOPE);
	const char *a, *b;
	json_t *x = above(record.body, "spec.signature.publicKey.content", &a);
	json_t *y = above(envelope.body, "spec.signatures.0.verifier", &b);
	json_t *of_record = json_incref(json_object_get(x, a));

	(void)state;
	json_object_set(x, a, json_object_get(y, b));
	json_object_set_new(y, b, of_record);
	sign_again(&record);
	sign_again(&envelope);
	expect(&record, RV_SIGNED_BAD, "record");
	expect(&envelope, RV_SIGNED_BAD, "envelope");
}

static void two_signatures(void **state)
{
	RV_AUTO(entry_free) struct entry e = load(ENVELOPE);
	json_t *list =
	    json_object_get(json_object_get(e.body, "spec"), "signatures");

	(void)state;
	json_array_append(list, json_array_get(list, 0));
	sign_again(&e);
	expect(&e, RV_SIGNED_BAD, "two signatures");
	json_array_clear(list);
	sign_again(&e);
	expect(&e, RV_SIGNED_BAD, "no signature");
}

static void no_json(void **state)
{
	RV_AUTO(entry_free) struct entry e = load(RECORD);

	(void)state;
	e.body_text = "{";
	sign_again(&e);
	expect(&e, MALFORMED, "cut");
	e.body_text = "[]";
	sign_again(&e);
	expect(&e, RV_SIGNED_UNCHECKED, "a list");
}

/* From 2024-03-19T17:26:26Z to 17:36:26Z, both of them in it. */
static void when_it_was_logged(void **state)
{
	static const struct {
		const char *when;
		int state;
	} t[] = {
		{ "1710869185", RV_SIGNED_BAD },
		{ "1710869186", RV_SIGNED_GOOD },
		{ "1710869786", RV_SIGNED_GOOD },
		{ "1710869787", RV_SIGNED_BAD },
		{ "0", RV_SIGNED_BAD },
	};
	RV_AUTO(entry_free) struct entry e = load(RECORD);

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		json_object_set_new(e.of, "integratedTime",
				    json_string(t[i].when));
		sign_again(&e);
		expect(&e, t[i].state, t[i].when);
	}
}

/* ---- what stands around it ---- */

static void members(void **state)
{
	static const struct {
		const char *path;
		int missing, null;
	} t[] = {
		{ "logIndex", MALFORMED, MALFORMED },
		{ "integratedTime", MALFORMED, MALFORMED },
		{ "canonicalizedBody", MALFORMED, MALFORMED },
		{ "logId", MALFORMED, MALFORMED },
		{ "logId.keyId", MALFORMED, MALFORMED },
		/* Then nothing says when. */
		{ "inclusionPromise", RV_SIGNED_UNCHECKED,
		  RV_SIGNED_UNCHECKED },
		{ "inclusionPromise.signedEntryTimestamp", RV_SIGNED_UNCHECKED,
		  RV_SIGNED_UNCHECKED },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		for (int null = 0; null < 2; null++) {
			RV_AUTO(entry_free) struct entry e = load(RECORD);
			const char *last;
			json_t *at;

			sign_again(&e);
			at = above(e.of, t[i].path, &last);
			if (null)
				json_object_set_new(at, last, json_null());
			else
				json_object_del(at, last);
			expect(&e, null ? t[i].null : t[i].missing, t[i].path);
		}
	}
}

static void one_entry(void **state)
{
	RV_AUTO(entry_free) struct entry e = load(RECORD);
	json_t *list = json_object_get(
	    json_object_get(e.bundle, "verificationMaterial"), "tlogEntries");

	(void)state;
	sign_again(&e);
	expect(&e, RV_SIGNED_GOOD, "one");
	json_array_append(list, e.of);
	expect(&e, MALFORMED, "two");
	json_array_clear(list);
	expect(&e, RV_SIGNED_UNCHECKED, "none");
}

/* Another log, or a name of one that is too short. */
static void which_log(void **state)
{
	RV_AUTO(entry_free) struct entry e = load(RECORD);
	struct rv_sha256 id = log_id;
	json_t *at = NULL;

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		size_t i = k * (sizeof id.b - 1) / 2;
		char *text;

		id = log_id;
		id.b[i] ^= 1;
		text = text_of(rv_span(id.b, sizeof id.b));
		sign_again(&e);
		at = json_object_get(e.of, "logId");
		json_object_set_new(at, "keyId", json_string(text));
		free(text);
		expect(&e, RV_SIGNED_UNCHECKED, "another log");
	}
	for (size_t n = sizeof id.b - 1; n <= sizeof id.b + 1; n += 2) {
		uint8_t b[sizeof id.b + 1] = { 0 };
		char *text;

		memcpy(b, log_id.b, sizeof log_id.b);
		text = text_of(rv_span(b, n));
		at = json_object_get(e.of, "logId");
		json_object_set_new(at, "keyId", json_string(text));
		free(text);
		expect(&e, MALFORMED, "31 and 33 bytes");
	}
}

/* Signed by our log, and then the time or the place is another. */
static void promise_is_of_it_all(void **state)
{
	static const char *const name[] = { "integratedTime", "logIndex" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		RV_AUTO(entry_free) struct entry e = load(RECORD);

		sign_again(&e);
		json_object_set_new(e.of, name[i], json_string("1710869200"));
		expect(&e, RV_SIGNED_BAD, name[i]);
	}
}

/* ---- cosign's annotation ---- */

static json_t *json_file(const char *name)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = test_file(VECTORS "made/", name);
	json_t *j = json_loadb((char *)b.p, b.n, 0, NULL);

	assert_non_null(j);
	return j;
}

/* The file that a descriptor names. */
static void blob_of(json_t *descriptor, char name[96])
{
	snprintf(name, 96, "blobs/sha256/%s",
		 json_string_value(json_object_get(descriptor, "digest")) + 7);
}

static struct rv_buf annotated(json_t *of, const char *name)
{
	struct rv_buf b = { 0 };
	const char *text = json_string_value(json_object_get(of, name));

	assert_non_null(text);
	assert_true(rv_buf_copy(rv_text(text), &b, &err));
	return b;
}

/* What cosign stored in a layout: a payload, and beside it all the rest. */
static struct rv_stored made_payload(void)
{
	static char say[] = "payload";
	json_t *index = json_file("good.json"), *manifest, *layer, *beside;
	struct rv_stored s = { .form = RV_STORED_PAYLOAD, .name = say };
	char name[96];

	blob_of(json_array_get(json_object_get(index, "manifests"), 0), name);
	manifest = json_file(name);
	layer = json_array_get(json_object_get(manifest, "layers"), 0);
	beside = json_object_get(layer, "annotations");
	s.signature = annotated(beside, "dev.cosignproject.cosign/signature");
	s.certificate = annotated(beside, "dev.sigstore.cosign/certificate");
	s.log = annotated(beside, "dev.sigstore.cosign/bundle");
	blob_of(layer, name);
	s.bytes = test_file(VECTORS "made/", name);
	json_decref(index);
	json_decref(manifest);
	return s;
}

static void annotation(void **state)
{
	static const char *const path[] = {
		"SignedEntryTimestamp",	  "Payload",
		"Payload.logIndex",	  "Payload.body",
		"Payload.integratedTime", "Payload.logID",
	};
	RV_AUTO(rv_buf_free)
	struct rv_buf ca = test_file(VECTORS, "made/ca.pem");
	RV_AUTO(rv_buf_free)
	struct rv_buf log = test_file(VECTORS, "made/log.pub");
	struct rv_image_trust trust = {
		.identity = "dev@example.org",
		.issuer = "https://issuer.example",
		.authorities = rv_buf_span(&ca),
		.log_key = rv_buf_span(&log),
	};
	struct rv_stored stored = made_payload(), *s = &stored;

	(void)state;
	for (size_t i = 0; i < 2 * RV_LEN(path) + 1; i++) {
		RV_AUTO(rv_image_signature_free)
		struct rv_image_signature got = { 0 };
		struct rv_buf was = s->log;
		json_t *j = json_loadb((char *)was.p, was.n, 0, NULL);
		const char *last;
		json_t *at;
		char *text;
		bool ok;

		assert_non_null(j);
		if (i < 2 * RV_LEN(path)) {
			at = above(j, path[i / 2], &last);
			if (i % 2)
				json_object_set_new(at, last, json_null());
			else
				json_object_del(at, last);
		}
		text = json_dumps(j, 0);
		s->log = (struct rv_buf){ (uint8_t *)text, strlen(text) };
		ok = rv_image_signature_read(s, &trust, &got, &err);
		s->log = was;
		free(text);
		json_decref(j);
		if (ok != (i == 2 * RV_LEN(path)))
			fail_msg("%s: %d",
				 i < 2 * RV_LEN(path) ? path[i / 2] : "whole",
				 ok);
		assert_true(ok ? got.state == RV_SIGNED_GOOD
			       : err.code == RV_INPUT);
	}
	rv_buf_free(&s->signature);
	rv_buf_free(&s->certificate);
	rv_buf_free(&s->log);
	rv_buf_free(&s->bytes);
}

static int make_log(void **state)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct rv_buf pem;

	(void)state;
	assert_non_null(key);
	pem = key_pem(key, true);
	log_public = key_pem(key, false);
	EVP_PKEY_free(key);
	assert_true(rv_sign_private(rv_buf_span(&pem), &log_key, &err));
	assert_true(rv_sign_id(log_key, &log_id, &err));
	rv_buf_free(&pem);
	return 0;
}

static int drop_log(void **state)
{
	(void)state;
	rv_sign_free(&log_key);
	rv_buf_free(&log_public);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_part),
		cmocka_unit_test(each_byte_of_a_digest),
		cmocka_unit_test(another_certificate),
		cmocka_unit_test(two_signatures),
		cmocka_unit_test(no_json),
		cmocka_unit_test(when_it_was_logged),
		cmocka_unit_test(members),
		cmocka_unit_test(one_entry),
		cmocka_unit_test(which_log),
		cmocka_unit_test(promise_is_of_it_all),
		cmocka_unit_test(annotation),
	};

	return cmocka_run_group_tests(tests, make_log, drop_log);
}
