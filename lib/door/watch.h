/* SPDX-License-Identifier: Apache-2.0 */
/* watch.h - how much was read so far, told to whoever asked to be told. */
#ifndef RV_WATCH_H
#define RV_WATCH_H

#include "base.h"

#include <stdatomic.h>

/* Zero with @progress and @arg: nothing was read yet. */
struct rv_watch {
	void (*progress)(void *arg, uint64_t bytes); /* NULL: nobody asked */
	void *arg;				     /* borrowed */
	atomic_uint_fast64_t bytes;
	atomic_bool telling; /* a thread is in @progress */
};

/*
 * @n bytes more were read, in whichever thread. One thread at a time tells, and
 * never a smaller number than was told before. @w may be NULL.
 */
void rv_watch_add(struct rv_watch *w, uint64_t n);

#endif
