/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step.h - verdicts on what somebody signed: check after check, until one does
 * not pass. A verdict has a member outcome, an enumeration of its own, and a
 * member message, in which the check that failed says why.
 */
#ifndef RV_STEP_H
#define RV_STEP_H

#include "base.h"

/* How a check ends. */
enum rv_step {
	RV_GO_ON,  /* it passed */
	RV_ENDED,  /* it did not: the verdict says why */
	RV_BROKEN, /* neither: RV_SYSTEM, in the error */
};

/* What an outcome is called, and what it means for a command. */
struct rv_outcome {
	const char *name;
	enum rv_code code;
};

/* Why into @message, which has @room bytes: RV_ENDED. */
enum rv_step rv_stop(char *message, size_t room, const char *fmt, ...)
    RV_PRINTF(3, 4);

/* The answer of the verdict @v is @o, which ends it; then why. */
#define RV_STOP(v, o, ...)                                                     \
	((v)->outcome = (o),                                                   \
	 rv_stop((v)->message, sizeof((v)->message), __VA_ARGS__))

#endif
