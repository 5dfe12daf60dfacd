/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp_rows.c - the checks that a SEV-SNP report makes by itself: who signed it,
 * the policy, the launch digest, the document that HOST_DATA binds.
 */
#include "verify.h"

#include <stdio.h>

enum { COUNTS_MAX = 1024 }; /* vCPUs that a machine is looked for with */

/* ---- hardware ---- */

static struct rv_check *add(struct rv_report *report, const char *name,
			    enum rv_verdict v)
{
	struct rv_check *c = rv_report_add(report, RV_LAYER_HARDWARE, name, v);

	rv_report_rests(c, "quote_signature");
	return c;
}

/* What a report carries holds as far as its signature. Where nobody asked for
 * that, it is compared and not verified, and the whole says so. */
static struct rv_check *carried(const struct rv_snp_proof *p,
				struct rv_report *report, enum rv_layer layer,
				const char *name)
{
	struct rv_check *c = rv_report_add(report, layer, name, RV_UNCHECKED);

	if (p->checked)
		rv_report_rests(c, "quote_signature");
	return c;
}

const char *rv_snp_proof_headline(const struct rv_snp_proof *p)
{
	const struct rv_snp_verdict *v = &p->verdict;

	if (v->outcome != RV_SNP_GENUINE)
		return rv_snp_outcome_code(v->outcome) == RV_NO
			   ? "not genuine"
			   : "unverified: cannot tell";
	if (p->test_pki)
		return "signed by test certificates, not by AMD";
	if (p->other_root)
		return "genuine under the given root, which is not AMD's";
	return "genuine AMD hardware";
}

static void signature(const struct rv_snp_proof *p, struct rv_report *report)
{
	const struct rv_snp_verdict *v = &p->verdict;
	enum rv_code code = rv_snp_outcome_code(v->outcome);
	struct rv_check *c =
	    rv_report_add(report, RV_LAYER_HARDWARE, "quote_signature",
			  code == RV_NO			  ? RV_DIFFERS
			  : code == RV_OK && !p->test_pki ? RV_YES
							  : RV_CANNOT_TELL);
	char at[32], from[32], to[32];

	rv_time_text(p->at, at);
	rv_report_set(report, &c->actual, "%s", rv_snp_proof_headline(p));
	if (code != RV_OK) {
		rv_report_set(report, &c->reason, "%s: %s (checked for %s)%s%s",
			      rv_snp_outcome_name(v->outcome), v->message, at,
			      *p->hint ? "; " : "", p->hint);
		return;
	}
	rv_time_text(v->not_before, from);
	rv_time_text(v->not_after, to);
	rv_report_set(
	    report, &c->reason,
	    "%ssigned by %s%.32s of AMD's %s; checked for %s, holds from"
	    " %s to %s",
	    p->test_pki ? RV_TEST_PKI_SAYS : "",
	    *v->csp ? "a key of the cloud " : "a chip", v->csp,
	    rv_snp_product_name(v->product), at, from, to);
}

static void revocation(const struct rv_snp_verdict *v, struct rv_report *report)
{
	struct rv_check *c =
	    add(report, "revocation", v->has_crl ? RV_YES : RV_UNCHECKED);

	if (v->has_crl)
		rv_report_set(report, &c->reason,
			      "neither root nor ASK is on AMD's list%s%s",
			      *v->crl ? " " : "", v->crl);
	else
		rv_report_set(report, &c->reason,
			      "AMD's list of revoked certificates was not"
			      " given");
}

/* @below: the finding min_tcb stands, and is the one row that says no. */
static void tcb(const struct rv_snp_policy *policy,
		const struct rv_snp_verdict *v, bool below,
		struct rv_report *report)
{
	const struct rv_snp_tcb *t = &v->tcb;
	struct rv_check *c =
	    add(report, "tcb",
		policy->has_min_tcb && !below ? RV_YES : RV_UNCHECKED);

	rv_report_set(report, &c->actual, "%u,%u,%u,%u", t->bl, t->tee, t->snp,
		      t->ucode);
	rv_report_set(report, &c->reason, "%s",
		      below ? "a part is below --min-tcb: see min_tcb"
		      : policy->has_min_tcb
			  ? "no part is below --min-tcb"
			  : "nothing in a report says which TCB is vulnerable:"
			    " state the least with --min-tcb");
}

/* A policy that could not be looked at is no policy that held. */
static void policy_left(const struct rv_snp_policy *policy,
			struct rv_report *report)
{
	struct rv_check *c;

	if (!policy->has_min_tcb)
		return;
	c = add(report, "min_tcb", RV_CANNOT_TELL);
	rv_report_set(report, &c->reason,
		      "a TCB that nobody signed is compared with nothing");
}

void rv_snp_proof_report(const struct rv_snp_proof *p,
			 const struct rv_snp_policy *policy,
			 struct rv_report *report)
{
	struct rv_snp_finding f[RV_SNP_FINDINGS];
	bool below = false;
	size_t n;

	signature(p, report);
	if (p->verdict.outcome != RV_SNP_GENUINE) {
		policy_left(policy, report);
		return;
	}
	n = rv_snp_policy_apply(policy, &p->report, &p->verdict, f);
	for (size_t i = 0; i < n; i++)
		below |= strcmp(f[i].rule, "min_tcb") == 0;
	revocation(&p->verdict, report);
	tcb(policy, &p->verdict, below, report);
	for (size_t i = 0; i < n; i++) {
		struct rv_check *c =
		    add(report, f[i].rule,
			f[i].refused ? RV_DIFFERS : RV_UNCHECKED);

		rv_report_set(report, &c->reason, "%s", f[i].detail);
	}
}

/* ---- the launch digest ---- */

enum { SAID = 96 };

static void describe(const struct rv_snp_machine *m, char out[SAID])
{
	const char *name = "an unknown CPU";

	for (size_t i = 0; rv_snp_cpu_name(i); i++)
		if (rv_snp_cpu(rv_snp_cpu_name(i)) == m->cpu) {
			name = rv_snp_cpu_name(i);
			break;
		}
	snprintf(out, SAID, "%" PRIu32 " vCPU%s, %s, SEV_FEATURES %#" PRIx64,
		 m->vcpus, m->vcpus == 1 ? "" : "s", name, m->features);
}

static bool gives(const struct rv_snp_image *image,
		  const struct rv_snp_machine *m, struct rv_span measurement,
		  struct rv_sha384 *got, bool *yes, struct rv_err *err)
{
	*yes = false;
	if (!rv_snp_launch(image, m, got, err))
		return false;
	*yes = rv_same(rv_span(got->b, sizeof got->b), measurement);
	return true;
}

/* Which machine of @vcpus (0: any number) gives this digest? */
static bool look_for(const struct rv_snp_image *image, uint32_t vcpus,
		     struct rv_span measurement, struct rv_snp_machine *out,
		     bool *found, struct rv_err *err)
{
	struct rv_snp_machine all[16];
	struct rv_sha384 digest;
	size_t n;

	*found = false;
	memcpy(digest.b, measurement.p, sizeof digest.b);
	if (!rv_snp_solve(image, &digest, vcpus ? vcpus : COUNTS_MAX, all,
			  RV_LEN(all), &n, err))
		return false;
	for (size_t i = 0; i < n && i < RV_LEN(all) && !*found; i++) {
		*found = !vcpus || all[i].vcpus == vcpus;
		*out = all[i];
	}
	return true;
}

static void not_given(const struct rv_snp_launch_input *in,
		      const struct rv_sha384 *want, struct rv_check *c,
		      struct rv_report *report)
{
	char said[SAID];

	if (!in->machine) {
		c->verdict = RV_CANNOT_TELL;
		rv_report_set(report, &c->reason,
			      "no machine of %s vCPUs of a known CPU gives this"
			      " launch digest with that image",
			      in->vcpus ? "so many" : "up to 1024");
		return;
	}
	c->verdict = RV_DIFFERS;
	describe(in->machine, said);
	rv_report_set_hex(report, &c->expected, rv_span(want->b, 48));
	rv_report_set(report, &c->reason,
		      "not the launch digest of that image with %s%s", said,
		      in->search ? ", nor with another known machine" : "");
}

bool rv_snp_launch_report(const struct rv_snp_launch_input *in,
			  struct rv_report *report, struct rv_err *err)
{
	struct rv_check *c =
	    carried(in->proof, report, RV_LAYER_FIRMWARE, "measurement");
	struct rv_span measurement = in->proof->report.measurement;
	struct rv_snp_machine found;
	struct rv_sha384 want;
	bool yes = false;
	char said[SAID];

	rv_report_set_hex(report, &c->actual, measurement);
	if (!in->image) {
		c->verdict = in->expected ? RV_CANNOT_TELL : RV_UNCHECKED;
		rv_report_set(report, &c->reason, "%s", in->why);
		return true;
	}
	rv_report_set(report, &c->from, "%s", in->from);
	if (in->machine) {
		found = *in->machine;
		if (!gives(in->image, &found, measurement, &want, &yes, err))
			return false;
	}
	if (!yes && in->search &&
	    !look_for(in->image, in->vcpus, measurement, &found, &yes, err))
		return false;
	if (!yes) {
		not_given(in, &want, c, report);
		return true;
	}
	c->verdict = RV_YES;
	describe(&found, said);
	rv_report_set_hex(report, &c->expected, measurement);
	rv_report_set(report, &c->reason,
		      "the launch digest of that image with %s", said);
	return true;
}

/* ---- what HOST_DATA binds ---- */

bool rv_snp_config_report(const struct rv_snp_proof *proof,
			  const struct rv_span *document, const char *from,
			  struct rv_report *report, struct rv_err *err)
{
	struct rv_check *c = carried(proof, report, RV_LAYER_APP, "host_data");
	struct rv_span host_data = proof->report.host_data;
	struct rv_sha256 want;
	bool good;

	rv_report_set_hex(report, &c->actual, host_data);
	if (!document) {
		rv_report_set(report, &c->reason, "%s",
			      rv_all_zero(host_data)
				  ? "the launch binds no document"
				  : "the document that it binds was not"
				    " given");
		return true;
	}
	if (!rv_snp_host_data(*document, &want, err))
		return false;
	good = rv_same(rv_span(want.b, sizeof want.b), host_data);
	c->verdict = good ? RV_YES : RV_DIFFERS;
	rv_report_set_hex(report, &c->expected, rv_span(want.b, sizeof want.b));
	rv_report_set(report, &c->from, "%s", from);
	rv_report_set(report, &c->reason, "%s",
		      good ? "HOST_DATA binds this document, byte for byte"
			   : "HOST_DATA is of another document");
	return true;
}
