/* SPDX-License-Identifier: Apache-2.0 */
/* subject.c - what a report is a report of. */
#include "subject.h"
#include "html_text.h"
#include "out.h"

#include <stdio.h>

/* "accept UpToDate", and what else was asked of the quote. */
static void policy_text(const struct rv_quote_policy *p, struct rv_grow *to)
{
	const char *sep = "accept ";

	for (int i = 1; i < RV_TCB_STATUSES; i++)
		if (p->accept & 1u << i) {
			rv_grow_printf(
			    to, "%s%s", sep,
			    rv_tcb_status_name((enum rv_tcb_status)i));
			sep = ",";
		}
	if (p->min_eval)
		rv_grow_printf(to, "; min-eval %" PRIu64, p->min_eval);
	if (p->has_min_tcb_date) {
		char date[32];

		rv_time_text(p->min_tcb_date, date);
		rv_grow_printf(to, "; min-tcb-date %.10s", date);
	}
	if (p->grace_days)
		rv_grow_printf(to, "; grace %u", p->grace_days);
	if (p->has_max_age)
		rv_grow_printf(to, "; max-age %u", p->max_age_days);
	for (size_t i = 0; i < p->reject_advisories; i++)
		rv_grow_printf(to, "; reject-advisory %s",
			       p->reject_advisory[i]);
	for (unsigned i = 0; i < RV_PCK_PROPERTIES; i++)
		if (p->reject_platform & 1u << i)
			rv_grow_printf(
			    to, "; reject-platform %s",
			    rv_pck_property_name((enum rv_pck_property)i));
	for (size_t i = 0; i < p->expects; i++)
		rv_grow_printf(to, "; expect %s", p->expect[i].field);
	for (int i = 0; i < RV_QUOTE_FLAGS; i++)
		if (p->allow & 1u << i && i != RV_FLAG_TRAILING)
			rv_grow_printf(
			    to, "; allow %s",
			    rv_quote_flag_name((enum rv_quote_flag)i));
	rv_grow_u8(to, 0);
}

void rv_subject_policy(const struct rv_quote_policy *p)
{
	RV_AUTO(rv_grow_free) struct rv_grow policy = { 0 };

	policy_text(p, &policy);
	rv_out("%-12s ", "policy");
	rv_out_text(rv_span(policy.buf.p, policy.buf.n ? policy.buf.n - 1 : 0));
	rv_out("\n");
}

void rv_subject_print(const struct rv_subject *s)
{
	RV_AUTO(rv_grow_free) struct rv_grow policy = { 0 };
	const char *label = "of";
	char at[32];

	policy_text(s->policy, &policy);
	rv_time_text(s->at, at);
	rv_out("\n");
	for (size_t i = 0; i < s->files->n; i++) {
		const struct rv_pin_file *f = &s->files->item[i];

		rv_out("%-12s ", label);
		rv_out_str(f->name);
		if (f->fault) {
			rv_out(", %s\n", f->fault);
		} else {
			rv_out(", sha256 ");
			rv_out_hex(rv_span(f->sha256.b, 32));
			rv_out("\n");
		}
		label = "";
	}
	if (s->reference) {
		rv_out("%-12s %s ", "against", s->kind);
		rv_out_str(s->reference);
		rv_out("\n");
	}
	rv_out("%-12s refval " REFVAL_VERSION ", for %s; ", "by", at);
	rv_out_text(rv_span(policy.buf.p, policy.buf.n ? policy.buf.n - 1 : 0));
	rv_out("\n");
}

void rv_subject_html(const struct rv_subject *s, struct rv_grow *to)
{
	RV_AUTO(rv_grow_free) struct rv_grow policy = { 0 };
	char hex[65], at[32];

	policy_text(s->policy, &policy);
	to->failed = to->failed || policy.failed;
	rv_time_text(s->at, at);
	rv_grow_text(to, "<h2>What was read</h2><ul>");
	for (size_t i = 0; i < s->files->n; i++) {
		const struct rv_pin_file *f = &s->files->item[i];

		rv_grow_text(to, "<li><code>");
		rv_html_str(to, f->name);
		rv_grow_text(to, "</code> ");
		if (f->fault) {
			rv_html_str(to, f->fault);
		} else {
			rv_hex(rv_span(f->sha256.b, 32), hex);
			rv_grow_printf(to, "sha256 <code>%s</code>", hex);
		}
		rv_grow_text(to, "</li>");
	}
	rv_grow_printf(to, "</ul>\n<p>For %s; ", at);
	rv_html_text(
	    to, rv_span(policy.buf.p, policy.buf.n ? policy.buf.n - 1 : 0));
	rv_grow_text(to, "</p>\n");
}

void rv_subject_json(const struct rv_subject *s, struct rv_jw *w)
{
	RV_AUTO(rv_grow_free) struct rv_grow policy = { 0 };
	char at[32];

	policy_text(s->policy, &policy);
	w->to->failed = w->to->failed || policy.failed;
	rv_time_text(s->at, at);
	rv_jw_open(w, "subject", '{');
	rv_jw_str(w, "refval", REFVAL_VERSION);
	rv_jw_str(w, "at", at);
	rv_jw_str(w, "policy", policy.failed ? "" : (char *)policy.buf.p);
	rv_jw_str(w, "reference_kind", s->reference ? s->kind : NULL);
	rv_jw_str(w, "reference", s->reference);
	rv_jw_open(w, "inputs", '[');
	for (size_t i = 0; i < s->files->n; i++) {
		const struct rv_pin_file *f = &s->files->item[i];

		if (f->fault)
			continue;
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "name", f->name);
		rv_jw_u64(w, "size", (uint64_t)f->size);
		rv_jw_hex(w, "sha256", rv_span(f->sha256.b, 32));
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_close(w);
}
