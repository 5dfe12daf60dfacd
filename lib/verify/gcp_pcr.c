/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp_pcr.c - the PCRs of a vTPM of Google's: are they what it signed, does its
 * log give them, and what PCR0 and PCR14 say.
 */
#include "gcp.h"

#include <stdio.h>

enum { SELECTED = 1u << 0 | 1u << 2 | 1u << 14 };

const struct rv_sha256 *rv_gcp_pcr(const struct rv_verify_job *j, unsigned pcr)
{
	const struct rv_vtpm_evidence *e = &j->out->evidence->vtpm;

	for (size_t i = 0; i < e->pcrs; i++)
		if (e->pcr[i].index == pcr)
			return &e->pcr[i].value;
	return NULL;
}

/* The values that came, by the digest of them that was signed. */
bool rv_gcp_check_pcrs(struct rv_verify_job *j, struct rv_err *err)
{
	const struct rv_vtpm_evidence *e = &j->out->evidence->vtpm;
	const struct rv_tpm_quote *q = &j->out->gcp.quote;
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	struct rv_report *r = &j->out->report;
	struct rv_sha256 got;
	uint32_t came = 0;
	struct rv_check *c;

	if (!rv_digest_new(RV_SHA256, &d, err))
		return false;
	for (size_t i = 0; i < e->pcrs; i++) {
		came |= 1u << e->pcr[i].index;
		if (!rv_digest_add(d, e->pcr[i].value.b,
				   sizeof e->pcr[i].value.b, err))
			return false;
	}
	if (!rv_digest_end(d, got.b, err))
		return false;
	c = rv_report_add(r, RV_LAYER_HARDWARE, "vtpm_pcrs", RV_YES);
	rv_verify_rests_on_vtpm(j, c);
	rv_report_set_hex(r, &c->expected, q->digest);
	rv_report_set(r, &c->from, "the vTPM's quote");
	rv_report_set_hex(r, &c->actual, rv_span(got.b, sizeof got.b));
	if (!rv_same(q->digest, rv_span(got.b, sizeof got.b)) ||
	    came != q->pcrs)
		c->verdict = RV_DIFFERS;
	else if (came != SELECTED)
		c->verdict = RV_CANNOT_TELL;
	rv_report_set(r, &c->reason, "%s",
		      c->verdict == RV_YES
			  ? "PCR 0, 2 and 14 are what it signed"
		      : c->verdict == RV_DIFFERS
			  ? "the PCRs that came are not those that it signed"
			  : "it signed other PCRs than 0, 2 and 14");
	return true;
}

/* PCR0 tells one thing of the machine: what encrypts its memory. */
bool rv_gcp_check_pcr0(struct rv_verify_job *j, struct rv_err *err)
{
	static const char *const said[RV_GCP_TECHNOLOGIES] = {
		"no memory encryption", "AMD SEV",
		"AMD SEV-ES",		"Intel TDX",
		"AMD SEV-SNP",		"an unknown technology",
	};
	const struct rv_sha256 *got = rv_gcp_pcr(j, 0);
	struct rv_report *r = &j->out->report;
	struct rv_sha256 want, tdx;
	unsigned t = 0;
	struct rv_check *c;

	if (!rv_gcp_pcr0(RV_GCP_TDX, &tdx, err))
		return false;
	for (; got && t < RV_GCP_TECHNOLOGIES; t++) {
		if (!rv_gcp_pcr0(t, &want, err))
			return false;
		if (memcmp(want.b, got->b, sizeof want.b) == 0)
			break;
	}
	c = rv_report_add(r, RV_LAYER_FIRMWARE, "pcr0",
			  !got || t == RV_GCP_TECHNOLOGIES ? RV_CANNOT_TELL
			  : t == RV_GCP_TDX		   ? RV_YES
							   : RV_DIFFERS);
	rv_report_rests(c, "vtpm_pcrs");
	rv_report_set_hex(r, &c->expected, rv_span(tdx.b, sizeof tdx.b));
	rv_report_set(r, &c->from, "Google's firmware of a TD");
	if (got)
		rv_report_set_hex(r, &c->actual,
				  rv_span(got->b, sizeof got->b));
	if (c->verdict == RV_CANNOT_TELL)
		rv_report_set(r, &c->reason,
			      "of another version of Google's firmware than the"
			      " one whose strings are known");
	else
		rv_report_set(r, &c->reason,
			      "the vTPM's machine runs with %s; it says nothing"
			      " more of its firmware",
			      said[t]);
	return true;
}

void rv_gcp_check_log(struct rv_verify_job *j, unsigned pcr,
		      enum rv_layer layer)
{
	const struct rv_vtpm_evidence *e = &j->out->evidence->vtpm;
	const struct rv_sha256 *got = rv_gcp_pcr(j, pcr);
	const struct rv_replay *log = &j->out->gcp.log;
	struct rv_report *r = &j->out->report;
	struct rv_span value;
	struct rv_check *c;
	char name[16];

	if (!got)
		return;
	value = rv_span(got->b, sizeof got->b);
	snprintf(name, sizeof name, "pcr%u_log", pcr);
	c = rv_report_add(r, layer, name, RV_YES);
	rv_report_rests(c, "vtpm_pcrs");
	rv_report_set_hex(r, &c->expected, value);
	rv_report_set(r, &c->from, "the vTPM's quote");
	name[strlen(name) - strlen("_log")] = '\0';
	if (!rv_replay_events(log, name)) {
		c->verdict = RV_UNCHECKED;
		rv_report_set(r, &c->reason,
			      "the vTPM's log is without this PCR's events");
		return;
	}
	if (rv_replay_match(&e->log, log, name, value) != RV_MATCH_EQUAL)
		c->verdict = RV_DIFFERS;
	rv_report_set(r, &c->reason,
		      c->verdict == RV_YES
			  ? "%zu events replay to it"
			  : "the %zu events of the vTPM's log do not give it:"
			    " one was left out, added or changed",
		      rv_replay_events(log, name));
}

/* The events of RTMR3 once more, in the vTPM's hash: all of dstack's. */
bool rv_gcp_check_pcr14(struct rv_verify_job *j, struct rv_err *err)
{
	const struct rv_sha256 *got = rv_gcp_pcr(j, 14);
	struct rv_report *r = &j->out->report;
	struct rv_sha256 want;
	struct rv_check *c;
	size_t n;

	if (!got)
		return true;
	if (!rv_replay_runtime(&j->out->evidence->log, &n, &want, err))
		return false;
	c = rv_report_add(
	    r, RV_LAYER_APP, "pcr14",
	    memcmp(want.b, got->b, sizeof want.b) == 0 ? RV_YES : RV_DIFFERS);
	rv_report_rests(c, "vtpm_pcrs");
	rv_report_set_hex(r, &c->expected, rv_span(want.b, sizeof want.b));
	rv_report_set(r, &c->from, "dstack's own events");
	rv_report_set_hex(r, &c->actual, rv_span(got->b, sizeof got->b));
	if (!n && c->verdict == RV_DIFFERS)
		c->verdict = RV_CANNOT_TELL;
	rv_report_set(r, &c->reason,
		      !n ? "no events of dstack's own came with it"
		      : c->verdict == RV_YES
			  ? "the same %zu events as in RTMR3 give it"
			  : "the %zu events that came do not give it: one was"
			    " left out, added or changed",
		      n);
	return true;
}
