/* SPDX-License-Identifier: Apache-2.0 */
/* result_out.c - one request of many: its verdict, and refval.result/1. */
#include "result_out.h"
#include "digest.h"
#include "verdict_out.h"

static void put_time(const char *key, int64_t t, struct rv_jw *w)
{
	char text[32];

	rv_time_text(t, text);
	rv_jw_str(w, key, text);
}

static bool put_digest(const char *key, const struct rv_span *bytes,
		       struct rv_jw *w, struct rv_err *err)
{
	struct rv_sha256 d;

	if (!bytes) {
		rv_jw_null(w, key);
		return true;
	}
	if (!rv_sha256(*bytes, &d, err))
		return false;
	rv_jw_hex(w, key, rv_span(d.b, sizeof d.b));
	return true;
}

/* What was read: so that a result can be stored beside its request. */
static bool put_inputs(const struct rv_verify_input *in,
		       const struct rv_span *compose, struct rv_jw *w,
		       struct rv_err *err)
{
	return put_digest("evidence_sha256", &in->evidence_bytes, w, err) &&
	       put_digest("values_sha256", in->values, w, err) &&
	       put_digest("compose_sha256", compose, w, err);
}

/* Why it is not yes, check by check; and what was not looked at. */
static void put_reasons(const struct rv_report *r, struct rv_jw *w)
{
	rv_jw_open(w, "reasons", '[');
	for (size_t i = 0; i < r->n; i++) {
		const struct rv_check *c = &r->check[i];

		if (c->verdict != RV_DIFFERS && c->verdict != RV_CANNOT_TELL)
			continue;
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "check", c->name);
		rv_jw_str(w, "verdict", rv_verdict_name(c->verdict));
		rv_jw_str(w, "reason", c->reason);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_open(w, "unchecked", '[');
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].verdict == RV_UNCHECKED)
			rv_jw_str(w, NULL, r->check[i].name);
	rv_jw_close(w);
}

static void put_window(const struct rv_verified *v, struct rv_jw *w)
{
	int64_t from, until;

	if (rv_verified_window(v, &from, &until)) {
		put_time("holds_from", from, w);
		put_time("holds_until", until, w);
	} else {
		rv_jw_null(w, "holds_from");
		rv_jw_null(w, "holds_until");
	}
}

static void put_result(const struct rv_verified *v, struct rv_jw *w)
{
	const struct rv_quote_verdict *q = &v->proof.verdict;

	rv_jw_str(w, "verdict", rv_verdict_name(rv_report_verdict(&v->report)));
	rv_jw_bool(w, "verified", rv_report_verified(&v->report));
	rv_jw_str(w, "status",
		  q->verified ? rv_tcb_status_name(q->status) : NULL);
	put_window(v, w);
	put_reasons(&v->report, w);
	rv_jw_null(w, "error");
}

/* A line of which nothing could be looked at. */
static void put_error(const struct rv_err *why, struct rv_jw *w)
{
	rv_jw_str(w, "verdict", rv_verdict_name(RV_CANNOT_TELL));
	rv_jw_bool(w, "verified", false);
	rv_jw_null(w, "status");
	put_window(&(struct rv_verified){ 0 }, w);
	put_reasons(&(struct rv_report){ 0 }, w);
	rv_jw_str(w, "error", why->msg);
}

static void put_report(const struct rv_verified *v, struct rv_jw *w)
{
	rv_jw_open(w, "report", '{');
	rv_verdict_json(v, w);
	rv_jw_close(w);
}

void rv_answered_free(struct rv_answered *a)
{
	rv_verified_free(&a->verified);
	rv_envelope_free(&a->envelope);
}

bool rv_answer(const struct rv_fleet *f, struct rv_span text,
	       struct rv_answered *out, struct rv_err *err)
{
	bool good;

	*out = (struct rv_answered){ .in = *f->in };
	out->in.threads = 1;
	out->in.proof = rv_dcap_proof(f->dcap);
	good = rv_envelope_read(text, &out->envelope, err);
	rv_envelope_apply(&out->envelope, &out->in);
	if (!good)
		return false;
	if (f->add && !f->add(f->arg, &out->in, err))
		return false;
	/* A condition that says nothing of a machine was not met. */
	return rv_verify(f->verifier, &out->in, &out->verified, err) &&
	       rv_snp_opts_fit(out->verified.evidence->attester, f->asked->dcap,
			       f->asked->snp, err);
}

bool rv_result_line(const struct rv_fleet *f, struct rv_span text,
		    const struct rv_err *bad, uint64_t line, struct rv_jw *w,
		    enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_answered_free) struct rv_answered a = { .in = *f->in };
	struct rv_err why = { 0 };
	bool good = false;

	if (bad)
		why = *bad;
	else
		good = rv_answer(f, text, &a, &why);
	if (!good && why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	*answer = good ? rv_report_code(&a.verified.report) : RV_INPUT;
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "schema", "refval.result/1");
	rv_jw_u64(w, "line", line);
	rv_jw_str(w, "id", (const char *)a.envelope.id.p);
	if (good)
		put_result(&a.verified, w);
	else
		put_error(&why, w);
	if (!put_inputs(&a.in, good ? a.verified.compose : a.in.compose, w,
			err))
		return false;
	if (good && !f->summary)
		put_report(&a.verified, w);
	rv_jw_close(w);
	return true;
}
