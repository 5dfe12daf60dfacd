/* SPDX-License-Identifier: Apache-2.0 */
/*
 * x509.h - certificates, revocation lists and P-256 signatures: the only door
 * to OpenSSL's X.509 and EC. Nothing here knows who should have signed what.
 * Everything is immutable once read and may be shared between threads.
 */
#ifndef RV_X509_H
#define RV_X509_H

#include "base.h"

enum {
	RV_CERT_MAX = 8 * 1024, /* bytes of DER */
	RV_CRL_MAX = 1 << 20,
	RV_SERIAL_MAX = 20, /* bytes, RFC 5280 section 4.1.2.2 */
	RV_NAME_MAX = 64,   /* ub-common-name, RFC 5280 appendix A.1 */
};

/* No configuration file may change what OpenSSL does. Cheap; call at will. */
RV_MUST bool rv_crypto_start(struct rv_err *err);

/* What a check found; FAILED is neither: memory ran out or OpenSSL broke. */
enum rv_holds {
	RV_CHECK_FAILED = 0,
	RV_CHECK_GOOD,
	RV_CHECK_BAD,
	RV_CHECK_OTHER, /* not what it was said to be: another issuer */
};

struct rv_key; /* an EC public key */

/* A P-256 key from x || y. BAD: not a point of the curve. */
enum rv_holds rv_key_read(const uint8_t point[64], struct rv_key **out);
/* The same of P-384. */
enum rv_holds rv_key_read_p384(const uint8_t point[96], struct rv_key **out);
void rv_key_free(struct rv_key **k);
/* ECDSA over a SHA-256 digest, @sig is r || s. */
enum rv_holds rv_key_check(const struct rv_key *k,
			   const struct rv_sha256 *digest,
			   const uint8_t sig[64]);
/* The same over a message. */
enum rv_holds rv_key_check_message(const struct rv_key *k, struct rv_span msg,
				   const uint8_t sig[64]);
/*
 * ECDSA over a SHA-384 digest by a P-384 key, @sig is r || s. BAD also when
 * the key is of another curve.
 */
enum rv_holds rv_key_check_p384(const struct rv_key *k,
				const struct rv_sha384 *digest,
				const uint8_t sig[96]);

/* RSA over SHA-256 (RFC 8017): section 8.2, or 8.1 with MGF1 and a salt of 32.
 */
enum rv_rsa { RV_RSA_PKCS1, RV_RSA_PSS };
/* Of a message, by a key of 2048 bits or more. BAD also for another key. */
enum rv_holds rv_key_check_rsa(const struct rv_key *k, struct rv_span msg,
			       enum rv_rsa form, struct rv_span sig);

struct rv_cert;

struct rv_cert_info {
	struct rv_span der; /* borrows from the certificate */
	struct rv_sha256 sha256;
	int64_t not_before, not_after;
	/* Common names; empty unless there is exactly one, of plain text. */
	char subject[RV_NAME_MAX + 1], issuer[RV_NAME_MAX + 1];
	char serial[2 * RV_SERIAL_MAX + 1]; /* hex */
	bool ca;
	long path_len; /* of a CA; -1: none given */
	bool may_sign_certs, may_sign_crls, may_sign_data;
	bool p256, p384; /* the key */
	/* It narrows what may stand below it (RFC 5280, 4.2.1.10 to .14). */
	bool constrained;
};

/* All of @der is one certificate. RV_INPUT: it is not. */
RV_MUST bool rv_cert_read(struct rv_span der, struct rv_cert **out,
			  struct rv_err *err);
/* One more owner of the same certificate; each calls rv_cert_free(). */
struct rv_cert *rv_cert_share(struct rv_cert *c);
void rv_cert_free(struct rv_cert **c);
const struct rv_cert_info *rv_cert_info(const struct rv_cert *c);
const struct rv_key *rv_cert_key(const struct rv_cert *c);
/* When all @n of @c are valid together: the latest start, the earliest end. */
void rv_cert_window(const struct rv_cert *const *c, size_t n,
		    int64_t *not_before, int64_t *not_after);

/*
 * Subject and issuer as RFC 4514 writes them, the last part first:
 * "CN=Intel SGX Root CA,O=Intel Corporation,...". Both are owned, and text.
 */
RV_MUST bool rv_cert_names(const struct rv_cert *c, struct rv_buf *subject,
			   struct rv_buf *issuer, struct rv_err *err);

/*
 * The contents of the one extension @oid (dotted), borrowed from @c. False
 * when there is none or more than one.
 */
RV_MUST bool rv_cert_extension(const struct rv_cert *c, const char *oid,
			       struct rv_span *out);

/*
 * Path validation, RFC 5280 section 6, times and revocation left out: @leaf,
 * then @middle unless NULL, then the trusted @root, and no other path. OTHER:
 * does not end in @root, or a signature is wrong. BAD: an extension forbids it.
 * *@why is then OpenSSL's word for it; static.
 */
enum rv_holds rv_cert_path(const struct rv_cert *leaf,
			   const struct rv_cert *middle,
			   const struct rv_cert *root, bool strict,
			   const char **why);

/*
 * Did @issuer sign @cert? OTHER: its subject is not the issuer that @cert
 * names. One link of a path, where the order given is part of the answer; what
 * @issuer may do is in its info.
 */
enum rv_holds rv_cert_issued(const struct rv_cert *cert,
			     const struct rv_cert *issuer);

/* The AlgorithmIdentifier that @c is signed by, DER (RFC 5280, 4.1.1.2). */
RV_MUST bool rv_cert_algorithm(const struct rv_cert *c, struct rv_buf *out,
			       struct rv_err *err);

struct rv_crl;

struct rv_crl_info {
	struct rv_sha256 sha256;
	int64_t this_update, next_update;
	char issuer[RV_NAME_MAX + 1];
	char number[2 * RV_SERIAL_MAX + 1]; /* hex; empty: none */
	size_t revoked;
};

/*
 * All of @der is one complete list of its issuer's certificates, with a
 * nextUpdate. RV_INPUT: not so, or it narrows its scope by extensions.
 */
RV_MUST bool rv_crl_read(struct rv_span der, struct rv_crl **out,
			 struct rv_err *err);
void rv_crl_free(struct rv_crl **c);
const struct rv_crl_info *rv_crl_info(const struct rv_crl *c);
/* Is @c of and signed by @issuer? OTHER: of another issuer. */
enum rv_holds rv_crl_check(const struct rv_crl *c,
			   const struct rv_cert *issuer);
/* Is the serial number of @cert on the list? */
bool rv_crl_lists(const struct rv_crl *c, const struct rv_cert *cert);

#endif
