/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c - a SEV-SNP report against what was given, one row for each check. */
#include "snp/snp.h"

#include <stdio.h>

/* The name that the other rows rest on is the one of quotes, too. */
static const char signature[] = "quote_signature";

static struct rv_check *add(struct rv_report *rows, enum rv_layer layer,
			    const char *name, enum rv_verdict v)
{
	struct rv_check *c = rv_report_add(rows, layer, name, v);

	rv_report_rests(c, signature);
	return c;
}

static void signature_row(const struct rv_snp_job *j, struct rv_report *rows)
{
	const struct rv_snp_verdict *v = &j->verdict;
	enum rv_code code = rv_snp_outcome_code(v->outcome);
	struct rv_check *c = rv_report_add(rows, RV_LAYER_HARDWARE, signature,
					   code == RV_OK   ? RV_YES
					   : code == RV_NO ? RV_DIFFERS
							   : RV_CANNOT_TELL);

	if (code == RV_OK)
		rv_report_set(rows, &c->reason, "signed by %s of AMD's %s",
			      *v->csp ? "the cloud's key" : "a chip",
			      rv_snp_product_name(v->product));
	else
		rv_report_set(rows, &c->reason, "%s: %s",
			      rv_snp_outcome_name(v->outcome), v->message);
}

static void tcb_row(const struct rv_snp_job *j, struct rv_report *rows)
{
	const struct rv_snp_tcb *t = &j->verdict.tcb;
	struct rv_check *c;

	if (j->verdict.outcome != RV_SNP_GENUINE)
		return;
	c = add(rows, RV_LAYER_HARDWARE, "tcb",
		j->policy.has_min_tcb ? RV_YES : RV_UNCHECKED);
	rv_report_set(rows, &c->actual, "%u,%u,%u,%u", t->bl, t->tee, t->snp,
		      t->ucode);
	rv_report_set(rows, &c->reason, "%s",
		      j->policy.has_min_tcb
			  ? "no part is below --min-tcb"
			  : "nothing in a report says which TCB is vulnerable:"
			    " state the least with --min-tcb");
}

/* A policy that could not be looked at is no policy that held. */
static void policy_left(const struct rv_snp_job *j, struct rv_report *rows)
{
	struct rv_check *c;

	if (!j->policy.has_min_tcb)
		return;
	c = add(rows, RV_LAYER_HARDWARE, "min_tcb", RV_CANNOT_TELL);
	rv_report_set(rows, &c->reason,
		      "a TCB that nobody signed is compared with nothing");
}

static void policy_rows(const struct rv_snp_job *j, struct rv_report *rows)
{
	struct rv_snp_finding f[RV_SNP_FINDINGS];
	size_t n;

	if (j->verdict.outcome != RV_SNP_GENUINE) {
		policy_left(j, rows);
		return;
	}
	tcb_row(j, rows);
	n = rv_snp_policy_apply(&j->policy, &j->report, &j->verdict, f);
	for (size_t i = 0; i < n; i++) {
		struct rv_check *c =
		    add(rows, RV_LAYER_HARDWARE, f[i].rule,
			f[i].refused ? RV_DIFFERS : RV_UNCHECKED);

		rv_report_set(rows, &c->reason, "%s", f[i].detail);
	}
}

/* ---- the launch digest ---- */

static void describe(const struct rv_snp_machine *m, char *out, size_t room)
{
	const char *name = "";

	for (size_t i = 0; rv_snp_cpu_name(i) && !*name; i++)
		if (rv_snp_cpu(rv_snp_cpu_name(i)) == m->cpu)
			name = rv_snp_cpu_name(i);
	snprintf(out, room, "%" PRIu32 " vCPU%s, %s, SEV_FEATURES %#" PRIx64,
		 m->vcpus, m->vcpus == 1 ? "" : "s", name, m->features);
}

static bool solved(struct rv_snp_job *j, struct rv_report *rows,
		   struct rv_err *err)
{
	struct rv_snp_machine found[4];
	struct rv_sha384 have;
	struct rv_check *c;
	char said[96];
	size_t n;

	memcpy(have.b, j->report.measurement.p, sizeof have.b);
	if (!rv_snp_solve(&j->image, &have, 1024, found, RV_LEN(found), &n,
			  err))
		return false;
	c = add(rows, RV_LAYER_FIRMWARE, "measurement",
		n ? RV_YES : RV_CANNOT_TELL);
	rv_report_set_hex(rows, &c->actual, j->report.measurement);
	rv_report_set(rows, &c->from, "%s", j->image_name);
	if (!n) {
		rv_report_set(rows, &c->reason,
			      "no machine of up to 1024 vCPUs of a known CPU"
			      " gives this launch digest with that image");
		return true;
	}
	describe(&found[0], said, sizeof said);
	rv_report_set(rows, &c->reason, "what %s gives a machine of %s%s",
		      "that image", said, n > 1 ? ", and others" : "");
	return true;
}

static bool launch_row(struct rv_snp_job *j, struct rv_report *rows,
		       struct rv_err *err)
{
	struct rv_sha384 want;
	struct rv_check *c;
	char said[96];
	bool good;

	if (!j->image_name) {
		c = add(rows, RV_LAYER_FIRMWARE, "measurement", RV_UNCHECKED);
		rv_report_set_hex(rows, &c->actual, j->report.measurement);
		rv_report_set(rows, &c->reason,
			      "no image was given: --document or --firmware");
		return true;
	}
	if (j->solve)
		return solved(j, rows, err);
	if (!rv_snp_launch(&j->image, &j->machine, &want, err))
		return rv_in(err, "%s", j->image_name);
	good = rv_same(rv_span(want.b, sizeof want.b), j->report.measurement);
	c = add(rows, RV_LAYER_FIRMWARE, "measurement",
		good ? RV_YES : RV_DIFFERS);
	rv_report_set_hex(rows, &c->expected, rv_span(want.b, sizeof want.b));
	rv_report_set(rows, &c->from, "%s", j->image_name);
	rv_report_set_hex(rows, &c->actual, j->report.measurement);
	describe(&j->machine, said, sizeof said);
	rv_report_set(rows, &c->reason, "%s of that image with %s",
		      good ? "the launch digest" : "not the launch digest",
		      said);
	return true;
}

/* ---- what it was made for ---- */

static bool config_row(const struct rv_snp_job *j, struct rv_report *rows,
		       struct rv_err *err)
{
	struct rv_sha256 want;
	struct rv_check *c;
	bool good;

	if (!j->config_name) {
		c = add(rows, RV_LAYER_APP, "host_data", RV_UNCHECKED);
		rv_report_set_hex(rows, &c->actual, j->report.host_data);
		rv_report_set(rows, &c->reason,
			      "no document was given: --mr-config");
		return true;
	}
	if (!rv_snp_host_data(rv_buf_span(&j->config), &want, err))
		return false;
	good = rv_same(rv_span(want.b, sizeof want.b), j->report.host_data);
	c = add(rows, RV_LAYER_APP, "host_data", good ? RV_YES : RV_DIFFERS);
	rv_report_set_hex(rows, &c->expected, rv_span(want.b, sizeof want.b));
	rv_report_set(rows, &c->from, "%s", j->config_name);
	rv_report_set_hex(rows, &c->actual, j->report.host_data);
	rv_report_set(rows, &c->reason, "%s",
		      good ? "HOST_DATA binds this document, byte for byte"
			   : "HOST_DATA is of another document");
	return true;
}

static void data_row(const struct rv_snp_job *j, struct rv_report *rows)
{
	struct rv_span want = rv_span(j->want_data, sizeof j->want_data);
	bool good = rv_same(want, j->report.report_data);
	struct rv_check *c = add(rows, RV_LAYER_REPORT_DATA, "report_data",
				 !j->has_data ? RV_UNCHECKED
				 : good	      ? RV_YES
					      : RV_DIFFERS);

	rv_report_set_hex(rows, &c->actual, j->report.report_data);
	if (!j->has_data) {
		rv_report_set(rows, &c->reason,
			      "nothing was asked for: --report-data");
		return;
	}
	rv_report_set_hex(rows, &c->expected, want);
	rv_report_set(rows, &c->from, "--report-data");
	rv_report_set(rows, &c->reason, "%s",
		      good ? "the report carries what was asked for"
			   : "the report carries something else: stale,"
			     " replayed, or made for somebody else");
}

bool rv_snp_rows(struct rv_snp_job *j, struct rv_report *rows,
		 struct rv_err *err)
{
	signature_row(j, rows);
	policy_rows(j, rows);
	if (!launch_row(j, rows, err) || !config_row(j, rows, err))
		return false;
	data_row(j, rows);
	rv_report_settle(rows);
	return !rows->failed || rv_no_memory(err, "report");
}
