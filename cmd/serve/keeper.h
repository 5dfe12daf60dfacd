/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper.h - the process that was started: it starts the front and the workers,
 * another worker where one ended, and waits for SIGTERM.
 */
#ifndef RV_SERVE_KEEPER_H
#define RV_SERVE_KEEPER_H

#include "setup.h"

/* What the keeper and the front say to each other, a packet each. */
enum {
	RV_KEEPER_WORKER = 'W', /* to the front: a worker, with its socket */
	RV_KEEPER_DRAIN = 'D',	/* to the front: finish, take nothing new */
	RV_KEEPER_END = 'E',	/* to the keeper: end that worker */
};

struct rv_keeper_word {
	uint32_t what;
	uint32_t slot; /* which of the workers */
};

/*
 * Serve until SIGTERM or SIGINT came and all that was begun is answered. False
 * (RV_SYSTEM): it could not begin, or the front ended by itself.
 */
RV_MUST bool rv_keeper_run(struct rv_serve *s, struct rv_err *err);

#endif
