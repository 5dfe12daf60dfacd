/* SPDX-License-Identifier: Apache-2.0 */
/* write.c - JSON text, bit for bit as other serialisers write it. */
#include "compose.h"

#include <stdlib.h>

struct writer {
	const struct json_form *f;
	struct rv_grow *to;
	unsigned depth;
	struct rv_err *err;
};

static void unit(struct rv_grow *to, uint32_t u)
{
	rv_grow_printf(to, "\\u%04x", (unsigned)u);
}

static void code_point(struct rv_grow *to, uint32_t v)
{
	if (v < 0x10000) {
		unit(to, v);
		return;
	}
	unit(to, 0xd800 + ((v - 0x10000) >> 10));
	unit(to, 0xdc00 + ((v - 0x10000) & 0x3ff));
}

static bool must_escape(uint32_t v, enum json_escape how)
{
	if (v < 0x20 || v == '"' || v == '\\')
		return true;
	if (how == ESCAPE_ASCII)
		return v > 0x7e;
	if (how == ESCAPE_GO)
		return v == '<' || v == '>' || v == '&' || v == 0x2028 ||
		       v == 0x2029;
	return false;
}

/* All of them write these seven short; Go does so since 1.22. */
static void escaped(struct rv_grow *to, uint32_t v)
{
	static const char from[] = "\"\\\b\f\n\r\t", into[] = "\"\\bfnrt";
	const char *at = v && v < 0x80 ? strchr(from, (int)v) : NULL;

	if (at)
		rv_grow_printf(to, "\\%c", into[at - from]);
	else
		code_point(to, v);
}

static void string(struct writer *w, struct rv_span s)
{
	rv_grow_u8(w->to, '"');
	while (s.n) {
		uint32_t v = 0;
		size_t n = rv_code_point(s, &v);

		/* The parser took UTF-8 only; copy a byte if it is not. */
		n = n ? n : 1;
		if (must_escape(v, w->f->escape))
			escaped(w->to, v);
		else
			rv_grow_add(w->to, s.p, n);
		s = rv_span(s.p + n, s.n - n);
	}
	rv_grow_u8(w->to, '"');
}

static void newline(struct writer *w)
{
	if (!w->f->indent)
		return;
	rv_grow_u8(w->to, '\n');
	for (unsigned i = 0; i < w->depth; i++) {
		if (w->f->indent < 0)
			rv_grow_u8(w->to, '\t');
		for (int k = 0; k < w->f->indent; k++)
			rv_grow_u8(w->to, ' ');
	}
}

/* ---- the order of members ---- */

static int by_bytes(struct rv_span x, struct rv_span y)
{
	size_t n = x.n < y.n ? x.n : y.n;
	int d = n ? memcmp(x.p, y.p, n) : 0;

	return d ? d : (x.n > y.n) - (x.n < y.n);
}

/*
 * UTF-8 order is code point order. UTF-16 order differs from it in one thing:
 * U+10000 and above (whose units start at d800) come before U+E000..U+FFFF.
 */
static int by_utf16(struct rv_span x, struct rv_span y)
{
	while (x.n && y.n) {
		uint32_t a = 0, b = 0;
		size_t i = rv_code_point(x, &a), k = rv_code_point(y, &b);

		if (!i || !k)
			return by_bytes(x, y);
		if (a != b) {
			uint32_t u =
			    a > 0xffff ? 0xd800 + ((a - 0x10000) >> 10) : a;
			uint32_t v =
			    b > 0xffff ? 0xd800 + ((b - 0x10000) >> 10) : b;

			return u != v ? (u > v) - (u < v) : (a > b) - (a < b);
		}
		x = rv_span(x.p + i, x.n - i);
		y = rv_span(y.p + k, y.n - k);
	}
	return (x.n > 0) - (y.n > 0);
}

/* ECMA-262 "array index": 0 to 2^32 - 2, written canonically. */
static bool is_index(struct rv_span k, uint64_t *v)
{
	if (k.n > 1 && k.p[0] == '0')
		return false;
	return k.n && k.n <= 10 && rv_decimal(k, 4294967294u, v);
}

/* As OrdinaryOwnPropertyKeys: indexes first, upwards; then as inserted. */
static int by_index(struct rv_span x, struct rv_span y)
{
	uint64_t a = 0, b = 0;
	bool i = is_index(x, &a), k = is_index(y, &b);

	if (i && k)
		return (a > b) - (a < b);
	return (int)k - (int)i;
}

/* qsort is not stable: members that compare equal keep their place. */
#define COMPARE(name, expression)                                              \
	static int name(const void *a, const void *b)                          \
	{                                                                      \
		const struct rv_jt_member *m =                                 \
		    *(const struct rv_jt_member *const *)a;                    \
		const struct rv_jt_member *o =                                 \
		    *(const struct rv_jt_member *const *)b;                    \
		int d = (expression);                                          \
                                                                               \
		return d ? d : (m > o) - (m < o);                              \
	}
COMPARE(order_bytes, by_bytes(m->key, o->key))
COMPARE(order_utf16, by_utf16(m->key, o->key))
COMPARE(order_index, by_index(m->key, o->key))

static int order_js(const void *a, const void *b)
{
	const struct rv_jt_member *m = *(const struct rv_jt_member *const *)a;
	const struct rv_jt_member *o = *(const struct rv_jt_member *const *)b;
	int d = by_index(m->key, o->key);

	return d ? d : order_utf16(a, b);
}

static void arrange(const struct rv_jt_member **m, size_t n,
		    enum json_order order)
{
	if (order == ORDER_BYTES)
		qsort(m, n, sizeof *m, order_bytes);
	else if (order == ORDER_UTF16)
		qsort(m, n, sizeof *m, order_utf16);
	else if (order == ORDER_JS)
		qsort(m, n, sizeof *m, order_js);
	else if (order == ORDER_GIVEN_JS)
		qsort(m, n, sizeof *m, order_index);
}

static bool value(struct writer *w, const struct rv_jt *v,
		  enum json_order order);

static bool members(struct writer *w, const struct rv_jt *v,
		    enum json_order order)
{
	RV_AUTO(rv_free) const struct rv_jt_member **m = NULL;
	bool object = v->type == RV_JT_OBJECT, first = true;

	/*
	 * The SDK's sortObject leaves alone what is not a plain object, and an
	 * own member "constructor" hides the one it looks at.
	 */
	if (order == ORDER_JS && rv_jt_get(v, "constructor"))
		order = ORDER_GIVEN_JS;
	m = calloc(v->n + 1, sizeof *m);
	if (!m)
		return rv_no_memory(w->err, "serialising");
	for (size_t i = 0; i < v->n; i++)
		m[i] = &v->m[i];
	if (object)
		arrange(m, v->n, order);
	w->depth++;
	for (size_t i = 0; i < v->n; i++) {
		/* result["__proto__"] = x makes no member of a JS object. */
		if (object && order == ORDER_JS &&
		    rv_same_text(m[i]->key, "__proto__"))
			continue;
		if (!first)
			rv_grow_text(w->to, w->f->blanks ? ", " : ",");
		first = false;
		newline(w);
		if (object) {
			string(w, m[i]->key);
			rv_grow_text(w->to,
				     w->f->blanks || w->f->indent ? ": " : ":");
		}
		if (!value(w, m[i]->value, order))
			return false;
	}
	w->depth--;
	if (!first)
		newline(w);
	return true;
}

static bool value(struct writer *w, const struct rv_jt *v,
		  enum json_order order)
{
	static const char *const words[] = { "null", "false", "true" };

	switch (v->type) {
	case RV_JT_NUMBER:
		return rv_jt_number(v->text, w->f->numbers, w->to, w->err);
	case RV_JT_STRING:
		string(w, v->text);
		return true;
	case RV_JT_ARRAY:
	case RV_JT_OBJECT:
		rv_grow_u8(w->to, v->type == RV_JT_ARRAY ? '[' : '{');
		if (!members(w, v, order))
			return false;
		rv_grow_u8(w->to, v->type == RV_JT_ARRAY ? ']' : '}');
		return true;
	default:
		rv_grow_text(w->to, words[v->type]);
		return true;
	}
}

/* Every `": ` becomes `":`, also where it is text between quotes. */
static void rewrite_colons(struct rv_span s, struct rv_grow *to)
{
	for (size_t i = 0; i < s.n; i++) {
		struct rv_span three;

		if (rv_sub(s, i, 3, &three) && rv_same_text(three, "\": ")) {
			rv_grow_text(to, "\":");
			i += 2;
		} else {
			rv_grow_u8(to, s.p[i]);
		}
	}
}

bool rv_jt_write(const struct rv_jt *v, const struct json_form *f,
		 struct rv_grow *to, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow plain = { 0 };
	struct writer w = { f, f->colon_rewrite ? &plain : to, 0, err };

	if (!value(&w, v, f->order))
		return false;
	if (f->colon_rewrite)
		rewrite_colons(rv_buf_span(&plain.buf), to);
	if (w.to->failed || to->failed)
		return rv_no_memory(err, "serialising");
	return true;
}
