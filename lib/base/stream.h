/* SPDX-License-Identifier: Apache-2.0 */
/* stream.h - bytes that come in blocks, from a file or from another stream. */
#ifndef RV_STREAM_H
#define RV_STREAM_H

#include "base.h"

/* How much is read, inflated or handed on at once. */
enum { RV_BLOCK = 256 << 10 };

/*
 * The next block of a stream. *block borrows from the stream until the next
 * call; an empty block is the end, and stays the end. False: @err says why.
 */
typedef bool (*rv_next_fn)(void *arg, struct rv_span *block,
			   struct rv_err *err);

struct rv_stream {
	rv_next_fn next;
	void *arg; /* borrowed */
};

/* To the last byte, handing nothing on. */
RV_MUST bool rv_stream_drain(struct rv_stream s, struct rv_err *err);

/* A file being read from its current position. @fd is borrowed. */
struct rv_file_stream {
	int fd;
	const char *name;    /* for messages; borrowed */
	uint8_t *buf;	     /* owned */
	struct rv_span held; /* read already, and to be given first */
};

RV_MUST bool rv_file_stream_open(int fd, const char *name,
				 struct rv_file_stream *out,
				 struct rv_err *err);
void rv_file_stream_free(struct rv_file_stream *f);
/* The first bytes, at least @want of them unless the file is shorter. */
RV_MUST bool rv_file_stream_peek(struct rv_file_stream *f, size_t want,
				 struct rv_span *out, struct rv_err *err);
bool rv_file_stream_next(void *arg, struct rv_span *block, struct rv_err *err);

#endif
