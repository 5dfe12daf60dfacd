/* SPDX-License-Identifier: Apache-2.0 */
/* print.h - a quote judged by itself, and on paper. */
#ifndef RV_QUOTE_OUT_H
#define RV_QUOTE_OUT_H

#include "dcap_opts.h"

/* The document refval.quote/1; @line is 0 unless one of many. */
void rv_quote_json(const struct rv_evidence *e, const struct rv_proof *r,
		   uint64_t line, struct rv_jw *w);
/* The same for people. */
void rv_quote_print(const struct rv_evidence *e, const struct rv_proof *r);

/* Read evidence from @in and check it; a result whatever @in is. */
RV_MUST bool rv_quote_one(struct rv_dcap *d, struct rv_span in,
			  const char *instance, struct rv_evidence *e,
			  struct rv_proof *out, struct rv_err *err);

/*
 * The same as the answer to one of many lines, for rv_lines_run(): @arg is the
 * struct rv_dcap.
 */
RV_MUST bool rv_quote_line(void *arg, struct rv_span line,
			   const struct rv_err *bad, uint64_t number,
			   struct rv_jw *w, enum rv_code *answer,
			   struct rv_err *err);

#endif
