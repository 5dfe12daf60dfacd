/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proof.c - is the quote genuine, and good enough? With the collateral that was
 * given, else with what lies in the evidence; then by the policy.
 */
#include "verify.h"

#include <stdio.h>

void rv_proof_free(struct rv_proof *p)
{
	rv_quote_verdict_free(&p->verdict);
}

const char *rv_proof_headline(const struct rv_proof *p)
{
	if (!p->checked)
		return "unverified: only decoded, as asked";
	/* These come last: every signature was good by then. */
	if (p->verdict.code == RV_QUOTE_TCB_NOT_SUPPORTED)
		return p->verdict.intel_root
			   ? "signed by Intel, but the platform is below every"
			     " TCB level"
			   : "signed under the given root, but below every TCB"
			     " level";
	if (p->verdict.code == RV_QUOTE_TCB_REVOKED)
		return p->verdict.intel_root
			   ? "signed by Intel, but the TCB is revoked"
			   : "signed under the given root, but the TCB is"
			     " revoked";
	if (!p->verdict.verified)
		return rv_quote_code_exit(p->verdict.code) == RV_NO
			   ? "not genuine"
			   : "unverified: cannot tell";
	if (p->verdict.test_pki)
		return "signed by test certificates, not by Intel";
	if (!p->verdict.intel_root)
		return "genuine under the given root, which is not Intel's";
	return "genuine Intel hardware";
}

static void decode(struct rv_span in, struct rv_proof *out)
{
	struct rv_err err = { 0 };

	out->decoded = rv_quote_read(in, &out->quote, &err);
	if (!out->decoded) {
		out->answer = RV_INPUT;
		snprintf(out->message, sizeof out->message, "%s", err.msg);
	}
}

void rv_proof_decode(const struct rv_evidence *e, struct rv_proof *out)
{
	*out = (struct rv_proof){ .answer = RV_OK };
	decode(rv_buf_span(&e->quote), out);
}

/* From the verdict and the policy to one answer and one sentence. */
static void conclude(const struct rv_quote_policy *policy, struct rv_proof *p)
{
	struct rv_quote_verdict *v = &p->verdict;

	if (!v->verified) {
		p->answer = rv_quote_code_exit(v->code);
		snprintf(p->message, sizeof p->message, "%s%s%s", v->message,
			 p->hint[0] ? "; " : "", p->hint);
		return;
	}
	p->findings = rv_quote_policy_apply(policy, &p->quote, v, p->finding);
	if (p->findings) {
		p->answer = RV_NO;
		snprintf(p->message, sizeof p->message,
			 "refused by policy: %.31s: %.199s%s",
			 p->finding[0].rule, p->finding[0].detail,
			 p->findings > 1 ? " (and more)" : "");
	} else if (v->test_pki) {
		p->answer = RV_INPUT;
		snprintf(p->message, sizeof p->message,
			 "verified by the rules for test certificates, which"
			 " says nothing of the hardware");
	} else {
		p->answer = RV_OK;
	}
}

/* The collateral to use: what was asked for wins over what came along. */
static bool choose(const struct rv_proof_input *in, const struct rv_evidence *e,
		   struct rv_collateral *own, const struct rv_collateral **out,
		   struct rv_err *err)
{
	*out = in->collateral;
	if (in->collateral_err && in->collateral_err->code) {
		*err = *in->collateral_err;
		return false;
	}
	if (*out || !e || !e->collateral.n)
		return true;
	*out = own;
	return rv_collateral_read(rv_buf_span(&e->collateral), own, err);
}

static bool verify(struct rv_quote_verifier *v, const struct rv_proof_input *in,
		   struct rv_span quote, const struct rv_evidence *e,
		   struct rv_proof *out, struct rv_err *err)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral own = { 0 };
	struct rv_quote_policy standard = rv_quote_policy_default();
	const struct rv_collateral *c = NULL;
	struct rv_err why = { 0 };
	bool readable = choose(in, e, &own, &c, &why);

	if (!readable && why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	if (!rv_quote_verify(v, quote, readable ? c : NULL, in->at,
			     &out->verdict, err))
		return false;
	if (!readable && out->verdict.code == RV_QUOTE_COLLATERAL_MISSING) {
		out->verdict.code = RV_QUOTE_COLLATERAL_FORMAT;
		snprintf(out->verdict.message, sizeof out->verdict.message,
			 "COLLATERAL_FORMAT: %.400s", why.msg);
	}
	if (!rv_proof_hint(v, in, quote, readable ? c : NULL, &out->verdict,
			   out->hint, err))
		return false;
	out->checked = true;
	conclude(in->policy ? in->policy : &standard, out);
	return true;
}

bool rv_proof_check(struct rv_quote_verifier *v,
		    const struct rv_proof_input *in,
		    const struct rv_evidence *e, struct rv_proof *out,
		    struct rv_err *err)
{
	const char *lie = NULL;

	*out = (struct rv_proof){ .answer = RV_INPUT };
	decode(rv_buf_span(&e->quote), out);
	if (!verify(v, in, rv_buf_span(&e->quote), e, out, err))
		return false;
	if (out->decoded)
		lie = rv_diff_report_data(
		    e, rv_quote_field(&out->quote, "report_data"));
	if (e->conflict || lie) {
		out->answer = RV_NO;
		snprintf(out->message, sizeof out->message, "%s%.400s",
			 e->conflict ? "the evidence contradicts itself: " : "",
			 e->conflict ? e->conflict : lie);
	}
	return true;
}

/* What is no container at all may still be a quote, with a field broken. */
bool rv_proof_unreadable(struct rv_quote_verifier *v,
			 const struct rv_proof_input *in, struct rv_span given,
			 const struct rv_err *why, struct rv_proof *out,
			 struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf bytes = { 0 };
	struct rv_span text = given, quote = given;
	struct rv_err none = { 0 };
	bool is_text = rv_utf8_ok(given) && given.n > 0;

	*out = (struct rv_proof){ .answer = RV_INPUT };
	while (text.n &&
	       (text.p[text.n - 1] == '\n' || text.p[text.n - 1] == '\r'))
		text.n--;
	if (rv_unhex_buf(text, "hex", &bytes, &none))
		quote = rv_buf_span(&bytes);
	else if (is_text)
		quote = rv_span(given.p, 0);
	if (!verify(v, in, quote, NULL, out, err))
		return false;
	/* Of what is not there there is no digest. */
	out->verdict.quote_id = (struct rv_sha256){ { 0 } };
	if (given.n && !rv_sha256(given, &out->verdict.quote_id, err))
		return false;
	/* Its format checks may say what; nothing further counts here. What is
	 * in DER, as a certificate is, has no version. */
	if (quote.n == 0 ||
	    (quote.n > 1 && quote.p[0] == 0x30 && quote.p[1] >= 0x80) ||
	    rv_err_is(why, RV_EVIDENCE_FOREIGN) || out->verdict.verified ||
	    out->verdict.code > RV_QUOTE_CERT_TYPE) {
		out->verdict.code = RV_QUOTE_FORMAT;
		snprintf(out->verdict.message, sizeof out->verdict.message,
			 "QUOTE_FORMAT: %.400s", why->msg);
	}
	out->hint[0] = '\0';
	snprintf(out->message, sizeof out->message, "%s", out->verdict.message);
	out->verdict.verified = false;
	out->answer = RV_INPUT;
	return true;
}

/* ---- the checks of a report ---- */

void rv_verify_unverified(struct rv_report *r)
{
	struct rv_check *c = rv_report_add(r, RV_LAYER_HARDWARE,
					   "quote_signature", RV_UNCHECKED);

	rv_report_set(r, &c->reason,
		      "unverified: the signature was not checked, so every "
		      "value below is the quote's word only");
}

static void genuine(const struct rv_proof *p, struct rv_report *report)
{
	const struct rv_quote_verdict *v = &p->verdict;
	enum rv_verdict verdict =
	    !v->verified
		? (rv_quote_code_exit(v->code) == RV_NO ? RV_DIFFERS
							: RV_CANNOT_TELL)
		: (v->test_pki ? RV_CANNOT_TELL : RV_YES);
	struct rv_check *c = rv_report_add(report, RV_LAYER_HARDWARE,
					   "quote_signature", verdict);
	char at[32], from[32], to[32];

	rv_time_text(v->at, at);
	rv_report_set(report, &c->actual, "%s", rv_proof_headline(p));
	if (!v->verified) {
		rv_report_set(report, &c->reason, "%s (checked for %s)%s%s",
			      v->message, at, p->hint[0] ? "; " : "", p->hint);
		return;
	}
	rv_time_text(v->not_before, from);
	rv_time_text(v->not_after, to);
	rv_report_set(
	    report, &c->reason,
	    "%severy signature up to the root is good; checked for %s,"
	    " holds from %s to %s",
	    v->test_pki ? RV_TEST_PKI_SAYS : "", at, from, to);
}

enum { IDS = 400 };

/* "; INTEL-SA-00001, ...", as many as there is room for, and how many more. */
static void ids_text(const struct rv_tcb_result *t, char out[IDS])
{
	size_t n = 0, i = 0;

	*out = '\0';
	for (; i < t->advisories.n && n < IDS - 80; i++)
		n += (size_t)snprintf(out + n, IDS - n, "%s%.32s",
				      i ? ", " : "; ", t->advisories.id[i]);
	if (i < t->advisories.n)
		snprintf(out + n, IDS - n, " and %zu more",
			 t->advisories.n - i);
}

static void tcb(const struct rv_proof *p, struct rv_report *report)
{
	const struct rv_quote_verdict *v = &p->verdict;
	bool refused = false;
	struct rv_check *c;
	char ids[IDS], now[IDS], date[32], date_now[32];

	for (size_t i = 0; i < p->findings; i++)
		refused |= strcmp(p->finding[i].rule, "status") == 0 ||
			   strcmp(p->finding[i].rule, "grace") == 0;
	ids_text(&v->launch, ids);
	c = rv_report_add(report, RV_LAYER_HARDWARE, "tcb_status",
			  refused ? RV_DIFFERS : RV_YES);
	rv_time_text(v->launch.date, date);
	rv_report_set(report, &c->actual, "%s", rv_tcb_status_name(v->status));
	rv_report_rests(c, "quote_signature");
	rv_report_set(report, &c->reason,
		      "TCB of %.10s, evaluation data number %" PRIu64 "%s",
		      date, v->eval_number, ids);
	if (!rv_quote_verdict_moved(v))
		return;
	ids_text(&v->current, now);
	rv_time_text(v->current.date, date_now);
	rv_report_set(report, &c->reason,
		      "launched as %s with the TCB of %.10s, evaluation data"
		      " number %" PRIu64 "%s; it is now %s, of %.10s%s",
		      rv_tcb_status_name(v->launch.status), date,
		      v->eval_number, ids,
		      rv_tcb_status_name(v->current.status), date_now, now);
}

/* Explained: each check of the verification is one of the report. */
static void rows(const struct rv_proof *p, struct rv_report *report)
{
	static const enum rv_verdict verdict[] = { RV_YES, RV_DIFFERS,
						   RV_UNCHECKED };

	for (size_t i = 0; i < p->verdict.rows; i++) {
		const struct rv_quote_row *row = &p->verdict.row[i];
		enum rv_verdict v = verdict[row->result];
		struct rv_check *c;
		char name[64];

		if (v == RV_DIFFERS &&
		    rv_quote_code_exit(p->verdict.code) != RV_NO)
			v = RV_CANNOT_TELL;
		snprintf(name, sizeof name, "quote.%s", row->check);
		c = rv_report_add(report, RV_LAYER_HARDWARE, name, v);
		rv_report_set(report, &c->reason, "%s", row->detail);
	}
	for (size_t i = 0; i < p->verdict.shortfalls && p->verdict.rows; i++) {
		const struct rv_shortfall *s = &p->verdict.shortfall[i];
		struct rv_check *c = rv_report_add(
		    report, RV_LAYER_HARDWARE, "quote.shortfall", RV_UNCHECKED);

		rv_report_set(report, &c->reason,
			      "%s has %u, the newest level needs %u", s->name,
			      s->have, s->need);
	}
}

void rv_proof_report(const struct rv_proof *p, struct rv_report *report)
{
	if (!p->checked)
		return;
	genuine(p, report);
	rows(p, report);
	if (!p->verdict.verified)
		return;
	tcb(p, report);
	for (size_t i = 0; i < p->findings; i++) {
		const struct rv_quote_finding *f = &p->finding[i];
		struct rv_check *c;

		if (strcmp(f->rule, "status") == 0)
			continue;
		c = rv_report_add(report, RV_LAYER_HARDWARE, f->rule,
				  RV_DIFFERS);
		rv_report_set(report, &c->reason, "refused by policy: %s",
			      f->detail);
	}
}
