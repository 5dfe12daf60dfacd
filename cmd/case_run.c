/* SPDX-License-Identifier: Apache-2.0 */
/* case_run.c - one comparison: what refval-diff and refval-verify share. */
#include "case_run.h"
#include "atomic.h"
#include "base.h"
#include "cmd.h"
#include "out.h"
#include "report_html.h"
#include "report_out.h"
#include "values_in.h"

enum { COMPOSE_MAX = 50 << 20 }; /* what a guest of 0.6 accepts */

void rv_case_free(struct rv_case *c)
{
	rv_dcap_result_free(&c->proof);
	rv_dcap_free(&c->dcap);
	rv_replay_free(&c->replay);
	rv_evidence_free(&c->evidence);
	rv_buf_free(&c->compose);
	rv_releases_free(&c->known);
	rv_report_free(&c->report);
}

bool rv_case_evidence(struct rv_case *c, const char *path, const char *instance,
		      struct rv_err *err)
{
	struct rv_evidence_options opts = { .instance = instance };

	if (!rv_evidence_read_path(path, &opts, &c->evidence, err))
		return false;
	if (c->evidence.quote.n) {
		if (!rv_quote_read(rv_buf_span(&c->evidence.quote), &c->quote,
				   err))
			return rv_in(err, "%s", path);
		c->has_quote = true;
	}
	if (c->evidence.log.n) {
		if (!rv_replay_run(&c->evidence.log, &c->replay, err))
			return rv_in(err, "%s", path);
		c->has_log = true;
	}
	if (!c->has_quote && !c->has_log)
		return rv_fail(err, RV_INPUT,
			       "%s: neither a quote nor an event log", path);
	return true;
}

bool rv_case_prove(struct rv_case *c, const struct rv_dcap_opts *o, bool always,
		   struct rv_err *err)
{
	bool asked = always || o->collateral || o->at || o->root_ca;

	/* Reading a root costs more than decoding a quote: when it is used. */
	if (!asked)
		return rv_dcap_read(o, &c->dcap, err);
	if (!rv_dcap_open(o, &c->dcap, err))
		return false;
	return !c->has_quote ||
	       rv_dcap_check(&c->dcap, &c->evidence, &c->proof, err);
}

bool rv_case_compose(struct rv_case *c, const char *path, struct rv_err *err)
{
	c->has_compose = rv_buf_read(path, COMPOSE_MAX, &c->compose, err);
	return c->has_compose;
}

bool rv_case_values(struct rv_case *c, const char *path, struct rv_span bytes,
		    const char *key, struct rv_err *err)
{
	if (c->reference)
		return rv_fail(err, RV_USAGE,
			       "%s: a second set of register values", path);
	if (!rv_values_in(path, bytes, key, &c->values, &c->signature, err))
		return false;
	c->reference = path;
	c->key_given = key != NULL;
	/* What somebody else may have written is compared with nothing. */
	c->has_values = c->signature.state != RV_SIGNED_BAD;
	return true;
}

/* Nothing a quote says counts before Intel's signature over it held. */
static void unverified(struct rv_report *r)
{
	struct rv_check *c = rv_report_add(r, RV_LAYER_HARDWARE,
					   "quote_signature", RV_UNCHECKED);

	rv_report_set(r, &c->reason,
		      "unverified: the signature was not checked, so every "
		      "value below is the quote's word only");
}

static bool compare(struct rv_case *c, struct rv_err *err)
{
	struct rv_span compose = rv_buf_span(&c->compose);
	struct rv_diff_input in = {
		.values = c->has_values ? &c->values : NULL,
		.image_version = *c->image_version ? c->image_version : NULL,
		.evidence = &c->evidence,
		.quote = c->has_quote ? &c->quote : NULL,
		.replay = c->has_log ? &c->replay : NULL,
		.compose = c->has_compose ? &compose : NULL,
		.allow_debug = c->dcap.policy.allow & 1u << RV_FLAG_TD_DEBUG,
		.known = c->known.item,
		.n_known = c->known.n,
	};

	if (c->proof.checked)
		rv_dcap_report(&c->proof, &c->report);
	else if (c->has_quote)
		unverified(&c->report);
	if (c->reference)
		rv_values_report(c->reference, &c->signature, c->key_given,
				 c->dcap.has_at ? c->dcap.at : rv_cmd_now(),
				 &c->report);
	return rv_diff_run(&in, &c->report, err);
}

/*
 * The records of all releases are only read when the answer is not yes: they
 * can name what the machine runs instead, or which version it is.
 */
bool rv_case_compare(struct rv_case *c, struct rv_err *err)
{
	size_t before = c->report.n;
	enum rv_verdict v;

	if (!compare(c, err))
		return false;
	v = rv_report_verdict(&c->report);
	if (c->known.n || (v != RV_DIFFERS && v != RV_CANNOT_TELL))
		return true;
	rv_report_cut(&c->report, before);
	return rv_releases_load(NULL, &c->known, err) && compare(c, err);
}

static bool write_html(struct rv_case *c, const struct rv_case_out *o,
		       struct rv_err *err)
{
	const struct rv_quote_verdict *v = &c->proof.verdict;
	struct rv_html_facts f = { .title = o->evidence,
				   .reference = o->reference };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf page = { 0 };
	char at[32], from[32], to[32];

	f.headline =
	    c->proof.checked ? rv_dcap_headline(&c->proof) : "unverified";
	if (c->proof.checked) {
		rv_time_text(v->at, at);
		f.at = at;
	}
	if (v->verified)
		f.status = rv_tcb_status_name(v->status);
	if (v->has_window) {
		rv_time_text(v->not_before, from);
		rv_time_text(v->not_after, to);
		f.not_before = from;
		f.not_after = to;
	}
	rv_report_html(c, &f, &g);
	if (!rv_grow_take(&g, &page, err))
		return false;
	return strcmp(o->html, "-") == 0
		   ? rv_out_result(rv_buf_span(&page), err)
		   : rv_atomic_write(o->html, rv_buf_span(&page), err);
}

bool rv_case_finish(struct rv_case *c, const struct rv_case_out *o,
		    enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };
	bool paper = o->html && strcmp(o->html, "-") == 0;

	if (c->report.failed)
		return rv_no_memory(err, "report");
	if (paper && o->json)
		return rv_fail(err, RV_USAGE,
			       "--html -: --json goes to standard output, too");
	if (o->html && !write_html(c, o, err))
		return false;
	*answer = rv_report_code(&c->report);
	if (!o->json) {
		if (!paper)
			rv_report_print(&c->report);
		return true;
	}
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.report/1");
	rv_report_json(&c->report, &w);
	if (c->proof.checked)
		rv_dcap_json(&c->proof, &w);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}
