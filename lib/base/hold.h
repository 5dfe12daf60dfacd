/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold.h - signals that usually end a process wait while something is in a
 * folder that shall not stay there. Of this thread: where others do not hold
 * them, too, the process ends at once.
 */
#ifndef RV_HOLD_H
#define RV_HOLD_H

#include "base.h"

#include <signal.h>

struct rv_hold {
	sigset_t before, held; /* those that were neither ignored nor blocked */
	bool on;
};

void rv_hold(struct rv_hold *h);
/* Now they may come; errno stays. Once more does nothing. */
void rv_let_go(struct rv_hold *h);
/* false when one of them waits: then what is going on should end. */
RV_MUST bool rv_hold_on(const struct rv_hold *h, struct rv_err *err);

#endif
