/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote.h - stage "quote": decode a quote and, later, verify it.
 * Layouts: Intel TDX DCAP Quoting Library API, appendix A (v3, v4, v5).
 */
#ifndef REFVAL_QUOTE_H
#define REFVAL_QUOTE_H

#include <refval/types.h>

enum rv_tee {
	RV_TEE_SGX = 0,
	RV_TEE_TDX = 0x81,
};

enum rv_body {
	RV_BODY_SGX = 1,     /* 384 bytes */
	RV_BODY_TD10 = 2,    /* 584 */
	RV_BODY_TD15 = 3,    /* 648 */
	RV_BODY_TD15_EX = 4, /* 885 */
};

/* A decoded quote. Every span borrows from the bytes it was read from. */
struct rv_quote {
	uint16_t version; /* 3, 4 or 5 */
	uint16_t att_key_type;
	enum rv_tee tee;
	enum rv_body body_type;
	struct rv_span header;	     /* 48 bytes */
	struct rv_span qe_vendor_id; /* 16 */
	struct rv_span user_data;    /* 20 */
	struct rv_span body;	     /* by body_type */
	struct rv_span signed_part;  /* header, descriptor (v5) and body */
	struct rv_span signature;    /* 64, raw r || s */
	struct rv_span att_key;	     /* 64, raw x || y */
	struct rv_span qe_report;    /* 384 */
	struct rv_span qe_signature; /* 64 */
	struct rv_span auth;
	uint16_t cert_type; /* inner certification data type, 1..5 or 7 */
	struct rv_span cert_data;
	struct rv_span trailing; /* after the signature data */
	bool trailing_nonzero;
};

/* One field of a quote body: drives decoding, JSON and comparison alike. */
struct rv_quote_field {
	const char *name;	 /* e.g. "mr_config_id" */
	uint16_t offset, length; /* bytes, in the body */
};

/* Decode @in (raw bytes). RV_INPUT: malformed or an unknown version. */
RV_API RV_MUST bool rv_quote_read(struct rv_span in, struct rv_quote *out,
				  struct rv_err *err);

/* The fields of a body type, in layout order. */
RV_API const struct rv_quote_field *rv_quote_fields(enum rv_body type,
						    size_t *n);
/* One field by name; an empty span when this body type has none such. */
RV_API struct rv_span rv_quote_field(const struct rv_quote *q,
				     const char *name);

#endif
