/* SPDX-License-Identifier: Apache-2.0 */
/* range.h - part of a file, or of memory, as a stream that can be skipped. */
#ifndef RV_RANGE_H
#define RV_RANGE_H

#include "stream.h"

/*
 * Bytes @off to @end of a file, read with pread(): several ranges of one file
 * can be open at once. Nothing is read before it is asked for.
 */
struct rv_range {
	int fd;		  /* borrowed */
	const char *name; /* for messages; borrowed */
	uint64_t off, end;
	uint8_t *buf; /* owned, RV_BLOCK bytes; NULL until the first read */
};

void rv_range_free(struct rv_range *r);
/* One read of at most @room bytes to @to; *got is 0 at the end only. */
RV_MUST bool rv_range_read(struct rv_range *r, uint8_t *to, size_t room,
			   size_t *got, struct rv_err *err);
bool rv_range_next(void *range, struct rv_span *block, struct rv_err *err);
/* A rv_skip_fn: how many of @n bytes were there to be passed over. */
uint64_t rv_range_skip(void *range, uint64_t n);

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
