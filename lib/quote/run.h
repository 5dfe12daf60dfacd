/* SPDX-License-Identifier: Apache-2.0 */
/* run.h - one verification on its way: what the files of its checks share. */
#ifndef RV_QUOTE_RUN_H
#define RV_QUOTE_RUN_H

#include "quote.h"
#include "shared_cache.h"
#include "tcb.h"
#include "x509.h"

enum { CACHE_ENTRIES = 4096 }; /* parsed collateral of one verifier */

/* What an entry holds; the same bytes may be good for one and not another. */
enum rv_quote_cached {
	CACHE_PCK_CHAIN,    /* struct chain */
	CACHE_SIGNER_CHAIN, /* struct chain */
	CACHE_CERT,	    /* struct rv_cert, an issuer; nothing checked */
	CACHE_CRL,	    /* struct rv_crl, checked with its issuer */
	CACHE_BODIES,	    /* nothing: both bodies are JSON objects */
	CACHE_TCB_INFO,	    /* struct tcb_info, its signature checked */
	CACHE_QE_IDENTITY,  /* struct qe_identity, its signature checked */
	CACHE_QE_REPORT,    /* struct rv_key, the attestation key it names */
};

struct rv_quote_verifier {
	struct rv_cert *root;
	bool intel_root, test_pki, explain;
	struct rv_cache *cache;
};

/* A chain that leads to the root, every certificate in its role. */
struct chain {
	struct rv_cert *leaf;	/* owned */
	struct rv_cert *middle; /* owned; NULL in a signer's chain */
	/* Of a PCK chain: */
	bool has_pck;
	struct rv_pck pck;
	struct rv_err pck_err; /* else, what is wrong with the extension */
};

/* The checks, in their order; docs/refval-quote.1 numbers them alike. */
enum check {
	CHECK_QUOTE,
	CHECK_COLLATERAL,
	CHECK_PCK_CHAIN,
	CHECK_TCB_CHAIN,
	CHECK_QEID_CHAIN,
	CHECK_ROOT_CRL,
	CHECK_PCK_CRL,
	CHECK_TCB_INFO_SIGNATURE,
	CHECK_QE_IDENTITY_SIGNATURE,
	CHECK_DATES,
	CHECK_MATCH,
	CHECK_TDX_MODULE,
	CHECK_QE_REPORT_SIGNATURE,
	CHECK_QE_REPORT_DATA,
	CHECK_QE_IDENTITY,
	CHECK_ATTESTATION_KEY,
	CHECK_QUOTE_SIGNATURE,
	CHECK_TCB,
	CHECKS
};

enum { HELD_MAX = 16 };

struct run {
	struct rv_quote_verifier *v;
	const struct rv_collateral *c;
	int64_t at;
	struct rv_quote quote;
	struct rv_quote_verdict *out;
	enum check check; /* the one under way */
	enum rv_quote_code code;
	/* Borrowed from the cache until the end of the run. */
	struct rv_cache_entry *held[HELD_MAX];
	size_t n_held;
	const struct chain *pck, *tcb_signer, *qeid_signer;
	const struct rv_crl *root_crl, *pck_crl;
	const struct tcb_info *tcb_info;
	const struct qe_identity *qe_identity;
	const struct rv_key *att_key;
};

/* Whose chain: the codes differ, and the roles. */
enum chain_kind { CHAIN_PCK, CHAIN_TCB, CHAIN_QEID };

/* Begin a check: what fails from here on fails it. */
void rv_run_begin(struct run *r, enum check check);
/* It passed, or does not apply: a row, when rows are wanted. */
void rv_run_pass(struct run *r, const char *fmt, ...) RV_PRINTF(2, 3);
void rv_run_skip(struct run *r, const char *fmt, ...) RV_PRINTF(2, 3);
/* Fail with a code; and the same with what a callee said as the reason. */
bool rv_run_fail(struct run *r, enum rv_quote_code code, struct rv_err *err,
		 const char *fmt, ...) RV_PRINTF(4, 5);
bool rv_run_because(struct run *r, enum rv_quote_code code, struct rv_err *err);
/* Memory ran out, or OpenSSL broke: no answer at all. */
bool rv_run_broken(struct run *r, struct rv_err *err);

/* Something that has an age was issued then; the oldest counts. */
void rv_run_issued(struct run *r, int64_t when);
/* Narrow the window; fail when the time of the run lies outside. */
RV_MUST bool rv_run_window(struct run *r, int64_t from, int64_t to,
			   enum rv_quote_code early, enum rv_quote_code late,
			   const char *what, struct rv_err *err);

/* A row for the check that failed, one for each that it kept from us. */
void rv_run_close(struct run *r);

/* Borrows from the collateral; empty when that has no such member. */
static inline struct rv_span rv_run_member(const struct run *r,
					   enum rv_collateral_member m)
{
	return rv_buf_span(&r->c->member[m]);
}

/* The same where @mask has ones. */
bool rv_masked_same(const uint8_t *a, const uint8_t *b, const uint8_t *mask,
		    size_t n);

/* The digest of at most 4 digests: the key of what was made of all of them. */
RV_MUST bool rv_run_key(struct run *r, struct rv_cache_key *key,
			const struct rv_sha256 *const *id, size_t n,
			struct rv_err *err);
/* The cache, for this run: NULL when there is no such entry. */
const void *rv_run_cached(struct run *r, const struct rv_cache_key *key);
RV_MUST bool rv_run_keep(struct run *r, const struct rv_cache_key *key,
			 void *object, void (*free_object)(void *),
			 const void **out, struct rv_err *err);

/* bodies.c: check 4, before anything is known to be signed; check 7. */
RV_MUST bool rv_run_collateral(struct run *r, struct rv_err *err);
RV_MUST bool rv_run_bodies(struct run *r, struct rv_err *err);

/* chain.c: check 5 for one chain, and check 6. */
RV_MUST bool rv_run_chain(struct run *r, enum chain_kind kind,
			  struct rv_span pem, const struct rv_sha256 *id,
			  const struct chain **out, struct rv_err *err);
RV_MUST bool rv_run_crls(struct run *r, struct rv_err *err);

/* match.c: checks 8, 9 and 10. */
RV_MUST bool rv_run_dates(struct run *r, struct rv_err *err);
RV_MUST bool rv_run_match(struct run *r, struct rv_err *err);
RV_MUST bool rv_run_tdx_module(struct run *r, struct rv_err *err);

/* signer.c: checks 11 to 14. */
RV_MUST bool rv_run_signatures(struct run *r, struct rv_err *err);

#endif
