/* SPDX-License-Identifier: Apache-2.0 */
/* window.h - a file's bytes in memory, a stretch at a time, from any offset. */
#ifndef RV_WINDOW_H
#define RV_WINDOW_H

#include "base.h"

/*
 * One stretch of a file, read. It is not mapped: a mapped file that others cut
 * ends the process with SIGBUS, and a library may not take a signal.
 */
struct rv_window {
	int fd;		      /* borrowed */
	const char *name;     /* for messages; borrowed */
	struct rv_span bytes; /* of the file; until the next is opened */
	uint64_t end;	      /* of @bytes, in the file */
	uint8_t *buf;	      /* owned; NULL until the first was read */
};

/*
 * Bytes of the file from @off on, before @end: at least min(@end - @off, 65536)
 * of them, or none where both are equal. RV_SYSTEM when the file has no such
 * bytes.
 */
RV_MUST bool rv_window_open(struct rv_window *w, uint64_t off, uint64_t end,
			    struct rv_err *err);
void rv_window_free(struct rv_window *w);

#endif
