/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cbor.h - the part of CBOR (RFC 8949) that measured documents use, in its one
 * deterministic form: definite lengths, shortest numbers.
 */
#ifndef RV_CBOR_H
#define RV_CBOR_H

#include "base.h"

/* Reading, on a struct rv_rd: false says what was there instead. */
RV_MUST bool rv_cbor_uint(struct rv_rd *r, const char *field, uint64_t max,
			  uint64_t *out, struct rv_err *err);
RV_MUST bool rv_cbor_bool(struct rv_rd *r, const char *field, bool *out,
			  struct rv_err *err);
/* Borrow from the input. Text is well-formed UTF-8. */
RV_MUST bool rv_cbor_bytes(struct rv_rd *r, const char *field,
			   struct rv_span *out, struct rv_err *err);
RV_MUST bool rv_cbor_text(struct rv_rd *r, const char *field,
			  struct rv_span *out, struct rv_err *err);
/* The number of pairs, at most @max. */
RV_MUST bool rv_cbor_map(struct rv_rd *r, const char *field, uint64_t max,
			 uint64_t *out, struct rv_err *err);

void rv_cbor_put_uint(struct rv_grow *to, uint64_t v);
void rv_cbor_put_bool(struct rv_grow *to, bool v);
void rv_cbor_put_bytes(struct rv_grow *to, struct rv_span s);
void rv_cbor_put_text(struct rv_grow *to, struct rv_span s);
void rv_cbor_put_map(struct rv_grow *to, uint64_t pairs);

#endif
