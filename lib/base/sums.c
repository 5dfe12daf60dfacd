/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sums.c - SHA-256 of several parts of a file. Two lanes each hold one part;
 * a lane that is done takes the next, so both have work for as long as may be.
 */
#include "sums.h"

#include "range.h"

#include <stdlib.h>

/* Two of these stay in the processor's second cache beside each other. */
enum { LANE_ROOM = 128 << 10 };

/* One part being hashed; idle when @part is NULL. */
struct lane {
	struct rv_part *part; /* borrowed */
	struct rv_range in;   /* what was not read of it */
	struct rv_sha256_state state;
	uint8_t *buf;	 /* borrows from struct lanes */
	size_t at, have; /* read and not hashed: bytes @at to @have of @buf */
};

struct lanes {
	struct lane lane[2];
	uint8_t *buf; /* owned */
	rv_sha256x2_fn two;
	struct rv_part *next, *end; /* parts that no lane has; borrowed */
};

static void lanes_free(struct lanes *l)
{
	free(l->buf);
}

static size_t blocks(const struct lane *l)
{
	return (l->have - l->at) / RV_SHA256_BLOCK;
}

/* Make sure of a whole block, unless the part ends before. */
static bool fill(struct lane *l, struct rv_err *err)
{
	size_t got = 1;

	if (blocks(l))
		return true;
	memmove(l->buf, l->buf + l->at, l->have - l->at);
	l->have -= l->at;
	l->at = 0;
	while (got && l->have < LANE_ROOM) {
		if (!rv_range_read(&l->in, l->buf + l->have,
				   LANE_ROOM - l->have, &got, err))
			return false;
		l->have += got;
	}
	return true;
}

static void finish(const struct lanes *all, struct lane *l)
{
	struct rv_part *p = l->part;

	rv_sha256x2_end(all->two, &l->state,
			rv_span(l->buf + l->at, l->have - l->at),
			p->end - p->off, &p->sum);
	l->part = NULL;
}

/* After this the lane has a block to hash, or no part is left for it. */
static bool ready(struct lanes *all, struct lane *l, struct rv_err *err)
{
	for (;;) {
		if (l->part && !fill(l, err))
			return false;
		if (l->part && blocks(l))
			return true;
		if (l->part)
			finish(all, l);
		if (all->next == all->end)
			return true;
		l->part = all->next++;
		l->in.off = l->part->off;
		l->in.end = l->part->end;
		l->state = rv_sha256_start;
		l->at = l->have = 0;
	}
}

static void hash(const struct lanes *all, struct lane *a, struct lane *b)
{
	size_t n = blocks(a);

	if (b && blocks(b) < n)
		n = blocks(b);
	all->two(&a->state, a->buf + a->at, b ? &b->state : NULL,
		 b ? b->buf + b->at : NULL, n);
	a->at += n * RV_SHA256_BLOCK;
	if (b)
		b->at += n * RV_SHA256_BLOCK;
}

static bool by_two(int fd, const char *name, struct lanes *all,
		   struct rv_err *err)
{
	struct lane *a = &all->lane[0], *b = &all->lane[1];

	all->buf = malloc(2 * LANE_ROOM);
	if (!all->buf)
		return rv_no_memory(err, name);
	a->in = b->in = (struct rv_range){ .fd = fd, .name = name };
	a->buf = all->buf;
	b->buf = all->buf + LANE_ROOM;
	for (;;) {
		if (!ready(all, a, err) || !ready(all, b, err))
			return false;
		if (!a->part && !b->part)
			return true;
		if (a->part)
			hash(all, a, b->part ? b : NULL);
		else
			hash(all, b, NULL);
	}
}

static bool by_one(int fd, const char *name, struct rv_part *part,
		   struct rv_err *err)
{
	RV_AUTO(rv_range_free)
	struct rv_range r = {
		.fd = fd, .name = name, .off = part->off, .end = part->end
	};
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	struct rv_span b = { 0 };

	if (!rv_digest_new(RV_SHA256, &d, err))
		return false;
	do
		if (!rv_range_next(&r, &b, err) ||
		    (b.n && !rv_digest_add(d, b.p, b.n, err)))
			return false;
	while (b.n);
	return rv_digest_end(d, part->sum.b, err);
}

/* The longest first, so that no long one is left over at the end, alone. */
static int by_length(const void *a, const void *b)
{
	const struct rv_part *x = a, *y = b;
	uint64_t n = x->end - x->off, m = y->end - y->off;

	if (n != m)
		return n < m ? 1 : -1;
	return x->off < y->off ? -1 : x->off > y->off;
}

bool rv_part_sums(int fd, const char *name, rv_sha256x2_fn two,
		  struct rv_part *part, size_t n, struct rv_err *err)
{
	RV_AUTO(lanes_free)
	struct lanes all = { .two = two, .next = part, .end = part + n };

	if (n)
		qsort(part, n, sizeof *part, by_length);
	if (two && n > 1)
		return by_two(fd, name, &all, err);
	for (size_t i = 0; i < n; i++)
		if (!by_one(fd, name, &part[i], err))
			return false;
	return true;
}
