/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_signature.h - signatures of container images as signing tools store
 * them, found and not judged.
 */
#ifndef REFVAL_HASH_SIGNATURE_H
#define REFVAL_HASH_SIGNATURE_H

#include <refval/hash_image.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	RV_STORED_MAX = 256,	   /* signatures of one layout or folder */
	RV_STORED_BYTES = 4 << 20, /* of one */
};

enum rv_stored_form {
	RV_STORED_BUNDLE,   /* a sigstore bundle v0.3 */
	RV_STORED_ENVELOPE, /* DSSE, around an in-toto statement */
	RV_STORED_PAYLOAD,  /* "simple signing", its signature beside it */
};

/* A signature as it was found, not judged. Owned. */
struct rv_stored {
	enum rv_stored_form form;
	char *name;		   /* in messages: a path, or a digest */
	struct rv_buf bytes;	   /* the bundle, envelope or payload */
	struct rv_buf signature;   /* of a payload: base64 */
	struct rv_buf certificate; /* beside it: PEM; or empty */
	struct rv_buf log; /* beside it: a log's entry, JSON; or empty */
};

/* Owned, rv_stored_free(). */
struct rv_stored_list {
	struct rv_stored *item;
	size_t n;
};

RV_API void rv_stored_free(struct rv_stored_list *l);
/* A signature before it is copied; all borrowed. */
struct rv_stored_parts {
	enum rv_stored_form form;
	struct rv_span bytes, signature, certificate, log;
};

/* A copy at the end. RV_INPUT above the bounds; RV_SYSTEM. */
RV_API RV_MUST bool rv_stored_add(struct rv_stored_list *l, const char *name,
				  const struct rv_stored_parts *parts,
				  struct rv_err *err);

/*
 * Add the signatures that the OCI layout or archive at @path holds as layers of
 * their media types, each with the digest that names it. RV_INPUT: there is
 * none, or one is not what its digest says.
 */
RV_API RV_MUST bool rv_oci_signatures_read(const char *path,
					   struct rv_stored_list *out,
					   struct rv_err *err);

#ifdef __cplusplus
}
#endif

#endif
