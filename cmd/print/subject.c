/* SPDX-License-Identifier: Apache-2.0 */
/* subject.c - what a report is a report of. */
#include "subject.h"
#include "html_text.h"
#include "out.h"

#include <stdarg.h>
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
}

/* One more part of a policy. */
static void RV_PRINTF(2, 3) part(struct rv_grow *to, const char *fmt, ...)
{
	char text[96];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	rv_grow_printf(to, "%s%s", to->buf.n ? "; " : "", text);
}

static void snp_text(const struct rv_subject *s, struct rv_grow *to)
{
	static const struct rv_snp_rules none;
	const struct rv_snp_rules *r = s->snp ? s->snp : &none;
	const struct rv_snp_tcb *t = &r->policy.min_tcb;

	if (r->policy.has_min_tcb)
		part(to, "min-tcb %u,%u,%u,%u", t->bl, t->tee, t->snp,
		     t->ucode);
	if (r->policy.allow_debug)
		part(to, "allow debug");
	if (r->policy.allow_migration)
		part(to, "allow migration");
	if (r->allow_vlek)
		part(to, "allow vlek");
	if (s->test_pki)
		part(to, "test-pki");
}

static void nitro_text(const struct rv_subject *s, struct rv_grow *to)
{
	const struct rv_quote_policy *p = s->policy;

	for (size_t i = 0; i < p->expects; i++)
		part(to, "expect %s", p->expect[i].field);
	if (p->allow & 1u << RV_FLAG_TD_DEBUG)
		part(to, "allow debug");
	if (s->test_pki)
		part(to, "test-pki");
}

/* What was asked of evidence of this maker; empty where that is nothing. */
static struct rv_span asked(const struct rv_subject *s, struct rv_grow *to)
{
	if (s->attester == RV_ATTESTER_SNP)
		snp_text(s, to);
	else if (s->attester == RV_ATTESTER_NITRO)
		nitro_text(s, to);
	else
		policy_text(s->policy, to);
	return to->failed ? rv_span(NULL, 0) : rv_buf_span(&to->buf);
}

void rv_subject_policy(const struct rv_quote_policy *p)
{
	RV_AUTO(rv_grow_free) struct rv_grow policy = { 0 };

	policy_text(p, &policy);
	rv_out("%-12s ", "policy");
	rv_out_text(rv_buf_span(&policy.buf));
	rv_out("\n");
}

void rv_subject_print(const struct rv_subject *s)
{
	RV_AUTO(rv_grow_free) struct rv_grow policy = { 0 };
	struct rv_span words = asked(s, &policy);
	const char *label = "of";
	char at[32];

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
	rv_out("%-12s refval " REFVAL_VERSION ", for %s%s", "by", at,
	       words.n ? "; " : "");
	rv_out_text(words);
	rv_out("\n");
}

void rv_subject_html(const struct rv_subject *s, struct rv_grow *to)
{
	RV_AUTO(rv_grow_free) struct rv_grow policy = { 0 };
	struct rv_span words = asked(s, &policy);
	char hex[65], at[32];

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
	rv_grow_printf(to, "</ul>\n<p>For %s%s", at, words.n ? "; " : "");
	rv_html_text(to, words);
	rv_grow_text(to, "</p>\n");
}

void rv_subject_json(const struct rv_subject *s, struct rv_jw *w)
{
	RV_AUTO(rv_grow_free) struct rv_grow policy = { 0 };
	struct rv_span words = asked(s, &policy);
	char at[32];

	w->to->failed = w->to->failed || policy.failed;
	rv_time_text(s->at, at);
	rv_jw_open(w, "subject", '{');
	rv_jw_str(w, "refval", REFVAL_VERSION);
	rv_jw_str(w, "at", at);
	if (words.n)
		rv_jw_text(w, "policy", words);
	else
		rv_jw_null(w, "policy");
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
