/* SPDX-License-Identifier: Apache-2.0 */
/* jsonw.c - JSON written in the order of the calls: byte-identical each time.
 */
#include "base.h"

/* How many bytes of @s stand for themselves: the most of any text. */
static size_t plain(struct rv_span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= 0x20 && s.p[n] < 0x7f && s.p[n] != '"' &&
	       s.p[n] != '\\')
		n++;
	return n;
}

void rv_json_quote(struct rv_grow *to, struct rv_span s)
{
	rv_grow_u8(to, '"');
	while (s.n) {
		uint32_t v = 0;
		size_t n = plain(s);

		if (n) {
			rv_grow_add(to, s.p, n);
			s = rv_span(s.p + n, s.n - n);
			continue;
		}
		n = rv_code_point(s, &v);
		if (n == 0) {
			rv_grow_text(to, "\\ufffd");
			n = 1;
		} else if (v == '"' || v == '\\') {
			rv_grow_printf(to, "\\%c", (int)v);
		} else if (v == '\n') {
			rv_grow_text(to, "\\n");
		} else if (v == '\t') {
			rv_grow_text(to, "\\t");
		} else if (v < 0x20 || (v >= 0x7f && v < 0xa0)) {
			rv_grow_printf(to, "\\u%04x", (unsigned)v);
		} else {
			rv_grow_add(to, s.p, n);
		}
		s = rv_span(s.p + n, s.n - n);
	}
	rv_grow_u8(to, '"');
}

static void newline(struct rv_jw *w)
{
	if (w->compact)
		return;
	rv_grow_u8(w->to, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		rv_grow_text(w->to, "  ");
}

static void member(struct rv_jw *w, const char *key)
{
	if (w->depth) {
		if (w->some[w->depth - 1])
			rv_grow_u8(w->to, ',');
		w->some[w->depth - 1] = true;
		newline(w);
	}
	if (key) {
		rv_json_quote(w->to, rv_text(key));
		rv_grow_text(w->to, w->compact ? ":" : ": ");
	}
}

void rv_jw_open(struct rv_jw *w, const char *key, char bracket)
{
	member(w, key);
	rv_grow_u8(w->to, (unsigned char)bracket);
	if (w->depth == RV_JW_DEPTH) {
		w->to->failed = true;
		return;
	}
	w->some[w->depth] = false;
	w->end[w->depth] = bracket == '{' ? '}' : ']';
	w->depth++;
}

void rv_jw_close(struct rv_jw *w)
{
	if (!w->depth) {
		w->to->failed = true;
		return;
	}
	w->depth--;
	if (w->some[w->depth])
		newline(w);
	rv_grow_u8(w->to, (unsigned char)w->end[w->depth]);
	if (w->depth == 0)
		rv_grow_u8(w->to, '\n');
}

void rv_jw_text(struct rv_jw *w, const char *key, struct rv_span s)
{
	member(w, key);
	rv_json_quote(w->to, s);
}

void rv_jw_str(struct rv_jw *w, const char *key, const char *s)
{
	if (s)
		rv_jw_text(w, key, rv_text(s));
	else
		rv_jw_null(w, key);
}

void rv_jw_hex(struct rv_jw *w, const char *key, struct rv_span s)
{
	char hex[2 * 64 + 1];

	member(w, key);
	rv_grow_u8(w->to, '"');
	while (s.n) {
		size_t n = s.n < 64 ? s.n : 64;

		rv_hex(rv_span(s.p, n), hex);
		rv_grow_add(w->to, hex, 2 * n);
		s = rv_span(s.p + n, s.n - n);
	}
	rv_grow_u8(w->to, '"');
}

void rv_jw_u64(struct rv_jw *w, const char *key, uint64_t v)
{
	member(w, key);
	rv_grow_printf(w->to, "%" PRIu64, v);
}

void rv_jw_bool(struct rv_jw *w, const char *key, bool v)
{
	member(w, key);
	rv_grow_text(w->to, v ? "true" : "false");
}

void rv_jw_null(struct rv_jw *w, const char *key)
{
	member(w, key);
	rv_grow_text(w->to, "null");
}

void rv_jw_raw(struct rv_jw *w, const char *key, struct rv_span json)
{
	member(w, key);
	rv_grow_add(w->to, json.p, json.n);
}
