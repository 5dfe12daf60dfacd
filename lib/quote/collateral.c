/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collateral.c - collateral in its containers: the JSON document that dstack's
 * tools exchange, and the answers of Intel's Provisioning Certification Service
 * (API version 4) as they come. The signed bodies are kept byte for byte.
 */
#include "parse.h"
#include "digest.h"
#include "json.h"
#include "pem.h"
#include "plain.h"

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

/* The same as Intel's structure sgx_ql_qve_collateral has them, in JSON. */
static const char *const camel[RV_COLLATERAL_MEMBERS] = {
	[RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN] = "pckCrlIssuerChain",
	[RV_COLLATERAL_ROOT_CA_CRL] = "rootCaCrl",
	[RV_COLLATERAL_PCK_CRL] = "pckCrl",
	[RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN] = "tcbInfoIssuerChain",
	[RV_COLLATERAL_TCB_INFO] = "tcbInfo",
	[RV_COLLATERAL_TCB_INFO_SIGNATURE] = "tcbInfoSignature",
	[RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN] = "qeIdentityIssuerChain",
	[RV_COLLATERAL_QE_IDENTITY] = "qeIdentity",
	[RV_COLLATERAL_QE_IDENTITY_SIGNATURE] = "qeIdentitySignature",
	[RV_COLLATERAL_PCK_CERTIFICATE_CHAIN] = "pckCertificateChain",
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

/* Is this member bytes, not text? Then it is hex, or an array of numbers. */
static bool is_bytes(enum rv_collateral_member m)
{
	return m == RV_COLLATERAL_ROOT_CA_CRL || m == RV_COLLATERAL_PCK_CRL ||
	       m == RV_COLLATERAL_TCB_INFO_SIGNATURE ||
	       m == RV_COLLATERAL_QE_IDENTITY_SIGNATURE;
}

static bool is_text(struct rv_span s)
{
	return rv_starts(s, rv_text("-----BEGIN ")) ||
	       rv_starts(s, rv_text("{"));
}

static bool to_hex(struct rv_span s, struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	for (size_t i = 0; i < s.n; i++)
		rv_grow_printf(&g, "%02x", s.p[i]);
	return rv_grow_take(&g, out, err);
}

/* Text that could be base64 by chance is taken for it only so. */
static bool is_der_or_signature(enum rv_collateral_member m,
				const struct rv_buf *b)
{
	bool crl = m == RV_COLLATERAL_ROOT_CA_CRL || m == RV_COLLATERAL_PCK_CRL;

	return is_bytes(m) && (crl ? b->n > 2 && b->p[0] == 0x30 : b->n == 64);
}

/*
 * Some wrap it once more: 0x in front of hex, or hex or base64 of PEM, JSON,
 * DER or a signature. *was: so it is, and @out is what others write there.
 */
static bool unwrap(enum rv_collateral_member m, struct rv_span in, bool *was,
		   struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf bytes = { 0 };
	struct rv_err ignored = { 0 };
	bool prefix = rv_starts(in, rv_text("0x")), hex;
	struct rv_span s = prefix ? rv_span(in.p + 2, in.n - 2) : in;

	*was = false;
	if (is_text(in) || contains(in, "-----BEGIN%20"))
		return true;
	hex = rv_unhex_buf(s, "", &bytes, &ignored);
	if (hex && is_bytes(m) && !prefix && !is_text(rv_buf_span(&bytes)))
		return true;
	if (!hex && (prefix || !rv_unbase64_any(in, "", &bytes, &ignored)))
		return ignored.code != RV_SYSTEM ||
		       rv_no_memory(err, "collateral");
	if (!is_text(rv_buf_span(&bytes)) &&
	    !(hex ? is_bytes(m) : is_der_or_signature(m, &bytes)))
		return true;
	*was = true;
	if (!is_text(rv_buf_span(&bytes)))
		return to_hex(rv_buf_span(&bytes), out, err);
	*out = RV_TAKE(bytes);
	return true;
}

static bool add_text(struct rv_collateral *c, enum rv_collateral_member m,
		     struct rv_span in, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	bool encoded = contains(in, "-----BEGIN%20"), wrapped;

	if (!unwrap(m, in, &wrapped, &b, err))
		return rv_in(err, "collateral: %s", name[m]);
	if (wrapped)
		return set(c, m, &b, err);
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

/*
 * A string of ASCII whose escapes are all of one letter, RFC 8259 section 7:
 * the usual kind, copied in runs. False: it is for the parser proper to read,
 * or to refuse.
 */
static bool simple_string(struct rv_span quoted, struct rv_grow *out)
{
	static const char letter[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	struct rv_span s = rv_span(quoted.p + 1, quoted.n - 2);

	while (s.n) {
		const char *at;
		size_t n = 0;

		while (n < s.n && s.p[n] != '\\' && s.p[n] >= 0x20 &&
		       s.p[n] < 0x7f && s.p[n] != '"')
			n++;
		rv_grow_add(out, s.p, n);
		s = rv_span(s.p + n, s.n - n);
		if (!s.n)
			break;
		if (s.p[0] != '\\' || s.n < 2 || !s.p[1])
			return false;
		at = strchr(letter, s.p[1]);
		if (!at)
			return false;
		rv_grow_u8(out, (unsigned char)means[at - letter]);
		s = rv_span(s.p + 2, s.n - 2);
	}
	return !out->failed;
}

/*
 * Chains are also handed on with the NUL that ends them in a quote, as an
 * escape at the end of the string. It is dropped; any other NUL is refused.
 */
static bool read_string(struct rv_span quoted, struct rv_buf *out,
			struct rv_err *err)
{
	static const char nul[] = "\\u0000\"";
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free) rv_json *v = NULL;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	size_t n = sizeof nul - 1;

	if (quoted.n >= 2 && simple_string(quoted, &g))
		return rv_grow_take(&g, out, err);
	if (!rv_buf_copy(quoted, &text, err))
		return false;
	while (text.n > n + 1 && memcmp(text.p + text.n - n, nul, n) == 0 &&
	       text.p[text.n - n - 1] != '\\') {
		text.n -= n - 1;
		text.p[text.n - 1] = '"';
	}
	return rv_json_parse(rv_buf_span(&text), "string", &v, err) &&
	       rv_buf_copy(rv_json_text(v), out, err);
}

/* [48, 130, ...] as the hex that others write. */
static bool read_array(struct rv_span in, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *v = NULL;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (!rv_json_parse(in, "array", &v, err))
		return false;
	for (size_t i = 0; i < rv_json_size(v); i++) {
		const rv_json *e = rv_json_at(v, i);
		uint64_t byte;

		if (!rv_json_uint(e, 255, &byte))
			return rv_fail(err, RV_INPUT,
				       "element %zu is not a byte", i);
		rv_grow_printf(&g, "%02x", (unsigned)byte);
	}
	return rv_grow_take(&g, out, err);
}

/* One member of the document: a string, or for a body the object itself. */
static bool read_member(struct rv_collateral *c, enum rv_collateral_member m,
			const struct rv_json_member *all, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_span in = all[m].value;
	const struct body *b = NULL;

	if (all[m].found > 1)
		return rv_fail(err, RV_INPUT, "collateral: %s twice", name[m]);
	if (!all[m].found || rv_same_text(in, "null"))
		return true;
	for (size_t i = 0; i < RV_LEN(body); i++)
		if (body[i].body == m)
			b = &body[i];
	if (in.p[0] == '"') {
		if (!read_string(in, &text, err))
			return rv_in(err, "collateral: %s", name[m]);
		in = rv_buf_span(&text);
	} else if (is_bytes(m) && in.p[0] == '[') {
		if (!read_array(in, &text, err))
			return rv_in(err, "collateral: %s", name[m]);
		in = rv_buf_span(&text);
	} else if (!b || in.p[0] != '{') {
		return rv_fail(err, RV_INPUT, "collateral: %s: not a string",
			       name[m]);
	}
	/* A whole answer holds its own signature. */
	if (b && !all[b->signature].found && wrapped(in) == b)
		return add_answer(c, b, in, err);
	return add_text(c, m, in, err);
}

/*
 * The members are found by their place and each is read on its own: what else
 * the document holds is of no interest.
 */
static bool add_document(struct rv_collateral *c, struct rv_span json,
			 struct rv_err *err)
{
	struct rv_json_member all[2 * RV_COLLATERAL_MEMBERS] = { { 0 } };
	bool some = false;

	for (int m = 0; m < RV_COLLATERAL_MEMBERS; m++) {
		all[m].key = name[m];
		all[RV_COLLATERAL_MEMBERS + m].key = camel[m];
	}
	if (!rv_json_members(json, all, RV_LEN(all), err))
		return rv_in(err, "collateral");
	/* Either way of writing a name; both are one name twice. */
	for (int m = 0; m < RV_COLLATERAL_MEMBERS; m++) {
		const struct rv_json_member *other =
		    &all[RV_COLLATERAL_MEMBERS + m];

		if (other->found && !all[m].found)
			all[m].value = other->value;
		all[m].found += other->found;
	}
	for (int m = 0; m < RV_COLLATERAL_MEMBERS; m++) {
		if (!read_member(c, (enum rv_collateral_member)m, all, err))
			return false;
		some |= all[m].found > 0;
	}
	if (!some)
		return rv_fail(err, RV_INPUT,
			       "collateral: no member that is known");
	return true;
}

bool rv_collateral_read(struct rv_span json, struct rv_collateral *out,
			struct rv_err *err)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf plain = { 0 };
	bool packed;

	if (json.n > RV_COLLATERAL_MAX)
		return rv_fail(err, RV_INPUT,
			       "collateral: %zu bytes, at most %d are read",
			       json.n, RV_COLLATERAL_MAX);
	if (!rv_plain(json, RV_COLLATERAL_MAX, &packed, &plain, err))
		return rv_in(err, "collateral");
	if (!add_document(&c, packed ? rv_buf_span(&plain) : json, err))
		return false;
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

/* A whole document among the files. */
static bool is_document(struct rv_span in)
{
	struct rv_json_member m = { .key = name[RV_COLLATERAL_TCB_INFO] };
	struct rv_err err;

	return rv_json_members(in, &m, 1, &err) && m.found;
}

bool rv_collateral_add(struct rv_collateral *c, const char *file,
		       struct rv_span in, bool *known, struct rv_err *err)
{
	const struct body *b = wrapped(in);
	enum rv_collateral_member m;

	*known = true;
	if (b)
		return add_answer(c, b, in, err);
	if (is_document(in))
		return add_document(c, in, err);
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
