/* SPDX-License-Identifier: Apache-2.0 */
/*
 * page.c - the page that a guest agent shows on port 8090: tcb_info stands in
 * a text area, HTML-escaped. The rest of the page is for people.
 */
#include "forms.h"

#include <stdlib.h>

/* The rest of @s behind the first @mark; false when there is none. */
static bool skip_to(struct rv_span *s, const char *mark)
{
	size_t n = strlen(mark);

	for (size_t i = 0; n <= s->n && i <= s->n - n; i++)
		if (memcmp(s->p + i, mark, n) == 0)
			return rv_sub(*s, i + n, s->n - i - n, s);
	return false;
}

static void put_utf8(struct rv_grow *to, uint32_t c)
{
	if (c < 0x80) {
		rv_grow_u8(to, c);
	} else if (c < 0x800) {
		rv_grow_u8(to, 0xc0 | c >> 6);
		rv_grow_u8(to, 0x80 | (c & 63));
	} else if (c < 0x10000) {
		rv_grow_u8(to, 0xe0 | c >> 12);
		rv_grow_u8(to, 0x80 | (c >> 6 & 63));
		rv_grow_u8(to, 0x80 | (c & 63));
	} else {
		rv_grow_u8(to, 0xf0 | c >> 18);
		rv_grow_u8(to, 0x80 | (c >> 12 & 63));
		rv_grow_u8(to, 0x80 | (c >> 6 & 63));
		rv_grow_u8(to, 0x80 | (c & 63));
	}
}

/* The number between "&#" and ";", or 0. */
static uint32_t numeric(struct rv_span name)
{
	uint32_t v = 0;
	uint32_t base = 10;
	size_t i = 1;

	if (name.n > 1 && (name.p[1] == 'x' || name.p[1] == 'X')) {
		base = 16;
		i = 2;
	}
	for (; i < name.n; i++) {
		uint8_t c = name.p[i];
		uint32_t d = c >= '0' && c <= '9'   ? c - 0x30u
			     : c >= 'a' && c <= 'f' ? c - 'a' + 10u
			     : c >= 'A' && c <= 'F' ? c - 'A' + 10u
						    : 99;

		if (d >= base || v > 0x10ffff)
			return 0;
		v = v * base + d;
	}
	return v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff) ? 0 : v;
}

/* One reference behind a '&'; its length with the ';', or 0: none. */
static size_t reference(struct rv_span s, struct rv_grow *to)
{
	static const struct {
		const char *name;
		char is;
	} known[] = { { "quot", '"' },
		      { "amp", '&' },
		      { "lt", '<' },
		      { "gt", '>' },
		      { "apos", '\'' } };
	size_t n = 0;
	uint32_t c = 0;

	while (n < s.n && n < 10 && s.p[n] != ';')
		n++;
	if (n == 0 || n == s.n || s.p[n] != ';')
		return 0;
	if (s.p[0] == '#')
		c = numeric(rv_span(s.p, n));
	for (size_t i = 0; i < RV_LEN(known); i++)
		if (rv_same_text(rv_span(s.p, n), known[i].name))
			c = (uint8_t)known[i].is;
	if (!c)
		return 0;
	put_utf8(to, c);
	return n + 1;
}

bool rv_page_tcb_info(struct rv_span html, struct rv_buf *out,
		      struct rv_err *err)
{
	while (skip_to(&html, "<textarea") && skip_to(&html, ">")) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_span rest = html, text;

		if (!skip_to(&rest, "</textarea>") ||
		    !rv_sub(html, 0, html.n - rest.n - 11, &text))
			return rv_fail(err, RV_INPUT,
				       "page: a text area does not end");
		for (size_t i = 0; i < text.n; i++) {
			size_t n = text.p[i] != '&'
				       ? 0
				       : reference(rv_span(text.p + i + 1,
							   text.n - i - 1),
						   &g);

			if (!n)
				rv_grow_u8(&g, text.p[i]);
			i += n;
		}
		if (g.buf.n && g.buf.p[0] == '{')
			return rv_grow_take(&g, out, err);
		html = rest;
	}
	return rv_fail(err, RV_INPUT, "page: no tcb_info in it");
}
