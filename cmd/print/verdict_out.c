/* SPDX-License-Identifier: Apache-2.0 */
/* verdict_out.c - a verdict on paper: text, one JSON document, a page. */
#include "verdict_out.h"
#include "atomic.h"
#include "cmd.h"
#include "dcap_out.h"
#include "out.h"
#include "report_html.h"
#include "report_out.h"

void rv_verdict_page(const struct rv_verified *c,
		     const struct rv_verdict_out *o, struct rv_grow *page)
{
	const struct rv_quote_verdict *v = &c->proof.verdict;
	struct rv_html_facts f = { .title = o->evidence,
				   .reference = o->reference,
				   .subject = o->subject };
	char at[32], from[32], to[32];
	int64_t first, last;

	f.headline = c->proof.checked	? rv_proof_headline(&c->proof)
		     : c->snp.checked	? rv_snp_proof_headline(&c->snp)
		     : c->nitro.checked ? rv_nitro_headline(&c->nitro)
					: "unverified";
	f.signed_name = c->snp.checked	   ? "the report"
			: c->nitro.checked ? "the document"
					   : "the quote";
	f.vtpm = c->gcp.checked ? rv_gcp_headline(&c->gcp) : NULL;
	if (c->proof.checked || c->snp.checked || c->nitro.checked) {
		rv_time_text(c->proof.checked ? v->at
			     : c->snp.checked ? c->snp.at
					      : c->nitro.at,
			     at);
		f.at = at;
	}
	if (v->verified)
		f.status = rv_tcb_status_name(v->status);
	if (rv_verified_window(c, &first, &last)) {
		rv_time_text(first, from);
		rv_time_text(last, to);
		f.not_before = from;
		f.not_after = to;
	}
	rv_report_html(c, &f, page);
}

static bool write_html(const struct rv_verified *c,
		       const struct rv_verdict_out *o, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf page = { 0 };

	rv_verdict_page(c, o, &g);
	if (!rv_grow_take(&g, &page, err))
		return false;
	return strcmp(o->html, "-") == 0
		   ? rv_out_result(rv_buf_span(&page), err)
		   : rv_atomic_write(o->html, rv_buf_span(&page), err);
}

void rv_verdict_json(const struct rv_verified *v, struct rv_jw *w)
{
	rv_jw_str(w, "schema", "refval.report/1");
	rv_report_json(&v->report, w);
	if (v->proof.checked)
		rv_proof_json(&v->proof, w);
	rv_report_counts(&v->report, w);
}

bool rv_verdict_print(const struct rv_verified *v,
		      const struct rv_verdict_out *o, enum rv_code *answer,
		      struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };
	bool paper = o->html && strcmp(o->html, "-") == 0;

	if (paper && o->json)
		return rv_fail(err, RV_USAGE,
			       "--html -: --json goes to standard output, too");
	if (paper && rv_paper.quiet)
		return rv_fail(err, RV_USAGE,
			       "--html -: a page has no last line for --quiet");
	if (o->html && !write_html(v, o, err))
		return false;
	*answer = rv_report_code(&v->report);
	if (!o->json) {
		if (!paper)
			rv_report_print(&v->report, o->subject);
		return true;
	}
	rv_jw_open(&w, NULL, '{');
	rv_verdict_json(v, &w);
	if (o->subject)
		rv_subject_json(o->subject, &w);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}
