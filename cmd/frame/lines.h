/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h - JSON lines: each answered by a thread, in the order they came. */
#ifndef RV_LINES_H
#define RV_LINES_H

#include "base.h"
#include <refval.h>

enum {
	RV_JOBS_MAX = 256,
	/* Bytes of one line; those on their way have no more together, for each
	 * may take eight times its length. */
	RV_LINE_MAX = 16 << 20,
};

struct rv_lines {
	const char *path; /* "-" is standard input; borrowed */
	unsigned jobs;	  /* threads, 1 to RV_JOBS_MAX */
	/*
	 * Write the result of line @number (the first is 1) to @w; called from
	 * any thread, several at once. @bad, unless NULL, says why there is no
	 * line to look at. False (RV_SYSTEM) ends everything; what is wrong
	 * with a line is its result.
	 */
	bool (*answer)(void *arg, struct rv_span line, const struct rv_err *bad,
		       uint64_t number, struct rv_jw *w, enum rv_code *answer,
		       struct rv_err *err);
	void *arg;
};

/*
 * Answer all lines, and print each result as soon as those before it are out.
 * @answer is the heaviest: RV_NO, RV_INPUT for "cannot tell", RV_OK.
 */
RV_MUST bool rv_lines_run(const struct rv_lines *how, enum rv_code *answer,
			  struct rv_err *err);
/* The argument of --jobs; NULL: as many as there are processors. */
RV_MUST bool rv_jobs_arg(const char *text, unsigned *out, struct rv_err *err);

#endif
