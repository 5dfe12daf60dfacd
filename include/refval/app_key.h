/* SPDX-License-Identifier: Apache-2.0 */
/*
 * app_key.h - keys that a dstack app has of its KMS: who says that a key is the
 * app's? A chain of two signatures, from the KMS's root to the app's key to the
 * one that is used (dstack, kms/src/crypto.rs and guest-agent's GetKey, Sign).
 */
#ifndef REFVAL_APP_KEY_H
#define REFVAL_APP_KEY_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	RV_APP_KEY_MAX = 64 << 10, /* bytes of an answer */
	RV_APP_KEY_POINT = 33,	   /* a compressed point of secp256k1 */
	RV_APP_KEY_PURPOSE = 128,  /* bytes of a purpose */
	RV_APP_KEY_ID = 20,	   /* bytes of an app-id */
};

struct rv_app_key {
	uint8_t key[RV_APP_KEY_POINT]; /* the one that is used */
	size_t n;		       /* 32: Ed25519; 33: secp256k1 */
	char purpose[RV_APP_KEY_PURPOSE + 1];
	/* By whom the first signature is: the app's own key. */
	uint8_t app[RV_APP_KEY_POINT];
	bool has_app;	    /* false: it is by no key */
	uint8_t issued[65]; /* the second signature */
};

/*
 * Read an answer of Sign; or {"public_key", "purpose", "signature_chain"}, an
 * answer of GetKey whose private key was replaced. RV_INPUT: it is malformed,
 * or holds the private key, which is nobody else's to see.
 */
RV_API RV_MUST bool rv_app_key_read(struct rv_span json, struct rv_app_key *out,
				    struct rv_err *err);
/*
 * The root key of a KMS: 66 or 130 hex digits, or PEM. RV_INPUT: no key of
 * secp256k1.
 */
RV_API RV_MUST bool rv_app_key_root(struct rv_span text,
				    uint8_t out[RV_APP_KEY_POINT],
				    struct rv_err *err);
/*
 * Whose is the second signature, if the app's key of @k was issued to the app
 * @app_id? *found is false when it is nobody's.
 */
RV_API RV_MUST bool rv_app_key_issuer(const struct rv_app_key *k,
				      const uint8_t app_id[RV_APP_KEY_ID],
				      bool *found,
				      uint8_t out[RV_APP_KEY_POINT],
				      struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
