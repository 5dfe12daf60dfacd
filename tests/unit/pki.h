/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pki.h - a PKI like Intel's, made while a test runs: keys, certificates,
 * lists, signed bodies and quotes, every one as the test wants it.
 */
#ifndef TEST_PKI_H
#define TEST_PKI_H

#include "dcap.h"
#include "digest.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

enum { PKI_NOW = 1780272000 }; /* 2026-06-01 */

/*
 * What stands on both sides of a comparison: never zero, no byte twice, so that
 * a comparison of a part is not one of the whole.
 */
static const uint8_t pki_fmspc[6] = { 0xf0, 0xa0, 0x6f, 0x71, 0x82, 0x93 };
static const uint8_t pki_pceid[2] = { 0x1a, 0x2b };
#define PKI_FMSPC "F0A06F718293"
#define PKI_PCEID "1A2B"

enum { PKI_PRODID = 0x0302, PKI_QESVN = 0x0406 };

/* The enclave that signs quotes: what is at this byte of MRSIGNER, ... */
static inline uint8_t pki_mrsigner(size_t i)
{
	return (uint8_t)(0x41 + 5 * i);
}

static inline uint8_t pki_attribute(size_t i)
{
	return (uint8_t)(i ? 0x90 + 3 * i : 0x15); /* no debug enclave */
}

static inline uint8_t pki_miscselect(size_t i)
{
	return (uint8_t)(0xe1 + 7 * i);
}

/* What everything is made from; keys are owned, pki_free(). */
struct pki {
	EVP_PKEY *root, *ca, *pck, *signer, *att;
	X509 *root_cert, *ca_cert, *pck_cert, *signer_cert;
	uint8_t comp[16], cpusvn[16];
	uint16_t pcesvn;
	uint8_t report[384]; /* the QE's; report_data is filled in */
	bool mock;	     /* as dstack's simulator makes them */
};

static inline void must(int ok)
{
	assert_int_equal(ok, 1);
}

static inline void add_ext(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(e);
	must(X509_add_ext(cert, e, -1));
	X509_EXTENSION_free(e);
}

static inline void add_raw_ext(X509 *cert, const char *oid, struct rv_span der)
{
	ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;

	must(ASN1_OCTET_STRING_set(s, der.p, (int)der.n));
	e = X509_EXTENSION_create_by_OBJ(NULL, o, 0, s);
	must(X509_add_ext(cert, e, -1));
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(s);
	ASN1_OBJECT_free(o);
}

/* @issuer NULL: signed by itself. */
static inline X509 *make_cert(const char *cn, EVP_PKEY *key, X509 *issuer,
			      EVP_PKEY *issuer_key, long serial, bool ca,
			      struct rv_span sgx)
{
	X509 *c = X509_new();
	X509_NAME *name = X509_get_subject_name(c);

	must(X509_set_version(c, 2));
	must(ASN1_INTEGER_set(X509_get_serialNumber(c), serial));
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					(const unsigned char *)cn, -1, -1, 0));
	must(X509_set_issuer_name(c, issuer ? X509_get_subject_name(issuer)
					    : name));
	ASN1_TIME_set(X509_getm_notBefore(c), PKI_NOW - 86400 * 365);
	ASN1_TIME_set(X509_getm_notAfter(c), PKI_NOW + 86400 * 365);
	must(X509_set_pubkey(c, key));
	add_ext(c, issuer ? issuer : c, NID_subject_key_identifier, "hash");
	if (issuer)
		add_ext(c, issuer, NID_authority_key_identifier, "keyid");
	add_ext(c, c, NID_basic_constraints,
		!ca	 ? "critical,CA:FALSE"
		: issuer ? "critical,CA:TRUE,pathlen:0"
			 : "critical,CA:TRUE,pathlen:1");
	add_ext(c, c, NID_key_usage,
		ca ? "critical,keyCertSign,cRLSign"
		   : "critical,digitalSignature,nonRepudiation");
	if (sgx.n)
		add_raw_ext(c, "1.2.840.113741.1.13.1", sgx);
	assert_true(X509_sign(c, issuer_key, EVP_sha256()) > 0);
	return c;
}

/* ---- the SGX extension, DER from the inside out ---- */

static inline void der_add(struct rv_grow *g, unsigned tag, struct rv_span s)
{
	rv_grow_u8(g, tag);
	if (s.n >= 256) {
		rv_grow_u8(g, 0x82);
		rv_grow_u8(g, (unsigned)(s.n >> 8));
	} else if (s.n >= 128) {
		rv_grow_u8(g, 0x81);
	}
	rv_grow_u8(g, (unsigned)(s.n & 0xff));
	rv_grow_add(g, s.p, s.n);
}

/* { OID prefix.@a[.@b], element } */
static inline void der_entry(struct rv_grow *g, unsigned a, unsigned b,
			     unsigned tag, struct rv_span value)
{
	RV_AUTO(rv_grow_free) struct rv_grow in = { 0 };
	uint8_t oid[] = { 0x2a, 0x86, 0x48, 0x86,	0xf8,	   0x4d,
			  0x01, 0x0d, 0x01, (uint8_t)a, (uint8_t)b };

	der_add(&in, 0x06, rv_span(oid, b ? 11 : 10));
	der_add(&in, tag, value);
	der_add(g, 0x30, rv_buf_span(&in.buf));
}

static inline void der_number(struct rv_grow *g, unsigned a, unsigned b,
			      unsigned v)
{
	uint8_t n[] = { 0, (uint8_t)(v >> 8), (uint8_t)v };
	size_t skip = v < 0x80 ? 2 : v < 0x8000 ? 1 : 0;

	if (v >= 0x80 && v < 0x100)
		skip = 1;
	der_entry(g, a, b, 0x02, rv_span(n + skip, sizeof n - skip));
}

static inline struct rv_buf sgx_extension(const struct pki *p)
{
	static const uint8_t ppid[16] = { 1, 2, 3 }, type[] = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow tcb = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow all = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow out = { 0 };
	struct rv_buf got = { 0 };
	struct rv_err err;

	for (unsigned i = 0; i < 16 && !p->mock; i++)
		der_number(&tcb, 2, i + 1, p->comp[i]);
	der_number(&tcb, 2, 17, p->pcesvn);
	der_entry(&tcb, 2, 18, 0x04, rv_span(p->cpusvn, 16));
	der_entry(&all, 1, 0, 0x04, rv_span(ppid, 16));
	if (!p->mock)
		der_entry(&all, 2, 0, 0x30, rv_buf_span(&tcb.buf));
	der_entry(&all, 3, 0, 0x04, rv_span(pki_pceid, 2));
	der_entry(&all, 4, 0, 0x04, rv_span(pki_fmspc, 6));
	der_entry(&all, 5, 0, 0x0a, rv_span(type, 1));
	if (p->mock)
		der_entry(&all, 2, 0, 0x30, rv_buf_span(&tcb.buf));
	der_add(&out, 0x30, rv_buf_span(&all.buf));
	assert_true(rv_grow_take(&out, &got, &err));
	return got;
}

static inline void make_pck(struct pki *p)
{
	RV_AUTO(rv_buf_free) struct rv_buf ext = sgx_extension(p);

	X509_free(p->pck_cert);
	p->pck_cert = make_cert(p->mock ? "Mock Intel SGX PCK Certificate"
					: "Intel SGX PCK Certificate",
				p->pck, p->ca_cert, p->ca, 1000, false,
				rv_buf_span(&ext));
}

static inline void pki_make(struct pki *p, bool mock)
{
	struct rv_span none = { 0 };

	*p = (struct pki){ .pcesvn = 13, .mock = mock };
	memset(p->comp, 3, sizeof p->comp);
	memset(p->cpusvn, 9, sizeof p->cpusvn);
	p->root = EVP_EC_gen("P-256");
	p->ca = EVP_EC_gen("P-256");
	p->pck = EVP_EC_gen("P-256");
	p->signer = EVP_EC_gen("P-256");
	p->att = EVP_EC_gen("P-256");
	p->root_cert = make_cert("Intel SGX Root CA", p->root, NULL, p->root, 1,
				 true, none);
	p->ca_cert = make_cert("Intel SGX PCK Platform CA", p->ca, p->root_cert,
			       p->root, 2, true, none);
	p->signer_cert = make_cert("Intel SGX TCB Signing", p->signer,
				   p->root_cert, p->root, 3, false, none);
	make_pck(p);
	for (size_t i = 0; i < 4; i++)
		p->report[16 + i] = pki_miscselect(i);
	for (size_t i = 0; i < 16; i++)
		p->report[48 + i] = pki_attribute(i);
	for (size_t i = 0; i < 32; i++)
		p->report[128 + i] = pki_mrsigner(i);
	p->report[256] = PKI_PRODID & 0xff;
	p->report[257] = PKI_PRODID >> 8;
	p->report[258] = PKI_QESVN & 0xff;
	p->report[259] = PKI_QESVN >> 8;
}

static inline void pki_free(struct pki *p)
{
	EVP_PKEY_free(p->root);
	EVP_PKEY_free(p->ca);
	EVP_PKEY_free(p->pck);
	EVP_PKEY_free(p->signer);
	EVP_PKEY_free(p->att);
	X509_free(p->root_cert);
	X509_free(p->ca_cert);
	X509_free(p->pck_cert);
	X509_free(p->signer_cert);
}

/* ---- signing ---- */

static inline void sign_raw(EVP_PKEY *key, struct rv_span msg, uint8_t out[64])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	uint8_t der[80];
	const uint8_t *p = der;
	size_t n = sizeof der;
	ECDSA_SIG *s;

	must(EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key));
	must(EVP_DigestSign(c, der, &n, msg.p, msg.n));
	s = d2i_ECDSA_SIG(NULL, &p, (long)n);
	assert_non_null(s);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(s), out, 32), 32);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(s), out + 32, 32), 32);
	ECDSA_SIG_free(s);
	EVP_MD_CTX_free(c);
}

/* ---- collateral ---- */

static inline void set_member(struct rv_collateral *c,
			      enum rv_collateral_member m, struct rv_span s)
{
	struct rv_err err;

	rv_buf_free(&c->member[m]);
	assert_true(rv_buf_copy(s, &c->member[m], &err));
	assert_true(rv_sha256(s, &c->id[m], &err));
}

static inline void add_cert_pem(struct rv_grow *g, X509 *cert)
{
	BIO *b = BIO_new(BIO_s_mem());
	char *p;
	long n;

	must(PEM_write_bio_X509(b, cert));
	n = BIO_get_mem_data(b, &p);
	rv_grow_add(g, p, (size_t)n);
	BIO_free(b);
}

/* @revoked: serial numbers, ended by 0. */
static inline void set_crl(struct rv_collateral *c, enum rv_collateral_member m,
			   X509 *issuer, EVP_PKEY *key, const long *revoked)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *t = ASN1_TIME_new();
	uint8_t *der = NULL;
	int n;

	must(X509_CRL_set_version(crl, 1));
	must(X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer)));
	ASN1_TIME_set(t, PKI_NOW - 86400);
	must(X509_CRL_set1_lastUpdate(crl, t));
	for (; revoked && *revoked; revoked++) {
		X509_REVOKED *r = X509_REVOKED_new();
		ASN1_INTEGER *serial = ASN1_INTEGER_new();

		must(ASN1_INTEGER_set(serial, *revoked));
		must(X509_REVOKED_set_serialNumber(r, serial));
		must(X509_REVOKED_set_revocationDate(r, t));
		must(X509_CRL_add0_revoked(crl, r));
		ASN1_INTEGER_free(serial);
	}
	ASN1_TIME_set(t, PKI_NOW + 86400 * 30);
	must(X509_CRL_set1_nextUpdate(crl, t));
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	n = i2d_X509_CRL(crl, &der);
	assert_true(n > 0);
	set_member(c, m, rv_span(der, (size_t)n));
	OPENSSL_free(der);
	ASN1_TIME_free(t);
	X509_CRL_free(crl);
}

static inline void set_body(const struct pki *p, struct rv_collateral *c,
			    enum rv_collateral_member m, struct rv_span json)
{
	uint8_t raw[64];
	char hex[129];

	sign_raw(p->signer, json, raw);
	rv_hex(rv_span(raw, 64), hex);
	set_member(c, m, json);
	/* Each body's signature stands right behind it. */
	set_member(c, (enum rv_collateral_member)(m + 1), rv_text(hex));
}

/* Chains and empty lists; the bodies are the test's. */
static inline void pki_collateral(const struct pki *p, struct rv_collateral *c)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	add_cert_pem(&g, p->signer_cert);
	add_cert_pem(&g, p->root_cert);
	set_member(c, RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN, rv_buf_span(&g.buf));
	set_member(c, RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
		   rv_buf_span(&g.buf));
	set_crl(c, RV_COLLATERAL_ROOT_CA_CRL, p->root_cert, p->root, NULL);
	set_crl(c, RV_COLLATERAL_PCK_CRL, p->ca_cert, p->ca, NULL);
}

/* ---- quotes ---- */

/*
 * A quote of version 4 (body type 2) or 5 (type 3), its certificates in this
 * order, which ends with NULL.
 */
static inline struct rv_buf make_quote(struct pki *p, struct rv_span body,
				       X509 *const *chain)
{
	static const uint8_t vendor[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c,
					    0x4c, 0xa9, 0x94, 0x0a, 0x0d, 0xb3,
					    0x95, 0x7f, 0x06, 0x07 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow pem = { 0 };
	bool v5 = body.n != 584;
	uint8_t point[65], sig[64], zero[20] = { 0 };
	struct rv_buf out;
	struct rv_sha256 id;
	struct rv_err err;
	size_t n;

	rv_grow_le(&g, v5 ? 5 : 4, 2);
	rv_grow_le(&g, 2, 2);
	rv_grow_le(&g, 0x81, 4);
	rv_grow_le(&g, 0, 4);
	rv_grow_add(&g, vendor, 16);
	rv_grow_add(&g, zero, 20);
	if (v5) {
		rv_grow_le(&g, 3, 2);
		rv_grow_le(&g, body.n, 4);
	}
	rv_grow_add(&g, body.p, body.n);
	sign_raw(p->att, rv_buf_span(&g.buf), sig);
	must(EVP_PKEY_get_octet_string_param(p->att, "pub", point, 65, &n));
	for (; *chain; chain++)
		add_cert_pem(&pem, *chain);
	n = pem.buf.n;
	rv_grow_le(&g, 64 + 64 + 6 + 384 + 64 + 2 + 6 + n, 4);
	rv_grow_add(&g, sig, 64);
	rv_grow_add(&g, point + 1, 64);
	rv_grow_le(&g, 6, 2);
	rv_grow_le(&g, 384 + 64 + 2 + 6 + n, 4);
	assert_true(rv_sha256(rv_span(point + 1, 64), &id, &err));
	memcpy(p->report + 320, id.b, 32);
	rv_grow_add(&g, p->report, 384);
	sign_raw(p->pck, rv_span(p->report, 384), sig);
	rv_grow_add(&g, sig, 64);
	rv_grow_le(&g, 0, 2);
	rv_grow_le(&g, 5, 2);
	rv_grow_le(&g, n, 4);
	rv_grow_add(&g, pem.buf.p, n);
	assert_true(rv_grow_take(&g, &out, &err));
	return out;
}

static inline struct rv_quote_verifier *pki_verifier(const struct pki *p,
						     bool test)
{
	struct rv_quote_options o = { .explain = true, .test_pki = test };
	struct rv_quote_verifier *v = NULL;
	struct rv_err err;
	uint8_t *der = NULL;
	int n = i2d_X509(p->root_cert, &der);

	assert_true(n > 0);
	o.root = rv_span(der, (size_t)n);
	if (!rv_quote_verifier_new(&o, &v, &err))
		fail_msg("%s", err.msg);
	OPENSSL_free(der);
	return v;
}

#endif
