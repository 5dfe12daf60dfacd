/* SPDX-License-Identifier: Apache-2.0 */
/* html_text.c - foreign bytes as text of a page, whatever they are. */
#include "html_text.h"

/* Of the five that mean something in HTML; NULL for others. */
static const char *entity(uint32_t v)
{
	switch (v) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

/*
 * What a browser would not show as it is: controls, what turns the direction
 * of the text around it, what has no width, and what is no character.
 */
static bool unseen(uint32_t v)
{
	return (v < 0x20 && v != '\n' && v != '\t') ||
	       (v >= 0x7f && v < 0xa0) || v == 0xad || v == 0x61c ||
	       (v >= 0x200b && v <= 0x200f) || (v >= 0x2028 && v <= 0x202e) ||
	       (v >= 0x2060 && v <= 0x206f) || v == 0xfeff ||
	       (v & 0xfffe) == 0xfffe || (v >= 0xfdd0 && v <= 0xfdef);
}

void rv_html_text(struct rv_grow *to, struct rv_span s)
{
	while (s.n) {
		uint32_t v = 0;
		size_t n = rv_code_point(s, &v);
		const char *e = n ? entity(v) : NULL;

		if (e)
			rv_grow_text(to, e);
		else if (n == 0 || unseen(v))
			for (size_t i = 0; i < (n ? n : 1); i++)
				rv_grow_printf(to, "\\x%02x", s.p[i]);
		else
			rv_grow_add(to, s.p, n);
		n = n ? n : 1;
		s = rv_span(s.p + n, s.n - n);
	}
}

void rv_html_str(struct rv_grow *to, const char *s)
{
	rv_html_text(to, rv_text(s ? s : ""));
}
