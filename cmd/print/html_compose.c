/* SPDX-License-Identifier: Apache-2.0 */
/*
 * html_compose.c - what differs between two app-compose.json, for a page: "-"
 * and "+" as in a diff, so that paper without colour says the same.
 */
#include "html_compose.h"
#include "html_text.h"

#include <refval.h>

enum {
	AROUND = 2,	     /* lines of context */
	SHOWN_MAX = 64 << 10 /* bytes of each side */
};

/* The length of the first line of @s, its LF with it. */
static size_t line_length(struct rv_span s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] != '\n')
		n++;
	return n < s.n ? n + 1 : n;
}

/* Lines, each behind @mark, as one block of @element; at most SHOWN_MAX. */
static void lines(struct rv_grow *to, const char *element, char mark,
		  struct rv_span s)
{
	size_t left_out = s.n > SHOWN_MAX ? s.n - SHOWN_MAX : 0;

	if (!s.n)
		return;
	s.n -= left_out;
	rv_grow_printf(to, "<%s>", element);
	while (s.n) {
		size_t n = line_length(s), text = n;

		if (s.p[n - 1] == '\n')
			text--;
		rv_grow_printf(to, "%c ", mark);
		rv_html_text(to, rv_span(s.p, text));
		rv_grow_text(to, "\n");
		s = rv_span(s.p + n, s.n - n);
	}
	if (left_out)
		rv_grow_printf(to, "%c (%zu bytes more)\n", mark, left_out);
	rv_grow_printf(to, "</%s>", element);
}

/* The common head and tail of two texts, in whole lines. */
static void common(struct rv_span a, struct rv_span b, size_t *head,
		   size_t *tail)
{
	size_t most = a.n < b.n ? a.n : b.n, h = 0, t = 0;

	while (h < most && a.p[h] == b.p[h])
		h++;
	while (h && a.p[h - 1] != '\n')
		h--;
	while (t < most - h && a.p[a.n - 1 - t] == b.p[b.n - 1 - t])
		t++;
	while (t && a.p[a.n - t] != '\n')
		t--;
	*head = h;
	*tail = t;
}

/* The last AROUND lines of @s. */
static struct rv_span last_lines(struct rv_span s)
{
	size_t at = s.n, n = 0;

	while (at && (s.p[at - 1] != '\n' || at == s.n || ++n < AROUND))
		at--;
	return rv_span(s.p + at, s.n - at);
}

/* The first AROUND lines of @s. */
static struct rv_span first_lines(struct rv_span s)
{
	size_t n = 0;

	for (int i = 0; i < AROUND; i++)
		n += line_length(rv_span(s.p + n, s.n - n));
	return rv_span(s.p, n);
}

/* Two texts, where they differ, with a little around it. */
void rv_html_lines(struct rv_grow *to, struct rv_span a, struct rv_span b)
{
	size_t head, tail;

	common(a, b, &head, &tail);
	rv_grow_text(to, "<pre class=\"diff\">");
	lines(to, "span", ' ', last_lines(rv_span(a.p, head)));
	lines(to, "del", '-', rv_span(a.p + head, a.n - head - tail));
	lines(to, "ins", '+', rv_span(b.p + head, b.n - head - tail));
	lines(to, "span", ' ', first_lines(rv_span(a.p + a.n - tail, tail)));
	rv_grow_text(to, "</pre>\n");
}

static bool many_lines(struct rv_span s)
{
	return s.p && memchr(s.p, '\n', s.n);
}

static void put_delta(struct rv_grow *to, const struct rv_compose_delta *d,
		      const struct rv_compose *given,
		      const struct rv_compose *evidence)
{
	struct rv_span a = rv_compose_text(given, d->path);
	struct rv_span b = rv_compose_text(evidence, d->path);

	rv_grow_text(to, "<p><code>");
	rv_html_str(to, *d->path ? d->path : "(the whole)");
	rv_grow_printf(to, "</code>%s</p>",
		       d->reorders ? ": the same members in another order"
				   : "");
	if (a.p && b.p && (many_lines(a) || many_lines(b))) {
		rv_html_lines(to, a, b);
		return;
	}
	if (d->reorders)
		return;
	rv_grow_text(to, "<pre class=\"diff\">");
	lines(to, "del", '-', rv_text(d->ours ? d->ours : "(not there)"));
	lines(to, "ins", '+', rv_text(d->theirs ? d->theirs : "(not there)"));
	rv_grow_text(to, "</pre>\n");
}

void rv_html_compose(struct rv_grow *to, struct rv_span given,
		     struct rv_span evidence)
{
	RV_AUTO(rv_compose_free) struct rv_compose *a = NULL, *b = NULL;
	RV_AUTO(rv_compose_diff_free) struct rv_compose_diff d = { 0 };
	struct rv_err ignored = { 0 };

	rv_grow_text(to, "<h2>app-compose.json</h2><p>"
			 "<span class=\"no\">-</span> the given one, "
			 "<span class=\"yes\">+</span> the one inside the "
			 "evidence.</p>");
	if (!rv_compose_read(given, &a, &ignored) ||
	    !rv_compose_read(evidence, &b, &ignored) ||
	    !rv_compose_diff(a, b, &d, &ignored) || !d.n) {
		rv_html_lines(to, given, evidence);
		return;
	}
	for (size_t i = 0; i < d.n; i++)
		put_delta(to, &d.delta[i], a, b);
	if (d.more)
		rv_grow_text(to, "<p>and more</p>\n");
}
