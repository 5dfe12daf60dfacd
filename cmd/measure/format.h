/* SPDX-License-Identifier: Apache-2.0 */
/* format.h - registers in the form that users of other tools parse. */
#ifndef RV_MEASURE_FORMAT_H
#define RV_MEASURE_FORMAT_H

#include "cmd.h"

/*
 * --format dstack-mr (JSON), dstack-mr-text, and dstack-mr-go (two members
 * more): MRTD and RTMR0 to RTMR2, as
 * dstack-mr prints them. RV_INPUT when one of them is not known: that form
 * cannot say so. RV_USAGE: no such format.
 */
/* These names, by number until NULL. */
const char *rv_measure_format_name(size_t i);
RV_MUST bool rv_measure_format_check(const char *format, struct rv_err *err);
RV_MUST bool rv_measure_format(const char *format, const struct rv_values *v,
			       struct rv_err *err);

#endif
