/* SPDX-License-Identifier: Apache-2.0 */
/*
 * parse.h - the parsers of this stage: what each reads and how much of it.
 * They know formats; who signed what, and whether it holds, is verify.c's.
 */
#ifndef RV_QUOTE_PARSE_H
#define RV_QUOTE_PARSE_H

#include "quote.h"
#include "json.h"
#include "jsonspan.h"

/* ---- pckext.c ---- */

/* The extension of PCK certificates, Intel's profile, section 1.3.5. */
#define RV_SGX_EXTENSION "1.2.840.113741.1.13.1"

/*
 * The SGX extension of a PCK certificate. With @test, the component SVNs may be
 * missing: then they are the bytes of CPUSVN.
 */
RV_MUST bool rv_pck_read(struct rv_span der, bool test, struct rv_pck *out,
			 struct rv_err *err);

/* ---- collateral.c ---- */

/* A revocation list as DER, from DER, PEM or hex; only the wrapping is read. */
RV_MUST bool rv_crl_der(struct rv_span in, struct rv_buf *out,
			struct rv_err *err);

/* ---- tcbinfo.c ---- */

enum {
	LEVELS_MAX = 256,
	MODULES_MAX = 64,
	ADVISORIES_MAX = 256, /* of one level */
	ADVISORY_MAX = 64,    /* bytes of one */
	COMPONENTS = RV_PCK_COMPONENTS,
};

/* A status, its date and its advisories: the end of every kind of level. */
struct level {
	enum rv_tcb_status status;
	int64_t date;
	const rv_json *advisories; /* borrows from the document; may be NULL */
};

struct platform_level {
	uint8_t sgx[COMPONENTS], tdx[COMPONENTS];
	uint16_t pcesvn;
	struct level level;
	const rv_json *tcb; /* borrowed: names of the components */
};

/* A level of a QE or of a TDX module. */
struct isv_level {
	uint16_t isvsvn;
	struct level level;
};

struct isv_levels {
	struct isv_level *level; /* owned; descending by isvsvn */
	size_t n;
};

struct tdx_module {
	uint8_t id; /* NN of "TDX_NN" */
	uint8_t mrsigner[48], attributes[8], mask[8];
	struct isv_levels levels; /* none in tdxModule itself */
};

struct tcb_info {
	rv_json *doc; /* owned; the rest borrows from it */
	unsigned version;
	enum rv_tee tee;
	int64_t issued, next;
	uint8_t fmspc[6], pceid[2];
	uint64_t eval;
	struct tdx_module module;    /* for TDX */
	struct tdx_module *identity; /* owned */
	size_t identities;
	struct platform_level *level; /* owned; descending */
	size_t levels;
};

RV_MUST bool rv_tcb_info_read(struct rv_span json, struct tcb_info **out,
			      struct rv_err *err);
void rv_tcb_info_free(struct tcb_info **t);

enum enclave { ENCLAVE_QE, ENCLAVE_TD_QE, ENCLAVE_OTHER };

struct qe_identity {
	rv_json *doc; /* owned */
	enum enclave id;
	int64_t issued, next;
	uint64_t eval;
	uint8_t miscselect[4], miscselect_mask[4];
	uint8_t attributes[16], attributes_mask[16];
	uint8_t mrsigner[32];
	uint16_t isvprodid;
	struct isv_levels levels;
};

RV_MUST bool rv_qe_identity_read(struct rv_span json, struct qe_identity **out,
				 struct rv_err *err);
void rv_qe_identity_free(struct qe_identity **q);

#endif
