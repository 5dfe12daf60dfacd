/* SPDX-License-Identifier: Apache-2.0 */
/* part.c - SHA-256 of a part of a file, in bounded memory. */
#include "part.h"

#include "digest.h"
#include "window.h"

bool rv_part_sum(int fd, const char *name, struct rv_part *part,
		 struct rv_watch *watch, struct rv_err *err)
{
	RV_AUTO(rv_window_free)
	struct rv_window w = { .fd = fd, .name = name, .end = part->off };
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	if (!rv_digest_new(RV_SHA256, &d, err))
		return false;
	while (w.end < part->end) {
		if (!rv_window_open(&w, w.end, part->end, err) ||
		    !rv_digest_add(d, w.bytes.p, w.bytes.n, err))
			return false;
		rv_watch_add(watch, w.bytes.n);
	}
	return rv_digest_end(d, part->sum.b, err);
}
