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

/* The next member begins. */
void rv_json_stringify(struct rv_grow *to, struct rv_span s)
{
	static const char letter[] = "btnvfr"; /* of 8 to 13; \v has none */

	rv_grow_u8(to, '"');
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '"' || c == '\\')
			rv_grow_printf(to, "\\%c", c);
		else if (c >= 8 && c <= 13 && c != 11)
			rv_grow_printf(to, "\\%c", letter[c - 8]);
		else if (c < 0x20)
			rv_grow_printf(to, "\\u%04x", c);
		else
			rv_grow_u8(to, c);
	}
	rv_grow_u8(to, '"');
}

static void comma(struct rv_jw *w)
{
	if (w->depth) {
		if (w->some[w->depth - 1])
			rv_grow_u8(w->to, ',');
		w->some[w->depth - 1] = true;
		newline(w);
	}
}

static void colon(struct rv_jw *w)
{
	rv_grow_text(w->to, w->compact ? ":" : ": ");
}

static void member(struct rv_jw *w, const char *key)
{
	comma(w);
	if (key) {
		rv_json_quote(w->to, rv_text(key));
		colon(w);
	}
}

static void open_level(struct rv_jw *w, char bracket)
{
	rv_grow_u8(w->to, (unsigned char)bracket);
	if (w->depth == RV_JW_DEPTH) {
		w->to->failed = true;
		return;
	}
	w->some[w->depth] = false;
	w->end[w->depth] = bracket == '{' ? '}' : ']';
	w->depth++;
}

void rv_jw_open(struct rv_jw *w, const char *key, char bracket)
{
	member(w, key);
	open_level(w, bracket);
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

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* A string with its quotes, a number or a word, taken off @s. */
static struct rv_span token(struct rv_span *s)
{
	struct rv_span t;
	size_t n = 1;

	if (s->p[0] == '"') {
		while (n < s->n && s->p[n] != '"')
			n += s->p[n] == '\\' ? 2 : 1;
		n++;
	} else {
		while (n < s->n && !blank(s->p[n]) &&
		       !memchr(",:]}", s->p[n], 4))
			n++;
	}
	t = rv_span(s->p, n < s->n ? n : s->n);
	*s = rv_span(s->p + t.n, s->n - t.n);
	return t;
}

void rv_jw_json(struct rv_jw *w, const char *key, struct rv_span s)
{
	bool begin = true; /* a member, or what stands for it: not behind ':' */
	unsigned top = w->depth;

	while (s.n && !w->to->failed) {
		uint8_t c = s.p[0];

		if (!blank(c) && c != ',' && c != ':' && c != ']' && c != '}') {
			if (w->depth == top)
				member(w, key);
			else if (begin)
				comma(w);
		}
		if (c == '{' || c == '[') {
			open_level(w, (char)c);
			begin = true;
		} else if (c == '}' || c == ']') {
			rv_jw_close(w);
			begin = true;
		} else if (c == ':') {
			colon(w);
			begin = false;
		} else if (c == ',') {
			begin = true;
		} else if (!blank(c)) {
			struct rv_span t = token(&s);

			rv_grow_add(w->to, t.p, t.n);
			continue;
		}
		s = rv_span(s.p + 1, s.n - 1);
	}
}
