/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rim.c - the signature of a reference manifest: one profile of XML Signature
 * 1.1, that of every manifest NVIDIA signed so far, and nothing else. One key:
 * that of the first certificate in the signature's own KeyInfo, whose chain,
 * in order, ends in the trusted root. Nothing else in the document is read
 * before that signature held (rim_values.c reads it then).
 */
#include "gpu.h"
#include "digest.h"
#include "xml.h"

#include <stdlib.h>

#define DS   "http://www.w3.org/2000/09/xmldsig#"
#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define C14N "http://www.w3.org/2006/12/xml-c14n11"

enum { SIGNATURE = 96 };

/* The parts of a signature, once its shape is as it must be. */
struct parts {
	const struct rv_xml_node *signature, *info, *digest, *value, *key;
};

/* Does @e hold exactly the @n elements @name, in this order? */
static bool children(const struct rv_xml_node *e, const char *const *name,
		     size_t n, const struct rv_xml_node **out)
{
	const struct rv_xml_node *c = rv_xml_child(e);

	for (size_t i = 0; i < n; i++, c = rv_xml_next(c)) {
		if (!c || !rv_xml_is(c, DS, name[i]))
			return false;
		out[i] = c;
	}
	return !c;
}

static bool algorithm(const struct rv_xml_node *e, const char *want,
		      struct gpu_why *why)
{
	struct rv_span said = rv_text("none");

	if (rv_xml_attribute(e, NULL, "Algorithm", &said) &&
	    rv_same_text(said, want) && !rv_xml_child(e))
		return true;
	return rv_gpu_doubt(why, "rim-algorithm",
			    "RIM: %s is %.*s, only %s is accepted",
			    rv_xml_name(e), said.n > 80 ? 80 : (int)said.n,
			    (const char *)said.p, want);
}

/* Reference: the whole document without its signature, and no other part. */
static bool check_reference(const struct rv_xml_node *ref, struct parts *p,
			    struct gpu_why *why)
{
	static const char *const inside[] = { "Transforms", "DigestMethod",
					      "DigestValue" };
	static const char *const two[] = { "Transform", "Transform" };
	const struct rv_xml_node *c[3], *t[2];
	struct rv_span uri;

	if (!rv_xml_attribute(ref, NULL, "URI", &uri) || uri.n)
		return rv_gpu_doubt(why, "rim-reference",
				    "RIM: the signature is not over the whole"
				    " document (URI=\"\")");
	if (!children(ref, inside, 3, c))
		return rv_gpu_doubt(why, "rim-structure",
				    "RIM: Reference is not made of Transforms,"
				    " DigestMethod, DigestValue");
	if (!children(c[0], two, 2, t))
		return rv_gpu_doubt(why, "rim-algorithm",
				    "RIM: not the two transforms that are"
				    " accepted");
	p->digest = c[2];
	return algorithm(t[0], DS "enveloped-signature", why) &&
	       algorithm(t[1], C14N, why) &&
	       algorithm(c[1], MORE "sha384", why);
}

/* The only signature of the document, a child of its root. */
static bool find_signature(const struct rv_xml *x, struct parts *p,
			   struct gpu_why *why)
{
	const struct rv_xml_node *root = rv_xml_root(x);
	size_t all = 0;

	for (const struct rv_xml_node *e = root; e; e = rv_xml_walk(e))
		all += rv_xml_is(e, DS, "Signature");
	for (const struct rv_xml_node *e = rv_xml_child(root); e;
	     e = rv_xml_next(e))
		if (rv_xml_is(e, DS, "Signature"))
			p->signature = e;
	if (all != 1)
		return rv_gpu_doubt(why, "rim-signature-count",
				    "RIM: %zu signatures, not one", all);
	if (!p->signature)
		return rv_gpu_doubt(why, "rim-structure",
				    "RIM: the signature does not stand in the"
				    " document's root");
	return true;
}

static bool check_shape(const struct rv_xml *x, struct parts *p,
			struct gpu_why *why)
{
	static const char *const outer[] = { "SignedInfo", "SignatureValue",
					     "KeyInfo" };
	static const char *const info[] = { "CanonicalizationMethod",
					    "SignatureMethod", "Reference" };
	static const char *const key[] = { "X509Data" };
	const struct rv_xml_node *c[3], *i[3];

	if (!find_signature(x, p, why))
		return false;
	if (!children(p->signature, outer, 3, c))
		return rv_gpu_doubt(why, "rim-structure",
				    "RIM: Signature is not made of SignedInfo,"
				    " SignatureValue, KeyInfo");
	p->info = c[0];
	p->value = c[1];
	if (!children(p->info, info, 3, i))
		return rv_gpu_doubt(
		    why, "rim-structure",
		    "RIM: SignedInfo is not made of"
		    " CanonicalizationMethod, SignatureMethod and"
		    " one Reference");
	if (!children(c[2], key, 1, &p->key))
		return rv_gpu_doubt(why, "rim-keyinfo",
				    "RIM: KeyInfo holds more or less than"
				    " X509Data");
	return algorithm(i[0], C14N, why) &&
	       algorithm(i[1], MORE "ecdsa-sha384", why) &&
	       check_reference(i[2], p, why);
}

/* The base64 of an element's text; blanks are XML's, not the value's. */
static bool base64_of(const struct rv_xml_node *e, struct rv_buf *out,
		      struct gpu_why *why)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	size_t n = 0;

	if (!rv_xml_text(e, &text, &why->err))
		return rv_gpu_because(why, "rim-structure");
	for (size_t i = 0; i < text.n; i++)
		if (!strchr(" \t\r\n", text.p[i]) || !text.p[i])
			text.p[n++] = text.p[i];
	if (!rv_unbase64(rv_span(text.p, n), "RIM", out, &why->err))
		return rv_gpu_because(why, "rim-structure");
	return true;
}

static bool read_chain(const struct rv_xml_node *key, struct gpu_chain *c,
		       struct gpu_why *why)
{
	const struct rv_xml_node *e = rv_xml_child(key);

	if (!e)
		return rv_gpu_doubt(why, "rim-keyinfo",
				    "RIM: no certificate in KeyInfo");
	for (; e; e = rv_xml_next(e)) {
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };

		if (!rv_xml_is(e, DS, "X509Certificate"))
			return rv_gpu_doubt(why, "rim-keyinfo",
					    "RIM: KeyInfo holds a %s",
					    rv_xml_name(e));
		if (!base64_of(e, &der, why) ||
		    !rv_gpu_chain_add(c, GPU_RIM_CHAIN, rv_buf_span(&der), why))
			return false;
	}
	return true;
}

/* XML Signature 1.1, 3.2.1: the digest of the document is the one signed. */
static bool check_digest(const struct rv_xml *x, const struct parts *p,
			 struct gpu_why *why)
{
	RV_AUTO(rv_buf_free) struct rv_buf body = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf want = { 0 };
	struct rv_sha384 found;

	if (!base64_of(p->digest, &want, why))
		return false;
	if (!rv_xml_canonical(x, NULL, p->signature, &body, &why->err) ||
	    !rv_sha384(rv_buf_span(&body), &found, &why->err))
		return rv_gpu_because(why, "rim-xml");
#ifdef REFVAL_FUZZ
	return true;
#endif
	if (!rv_same(rv_buf_span(&want), rv_span(found.b, sizeof found.b)))
		return rv_gpu_no(why, "rim-digest",
				 "RIM: the document is not the one that was"
				 " signed");
	return true;
}

/* 3.2.2: SignedInfo as it stands in the document, by certificate 0. */
static bool check_value(const struct rv_xml *x, const struct parts *p,
			const struct rv_cert *cert, struct gpu_why *why)
{
	RV_AUTO(rv_buf_free) struct rv_buf info = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf value = { 0 };
	struct rv_sha384 digest;

	if (!base64_of(p->value, &value, why))
		return false;
	if (value.n != SIGNATURE)
		return rv_gpu_doubt(why, "rim-structure",
				    "RIM: a signature of %zu bytes, not %d",
				    value.n, SIGNATURE);
	if (!rv_xml_canonical(x, p->info, NULL, &info, &why->err) ||
	    !rv_sha384(rv_buf_span(&info), &digest, &why->err))
		return rv_gpu_because(why, "rim-xml");
	switch (rv_key_check_p384(rv_cert_key(cert), &digest, value.p)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_FAILED:
		return rv_gpu_broken(why, "RIM");
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		break;
	}
	return rv_gpu_no(why, "rim-signature",
			 "RIM: not signed by the key of its first certificate");
}

static void free_chain(struct gpu_chain *c)
{
	rv_gpu_chain_free(c);
}

bool rv_gpu_rim_read(struct rv_span text, const struct rv_cert *root,
		     struct gpu_links *links, struct gpu_rim *out,
		     struct gpu_why *why)
{
	RV_AUTO(rv_xml_free) struct rv_xml *x = NULL;
	RV_AUTO(free_chain) struct gpu_chain chain = { 0 };
	RV_AUTO(rv_gpu_rim_free) struct gpu_rim rim = { 0 };
	struct parts parts = { 0 };
	bool doctype;

	if (!rv_xml_read(text, &x, &doctype, &why->err)) {
		rv_err_in(&why->err, "RIM");
		return rv_gpu_because(why, doctype ? "rim-doctype" : "rim-xml");
	}
	if (!check_shape(x, &parts, why) ||
	    !read_chain(parts.key, &chain, why) ||
	    !rv_gpu_chain_check(&chain, GPU_RIM_CHAIN, root, links, why) ||
	    !check_digest(x, &parts, why) ||
	    !check_value(x, &parts, chain.cert[0], why) ||
	    !rv_gpu_rim_values(x, &rim, why))
		return false;
	rim.about.not_before = chain.not_before;
	rim.about.not_after = chain.not_after;
	if (!rv_sha256(text, &rim.about.sha256, &why->err))
		return rv_gpu_because(why, "rim-xml");
	rim.chain = RV_TAKE(chain);
	*out = RV_TAKE(rim);
	return true;
}
