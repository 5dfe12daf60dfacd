/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree_text.c - the texts refval-tree 1 and refval-layer 1 (docs/FORMATS.md):
 * one line per path, written, hashed and, when asked for, kept.
 */
#include "layer.h"
#include "digest.h"

static void escape(struct rv_grow *to, struct rv_span s)
{
	size_t from = 0;

	if (!s.n)
		return;
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c > 0x20 && c < 0x7f && c != '\\' && c != '=')
			continue;
		rv_grow_add(to, s.p + from, i - from);
		rv_grow_printf(to, "\\x%02x", c);
		from = i + 1;
	}
	rv_grow_add(to, s.p + from, s.n - from);
}

void rv_tree_field(struct rv_grow *to, struct rv_span s)
{
	if (rv_same_text(s, "-"))
		rv_grow_text(to, "\\x2d");
	else
		escape(to, s);
}

static void path(struct rv_grow *to, struct rv_span p)
{
	rv_grow_u8(to, '/');
	escape(to, p);
}

static void payload(struct rv_grow *to, const struct change *c)
{
	char hex[65];

	switch (c->type) {
	case 'f':
		rv_hex(rv_span(c->sum.b, sizeof c->sum.b), hex);
		rv_grow_printf(to, " %" PRIu64 " %s", c->size, hex);
		break;
	case 'l':
		rv_grow_text(to, " - ");
		rv_tree_field(to, c->link);
		break;
	case 'b':
	case 'c':
		rv_grow_printf(to, " - %" PRIu32 ",%" PRIu32, c->major,
			       c->minor);
		break;
	default:
		rv_grow_text(to, " - -");
	}
}

void rv_tree_line(struct rv_grow *to, const struct change *c, struct rv_span at,
		  const struct rv_span *leader)
{
	path(to, at);
	if (leader || c->type == 'h') {
		rv_grow_text(to, " h - - - - ");
		path(to, leader ? *leader : c->link);
	} else if (c->type == 'w' || c->type == 'o') {
		rv_grow_printf(to, " %c - - - - -", c->type);
	} else {
		rv_grow_printf(to, " %c %04o %" PRIu64 " %" PRIu64, c->type,
			       (unsigned)c->mode, c->uid, c->gid);
		payload(to, c);
		rv_grow_add(to, c->xattrs.p, c->xattrs.n);
	}
	rv_grow_u8(to, '\n');
}

/* By bytes; of two where one starts with the other, the shorter first. */
int rv_path_order(struct rv_span a, struct rv_span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int d = n ? memcmp(a.p, b.p, n) : 0;

	return d ? d : (a.n > b.n) - (a.n < b.n);
}

struct rv_span rv_path_parent(struct rv_span p)
{
	size_t n = p.n;

	while (n && p.p[n - 1] != '/')
		n--;
	return rv_span(p.p, n ? n - 1 : 0);
}

void rv_text_sum_free(struct text_sum *t)
{
	rv_digest_free(&t->digest);
	rv_grow_free(&t->part);
}

bool rv_text_sum_begin(struct text_sum *t, const char *head,
		       struct rv_grow *keep, struct rv_err *err)
{
	*t = (struct text_sum){ .keep = keep };
	if (!rv_digest_new(RV_SHA256, &t->digest, err))
		return false;
	rv_grow_printf(&t->part, "%s\n", head);
	return rv_text_sum_add(t, err);
}

/* In pieces: a call into OpenSSL for each line would cost more than it. */
enum { PART = 16 << 10 };

static bool flush(struct text_sum *t, struct rv_err *err)
{
	if (t->part.failed || (t->keep && t->keep->failed))
		return rv_no_memory(err, "text");
	if (!rv_digest_add(t->digest, t->part.buf.p, t->part.buf.n, err))
		return false;
	if (t->keep)
		rv_grow_add(t->keep, t->part.buf.p, t->part.buf.n);
	t->part.buf.n = 0;
	return true;
}

bool rv_text_sum_add(struct text_sum *t, struct rv_err *err)
{
	return t->part.buf.n < PART || flush(t, err);
}

bool rv_text_sum_end(struct text_sum *t, struct rv_sha256 *out,
		     struct rv_err *err)
{
	struct rv_sha256 sum;

	if (!flush(t, err) || !rv_digest_end(t->digest, sum.b, err))
		return false;
	if (t->keep && t->keep->failed)
		return rv_no_memory(err, "text");
	*out = sum;
	return true;
}

bool rv_layer_text(const struct layer *l, struct rv_grow *keep,
		   struct rv_sha256 *out, struct rv_err *err)
{
	RV_AUTO(rv_text_sum_free) struct text_sum t = { 0 };

	if (!rv_text_sum_begin(&t, "refval-layer 1", keep, err))
		return false;
	for (size_t i = 0; i < l->n; i++) {
		rv_tree_line(&t.part, l->sorted[i], l->sorted[i]->path, NULL);
		if (!rv_text_sum_add(&t, err))
			return false;
	}
	return rv_text_sum_end(&t, out, err);
}
