/* SPDX-License-Identifier: Apache-2.0 */
/* window.c - for how long a verdict stands, whoever made the hardware. */
#include "verify.h"

bool rv_verified_window(const struct rv_verified *v, int64_t *from,
			int64_t *until)
{
	const struct rv_quote_verdict *q = &v->proof.verdict;
	const struct rv_snp_verdict *s = &v->snp.verdict;
	const struct rv_nitro_verdict *n = &v->nitro.verdict;

	if (v->gcp.checked && v->gcp.verdict.outcome == RV_GCP_GENUINE &&
	    q->has_window) {
		const struct rv_gcp_verdict *g = &v->gcp.verdict;

		*from = g->not_before > q->not_before ? g->not_before
						      : q->not_before;
		*until =
		    g->not_after < q->not_after ? g->not_after : q->not_after;
		return true;
	}
	if (v->snp.checked && s->outcome == RV_SNP_GENUINE) {
		*from = s->not_before;
		*until = s->not_after;
		return true;
	}
	if (v->nitro.checked && n->outcome == RV_NITRO_GENUINE) {
		*from = n->not_before;
		*until = n->not_after;
		return true;
	}
	*from = q->not_before;
	*until = q->not_after;
	return q->has_window;
}
