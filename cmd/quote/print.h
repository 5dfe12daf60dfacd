/* SPDX-License-Identifier: Apache-2.0 */
/* print.h - a quote on paper, and the answers to many of them. */
#ifndef RV_QUOTE_OUT_H
#define RV_QUOTE_OUT_H

#include "dcap_opts.h"

/* The document refval.quote/1; @line is 0 unless one of many. */
void rv_quote_json(const struct rv_evidence *e, const struct rv_proof *r,
		   uint64_t line, struct rv_jw *w);
/* The same for people. */
void rv_quote_print(const struct rv_evidence *e, const struct rv_proof *r);

/*
 * One evidence document per line of @path, one result per line on standard
 * output, in order, by @jobs threads. *answer: 1 when any is no, else 3 when
 * any cannot be told (or there was none), else 0.
 */
RV_MUST bool rv_quote_batch(struct rv_dcap *d, const char *path, unsigned jobs,
			    enum rv_code *answer, struct rv_err *err);

/* Read evidence from @in and check it; a result whatever @in is. */
RV_MUST bool rv_quote_one(struct rv_dcap *d, struct rv_span in,
			  const char *instance, struct rv_evidence *e,
			  struct rv_proof *out, struct rv_err *err);

#endif
