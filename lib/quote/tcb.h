/* SPDX-License-Identifier: Apache-2.0 */
/* tcb.h - which level a platform reaches, and what that makes of it. */
#ifndef RV_QUOTE_TCB_H
#define RV_QUOTE_TCB_H

#include "parse.h"

/*
 * Intel's rule of 2026 for one status out of three. @module is RV_TCB_NONE
 * when there is no such component.
 */
enum rv_tcb_status rv_tcb_converge(enum rv_tcb_status platform,
				   enum rv_tcb_status module,
				   enum rv_tcb_status qe);
/*
 * TD 1.5 has two TCBs, of its launch and of now. Launched with an old one on a
 * machine that is current by now: relaunch (Intel's rule of 2026). Else all
 * that is amiss with either counts: a module that is old now guards the TD no
 * better for having been current once.
 */
enum rv_tcb_status rv_tcb_both(enum rv_tcb_status launch,
			       enum rv_tcb_status current);

/* What a machine has, to be held against the levels. */
struct tcb_input {
	const struct tcb_info *info;
	const struct qe_identity *qe;
	const struct rv_pck *pck;
	const uint8_t *tdx_svn; /* 16 bytes; NULL for SGX */
	uint16_t qe_isvsvn;
};

/*
 * Find the levels and converge them. RV_QUOTE_TCB_NOT_SUPPORTED when one of
 * them has none. A revoked TCB is a result here, not a failure.
 */
RV_MUST bool rv_tcb_evaluate(const struct tcb_input *in,
			     struct rv_tcb_result *out,
			     enum rv_quote_code *code, struct rv_err *err);

/* The module identity for @svn (16 bytes), or NULL: unknown. */
const struct tdx_module *rv_tdx_module_find(const struct tcb_info *info,
					    const uint8_t *svn);

/* Fill @v->shortfall: what is below the newest level, or below every one. */
void rv_tcb_shortfall(const struct tcb_input *in, struct rv_quote_verdict *v);

void rv_advisories_free(struct rv_advisories *a);
void rv_tcb_result_free(struct rv_tcb_result *r);
/* Sorted union: add what @level lists. */
RV_MUST bool rv_advisories_add(struct rv_advisories *a,
			       const struct level *level, struct rv_err *err);

#endif
