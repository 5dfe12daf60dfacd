/* SPDX-License-Identifier: Apache-2.0 */
/* window.h - a file's bytes as memory, a stretch at a time, without a copy. */
#ifndef RV_WINDOW_H
#define RV_WINDOW_H

#include "base.h"

#include <signal.h>

/*
 * One stretch of a file. It is mapped where that can be, else read. A mapped
 * file may be cut by others: what is gone then reads as zeros instead of ending
 * the process with SIGBUS, and rv_window_close() says so. Nothing computed from
 * a window counts before that has returned true.
 *
 * A window is used by the thread that opened it. SIGBUS is taken for the
 * process; a fault outside of every window goes to whoever had it before.
 */
struct rv_window {
	int fd;		      /* borrowed */
	const char *name;     /* for messages; borrowed */
	struct rv_span bytes; /* of the file; until it is closed */
	/* The rest is the window's own. */
	uint64_t end;		/* of @bytes, in the file */
	void *map;		/* owned, @mapped bytes; NULL: not mapped */
	size_t mapped;		/* bytes */
	uint8_t *buf;		/* owned; NULL unless it had to be read */
	struct rv_window *next; /* the thread's others; borrowed */
	volatile sig_atomic_t lost;
};

/*
 * Bytes of the file from @off on, before @end: at least min(@end - @off, 65536)
 * of them, or none where both are equal. RV_SYSTEM when the file has no such
 * bytes.
 */
RV_MUST bool rv_window_open(struct rv_window *w, uint64_t off, uint64_t end,
			    struct rv_err *err);
/* Were these the file's bytes all the time? RV_SYSTEM when not. */
RV_MUST bool rv_window_close(struct rv_window *w, struct rv_err *err);
/* Also of one that is open, when its bytes no longer matter. */
void rv_window_free(struct rv_window *w);

#endif
