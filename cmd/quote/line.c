/* SPDX-License-Identifier: Apache-2.0 */
/* line.c - a document judged by its quote alone; one of many, perhaps. */
#include "print.h"

bool rv_quote_one(struct rv_dcap *d, struct rv_span in, const char *instance,
		  struct rv_evidence *e, struct rv_proof *out,
		  struct rv_err *err)
{
	struct rv_evidence_options o = { .instance = instance };
	struct rv_proof_input p = rv_dcap_proof(d);
	struct rv_err why = { 0 };

	if (rv_evidence_read(in, &o, e, &why)) {
		if (e->quote.n)
			return rv_proof_check(d->quotes, &p, e, out, err);
		rv_err_set(&why, RV_INPUT, "the evidence has no quote");
		in = rv_span(NULL, 0);
	}
	if (why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	return rv_proof_unreadable(d->quotes, &p, in, &why, out, err);
}

bool rv_quote_line(void *arg, struct rv_span line, const struct rv_err *bad,
		   uint64_t number, struct rv_jw *w, enum rv_code *answer,
		   struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_proof_free) struct rv_proof r = { 0 };
	struct rv_dcap *d = arg;
	struct rv_proof_input p = rv_dcap_proof(d);

	if (bad ? !rv_proof_unreadable(d->quotes, &p, rv_span(NULL, 0), bad, &r,
				       err)
		: !rv_quote_one(d, line, NULL, &e, &r, err))
		return false;
	rv_quote_json(&e, &r, number, w);
	*answer = r.answer;
	return true;
}
