/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflate.c - the door to zlib. zlib checks each member's header (RFC 1952,
 * 2.3.1, reserved flags refused), CRC-32 and ISIZE; what is between and behind
 * members is checked here.
 */
#include "inflate.h"

#include <stdlib.h>
#include <zlib.h>

enum { GZIP_ONLY = 16 + MAX_WBITS };

struct rv_gunzip {
	struct rv_stream in;
	z_stream z;
	bool ready;	/* z is set up */
	bool in_member; /* between a member's first and last byte */
	bool end;	/* the stream has ended, well */
	enum rv_gunzip_fault fault;
	uint64_t read;	/* bytes taken from in, those in z.next_in included */
	uint8_t out[RV_BLOCK];
};

void rv_gunzip_free(struct rv_gunzip **g)
{
	if (!*g)
		return;
	if ((*g)->ready)
		inflateEnd(&(*g)->z);
	free(*g);
	*g = NULL;
}

bool rv_gunzip_new(struct rv_stream in, struct rv_gunzip **out,
		   struct rv_err *err)
{
	RV_AUTO(rv_gunzip_free) struct rv_gunzip *g = malloc(sizeof *g);

	if (!g)
		return rv_no_memory(err, "gzip");
	/* Not calloc: the output block need not be touched yet. */
	memset(g, 0, offsetof(struct rv_gunzip, out));
	if (inflateInit2(&g->z, GZIP_ONLY) != Z_OK)
		return rv_no_memory(err, "gzip");
	g->ready = true;
	g->in_member = true;
	g->in = in;
	*out = RV_TAKE(g);
	return true;
}

enum rv_gunzip_fault rv_gunzip_fault(const struct rv_gunzip *g)
{
	return g ? g->fault : RV_GUNZIP_SOUND;
}

/* Where in the compressed stream zlib stands. */
static uint64_t at(const struct rv_gunzip *g)
{
	return g->read - g->z.avail_in;
}

/* Make sure zlib has input. *more: false at the end of the stream. */
static bool refill(struct rv_gunzip *g, bool *more, struct rv_err *err)
{
	struct rv_span b = { 0 };

	*more = g->z.avail_in > 0;
	if (*more)
		return true;
	if (!g->in.next(g->in.arg, &b, err))
		return false;
	if (b.n > UINT32_MAX)
		return rv_fail(err, RV_SYSTEM, "gzip: a block of %zu bytes",
			       b.n);
	/* zlib's next_in is const only when ZLIB_CONST is defined. */
	g->z.next_in = (Bytef *)(uintptr_t)b.p;
	g->z.avail_in = (uInt)b.n;
	g->read += b.n;
	*more = b.n > 0;
	return true;
}

/* Between two members: either the next one starts here, or all is over. */
static bool between(struct rv_gunzip *g, struct rv_err *err)
{
	bool more;

	if (!refill(g, &more, err))
		return false;
	if (!more) {
		g->end = true;
		return true;
	}
	/* The second magic byte is zlib's to check, with all of the header. */
	if (g->z.next_in[0] != 0x1f) {
		g->fault = RV_GUNZIP_BEHIND;
		return rv_fail(err, RV_INPUT,
			       "gzip: bytes behind the end, at %" PRIu64,
			       at(g));
	}
	if (inflateReset(&g->z) != Z_OK)
		return rv_fail(err, RV_SYSTEM, "gzip: cannot start anew");
	g->in_member = true;
	return true;
}

/* Inflate until the block is full, the member ends, or the input does. */
static bool some(struct rv_gunzip *g, struct rv_err *err)
{
	while (g->z.avail_out) {
		bool more;
		int r;

		if (!refill(g, &more, err))
			return false;
		if (!more) {
			g->fault = RV_GUNZIP_SHORT;
			return rv_fail(err, RV_INPUT,
				       "gzip: cut short at %" PRIu64 " bytes",
				       g->read);
		}
		r = inflate(&g->z, Z_NO_FLUSH);
		if (r == Z_STREAM_END) {
			g->in_member = false;
			return true;
		}
		if (r == Z_MEM_ERROR)
			return rv_no_memory(err, "gzip");
		/* Z_BUF_ERROR: neither input nor output left; not here. */
		if (r != Z_OK) {
			g->fault = RV_GUNZIP_DAMAGED;
			return rv_fail(err, RV_INPUT,
				       "gzip: damaged at byte %" PRIu64 ": %s",
				       at(g), g->z.msg ? g->z.msg : "zlib");
		}
	}
	return true;
}

bool rv_gunzip_next(void *gunzip, struct rv_span *block, struct rv_err *err)
{
	struct rv_gunzip *g = gunzip;

	g->z.next_out = g->out;
	g->z.avail_out = RV_BLOCK;
	/* An empty member gives no bytes, yet is not the end of the stream. */
	while (!g->end && g->z.avail_out) {
		if (!(g->in_member ? some(g, err) : between(g, err)))
			return false;
	}
	*block = rv_span(g->out, RV_BLOCK - g->z.avail_out);
	return true;
}
