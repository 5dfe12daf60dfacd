/* SPDX-License-Identifier: Apache-2.0 */
/* image_judge.h - what the files about signatures of images share. */
#ifndef RV_IMAGE_JUDGE_H
#define RV_IMAGE_JUDGE_H

#include "publish.h"
#include "digest.h"

#include <refval/image_signature.h>

/* What was signed, and what stands beside the signature. */
struct rv_signed_thing {
	bool envelope;	      /* else the message, or a payload */
	struct rv_sha256 sum; /* of the payload, or of the message */
	struct rv_buf sig;    /* owned */
	struct rv_buf leaf;   /* its certificate, DER; owned; empty: none */
	/* Borrowed: a bundle's verificationMaterial; or cosign's annotations,
	 * the log's entry and the certificate. */
	const rv_json *material, *annotation;
	struct rv_span pem;
};

/* The certificate that stands beside it, if one does, into t->leaf. */
RV_MUST bool rv_keyless_leaf(struct rv_signed_thing *t, struct rv_err *err);
/*
 * @t is signed by the key of its certificate: is that of the expected identity,
 * and was it valid then? Into state and said of @out.
 */
RV_MUST bool rv_keyless_judge(const struct rv_signed_thing *t,
			      const struct rv_image_trust *trust,
			      struct rv_image_signature *out,
			      struct rv_err *err);
/* A number from 0 on; JSON of protobuf has those of 64 bits as strings. */
RV_MUST bool rv_log_number(const rv_json *j, const char *key, int64_t *out,
			   struct rv_err *err);
/*
 * Does @proof (sigstore's InclusionProof) lead from the entry @body to a root
 * that @key signed? RV_INPUT: it is malformed.
 */
RV_MUST bool rv_inclusion_check(const rv_json *proof, struct rv_span body,
				const struct rv_sign_key *key, bool *good,
				struct rv_err *err);

#endif
