/* SPDX-License-Identifier: Apache-2.0 */
/* report_out.h - a report on paper: text for people, refval.report/1. */
#ifndef RV_REPORT_OUT_H
#define RV_REPORT_OUT_H

#include "base.h"
#include "out.h"
#include "subject.h"
#include <refval.h>

/* In which tone a verdict is said. */
enum rv_tone rv_verdict_tone(enum rv_verdict v);

/* Layer by layer, what it is a report @of (or NULL), then the verdict. */
void rv_report_print(const struct rv_report *r, const struct rv_subject *of);

/* The members of a report, into an open object. */
void rv_report_json(const struct rv_report *r, struct rv_jw *w);
/* Members "reason" and "counts", likewise. */
void rv_report_counts(const struct rv_report *r, struct rv_jw *w);

#endif
