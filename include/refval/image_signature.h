/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_signature.h - who signed a container image: what a stored signature is
 * about, and whether it is by a given key or identity. Nothing is fetched.
 */
#ifndef REFVAL_IMAGE_SIGNATURE_H
#define REFVAL_IMAGE_SIGNATURE_H

#include <refval/hash_signature.h>
#include <refval/publish.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { RV_SIGNED_SUBJECTS = 256 }; /* digests of one statement */

/* What a signature is about. Owned by it. */
struct rv_signed_subject {
	char *name;		  /* a repository or a file; NULL: not said */
	char digest[RV_OCI_TEXT]; /* "sha256:..." or "sha512:..." */
};

/* One signature, judged. Owned, rv_image_signature_free(). */
struct rv_image_signature {
	struct rv_signed_subject *subject; /* what it signs, by digest */
	size_t n;
	/*
	 * RV_SIGNED_UNCHECKED: it cannot be told whose it is. Whatever it is,
	 * @subject is what it claims to sign.
	 */
	enum rv_signed state;
	char said[320];	 /* the state as a sentence's end: "signed by ..." */
	char *predicate; /* a statement's predicateType; NULL: none */
	/* The statement says that the image is of the signer: other types may
	 * as well say that it is bad. */
	bool vouches;
};

/*
 * Who must have signed. Borrowed. Either a key; or an identity, as the
 * certificate beside the signature has it, for which all that follows is there.
 */
struct rv_image_trust {
	struct rv_span key;	    /* PEM; empty: an identity */
	const char *identity;	    /* e-mail or URI */
	const char *issuer;	    /* who told the CA so: an URL */
	struct rv_span authorities; /* PEM: a CA's roots, and what is between */
	struct rv_span log_key;	    /* PEM: whose word of the time counts */
};

/*
 * Judge @s. RV_INPUT: it is malformed, or what is trusted is. What somebody
 * else signed is RV_SIGNED_BAD. A certificate counts at the time that the log
 * signed for: without that it is RV_SIGNED_UNCHECKED, never good.
 */
RV_API RV_MUST bool rv_image_signature_read(const struct rv_stored *s,
					    const struct rv_image_trust *trust,
					    struct rv_image_signature *out,
					    struct rv_err *err);
RV_API void rv_image_signature_free(struct rv_image_signature *s);

#ifdef __cplusplus
}
#endif

#endif
