/* SPDX-License-Identifier: Apache-2.0 */
/* fleet.h - the verdict on many machines, one per line. */
#ifndef RV_FLEET_H
#define RV_FLEET_H

#include "inputs.h"

/* Everything is borrowed, and the same for all lines. */
struct rv_fleet {
	struct rv_verifier *verifier;
	const struct rv_asked *asked;
	const struct rv_dcap *dcap;
	/* What a line that is no envelope is compared with, and an envelope
	 * that does not say it. */
	const struct rv_verify_input *in;
	bool summary;	 /* results without their reports */
	bool keep_going; /* a result for each line is all that is wanted */
};

/*
 * Answer the lines of @path ("-": standard input) with @jobs threads, an
 * argument of --jobs or NULL; *answer is the exit code.
 */
RV_MUST bool rv_verify_lines(const struct rv_fleet *f, const char *path,
			     const char *jobs, enum rv_code *answer,
			     struct rv_err *err);

#endif
