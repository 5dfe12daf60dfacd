/* SPDX-License-Identifier: Apache-2.0 */
/* report_html.c - a report as one self-contained page. */
#include "report_html.h"

static const char style[] =
    ":root{--fg:#1b1f24;--bg:#fff;--dim:#59636e;--line:#d1d9e0;--soft:#f6f8fa;"
    "--yes:#116329;--no:#b3001b;--doubt:#7d4e00;--nobg:#ffebe9}"
    "@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0d1117;"
    "--dim:#9198a1;--line:#3d444d;--soft:#161b22;--yes:#56d364;--no:#ff7b72;"
    "--doubt:#e3b341;--nobg:#3c1618}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:64rem;padding:1rem;color:var(--fg);"
    "background:var(--bg);font:1rem/1.5 system-ui,sans-serif}"
    "h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2rem;"
    "border-bottom:1px solid var(--line)}"
    "code,.v{font:.85rem/1.4 ui-monospace,monospace;overflow-wrap:anywhere}"
    ".verdict{font-size:1.3rem;padding:.6rem 1rem;border:2px solid;"
    "border-radius:.5rem;font-weight:600}"
    ".yes{color:var(--yes)}.no{color:var(--no)}.cannot-tell{"
    "color:var(--doubt)}.unchecked{color:var(--dim)}"
    ".check{border:1px solid var(--line);border-radius:.5rem;margin:.5rem 0;"
    "padding:.5rem .75rem}.check b{margin-right:.75rem}"
    ".check p{margin:.25rem 0;overflow-wrap:anywhere}"
    ".pair{display:grid;grid-template-columns:1fr 1fr;gap:.5rem}"
    ".pair div{background:var(--soft);padding:.35rem .5rem;"
    "border-radius:.3rem;min-width:0}"
    ".pair small,dt{color:var(--dim)}"
    "ol.log{list-style:none;padding:0;margin:0;border-left:2px solid "
    "var(--line)}"
    "ol.log li{padding:.2rem 0 .2rem .75rem;overflow-wrap:anywhere}"
    "ol.log li.first{background:var(--nobg);border-left:4px solid var(--no)}"
    "pre.diff{background:var(--soft);padding:.5rem;border-radius:.3rem;"
    "white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8rem}"
    "del,ins{text-decoration:none;display:block}del{color:var(--no)}"
    "ins{color:var(--yes)}"
    "@media(max-width:40rem){.pair{grid-template-columns:1fr}}"
    "@media print{body{max-width:none;font-size:10pt}.check{break-inside:"
    "avoid}}";

/* Foreign text: markup escaped, control characters shown. */
static void text(struct rv_grow *to, struct rv_span s)
{
	while (s.n) {
		uint32_t v = 0;
		size_t n = rv_code_point(s, &v);
		bool turns = (v >= 0x202a && v <= 0x202e) ||
			     (v >= 0x2066 && v <= 0x2069) || v == 0x200e ||
			     v == 0x200f || v == 0x61c;

		if (v == '<')
			rv_grow_text(to, "&lt;");
		else if (v == '>')
			rv_grow_text(to, "&gt;");
		else if (v == '&')
			rv_grow_text(to, "&amp;");
		else if (v == '"')
			rv_grow_text(to, "&quot;");
		else if (v == '\'')
			rv_grow_text(to, "&#39;");
		else if (n == 0 || (v < 0x20 && v != '\n' && v != '\t') ||
			 (v >= 0x7f && v < 0xa0) || turns)
			for (size_t i = 0; i < (n ? n : 1); i++)
				rv_grow_printf(to, "\\x%02x", s.p[i]);
		else
			rv_grow_add(to, s.p, n);
		n = n ? n : 1;
		s = rv_span(s.p + n, s.n - n);
	}
}

static void str(struct rv_grow *to, const char *s)
{
	text(to, rv_text(s ? s : ""));
}

static void cell(struct rv_grow *to, const char *label, const char *value)
{
	rv_grow_printf(to, "<div><small>%s</small><br><span class=\"v\">",
		       label);
	str(to, value && *value ? value : "–");
	rv_grow_text(to, "</span></div>");
}

static void check(struct rv_grow *to, const struct rv_check *c)
{
	const char *v = rv_verdict_name(c->verdict);

	rv_grow_printf(to, "<div class=\"check\"><b class=\"%s\">%s</b><code>",
		       v, v);
	str(to, c->name);
	rv_grow_text(to, "</code>");
	if (c->reason) {
		rv_grow_text(to, "<p>");
		str(to, c->reason);
		rv_grow_text(to, "</p>");
	}
	if (c->expected || c->actual) {
		rv_grow_text(to, "<div class=\"pair\">");
		cell(to, "expected", c->expected);
		cell(to, "actual", c->actual);
		rv_grow_text(to, "</div>");
	}
	if (c->from) {
		rv_grow_text(to, "<p><small>expected from: ");
		str(to, c->from);
		rv_grow_text(to, "</small></p>");
	}
	rv_grow_text(to, "</div>\n");
}

static void layers(struct rv_grow *to, const struct rv_report *r)
{
	for (enum rv_layer l = 0; l < RV_LAYERS; l++) {
		const char *v = rv_verdict_name(rv_report_layer(r, l));

		rv_grow_printf(to, "<h2>%s: <span class=\"%s\">%s</span></h2>",
			       rv_layer_name(l), v, v);
		for (size_t i = 0; i < r->n; i++)
			if (r->check[i].layer == l)
				check(to, &r->check[i]);
	}
}

static void fact(struct rv_grow *to, const char *label, const char *value)
{
	if (!value)
		return;
	rv_grow_printf(to, "<dt>%s</dt><dd>", label);
	str(to, value);
	rv_grow_text(to, "</dd>");
}

static void head(struct rv_grow *to, const struct rv_report *r,
		 const struct rv_html_facts *f)
{
	const char *v = rv_verdict_name(rv_report_verdict(r));

	rv_grow_text(to, "<!DOCTYPE html><html lang=\"en\"><head><meta "
			 "charset=\"utf-8\"><meta name=\"viewport\" content="
			 "\"width=device-width\"><meta http-equiv=\"Content-"
			 "Security-Policy\" content=\"default-src 'none'; "
			 "style-src 'unsafe-inline'\"><link rel=\"icon\" "
			 "href=\"data:,\"><title>refval: ");
	rv_grow_printf(to, "%s</title><style>%s</style></head><body>", v,
		       style);
	rv_grow_text(to, "<h1>Attestation report</h1>");
	rv_grow_printf(to, "<p class=\"verdict %s\">verdict: %s</p><dl>", v, v);
	fact(to, "evidence", f->title);
	fact(to, "compared with", f->reference);
	fact(to, "the quote", f->headline);
	fact(to, "TCB status", f->status);
	fact(to, "verified for", f->at);
	fact(to, "this answer holds from", f->not_before);
	fact(to, "until", f->not_after);
	rv_grow_text(to, "</dl>\n");
}

/* What was not checked, in one place: silence never means yes. */
static void unchecked(struct rv_grow *to, const struct rv_report *r)
{
	rv_grow_text(to, "<h2>Not checked</h2><ul>");
	for (size_t i = 0; i < r->n; i++) {
		const struct rv_check *c = &r->check[i];

		if (c->verdict != RV_UNCHECKED)
			continue;
		rv_grow_text(to, "<li><code>");
		str(to, c->name);
		rv_grow_text(to, "</code> ");
		str(to, c->reason);
		rv_grow_text(to, "</li>");
	}
	for (enum rv_layer l = 0; l < RV_LAYERS; l++) {
		size_t n = 0;

		for (size_t i = 0; i < r->n; i++)
			n += r->check[i].layer == l;
		if (!n)
			rv_grow_printf(to,
				       "<li><code>%s</code> nothing was "
				       "compared</li>",
				       rv_layer_name(l));
	}
	rv_grow_text(to, "</ul>\n");
}

/* Is this event the first of its register that is not as predicted? */
static bool diverges(const struct rv_case *c, size_t at)
{
	const struct rv_event *e = &c->evidence.log.event[at];
	struct rv_divergence d;

	if (c->replay.event[at].state == RV_EVENT_CONTRADICTS)
		return true;
	if (!c->has_values || e->imr > 2 || !c->values.rtmr[e->imr].n)
		return false;
	d = rv_diff_events(&c->values.rtmr[e->imr], &c->replay,
			   &c->evidence.log, e->imr);
	return d.found && d.log == at;
}

static void timeline(struct rv_grow *to, const struct rv_case *c)
{
	static const char *const state[] = {
		[RV_EVENT_AS_RECORDED] = "as recorded",
		[RV_EVENT_CONFIRMED] = "confirmed by its contents",
		[RV_EVENT_RECOMPUTED] = "recomputed from its contents",
		[RV_EVENT_CONTRADICTS] = "contradicts its contents",
	};

	if (!c->has_log)
		return;
	rv_grow_text(to, "<h2>Event log</h2><ol class=\"log\">");
	for (size_t i = 0; i < c->replay.n; i++) {
		const struct rv_replayed *e = &c->replay.event[i];
		char hex[97];

		rv_hex(rv_span(e->digest.b, 48), hex);
		rv_grow_printf(to, "<li%s><b>RTMR%u</b> ",
			       diverges(c, i) ? " class=\"first\"" : "",
			       c->evidence.log.event[i].imr);
		str(to, e->name);
		rv_grow_printf(to,
			       " <small>%s</small><br><span class=\"v\">%s"
			       "</span></li>",
			       state[e->state], hex);
	}
	rv_grow_text(to, "</ol>\n");
}

/* The common head and tail of two texts, line by line. */
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

/* What stands between the common head and tail of both manifests. */
static void compose(struct rv_grow *to, const struct rv_case *c)
{
	struct rv_span a = rv_buf_span(&c->compose);
	struct rv_span b = rv_buf_span(&c->evidence.app_compose);
	size_t head, tail;

	if (!c->has_compose || !b.n || rv_same(a, b))
		return;
	common(a, b, &head, &tail);
	rv_grow_text(to, "<h2>app-compose.json</h2><p>The given one against "
			 "the one inside the evidence, where they "
			 "differ:</p><pre class=\"diff\"><del>");
	text(to, rv_span(a.p + head, a.n - head - tail));
	rv_grow_text(to, "</del><ins>");
	text(to, rv_span(b.p + head, b.n - head - tail));
	rv_grow_text(to, "</ins></pre>\n");
}

void rv_report_html(const struct rv_case *c, const struct rv_html_facts *f,
		    struct rv_grow *to)
{
	head(to, &c->report, f);
	layers(to, &c->report);
	unchecked(to, &c->report);
	compose(to, c);
	timeline(to, c);
	rv_grow_text(to, "<p><small>refval " REFVAL_VERSION
			 "</small></p></body></html>\n");
}
