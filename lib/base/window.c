/* SPDX-License-Identifier: Apache-2.0 */
/* window.c - a file's bytes in memory, a stretch at a time, from any offset. */
#include "window.h"

#include "slice.h"

#include <stdlib.h>

/* Larger than this and two of them are more than a processor's cache. */
enum { READ_SIZE = 128 << 10 };

bool rv_window_open(struct rv_window *w, uint64_t off, uint64_t end,
		    struct rv_err *err)
{
	struct rv_slice r = {
		.fd = w->fd, .name = w->name, .off = off, .end = end
	};
	size_t n = 0, got = 1;

	w->bytes = (struct rv_span){ 0 };
	w->end = off;
	if (off >= end)
		return true;
	if (!w->buf && !(w->buf = malloc(READ_SIZE)))
		return rv_no_memory(err, w->name);
	for (; got && n < READ_SIZE; n += got)
		if (!rv_slice_read(&r, w->buf + n, READ_SIZE - n, &got, err))
			return false;
	w->bytes = rv_span(w->buf, n);
	w->end = off + n;
	return true;
}

void rv_window_free(struct rv_window *w)
{
	free(w->buf);
	w->buf = NULL;
	w->bytes = (struct rv_span){ 0 };
}
