/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - one verdict from its inputs to its report: evidence, the quote,
 * the reference, the comparison, images, bindings, and what is to be skipped.
 */
#include "near.h"
#include "verify.h"

#include <stdlib.h>

void rv_verified_free(struct rv_verified *v)
{
	rv_proof_free(&v->proof);
	rv_replay_free(&v->replay);
	rv_replay_free(&v->gcp.log);
	rv_evidence_free(&v->own);
	free(v->values);
	rv_report_free(&v->report);
	*v = (struct rv_verified){ 0 };
}

static void job_free(struct rv_verify_job *j)
{
	free(j->document);
	free(j->identified);
}

static void step(const struct rv_verify_job *j, const char *what)
{
	if (j->in->progress)
		j->in->progress(j->in->arg, what);
}

static bool named(const struct rv_verify_job *j, struct rv_err *err)
{
	return j->in->evidence_name ? rv_in(err, "%s", j->in->evidence_name)
				    : false;
}

/* Of a SEV-SNP report no log counts: HOST_DATA binds all that is bound. */
static bool read_snp(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_snp_proof *p = &j->out->snp;

	if (!rv_snp_report_read(rv_buf_span(&j->out->evidence->snp.report),
				&p->report, err))
		return named(j, err);
	p->decoded = true;
	j->report_data = p->report.report_data;
	return true;
}

static bool read_nitro(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_nitro_proof *p = &j->out->nitro;

	if (!rv_nitro_read(rv_buf_span(&j->out->evidence->nitro), &p->document,
			   err))
		return named(j, err);
	p->decoded = true;
	/* dstack puts report_data there; what else there is, is no such. */
	if (p->document.user_data.n == RV_REPORT_DATA)
		j->report_data = p->document.user_data;
	/* PCR14 holds dstack's events as RTMR3 does; no PCR of an enclave. */
	if (p->document.kind != RV_NITRO_TPM || !j->out->evidence->log.n ||
	    j->out->evidence->log.bank != RV_BANK_TDX)
		return true;
	if (!rv_replay_run(&j->out->evidence->log, &j->out->replay, err))
		return named(j, err);
	j->out->has_log = true;
	return true;
}

/* What stands beside a quote on Google's machines. */
static bool read_vtpm(struct rv_verify_job *j, struct rv_err *err)
{
	const struct rv_vtpm_evidence *e = &j->out->evidence->vtpm;
	struct rv_gcp_proof *p = &j->out->gcp;

	if (j->out->evidence->attester != RV_ATTESTER_GCP)
		return true;
	if (!rv_tpm_quote_read(rv_buf_span(&e->message), &p->quote, err) ||
	    !rv_replay_run(&e->log, &p->log, err))
		return named(j, err);
	p->decoded = true;
	return true;
}

/* Read the evidence, decode its quote, replay its log. */
static bool evidence(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_evidence_options opts = { .instance = j->in->instance };
	struct rv_verified *out = j->out;

	step(j, "evidence");
	out->evidence = j->in->evidence ? j->in->evidence : &out->own;
	if (!j->in->evidence &&
	    !rv_evidence_read(j->in->evidence_bytes, &opts, &out->own, err))
		return named(j, err);
	if (out->evidence->attester == RV_ATTESTER_SNP)
		return read_snp(j, err);
	if (out->evidence->attester == RV_ATTESTER_NITRO)
		return read_nitro(j, err);
	if (out->evidence->quote.n) {
		if (!rv_quote_read(rv_buf_span(&out->evidence->quote),
				   &out->quote, err))
			return named(j, err);
		out->has_quote = true;
		j->report_data = rv_quote_field(&out->quote, "report_data");
	}
	if (out->evidence->log.bank != RV_BANK_TDX) {
		rv_err_set(err, RV_INPUT,
			   "an event log of a TPM, of which there is no"
			   " verdict");
		return named(j, err);
	}
	if (out->evidence->log.n) {
		if (!rv_replay_run(&out->evidence->log, &out->replay, err))
			return named(j, err);
		out->has_log = true;
	}
	if (!out->has_quote && !out->has_log &&
	    !rv_evidence_is_words(out->evidence)) {
		rv_err_set(err, RV_INPUT, "neither a quote nor an event log");
		return named(j, err);
	}
	return read_vtpm(j, err);
}

/* Somebody said how the quote is to be verified: that was not done. */
static void nothing_to_verify(const struct rv_evidence *e, struct rv_report *r)
{
	struct rv_check *c = rv_report_add(r, RV_LAYER_HARDWARE,
					   "quote_signature", RV_CANNOT_TELL);

	rv_report_set(r, &c->reason, "%s",
		      rv_evidence_is_words(e)
			  ? "no signature: these are somebody's words of what a"
			    " quote says; get the quote itself"
			  : "there is no quote in the evidence, so no signature"
			    " to check and nothing that a policy could look"
			    " at");
}

static bool is_called(const struct rv_check *c, const char *name)
{
	return c->name && strcmp(c->name, name) == 0;
}

static bool compare(struct rv_verify_job *j, struct rv_err *err)
{
	const struct rv_verified *out = j->out;
	const struct rv_quote_policy *policy = j->in->proof.policy;
	size_t before = out->report.n;
	struct rv_diff_input in = {
		.values = out->values,
		.image_version = *j->image_version ? j->image_version : NULL,
		.evidence = out->evidence,
		.quote = out->has_quote ? &out->quote : NULL,
		.replay = out->has_log ? &out->replay : NULL,
		.compose = j->out->compose,
		.compose_hash = j->out->compose ? NULL : j->compose_hash,
		.compose_hash_from = rv_verify_compose_from(j),
		.allow_debug = policy && policy->allow & 1u << RV_FLAG_TD_DEBUG,
		.known = j->known ? j->known->item : NULL,
		.n_known = j->known ? j->known->n : 0,
	};

	if (out->proof.checked)
		rv_proof_report(&out->proof, &j->out->report);
	else if (out->has_quote)
		rv_verify_unverified(&j->out->report);
	else if (j->in->prove || rv_evidence_is_words(out->evidence))
		nothing_to_verify(out->evidence, &j->out->report);
	rv_verify_signature(j);
	if (!rv_diff_run(&in, &j->out->report, err))
		return false;
	rv_verify_location(j, before);
	return true;
}

/*
 * The records of all releases are only read when the answer is not yes: they
 * can name what the machine runs instead, or which version it is.
 */
static bool compare_all(struct rv_verify_job *j, struct rv_err *err)
{
	size_t before = j->out->report.n;
	enum rv_verdict v;

	step(j, "compare");
	if (!compare(j, err))
		return false;
	v = rv_report_verdict(&j->out->report);
	if (j->known || (v != RV_DIFFERS && v != RV_CANNOT_TELL))
		return true;
	if (!rv_verifier_records(j->v, &j->known, err))
		return false;
	if (!j->known)
		return true;
	rv_report_cut(&j->out->report, before);
	return compare(j, err);
}

/* One of what --explain makes of the signature. */
static bool is_part(const struct rv_check *c)
{
	return c->name && strncmp(c->name, "quote.", 6) == 0 &&
	       !is_called(c, "quote.shortfall");
}

/*
 * Without one of its parts there is no signature, and without that the others
 * say nothing of who signed. (Where none is skipped they rest on nothing: they
 * show how far a verification came.)
 */
static void rest_on_parts(struct rv_report *r, const struct rv_check *skipped)
{
	for (size_t i = 0; i < r->n; i++) {
		struct rv_check *c = &r->check[i];

		/* A name of the report's lives as long as the report. */
		if (is_part(c) && !c->n_rests)
			rv_report_rests(c, "quote_signature");
		else if (is_called(c, "quote_signature") && !c->n_rests)
			rv_report_rests(c, skipped->name);
	}
}

/* The signature with its parts: --explain must not change the answer. */
static bool skip(const struct rv_verify_job *j, const char *name,
		 struct rv_err *err)
{
	struct rv_report *r = &j->out->report;
	struct rv_near near = { .typed = rv_text(name) };
	char meant[RV_NEAR_TEXT];
	bool whole = strcmp(name, "quote_signature") == 0, found = false;

	for (size_t i = 0; i < r->n; i++) {
		struct rv_check *c = &r->check[i];
		RV_AUTO(rv_free) char *was = NULL;

		/* Whoever wants no pins does not ask for any. */
		if (c->layer == RV_LAYER_INPUTS)
			continue;
		rv_near_try(&near, c->name);
		if (!is_called(c, name) && !(whole && is_part(c)))
			continue;
		found = true;
		was = RV_TAKE(c->reason);
		rv_report_set(r, &c->reason,
			      "skipped by request; it was: %s%s%s",
			      rv_verdict_name(c->verdict), was ? ", " : "",
			      was ? was : "");
		c->verdict = RV_UNCHECKED;
		if (is_part(c) && !whole)
			rest_on_parts(r, c);
	}
	return found || rv_fail(err, RV_USAGE,
				"--skip %s: the report has no check "
				"of that name%s",
				name, rv_near_text(&near, "", meant));
}

/* The layers that a machine of Intel's has, and how each is compared. */
static bool judge(struct rv_verify_job *j, struct rv_err *err)
{
	if (!rv_verify_prove_quote(j, err))
		return false;
	step(j, "reference");
	if (!rv_verify_reference(j, err) || !rv_verify_facts(j, err))
		return false;
	rv_verify_choose_compose(j, j->out->replay.claims.compose_hash.value);
	return compare_all(j, err) && rv_verify_explain(j, err) &&
	       rv_verify_compose_why(j, err) && rv_verify_identify(j, err);
}

static bool run(struct rv_verify_job *j, struct rv_err *err)
{
	static bool (*const by[RV_ATTESTERS])(struct rv_verify_job *,
					      struct rv_err *) = {
		[RV_ATTESTER_TDX] = judge,
		[RV_ATTESTER_SNP] = rv_verify_snp,
		[RV_ATTESTER_NITRO] = rv_verify_nitro,
		[RV_ATTESTER_GCP] = rv_verify_gcp,
	};

	if (!evidence(j, err) || !rv_verify_manifest(j, err))
		return false;
	if (j->in->boot && j->out->evidence->attester != RV_ATTESTER_GCP)
		return rv_fail(err, RV_USAGE,
			       "%s: a disk, which Google's machines boot from:"
			       " the evidence is of %s",
			       j->in->image_name ? j->in->image_name : "image",
			       rv_attester_name(j->out->evidence->attester));
	if (!rv_verify_own_document(j, err))
		return false;
	j->out->compose = j->in->compose;
	j->compose_hash = j->in->compose_hash;
	if (!by[j->out->evidence->attester](j, err))
		return false;
	rv_verify_none_of_them(j);
	step(j, "app");
	if (!rv_verify_init_scripts(j, err) || !rv_verify_images(j, err) ||
	    !rv_verify_app_key(j, err) || !rv_verify_binding(j, err) ||
	    !rv_verify_gpu_boot(j, err) || !rv_verify_gpus(j, err))
		return false;
	for (size_t i = 0; i < j->in->skips; i++)
		if (!skip(j, j->in->skip[i], err))
			return false;
	rv_report_settle(&j->out->report);
	if (j->out->report.failed)
		return rv_no_memory(err, "report");
	return true;
}

bool rv_verify(struct rv_verifier *v, const struct rv_verify_input *in,
	       struct rv_verified *out, struct rv_err *err)
{
	RV_AUTO(job_free)
	struct rv_verify_job j = {
		.v = v, .in = in, .out = out, .acpi = in->acpi
	};

	if (run(&j, err))
		return true;
	rv_verified_free(out);
	return false;
}
