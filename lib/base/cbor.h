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
/* The key @want of a map whose keys stand in a known order. */
RV_MUST bool rv_cbor_key(struct rv_rd *r, const char *want, struct rv_err *err);
/* The number of pairs, at most @max. */
RV_MUST bool rv_cbor_map(struct rv_rd *r, const char *field, uint64_t max,
			 uint64_t *out, struct rv_err *err);

/* A whole number of either sign, within 63 bits. */
RV_MUST bool rv_cbor_int(struct rv_rd *r, const char *field, int64_t *out,
			 struct rv_err *err);
/* The number of elements, at most @max. */
RV_MUST bool rv_cbor_array(struct rv_rd *r, const char *field, uint64_t max,
			   uint64_t *out, struct rv_err *err);
RV_MUST bool rv_cbor_tag(struct rv_rd *r, const char *field, uint64_t *out,
			 struct rv_err *err);
/* What the next item is; -1 at the end. The cursor stays. */
enum {
	RV_CBOR_UINT,
	RV_CBOR_NINT,
	RV_CBOR_BYTES,
	RV_CBOR_TEXT,
	RV_CBOR_ARRAY,
	RV_CBOR_MAP,
	RV_CBOR_TAG,
	RV_CBOR_SIMPLE
};
int rv_cbor_peek(const struct rv_rd *r);
/* One item with all in it, at most RV_CBOR_DEPTH deep; @out (or NULL) is it. */
enum { RV_CBOR_DEPTH = 16 };
RV_MUST bool rv_cbor_skip(struct rv_rd *r, const char *field,
			  struct rv_span *out, struct rv_err *err);

void rv_cbor_put_int(struct rv_grow *to, int64_t v);
void rv_cbor_put_array(struct rv_grow *to, uint64_t n);
void rv_cbor_put_tag(struct rv_grow *to, uint64_t tag);
void rv_cbor_put_uint(struct rv_grow *to, uint64_t v);
void rv_cbor_put_bool(struct rv_grow *to, bool v);
void rv_cbor_put_bytes(struct rv_grow *to, struct rv_span s);
void rv_cbor_put_text(struct rv_grow *to, struct rv_span s);
void rv_cbor_put_map(struct rv_grow *to, uint64_t pairs);

#endif
