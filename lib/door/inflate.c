/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inflate.c - gzip, of which zlib does only the deflate streams: the frame is
 * read here, byte for byte as RFC 1952 says, and the CRC is our own.
 *
 * Inflaters that take half of zlib's time exist; the one that was tried also
 * took one in fifty of the damaged streams that zlib refuses (sets of codes
 * that are not complete). What engines disagree about has no digest here, so
 * zlib decides.
 */
#include "inflate.h"
#include "crc32.h"

#include <stdlib.h>
#include <zlib.h>

/* RFC 1952, 2.3.1: the bits of FLG; the other three must be zero. */
enum { FTEXT = 1, FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16 };
enum { RESERVED = 0xe0, DEFLATE = 8, NAME_MAX_BYTES = 4096 };

struct rv_gunzip {
	struct rv_stream in;
	z_stream z;
	bool ready;	 /* z is set up */
	bool in_member;	 /* between a member's first byte and its data's end */
	bool end;	 /* the stream has ended, well */
	uint64_t read;	 /* bytes taken from in, those in z.next_in included */
	uint64_t member; /* inflated bytes of this member */
	uint32_t crc;	 /* of those; or of the header while it is read */
	enum rv_gunzip_fault fault;
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
	if (inflateInit2(&g->z, -MAX_WBITS) != Z_OK)
		return rv_no_memory(err, "gzip");
	g->ready = true;
	g->in = in;
	*out = RV_TAKE(g);
	return true;
}

enum rv_gunzip_fault rv_gunzip_fault(const struct rv_gunzip *g)
{
	return g ? g->fault : RV_GUNZIP_SOUND;
}

/* Where in the compressed stream we stand. */
static uint64_t at(const struct rv_gunzip *g)
{
	return g->read - g->z.avail_in;
}

/* Make sure there is input. *more: false at the end of the stream. */
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

/* The stream itself is at fault, in this way. */
static struct rv_err *blame(struct rv_gunzip *g, enum rv_gunzip_fault fault,
			    struct rv_err *err)
{
	g->fault = fault;
	return err;
}

static bool cut_short(struct rv_gunzip *g, struct rv_err *err)
{
	return rv_fail(blame(g, RV_GUNZIP_SHORT, err), RV_INPUT,
		       "gzip: cut short at %" PRIu64 " bytes", g->read);
}

/* @n bytes of the frame, at most 8, which count for the header's CRC. */
static bool frame(struct rv_gunzip *g, size_t n, uint64_t *out,
		  struct rv_err *err)
{
	uint8_t b[8];

	for (size_t i = 0; i < n; i++) {
		bool more;

		if (!refill(g, &more, err))
			return false;
		if (!more)
			return cut_short(g, err);
		b[i] = *g->z.next_in++;
		g->z.avail_in--;
	}
	g->crc = rv_crc32(g->crc, rv_span(b, n));
	*out = rv_num(rv_span(b, n));
	return true;
}

/* A field that ends with a zero byte. */
static bool skip_text(struct rv_gunzip *g, struct rv_err *err)
{
	uint64_t c = 1;

	for (unsigned n = 0; c; n++) {
		if (n == NAME_MAX_BYTES)
			return rv_fail(blame(g, RV_GUNZIP_DAMAGED, err),
				       RV_INPUT,
				       "gzip: a name of more than %d bytes",
				       NAME_MAX_BYTES);
		if (!frame(g, 1, &c, err))
			return false;
	}
	return true;
}

static bool skip_extra(struct rv_gunzip *g, struct rv_err *err)
{
	uint64_t n, c;

	if (!frame(g, 2, &n, err))
		return false;
	while (n--)
		if (!frame(g, 1, &c, err))
			return false;
	return true;
}

/* RFC 1952, 2.3.1: CRC16, the lower half of the CRC-32 of all before it. */
static bool header_crc(struct rv_gunzip *g, struct rv_err *err)
{
	uint32_t sum = g->crc & 0xffff;
	uint64_t crc;

	if (!frame(g, 2, &crc, err))
		return false;
	if (crc != sum)
		return rv_fail(blame(g, RV_GUNZIP_DAMAGED, err), RV_INPUT,
			       "gzip: header CRC %04x, its bytes give %04x",
			       (unsigned)crc, (unsigned)sum);
	return true;
}

/* RFC 1952, 2.3: magic, CM, FLG, MTIME, XFL, OS, and what FLG announces. */
static bool header(struct rv_gunzip *g, struct rv_err *err)
{
	uint64_t start = at(g), id1, id2 = 0, cm, flg, rest;

	g->crc = 0;
	if (!frame(g, 1, &id1, err) || (id1 == 0x1f && !frame(g, 1, &id2, err)))
		return false;
	if (id1 != 0x1f || id2 != 0x8b)
		return rv_fail(
		    blame(g, start ? RV_GUNZIP_BEHIND : RV_GUNZIP_DAMAGED, err),
		    RV_INPUT, "gzip: bytes behind the end, at %" PRIu64, start);
	if (!frame(g, 1, &cm, err) || !frame(g, 1, &flg, err) ||
	    !frame(g, 6, &rest, err))
		return false;
	if (cm != DEFLATE || flg & RESERVED)
		return rv_fail(blame(g, RV_GUNZIP_DAMAGED, err), RV_INPUT,
			       "gzip: method %u and flags %#x at %" PRIu64,
			       (unsigned)cm, (unsigned)flg, start);
	return (!(flg & FEXTRA) || skip_extra(g, err)) &&
	       (!(flg & FNAME) || skip_text(g, err)) &&
	       (!(flg & FCOMMENT) || skip_text(g, err)) &&
	       (!(flg & FHCRC) || header_crc(g, err));
}

/* Between two members: either the next one starts here, or all is over. */
static bool between(struct rv_gunzip *g, struct rv_err *err)
{
	bool more;

	if (!refill(g, &more, err))
		return false;
	/* A stream has at least one member. */
	if (!more && g->read) {
		g->end = true;
		return true;
	}
	if (!header(g, err))
		return false;
	if (inflateReset(&g->z) != Z_OK)
		return rv_fail(err, RV_SYSTEM, "gzip: cannot start anew");
	g->crc = 0;
	g->member = 0;
	g->in_member = true;
	return true;
}

/* RFC 1952, 2.3.1: CRC32, and ISIZE modulo 2^32. */
static bool trailer(struct rv_gunzip *g, struct rv_err *err)
{
	uint32_t got = g->crc;
	uint64_t crc, size;

	if (!frame(g, 4, &crc, err) || !frame(g, 4, &size, err))
		return false;
	if (crc != got)
		return rv_fail(blame(g, RV_GUNZIP_DAMAGED, err), RV_INPUT,
			       "gzip: CRC %08x at %" PRIu64
			       ", the bytes give %08x",
			       (unsigned)crc, at(g) - 8, got);
	if (size != (g->member & UINT32_MAX))
		return rv_fail(blame(g, RV_GUNZIP_DAMAGED, err), RV_INPUT,
			       "gzip: length %u at %" PRIu64
			       ", there were %" PRIu64 " bytes",
			       (unsigned)size, at(g) - 4, g->member);
	g->in_member = false;
	return true;
}

/* Inflate until the block is full, the data ends, or the input does. */
static bool inflate_some(struct rv_gunzip *g, bool *done, struct rv_err *err)
{
	while (g->z.avail_out && !*done) {
		bool more;
		int r;

		if (!refill(g, &more, err))
			return false;
		if (!more)
			return cut_short(g, err);
		r = inflate(&g->z, Z_NO_FLUSH);
		if (r == Z_MEM_ERROR)
			return rv_no_memory(err, "gzip");
		if (r != Z_OK && r != Z_STREAM_END)
			return rv_fail(blame(g, RV_GUNZIP_DAMAGED, err),
				       RV_INPUT,
				       "gzip: damaged at byte %" PRIu64 ": %s",
				       at(g), g->z.msg ? g->z.msg : "zlib");
		*done = r == Z_STREAM_END;
	}
	return true;
}

/* What a member adds to the block. */
static bool some(struct rv_gunzip *g, struct rv_err *err)
{
	const uint8_t *from = g->z.next_out;
	bool done = false;
	size_t n;

	if (!inflate_some(g, &done, err))
		return false;
	n = (size_t)(g->z.next_out - from);
	g->crc = rv_crc32(g->crc, rv_span(from, n));
	g->member += n;
	return !done || trailer(g, err);
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
