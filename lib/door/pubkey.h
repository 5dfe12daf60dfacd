/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pubkey.h - the door to OpenSSL's public keys: read one, write it in each of
 * its forms, check a signature by it; and what a certificate says of its key.
 */
#ifndef RV_PUBKEY_H
#define RV_PUBKEY_H

#include "base.h"

enum rv_pubkey_type {
	RV_PUBKEY_OTHER = 0, /* has an SPKI, and that is all we know of it */
	RV_PUBKEY_ED25519,
	RV_PUBKEY_SECP256K1,
	RV_PUBKEY_P256,
};

enum {
	RV_PUBKEY_MAX = 8192,	      /* bytes of one key in DER */
	RV_PUBKEY_CERT_MAX = 1 << 20, /* bytes of one certificate in DER */
};

struct rv_pubkey;

/* "Ed25519", "secp256k1", "P-256" or "other". */
const char *rv_pubkey_name(enum rv_pubkey_type type);

/* Read a DER SubjectPublicKeyInfo (RFC 5280, 4.1.2.7), all of @der. */
RV_MUST bool rv_pubkey_spki(struct rv_span der, struct rv_pubkey **out,
			    struct rv_err *err);
/*
 * Read a bare key: 32 bytes of Ed25519 (RFC 8032), or a point of the curve in
 * SEC 1 form (33 or 65 bytes), or its 64 bytes x || y. RV_INPUT also when the
 * point is not on the curve.
 */
RV_MUST bool rv_pubkey_raw(enum rv_pubkey_type type, struct rv_span raw,
			   struct rv_pubkey **out, struct rv_err *err);
void rv_pubkey_free(struct rv_pubkey **key);

enum rv_pubkey_type rv_pubkey_type(const struct rv_pubkey *key);
/* Its SPKI as DER; @compressed matters for curve points only. */
RV_MUST bool rv_pubkey_der(const struct rv_pubkey *key, bool compressed,
			   struct rv_buf *out, struct rv_err *err);
/* Its bare bytes: 32 of Ed25519, 33 or 65 of a curve point. */
RV_MUST bool rv_pubkey_bytes(const struct rv_pubkey *key, bool compressed,
			     struct rv_buf *out, struct rv_err *err);

/*
 * Is @signature one by @key over @message? Ed25519: 64 bytes, over the message
 * itself. The curves: over SHA-256 of the message, as r || s (64 bytes, or 65
 * with a recovery byte that is not used) or as DER. *good is the answer;
 * false is returned only when the question could not be asked.
 */
RV_MUST bool rv_pubkey_verify(const struct rv_pubkey *key,
			      struct rv_span message, struct rv_span signature,
			      bool *good, struct rv_err *err);

/* The SPKI of an X.509 certificate, exactly as it stands in @cert (DER). */
RV_MUST bool rv_cert_spki(struct rv_span cert, struct rv_buf *out,
			  struct rv_err *err);

/*
 * Raw r || s, @half bytes each at the start of @raw, as the DER that OpenSSL
 * reads (RFC 3279, section 2.2.3). @out is owned.
 */
RV_MUST bool rv_ecdsa_der(struct rv_span raw, size_t half, struct rv_buf *out,
			  struct rv_err *err);

#endif
