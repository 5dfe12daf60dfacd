/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp.c - the verdict on a TDX machine of Google Cloud: Intel's quote as on any
 * other, the quote of its vTPM, which Google vouches for, and what ties the two
 * together. Which image it booted is in gcp_image.c.
 */
#include "gcp.h"
#include "efi.h"

#include <stdio.h>
#include <stdlib.h>

static const struct rv_gcp_rules *rules(const struct rv_verify_job *j)
{
	static const struct rv_gcp_rules none;

	return j->in->gcp ? j->in->gcp : &none;
}

/* ---- who signed ---- */

/* What was given, and what came along: Google's, all of it. */
static bool gather(const struct rv_verify_job *j, struct rv_gcp_files *out,
		   struct rv_err *err)
{
	const struct rv_vtpm_evidence *e = &j->out->evidence->vtpm;

	for (size_t i = 0; i < rules(j)->files; i++)
		if (!rv_gcp_files_add(out, rules(j)->file[i], err))
			return false;
	for (size_t i = 0; i < e->files; i++)
		if (!rv_gcp_files_add(out, rv_buf_span(&e->file[i]), err))
			return rv_in(err, "files of the evidence");
	return true;
}

static bool check(struct rv_verify_job *j, const struct rv_gcp_files *files,
		  struct rv_err *err)
{
	const struct rv_vtpm_evidence *e = &j->out->evidence->vtpm;
	const struct rv_gcp_signed s = {
		.message = rv_buf_span(&e->message),
		.signature = rv_buf_span(&e->signature),
		.certificate = rv_buf_span(&e->certificate),
	};
	const struct rv_gcp_options o = { .root = rules(j)->root,
					  .at = j->in->proof.at };
	struct rv_gcp_proof *p = &j->out->gcp;

	p->has_endorsement = files->endorsement.n > 0;
	return rv_gcp_verify(&s, files, &o, &p->verdict, err) &&
	       (!p->has_endorsement ||
		rv_gcp_endorsement(files, rules(j)->tcb_root, o.at,
				   &p->endorsed, err));
}

static bool prove(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files files = { 0 };
	struct rv_gcp_proof *p = &j->out->gcp;
	struct rv_err why = { 0 };

	if (!rv_verify_prove_quote(j, err))
		return false;
	if (!j->in->prove)
		return true;
	p->at = j->in->proof.at;
	p->other_root = rules(j)->root.n > 0;
	p->checked = true;
	if (gather(j, &files, &why))
		return check(j, &files, err);
	if (why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	p->verdict.outcome = RV_GCP_CERT_FORMAT;
	snprintf(p->verdict.message, sizeof p->verdict.message, "%.300s",
		 why.msg);
	return true;
}

const char *rv_gcp_headline(const struct rv_gcp_proof *p)
{
	if (p->verdict.outcome != RV_GCP_GENUINE)
		return rv_gcp_outcome_code(p->verdict.outcome) == RV_NO
			   ? "not genuine"
			   : "unverified: cannot tell";
	if (p->other_root)
		return "signed by a vTPM under the given root, not Google's";
	return "signed by a vTPM of Google's";
}

static void signature(const struct rv_gcp_proof *p, struct rv_report *r)
{
	const struct rv_gcp_verdict *v = &p->verdict;
	enum rv_code code = rv_gcp_outcome_code(v->outcome);
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_HARDWARE, "vtpm_signature",
			  !p->checked	  ? RV_UNCHECKED
			  : code == RV_NO ? RV_DIFFERS
			  : code == RV_OK ? RV_YES
					  : RV_CANNOT_TELL);
	char from[32], to[32];

	if (!p->checked) {
		rv_report_set(r, &c->reason,
			      "unverified: the signature was not checked, so"
			      " that the PCRs are its word only");
		return;
	}
	rv_report_set(r, &c->actual, "%s", rv_gcp_headline(p));
	if (code != RV_OK) {
		rv_report_set(r, &c->reason, "%s: %s%s",
			      rv_gcp_outcome_name(v->outcome), v->message,
			      v->outcome == RV_GCP_CERT_MISSING
				  ? "; refval-fetch --collateral-from google"
				    " has it, --collateral takes it"
				  : "");
		return;
	}
	rv_time_text(v->not_before, from);
	rv_time_text(v->not_after, to);
	rv_report_set(r, &c->reason,
		      "of the machine %s (%" PRIu64
		      ") in the project %s (%" PRIu64
		      "), %s; holds from %s to %s",
		      v->instance, v->instance_id, v->project,
		      v->project_number, v->zone, from, to);
}

/* A key's own certificate names no list that it could be on. */
static void revocation(const struct rv_gcp_proof *p, struct rv_report *r)
{
	const struct rv_gcp_verdict *v = &p->verdict;
	struct rv_check *c;

	if (!p->checked || v->outcome != RV_GCP_GENUINE)
		return;
	c = rv_report_add(r, RV_LAYER_HARDWARE, "vtpm_revocation",
			  v->has_crl ? RV_YES : RV_UNCHECKED);
	rv_report_rests(c, "vtpm_signature");
	if (!v->has_crl)
		rv_report_set(r, &c->reason,
			      "the root's list of revoked authorities was not"
			      " given%s",
			      v->has_key_crl
				  ? "; the authority's own does not have the"
				    " vTPM's key"
				  : "");
	else
		rv_report_set(r, &c->reason,
			      "the authority of the vTPM's key is not on the"
			      " root's list%s%s%s",
			      *v->crl ? " " : "", v->crl,
			      v->has_key_crl
				  ? ", nor the key on the authority's"
				  : "; which keys that authority revoked is not"
				    " known");
}

/* ---- what it signed ---- */

/* Nothing in Intel's quote names the vTPM: only this one way holds. */
static bool check_quote(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_report *r = &j->out->report;
	struct rv_span got = j->out->gcp.quote.extra;
	struct rv_check *c;
	struct rv_sha256 want;

	if (!rv_sha256(rv_buf_span(&j->out->evidence->quote), &want, err))
		return false;
	c = rv_report_add(
	    r, RV_LAYER_HARDWARE, "vtpm_quote",
	    rv_same(got, rv_span(want.b, sizeof want.b)) ? RV_YES : RV_DIFFERS);
	rv_verify_rests_on_vtpm(j, c);
	rv_report_set_hex(r, &c->expected, rv_span(want.b, sizeof want.b));
	rv_report_set(r, &c->from, "sha256 of Intel's quote");
	rv_report_set_hex(r, &c->actual, got);
	rv_report_set(r, &c->reason, "%s",
		      c->verdict == RV_YES
			  ? "the vTPM signed for this quote of the CPU"
			  : "the vTPM signed for another quote: of another"
			    " machine, or taken at another time");
	return true;
}

/* ---- the firmware ---- */

static void show_endorsement(const struct rv_gcp_endorsed *e, size_t k,
			     struct rv_report *r, struct rv_check *c)
{
	char made[32];

	rv_time_text(e->says.made, made);
	rv_report_set(r, &c->reason,
		      "Google's own firmware, endorsed on %.10s with SVN %u,"
		      " for a machine of %u GiB%s",
		      made, e->says.svn, e->says.tdx[k].ram_gib,
		      e->says.tdx[k].early_accept ? " that accepts its memory"
						    " early"
						  : "");
}

/* MRTD by Google's endorsement of it; without one nobody stands for it. */
static void check_mrtd(struct rv_verify_job *j)
{
	const struct rv_gcp_endorsed *e = &j->out->gcp.endorsed;
	struct rv_span got = rv_quote_field(&j->out->quote, "mrtd");
	struct rv_report *r = &j->out->report;
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_FIRMWARE, "mrtd", RV_UNCHECKED);
	enum rv_code code = rv_gcp_outcome_code(e->outcome);
	size_t k = 0;

	rv_report_set_hex(r, &c->actual, got);
	if (!j->out->gcp.has_endorsement) {
		rv_report_set(
		    r, &c->reason,
		    "Google's endorsement of its firmware was not"
		    " given: that the vTPM is of this machine rests on"
		    " what it booted");
		return;
	}
	rv_report_set(r, &c->from, "Google's endorsement");
	if (code != RV_OK) {
		c->verdict = code == RV_NO ? RV_DIFFERS : RV_CANNOT_TELL;
		rv_report_set(r, &c->reason, "the endorsement: %s: %s",
			      rv_gcp_outcome_name(e->outcome), e->message);
		return;
	}
	while (k < e->says.n &&
	       !rv_same(got, rv_span(e->says.tdx[k].mrtd.b, 48)))
		k++;
	c->verdict = k < e->says.n ? RV_YES : RV_DIFFERS;
	if (k < e->says.n)
		show_endorsement(e, k, r, c);
	else
		rv_report_set(r, &c->reason,
			      "the endorsement is of other firmware, with %zu"
			      " values of MRTD",
			      e->says.n);
}

/* The variable SecureBoot, of one byte. */
static bool is_secure_boot(const struct rv_event *e, uint8_t *out)
{
	struct rv_span payload = rv_buf_span(&e->payload), byte;

	if (e->imr != 0 || e->type != RV_EV_EFI_VARIABLE_DRIVER_CONFIG ||
	    !rv_efi_is_variable(payload, rv_efi_global, "SecureBoot", 1, &byte))
		return false;
	*out = byte.p[0];
	return true;
}

static void show_secure_boot(struct rv_verify_job *j)
{
	const struct rv_log *log = &j->out->evidence->log;
	struct rv_report *r = &j->out->report;
	struct rv_check *c;
	uint8_t on;

	for (size_t i = 0; i < log->n; i++) {
		if (!is_secure_boot(&log->event[i], &on) ||
		    j->out->replay.event[i].state != RV_EVENT_CONFIRMED)
			continue;
		c = rv_report_add(r, RV_LAYER_FIRMWARE, "secure_boot",
				  RV_UNCHECKED);
		rv_report_set(r, &c->actual, "%s", on ? "on" : "off");
		rv_report_set(r, &c->reason,
			      "as RTMR0's log has it; what was booted is"
			      " measured, whoever signed it");
		return;
	}
}

bool rv_verify_gcp(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_report *r = &j->out->report;

	if (!prove(j, err))
		return false;
	if (j->in->progress)
		j->in->progress(j->in->arg, "reference");
	if (j->out->proof.checked)
		rv_proof_report(&j->out->proof, r);
	else
		rv_verify_unverified(r);
	signature(&j->out->gcp, r);
	revocation(&j->out->gcp, r);
	if (!check_quote(j, err) || !rv_gcp_check_pcrs(j, err) ||
	    !rv_gcp_check_pcr0(j, err))
		return false;
	rv_gcp_check_log(j, 0, RV_LAYER_FIRMWARE);
	check_mrtd(j);
	if (j->out->has_log)
		show_secure_boot(j);
	return rv_verify_gcp_image(j, err) && rv_gcp_check_pcr14(j, err) &&
	       rv_verify_idle_facts(j, NULL, err) &&
	       rv_verify_compose_why(j, err);
}
