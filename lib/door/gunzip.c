/* SPDX-License-Identifier: Apache-2.0 */
/* gunzip.c - the door to zlib for gzip held in memory. */
#include "gunzip.h"

#include <limits.h>
#include <zlib.h>

/* 15 bits of window, and a gzip header and trailer around the data. */
enum { GZIP_WINDOW = 15 + 16, STEP = 16384 };

static void inflate_free(z_stream *z)
{
	inflateEnd(z);
}

bool rv_gunzip(struct rv_span in, size_t max, struct rv_buf *out,
	       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(inflate_free) z_stream z = { 0 };
	uint8_t step[STEP];
	int got;

	if (in.n > UINT_MAX)
		return rv_fail(err, RV_INPUT, "gzip of %zu bytes", in.n);
	if (inflateInit2(&z, GZIP_WINDOW) != Z_OK)
		return rv_no_memory(err, "gzip");
	/* zlib does not write through next_in. */
	z.next_in = (Bytef *)(uintptr_t)in.p;
	z.avail_in = (uInt)in.n;
	do {
		z.next_out = step;
		z.avail_out = sizeof step;
		got = inflate(&z, Z_NO_FLUSH);
		if (got == Z_MEM_ERROR)
			return rv_no_memory(err, "gzip");
		if (got != Z_OK && got != Z_STREAM_END)
			return rv_fail(err, RV_INPUT,
				       "gzip: damaged or cut short");
		if (g.buf.n + (sizeof step - z.avail_out) > max)
			return rv_fail(err, RV_INPUT,
				       "gzip: expands to more than %zu bytes",
				       max);
		rv_grow_add(&g, step, sizeof step - z.avail_out);
	} while (got != Z_STREAM_END);
	if (z.avail_in)
		return rv_fail(err, RV_INPUT, "gzip: %u bytes behind its end",
			       z.avail_in);
	return rv_grow_take(&g, out, err);
}
