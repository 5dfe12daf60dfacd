/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote.h - stage "quote": decode a quote and verify it.
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
	uint16_t cert_type; /* inner certification data type, 1..5 */
	struct rv_span cert_data;
	struct rv_span trailing; /* after the signature data */
	bool trailing_nonzero;
};

/* One field of a quote body: drives decoding, JSON and comparison alike. */
struct rv_quote_field {
	const char *name;	 /* e.g. "mr_config_id" */
	uint16_t offset, length; /* bytes, in the body */
};

/*
 * Why verification failed: the stable codes. What each means and which exit
 * code it gives is one table, rv_quote_code_*(), printed in the manual page.
 */
enum rv_quote_code {
	RV_QUOTE_OK = 0,
	RV_QUOTE_FORMAT,
	RV_QUOTE_VERSION,
	RV_QUOTE_KEY_TYPE,
	RV_QUOTE_TEE_TYPE,
	RV_QUOTE_QE_VENDOR,
	RV_QUOTE_BODY,
	RV_QUOTE_CERT_TYPE,
	RV_QUOTE_COLLATERAL_MISSING,
	RV_QUOTE_COLLATERAL_FORMAT,
	RV_QUOTE_TCB_INFO_FORMAT,
	RV_QUOTE_QE_IDENTITY_FORMAT,
	RV_QUOTE_PCK_CHAIN_MISSING,
	RV_QUOTE_PCK_CHAIN_FORMAT,
	RV_QUOTE_PCK_CHAIN,
	RV_QUOTE_PCK_CHAIN_UNTRUSTED,
	RV_QUOTE_PCK_CHAIN_ROLE,
	RV_QUOTE_PCK_CHAIN_EXPIRED,
	RV_QUOTE_PCK_CHAIN_NOT_YET_VALID,
	RV_QUOTE_PCK_CHAIN_REVOKED,
	RV_QUOTE_TCB_CHAIN_FORMAT,
	RV_QUOTE_TCB_CHAIN,
	RV_QUOTE_TCB_CHAIN_UNTRUSTED,
	RV_QUOTE_TCB_CHAIN_ROLE,
	RV_QUOTE_TCB_CHAIN_EXPIRED,
	RV_QUOTE_TCB_CHAIN_NOT_YET_VALID,
	RV_QUOTE_TCB_CHAIN_REVOKED,
	RV_QUOTE_QEID_CHAIN_FORMAT,
	RV_QUOTE_QEID_CHAIN,
	RV_QUOTE_QEID_CHAIN_UNTRUSTED,
	RV_QUOTE_QEID_CHAIN_ROLE,
	RV_QUOTE_QEID_CHAIN_EXPIRED,
	RV_QUOTE_QEID_CHAIN_NOT_YET_VALID,
	RV_QUOTE_QEID_CHAIN_REVOKED,
	RV_QUOTE_CRL_FORMAT,
	RV_QUOTE_CRL_MISSING,
	RV_QUOTE_CRL_SIGNATURE,
	RV_QUOTE_CRL_EXPIRED,
	RV_QUOTE_CRL_NOT_YET_VALID,
	RV_QUOTE_TCB_INFO_SIGNATURE,
	RV_QUOTE_QE_IDENTITY_SIGNATURE,
	RV_QUOTE_TCB_INFO_NOT_YET_VALID,
	RV_QUOTE_TCB_INFO_EXPIRED,
	RV_QUOTE_QE_IDENTITY_NOT_YET_VALID,
	RV_QUOTE_QE_IDENTITY_EXPIRED,
	RV_QUOTE_TCB_INFO_MISMATCH,
	RV_QUOTE_QE_IDENTITY_OTHER,
	RV_QUOTE_PCK_EXTENSION,
	RV_QUOTE_TDX_MODULE_MISMATCH,
	RV_QUOTE_QE_REPORT_SIGNATURE,
	RV_QUOTE_QE_REPORT_DATA,
	RV_QUOTE_QE_IDENTITY_MISMATCH,
	RV_QUOTE_ATTESTATION_KEY,
	RV_QUOTE_SIGNATURE,
	RV_QUOTE_TCB_NOT_SUPPORTED,
	RV_QUOTE_TCB_REVOKED,
	RV_QUOTE_INTERNAL,
	RV_QUOTE_CODES
};

/* "QUOTE_FORMAT" ...; NULL for RV_QUOTE_OK. */
RV_API const char *rv_quote_code_name(enum rv_quote_code c);
/* In a few words, for people. */
RV_API const char *rv_quote_code_text(enum rv_quote_code c);
/* RV_NO: forged or revoked. RV_INPUT: cannot tell. */
RV_API enum rv_code rv_quote_code_exit(enum rv_quote_code c);

enum {
	RV_QUOTE_MAX = 64 * 1024,      /* bytes of a quote, padding included */
	RV_QUOTE_CERT_MAX = 32 * 1024, /* bytes of its certification data */
};

/*
 * Decode @in (raw bytes): checks 1 to 3 of docs/refval-quote.1. RV_INPUT:
 * malformed or an unknown version; the message starts with the stable code.
 */
RV_API RV_MUST bool rv_quote_read(struct rv_span in, struct rv_quote *out,
				  struct rv_err *err);

/* The fields of a body type, in layout order. */
RV_API const struct rv_quote_field *rv_quote_fields(enum rv_body type,
						    size_t *n);
/* One field by name; an empty span when this body type has none such. */
RV_API struct rv_span rv_quote_field(const struct rv_quote *q,
				     const char *name);

#endif
