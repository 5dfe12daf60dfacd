/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - a SEV-SNP report and the rows of it, as text and refval.snp/1. */
#include "out.h"
#include "report_out.h"
#include "snp/snp.h"

#include <stdio.h>

/* The fields that are bytes, in the order of the report. */
static void fields(const struct rv_snp_report *r,
		   void (*each)(void *arg, const char *name, struct rv_span s),
		   void *arg)
{
	each(arg, "family_id", r->family_id);
	each(arg, "image_id", r->image_id);
	each(arg, "current_tcb", r->current_tcb);
	each(arg, "report_data", r->report_data);
	each(arg, "measurement", r->measurement);
	each(arg, "host_data", r->host_data);
	each(arg, "id_key_digest", r->id_key_digest);
	each(arg, "author_key_digest", r->author_key_digest);
	each(arg, "report_id", r->report_id);
	each(arg, "report_id_ma", r->report_id_ma);
	each(arg, "reported_tcb", r->reported_tcb);
	each(arg, "chip_id", r->chip_id);
	each(arg, "committed_tcb", r->committed_tcb);
	each(arg, "launch_tcb", r->launch_tcb);
}

static void print_field(void *arg, const char *name, struct rv_span s)
{
	(void)arg;
	rv_out("%-18s ", name);
	rv_out_hex(s);
	rv_out("\n");
}

static void json_field(void *arg, const char *name, struct rv_span s)
{
	rv_jw_hex(arg, name, s);
}

static const char *signer_name(uint32_t s)
{
	return s == RV_SNP_VCEK	    ? "vcek"
	       : s == RV_SNP_VLEK   ? "vlek"
	       : s == RV_SNP_NOBODY ? "none"
				    : "unknown";
}

static void print_text(const struct rv_snp_job *j, const struct rv_report *rows)
{
	const struct rv_snp_report *r = &j->proof.report;
	char time[32];

	rv_out(
	    "SEV-SNP report     version %" PRIu32 ", claims%s:\n", r->version,
	    j->proof.verdict.outcome == RV_SNP_GENUINE ? "" : " (unverified)");
	rv_out("%-18s %#" PRIx64 "\n", "policy", r->policy);
	rv_out("%-18s %#" PRIx64 "\n", "platform_info", r->platform_info);
	rv_out("%-18s %" PRIu32 "\n", "vmpl", r->vmpl);
	rv_out("%-18s %" PRIu32 "\n", "guest_svn", r->guest_svn);
	rv_out("%-18s %s\n", "signing_key", signer_name(r->signer));
	fields(r, print_field, NULL);
	rv_time_text(j->proof.at, time);
	rv_out("%-18s %s\n\n", "checked for", time);
	rv_report_print(rows, NULL);
}

static void json_report(const struct rv_snp_report *r, struct rv_jw *w)
{
	char number[24];

	rv_jw_open(w, "report", '{');
	rv_jw_u64(w, "version", r->version);
	rv_jw_u64(w, "guest_svn", r->guest_svn);
	snprintf(number, sizeof number, "%#" PRIx64, r->policy);
	rv_jw_str(w, "policy", number);
	snprintf(number, sizeof number, "%#" PRIx64, r->platform_info);
	rv_jw_str(w, "platform_info", number);
	rv_jw_u64(w, "vmpl", r->vmpl);
	rv_jw_str(w, "signing_key", signer_name(r->signer));
	rv_jw_bool(w, "author_key", r->author_key);
	rv_jw_bool(w, "mask_chip_key", r->masked);
	if (r->has_cpuid) {
		snprintf(number, sizeof number, "%02x-%02x-%02x", r->family,
			 r->model, r->stepping);
		rv_jw_str(w, "cpuid", number);
	} else {
		rv_jw_null(w, "cpuid");
	}
	fields(r, json_field, w);
	rv_jw_close(w);
}

static void json_time(struct rv_jw *w, const char *key, bool has, int64_t t)
{
	char text[32];

	rv_time_text(t, text);
	rv_jw_str(w, key, has ? text : NULL);
}

static void json_document(const struct rv_snp_job *j,
			  const struct rv_report *rows, struct rv_jw *w)
{
	const struct rv_snp_verdict *v = &j->proof.verdict;
	const struct rv_check *why = rv_report_reason(rows);
	bool good = v->outcome == RV_SNP_GENUINE;

	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "schema", "refval.snp/1");
	json_time(w, "at", true, j->proof.at);
	rv_jw_str(w, "root", j->root.n ? "given" : "amd");
	rv_jw_str(w, "outcome", rv_snp_outcome_name(v->outcome));
	rv_jw_str(w, "reason",
		  *v->message ? v->message
		  : why	      ? why->reason
			      : NULL);
	rv_jw_str(w, "product", good ? rv_snp_product_name(v->product) : NULL);
	rv_jw_str(w, "tcb_status",
		  !good		  ? NULL
		  : v->up_to_date ? "UpToDate"
				  : "OutOfDate");
	json_time(w, "not_before", good, v->not_before);
	json_time(w, "not_after", good, v->not_after);
	json_report(&j->proof.report, w);
	rv_report_json(rows, w);
	rv_jw_close(w);
}

bool rv_snp_show(const struct rv_snp_job *j, const struct rv_report *rows,
		 bool json, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	*answer = rv_report_code(rows);
	if (!json) {
		print_text(j, rows);
		return true;
	}
	json_document(j, rows, &w);
	return rv_out_document(&g, err);
}

bool rv_snp_show_launch(const struct rv_snp_machine *m,
			const struct rv_sha384 *digest, bool json,
			struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };
	char number[24];

	if (!json) {
		rv_out_hex(rv_span(digest->b, sizeof digest->b));
		rv_out("\n");
		return true;
	}
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.launch/1");
	rv_jw_u64(&w, "vcpus", m->vcpus);
	snprintf(number, sizeof number, "%#" PRIx32, m->cpu);
	rv_jw_str(&w, "cpu_signature", number);
	snprintf(number, sizeof number, "%#" PRIx64, m->features);
	rv_jw_str(&w, "sev_features", number);
	rv_jw_hex(&w, "measurement", rv_span(digest->b, sizeof digest->b));
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}
