/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fleet.c - the verdict on many machines, one per line: each line is evidence,
 * or an envelope that says what to compare it with, and each result is a line.
 */
#include "fleet.h"
#include "lines.h"

/* The answer to one line; @arg is the struct rv_fleet. */
static bool answer_line(void *arg, struct rv_span line,
			const struct rv_err *bad, uint64_t number,
			struct rv_jw *w, enum rv_code *answer,
			struct rv_err *err)
{
	return rv_result_line(arg, line, bad, number, w, answer, err);
}

bool rv_verify_lines(const struct rv_fleet *f, const char *path,
		     const char *jobs, enum rv_code *answer, struct rv_err *err)
{
	struct rv_fleet own = *f;
	struct rv_lines l = { .path = path,
			      .answer = answer_line,
			      .arg = &own };

	if (!rv_jobs_arg(jobs, &l.jobs, err) || !rv_lines_run(&l, answer, err))
		return false;
	if (f->keep_going)
		*answer = RV_OK;
	return true;
}
