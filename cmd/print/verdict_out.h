/* SPDX-License-Identifier: Apache-2.0 */
/* verdict_out.h - a verdict on paper: text, one JSON document, a page. */
#ifndef RV_VERDICT_OUT_H
#define RV_VERDICT_OUT_H

#include "base.h"

#include "subject.h"

#include <refval.h>

/*
 * Print the report, as text or as one JSON document, and write the page @html
 * unless NULL; *answer is the exit code. @evidence and @reference are named.
 */
struct rv_verdict_out {
	bool json;
	const char *html, *evidence, *reference;
	const struct rv_subject *subject; /* NULL: it is not said */
};

/* The members of refval.report/1, into an open object. */
void rv_verdict_json(const struct rv_verified *v, struct rv_jw *w);

/* The page; of @o what is named and the subject count. */
void rv_verdict_page(const struct rv_verified *v,
		     const struct rv_verdict_out *o, struct rv_grow *page);

RV_MUST bool rv_verdict_print(const struct rv_verified *v,
			      const struct rv_verdict_out *o,
			      enum rv_code *answer, struct rv_err *err);

#endif
