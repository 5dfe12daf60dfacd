/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cose.c - a signed CoRIM: COSE_Sign1 (RFC 9052, section 4.2; CoRIM draft,
 * section 4.2) with the manifest, its tag included, as payload.
 */
#include "publish.h"
#include "digest.h"

enum {
	HEADER_ALG = 1,
	HEADER_CRIT = 2,
	HEADER_CONTENT_TYPE = 3,
	HEADER_CORIM_META = 8,
	HEADERS_MAX = 16,
	META_VALIDITY = 1,
};

static const char content_type[] = "application/rim+cbor";

/* RFC 9053, section 2; the digest follows from the algorithm. */
static const struct {
	int64_t id;
	enum rv_alg digest;
	const char *name;
} alg_row[] = {
	[RV_SIGN_ED25519] = { -8, RV_SHA512, "EdDSA" },
	[RV_SIGN_P256] = { -7, RV_SHA256, "ES256" },
	[RV_SIGN_P384] = { -35, RV_SHA384, "ES384" },
};

/* RFC 9052, section 4.4: what is signed. */
static bool to_be_signed(struct rv_span head, struct rv_span payload,
			 struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_cbor_put_array(&g, 4);
	rv_cbor_put_text(&g, rv_text("Signature1"));
	rv_cbor_put_bytes(&g, head);
	rv_cbor_put_bytes(&g, rv_span(NULL, 0));
	rv_cbor_put_bytes(&g, payload);
	return rv_grow_take(&g, out, err);
}

/* ---- writing ---- */

/* corim-meta-map { 0: { 0: signer-name } } */
static bool put_protected(enum rv_sign_type type, struct rv_buf *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow meta = { 0 }, g = { 0 };

	rv_cbor_put_map(&meta, 1);
	rv_cbor_put_uint(&meta, 0);
	rv_cbor_put_map(&meta, 1);
	rv_cbor_put_uint(&meta, 0);
	rv_cbor_put_text(&meta, rv_text("refval"));
	if (meta.failed)
		return rv_no_memory(err, "cose");
	rv_cbor_put_map(&g, 3);
	rv_cbor_put_uint(&g, HEADER_ALG);
	rv_cbor_put_int(&g, alg_row[type].id);
	rv_cbor_put_uint(&g, HEADER_CONTENT_TYPE);
	rv_cbor_put_text(&g, rv_text(content_type));
	rv_cbor_put_uint(&g, HEADER_CORIM_META);
	rv_cbor_put_bytes(&g, rv_buf_span(&meta.buf));
	return rv_grow_take(&g, out, err);
}

bool rv_cose_write(struct rv_span corim, const struct rv_sign_key *key,
		   struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free)
	struct rv_buf head = { 0 }, tbs = { 0 }, sig = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	enum rv_sign_type type = rv_sign_type(key);

	if (!put_protected(type, &head, err) ||
	    !to_be_signed(rv_buf_span(&head), corim, &tbs, err) ||
	    !rv_sign_make(key, alg_row[type].digest, RV_SIGN_RAW,
			  rv_buf_span(&tbs), &sig, err))
		return false;
	rv_cbor_put_tag(&g, TAG_COSE_SIGN1);
	rv_cbor_put_array(&g, 4);
	rv_cbor_put_bytes(&g, rv_buf_span(&head));
	rv_cbor_put_map(&g, 0);
	rv_cbor_put_bytes(&g, corim);
	rv_cbor_put_bytes(&g, rv_buf_span(&sig));
	return rv_grow_take(&g, out, err);
}

/* ---- reading ---- */

/* corim-meta-map { 0: signer, ? 1: validity of the signature } */
static bool read_meta(struct rv_span bytes, struct rv_signature *sig,
		      struct rv_err *err)
{
	struct rv_rd r = rv_rd(bytes, "cose: CoRIM meta");
	uint64_t n;
	int64_t key;

	if (!rv_cbor_map(&r, "map", HEADERS_MAX, &n, err))
		return false;
	while (n--) {
		if (!rv_cbor_int(&r, "key", &key, err))
			return false;
		if (key == META_VALIDITY
			? !rv_corim_validity(&r, sig, err)
			: !rv_cbor_skip(&r, "value", NULL, err))
			return false;
	}
	return rv_rd_end(&r, err);
}

static bool read_header(struct rv_rd *r, int64_t *alg, bool *typed,
			struct rv_signature *sig, struct rv_err *err)
{
	struct rv_span type, meta;
	int64_t label;

	if (rv_cbor_peek(r) == RV_CBOR_TEXT)
		return rv_cbor_skip(r, "label", NULL, err) &&
		       rv_cbor_skip(r, "value", NULL, err);
	if (!rv_cbor_int(r, "label", &label, err))
		return false;
	if (label == HEADER_CRIT)
		return rv_fail(err, RV_INPUT,
			       "%s: crit: critical headers are not known",
			       r->what);
	if (label == HEADER_ALG)
		return rv_cbor_int(r, "alg", alg, err);
	if (label == HEADER_CORIM_META)
		return rv_cbor_bytes(r, "CoRIM meta", &meta, err) &&
		       read_meta(meta, sig, err);
	if (label != HEADER_CONTENT_TYPE)
		return rv_cbor_skip(r, "value", NULL, err);
	if (!rv_cbor_text(r, "content type", &type, err))
		return false;
	*typed = rv_same_text(type, content_type);
	if (!*typed)
		return rv_fail(err, RV_INPUT, "%s: content type is not %s",
			       r->what, content_type);
	return true;
}

static bool read_protected(struct rv_span bytes, int64_t *alg,
			   struct rv_signature *sig, struct rv_err *err)
{
	struct rv_rd r = rv_rd(bytes, "cose: protected header");
	bool typed = false;
	uint64_t n;

	*alg = 0;
	if (!rv_cbor_map(&r, "map", HEADERS_MAX, &n, err))
		return false;
	while (n--)
		if (!read_header(&r, alg, &typed, sig, err))
			return false;
	if (!rv_rd_end(&r, err))
		return false;
	if (*alg == 0 || !typed)
		return rv_fail(err, RV_INPUT, "%s: no %s in it", r.what,
			       typed ? "alg" : "content type");
	return true;
}

static bool judge(struct rv_span head, struct rv_span payload,
		  struct rv_span signature, int64_t alg,
		  const struct rv_sign_key *key, struct rv_signature *sig,
		  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf tbs = { 0 };
	enum rv_sign_type type;
	bool good = false;

	if (!key) {
		rv_signature_say(
		    sig, RV_SIGNED_UNCHECKED,
		    "signed, but no key was given to check it with");
		return true;
	}
	type = rv_sign_type(key);
	if (alg == alg_row[type].id &&
	    (!to_be_signed(head, payload, &tbs, err) ||
	     !rv_sign_check(key, alg_row[type].digest, RV_SIGN_RAW,
			    rv_buf_span(&tbs), signature, &good, err)))
		return false;
	if (good)
		rv_signature_say(sig, RV_SIGNED_GOOD,
				 "signed by the given key (%s)",
				 alg_row[type].name);
	else
		rv_signature_say(
		    sig, RV_SIGNED_BAD,
		    "its signature is not by the given key (%s) over "
		    "these bytes",
		    rv_sign_name(type));
	return true;
}

bool rv_cose_read(struct rv_span cbor, const struct rv_sign_key *key,
		  struct rv_values_list *out, struct rv_signature *sig,
		  struct rv_err *err)
{
	struct rv_rd r = rv_rd(cbor, "cose");
	struct rv_span head, payload, signature;
	uint64_t tag, n;
	int64_t alg;

	if (!rv_cbor_tag(&r, "tag", &tag, err) ||
	    !rv_cbor_array(&r, "COSE_Sign1", 4, &n, err))
		return false;
	if (tag != TAG_COSE_SIGN1 || n != 4)
		return rv_fail(err, RV_INPUT, "cose: no COSE_Sign1");
	if (!rv_cbor_bytes(&r, "protected header", &head, err))
		return false;
	if (rv_cbor_peek(&r) != RV_CBOR_MAP)
		return rv_fail(err, RV_INPUT,
			       "cose: unprotected header: no map");
	if (!rv_cbor_skip(&r, "unprotected header", NULL, err) ||
	    !rv_cbor_bytes(&r, "payload", &payload, err) ||
	    !rv_cbor_bytes(&r, "signature", &signature, err) ||
	    !rv_rd_end(&r, err) || !read_protected(head, &alg, sig, err) ||
	    !judge(head, payload, signature, alg, key, sig, err))
		return false;
	return sig->state == RV_SIGNED_BAD ||
	       rv_corim_read(payload, out, sig, err);
}
