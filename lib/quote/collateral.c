/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collateral.c - collateral in its containers: the JSON document that dstack's
 * tools exchange, and the answers of Intel's Provisioning Certification Service
 * (API version 4) as they come. The signed bodies are kept byte for byte.
 */
#include "parse.h"

#include <stdlib.h>

static const char *const name[RV_COLLATERAL_MEMBERS] = {
	[RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN] = "pck_crl_issuer_chain",
	[RV_COLLATERAL_ROOT_CA_CRL] = "root_ca_crl",
	[RV_COLLATERAL_PCK_CRL] = "pck_crl",
	[RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN] = "tcb_info_issuer_chain",
	[RV_COLLATERAL_TCB_INFO] = "tcb_info",
	[RV_COLLATERAL_TCB_INFO_SIGNATURE] = "tcb_info_signature",
	[RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN] = "qe_identity_issuer_chain",
	[RV_COLLATERAL_QE_IDENTITY] = "qe_identity",
	[RV_COLLATERAL_QE_IDENTITY_SIGNATURE] = "qe_identity_signature",
	[RV_COLLATERAL_PCK_CERTIFICATE_CHAIN] = "pck_certificate_chain",
};

/* The two signed bodies: the key that wraps each in an answer of the service.
 */
static const struct body {
	const char *key;
	enum rv_collateral_member body, signature;
} body[] = {
	{ "tcbInfo", RV_COLLATERAL_TCB_INFO, RV_COLLATERAL_TCB_INFO_SIGNATURE },
	{ "enclaveIdentity", RV_COLLATERAL_QE_IDENTITY,
	  RV_COLLATERAL_QE_IDENTITY_SIGNATURE },
};

const char *rv_collateral_name(enum rv_collateral_member m)
{
	return name[m];
}

void rv_collateral_free(struct rv_collateral *c)
{
	for (int i = 0; i < RV_COLLATERAL_MEMBERS; i++)
		rv_buf_free(&c->member[i]);
	*c = (struct rv_collateral){ 0 };
}

/* Put @b, which is taken over, in its place; two different ones are refused. */
static bool set(struct rv_collateral *c, enum rv_collateral_member m,
		struct rv_buf *b, struct rv_err *err)
{
	if (c->member[m].n &&
	    !rv_same(rv_buf_span(&c->member[m]), rv_buf_span(b)))
		return rv_fail(err, RV_INPUT, "collateral: two different %s",
			       name[m]);
	rv_buf_free(&c->member[m]);
	c->member[m] = RV_TAKE(*b);
	return rv_sha256(rv_buf_span(&c->member[m]), &c->id[m], err);
}

static bool contains(struct rv_span s, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= s.n; i++)
		if (memcmp(s.p + i, text, n) == 0)
			return true;
	return false;
}

/* A chain as an HTTP header has it: percent-encoded (RFC 3986, section 2.1). */
static bool percent_decode(struct rv_span s, struct rv_buf *out,
			   struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	for (size_t i = 0; i < s.n; i++) {
		struct rv_span hex;
		uint8_t c = s.p[i];

		if (c == '%' &&
		    (!rv_sub(s, i + 1, 2, &hex) || !rv_unhex(hex, &c, 1)))
			return rv_fail(err, RV_INPUT,
				       "percent-encoding at byte %zu", i);
		rv_grow_u8(&g, c);
		i += s.p[i] == '%' ? 2 : 0;
	}
	return rv_grow_take(&g, out, err);
}

static bool add_text(struct rv_collateral *c, enum rv_collateral_member m,
		     struct rv_span in, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	bool encoded = contains(in, "-----BEGIN%20");

	if (encoded ? !percent_decode(in, &b, err) : !rv_buf_copy(in, &b, err))
		return rv_in(err, "collateral: %s", name[m]);
	return set(c, m, &b, err);
}

/* {"tcbInfo":{...},"signature":"hex"}: the body's exact bytes, the signature */
static bool add_answer(struct rv_collateral *c, const struct body *b,
		       struct rv_span in, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *doc = NULL;
	struct rv_span bytes, sig;

	if (!rv_json_parse(in, name[b->body], &doc, err) ||
	    !rv_json_span(in, b->key, &bytes, err) ||
	    !rv_json_need_text(doc, "signature", &sig, err))
		return rv_in(err, "collateral: %s", name[b->body]);
	return add_text(c, b->body, bytes, err) &&
	       add_text(c, b->signature, sig, err);
}

/* Which body the service's answer @in wraps, or NULL. */
static const struct body *wrapped(struct rv_span in)
{
	struct rv_err err;
	struct rv_span s;

	for (size_t i = 0; i < RV_LEN(body); i++)
		if (rv_json_span(in, body[i].key, &s, &err))
			return &body[i];
	return NULL;
}

/* One member of the document: a string, or for a body the object itself. */
static bool read_member(struct rv_collateral *c, enum rv_collateral_member m,
			struct rv_span json, const rv_json *doc,
			struct rv_err *err)
{
	const rv_json *v = rv_json_get(doc, name[m]);
	const struct body *b = NULL;
	struct rv_span in;

	if (!v || rv_json_is_null(v))
		return true;
	for (size_t i = 0; i < RV_LEN(body); i++)
		if (body[i].body == m)
			b = &body[i];
	if (rv_json_is_string(v))
		in = rv_json_text(v);
	else if (!b || !rv_json_is_object(v))
		return rv_fail(err, RV_INPUT, "collateral: %s: not a string",
			       name[m]);
	else if (!rv_json_span(json, name[m], &in, err))
		return rv_in(err, "collateral");
	/* A whole answer holds its own signature. */
	if (b && !rv_json_get(doc, name[b->signature]) && wrapped(in) == b)
		return add_answer(c, b, in, err);
	return add_text(c, m, in, err);
}

bool rv_collateral_read(struct rv_span json, struct rv_collateral *out,
			struct rv_err *err)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_json_free) rv_json *doc = NULL;
	bool some = false;

	if (json.n > RV_COLLATERAL_MAX)
		return rv_fail(err, RV_INPUT,
			       "collateral: %zu bytes, at most %d are read",
			       json.n, RV_COLLATERAL_MAX);
	if (!rv_json_parse(json, "collateral", &doc, err))
		return false;
	for (int m = 0; m < RV_COLLATERAL_MEMBERS; m++) {
		if (!read_member(&c, (enum rv_collateral_member)m, json, doc,
				 err))
			return false;
		some |= c.member[m].n > 0;
	}
	if (!some)
		return rv_fail(err, RV_INPUT,
			       "collateral: no member that is known");
	*out = RV_TAKE(c);
	return true;
}

/* ---- files of a directory ---- */

static bool named(const char *file, const char *part)
{
	size_t n = strlen(part);

	for (; *file; file++) {
		size_t i = 0;

		while (i < n && file[i] &&
		       (file[i] >= 'A' && file[i] <= 'Z' ? file[i] + 32
							 : file[i]) == part[i])
			i++;
		if (i == n)
			return true;
	}
	return false;
}

static struct rv_span trim(struct rv_span s)
{
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r' ||
		       s.p[s.n - 1] == ' '))
		s.n--;
	return s;
}

/* A revocation list as DER, whatever it came as. */
bool rv_crl_der(struct rv_span in, struct rv_buf *out, struct rv_err *err)
{
	struct rv_span s = trim(in), rest = s;
	bool hex = s.n > 0;

	if (s.n > 5 && memcmp(s.p, "-----", 5) == 0) {
		if (!rv_pem_next(&rest, "X509 CRL", out, err))
			return rv_in(err, "CRL");
		if (!rv_pem_end(&rest)) {
			rv_buf_free(out);
			return rv_fail(err, RV_INPUT,
				       "CRL: something behind it");
		}
		return true;
	}
	for (size_t i = 0; i < s.n && hex; i++)
		hex = (s.p[i] >= '0' && s.p[i] <= '9') ||
		      (s.p[i] >= 'a' && s.p[i] <= 'f') ||
		      (s.p[i] >= 'A' && s.p[i] <= 'F');
	return hex ? rv_unhex_buf(s, "CRL", out, err)
		   : rv_buf_copy(in, out, err);
}

static bool add_crl(struct rv_collateral *c, enum rv_collateral_member m,
		    struct rv_span in, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };

	if (!rv_crl_der(in, &der, err))
		return rv_in(err, "collateral: %s", name[m]);
	return set(c, m, &der, err);
}

/* The chain that a header of this name carries, or MEMBERS. */
static enum rv_collateral_member chain_of(const char *file)
{
	if (named(file, "crl"))
		return RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN;
	if (named(file, "identity") || named(file, "qe"))
		return RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN;
	if (named(file, "tcb"))
		return RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN;
	/* Of the PCK certificate's answer only the whole chain is of use. */
	if (named(file, "pck") && !named(file, "issuer"))
		return RV_COLLATERAL_PCK_CERTIFICATE_CHAIN;
	return RV_COLLATERAL_MEMBERS;
}

bool rv_collateral_add(struct rv_collateral *c, const char *file,
		       struct rv_span in, bool *known, struct rv_err *err)
{
	const struct body *b = wrapped(in);
	enum rv_collateral_member m;

	*known = true;
	if (b)
		return add_answer(c, b, in, err);
	if (contains(in, "BEGIN CERTIFICATE-") ||
	    contains(in, "BEGIN%20CERTIFICATE-")) {
		m = chain_of(file);
		if (m < RV_COLLATERAL_MEMBERS)
			return add_text(c, m, trim(in), err);
	} else if (named(file, "crl")) {
		return add_crl(c,
			       named(file, "root") ? RV_COLLATERAL_ROOT_CA_CRL
						   : RV_COLLATERAL_PCK_CRL,
			       in, err);
	}
	*known = false;
	return true;
}
