/* SPDX-License-Identifier: Apache-2.0 */
/* meter.h - a stream that is counted and hashed on its way. */
#ifndef RV_METER_H
#define RV_METER_H

#include "digest.h"
#include "stream.h"
#include "watch.h"

/* A stream whose bytes are counted and, with a digest, hashed on the way. */
struct rv_meter {
	struct rv_stream in;
	struct rv_digest *digest; /* borrowed; NULL: only count */
	uint64_t n;
	uint64_t max;		/* more than this is refused; 0: no bound */
	const char *what;	/* what is too long; borrowed */
	const char *id;		/* of that fault; NULL: it has none */
	struct rv_watch *watch; /* borrowed; NULL: nobody is told */
};

bool rv_meter_next(void *meter, struct rv_span *block, struct rv_err *err);

#endif
