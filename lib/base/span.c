/* SPDX-License-Identifier: Apache-2.0 */
/* span.c - the only door to foreign bytes: counted, bounded, read-only. */
#include "base.h"

bool rv_sub(struct rv_span s, uint64_t off, uint64_t len, struct rv_span *out)
{
	if (off > s.n || len > s.n - off)
		return false;
	*out = (struct rv_span){ s.n ? s.p + off : s.p, (size_t)len };
	return true;
}

bool rv_cut(struct rv_span *s, uint64_t n, struct rv_span *out)
{
	if (n > s->n)
		return false;
	s->n -= (size_t)n;
	*out = (struct rv_span){ s->p ? s->p + s->n : s->p, (size_t)n };
	return true;
}

bool rv_same(struct rv_span a, struct rv_span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool rv_same_text(struct rv_span a, const char *b)
{
	return rv_same(a, rv_text(b));
}

bool rv_starts(struct rv_span s, struct rv_span head)
{
	return s.n >= head.n &&
	       (head.n == 0 || memcmp(s.p, head.p, head.n) == 0);
}

bool rv_all_zero(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i])
			return false;
	return true;
}

uint64_t rv_num(struct rv_span s)
{
	uint64_t v = 0;

	for (size_t i = s.n; i-- > 0;)
		v = v << 8 | s.p[i];
	return v;
}

uint64_t rv_num_be(struct rv_span s)
{
	uint64_t v = 0;

	for (size_t i = 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return v;
}

bool rv_line(struct rv_span *s, struct rv_span *line)
{
	const uint8_t *lf;
	size_t n;

	if (s->n == 0)
		return false;
	lf = memchr(s->p, '\n', s->n);
	n = lf ? (size_t)(lf - s->p) : s->n;
	*line = (struct rv_span){ s->p, n };
	n += lf ? 1 : 0;
	*s = (struct rv_span){ s->p + n, s->n - n };
	return true;
}

struct rv_rd rv_rd(struct rv_span in, const char *what)
{
	return (struct rv_rd){ .in = in, .what = what };
}

struct rv_span rv_take(struct rv_rd *r, size_t n, const char *field)
{
	struct rv_span got = { 0 };

	if (r->field)
		return got;
	if (!rv_sub(r->in, r->off, n, &got)) {
		r->field = field;
		r->want = n;
		return got;
	}
	r->off += n;
	return got;
}

uint8_t rv_u8(struct rv_rd *r, const char *field)
{
	return (uint8_t)rv_num(rv_take(r, 1, field));
}

uint16_t rv_le16(struct rv_rd *r, const char *field)
{
	return (uint16_t)rv_num(rv_take(r, 2, field));
}

uint32_t rv_le32(struct rv_rd *r, const char *field)
{
	return (uint32_t)rv_num(rv_take(r, 4, field));
}

uint64_t rv_le64(struct rv_rd *r, const char *field)
{
	return rv_num(rv_take(r, 8, field));
}

uint16_t rv_be16(struct rv_rd *r, const char *field)
{
	return (uint16_t)rv_num_be(rv_take(r, 2, field));
}

bool rv_rd_ok(const struct rv_rd *r, struct rv_err *err)
{
	if (!r->field)
		return true;
	return rv_fail(err, RV_INPUT, "%s: %s: needs %zu bytes at %zu of %zu",
		       r->what, r->field, r->want, r->off, r->in.n);
}

bool rv_rd_end(const struct rv_rd *r, struct rv_err *err)
{
	if (!rv_rd_ok(r, err))
		return false;
	if (r->off != r->in.n)
		return rv_fail(err, RV_INPUT, "%s: %zu bytes left over at %zu",
			       r->what, r->in.n - r->off, r->off);
	return true;
}
