/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote.h - stage "quote": decode a quote and verify it.
 * Layouts: Intel TDX DCAP Quoting Library API, appendix A (v3, v4, v5).
 */
#ifndef REFVAL_QUOTE_H
#define REFVAL_QUOTE_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

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
	RV_QUOTE_TCB_INFO_SIGNATURE_FORMAT,
	RV_QUOTE_TCB_INFO_SIGNATURE,
	RV_QUOTE_QE_IDENTITY_SIGNATURE_FORMAT,
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
/*
 * The FMSPC that the PCK certificate in a quote states: the quote's word, not
 * verified. RV_INPUT when the quote holds no such certificate.
 */
RV_API RV_MUST bool rv_quote_fmspc(const struct rv_quote *q, uint8_t out[6],
				   struct rv_err *err);

/*
 * The version of the TDX module that MRSEAM is of, "1.5.20"; NULL: not among
 * those that Intel lists. Static text.
 */
RV_API const char *rv_tdx_module(const struct rv_quote *q);

/* ---- collateral: what Intel says about a platform ---- */

enum {
	RV_COLLATERAL_MAX = 4 << 20, /* bytes of one file */
	RV_PCK_COMPONENTS = 16,
};

/* The members, named as in the JSON form that dstack's tools exchange. */
enum rv_collateral_member {
	RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN,
	RV_COLLATERAL_ROOT_CA_CRL,
	RV_COLLATERAL_PCK_CRL,
	RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN,
	RV_COLLATERAL_TCB_INFO,
	RV_COLLATERAL_TCB_INFO_SIGNATURE,
	RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
	RV_COLLATERAL_QE_IDENTITY,
	RV_COLLATERAL_QE_IDENTITY_SIGNATURE,
	RV_COLLATERAL_PCK_CERTIFICATE_CHAIN,
	RV_COLLATERAL_MEMBERS
};

/*
 * Collateral as it came: chains as PEM text, lists as DER, hex or PEM, bodies
 * as the exact bytes that were signed, signatures as hex. Nothing in it is
 * trusted or even well-formed before rv_quote_verify() said so.
 */
struct rv_collateral {
	struct rv_buf member[RV_COLLATERAL_MEMBERS]; /* owned; may be empty */
	struct rv_sha256 id[RV_COLLATERAL_MEMBERS];  /* digests of them */
};

/* "tcb_info" ... */
RV_API const char *rv_collateral_name(enum rv_collateral_member m);
/* Read one JSON document. Members that are absent stay empty. */
RV_API RV_MUST bool rv_collateral_read(struct rv_span json,
				       struct rv_collateral *out,
				       struct rv_err *err);
/*
 * Add one answer of Intel's service, or of a cache of it, to @c: @name (of
 * its file) and the contents tell which. *@known is false when they do not.
 */
RV_API RV_MUST bool rv_collateral_add(struct rv_collateral *c, const char *name,
				      struct rv_span in, bool *known,
				      struct rv_err *err);
RV_API void rv_collateral_free(struct rv_collateral *c);

/* ---- verification ---- */

/* Intel's words for the state of a TCB, as TCB Info and verifiers use them. */
enum rv_tcb_status {
	RV_TCB_NONE = 0, /* not known, or there is no such component */
	RV_TCB_UP_TO_DATE,
	RV_TCB_SW_HARDENING,
	RV_TCB_CONFIGURATION,
	RV_TCB_CONFIGURATION_AND_SW_HARDENING,
	RV_TCB_OUT_OF_DATE,
	RV_TCB_OUT_OF_DATE_CONFIGURATION,
	RV_TCB_RELAUNCH,
	RV_TCB_RELAUNCH_CONFIGURATION,
	RV_TCB_REVOKED,
	RV_TCB_STATUSES
};

/* "UpToDate" ...; NULL for RV_TCB_NONE. */
RV_API const char *rv_tcb_status_name(enum rv_tcb_status s);
/* By name, exactly; RV_TCB_NONE when there is no such status. */
RV_API enum rv_tcb_status rv_tcb_status_read(struct rv_span name);

/* What the SGX extension of a PCK certificate says. */
struct rv_pck {
	uint8_t ppid[16], cpusvn[16], pceid[2], fmspc[6];
	uint8_t comp[RV_PCK_COMPONENTS];
	uint16_t pcesvn;
	unsigned sgx_type; /* 0 standard, 1 scalable, 2 with integrity */
	bool has_instance;
	uint8_t instance[16];
	bool has_config;
	bool dynamic_platform, cached_keys, smt_enabled;
};

/* What it may say of a platform of several packages (configuration). */
enum rv_pck_property {
	RV_PCK_DYNAMIC,	    /* packages may be added */
	RV_PCK_CACHED_KEYS, /* Intel keeps its root keys */
	RV_PCK_SMT,	    /* hyperthreading is on */
	RV_PCK_PROPERTIES
};

/* "dynamic", "cached-keys", "smt". */
RV_API const char *rv_pck_property_name(enum rv_pck_property p);
/* False also where the certificate says nothing of it. */
RV_API bool rv_pck_property(const struct rv_pck *pck, enum rv_pck_property p);
/*
 * What the PCK certificate in a quote states: the quote's word, not verified.
 * RV_INPUT when the quote holds none, or one without Intel's extension.
 */
RV_API RV_MUST bool rv_quote_pck(const struct rv_quote *q, struct rv_pck *out,
				 struct rv_err *err);

/* Advisory ids. */
struct rv_advisories {
	char **id; /* owned */
	size_t n;
};

/* One evaluation of a TCB; rules in docs/refval-quote.1. */
struct rv_tcb_result {
	enum rv_tcb_status status; /* of everything together */
	enum rv_tcb_status platform, tdx_module, qe;
	enum rv_tcb_status platform_and_module; /* without the QE */
	int64_t date; /* the earliest of the matched levels */
	struct rv_advisories advisories; /* of all: sorted, each once */
	/* Of each matched level, in the order of the collateral. */
	struct rv_advisories of_platform, of_module, of_qe;
};

/* By how much a component falls short of the newest level. */
struct rv_shortfall {
	char name[24];	   /* "sgx_tcb_comp_03", "pce_svn", "qe_isv_svn" */
	char category[48]; /* as TCB Info says; may be empty */
	unsigned have, need;
};

enum rv_row_result {
	RV_ROW_PASS,
	RV_ROW_FAIL,
	RV_ROW_SKIPPED,
};

/* One check: what was compared, and what came of it. */
struct rv_quote_row {
	const char *check;
	enum rv_row_result result;
	char detail[200];
};

enum {
	RV_QUOTE_ROWS = 48,
	RV_SHORTFALLS = 40, /* 16 SGX, 16 TDX, PCE, module, QE */
};

/*
 * What was found. All that is known is filled in also when verification
 * failed: the more, the later it failed.
 */
struct rv_quote_verdict {
	bool verified;		 /* every check passed */
	enum rv_quote_code code; /* else, which one did not */
	char message[512];	 /* and why */
	int64_t at;		 /* the time it was checked for */
	bool intel_root;	 /* the trusted root is Intel's */
	bool test_pki;		 /* with the rules for test certificates */
	bool has_window;
	int64_t not_before, not_after; /* how long the answer holds */
	/* When the oldest of TCB Info, QE identity and the PCK CRL was issued;
	 * not of the root's CRL, which is made once a year. */
	bool has_issued;
	int64_t issued;
	enum rv_tcb_status status;
	struct rv_tcb_result launch;  /* by tee_tcb_svn */
	struct rv_tcb_result current; /* by tee_tcb_svn2, if there is one */
	uint64_t eval_number, tcb_info_eval, qe_identity_eval;
	bool has_pck; /* its chain was verified */
	struct rv_pck pck;
	char pck_serial[41], pck_ca[65];
	char root_crl_number[41], pck_crl_number[41];
	struct rv_sha256 quote_id; /* SHA-256 of the quote */
	struct rv_sha256 input[RV_COLLATERAL_MEMBERS];
	struct rv_shortfall shortfall[RV_SHORTFALLS];
	size_t shortfalls;
	struct rv_quote_row row[RV_QUOTE_ROWS];
	size_t rows;
};

/* Are the two TCBs, of the launch and of now, not of the same level? */
RV_API bool rv_quote_verdict_moved(const struct rv_quote_verdict *v);
RV_API void rv_quote_verdict_free(struct rv_quote_verdict *v);

/* What stays the same from quote to quote, and a cache of what was parsed. */
struct rv_quote_verifier;

struct rv_quote_options {
	struct rv_span root; /* another root, DER or PEM; empty: Intel's */
	bool test_pki;	     /* names and extensions of test certificates */
	bool explain;	     /* fill in row[] */
};

/* May be used by several threads at once. rv_quote_verifier_free(). */
RV_API RV_MUST bool rv_quote_verifier_new(const struct rv_quote_options *o,
					  struct rv_quote_verifier **out,
					  struct rv_err *err);
RV_API void rv_quote_verifier_free(struct rv_quote_verifier **v);

/*
 * Verify @quote (raw bytes) at the time @at. @c is NULL when there is no
 * collateral. True: @out says whether it is genuine, and owns what it holds.
 * False: nothing could be found out (RV_SYSTEM), @out is not to be used.
 */
RV_API RV_MUST bool rv_quote_verify(struct rv_quote_verifier *v,
				    struct rv_span quote,
				    const struct rv_collateral *c, int64_t at,
				    struct rv_quote_verdict *out,
				    struct rv_err *err);

/* ---- policy: is a genuine quote good enough? ---- */

enum rv_quote_flag {
	RV_FLAG_TD_DEBUG,
	RV_FLAG_SGX_DEBUG,
	RV_FLAG_SERVICE_TD,
	RV_FLAG_SEPT_VE,
	RV_FLAG_MIGRATABLE,
	RV_FLAG_RESERVED,
	RV_FLAG_XFAM,
	RV_FLAG_TRAILING,
	RV_QUOTE_FLAGS
};

/* "td_debug", "service_td" ... */
RV_API const char *rv_quote_flag_name(enum rv_quote_flag f);
/* Which of them a quote raises, as a set of 1u << flag. */
RV_API unsigned rv_quote_flags(const struct rv_quote *q);

struct rv_quote_expect {
	const char *field;   /* of the body; borrowed */
	struct rv_span want; /* borrowed */
};

struct rv_quote_policy {
	unsigned accept;	  /* set of 1u << enum rv_tcb_status */
	unsigned allow;		  /* set of 1u << enum rv_quote_flag */
	unsigned reject_platform; /* set of 1u << enum rv_pck_property */
	uint64_t min_eval;
	bool has_min_tcb_date;
	int64_t min_tcb_date;
	unsigned grace_days; /* 0: none */
	bool has_max_age;
	unsigned max_age_days; /* of the collateral, at the time of the check */
	const char *const *reject_advisory;
	size_t reject_advisories;
	const struct rv_quote_expect *expect;
	size_t expects;
};

/* UpToDate only, no flag allowed but RV_FLAG_TRAILING. */
RV_API struct rv_quote_policy rv_quote_policy_default(void);

/* One reason why a policy refuses. */
struct rv_quote_finding {
	char rule[32]; /* "status", "td_debug", "min_eval" ... */
	char detail[200];
};

enum { RV_QUOTE_FINDINGS = 64 };

/* The findings, at most RV_QUOTE_FINDINGS; none: accepted. */
RV_API size_t rv_quote_policy_apply(const struct rv_quote_policy *p,
				    const struct rv_quote *q,
				    const struct rv_quote_verdict *v,
				    struct rv_quote_finding *out);

#ifdef __cplusplus
}
#endif

#endif
