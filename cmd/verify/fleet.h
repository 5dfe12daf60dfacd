/* SPDX-License-Identifier: Apache-2.0 */
/* fleet.h - the verdict on many machines, one per line. */
#ifndef RV_FLEET_H
#define RV_FLEET_H

#include "result_out.h"

/*
 * Answer the lines of @path ("-": standard input) with @jobs threads, an
 * argument of --jobs or NULL; *answer is the exit code.
 */
RV_MUST bool rv_verify_lines(const struct rv_fleet *f, const char *path,
			     const char *jobs, enum rv_code *answer,
			     struct rv_err *err);

#endif
