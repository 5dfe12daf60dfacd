/* SPDX-License-Identifier: Apache-2.0 */
/* slice.h - part of a file, or of memory, as a stream that can be skipped. */
#ifndef RV_SLICE_H
#define RV_SLICE_H

#include "stream.h"

/*
 * Bytes @off to @end of a file, read with pread(): several slices of one file
 * can be open at once. Nothing is read before it is asked for.
 */
struct rv_slice {
	int fd;		  /* borrowed */
	const char *name; /* for messages; borrowed */
	uint64_t off, end;
	uint8_t *buf; /* owned, RV_BLOCK bytes; NULL until the first read */
};

void rv_slice_free(struct rv_slice *r);
/* One read of at most @room bytes to @to; *got is 0 at the end only. */
RV_MUST bool rv_slice_read(struct rv_slice *r, uint8_t *to, size_t room,
			   size_t *got, struct rv_err *err);
bool rv_slice_next(void *slice, struct rv_span *block, struct rv_err *err);
/* A rv_skip_fn: how many of @n bytes were there to be passed over. */
uint64_t rv_slice_skip(void *slice, uint64_t n);

/* Bytes in memory, given as one block. */
struct rv_given {
	struct rv_span left; /* borrowed */
};

bool rv_given_next(void *given, struct rv_span *block, struct rv_err *err);

/* A stream with bytes put back in front of it. */
struct rv_unread {
	struct rv_span held; /* borrowed */
	struct rv_stream in;
};

bool rv_unread_next(void *unread, struct rv_span *block, struct rv_err *err);

#endif
