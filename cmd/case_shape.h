/* SPDX-License-Identifier: Apache-2.0 */
/* case_shape.h - which machine shape a quote is from, asked backwards. */
#ifndef RV_CASE_SHAPE_H
#define RV_CASE_SHAPE_H

#include "case_run.h"

/*
 * Solve for the shape of the case's quote; *found is false when no shape of
 * the search space gives its registers. @image may be NULL. @out is one of the
 * shapes found, @how says how many were tried and what else it could be.
 */
RV_MUST bool rv_case_solve(struct rv_case *c,
			   const struct rv_measure_input *image, bool *found,
			   struct rv_shape *out, char *how, size_t room,
			   struct rv_err *err);

/* Note in the report where the shape came from; nothing is compared by it. */
void rv_case_note_shape(struct rv_case *c, const struct rv_shape *shape,
			const char *from);

/*
 * Where RTMR0 is not that of the expected shape: say which machine the quote
 * is from instead ("4 vCPUs, not 2"), or which events no shape explains.
 */
RV_MUST bool rv_case_explain_shape(struct rv_case *c,
				   const struct rv_measure_input *image,
				   struct rv_err *err);

#endif
