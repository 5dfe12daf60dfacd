/* SPDX-License-Identifier: Apache-2.0 */
/* report_out.c - a report on paper: text for people, refval.report/1. */
#include "report_out.h"
#include "out.h"

#include <stdlib.h>

enum { SHORT = 24 }; /* hex digits shown of a value that agrees */

enum rv_tone rv_verdict_tone(enum rv_verdict v)
{
	switch (v) {
	case RV_YES:
		return RV_TONE_GOOD;
	case RV_DIFFERS:
		return RV_TONE_BAD;
	case RV_CANNOT_TELL:
		return RV_TONE_DOUBT;
	case RV_UNCHECKED:
		break;
	}
	return RV_TONE_DIM;
}

/* One indented line of a check. */
static void line(const char *label, const char *value)
{
	if (!value)
		return;
	rv_out("      %-9s ", label);
	rv_out_str(value);
	rv_out("\n");
}

/* The value on the check's own line: whole when short, else its beginning. */
static void brief(const char *value)
{
	size_t n = value ? strlen(value) : 0;

	if (!n)
		return;
	rv_out(" ");
	rv_out_text(rv_span(value, n > SHORT + 8 ? SHORT : n));
	if (n > SHORT + 8)
		rv_out("...");
}

static void print_check(const struct rv_check *c)
{
	rv_out("  ");
	rv_out_tone(rv_verdict_tone(c->verdict), "%-11s",
		    rv_verdict_name(c->verdict));
	rv_out(" %-16s", c->name);
	if (c->verdict == RV_DIFFERS || c->verdict == RV_CANNOT_TELL) {
		rv_out("\n");
		line("expected", c->expected);
		line("from", c->expected ? c->from : NULL);
		line("actual", c->actual);
		line("reason", c->reason);
		return;
	}
	brief(c->actual);
	if (c->reason) {
		rv_out(c->actual && *c->actual ? "  " : " ");
		rv_out_str(c->reason);
	}
	if (c->verdict == RV_YES && c->from) {
		rv_out(" [");
		rv_out_str(c->from);
		rv_out("]");
	}
	rv_out("\n");
}

static void print_layer(const struct rv_report *r, enum rv_layer layer)
{
	enum rv_verdict v = rv_report_layer(r, layer);

	rv_out_tone(RV_TONE_BOLD, "%-12s", rv_layer_name(layer));
	rv_out(" ");
	rv_out_tone(rv_verdict_tone(v), "%s", rv_verdict_name(v));
	rv_out("\n");
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].layer == layer)
			print_check(&r->check[i]);
}

/* The first of its sentences, behind the name of the check. */
static void print_reason(const struct rv_check *c)
{
	const char *end = strstr(c->reason, "; ");

	if (strcmp(c->name, "release") != 0 &&
	    strcmp(c->name, "reference") != 0)
		rv_out("%s: ", c->name);
	rv_out_text(rv_span(c->reason, end ? (size_t)(end - c->reason)
					   : strlen(c->reason)));
}

void rv_report_print(const struct rv_report *r, const struct rv_subject *of)
{
	const struct rv_check *why = rv_report_reason(r);
	enum rv_verdict v = rv_report_verdict(r);
	size_t n[4] = { 0 };

	for (enum rv_layer l = 0; l < RV_LAYERS; l++)
		if (rv_report_shows(r, l))
			print_layer(r, l);
	for (size_t i = 0; i < r->n; i++)
		n[r->check[i].verdict]++;
	if (of)
		rv_subject_print(of);
	rv_out("\n");
	rv_out_last(true);
	rv_out_tone(RV_TONE_BOLD, "verdict      ");
	rv_out_tone(rv_report_verified(r) ? rv_verdict_tone(v) : RV_TONE_DOUBT,
		    "%s", rv_report_words(r));
	rv_out(": ");
	if (why)
		print_reason(why);
	rv_out("%s%zu agree, %zu differ, %zu cannot be told, %zu not "
	       "checked%s\n",
	       why ? " (" : "", n[RV_YES], n[RV_DIFFERS], n[RV_CANNOT_TELL],
	       n[RV_UNCHECKED], why ? ")" : "");
	rv_out_last(false);
}

static void check_json(const struct rv_check *c, struct rv_jw *w)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "name", c->name);
	rv_jw_str(w, "expected", c->expected);
	rv_jw_str(w, "from", c->from);
	rv_jw_str(w, "actual", c->actual);
	rv_jw_str(w, "verdict", rv_verdict_name(c->verdict));
	rv_jw_str(w, "reason", c->reason);
	rv_jw_open(w, "rests_on", '[');
	for (size_t i = 0; i < c->n_rests; i++)
		rv_jw_str(w, NULL, c->rests[i]);
	rv_jw_close(w);
	rv_jw_close(w);
}

void rv_report_counts(const struct rv_report *r, struct rv_jw *w)
{
	const struct rv_check *why = rv_report_reason(r);
	size_t n[4] = { 0 };

	for (size_t i = 0; i < r->n; i++)
		n[r->check[i].verdict]++;
	rv_jw_str(w, "reason", why ? why->reason : NULL);
	rv_jw_open(w, "counts", '{');
	rv_jw_u64(w, "yes", n[RV_YES]);
	rv_jw_u64(w, "no", n[RV_DIFFERS]);
	rv_jw_u64(w, "cannot_tell", n[RV_CANNOT_TELL]);
	rv_jw_u64(w, "unchecked", n[RV_UNCHECKED]);
	rv_jw_close(w);
}

void rv_report_json(const struct rv_report *r, struct rv_jw *w)
{
	rv_jw_str(w, "verdict", rv_verdict_name(rv_report_verdict(r)));
	rv_jw_bool(w, "verified", rv_report_verified(r));
	rv_jw_open(w, "layers", '[');
	for (enum rv_layer l = 0; l < RV_LAYERS; l++) {
		if (!rv_report_shows(r, l))
			continue;
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "layer", rv_layer_name(l));
		rv_jw_str(w, "verdict", rv_verdict_name(rv_report_layer(r, l)));
		rv_jw_open(w, "checks", '[');
		for (size_t i = 0; i < r->n; i++)
			if (r->check[i].layer == l)
				check_json(&r->check[i], w);
		rv_jw_close(w);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}
