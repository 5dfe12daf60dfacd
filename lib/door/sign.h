/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sign.h - the door to OpenSSL's signatures for documents that are published:
 * Ed25519 (RFC 8032) and ECDSA over P-256 and P-384. A private key is held no
 * longer than its struct lives, and never written anywhere.
 */
#ifndef RV_SIGN_H
#define RV_SIGN_H

#include "base.h"
#include "digest.h"

enum rv_sign_type { RV_SIGN_ED25519, RV_SIGN_P256, RV_SIGN_P384 };

/* How a signature by a curve is written; Ed25519 has one form only. */
enum rv_sign_form {
	RV_SIGN_DER, /* SEQUENCE { r, s } */
	RV_SIGN_RAW, /* r || s, each as long as the curve's order */
};

enum { RV_SIGN_PEM_MAX = 64 << 10 };

struct rv_sign_key;

/* A private key: PKCS #8 or SEC 1 in PEM, without a passphrase. */
RV_MUST bool rv_sign_private(struct rv_span pem, struct rv_sign_key **out,
			     struct rv_err *err);
/* A public key: SubjectPublicKeyInfo in PEM, "PUBLIC KEY". */
RV_MUST bool rv_sign_public(struct rv_span pem, struct rv_sign_key **out,
			    struct rv_err *err);
/* The same as DER, all of @der. */
RV_MUST bool rv_sign_spki(struct rv_span der, struct rv_sign_key **out,
			  struct rv_err *err);
void rv_sign_free(struct rv_sign_key **key);

enum rv_sign_type rv_sign_type(const struct rv_sign_key *key);
/* "Ed25519", "P-256", "P-384" */
const char *rv_sign_name(enum rv_sign_type type);

/* @alg is the digest that a curve signs; Ed25519 signs the message itself. */
RV_MUST bool rv_sign_make(const struct rv_sign_key *key, enum rv_alg alg,
			  enum rv_sign_form form, struct rv_span message,
			  struct rv_buf *out, struct rv_err *err);
/* *good is the answer; false only when the question could not be asked. */
RV_MUST bool rv_sign_check(const struct rv_sign_key *key, enum rv_alg alg,
			   enum rv_sign_form form, struct rv_span message,
			   struct rv_span signature, bool *good,
			   struct rv_err *err);

/*
 * The same of a message that is known by its SHA-256 only, the signature of a
 * curve in DER. RV_INPUT for Ed25519, which needs the message itself.
 */
RV_MUST bool rv_sign_check_digest(const struct rv_sign_key *key,
				  const struct rv_sha256 *digest,
				  struct rv_span signature, bool *good,
				  struct rv_err *err);

/* SHA-256 of the SubjectPublicKeyInfo: what others call the key's hash. */
RV_MUST bool rv_sign_id(const struct rv_sign_key *key, struct rv_sha256 *out,
			struct rv_err *err);

/*
 * Read the file of a private key, "-" being standard input, into one block of
 * memory, which is not moved, and not swapped out where the system permits
 * that. *others: the file's mode lets others than its owner get at it.
 */
RV_MUST bool rv_sign_read(const char *path, struct rv_buf *out, bool *others,
			  struct rv_err *err);
/* Overwrite secret bytes before they are freed. */
void rv_sign_wipe(struct rv_buf *b);

/*
 * From here on OpenSSL overwrites all memory that it frees. Its readers of keys
 * leave copies otherwise (3.5: of a PKCS #8 key's number). The whole process
 * shares this, so a program asks for it before its first use of OpenSSL: a call
 * that comes too late fails.
 */
RV_MUST bool rv_sign_wipe_freed(struct rv_err *err);

#endif
