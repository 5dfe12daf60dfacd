/* SPDX-License-Identifier: Apache-2.0 */
/* diff.c - where the content of two manifests differs. */
#include "compose.h"

#include <stdlib.h>

enum { DELTAS = 200, SHOWN = 160 };

struct differ {
	struct rv_compose_diff d;
	struct rv_grow path; /* of where we are */
	struct rv_err *err;
};

void rv_compose_diff_free(struct rv_compose_diff *d)
{
	for (size_t i = 0; i < d->n; i++) {
		free(d->delta[i].path);
		free(d->delta[i].ours);
		free(d->delta[i].theirs);
	}
	free(d->delta);
	*d = (struct rv_compose_diff){ 0 };
}

/* Cut at a whole UTF-8 character. */
static void shorten(struct rv_grow *g)
{
	size_t n = SHOWN;

	if (g->failed || g->buf.n <= SHOWN)
		return;
	while (n && (g->buf.p[n] & 0xc0) == 0x80)
		n--;
	g->buf.n = n;
	rv_grow_text(g, "...");
}

static bool keep(struct rv_grow *g, char **out, struct rv_err *err)
{
	struct rv_buf b;

	shorten(g);
	if (!rv_grow_take(g, &b, err))
		return false;
	*out = (char *)b.p;
	return true;
}

/* A value as JSON; of a text, only @line when that is not 0. */
static bool show(const struct rv_jt *v, size_t line, char **out,
		 struct rv_err *err)
{
	static const struct json_form form = { .order = ORDER_GIVEN };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jt one;

	if (!v)
		return true;
	one = *v;
	if (line) {
		struct rv_span rest = v->text, l = { 0 };
		bool there = true;

		for (size_t i = 0; i < line && there; i++)
			there = rv_line(&rest, &l);
		if (!there)
			return true;
		one.text = l;
	}
	return rv_jt_write(&one, &form, &g, err) && keep(&g, out, err);
}

static void delta_free(struct rv_compose_delta *d)
{
	free(d->path);
	free(d->ours);
	free(d->theirs);
}

static bool note(struct differ *d, const struct rv_jt *ours,
		 const struct rv_jt *theirs, size_t line, bool reorders)
{
	RV_AUTO(delta_free)
	struct rv_compose_delta x = { .line = line, .reorders = reorders };
	RV_AUTO(rv_grow_free) struct rv_grow path = { 0 };

	if (d->d.n == DELTAS) {
		d->d.more = true;
		return true;
	}
	rv_grow_add(&path, d->path.buf.p, d->path.buf.n);
	if (!keep(&path, &x.path, d->err))
		return false;
	if (!reorders && (!show(ours, line, &x.ours, d->err) ||
			  !show(theirs, line, &x.theirs, d->err)))
		return false;
	d->d.delta[d->d.n++] = RV_TAKE(x);
	return true;
}

/* The first line that differs, from 1; 0 when neither has several. */
static size_t first_line(struct rv_span a, struct rv_span b)
{
	struct rv_span x = { 0 }, y = { 0 };

	if (!(a.n && memchr(a.p, '\n', a.n)) &&
	    !(b.n && memchr(b.p, '\n', b.n)))
		return 0;
	for (size_t line = 1;; line++) {
		bool i = rv_line(&a, &x), k = rv_line(&b, &y);

		if (!i || !k)
			return i || k ? line : 0;
		if (!rv_same(x, y))
			return line;
	}
}

static bool compare(struct differ *d, const struct rv_jt *a,
		    const struct rv_jt *b);

static bool descend(struct differ *d, const struct rv_jt_member *m, size_t i,
		    const struct rv_jt *a, const struct rv_jt *b)
{
	size_t n = d->path.buf.n;
	bool ok;

	if (m->key.p) {
		rv_grow_text(&d->path, n ? "." : "");
		rv_grow_add(&d->path, m->key.p, m->key.n);
	} else {
		rv_grow_printf(&d->path, "[%zu]", i);
	}
	if (d->path.failed)
		return rv_no_memory(d->err, "comparing");
	ok = a && b ? compare(d, a, b) : note(d, a, b, 0, false);
	d->path.buf.n = n;
	return ok;
}

/*
 * For each member of @a, in its order, the value of the same key in @b or
 * NULL; and *lone says of each member of @b whether @a lacks it. By sorting
 * both: keys are as many as a hostile document likes, and in any order.
 */
static bool match(const struct rv_jt *a, const struct rv_jt *b,
		  const struct rv_jt ***other, bool **lone, struct rv_err *err)
{
	RV_AUTO(rv_free) const struct rv_jt_member **x = NULL;
	RV_AUTO(rv_free) const struct rv_jt_member **y = NULL;
	size_t i = 0, k = 0;

	*other = calloc(a->n + 1, sizeof **other);
	*lone = calloc(b->n + 1, sizeof **lone);
	if (!*other || !*lone)
		return rv_no_memory(err, "comparing");
	if (!rv_jt_sorted(a, &x, err) || !rv_jt_sorted(b, &y, err))
		return false;
	while (i < a->n || k < b->n) {
		int d = i == a->n   ? 1
			: k == b->n ? -1
				    : rv_jt_key_order(x[i]->key, y[k]->key);

		if (d == 0)
			(*other)[x[i] - a->m] = y[k]->value;
		else if (d > 0)
			(*lone)[y[k] - b->m] = true;
		i += d <= 0;
		k += d >= 0;
	}
	return true;
}

static bool objects(struct differ *d, const struct rv_jt *a,
		    const struct rv_jt *b)
{
	RV_AUTO(rv_free) const struct rv_jt **other = NULL;
	RV_AUTO(rv_free) bool *lone = NULL;
	size_t before = d->d.n;
	bool moved = false;

	if (!match(a, b, &other, &lone, d->err))
		return false;
	for (size_t i = 0; i < a->n; i++) {
		moved |= i < b->n && !rv_same(a->m[i].key, b->m[i].key);
		if (!descend(d, &a->m[i], i, a->m[i].value, other[i]))
			return false;
	}
	for (size_t i = 0; i < b->n; i++)
		if (lone[i] && !descend(d, &b->m[i], i, NULL, b->m[i].value))
			return false;
	if (moved && d->d.n == before)
		return note(d, a, b, 0, true);
	return true;
}

static bool arrays(struct differ *d, const struct rv_jt *a,
		   const struct rv_jt *b)
{
	for (size_t i = 0; i < a->n || i < b->n; i++) {
		const struct rv_jt *x = i < a->n ? a->m[i].value : NULL;
		const struct rv_jt *y = i < b->n ? b->m[i].value : NULL;

		if (!descend(d, i < a->n ? &a->m[i] : &b->m[i], i, x, y))
			return false;
	}
	return true;
}

static bool compare(struct differ *d, const struct rv_jt *a,
		    const struct rv_jt *b)
{
	if (a->type != b->type)
		return note(d, a, b, 0, false);
	if (a->type == RV_JT_OBJECT)
		return objects(d, a, b);
	if (a->type == RV_JT_ARRAY)
		return arrays(d, a, b);
	if (rv_same(a->text, b->text))
		return true;
	return note(d, a, b,
		    a->type == RV_JT_STRING ? first_line(a->text, b->text) : 0,
		    false);
}

bool rv_compose_diff(const struct rv_compose *ours,
		     const struct rv_compose *theirs,
		     struct rv_compose_diff *out, struct rv_err *err)
{
	struct differ d = { .err = err };
	RV_AUTO(rv_compose_diff_free) struct rv_compose_diff got = { 0 };
	bool ok;

	d.d.delta = calloc(DELTAS, sizeof *d.d.delta);
	if (!d.d.delta)
		return rv_no_memory(err, "comparing");
	ok = compare(&d, ours->root, theirs->root);
	rv_grow_free(&d.path);
	got = d.d;
	if (!ok)
		return false;
	*out = RV_TAKE(got);
	return true;
}
