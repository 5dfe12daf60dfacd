/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * signature_inject.c - whole judgements of an image's signature in which one
 * allocation or one call of OpenSSL fails. Of another identity, by another log
 * or over other bytes it must never become a good one by it.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "inject.h"

#include "base.h"
#include "test_file.h"
#include <refval.h>

#define VECTORS "tests/vectors/signatures/"

struct question {
	struct rv_buf bundle, ca, log_key; /* owned */
	const char *identity;
	bool any; /* answer, made without a digest, is what must not be */
};

static void question_free(struct question *q)
{
	rv_buf_free(&q->bundle);
	rv_buf_free(&q->ca);
	rv_buf_free(&q->log_key);
}

static bool once(const void *arg, struct said *said)
{
	RV_AUTO(rv_image_signature_free) struct rv_image_signature got = { 0 };
	const struct question *q = arg;
	struct rv_image_trust trust = {
		.identity = q->identity,
		.issuer = "https://token.actions.githubusercontent.com",
		.authorities = rv_buf_span(&q->ca),
		.log_key = rv_buf_span(&q->log_key),
	};
	char name[] = "bundle";
	struct rv_stored s = { .form = RV_STORED_BUNDLE,
			       .name = name,
			       .bytes = q->bundle };
	struct rv_err err = { 0 };

	if (!rv_image_signature_read(&s, &trust, &got, &err)) {
		assert_int_not_equal(err.code, RV_OK);
		assert_true(*err.msg);
		return false;
	}
	say(said, "%d %s %zu\n", (int)got.state, got.said, got.n);
	for (size_t i = 0; i < got.n; i++)
		say(said, "%s\n", got.subject[i].digest);
	return q->any ? no_digest() : got.state == RV_SIGNED_GOOD;
}

/* All that lie in a layout, or an error. */
static bool read_once(const void *arg, struct said *said)
{
	RV_AUTO(rv_stored_free) struct rv_stored_list l = { 0 };
	struct rv_err err = { 0 };

	if (!rv_oci_signatures_read(arg, &l, &err)) {
		assert_int_not_equal(err.code, RV_OK);
		assert_true(*err.msg);
		return false;
	}
	for (size_t i = 0; i < l.n; i++)
		say(said, "%s %d %zu %zu %zu %zu\n", l.item[i].name,
		    (int)l.item[i].form, l.item[i].bytes.n,
		    l.item[i].signature.n, l.item[i].certificate.n,
		    l.item[i].log.n);
	return true;
}

/* One with all that may stand beside it. */
static bool add_once(const void *arg, struct said *said)
{
	RV_AUTO(rv_stored_free) struct rv_stored_list l = { 0 };
	const struct rv_stored_parts p = { .form = RV_STORED_PAYLOAD,
					   .bytes = rv_text("payload"),
					   .signature = rv_text("signature"),
					   .certificate = rv_text("leaf"),
					   .log = rv_text("entry") };
	struct rv_err err = { 0 };

	if (!rv_stored_add(&l, arg, &p, &err)) {
		assert_int_equal(err.code, RV_SYSTEM);
		assert_int_equal(l.n, 0);
		return false;
	}
	say(said, "%s %zu %zu %zu %zu\n", l.item[0].name, l.item[0].bytes.n,
	    l.item[0].signature.n, l.item[0].certificate.n, l.item[0].log.n);
	return true;
}

static void question_load(struct question *q, const char *bundle)
{
	*q = (struct question){
		.identity =
		    "https://github.com/sigstore-conformance/"
		    "extremely-dangerous-public-oidc-beacon/.github/workflows/"
		    "extremely-dangerous-oidc-beacon.yml@refs/heads/main",
	};
	q->bundle = test_file(VECTORS, bundle);
	q->ca = test_file(VECTORS, "keyless/ca.pem");
	q->log_key = test_file(VECTORS, "keyless/log.pub");
}

static void fails(const char *name, const struct question *q, bool good,
		  unsigned step, bool calls)
{
	const struct subject s = { name, once, q, good, step };

	each_fails(&s, calls);
}

static void all(bool calls)
{
	static const struct subject layout = { "a layout", read_once,
					       VECTORS "saved", true, 1 };
	static const struct subject one = { "a signature", add_once, "name",
					    true, 1 };
	static const char *const name[] = {
		"keyless/happy-path-v0.3.json",
		"keyless/happy-path-intoto-in-dsse-v3.json",
	};

	if (!calls) {
		each_fails(&layout, calls);
		least = 1;
		each_fails(&one, calls);
		least = 11;
	}
	for (size_t i = 0; i < RV_LEN(name); i++) {
		RV_AUTO(question_free) struct question q;

		question_load(&q, name[i]);
		/* Of several paths one may fail and the next be good. */
		if (!calls)
			fails(name[i], &q, true, 97, calls);
		q.any = true;
		if (calls)
			fails("no digest", &q, false, 211, calls);
		q.any = false;
		q.identity = "https://example.org/another";
		fails("another identity", &q, false, 211, calls);
	}
	for (size_t i = 0; i < RV_LEN(name); i++) {
		RV_AUTO(question_free) struct question q;
		RV_AUTO(rv_buf_free) struct rv_buf ours = { 0 };

		/* The key of a log that never saw it. */
		question_load(&q, name[i]);
		ours = test_file(VECTORS, "cosign.pub");
		rv_buf_free(&q.log_key);
		q.log_key = RV_TAKE(ours);
		fails("another log", &q, false, 211, calls);
	}
}
