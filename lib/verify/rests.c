/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rests.c - what a row rests on that speaks of the guest's own events, or of
 * what a vTPM of Google's signed.
 */
#include "verify.h"

void rv_verify_rests_on_log(const struct rv_verify_job *j, struct rv_check *c)
{
	rv_diff_rests_on_log(c, j->out->nitro.decoded);
	if (j->out->evidence->attester != RV_ATTESTER_GCP)
		return;
	/* Any firmware could have extended RTMR3: Google's vTPM has it, too. */
	rv_report_rests(c, "vtpm_quote");
	rv_report_rests(c, "pcr14");
}

/*
 * Where nobody asked who signed, it is compared and not verified. Registers of
 * a TD and its report_data always are: --skip of the signature asks for it.
 */
void rv_verify_rests_on_signature(const struct rv_verified *out,
				  struct rv_check *c)
{
	if (out->snp.checked || out->nitro.checked)
		rv_report_rests(c, "quote_signature");
}

/* Likewise. */
void rv_verify_rests_on_vtpm(const struct rv_verify_job *j, struct rv_check *c)
{
	if (j->out->gcp.checked)
		rv_report_rests(c, "vtpm_signature");
}
