/* SPDX-License-Identifier: Apache-2.0 */
/* digest.h - digests, by OpenSSL. */
#ifndef RV_DIGEST_H
#define RV_DIGEST_H

#include "base.h"

/* A digest being computed. Reusable: rv_digest_end() starts it anew. */
struct rv_digest;

RV_MUST bool rv_digest_new(enum rv_alg alg, struct rv_digest **out,
			   struct rv_err *err);
RV_MUST bool rv_digest_add(struct rv_digest *d, const void *p, size_t n,
			   struct rv_err *err);
/* Writes the digest's own length to @out. */
RV_MUST bool rv_digest_end(struct rv_digest *d, uint8_t *out,
			   struct rv_err *err);
void rv_digest_free(struct rv_digest **d);

RV_MUST bool rv_sha256(struct rv_span s, struct rv_sha256 *out,
		       struct rv_err *err);
RV_MUST bool rv_sha384(struct rv_span s, struct rv_sha384 *out,
		       struct rv_err *err);
/* The value becomes HASH(value || digest), by the register's own hash. */
RV_MUST bool rv_mr_extend(struct rv_mr *mr, struct rv_span digest,
			  struct rv_err *err);
/* TDX: register = SHA-384(register || digest). */
RV_MUST bool rv_extend(struct rv_sha384 *reg, const struct rv_sha384 *digest,
		       struct rv_err *err);

#endif
