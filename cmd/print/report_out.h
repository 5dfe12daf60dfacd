/* SPDX-License-Identifier: Apache-2.0 */
/* report_out.h - a report on paper: text for people, refval.report/1. */
#ifndef RV_REPORT_OUT_H
#define RV_REPORT_OUT_H

#include "base.h"
#include <refval.h>

/* Layer by layer, then the verdict. */
void rv_report_print(const struct rv_report *r);

/* The members of a report, into an open object. */
void rv_report_json(const struct rv_report *r, struct rv_jw *w);

/*
 * Turn the checks named in @names[0..n) into unchecked ones, each with the
 * verdict it would have had in its reason. RV_USAGE for a name that no check
 * of this report has: a skip that does nothing is a mistake.
 */
RV_MUST bool rv_report_skip(struct rv_report *r, const char *const *names,
			    size_t n, struct rv_err *err);

#endif
