/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsse.c - the envelope around a statement (DSSE 1.0), alone or inside a
 * sigstore bundle v0.3, which names its key by a hint and nothing else.
 */
#include "publish.h"
#include "digest.h"
#include "json.h"

#include <stdio.h>

static const char payload_type[] = "application/vnd.in-toto+json";
static const char media_type[] =
    "application/vnd.dev.sigstore.bundle.v0.3+json";
/* The same version, as it was written at first. */
static const char media_type_old[] =
    "application/vnd.dev.sigstore.bundle+json;version=0.3";

/*
 * DSSE, "signature definition": what is signed is "DSSEv1", the type and the
 * payload, the latter two behind their lengths.
 */
static void put_pae(struct rv_span payload, struct rv_grow *to)
{
	rv_grow_printf(to, "DSSEv1 %zu %s %zu ", strlen(payload_type),
		       payload_type, payload.n);
	rv_grow_add(to, payload.p, payload.n);
}

/* ---- writing ---- */

static bool put_signature(struct rv_jw *w, struct rv_span payload,
			  const struct rv_sign_key *key, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow pae = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf sig = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	put_pae(payload, &pae);
	if (pae.failed)
		return rv_no_memory(err, "signature");
	if (!rv_sign_make(key, RV_SHA256, RV_SIGN_DER, rv_buf_span(&pae.buf),
			  &sig, err) ||
	    !rv_base64(rv_buf_span(&sig), &text, err))
		return false;
	rv_jw_open(w, NULL, '{');
	rv_jw_text(w, "sig", rv_buf_span(&text));
	rv_jw_close(w);
	return true;
}

static bool put_envelope(struct rv_jw *w, const char *name,
			 struct rv_span payload, const struct rv_sign_key *key,
			 struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!rv_base64(payload, &text, err))
		return false;
	rv_jw_open(w, name, '{');
	rv_jw_text(w, "payload", rv_buf_span(&text));
	rv_jw_str(w, "payloadType", payload_type);
	rv_jw_open(w, "signatures", '[');
	if (key && !put_signature(w, payload, key, err))
		return false;
	rv_jw_close(w);
	rv_jw_close(w);
	return true;
}

bool rv_dsse_wrap(struct rv_span statement, const struct rv_sign_key *key,
		  bool bundle, struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };

	if (bundle) {
		rv_jw_open(&w, NULL, '{');
		rv_jw_str(&w, "mediaType", media_type);
		rv_jw_open(&w, "verificationMaterial", '{');
		rv_jw_open(&w, "publicKey", '{');
		rv_jw_str(&w, "hint", "refval");
		rv_jw_close(&w);
		rv_jw_open(&w, "tlogEntries", '[');
		rv_jw_close(&w);
		rv_jw_close(&w);
	}
	if (!put_envelope(&w, bundle ? "dsseEnvelope" : NULL, statement, key,
			  err))
		return false;
	if (bundle)
		rv_jw_close(&w);
	return rv_grow_take(&g, out, err);
}

bool rv_dsse_write(const struct rv_values *v, size_t n,
		   const struct rv_sign_key *key, bool bundle,
		   struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf statement = { 0 };

	return rv_intoto_write(v, n, &statement, err) &&
	       rv_dsse_wrap(rv_buf_span(&statement), key, bundle, out, err);
}

/* ---- reading ---- */

/*
 * DSSE, "Envelope": "either standard or URL-safe encoding is allowed", each
 * a text of its own; the second with or without padding.
 */
static bool unbase64(struct rv_span text, const char *what, struct rv_buf *out,
		     struct rv_err *err)
{
	size_t n = text.n, pad = 0;

	if (!n || memchr(text.p, '+', n) || memchr(text.p, '/', n))
		return rv_unbase64(text, what, out, err);
	while (pad < 2 && pad < n && text.p[n - 1 - pad] == '=')
		pad++;
	if (pad && n % 4)
		return rv_fail(err, RV_INPUT, "%s: base64 of %zu characters",
			       what, n);
	return rv_unbase64url(rv_span(text.p, n - pad), what, out, err);
}

/* Is one of the envelope's signatures by @key? */
static bool check(const rv_json *list, struct rv_span payload,
		  const struct rv_sign_key *key, bool *good, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow pae = { 0 };

	*good = false;
	put_pae(payload, &pae);
	if (pae.failed)
		return rv_no_memory(err, "signature");
	for (size_t i = 0; i < rv_json_size(list) && !*good; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf sig = { 0 };
		struct rv_span text;

		if (!rv_json_need_text(rv_json_at(list, i), "sig", &text,
				       err) ||
		    !unbase64(text, "sig", &sig, err))
			return rv_in(err, "signature %zu", i);
		if (!rv_sign_check(key, RV_SHA256, RV_SIGN_DER,
				   rv_buf_span(&pae.buf), rv_buf_span(&sig),
				   good, err))
			return false;
		/* The size of hash that some signers take with P-384. */
		if (!*good && rv_sign_type(key) == RV_SIGN_P384 &&
		    !rv_sign_check(key, RV_SHA384, RV_SIGN_DER,
				   rv_buf_span(&pae.buf), rv_buf_span(&sig),
				   good, err))
			return false;
	}
	return true;
}

static bool judge(const rv_json *list, struct rv_span payload,
		  const struct rv_sign_key *key, struct rv_signature *sig,
		  struct rv_err *err)
{
	size_t n = rv_json_size(list);
	bool good;

	if (n == 0) {
		rv_signature_say(sig, RV_SIGNED_NOT,
				 "the envelope holds no signature");
		return true;
	}
	if (!key) {
		rv_signature_say(
		    sig, RV_SIGNED_UNCHECKED,
		    "signed, but no key was given to check it with");
		return true;
	}
	if (!check(list, payload, key, &good, err))
		return false;
	if (good)
		rv_signature_say(sig, RV_SIGNED_GOOD,
				 "signed by the given key (%s)",
				 rv_sign_name(rv_sign_type(key)));
	else
		rv_signature_say(
		    sig, RV_SIGNED_BAD,
		    "none of its %zu signature%s is by the given key "
		    "(%s) over these bytes",
		    n, n == 1 ? "" : "s", rv_sign_name(rv_sign_type(key)));
	return true;
}

bool rv_dsse_open(const rv_json *envelope, const struct rv_sign_key *key,
		  struct rv_buf *out, struct rv_signature *sig,
		  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf payload = { 0 };
	const rv_json *list = rv_json_get(envelope, "signatures");
	struct rv_span text, type;

	if (!rv_json_need_text(envelope, "payload", &text, err) ||
	    !rv_json_need_text(envelope, "payloadType", &type, err))
		return rv_in(err, "envelope");
	if (!rv_same_text(type, payload_type))
		return rv_fail(err, RV_INPUT, "envelope: payloadType is not %s",
			       payload_type);
	if (!rv_json_is_array(list) || rv_json_size(list) > SIGNATURES_MAX)
		return rv_fail(err, RV_INPUT,
			       "envelope: signatures: no array of at most %d",
			       SIGNATURES_MAX);
	if (!unbase64(text, "payload", &payload, err) ||
	    !judge(list, rv_buf_span(&payload), key, sig, err))
		return rv_in(err, "envelope");
	*out = RV_TAKE(payload);
	return true;
}

bool rv_dsse_read(const rv_json *envelope, const struct rv_sign_key *key,
		  struct rv_values_list *out, struct rv_signature *sig,
		  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf payload = { 0 };

	return rv_dsse_open(envelope, key, &payload, sig, err) &&
	       (sig->state == RV_SIGNED_BAD ||
		rv_intoto_read(rv_buf_span(&payload), out, err));
}

bool rv_bundle_open(const rv_json *bundle, const rv_json **envelope,
		    struct rv_err *err)
{
	struct rv_span type;

	if (!rv_json_need_text(bundle, "mediaType", &type, err))
		return rv_in(err, "bundle");
	if (!rv_same_text(type, media_type) &&
	    !rv_same_text(type, media_type_old))
		return rv_fail(err, RV_INPUT, "bundle: mediaType is not %s",
			       media_type);
	*envelope = rv_json_get(bundle, "dsseEnvelope");
	if (!*envelope)
		return true;
	if (!rv_json_is_object(*envelope))
		return rv_fail(err, RV_INPUT,
			       "bundle: dsseEnvelope is no object");
	return rv_json_size(rv_json_get(*envelope, "signatures")) == 1 ||
	       rv_fail(err, RV_INPUT, "bundle: not exactly one signature");
}

bool rv_bundle_read(const rv_json *bundle, const struct rv_sign_key *key,
		    struct rv_values_list *out, struct rv_signature *sig,
		    struct rv_err *err)
{
	const rv_json *envelope;

	if (!rv_bundle_open(bundle, &envelope, err))
		return false;
	if (!envelope)
		return rv_fail(err, RV_INPUT,
			       "bundle: no dsseEnvelope: it signs something "
			       "that is not a statement");
	return rv_dsse_read(envelope, key, out, sig, err) ||
	       rv_in(err, "bundle");
}
