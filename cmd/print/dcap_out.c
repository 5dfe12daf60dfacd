/* SPDX-License-Identifier: Apache-2.0 */
/* dcap_out.c - what came of verifying a quote: JSON and text. */
#include "dcap_out.h"
#include "out.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- JSON ---- */

static void json_time(struct rv_jw *w, const char *key, int64_t t)
{
	char text[32];

	rv_time_text(t, text);
	rv_jw_str(w, key, text);
}

static void json_ids(struct rv_jw *w, const char *key,
		     const struct rv_advisories *a, bool known)
{
	rv_jw_open(w, key, '[');
	for (size_t i = 0; known && i < a->n; i++)
		rv_jw_str(w, NULL, a->id[i]);
	rv_jw_close(w);
}

static void json_window(const struct rv_quote_verdict *v, struct rv_jw *w)
{
	if (!v->has_window) {
		rv_jw_null(w, "window");
		return;
	}
	rv_jw_open(w, "window", '{');
	json_time(w, "not_before", v->not_before);
	json_time(w, "not_after", v->not_after);
	rv_jw_close(w);
}

/* A status, its date and what goes with it; null while not verified. */
static void json_tcb(const struct rv_quote_verdict *v, struct rv_jw *w)
{
	const struct rv_tcb_result *l = &v->launch, *c = &v->current;
	bool ok = v->verified;

	if (ok)
		json_time(w, "tcb_date", l->date);
	else
		rv_jw_null(w, "tcb_date");
	if (ok)
		rv_jw_u64(w, "tcb_evaluation_data_number", v->eval_number);
	else
		rv_jw_null(w, "tcb_evaluation_data_number");
	rv_jw_str(w, "current_status",
		  ok ? rv_tcb_status_name(c->status) : NULL);
	json_ids(w, "current_advisory_ids", &c->advisories, ok);
	if (ok)
		json_time(w, "current_tcb_date", c->date);
	else
		rv_jw_null(w, "current_tcb_date");
	if (!ok) {
		rv_jw_null(w, "component_status");
		return;
	}
	rv_jw_open(w, "component_status", '{');
	rv_jw_str(w, "platform", rv_tcb_status_name(l->platform));
	if (l->tdx_module != RV_TCB_NONE)
		rv_jw_str(w, "tdx_module", rv_tcb_status_name(l->tdx_module));
	rv_jw_str(w, "qe", rv_tcb_status_name(l->qe));
	rv_jw_close(w);
}

static void json_pck(const struct rv_quote_verdict *v, struct rv_jw *w)
{
	const struct rv_pck *p = &v->pck;

	if (!v->has_pck) {
		rv_jw_null(w, "pck");
		return;
	}
	rv_jw_open(w, "pck", '{');
	rv_jw_str(w, "serial", v->pck_serial);
	rv_jw_str(w, "issuer", v->pck_ca);
	rv_jw_hex(w, "pceid", rv_span(p->pceid, sizeof p->pceid));
	rv_jw_u64(w, "pcesvn", p->pcesvn);
	rv_jw_hex(w, "cpusvn", rv_span(p->cpusvn, sizeof p->cpusvn));
	rv_jw_open(w, "tcb_components", '[');
	for (size_t i = 0; i < RV_PCK_COMPONENTS; i++)
		rv_jw_u64(w, NULL, p->comp[i]);
	rv_jw_close(w);
	rv_jw_u64(w, "sgx_type", p->sgx_type);
	if (p->has_instance)
		rv_jw_hex(w, "platform_instance_id",
			  rv_span(p->instance, sizeof p->instance));
	if (p->has_config) {
		rv_jw_open(w, "configuration", '{');
		rv_jw_bool(w, "dynamic_platform", p->dynamic_platform);
		rv_jw_bool(w, "cached_keys", p->cached_keys);
		rv_jw_bool(w, "smt_enabled", p->smt_enabled);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void json_inputs(const struct rv_quote_verdict *v, struct rv_jw *w)
{
	static const struct rv_sha256 none;

	rv_jw_open(w, "inputs", '{');
	if (memcmp(&v->quote_id, &none, sizeof none) != 0)
		rv_jw_hex(w, "quote", rv_span(v->quote_id.b, 32));
	else
		rv_jw_null(w, "quote");
	for (int m = 0; m < RV_COLLATERAL_MEMBERS; m++)
		if (memcmp(&v->input[m], &none, sizeof none) != 0)
			rv_jw_hex(
			    w, rv_collateral_name((enum rv_collateral_member)m),
			    rv_span(v->input[m].b, 32));
	rv_jw_close(w);
}

static void json_rows(const struct rv_quote_verdict *v, struct rv_jw *w)
{
	static const char *const name[] = { "PASS", "FAIL", "SKIPPED" };

	rv_jw_open(w, "checks", '[');
	for (size_t i = 0; i < v->rows; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "check", v->row[i].check);
		rv_jw_str(w, "result", name[v->row[i].result]);
		rv_jw_str(w, "detail", v->row[i].detail);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void json_shortfall(const struct rv_quote_verdict *v, struct rv_jw *w)
{
	rv_jw_open(w, "shortfall", '[');
	for (size_t i = 0; i < v->shortfalls; i++) {
		const struct rv_shortfall *s = &v->shortfall[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "component", s->name);
		rv_jw_str(w, "category", s->category[0] ? s->category : NULL);
		rv_jw_u64(w, "have", s->have);
		rv_jw_u64(w, "need", s->need);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void json_flags(const struct rv_proof *r, struct rv_jw *w)
{
	unsigned set = r->decoded ? rv_quote_flags(&r->quote) : 0;

	rv_jw_open(w, "policy_flags", '[');
	for (int f = 0; f < RV_QUOTE_FLAGS; f++)
		if (set & 1u << f)
			rv_jw_str(w, NULL,
				  rv_quote_flag_name((enum rv_quote_flag)f));
	rv_jw_close(w);
}

static void json_verification(const struct rv_proof *r, struct rv_jw *w)
{
	const struct rv_quote_verdict *v = &r->verdict;
	const struct rv_pck *p = &v->pck;

	rv_jw_open(w, "verification", '{');
	rv_jw_bool(w, "verified", v->verified);
	rv_jw_str(w, "status",
		  v->verified ? rv_tcb_status_name(v->status) : NULL);
	json_ids(w, "advisory_ids", &v->launch.advisories, v->verified);
	rv_jw_str(w, "error", r->checked ? rv_quote_code_name(v->code) : NULL);
	rv_jw_str(w, "message", v->message[0] ? v->message : NULL);
	rv_jw_str(w, "hardware", rv_proof_headline(r));
	if (r->checked)
		json_time(w, "at", v->at);
	else
		rv_jw_null(w, "at");
	json_window(v, w);
	if (v->has_pck) {
		rv_jw_hex(w, "fmspc", rv_span(p->fmspc, sizeof p->fmspc));
		rv_jw_hex(w, "ppid", rv_span(p->ppid, sizeof p->ppid));
	} else {
		rv_jw_null(w, "fmspc");
		rv_jw_null(w, "ppid");
	}
	json_tcb(v, w);
	json_flags(r, w);
	rv_jw_bool(w, "test_root", r->checked && !v->intel_root);
	rv_jw_bool(w, "test_pki", v->test_pki);
	json_pck(v, w);
	rv_jw_str(w, "root_ca_crl_number",
		  v->root_crl_number[0] ? v->root_crl_number : NULL);
	rv_jw_str(w, "pck_crl_number",
		  v->pck_crl_number[0] ? v->pck_crl_number : NULL);
	json_shortfall(v, w);
	if (v->rows)
		json_rows(v, w);
	if (r->checked)
		json_inputs(v, w);
	rv_jw_close(w);
}

void rv_proof_json(const struct rv_proof *r, struct rv_jw *w)
{
	json_verification(r, w);
	rv_jw_open(w, "policy", '{');
	if (r->checked && r->verdict.verified)
		rv_jw_bool(w, "accepted", r->findings == 0);
	else
		rv_jw_null(w, "accepted");
	rv_jw_open(w, "findings", '[');
	for (size_t i = 0; i < r->findings; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "rule", r->finding[i].rule);
		rv_jw_str(w, "detail", r->finding[i].detail);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_close(w);
}

/* ---- text ---- */

static void line(const char *label, const char *fmt, ...) RV_PRINTF(2, 3);

static void line(const char *label, const char *fmt, ...)
{
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	rv_out("%-18s ", label);
	rv_out_str(text);
	rv_out("\n");
}

static void print_window(const struct rv_quote_verdict *v)
{
	char at[32], from[32], to[32];

	rv_time_text(v->at, at);
	line("checked for", "%s", at);
	if (!v->has_window)
		return;
	rv_time_text(v->not_before, from);
	rv_time_text(v->not_after, to);
	line("answer holds", "%s to %s", from, to);
}

static void print_ids(const char *label, const struct rv_advisories *a)
{
	rv_out("%-18s ", label);
	for (size_t i = 0; i < a->n; i++) {
		rv_out("%s", i ? ", " : "");
		rv_out_str(a->id[i]);
	}
	rv_out("%s\n", a->n ? "" : "none");
}

static void print_tcb(const struct rv_quote_verdict *v)
{
	const struct rv_tcb_result *was = &v->launch, *is = &v->current;
	char date[32];

	rv_time_text(was->date, date);
	line("TCB status", "%s", rv_tcb_status_name(v->status));
	if (rv_quote_verdict_moved(v))
		line("TCB at launch", "%s", rv_tcb_status_name(was->status));
	line("TCB date", "%.10s, evaluation data number %" PRIu64, date,
	     v->eval_number);
	print_ids("advisories", &was->advisories);
	if (!rv_quote_verdict_moved(v))
		return;
	rv_time_text(is->date, date);
	line("TCB now", "%s", rv_tcb_status_name(is->status));
	line("TCB date now", "%.10s", date);
	print_ids("advisories now", &is->advisories);
}

static void print_rows(const struct rv_quote_verdict *v)
{
	static const char *const name[] = { "PASS", "FAIL", "SKIPPED" };
	static const enum rv_tone tone[] = { RV_TONE_GOOD, RV_TONE_BAD,
					     RV_TONE_DIM };

	if (v->rows)
		rv_out("\nChecks:\n");
	for (size_t i = 0; i < v->rows; i++) {
		rv_out("  ");
		rv_out_tone(tone[v->row[i].result], "%-7s",
			    name[v->row[i].result]);
		rv_out("  %-22s ", v->row[i].check);
		rv_out_str(v->row[i].detail);
		rv_out("\n");
	}
}

static void print_shortfall(const struct rv_quote_verdict *v)
{
	if (v->shortfalls)
		rv_out("\nBelow the newest TCB level:\n");
	for (size_t i = 0; i < v->shortfalls; i++) {
		const struct rv_shortfall *s = &v->shortfall[i];

		rv_out("  %-20s has %u, needs %u (%u short)", s->name, s->have,
		       s->need, s->need - s->have);
		if (s->category[0]) {
			rv_out("  ");
			rv_out_str(s->category);
		}
		rv_out("\n");
	}
}

static void print_policy(const struct rv_proof *r)
{
	if (!r->verdict.verified)
		return;
	rv_out("%-18s ", "policy");
	rv_out_tone(r->findings ? RV_TONE_BAD : RV_TONE_GOOD, "%s\n",
		    r->findings ? "refused" : "accepted");
	for (size_t i = 0; i < r->findings; i++) {
		rv_out("%-18s ", "");
		rv_out_str(r->finding[i].rule);
		rv_out(": ");
		rv_out_str(r->finding[i].detail);
		rv_out("\n");
	}
}

void rv_proof_print(const struct rv_proof *r)
{
	const struct rv_quote_verdict *v = &r->verdict;
	enum rv_tone tone = v->verified && v->intel_root ? RV_TONE_GOOD
			    : r->answer == RV_NO	 ? RV_TONE_BAD
							 : RV_TONE_DOUBT;

	rv_out("%-18s ", "verification");
	rv_out_tone(tone, "%s\n", rv_proof_headline(r));
	if (!r->checked)
		return;
	if (v->message[0])
		line("reason", "%s", v->message);
	print_window(v);
	if (v->has_pck) {
		rv_out_field("FMSPC", rv_span(v->pck.fmspc, 6));
		rv_out_field("PPID", rv_span(v->pck.ppid, 16));
	}
	if (v->verified)
		print_tcb(v);
	print_policy(r);
	print_rows(v);
	if (v->rows)
		print_shortfall(v);
}
