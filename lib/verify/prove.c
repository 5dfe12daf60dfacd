/* SPDX-License-Identifier: Apache-2.0 */
/* prove.c - the signature of Intel's quote, on each machine that is a TD. */
#include "verify.h"

bool rv_verify_prove_quote(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_quote_verifier *v;

	if (!j->in->prove)
		return true;
	if (j->in->progress)
		j->in->progress(j->in->arg, "quote");
	if (!rv_verifier_quotes(j->v, &v, err))
		return false;
	return !j->out->has_quote ||
	       rv_proof_check(v, &j->in->proof, j->out->evidence,
			      &j->out->proof, err);
}
