/* SPDX-License-Identifier: Apache-2.0 */
/* lanes_html.c - an event log as a picture. */
#include "lanes_html.h"
#include "html_page.h"
#include "html_text.h"
#include "terms.h"

enum {
	WIDTH = 360,
	TOP = 38, /* where the first event stands */
	STEP = 22,
	LANE = 22,	   /* from one lane to the next */
	EVENTS_MAX = 2000, /* drawn; the list has all */
	LETTER = 6,	   /* a letter's width, about */
	SAID = 24, /* letters of what is said behind a name, and its number */
};

struct lanes {
	const struct rv_lanes *l;
	int x[RV_MRS_MAX]; /* of a register's lane; 0: it has none */
	int right;	   /* of the last lane */
	size_t drawn;
};

static void place(struct lanes *s)
{
	const struct rv_replay *r = s->l->replay;
	int x = 12;

	for (size_t i = 0; i < r->reg.n; i++) {
		if (!r->count[i])
			continue;
		s->x[i] = x;
		s->right = x;
		x += LANE;
	}
	s->drawn = r->n < EVENTS_MAX ? r->n : EVENTS_MAX;
}

static void event(const struct lanes *s, size_t i, bool first,
		  struct rv_grow *to)
{
	const struct rv_replayed *e = &s->l->replay->event[i];
	bool bad = e->state == RV_EVENT_CONTRADICTS;
	int x = s->x[s->l->log->event[i].imr], y = TOP + (int)i * STEP;
	size_t room = (size_t)(WIDTH - s->right - 14) / LETTER;

	rv_grow_printf(to, "<g class=\"%s\">", bad ? "no" : "event");
	if (bad)
		rv_grow_printf(to,
			       "<path class=\"no\" d=\"M%d %dl10 10m-10 0l10 "
			       "-10\"/>",
			       x - 5, y - 5);
	else
		rv_grow_printf(
		    to, "<circle cx=\"%d\" cy=\"%d\" r=\"%d\"%s/>", x, y,
		    e->state == RV_EVENT_AS_RECORDED ? 3 : 5,
		    e->state == RV_EVENT_AS_RECORDED ? "" : " class=\"full\"");
	rv_grow_printf(to, "<text class=\"sub\" x=\"%d\" y=\"%d\">%zu ",
		       s->right + 14, y + 4, i);
	rv_html_clipped(to, e->name,
			room > SAID + 8 ? room - (bad ? SAID : 5) : 8);
	if (bad)
		rv_grow_text(to, first ? " ✗ first contradiction"
				       : " ✗ contradicts");
	rv_grow_text(to, "</text></g>\n");
}

/* Above the lanes: the number of each, and what they are. */
static void heading(const struct lanes *s, struct rv_grow *to)
{
	const struct rv_replay *r = s->l->replay;
	char label[16];
	size_t n;

	for (size_t i = 0; i < r->reg.n; i++) {
		if (!s->x[i])
			continue;
		rv_mr_label(r->reg.item[i].name, label);
		n = strcspn(label, "0123456789");
		rv_grow_printf(to,
			       "<text class=\"sub top\" x=\"%d\" y=\"%d\">%s"
			       "</text>\n",
			       s->x[i], TOP - 22, label[n] ? label + n : label);
		if (s->x[i] == s->right)
			rv_grow_printf(to,
				       "<text class=\"sub\" x=\"%d\" "
				       "y=\"%d\">%.*s</text>\n",
				       s->right + 14, TOP - 22, (int)n, label);
	}
}

static const char *ending(enum rv_match m)
{
	return m == RV_MATCH_EQUAL     ? "✓ the quote has this value"
	       : m == RV_MATCH_DIFFERS ? "✗ the quote has another value"
	       : m == RV_MATCH_PREFIX  ? "? extended since the log ends"
				       : "? events were left out";
}

/* The lanes themselves, and what is at the end of each. */
static int ends(const struct lanes *s, struct rv_grow *to)
{
	const struct rv_replay *r = s->l->replay;
	int y = TOP + (int)s->drawn * STEP, bottom = y;

	for (size_t i = 0; i < r->reg.n; i++) {
		enum rv_match m = s->l->match ? s->l->match[i] : RV_MATCH_EQUAL;
		const char *v =
		    !s->l->match
			? "unchecked"
			: rv_answer_name(m == RV_MATCH_EQUAL	 ? RV_OK
					 : m == RV_MATCH_DIFFERS ? RV_NO
								 : RV_INPUT);
		char label[16];

		if (!s->x[i])
			continue;
		rv_mr_label(r->reg.item[i].name, label);
		rv_grow_printf(to,
			       "<g class=\"%s\"><path class=\"%s\" d=\"M%d "
			       "%dV%d\"/><text class=\"sub\" x=\"%d\" "
			       "y=\"%d\">%s %s</text></g>\n",
			       v, v, s->x[i], TOP - 12, bottom - 4,
			       s->right + 14, y + 10, label,
			       s->l->match ? ending(m) : "– no quote");
		rv_grow_printf(to, "<path class=\"%s\" d=\"M%d %dV%dH%d\"/>\n",
			       v, s->x[i], bottom - 4, y + 6, s->right + 10);
		y += STEP;
	}
	return y;
}

void rv_lanes_html(const struct rv_lanes *l, struct rv_grow *to)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct lanes s = { .l = l };
	bool first = true;
	int high;

	place(&s);
	heading(&s, &g);
	high = ends(&s, &g);
	for (size_t i = 0; i < s.drawn; i++) {
		event(&s, i, first, &g);
		first &= l->replay->event[i].state != RV_EVENT_CONTRADICTS;
	}
	rv_grow_printf(to,
		       "<svg class=\"lanes\" role=\"img\" viewBox=\"0 0 %d %d\""
		       " aria-label=\"The event log: a lane for each register, "
		       "its events in their order\">\n",
		       WIDTH, high + 8);
	rv_grow_add(to, g.buf.p, g.buf.n);
	to->failed = to->failed || g.failed;
	rv_grow_text(to, "</svg>\n");
	if (s.drawn < l->replay->n)
		rv_grow_printf(to, "<p>The first %zu of %zu events.</p>\n",
			       s.drawn, l->replay->n);
}

/* ---- a page ---- */

static void registers(const struct rv_lanes *l, struct rv_grow *to)
{
	const struct rv_replay *r = l->replay;
	char hex[2 * 64 + 1], label[16];

	rv_grow_text(to, "<h2>Registers, as the log gives them</h2><dl>");
	for (size_t i = 0; i < r->reg.n; i++) {
		const struct rv_mr *mr = &r->reg.item[i];

		if (!r->count[i])
			continue;
		rv_mr_label(mr->name, label);
		rv_hex(rv_span(mr->b, mr->n), hex);
		rv_grow_printf(to,
			       "<dt>%s</dt><dd><span class=\"v\">%s</span>"
			       "</dd>",
			       label, hex);
	}
	rv_grow_text(to, "</dl>\n");
}

static void events(const struct rv_lanes *l, struct rv_grow *to)
{
	const struct rv_replay *r = l->replay;
	char hex[2 * 64 + 1], label[16];

	rv_grow_text(to, "<h2>Events</h2><ol class=\"log\">");
	for (size_t i = 0; i < r->n; i++) {
		const struct rv_replayed *e = &r->event[i];
		const struct rv_mr *mr = &r->reg.item[l->log->event[i].imr];
		bool bad = e->state == RV_EVENT_CONTRADICTS;

		rv_mr_label(mr->name, label);
		rv_hex(rv_span(e->digest.b, mr->n), hex);
		rv_grow_printf(to, "<li%s><small>%zu</small> <b>%s</b> ",
			       bad ? " class=\"first\"" : "", i, label);
		rv_html_str(to, e->name);
		rv_grow_printf(to,
			       " <small>%s</small><br><span class=\"v\">%s"
			       "</span></li>\n",
			       rv_event_state_name(e->state), hex);
	}
	rv_grow_text(to, "</ol>\n");
}

void rv_lanes_page(const struct rv_lanes *l, const char *name,
		   const char *verdict, const char *why, struct rv_grow *to)
{
	rv_html_begin(to, verdict);
	rv_grow_text(to, "<h1>Event log of ");
	rv_html_str(to, name);
	rv_grow_text(to, "</h1>");
	rv_html_verdict(to, verdict, verdict, why);
	rv_lanes_html(l, to);
	rv_grow_text(to, "<p>A full circle: the event's digest is that of its "
			 "contents; a small one: as the log has it.</p>\n");
	registers(l, to);
	events(l, to);
	rv_grow_text(to, "<h2>Words</h2><dl><dt>RTMR</dt><dd>");
	rv_html_str(to, rv_term_find("RTMR"));
	rv_grow_text(to, "</dd><dt>event log</dt><dd>");
	rv_html_str(to, rv_term_find("event log"));
	rv_grow_text(to, "</dd></dl>\n<p><small>refval " REFVAL_VERSION
			 "</small></p></body></html>\n");
}
