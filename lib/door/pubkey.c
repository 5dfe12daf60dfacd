/* SPDX-License-Identifier: Apache-2.0 */
/* pubkey.c - the door to OpenSSL's public keys, signatures and certificates. */
#include "pubkey.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

enum { POINT = 65, COORDINATE = 32, ED25519 = 32, SIGNATURE = 64 };

struct rv_pubkey {
	EVP_PKEY *pkey;
	enum rv_pubkey_type type;
};

const char *rv_pubkey_name(enum rv_pubkey_type type)
{
	static const char *const name[] = { "other", "Ed25519", "secp256k1",
					    "P-256" };

	return name[type];
}

enum rv_pubkey_type rv_pubkey_type(const struct rv_pubkey *key)
{
	return key->type;
}

void rv_pubkey_free(struct rv_pubkey **key)
{
	if (!*key)
		return;
	EVP_PKEY_free((*key)->pkey);
	free(*key);
	*key = NULL;
}

static enum rv_pubkey_type type_of(const EVP_PKEY *pkey)
{
	char group[32] = "";
	size_t n = 0;

	if (EVP_PKEY_is_a(pkey, "ED25519"))
		return RV_PUBKEY_ED25519;
	if (!EVP_PKEY_is_a(pkey, "EC") ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) != 1)
		return RV_PUBKEY_OTHER;
	if (strcmp(group, "secp256k1") == 0)
		return RV_PUBKEY_SECP256K1;
	if (strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0)
		return RV_PUBKEY_P256;
	return RV_PUBKEY_OTHER;
}

/* Takes @pkey over, whatever happens. */
static bool wrap(EVP_PKEY *pkey, struct rv_pubkey **out, struct rv_err *err)
{
	struct rv_pubkey *k = calloc(1, sizeof *k);

	if (!k) {
		EVP_PKEY_free(pkey);
		return rv_no_memory(err, "public key");
	}
	*k = (struct rv_pubkey){ pkey, type_of(pkey) };
	*out = k;
	return true;
}

bool rv_pubkey_spki(struct rv_span der, struct rv_pubkey **out,
		    struct rv_err *err)
{
	const unsigned char *p = der.p;
	EVP_PKEY *pkey;

	if (der.n == 0 || der.n > RV_PUBKEY_MAX)
		return rv_fail(err, RV_INPUT, "public key: %zu bytes of DER",
			       der.n);
	pkey = d2i_PUBKEY(NULL, &p, (long)der.n);
	ERR_clear_error();
	if (!pkey)
		return rv_fail(err, RV_INPUT,
			       "public key: not a SubjectPublicKeyInfo");
	if (p != der.p + der.n) {
		EVP_PKEY_free(pkey);
		return rv_fail(err, RV_INPUT,
			       "public key: bytes behind its DER");
	}
	return wrap(pkey, out, err);
}

/* SEC 1, 2.3.4, through OpenSSL, which checks that the point is on the curve */
static EVP_PKEY *from_point(const char *group, struct rv_span point)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	OSSL_PARAM *params = NULL;
	EVP_PKEY *pkey = NULL;

	if (b && ctx &&
	    OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME,
					    group, 0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY,
					     point.p, point.n) == 1)
		params = OSSL_PARAM_BLD_to_param(b);
	if (params && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return pkey;
}

bool rv_pubkey_raw(enum rv_pubkey_type type, struct rv_span raw,
		   struct rv_pubkey **out, struct rv_err *err)
{
	uint8_t point[POINT] = { 4 };
	EVP_PKEY *pkey;

	if (type == RV_PUBKEY_ED25519) {
		pkey = raw.n != ED25519
			   ? NULL
			   : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL,
							 raw.p, raw.n);
	} else {
		if (raw.n == 2 * COORDINATE) {
			memcpy(point + 1, raw.p, raw.n);
			raw = rv_span(point, sizeof point);
		}
		pkey = raw.n != POINT && raw.n != COORDINATE + 1
			   ? NULL
			   : from_point(type == RV_PUBKEY_P256 ? "prime256v1"
							       : "secp256k1",
					raw);
	}
	ERR_clear_error();
	if (!pkey)
		return rv_fail(err, RV_INPUT,
			       "public key: %zu bytes are no %s key", raw.n,
			       rv_pubkey_name(type));
	return wrap(pkey, out, err);
}

/* SEC 1, 2.3.3: the point as bytes, whatever form it was read in. */
static bool point(const struct rv_pubkey *k, bool compressed,
		  uint8_t out[POINT], size_t *n, struct rv_err *err)
{
	BIGNUM *x = NULL, *y = NULL;
	bool ok =
	    EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) == 1 &&
	    EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) == 1 &&
	    BN_bn2binpad(x, out + 1, COORDINATE) == COORDINATE &&
	    BN_bn2binpad(y, out + 1 + COORDINATE, COORDINATE) == COORDINATE;

	BN_free(x);
	BN_free(y);
	ERR_clear_error();
	if (!ok)
		return rv_fail(err, RV_SYSTEM, "OpenSSL: no point of a key");
	out[0] = compressed ? (out[POINT - 1] & 1 ? 3 : 2) : 4;
	*n = compressed ? COORDINATE + 1 : POINT;
	return true;
}

bool rv_pubkey_bytes(const struct rv_pubkey *k, bool compressed,
		     struct rv_buf *out, struct rv_err *err)
{
	uint8_t raw[POINT];
	size_t n = sizeof raw;

	if (k->type == RV_PUBKEY_OTHER)
		return rv_fail(err, RV_INPUT, "public key: no bare form");
	if (k->type != RV_PUBKEY_ED25519) {
		if (!point(k, compressed, raw, &n, err))
			return false;
	} else if (EVP_PKEY_get_raw_public_key(k->pkey, raw, &n) != 1) {
		return rv_fail(err, RV_SYSTEM, "OpenSSL: no raw key");
	}
	return rv_buf_copy(rv_span(raw, n), out, err);
}

/*
 * RFC 5480, 2: SEQUENCE { SEQUENCE { id-ecPublicKey, curve }, BIT STRING }.
 * Written here, because OpenSSL's writer keeps the form that was read.
 */
static bool point_spki(const struct rv_pubkey *k, bool compressed,
		       struct rv_buf *out, struct rv_err *err)
{
	static const uint8_t k256[] = { 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
					0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
					0x05, 0x2b, 0x81, 0x04, 0x00, 0x0a };
	static const uint8_t p256[] = { 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86,
					0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
					0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d,
					0x03, 0x01, 0x07 };
	struct rv_span alg = k->type == RV_PUBKEY_P256
				 ? rv_span(p256, sizeof p256)
				 : rv_span(k256, sizeof k256);
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	uint8_t raw[POINT];
	size_t n;

	if (!point(k, compressed, raw, &n, err))
		return false;
	rv_grow_u8(&g, 0x30);
	rv_grow_u8(&g, (unsigned)(alg.n + 3 + n));
	rv_grow_add(&g, alg.p, alg.n);
	rv_grow_u8(&g, 0x03);
	rv_grow_u8(&g, (unsigned)(n + 1));
	rv_grow_u8(&g, 0);
	rv_grow_add(&g, raw, n);
	return rv_grow_take(&g, out, err);
}

bool rv_pubkey_der(const struct rv_pubkey *k, bool compressed,
		   struct rv_buf *out, struct rv_err *err)
{
	unsigned char *der = NULL;
	bool ok;
	int n;

	if (k->type == RV_PUBKEY_SECP256K1 || k->type == RV_PUBKEY_P256)
		return point_spki(k, compressed, out, err);
	n = i2d_PUBKEY(k->pkey, &der);
	if (n <= 0)
		return rv_fail(err, RV_SYSTEM, "OpenSSL: cannot write a key");
	ok = rv_buf_copy(rv_span(der, (size_t)n), out, err);
	OPENSSL_free(der);
	return ok;
}

bool rv_ecdsa_der(struct rv_span raw, size_t half, struct rv_buf *out,
		  struct rv_err *err)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw.p, (int)half, NULL);
	BIGNUM *s = BN_bin2bn(raw.p + half, (int)half, NULL);
	unsigned char *der = NULL;
	bool ok;
	int n;

	if (!sig || !r || !s || ECDSA_SIG_set0(sig, r, s) != 1) {
		BN_free(r);
		BN_free(s);
		ECDSA_SIG_free(sig);
		return rv_no_memory(err, "signature");
	}
	n = i2d_ECDSA_SIG(sig, &der);
	ECDSA_SIG_free(sig);
	if (n <= 0)
		return rv_no_memory(err, "signature");
	ok = rv_buf_copy(rv_span(der, (size_t)n), out, err);
	OPENSSL_free(der);
	return ok;
}

static bool verify(const struct rv_pubkey *k, struct rv_span message,
		   struct rv_span sig, bool *good, struct rv_err *err)
{
	const EVP_MD *md = k->type == RV_PUBKEY_ED25519 ? NULL : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = -1;

	if (!ctx)
		return rv_no_memory(err, "signature");
	if (EVP_DigestVerifyInit(ctx, NULL, md, NULL, k->pkey) != 1) {
		EVP_MD_CTX_free(ctx);
		return rv_fail(err, RV_SYSTEM, "OpenSSL: cannot verify");
	}
	rc = EVP_DigestVerify(ctx, sig.p, sig.n, message.p, message.n);
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	*good = rc == 1;
	return true;
}

bool rv_pubkey_verify(const struct rv_pubkey *k, struct rv_span message,
		      struct rv_span sig, bool *good, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	static const uint8_t none = 0;

	if (k->type == RV_PUBKEY_OTHER)
		return rv_fail(err, RV_INPUT,
			       "signature: the key is none of Ed25519,"
			       " secp256k1, P-256");
	if (message.n == 0)
		message.p = &none;
	if (k->type == RV_PUBKEY_ED25519 && sig.n != SIGNATURE)
		return rv_fail(err, RV_INPUT,
			       "signature: %zu bytes, Ed25519 has 64", sig.n);
	if (k->type != RV_PUBKEY_ED25519 &&
	    (sig.n == SIGNATURE || sig.n == SIGNATURE + 1)) {
		if (!rv_ecdsa_der(sig, COORDINATE, &der, err))
			return false;
		sig = rv_buf_span(&der);
	} else if (k->type != RV_PUBKEY_ED25519 &&
		   (sig.n < 8 || sig.n > 72 || sig.p[0] != 0x30)) {
		return rv_fail(err, RV_INPUT,
			       "signature: %zu bytes are neither r || s"
			       " nor DER",
			       sig.n);
	}
	return verify(k, message, sig, good, err);
}

bool rv_cert_spki(struct rv_span cert, struct rv_buf *out, struct rv_err *err)
{
	const unsigned char *p = cert.p;
	unsigned char *der = NULL;
	X509 *x;
	bool ok;
	int n;

	if (cert.n == 0 || cert.n > RV_PUBKEY_CERT_MAX)
		return rv_fail(err, RV_INPUT, "certificate: %zu bytes of DER",
			       cert.n);
	x = d2i_X509(NULL, &p, (long)cert.n);
	ERR_clear_error();
	if (!x || p != cert.p + cert.n) {
		X509_free(x);
		return rv_fail(err, RV_INPUT,
			       "certificate: not one X.509 certificate in DER");
	}
	n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	X509_free(x);
	/* What was decoded has a key, so that only memory was missing. */
	if (n <= 0)
		return rv_no_memory(err, "certificate");
	ok = rv_buf_copy(rv_span(der, (size_t)n), out, err);
	OPENSSL_free(der);
	return ok;
}
