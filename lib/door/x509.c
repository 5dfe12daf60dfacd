/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509.c - the door to OpenSSL's X.509 and EC. Its error queue is empty on the
 * way in and on the way out; what is in it in between tells memory shortage,
 * which must not look like a forgery, from a wrong signature.
 */
#include "x509.h"
#include "digest.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct rv_key {
	EVP_PKEY *pkey;
};

struct rv_cert {
	atomic_uint owners;
	X509 *x509;
	struct rv_buf der;
	struct rv_key key;
	struct rv_cert_info info;
};

struct rv_crl {
	X509_CRL *crl;
	struct rv_crl_info info;
};

bool rv_crypto_start(struct rv_err *err)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return rv_fail(err, RV_SYSTEM, "OpenSSL does not start");
	return true;
}

/*
 * Why OpenSSL said no: BAD, or FAILED when anything in its queue is about
 * memory or its own workings. Empties the queue.
 */
static enum rv_holds verdict(enum rv_holds otherwise)
{
	unsigned long e;

	while ((e = ERR_get_error())) {
		int r = ERR_GET_REASON(e);

		if (r == ERR_R_MALLOC_FAILURE || r == ERR_R_INTERNAL_ERROR ||
		    r == ERR_R_FETCH_FAILED || r == ERR_R_INIT_FAIL)
			otherwise = RV_CHECK_FAILED;
	}
	return otherwise;
}

/* A structure that could not be read; memory shortage is told apart. */
static bool unreadable(struct rv_err *err, const char *what, const char *why)
{
	if (verdict(RV_CHECK_BAD) == RV_CHECK_FAILED)
		return rv_no_memory(err, what);
	return rv_fail(err, RV_INPUT, "%s: %s", what, why);
}

/* ---- keys and signatures ---- */

void rv_key_free(struct rv_key **k)
{
	if (!*k)
		return;
	EVP_PKEY_free((*k)->pkey);
	free(*k);
	*k = NULL;
}

static void free_pctx(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

/* @group and its point x || y, each @half bytes. */
static enum rv_holds read_key(char *group, const uint8_t *point, size_t half,
			      struct rv_key **out)
{
	RV_AUTO(rv_key_free) struct rv_key *k = calloc(1, sizeof *k);
	RV_AUTO(free_pctx) EVP_PKEY_CTX *ctx = NULL;
	uint8_t octets[97] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
						 group, 0),
		OSSL_PARAM_construct_end(),
	};

	ERR_clear_error();
	memcpy(octets + 1, point, 2 * half);
	ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	/* The group first, on its own: only the point may be found wrong. */
	if (!k || !ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &k->pkey, EVP_PKEY_KEY_PARAMETERS, params) !=
		1)
		return verdict(RV_CHECK_FAILED);
	if (EVP_PKEY_set1_encoded_public_key(k->pkey, octets, 2 * half + 1) !=
	    1)
		return verdict(RV_CHECK_BAD);
	*out = RV_TAKE(k);
	return RV_CHECK_GOOD;
}

enum rv_holds rv_key_read(const uint8_t point[64], struct rv_key **out)
{
	char group[] = "prime256v1";

	return read_key(group, point, 32, out);
}

enum rv_holds rv_key_read_p384(const uint8_t point[96], struct rv_key **out)
{
	char group[] = "secp384r1";

	return read_key(group, point, 48, out);
}

static void free_sig(ECDSA_SIG **s)
{
	ECDSA_SIG_free(*s);
}

static void free_der(uint8_t **p)
{
	OPENSSL_free(*p);
}

/* r || s as the SEQUENCE that OpenSSL reads. Length, or 0 without memory. */
static int sig_der(const uint8_t *raw, int half, uint8_t **out)
{
	RV_AUTO(free_sig) ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, half, NULL),
	       *s = BN_bin2bn(raw + half, half, NULL);
	int n;

	if (!sig || !r || !s || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		return 0;
	}
	n = i2d_ECDSA_SIG(sig, out);
	return n > 0 ? n : 0;
}

/* ECDSA by @k over a digest of @n bytes. */
static enum rv_holds check(const struct rv_key *k, const uint8_t *digest,
			   size_t n, const uint8_t *raw, int half)
{
	RV_AUTO(free_pctx) EVP_PKEY_CTX *ctx = NULL;
	RV_AUTO(free_der) uint8_t *der = NULL;
	int len;

	ERR_clear_error();
	len = sig_der(raw, half, &der);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (!len || !ctx || EVP_PKEY_verify_init(ctx) != 1)
		return verdict(RV_CHECK_FAILED);
#ifdef REFVAL_FUZZ
	/* Never set in a program: fuzzers must get behind the signatures. */
	(void)digest;
	(void)n;
	return verdict(RV_CHECK_GOOD);
#else
	if (EVP_PKEY_verify(ctx, der, (size_t)len, digest, n) != 1)
		return verdict(RV_CHECK_BAD);
	return RV_CHECK_GOOD;
#endif
}

enum rv_holds rv_key_check(const struct rv_key *k,
			   const struct rv_sha256 *digest,
			   const uint8_t raw[64])
{
	return check(k, digest->b, sizeof digest->b, raw, 32);
}

enum { GROUP_NAME = 32 };

/*
 * The name of the key's curve, or "": of another kind, or OpenSSL failed. Asked
 * once for all that depends on it, so that a call that fails is no yes.
 */
static void curve_of(const EVP_PKEY *key, char name[GROUP_NAME])
{
	size_t n;

	if (EVP_PKEY_is_a(key, "EC") != 1 ||
	    EVP_PKEY_get_group_name(key, name, GROUP_NAME, &n) != 1)
		name[0] = '\0';
}

enum rv_holds rv_key_check_p384(const struct rv_key *k,
				const struct rv_sha384 *digest,
				const uint8_t raw[96])
{
	char curve[GROUP_NAME];

	curve_of(k->pkey, curve);
	if (strcmp(curve, "secp384r1") != 0)
		return RV_CHECK_BAD;
	return check(k, digest->b, sizeof digest->b, raw, 48);
}

enum rv_holds rv_key_check_message(const struct rv_key *k, struct rv_span msg,
				   const uint8_t sig[64])
{
	struct rv_sha256 d;
	struct rv_err err;

	if (!rv_sha256(msg, &d, &err))
		return RV_CHECK_FAILED;
	return rv_key_check(k, &d, sig);
}

enum { RSA_BITS = 2048, PSS_SALT = 32 };

static bool rsa_padding(EVP_PKEY_CTX *ctx, enum rv_rsa form)
{
	if (EVP_PKEY_verify_init(ctx) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1)
		return false;
	if (form == RV_RSA_PKCS1)
		return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) ==
		       1;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, PSS_SALT) == 1;
}

enum rv_holds rv_key_check_rsa(const struct rv_key *k, struct rv_span msg,
			       enum rv_rsa form, struct rv_span sig)
{
	RV_AUTO(free_pctx) EVP_PKEY_CTX *ctx = NULL;
	struct rv_sha256 d;
	struct rv_err err;

	ERR_clear_error();
	if (EVP_PKEY_is_a(k->pkey, "RSA") != 1 ||
	    EVP_PKEY_get_bits(k->pkey) < RSA_BITS)
		return verdict(RV_CHECK_BAD);
	ctx = EVP_PKEY_CTX_new_from_pkey(NULL, k->pkey, NULL);
	if (!ctx || !rv_sha256(msg, &d, &err) || !rsa_padding(ctx, form))
		return verdict(RV_CHECK_FAILED);
#ifdef REFVAL_FUZZ
	/* Never set in a program: fuzzers must get behind the signatures. */
	(void)sig;
	return verdict(RV_CHECK_GOOD);
#else
	if (EVP_PKEY_verify(ctx, sig.p, sig.n, d.b, sizeof d.b) != 1)
		return verdict(RV_CHECK_BAD);
	return RV_CHECK_GOOD;
#endif
}

/* ---- certificates ---- */

struct rv_cert *rv_cert_share(struct rv_cert *c)
{
	atomic_fetch_add(&c->owners, 1);
	return c;
}

void rv_cert_free(struct rv_cert **c)
{
	struct rv_cert *mine = *c;

	*c = NULL;
	/* Zero is one owner, so that calloc() makes an owned certificate. */
	if (!mine || atomic_fetch_sub(&mine->owners, 1) != 0)
		return;
	X509_free(mine->x509);
	EVP_PKEY_free(mine->key.pkey);
	rv_buf_free(&mine->der);
	free(mine);
}

const struct rv_cert_info *rv_cert_info(const struct rv_cert *c)
{
	return &c->info;
}

void rv_cert_window(const struct rv_cert *const *c, size_t n,
		    int64_t *not_before, int64_t *not_after)
{
	*not_before = INT64_MIN;
	*not_after = INT64_MAX;
	for (size_t i = 0; i < n; i++) {
		if (c[i]->info.not_before > *not_before)
			*not_before = c[i]->info.not_before;
		if (c[i]->info.not_after < *not_after)
			*not_after = c[i]->info.not_after;
	}
}

const struct rv_key *rv_cert_key(const struct rv_cert *c)
{
	return &c->key;
}

/* The common name, when there is exactly one and it is printable ASCII. */
static void common_name(const X509_NAME *name, char out[RV_NAME_MAX + 1])
{
	int i = X509_NAME_get_index_by_NID(name, NID_commonName, -1);
	const ASN1_STRING *s;
	const uint8_t *p;
	int n;

	out[0] = '\0';
	if (i < 0 || X509_NAME_get_index_by_NID(name, NID_commonName, i) >= 0)
		return;
	s = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i));
	n = ASN1_STRING_length(s);
	p = ASN1_STRING_get0_data(s);
	if (n < 1 || n > RV_NAME_MAX)
		return;
	for (int k = 0; k < n; k++)
		if (p[k] < 0x20 || p[k] > 0x7e)
			return;
	memcpy(out, p, (size_t)n);
	out[n] = '\0';
}

static bool time_of(const ASN1_TIME *t, int64_t *out)
{
	struct tm tm = { 0 };
	char text[64];

	if (!t || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ",
		 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
		 tm.tm_min, tm.tm_sec);
	return rv_time_parse(rv_text(text), out);
}

static bool number_hex(const ASN1_INTEGER *i, char out[2 * RV_SERIAL_MAX + 1])
{
	int n = ASN1_STRING_length(i);

	if (n < 1 || n > RV_SERIAL_MAX || ASN1_STRING_type(i) != V_ASN1_INTEGER)
		return false;
	rv_hex(rv_span(ASN1_STRING_get0_data(i), (size_t)n), out);
	return true;
}

/* Constraints that only a full path validation would follow. */
static bool is_constrained(const X509 *x)
{
	return X509_get_ext_by_NID(x, NID_name_constraints, -1) >= 0 ||
	       X509_get_ext_by_NID(x, NID_policy_constraints, -1) >= 0 ||
	       X509_get_ext_by_NID(x, NID_inhibit_any_policy, -1) >= 0;
}

static bool fill_info(struct rv_cert *c, struct rv_err *err)
{
	struct rv_cert_info *i = &c->info;
	uint32_t flags = X509_get_extension_flags(c->x509);
	uint32_t usage = X509_get_key_usage(c->x509);
	char curve[GROUP_NAME];

	if (flags & EXFLAG_INVALID)
		return unreadable(err, "certificate", "malformed extensions");
	if (flags & EXFLAG_CRITICAL)
		return unreadable(err, "certificate",
				  "a critical extension that is not known");
	if (!number_hex(X509_get0_serialNumber(c->x509), i->serial))
		return unreadable(err, "certificate",
				  "malformed serial number");
	if (!time_of(X509_get0_notBefore(c->x509), &i->not_before) ||
	    !time_of(X509_get0_notAfter(c->x509), &i->not_after))
		return unreadable(err, "certificate", "malformed dates");
	common_name(X509_get_subject_name(c->x509), i->subject);
	common_name(X509_get_issuer_name(c->x509), i->issuer);
	i->ca = (flags & EXFLAG_BCONS) && (flags & EXFLAG_CA);
	i->path_len = X509_get_pathlen(c->x509);
	if (flags & EXFLAG_KUSAGE) {
		i->may_sign_certs = usage & KU_KEY_CERT_SIGN;
		i->may_sign_crls = usage & KU_CRL_SIGN;
		i->may_sign_data = usage & KU_DIGITAL_SIGNATURE;
	}
	curve_of(c->key.pkey, curve);
	i->p256 = strcmp(curve, "prime256v1") == 0;
	i->p384 = strcmp(curve, "secp384r1") == 0;
	i->constrained = is_constrained(c->x509);
	return rv_sha256(i->der, &i->sha256, err);
}

bool rv_cert_read(struct rv_span der, struct rv_cert **out, struct rv_err *err)
{
	RV_AUTO(rv_cert_free) struct rv_cert *c = NULL;
	const unsigned char *p;

	ERR_clear_error();
	if (der.n < 1 || der.n > RV_CERT_MAX)
		return rv_fail(err, RV_INPUT,
			       "certificate: %zu bytes, at most %d are read",
			       der.n, RV_CERT_MAX);
	c = calloc(1, sizeof *c);
	if (!c)
		return rv_no_memory(err, "certificate");
	if (!rv_buf_copy(der, &c->der, err))
		return false;
	p = c->der.p;
	c->info.der = rv_buf_span(&c->der);
	c->x509 = d2i_X509(NULL, &p, (long)c->der.n);
	if (!c->x509)
		return unreadable(err, "certificate", "malformed");
	if (p != c->der.p + c->der.n)
		return unreadable(err, "certificate", "bytes left over");
	c->key.pkey = X509_get_pubkey(c->x509);
	if (!c->key.pkey)
		return unreadable(err, "certificate", "malformed key");
	if (!fill_info(c, err))
		return false;
	ERR_clear_error();
	*out = RV_TAKE(c);
	return true;
}

static void free_object(ASN1_OBJECT **o)
{
	ASN1_OBJECT_free(*o);
}

bool rv_cert_extension(const struct rv_cert *c, const char *oid,
		       struct rv_span *out)
{
	RV_AUTO(free_object) ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	const ASN1_OCTET_STRING *s;
	int i;

	if (!o)
		return false;
	i = X509_get_ext_by_OBJ(c->x509, o, -1);
	if (i < 0 || X509_get_ext_by_OBJ(c->x509, o, i) >= 0)
		return false;
	s = X509_EXTENSION_get_data(X509_get_ext(c->x509, i));
	*out = rv_span(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	return true;
}

static void free_bio(BIO **b)
{
	BIO_free(*b);
}

/* As UTF-8, which nothing but control characters is escaped of. */
static bool name_text(const X509_NAME *name, struct rv_buf *out,
		      struct rv_err *err)
{
	RV_AUTO(free_bio) BIO *b = BIO_new(BIO_s_mem());
	char *text;
	long n;

	if (!b ||
	    X509_NAME_print_ex(b, name, 0,
			       XN_FLAG_RFC2253 &
				   ~(unsigned long)ASN1_STRFLGS_ESC_MSB) < 0) {
		ERR_clear_error();
		return rv_no_memory(err, "name");
	}
	n = BIO_get_mem_data(b, &text);
	return rv_buf_copy(rv_span((const uint8_t *)text, (size_t)n), out, err);
}

bool rv_cert_names(const struct rv_cert *c, struct rv_buf *subject,
		   struct rv_buf *issuer, struct rv_err *err)
{
	return name_text(X509_get_subject_name(c->x509), subject, err) &&
	       name_text(X509_get_issuer_name(c->x509), issuer, err);
}

/* ---- paths ---- */

static void free_store(X509_STORE **s)
{
	X509_STORE_free(*s);
}

static void free_sctx(X509_STORE_CTX **c)
{
	X509_STORE_CTX_free(*c);
}

static void free_stack(STACK_OF(X509) * *s)
{
	sk_X509_free(*s);
}

static enum rv_holds path_error(int error)
{
	switch (error) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
		return verdict(RV_CHECK_OTHER);
	case X509_V_ERR_OUT_OF_MEM:
	case X509_V_ERR_UNSPECIFIED:
		return verdict(RV_CHECK_FAILED);
	default:
		return verdict(RV_CHECK_BAD);
	}
}

/* The path that was found is the one that was asked for, and no other. */
static bool same_path(X509_STORE_CTX *ctx, const struct rv_cert *leaf,
		      const struct rv_cert *middle, const struct rv_cert *root)
{
	const struct rv_cert *want[] = { leaf, middle ? middle : root, root };
	STACK_OF(X509) *got = X509_STORE_CTX_get0_chain(ctx);
	int n = middle ? 3 : 2;

	if (sk_X509_num(got) != n)
		return false;
	for (int i = 0; i < n; i++)
		if (X509_cmp(sk_X509_value(got, i), want[i]->x509) != 0)
			return false;
	return true;
}

enum rv_holds rv_cert_path(const struct rv_cert *leaf,
			   const struct rv_cert *middle,
			   const struct rv_cert *root, bool strict,
			   const char **why)
{
	RV_AUTO(free_store) X509_STORE *store = NULL;
	RV_AUTO(free_sctx) X509_STORE_CTX *ctx = NULL;
	RV_AUTO(free_stack) STACK_OF(X509) *between = NULL;
	X509_VERIFY_PARAM *param;

	ERR_clear_error();
	store = X509_STORE_new();
	ctx = X509_STORE_CTX_new();
	between = sk_X509_new_null();
	if (!store || !ctx || !between ||
	    X509_STORE_add_cert(store, root->x509) != 1 ||
	    (middle && sk_X509_push(between, middle->x509) != 1) ||
	    X509_STORE_CTX_init(ctx, store, leaf->x509, between) != 1)
		return verdict(RV_CHECK_FAILED);
	*why = "another path than these";
	param = X509_STORE_CTX_get0_param(ctx);
	/* Times and revocation are the caller's, at each use of the path. */
	if (X509_VERIFY_PARAM_set_flags(
		param, X509_V_FLAG_NO_CHECK_TIME |
			   (strict ? X509_V_FLAG_X509_STRICT : 0)) != 1)
		return verdict(RV_CHECK_FAILED);
	X509_VERIFY_PARAM_set_depth(param, 4);
	X509_VERIFY_PARAM_set_auth_level(param, 2);
	if (X509_verify_cert(ctx) != 1) {
		*why = X509_verify_cert_error_string(
		    X509_STORE_CTX_get_error(ctx));
		return path_error(X509_STORE_CTX_get_error(ctx));
	}
	if (!same_path(ctx, leaf, middle, root))
		return verdict(RV_CHECK_BAD);
	ERR_clear_error();
	return RV_CHECK_GOOD;
}

enum rv_holds rv_cert_issued(const struct rv_cert *cert,
			     const struct rv_cert *issuer)
{
	ERR_clear_error();
	if (X509_NAME_cmp(X509_get_issuer_name(cert->x509),
			  X509_get_subject_name(issuer->x509)) != 0)
		return RV_CHECK_OTHER;
#ifndef REFVAL_FUZZ
	if (X509_verify(cert->x509, issuer->key.pkey) != 1)
		return verdict(RV_CHECK_BAD);
#endif
	ERR_clear_error();
	return RV_CHECK_GOOD;
}

bool rv_cert_algorithm(const struct rv_cert *c, struct rv_buf *out,
		       struct rv_err *err)
{
	const X509_ALGOR *alg;
	unsigned char *der = NULL;
	bool good;
	int n;

	X509_get0_signature(NULL, &alg, c->x509);
	n = i2d_X509_ALGOR((X509_ALGOR *)(uintptr_t)alg, &der);
	if (n < 1)
		return rv_no_memory(err, "signature algorithm");
	good = rv_buf_copy(rv_span(der, (size_t)n), out, err);
	OPENSSL_free(der);
	return good;
}

/* ---- revocation lists ---- */

void rv_crl_free(struct rv_crl **c)
{
	if (!*c)
		return;
	X509_CRL_free((*c)->crl);
	free(*c);
	*c = NULL;
}

const struct rv_crl_info *rv_crl_info(const struct rv_crl *c)
{
	return &c->info;
}

static void free_integer(ASN1_INTEGER **i)
{
	ASN1_INTEGER_free(*i);
}

/* A list that covers only some certificates would hide the others. */
static bool narrowed(X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(crl);

	if (X509_CRL_get_ext_by_critical(crl, 1, -1) >= 0 ||
	    X509_CRL_get_ext_by_NID(crl, NID_issuing_distribution_point, -1) >=
		0 ||
	    X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
		return true;
	for (int i = 0; i < sk_X509_REVOKED_num(revoked); i++)
		if (X509_REVOKED_get_ext_by_critical(
			sk_X509_REVOKED_value(revoked, i), 1, -1) >= 0)
			return true;
	return false;
}

static bool crl_number(struct rv_crl *c)
{
	int there = 0;
	RV_AUTO(free_integer)
	ASN1_INTEGER *n =
	    X509_CRL_get_ext_d2i(c->crl, NID_crl_number, &there, NULL);

	/* -1: the extension is absent, which RFC 5280 forbids but harms none */
	return n ? number_hex(n, c->info.number) : there == -1;
}

bool rv_crl_read(struct rv_span der, struct rv_crl **out, struct rv_err *err)
{
	RV_AUTO(rv_crl_free) struct rv_crl *c = NULL;
	const unsigned char *p = der.p;
	STACK_OF(X509_REVOKED) * revoked;

	ERR_clear_error();
	if (der.n < 1 || der.n > RV_CRL_MAX)
		return rv_fail(err, RV_INPUT,
			       "CRL: %zu bytes, 1 to %d are read", der.n,
			       RV_CRL_MAX);
	c = calloc(1, sizeof *c);
	if (!c)
		return rv_no_memory(err, "CRL");
	c->crl = d2i_X509_CRL(NULL, &p, (long)der.n);
	if (!c->crl)
		return unreadable(err, "CRL", "malformed");
	if (p != der.p + der.n)
		return unreadable(err, "CRL", "bytes left over");
	if (narrowed(c->crl))
		return unreadable(err, "CRL", "extensions narrow its scope");
	if (!time_of(X509_CRL_get0_lastUpdate(c->crl), &c->info.this_update) ||
	    !time_of(X509_CRL_get0_nextUpdate(c->crl), &c->info.next_update))
		return unreadable(err, "CRL", "no thisUpdate or nextUpdate");
	if (!crl_number(c))
		return unreadable(err, "CRL", "malformed CRL number");
	common_name(X509_CRL_get_issuer(c->crl), c->info.issuer);
	revoked = X509_CRL_get_REVOKED(c->crl);
	c->info.revoked = revoked ? (size_t)sk_X509_REVOKED_num(revoked) : 0;
	if (!rv_sha256(der, &c->info.sha256, err))
		return false;
	ERR_clear_error();
	*out = RV_TAKE(c);
	return true;
}

enum rv_holds rv_crl_check(const struct rv_crl *c, const struct rv_cert *issuer)
{
	ERR_clear_error();
	if (X509_NAME_cmp(X509_CRL_get_issuer(c->crl),
			  X509_get_subject_name(issuer->x509)) != 0)
		return RV_CHECK_OTHER;
#ifndef REFVAL_FUZZ
	if (X509_CRL_verify(c->crl, issuer->key.pkey) != 1)
		return verdict(RV_CHECK_BAD);
#endif
	ERR_clear_error();
	return RV_CHECK_GOOD;
}

bool rv_crl_lists(const struct rv_crl *c, const struct rv_cert *cert)
{
	STACK_OF(X509_REVOKED) *revoked = X509_CRL_get_REVOKED(c->crl);
	const ASN1_INTEGER *serial = X509_get0_serialNumber(cert->x509);

	/* Whatever the entry's reason: of a complete list, it is revoked. */
	for (int i = 0; i < sk_X509_REVOKED_num(revoked); i++)
		if (ASN1_INTEGER_cmp(X509_REVOKED_get0_serialNumber(
					 sk_X509_REVOKED_value(revoked, i)),
				     serial) == 0)
			return true;
	return false;
}
