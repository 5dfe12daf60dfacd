/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c - a SEV-SNP report against what was given, one row for each check. */
#include "snp/snp.h"

bool rv_snp_rows(const struct rv_snp_job *j, struct rv_report *rows,
		 struct rv_err *err)
{
	const struct rv_snp_report *r = &j->proof.report;
	struct rv_span config = rv_buf_span(&j->config);
	struct rv_snp_launch_input launch = {
		.proof = &j->proof,
		.image = j->image_name ? &j->image : NULL,
		.why = "no image was given: --document or --firmware",
		.from = j->image_name,
		.machine = j->solve ? NULL : &j->machine,
		.search = j->solve,
	};
	struct rv_check *bound;

	rv_snp_proof_report(&j->proof, &j->policy, rows);
	rv_diff_evidence(&j->evidence, r->report_data, rows);
	if (!rv_snp_launch_report(&launch, rows, err))
		return j->image_name ? rv_in(err, "%s", j->image_name) : false;
	if (!rv_snp_config_report(&j->proof, j->config_name ? &config : NULL,
				  j->config_name, rows, err))
		return false;
	bound = rv_binding_report(&j->bind.binding, r->report_data, rows);
	if (bound)
		rv_report_rests(bound, "quote_signature");
	rv_report_settle(rows);
	return !rows->failed || rv_no_memory(err, "report");
}
