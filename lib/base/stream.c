/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c - a file, read in blocks. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

bool rv_stream_drain(struct rv_stream s, struct rv_err *err)
{
	struct rv_span b = { 0 };

	do
		if (!s.next(s.arg, &b, err))
			return false;
	while (b.n);
	return true;
}

bool rv_file_stream_open(int fd, const char *name, struct rv_file_stream *out,
			 struct rv_err *err)
{
	struct rv_file_stream f = { .fd = fd, .name = name };

	f.buf = malloc(RV_BLOCK);
	if (!f.buf)
		return rv_no_memory(err, name);
	/* Only a hint: a pipe has no use for it. */
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	*out = f;
	return true;
}

void rv_file_stream_free(struct rv_file_stream *f)
{
	free(f->buf);
	*f = (struct rv_file_stream){ .fd = -1 };
}

/* Read once behind the @have bytes that are in the buffer already. */
static bool fill(struct rv_file_stream *f, size_t have, size_t *got,
		 struct rv_err *err)
{
	ssize_t n;

	do
		n = read(f->fd, f->buf + have, RV_BLOCK - have);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", f->name,
			       strerror(errno));
	*got = (size_t)n;
	return true;
}

bool rv_file_stream_peek(struct rv_file_stream *f, size_t want,
			 struct rv_span *out, struct rv_err *err)
{
	size_t have = 0, got;

	while (have < want) {
		if (!fill(f, have, &got, err))
			return false;
		if (got == 0)
			break;
		have += got;
	}
	f->held = rv_span(f->buf, have);
	*out = f->held;
	return true;
}

bool rv_file_stream_next(void *arg, struct rv_span *block, struct rv_err *err)
{
	struct rv_file_stream *f = arg;
	size_t got;

	if (f->held.n) {
		*block = f->held;
		f->held = (struct rv_span){ 0 };
		return true;
	}
	if (!fill(f, 0, &got, err))
		return false;
	*block = rv_span(f->buf, got);
	return true;
}
