/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_signature.c - what somebody signed of a container image, and whether
 * it was with a given key: sigstore bundles (over a statement, or over the
 * manifest's digest), envelopes, and cosign's "simple signing" payloads.
 */
#include "image_judge.h"
#include "json.h"
#include "pubkey.h"

#include <stdio.h>
#include <stdlib.h>

enum { PREDICATE_MAX = 160 }; /* bytes of a predicateType */

static const char payload_says[] = "cosign container image signature";

void rv_image_signature_free(struct rv_image_signature *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->subject[i].name);
	free(s->subject);
	free(s->predicate);
	*s = (struct rv_image_signature){ 0 };
}

/* ---- what is signed ---- */

static const struct {
	const char *name;
	size_t n; /* bytes */
} algs[] = { { "sha256", 32 }, { "sha512", 64 } };

static bool is_digest(struct rv_span hex, size_t n)
{
	if (hex.n != 2 * n)
		return false;
	for (size_t i = 0; i < hex.n; i++)
		if (!(hex.p[i] >= '0' && hex.p[i] <= '9') &&
		    !(hex.p[i] >= 'a' && hex.p[i] <= 'f'))
			return false;
	return true;
}

/* @name may be empty. */
static bool add_subject(struct rv_image_signature *s, struct rv_span name,
			size_t alg, struct rv_span hex, struct rv_err *err)
{
	struct rv_signed_subject *more, *to;

	if (!is_digest(hex, algs[alg].n))
		return rv_fail(err, RV_INPUT,
			       "%s: not %zu digits of lower-case hex",
			       algs[alg].name, 2 * algs[alg].n);
	if (s->n == RV_SIGNED_SUBJECTS)
		return rv_fail(err, RV_INPUT, "more than %d digests",
			       RV_SIGNED_SUBJECTS);
	more = realloc(s->subject, (s->n + 1) * sizeof *more);
	if (!more)
		return rv_no_memory(err, "signature");
	s->subject = more;
	to = &more[s->n];
	*to = (struct rv_signed_subject){ 0 };
	if (name.n && !rv_text_copy(name, "name", &to->name, err))
		return false;
	snprintf(to->digest, sizeof to->digest, "%s:%.*s", algs[alg].name,
		 (int)hex.n, (const char *)hex.p);
	s->n++;
	return true;
}

/* cosign's SIGNATURE_SPEC, "Simple Signing". */
static bool read_payload(struct rv_span bytes, struct rv_image_signature *out,
			 struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	const rv_json *critical, *image, *identity;
	struct rv_span type, digest, name = { 0 };
	static const char sha256[] = "sha256:";

	if (!rv_json_parse(bytes, "payload", &j, err))
		return false;
	critical = rv_json_get(j, "critical");
	image = rv_json_get(critical, "image");
	identity = rv_json_get(critical, "identity");
	if (!rv_json_need_text(critical, "type", &type, err) ||
	    !rv_json_need_text(image, "docker-manifest-digest", &digest, err) ||
	    !rv_json_opt_text(identity, "docker-reference", &name, err))
		return rv_in(err, "payload");
	if (!rv_same_text(type, payload_says))
		return rv_fail(err, RV_INPUT, "payload: type is not \"%s\"",
			       payload_says);
	if (!rv_starts(digest, rv_text(sha256)))
		return rv_fail(err, RV_INPUT,
			       "payload: docker-manifest-digest is no sha256");
	digest = rv_span(digest.p + strlen(sha256), digest.n - strlen(sha256));
	out->vouches = true;
	return add_subject(out, name, 0, digest, err) ||
	       rv_in(err, "payload: docker-manifest-digest");
}

/* A subject is one thing, whatever number of digests it has. */
static bool read_subject(const rv_json *j, struct rv_image_signature *out,
			 struct rv_err *err)
{
	const rv_json *digest = rv_json_get(j, "digest");
	struct rv_span name = { 0 };

	if (!rv_json_is_object(digest))
		return rv_fail(err, RV_INPUT, "no digest");
	if (!rv_json_opt_text(j, "name", &name, err))
		return false;
	for (size_t i = 0; i < RV_LEN(algs); i++) {
		const rv_json *hex = rv_json_get(digest, algs[i].name);

		if (hex && !add_subject(out, name, i, rv_json_text(hex), err))
			return false;
	}
	return true;
}

/*
 * Types of statements that only somebody makes who stands behind the image: it
 * was built so, or it is signed. A scan or a test may as well say it is bad.
 */
static bool is_vouching(struct rv_span type)
{
	static const char *const known[] = {
		"https://sigstore.dev/cosign/sign/v1",
		"https://slsa.dev/provenance/v0.2",
		"https://slsa.dev/provenance/v1",
	};

	for (size_t i = 0; i < RV_LEN(known); i++)
		if (rv_same_text(type, known[i]))
			return true;
	return false;
}

/* in-toto Statement v1, and v0.1, which has the same members. */
static bool read_statement(struct rv_span bytes, struct rv_image_signature *out,
			   struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	const rv_json *list;
	struct rv_span type, predicate;

	if (!rv_json_parse(bytes, "statement", &j, err) ||
	    !rv_json_need_text(j, "_type", &type, err) ||
	    !rv_json_need_text(j, "predicateType", &predicate, err) ||
	    !rv_json_need_list(j, "subject", RV_SIGNED_SUBJECTS, &list, err))
		return rv_in(err, "statement");
	if (!rv_same_text(type, RV_STATEMENT_TYPE) &&
	    !rv_same_text(type, "https://in-toto.io/Statement/v0.1"))
		return rv_fail(err, RV_INPUT,
			       "statement: _type is neither v1 nor v0.1 of "
			       "in-toto's");
	for (size_t i = 0; i < rv_json_size(list); i++)
		if (!read_subject(rv_json_at(list, i), out, err))
			return rv_in(err, "statement: subject %zu", i);
	if (!out->n)
		return rv_fail(err, RV_INPUT,
			       "statement: no subject has a sha256 or sha512");
	out->vouches = is_vouching(predicate);
	if (predicate.n > PREDICATE_MAX)
		return rv_fail(err, RV_INPUT,
			       "statement: predicateType of %zu bytes",
			       predicate.n);
	return rv_text_copy(predicate, "predicateType", &out->predicate, err);
}

/* ---- by whom ---- */

/* The key that is asked about: the given one, or a certificate's. */
struct judge {
	const struct rv_image_trust *trust;
	struct rv_sign_key *key; /* owned; NULL: there is no certificate */
	struct rv_signed_thing thing;
};

static void judge_free(struct judge *j)
{
	rv_sign_free(&j->key);
	rv_buf_free(&j->thing.sig);
	rv_buf_free(&j->thing.leaf);
}

static bool is_keyed(const struct judge *j)
{
	return j->trust->key.n != 0;
}

static void say(struct rv_image_signature *out, enum rv_signed state,
		const char *what, const struct rv_sign_key *key)
{
	out->state = state;
	snprintf(out->said, sizeof out->said, "%s (%s)", what,
		 rv_sign_name(rv_sign_type(key)));
}

/* By the given key: that is all. By a certificate's: whose is that? */
static bool answer(const struct judge *j, bool good,
		   struct rv_image_signature *out, struct rv_err *err)
{
	if (is_keyed(j))
		say(out, good ? RV_SIGNED_GOOD : RV_SIGNED_BAD,
		    good ? "signed by the given key"
			 : "its signature is not by the given key",
		    j->key);
	else if (!good)
		say(out, RV_SIGNED_BAD,
		    "its signature is not by the key of its certificate",
		    j->key);
	else
		return rv_keyless_judge(&j->thing, j->trust, out, err);
	return true;
}

/* True: there is none, and that is the answer. */
static bool is_without_key(const struct judge *j,
			   struct rv_image_signature *out)
{
	if (j->key)
		return false;
	out->state = RV_SIGNED_UNCHECKED;
	snprintf(out->said, sizeof out->said,
		 "it cannot be told who signed: it has no certificate");
	return true;
}

static bool take_key(struct judge *j, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf spki = { 0 };

	if (is_keyed(j))
		return rv_sign_public(j->trust->key, &j->key, err);
	if (!rv_keyless_leaf(&j->thing, err))
		return false;
	if (!j->thing.leaf.n)
		return true;
	return (rv_cert_spki(rv_buf_span(&j->thing.leaf), &spki, err) &&
		rv_sign_spki(rv_buf_span(&spki), &j->key, err)) ||
	       rv_in(err, "certificate");
}

/* The one signature of an envelope, which a log's entry must be about. */
static bool keep_envelope(struct judge *j, const rv_json *envelope,
			  struct rv_span payload, struct rv_err *err)
{
	const rv_json *list = rv_json_get(envelope, "signatures");
	struct rv_span text;

	j->thing.envelope = true;
	if (is_keyed(j))
		return true;
	if (rv_json_size(list) != 1)
		return rv_fail(err, RV_INPUT,
			       "envelope: not exactly one signature");
	return rv_sha256(payload, &j->thing.sum, err) &&
	       rv_json_need_text(rv_json_at(list, 0), "sig", &text, err) &&
	       rv_unbase64_any(text, "sig", &j->thing.sig, err);
}

static bool judge_envelope(struct judge *j, const rv_json *envelope,
			   struct rv_image_signature *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf payload = { 0 };
	struct rv_signature sig = { 0 };

	if (!rv_dsse_open(envelope, j->key, &payload, &sig, err) ||
	    !read_statement(rv_buf_span(&payload), out, err))
		return false;
	if (sig.state == RV_SIGNED_NOT)
		return rv_fail(err, RV_INPUT, "envelope: no signature");
	if (is_without_key(j, out))
		return true;
	return keep_envelope(j, envelope, rv_buf_span(&payload), err) &&
	       answer(j, sig.state == RV_SIGNED_GOOD, out, err);
}

static bool read_message(const rv_json *message, struct rv_signed_thing *t,
			 struct rv_image_signature *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf digest = { 0 };
	const rv_json *of = rv_json_get(message, "messageDigest");
	struct rv_span alg, text, signature;
	char hex[65];

	if (!rv_json_need_text(of, "algorithm", &alg, err) ||
	    !rv_json_need_text(of, "digest", &text, err) ||
	    !rv_json_need_text(message, "signature", &signature, err) ||
	    !rv_unbase64(text, "digest", &digest, err) ||
	    !rv_unbase64(signature, "signature", &t->sig, err))
		return rv_in(err, "messageSignature");
	if (!rv_same_text(alg, "SHA2_256") || digest.n != sizeof t->sum.b)
		return rv_fail(err, RV_INPUT,
			       "messageSignature: the digest is no SHA2_256");
	memcpy(t->sum.b, digest.p, sizeof t->sum.b);
	rv_hex(rv_buf_span(&digest), hex);
	out->vouches = true;
	return add_subject(out, rv_span(NULL, 0), 0, rv_text(hex), err);
}

/*
 * sigstore's bundle, MessageSignature: over the bytes that have this digest,
 * here a manifest. It is "unauthenticated", so that nothing but a signature
 * that fits shows that these are what was signed.
 */
static bool judge_message(struct judge *j, const rv_json *message,
			  struct rv_image_signature *out, struct rv_err *err)
{
	bool good;

	if (!read_message(message, &j->thing, out, err))
		return false;
	if (is_without_key(j, out))
		return true;
	if (rv_sign_type(j->key) == RV_SIGN_ED25519) {
		say(out, RV_SIGNED_UNCHECKED,
		    "it cannot be told who signed: without the signed bytes",
		    j->key);
		return true;
	}
	return rv_sign_check_digest(j->key, &j->thing.sum,
				    rv_buf_span(&j->thing.sig), &good, err) &&
	       answer(j, good, out, err);
}

static bool judge_bundle(struct judge *j, struct rv_span bytes,
			 struct rv_image_signature *out, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *doc = NULL;
	const rv_json *envelope, *message;

	if (!rv_json_parse(bytes, "bundle", &doc, err) ||
	    !rv_bundle_open(doc, &envelope, err))
		return false;
	message = rv_json_get(doc, "messageSignature");
	if (!envelope == !message)
		return rv_fail(err, RV_INPUT,
			       "bundle: not one of dsseEnvelope and "
			       "messageSignature");
	j->thing.material = rv_json_get(doc, "verificationMaterial");
	return (take_key(j, err) &&
		(envelope ? judge_envelope(j, envelope, out, err)
			  : judge_message(j, message, out, err))) ||
	       rv_in(err, "bundle");
}

static bool judge_alone(struct judge *j, struct rv_span bytes,
			struct rv_image_signature *out, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *doc = NULL;

	return rv_json_parse(bytes, "envelope", &doc, err) &&
	       take_key(j, err) && judge_envelope(j, doc, out, err);
}

static bool judge_payload(struct judge *j, const struct rv_stored *s,
			  struct rv_image_signature *out, struct rv_err *err)
{
	struct rv_span bytes = rv_buf_span(&s->bytes);
	struct rv_signed_thing *t = &j->thing;
	bool good;

	if (!s->signature.n)
		return rv_fail(err, RV_INPUT,
			       "a payload without its signature");
	if (!rv_unbase64(rv_buf_span(&s->signature), "signature", &t->sig,
			 err) ||
	    !read_payload(bytes, out, err) || !take_key(j, err))
		return false;
	if (is_without_key(j, out))
		return true;
	if (!rv_sha256(bytes, &t->sum, err) ||
	    !rv_sign_check(j->key, RV_SHA256, RV_SIGN_DER, bytes,
			   rv_buf_span(&t->sig), &good, err))
		return false;
	/* The size of hash goes by the key, of older signers it does not. */
	if (!good && rv_sign_type(j->key) == RV_SIGN_P384 &&
	    !rv_sign_check(j->key, RV_SHA384, RV_SIGN_DER, bytes,
			   rv_buf_span(&t->sig), &good, err))
		return false;
	return answer(j, good, out, err);
}

static bool judge(struct judge *j, const struct rv_stored *s,
		  struct rv_image_signature *out, struct rv_err *err)
{
	switch (s->form) {
	case RV_STORED_BUNDLE:
		return judge_bundle(j, rv_buf_span(&s->bytes), out, err);
	case RV_STORED_ENVELOPE:
		return judge_alone(j, rv_buf_span(&s->bytes), out, err);
	case RV_STORED_PAYLOAD:
		return judge_payload(j, s, out, err);
	}
	return rv_fail(err, RV_INPUT, "no form of a signature");
}

bool rv_image_signature_read(const struct rv_stored *s,
			     const struct rv_image_trust *trust,
			     struct rv_image_signature *out, struct rv_err *err)
{
	RV_AUTO(rv_image_signature_free) struct rv_image_signature r = { 0 };
	RV_AUTO(rv_json_free) rv_json *entry = NULL;
	RV_AUTO(judge_free) struct judge j = { .trust = trust };

	if (!trust->key.n && (!trust->identity || !trust->issuer))
		return rv_fail(err, RV_USAGE,
			       "neither a key nor an identity and its issuer");
	j.thing.pem = rv_buf_span(&s->certificate);
	if (s->log.n &&
	    !rv_json_parse(rv_buf_span(&s->log), "log entry", &entry, err))
		return rv_in(err, "%s", s->name);
	j.thing.annotation = entry;
	if (!judge(&j, s, &r, err))
		return rv_in(err, "%s", s->name);
	*out = RV_TAKE(r);
	return true;
}
