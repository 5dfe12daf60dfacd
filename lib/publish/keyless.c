/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keyless.c - signatures by keys that a certificate names for ten minutes:
 * who that was, by a given CA, and when it signed, by a given log. Without the
 * log's word of the time such a certificate says nothing.
 */
#include "image_judge.h"
#include "der.h"
#include "json.h"
#include "pem.h"
#include "pubkey.h"
#include "x509.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum {
	AUTHORITIES_MAX = 16, /* certificates of a CA's file */
	NAME_ROOM = 300,      /* bytes of an identity, or of who gave it */
	SEQUENCE = 0x30,
	OID = 0x06,
	UTF8 = 0x0c,
	SAN_EMAIL = 0x81, /* RFC 5280, 4.2.1.6 */
	SAN_URI = 0x86,
};

/* RFC 5280, 4.2.1.6 and 4.2.1.12; the rest is Fulcio's. */
static const char oid_san[] = "2.5.29.17", oid_usage[] = "2.5.29.37",
		  oid_issuer[] = "1.3.6.1.4.1.57264.1.8",
		  oid_issuer_v1[] = "1.3.6.1.4.1.57264.1.1";
static const uint8_t code_signing[] = { 0x2b, 0x06, 0x01, 0x05,
					0x05, 0x07, 0x03, 0x03 };

struct chain {
	struct rv_cert *leaf, *given[AUTHORITIES_MAX]; /* owned */
	size_t n;
	/* Of the path that was found. */
	int64_t not_before, not_after;
};

static void chain_free(struct chain *c)
{
	rv_cert_free(&c->leaf);
	for (size_t i = 0; i < c->n; i++)
		rv_cert_free(&c->given[i]);
}

/* One entry of a log: what it says it holds, and its promise. */
struct entry {
	struct rv_buf body, promise, log_id; /* owned */
	int64_t time, index;
	const rv_json *proof; /* borrowed; NULL: none */
};

static void entry_free(struct entry *e)
{
	rv_buf_free(&e->body);
	rv_buf_free(&e->promise);
	rv_buf_free(&e->log_id);
}

static void RV_PRINTF(3, 4) end(struct rv_image_signature *out,
				enum rv_signed state, const char *fmt, ...)
{
	va_list ap;

	out->state = state;
	va_start(ap, fmt);
	vsnprintf(out->said, sizeof out->said, fmt, ap);
	va_end(ap);
}

/* ---- the certificate ---- */

static bool read_authorities(struct rv_span pem, struct chain *c,
			     struct rv_err *err)
{
	while (rv_pem_has(pem, "CERTIFICATE")) {
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };

		if (c->n == AUTHORITIES_MAX)
			return rv_fail(err, RV_INPUT,
				       "more than %d certificates",
				       AUTHORITIES_MAX);
		if (!rv_pem_walk(&pem, "CERTIFICATE", &der, err) ||
		    !rv_cert_read(rv_buf_span(&der), &c->given[c->n], err))
			return false;
		c->n++;
	}
	return c->n || rv_fail(err, RV_INPUT, "no certificate in PEM");
}

static bool is_root(const struct rv_cert *c)
{
	return rv_cert_issued(c, c) == RV_CHECK_GOOD;
}

/* Is @leaf, perhaps below @middle, one of @root's? Remembers the window. */
static enum rv_holds path(struct chain *c, const struct rv_cert *middle,
			  const struct rv_cert *root)
{
	const struct rv_cert *all[] = { c->leaf, root, middle };
	const char *why;
	enum rv_holds h = rv_cert_path(c->leaf, middle, root, true, &why);

	if (h == RV_CHECK_GOOD)
		rv_cert_window(all, middle ? 3 : 2, &c->not_before,
			       &c->not_after);
	return h;
}

/* Every root, directly and below every other: at most 16 * 16 paths. */
static bool find_path(struct chain *c, bool *found, struct rv_err *err)
{
	*found = false;
	for (size_t i = 0; i < c->n && !*found; i++) {
		if (!is_root(c->given[i]))
			continue;
		for (size_t k = 0; k <= c->n && !*found; k++) {
			enum rv_holds h;

			if (k == i || (k < c->n && is_root(c->given[k])))
				continue;
			h = path(c, k < c->n ? c->given[k] : NULL, c->given[i]);
			if (h == RV_CHECK_FAILED)
				return rv_no_memory(err, "certificate");
			*found = h == RV_CHECK_GOOD;
		}
	}
	return true;
}

static bool signs_code(const struct rv_cert *c)
{
	struct rv_span s, all, one;
	bool found = false;

	if (!rv_cert_extension(c, oid_usage, &s) ||
	    !rv_der(&s, SEQUENCE, &all) || s.n)
		return false;
	while (rv_der(&all, OID, &one))
		found |=
		    rv_same(one, rv_span(code_signing, sizeof code_signing));
	return found && !all.n;
}

/* Text that can be said. */
static bool is_text(struct rv_span s)
{
	return s.n && s.n <= NAME_ROOM && rv_utf8_ok(s) && !memchr(s.p, 0, s.n);
}

/* The one name of the certificate, an address of either kind. */
static bool identity(const struct rv_cert *c, struct rv_span *out)
{
	struct rv_span s, all;

	return rv_cert_extension(c, oid_san, &s) &&
	       rv_der(&s, SEQUENCE, &all) && !s.n &&
	       (rv_der(&all, SAN_URI, out) || rv_der(&all, SAN_EMAIL, out)) &&
	       !all.n && is_text(*out);
}

/* Who told the CA so; the newer extension counts where it stands. */
static bool issuer(const struct rv_cert *c, struct rv_span *out)
{
	struct rv_span s;

	if (rv_cert_extension(c, oid_issuer, &s))
		return rv_der(&s, UTF8, out) && !s.n && is_text(*out);
	return rv_cert_extension(c, oid_issuer_v1, out) && is_text(*out);
}

/* False, and it is ended: the certificate is not of whom it should be. */
static bool is_expected(const struct rv_cert *leaf,
			const struct rv_image_trust *t,
			struct rv_image_signature *out)
{
	struct rv_span who, by;

	const struct rv_cert_info *info = rv_cert_info(leaf);

	if (info->ca || !info->may_sign_data || !signs_code(leaf) ||
	    !identity(leaf, &who) || !issuer(leaf, &by)) {
		end(out, RV_SIGNED_BAD,
		    "its certificate is not one for signatures by one identity");
		return false;
	}
	if (rv_same_text(who, t->identity) && rv_same_text(by, t->issuer))
		return true;
	end(out, RV_SIGNED_BAD,
	    "it is signed by %.*s (as %.*s says), not by the given identity",
	    (int)who.n, (const char *)who.p, (int)by.n, (const char *)by.p);
	return false;
}

/* ---- the log ---- */

/* What a log promises: RFC 8785's form of these four members. */
static bool promise_holds(const struct entry *e, const struct rv_sign_key *key,
			  bool *good, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf body = { 0 };
	char id[65];

	if (!rv_base64(rv_buf_span(&e->body), &body, err))
		return false;
	rv_hex(rv_buf_span(&e->log_id), id);
	rv_grow_text(&g, "{\"body\":\"");
	rv_grow_add(&g, body.p, body.n);
	rv_grow_printf(&g,
		       "\",\"integratedTime\":%" PRId64
		       ",\"logID\":\"%s\",\"logIndex\":%" PRId64 "}",
		       e->time, id, e->index);
	if (g.failed)
		return rv_no_memory(err, "log entry");
	return rv_sign_check(key, RV_SHA256, RV_SIGN_DER, rv_buf_span(&g.buf),
			     rv_buf_span(&e->promise), good, err);
}

/* Is @text, base64 of PEM, this certificate? */
static bool is_cert(struct rv_span text, const struct rv_cert *leaf)
{
	RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	struct rv_err ignored = { 0 };

	return rv_unbase64(text, "certificate", &pem, &ignored) &&
	       rv_pem_first(rv_buf_span(&pem), "CERTIFICATE", &der, &ignored) &&
	       rv_same(rv_buf_span(&der), rv_cert_info(leaf)->der);
}

static bool is_bytes(struct rv_span text, struct rv_span want)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err ignored = { 0 };

	return rv_unbase64(text, "signature", &b, &ignored) &&
	       rv_same(rv_buf_span(&b), want);
}

static bool is_sum(const rv_json *j, const struct rv_sha256 *want)
{
	struct rv_sha256 got;

	return rv_same_text(rv_json_text(rv_json_get(j, "algorithm")),
			    "sha256") &&
	       rv_unhex(rv_json_text(rv_json_get(j, "value")), got.b,
			sizeof got.b) &&
	       memcmp(got.b, want->b, sizeof got.b) == 0;
}

/*
 * Is the entry about this signature? Rekor's types hashedrekord and dsse,
 * v0.0.1; *known is false of others.
 */
static bool is_about(const rv_json *j, const struct rv_signed_thing *t,
		     const struct rv_cert *leaf, bool *known)
{
	const rv_json *spec = rv_json_get(j, "spec"), *sig, *list;
	struct rv_span kind = rv_json_text(rv_json_get(j, "kind"));
	bool record = rv_same_text(kind, "hashedrekord");

	*known =
	    rv_same_text(rv_json_text(rv_json_get(j, "apiVersion")), "0.0.1") &&
	    (record || rv_same_text(kind, "dsse"));
	if (!*known)
		return false;
	if (record != !t->envelope)
		return false;
	if (record) {
		sig = rv_json_get(spec, "signature");
		return is_sum(rv_json_get(rv_json_get(spec, "data"), "hash"),
			      &t->sum) &&
		       is_bytes(rv_json_text(rv_json_get(sig, "content")),
				rv_buf_span(&t->sig)) &&
		       is_cert(rv_json_text(rv_json_get(
				   rv_json_get(sig, "publicKey"), "content")),
			       leaf);
	}
	list = rv_json_get(spec, "signatures");
	sig = rv_json_at(list, 0);
	return rv_json_size(list) == 1 &&
	       is_sum(rv_json_get(spec, "payloadHash"), &t->sum) &&
	       is_bytes(rv_json_text(rv_json_get(sig, "signature")),
			rv_buf_span(&t->sig)) &&
	       is_cert(rv_json_text(rv_json_get(sig, "verifier")), leaf);
}

/* It was promised: when, and was the certificate valid then? */
static bool judge_entry(const struct entry *e, const struct chain *c,
			const struct rv_sign_key *key,
			const struct rv_image_trust *t,
			const struct rv_signed_thing *thing,
			struct rv_image_signature *out, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	bool known, included = true;
	char when[32];

	if (!rv_json_parse(rv_buf_span(&e->body), "log entry", &j, err))
		return false;
	if (!is_about(j, thing, c->leaf, &known)) {
		if (known)
			end(out, RV_SIGNED_BAD,
			    "the log's entry is of another signature");
		else
			end(out, RV_SIGNED_UNCHECKED,
			    "the log's entry is of a kind that is not known "
			    "here, so that it cannot be told when it was "
			    "signed");
		return true;
	}
	rv_time_text(e->time, when);
	if (e->proof && !rv_inclusion_check(e->proof, rv_buf_span(&e->body),
					    key, &included, err))
		return false;
	if (!included)
		end(out, RV_SIGNED_BAD,
		    "the log's proof does not lead to what the log signed");
	else if (e->time < c->not_before || e->time > c->not_after)
		end(out, RV_SIGNED_BAD,
		    "logged at %s, when its certificate was not valid", when);
	else
		end(out, RV_SIGNED_GOOD,
		    "signed by %s (as %s says), logged at %s; not "
		    "checked: the certificate's own log (SCT)%s",
		    t->identity, t->issuer, when,
		    e->proof ? "" : ", whether it stays in the log");
	return true;
}

static bool judge_promise(const struct entry *e, const struct chain *c,
			  const struct rv_image_trust *t,
			  const struct rv_signed_thing *thing,
			  struct rv_image_signature *out, struct rv_err *err)
{
	RV_AUTO(rv_sign_free) struct rv_sign_key *key = NULL;
	struct rv_sha256 id;
	bool good;

	if (!rv_sign_public(t->log_key, &key, err) ||
	    !rv_sign_id(key, &id, err))
		return rv_in(err, "the log's key");
	if (!rv_same(rv_buf_span(&e->log_id), rv_span(id.b, sizeof id.b)) ||
	    !e->promise.n) {
		end(out, RV_SIGNED_UNCHECKED,
		    "it cannot be told when it was signed: %s",
		    e->promise.n ? "it is in another log than the given one"
				 : "the log's entry has no signed time");
		return true;
	}
	if (!promise_holds(e, key, &good, err))
		return false;
	if (good)
		return judge_entry(e, c, key, t, thing, out, err);
	end(out, RV_SIGNED_BAD, "the log's time is not signed by its key");
	return true;
}

/* ---- where the material stands ---- */

/* sigstore's bundle, TransparencyLogEntry. */
static bool bundle_entry(const rv_json *j, struct entry *out,
			 struct rv_err *err)
{
	RV_AUTO(entry_free) struct entry e = { 0 };
	struct rv_span body, id, promise = { 0 };

	if (!rv_log_number(j, "logIndex", &e.index, err) ||
	    !rv_json_need_text(j, "canonicalizedBody", &body, err) ||
	    !rv_json_need_text(rv_json_get(j, "logId"), "keyId", &id, err) ||
	    !rv_json_opt_text(rv_json_get(j, "inclusionPromise"),
			      "signedEntryTimestamp", &promise, err) ||
	    !rv_unbase64(body, "canonicalizedBody", &e.body, err) ||
	    !rv_unbase64(id, "keyId", &e.log_id, err))
		return false;
	if (promise.n &&
	    (!rv_log_number(j, "integratedTime", &e.time, err) ||
	     !rv_unbase64(promise, "signedEntryTimestamp", &e.promise, err)))
		return false;
	if (e.log_id.n != sizeof(struct rv_sha256))
		return rv_fail(err, RV_INPUT, "keyId: %zu bytes", e.log_id.n);
	e.proof = rv_json_get(j, "inclusionProof");
	*out = RV_TAKE(e);
	return true;
}

/* cosign's annotation dev.sigstore.cosign/bundle. */
static bool annotated_entry(const rv_json *j, struct entry *out,
			    struct rv_err *err)
{
	RV_AUTO(entry_free) struct entry e = { 0 };
	const rv_json *p = rv_json_get(j, "Payload");
	struct rv_span body, id, promise;

	if (!rv_json_need_text(j, "SignedEntryTimestamp", &promise, err) ||
	    !rv_log_number(p, "logIndex", &e.index, err) ||
	    !rv_log_number(p, "integratedTime", &e.time, err) ||
	    !rv_json_need_text(p, "body", &body, err) ||
	    !rv_json_need_text(p, "logID", &id, err) ||
	    !rv_unbase64(body, "body", &e.body, err) ||
	    !rv_unbase64(promise, "SignedEntryTimestamp", &e.promise, err) ||
	    !rv_unhex_buf(id, "logID", &e.log_id, err))
		return false;
	if (e.log_id.n != sizeof(struct rv_sha256))
		return rv_fail(err, RV_INPUT, "logID: %zu bytes", e.log_id.n);
	*out = RV_TAKE(e);
	return true;
}

static bool read_entry(const struct rv_signed_thing *t, struct entry *out,
		       bool *found, struct rv_err *err)
{
	const rv_json *list = rv_json_get(t->material, "tlogEntries");

	*found = true;
	if (t->annotation)
		return annotated_entry(t->annotation, out, err) ||
		       rv_in(err, "log entry");
	if (rv_json_size(list) > 1)
		return rv_fail(err, RV_INPUT, "more than one log entry");
	*found = rv_json_size(list) == 1;
	return !*found || bundle_entry(rv_json_at(list, 0), out, err) ||
	       rv_in(err, "log entry");
}

bool rv_keyless_leaf(struct rv_signed_thing *t, struct rv_err *err)
{
	const rv_json *cert = rv_json_get(t->material, "certificate");
	struct rv_span text;

	if (t->pem.n)
		return rv_pem_first(t->pem, "CERTIFICATE", &t->leaf, err);
	if (!cert)
		return true;
	return rv_json_need_text(cert, "rawBytes", &text, err) &&
	       rv_unbase64(text, "certificate", &t->leaf, err);
}

bool rv_keyless_judge(const struct rv_signed_thing *t,
		      const struct rv_image_trust *trust,
		      struct rv_image_signature *out, struct rv_err *err)
{
	RV_AUTO(chain_free) struct chain c = { 0 };
	RV_AUTO(entry_free) struct entry e = { 0 };
	bool found, logged;

	if (!read_authorities(trust->authorities, &c, err))
		return rv_in(err, "the CA");
	if (!rv_cert_read(rv_buf_span(&t->leaf), &c.leaf, err) ||
	    !find_path(&c, &found, err) || !read_entry(t, &e, &logged, err))
		return false;
	if (!found) {
		end(out, RV_SIGNED_BAD,
		    "its certificate is not of the given CA");
		return true;
	}
	if (!is_expected(c.leaf, trust, out))
		return true;
	if (logged)
		return judge_promise(&e, &c, trust, t, out, err);
	end(out, RV_SIGNED_UNCHECKED,
	    "it cannot be told when it was signed: no log's entry is in it");
	return true;
}
