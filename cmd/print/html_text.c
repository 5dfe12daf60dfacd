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

void rv_html_text(struct rv_grow *to, struct rv_span s)
{
	while (s.n) {
		uint32_t v = 0;
		size_t n = rv_code_point(s, &v);
		const char *e = n ? entity(v) : NULL;

		if (e)
			rv_grow_text(to, e);
		else if (n == 0 || (v != '\n' && v != '\t' && rv_unseen(v)))
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

void rv_html_clipped(struct rv_grow *to, const char *text, size_t max)
{
	struct rv_span s = rv_text(text), all = s;
	size_t n = 0, end = 0;
	uint32_t v;

	while (s.n) {
		size_t k = rv_code_point(s, &v);

		k = k ? k : 1;
		if (++n < max)
			end += k;
		s = rv_span(s.p + k, s.n - k);
	}
	if (n <= max)
		end = all.n;
	rv_html_text(to, rv_span(all.p, end));
	rv_grow_text(to, n > max ? "…" : "");
}
