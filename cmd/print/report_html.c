/* SPDX-License-Identifier: Apache-2.0 */
/* report_html.c - a report as one self-contained page. */
#include "report_html.h"
#include "chain_html.h"
#include "html_compose.h"
#include "html_page.h"
#include "html_text.h"
#include "terms.h"

static void cell(struct rv_grow *to, const char *label, const char *value)
{
	rv_grow_printf(to, "<div><small>%s</small><br><span class=\"v\">",
		       label);
	rv_html_str(to, value && *value ? value : "–");
	rv_grow_text(to, "</span></div>");
}

/* Expected and actual beside each other; one of them alone takes the row. */
static void pair(struct rv_grow *to, const struct rv_check *c)
{
	if (!c->expected && !c->actual)
		return;
	rv_grow_printf(to, "<div class=\"pair%s\">",
		       c->expected && c->actual ? "" : " one");
	if (c->expected)
		cell(to, "expected", c->expected);
	if (c->actual)
		cell(to, c->expected ? "actual" : "found", c->actual);
	rv_grow_text(to, "</div>");
}

static void why(struct rv_grow *to, const struct rv_check *c)
{
	if (c->reason) {
		rv_grow_text(to, "<p>");
		rv_html_str(to, c->reason);
		rv_grow_text(to, "</p>");
	}
	if (c->from) {
		rv_grow_text(to, "<p><small>expected from: ");
		rv_html_str(to, c->from);
		rv_grow_text(to, "</small></p>");
	}
}

/*
 * Folded: what agrees, and what was not checked, which is in a list already.
 * Its value once, and what else there is to know.
 */
static void folded(struct rv_grow *to, const struct rv_check *c)
{
	const char *v = rv_verdict_name(c->verdict);
	bool once =
	    !c->expected || !c->actual || strcmp(c->expected, c->actual) == 0;

	rv_grow_printf(to,
		       "<details class=\"check\"><summary><b class=\"%s\">"
		       "%s</b> <code>",
		       v, v);
	rv_html_str(to, c->name);
	rv_grow_text(to, "</code>");
	if (once && (c->actual || c->expected)) {
		rv_grow_text(to, " <span class=\"v\">");
		rv_html_str(to, c->actual ? c->actual : c->expected);
		rv_grow_text(to, "</span>");
	}
	rv_grow_text(to, "</summary>");
	if (!once)
		pair(to, c);
	why(to, c);
	rv_grow_text(to, "</details>\n");
}

static void check(struct rv_grow *to, const struct rv_check *c)
{
	const char *v = rv_verdict_name(c->verdict);

	if (c->verdict == RV_YES || c->verdict == RV_UNCHECKED) {
		folded(to, c);
		return;
	}
	rv_grow_printf(to,
		       "<div class=\"check%s\"><b class=\"%s\">%s</b> <code>",
		       c->verdict == RV_DIFFERS ? " bad" : "", v, v);
	rv_html_str(to, c->name);
	rv_grow_text(to, "</code>");
	pair(to, c);
	why(to, c);
	rv_grow_text(to, "</div>\n");
}

static void layers(struct rv_grow *to, const struct rv_report *r)
{
	for (enum rv_layer l = 0; l < RV_LAYERS; l++) {
		const char *v = rv_verdict_name(rv_report_layer(r, l));

		if (!rv_report_shows(r, l))
			continue;
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
	rv_html_str(to, value);
	rv_grow_text(to, "</dd>");
}

/* All verdicts at a glance, and each check that is no yes, with its reason. */
static void summary(struct rv_grow *to, const struct rv_report *r)
{
	size_t n = 0;

	rv_grow_text(to, "<ul class=\"layers\">");
	for (enum rv_layer l = 0; l < RV_LAYERS; l++) {
		const char *v = rv_verdict_name(rv_report_layer(r, l));

		if (!rv_report_shows(r, l))
			continue;
		rv_grow_printf(to, "<li>%s: <b class=\"%s\">%s</b></li>",
			       rv_layer_name(l), v, v);
	}
	rv_grow_text(to, "</ul>\n");
	for (size_t i = 0; i < r->n; i++) {
		const struct rv_check *c = &r->check[i];
		const char *v = rv_verdict_name(c->verdict);

		if (c->verdict != RV_DIFFERS && c->verdict != RV_CANNOT_TELL)
			continue;
		rv_grow_printf(to, "%s<li><b class=\"%s\">%s</b> <code>",
			       n++ ? "" : "<ul class=\"why\">", v, v);
		rv_html_str(to, c->name);
		rv_grow_text(to, "</code> ");
		rv_html_str(to, c->reason);
		rv_grow_text(to, "</li>");
	}
	rv_grow_text(to, n ? "</ul>\n" : "");
}

static void counts(struct rv_grow *to, const struct rv_report *r)
{
	size_t n[4] = { 0 };

	for (size_t i = 0; i < r->n; i++)
		n[r->check[i].verdict]++;
	rv_grow_printf(to,
		       "<p>%zu agree, %zu differ, %zu cannot be told, %zu not "
		       "checked.</p>\n",
		       n[RV_YES], n[RV_DIFFERS], n[RV_CANNOT_TELL],
		       n[RV_UNCHECKED]);
}

static void head(struct rv_grow *to, const struct rv_verified *c,
		 const struct rv_html_facts *f)
{
	const struct rv_report *r = &c->report;
	const struct rv_check *because = rv_report_reason(r);
	const char *v = rv_verdict_name(rv_report_verdict(r));

	rv_html_begin(to, v);
	rv_grow_text(to, "<h1>Attestation report</h1>");
	rv_html_verdict(to,
			strcmp(v, rv_report_words(r)) == 0 ? v : "unchecked",
			rv_report_words(r), because ? because->reason : NULL);
	rv_chain_html(c, to);
	counts(to, r);
	summary(to, r);
	rv_grow_text(to, "<dl>");
	fact(to, "evidence", f->title);
	fact(to, "compared with", f->reference);
	fact(to, f->signed_name ? f->signed_name : "the quote", f->headline);
	fact(to, "the vTPM", f->vtpm);
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
		rv_html_str(to, c->name);
		rv_grow_text(to, "</code> ");
		rv_html_str(to, c->reason);
		rv_grow_text(to, "</li>");
	}
	for (enum rv_layer l = 0; l < RV_LAYERS; l++) {
		size_t n = 0;

		for (size_t i = 0; i < r->n; i++)
			n += r->check[i].layer == l;
		if (!n && rv_report_shows(r, l))
			rv_grow_printf(to,
				       "<li><code>%s</code> nothing was "
				       "compared</li>",
				       rv_layer_name(l));
	}
	rv_grow_text(to, "</ul>\n");
}

/* Where each predicted register's events leave the expected sequence. */
struct course {
	struct rv_divergence d[RV_MRS_MAX]; /* by its number in the log */
};

static struct course courses(const struct rv_verified *c)
{
	struct course out = { 0 };

	for (size_t i = 0; c->values && i < c->replay.reg.n; i++) {
		const char *name = c->replay.reg.item[i].name;
		const struct rv_register *reg =
		    rv_values_register(c->values, name);

		if (reg && reg->n)
			out.d[i] = rv_diff_events(reg, &c->replay,
						  &c->evidence->log, name);
	}
	return out;
}

static void put_expected(struct rv_grow *to, const struct rv_predicted *e)
{
	char hex[97] = "not known";

	if (!e) {
		rv_grow_text(to, "expected: no further event");
		return;
	}
	if (e->known)
		rv_hex(rv_span(e->digest.b, 48), hex);
	rv_grow_text(to, "expected: ");
	rv_html_str(to, e->label);
	rv_grow_printf(to, "<br><span class=\"v\">%s</span>", hex);
}

static void put_event(struct rv_grow *to, const struct rv_verified *c, size_t i,
		      const struct rv_divergence *d)
{
	static const char *const state[] = {
		[RV_EVENT_AS_RECORDED] = "as recorded",
		[RV_EVENT_CONFIRMED] = "confirmed by its contents",
		[RV_EVENT_RECOMPUTED] = "recomputed from its contents",
		[RV_EVENT_CONTRADICTS] = "contradicts its contents",
	};
	const struct rv_replayed *e = &c->replay.event[i];
	bool first = d && d->found && d->log == i;
	bool bad = e->state == RV_EVENT_CONTRADICTS;
	char hex[97], label[16];

	rv_mr_label(c->replay.reg.item[c->evidence->log.event[i].imr].name,
		    label);
	rv_hex(rv_span(e->digest.b, 48), hex);
	rv_grow_printf(to, "<li%s><small>%zu</small> <b>%s</b> ",
		       first || bad ? " class=\"first\"" : "", i, label);
	rv_html_str(to, e->name);
	rv_grow_printf(to, " <%s>%s</%s>", bad ? "b class=\"no\"" : "small",
		       state[e->state], bad ? "b" : "small");
	if (first)
		rv_grow_text(to, " <b class=\"no\">first difference</b>");
	rv_grow_printf(to, "<br><span class=\"v\">%s</span>", hex);
	if (first) {
		rv_grow_text(to, "<br>");
		put_expected(to, d->expected);
	}
	rv_grow_text(to, "</li>\n");
}

static void timeline(struct rv_grow *to, const struct rv_verified *c)
{
	struct course at = courses(c);

	/* Those of a NitroTPM have one lane. */
	if (!c->has_log || c->nitro.decoded)
		return;
	rv_grow_text(to, "<h2>Event log</h2><ol class=\"log\">");
	for (size_t i = 0; i < c->replay.n; i++)
		put_event(to, c, i, &at.d[c->evidence->log.event[i].imr]);
	/* A log that stops too early has no event to mark. */
	for (size_t i = 0; i < c->replay.reg.n; i++) {
		char label[16];

		if (!at.d[i].found || at.d[i].log < c->replay.n)
			continue;
		rv_mr_label(c->replay.reg.item[i].name, label);
		rv_grow_printf(to,
			       "<li class=\"first\"><b>%s</b> <b class="
			       "\"no\">ends too early</b><br>",
			       label);
		put_expected(to, at.d[i].expected);
		rv_grow_text(to, "</li>\n");
	}
	rv_grow_text(to, "</ol>\n");
}

/* The given manifest against the one of the machine, if they differ. */
static void compose(struct rv_grow *to, const struct rv_verified *c)
{
	struct rv_span own = { 0 };

	if (c->evidence)
		own = rv_buf_span(&c->evidence->app_compose);
	if (c->compose && own.n && !rv_same(*c->compose, own))
		rv_html_compose(to, *c->compose, own);
}

/* The words that the page uses, a sentence each. */
static void words(struct rv_grow *to)
{
	static const char *const used[] = { "MRTD",	    "RTMR",
					    "TCB",	    "PCK",
					    "QE",	    "mr_config_id",
					    "compose-hash", "report_data" };

	rv_grow_text(to, "<h2>Words</h2><dl>");
	for (size_t i = 0; i < RV_LEN(used); i++)
		fact(to, used[i], rv_term_find(used[i]));
	rv_grow_text(to, "</dl>\n");
}

void rv_report_html(const struct rv_verified *c, const struct rv_html_facts *f,
		    struct rv_grow *to)
{
	head(to, c, f);
	if (f->subject)
		rv_subject_html(f->subject, to);
	unchecked(to, &c->report);
	layers(to, &c->report);
	compose(to, c);
	timeline(to, c);
	words(to);
	rv_grow_text(to, "<p><small>refval " REFVAL_VERSION
			 "</small></p></body></html>\n");
}
