/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sums.c - SHA-256 of several parts of a file. Two lanes each hold one part;
 * a lane that is done takes the next, so both have work for as long as may be.
 */
#include "sums.h"

#include "window.h"
#include "digest.h"

#include <stdlib.h>

/* One part being hashed; idle when @part is NULL. */
struct lane {
	struct rv_part *part; /* borrowed */
	struct rv_window in;
	struct rv_span unread; /* what was not hashed of @in; borrows from it */
	struct rv_sha256_state state;
};

struct lanes {
	struct lane lane[2];
	rv_sha256x2_fn two;
	struct rv_part *next, *end; /* parts that no lane has; borrowed */
};

static void lanes_free(struct lanes *l)
{
	rv_window_free(&l->lane[0].in);
	rv_window_free(&l->lane[1].in);
}

static size_t blocks(const struct lane *l)
{
	return l->unread.n / RV_SHA256_BLOCK;
}

/* On to the next window, from the first byte on that was not hashed. */
static bool move(struct lane *l, struct rv_err *err)
{
	uint64_t at = l->in.end - l->unread.n;

	if (!rv_window_open(&l->in, at, l->part->end, err))
		return false;
	l->unread = l->in.bytes;
	return true;
}

static void finish(const struct lanes *all, struct lane *l)
{
	struct rv_part *p = l->part;

	rv_sha256x2_end(all->two, &l->state, l->unread, p->end - p->off,
			&p->sum);
	l->part = NULL;
}

static void start(struct lane *l, struct rv_part *part)
{
	l->part = part;
	l->state = rv_sha256_start;
	l->unread = (struct rv_span){ 0 };
	l->in.end = part->off;
}

/* After this the lane has a block to hash, or no part is left for it. */
static bool ready(struct lanes *all, struct lane *l, struct rv_err *err)
{
	while (!l->part || !blocks(l)) {
		if (l->part && l->in.end < l->part->end) {
			if (!move(l, err))
				return false;
			continue;
		}
		if (l->part)
			finish(all, l);
		if (all->next == all->end)
			return true;
		start(l, all->next++);
	}
	return true;
}

/* The next @n bytes, which are there. */
static const uint8_t *pass(struct lane *l, size_t n)
{
	const uint8_t *p = l->unread.p;

	l->unread = rv_span(p + n, l->unread.n - n);
	return p;
}

static void hash(const struct lanes *all, struct lane *a, struct lane *b)
{
	size_t n = blocks(a);

	if (b && blocks(b) < n)
		n = blocks(b);
	all->two(&a->state, pass(a, n * RV_SHA256_BLOCK), b ? &b->state : NULL,
		 b ? pass(b, n * RV_SHA256_BLOCK) : NULL, n);
}

static bool by_two(int fd, const char *name, struct lanes *all,
		   struct rv_err *err)
{
	struct lane *a = &all->lane[0], *b = &all->lane[1];

	a->in = b->in = (struct rv_window){ .fd = fd, .name = name };
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
	RV_AUTO(rv_window_free)
	struct rv_window w = { .fd = fd, .name = name, .end = part->off };
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	if (!rv_digest_new(RV_SHA256, &d, err))
		return false;
	while (w.end < part->end)
		if (!rv_window_open(&w, w.end, part->end, err) ||
		    !rv_digest_add(d, w.bytes.p, w.bytes.n, err))
			return false;
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
