/* SPDX-License-Identifier: Apache-2.0 */
/* report_html.h - a report as one self-contained page, to attach to a paper. */
#ifndef RV_REPORT_HTML_H
#define RV_REPORT_HTML_H

#include "subject.h"

#include <refval.h>

/* What only the command knows. Strings are borrowed; NULL: not said. */
struct rv_html_facts {
	const char *title;	 /* e.g. the evidence's name */
	const char *reference;	 /* what it was compared with */
	const char *headline;	 /* of the quote's verification */
	const char *signed_name; /* "the quote", which it is of; NULL: that */
	const char *vtpm;	 /* the same of a vTPM, or NULL */
	const char *status;	 /* TCB status */
	const char *not_before;	 /* the window in which the answer holds */
	const char *not_after;
	const char *at;			  /* the time verified for */
	const struct rv_subject *subject; /* NULL: it is not said */
};

/*
 * Write the page: verdict, layers, registers side by side, the event log with
 * the first divergence marked, the app-compose difference, what was not
 * checked. No script, nothing loaded from elsewhere; every foreign byte is
 * escaped. Failures stick in @to.
 */
void rv_report_html(const struct rv_verified *c, const struct rv_html_facts *f,
		    struct rv_grow *to);

#endif
