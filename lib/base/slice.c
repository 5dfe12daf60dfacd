/* SPDX-License-Identifier: Apache-2.0 */
/* slice.c - streams made of a part of a file, of memory, of other streams. */
#include "slice.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

void rv_slice_free(struct rv_slice *r)
{
	free(r->buf);
	r->buf = NULL;
}

bool rv_slice_read(struct rv_slice *r, uint8_t *to, size_t room, size_t *got,
		   struct rv_err *err)
{
	uint64_t left = r->end - r->off;
	size_t want = left < room ? (size_t)left : room;
	ssize_t n = 0;

	if (want) {
		do
			n = pread(r->fd, to, want, (off_t)r->off);
		while (n < 0 && errno == EINTR);
		if (n < 0)
			return rv_fail(err, rv_errno_code(errno), "%s: %s",
				       r->name, strerror(errno));
		if (n == 0)
			return rv_fail(err, RV_SYSTEM,
				       "%s: became shorter while being read",
				       r->name);
	}
	r->off += (uint64_t)n;
	*got = (size_t)n;
	return true;
}

bool rv_slice_next(void *slice, struct rv_span *block, struct rv_err *err)
{
	struct rv_slice *r = slice;
	size_t n;

	if (r->off < r->end && !r->buf && !(r->buf = malloc(RV_BLOCK)))
		return rv_no_memory(err, r->name);
	if (!rv_slice_read(r, r->buf, RV_BLOCK, &n, err))
		return false;
	*block = rv_span(r->buf, n);
	return true;
}

uint64_t rv_slice_skip(void *slice, uint64_t n)
{
	struct rv_slice *r = slice;
	uint64_t left = r->end - r->off;

	n = n < left ? n : left;
	r->off += n;
	return n;
}

bool rv_given_next(void *given, struct rv_span *block, struct rv_err *err)
{
	struct rv_given *g = given;

	(void)err;
	*block = g->left;
	g->left = (struct rv_span){ 0 };
	return true;
}

bool rv_unread_next(void *unread, struct rv_span *block, struct rv_err *err)
{
	struct rv_unread *u = unread;

	if (!u->held.n)
		return u->in.next(u->in.arg, block, err);
	*block = u->held;
	u->held = (struct rv_span){ 0 };
	return true;
}
