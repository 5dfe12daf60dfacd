/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nitro.c - the verdict on an AWS Nitro document: who signed it and when, what
 * AWS is trusted with, and the PCRs against what is expected of them.
 */
#include "verify.h"

#include <stdio.h>

enum { BOOT_PCRS = 3, PCR_SIZE = 48 };

static const struct rv_nitro_document *doc(const struct rv_verify_job *j)
{
	return &j->out->nitro.document;
}

static bool debug_allowed(const struct rv_verify_job *j)
{
	const struct rv_quote_policy *p = j->in->proof.policy;

	return p && p->allow & 1u << RV_FLAG_TD_DEBUG;
}

/* ---- hardware ---- */

static bool prove(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_nitro_proof *p = &j->out->nitro;
	struct rv_nitro_options o = { .now = j->in->proof.at,
				      .has_at = j->in->proof.has_at,
				      .at = j->in->proof.at };
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	struct rv_span root;

	if (!j->in->prove)
		return true;
	if (j->in->progress)
		j->in->progress(j->in->arg, "quote");
	root = rv_verifier_root(j->v, &p->test_pki);
	p->other_root = root.n > 0;
	p->at = o.at;
	if (root.n && !rv_bind_certificate_der(root, &der, err))
		return rv_in(err, "root");
	o.root = rv_buf_span(&der);
	if (!rv_nitro_verify(&p->document, &o, &p->verdict, err))
		return false;
	p->checked = true;
	return true;
}

const char *rv_nitro_headline(const struct rv_nitro_proof *p)
{
	const struct rv_nitro_verdict *v = &p->verdict;

	if (v->outcome != RV_NITRO_GENUINE)
		return rv_nitro_outcome_code(v->outcome) == RV_NO
			   ? "not genuine"
			   : "unverified: cannot tell";
	if (p->test_pki)
		return "signed by test certificates, not by AWS";
	if (p->other_root)
		return "genuine under the given root, which is not AWS's";
	return "signed by AWS Nitro";
}

static void signature(const struct rv_nitro_proof *p, struct rv_report *r)
{
	const struct rv_nitro_verdict *v = &p->verdict;
	enum rv_code code = rv_nitro_outcome_code(v->outcome);
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_HARDWARE, "quote_signature",
			  code == RV_NO			  ? RV_DIFFERS
			  : code == RV_OK && !p->test_pki ? RV_YES
							  : RV_CANNOT_TELL);
	int64_t age = p->at - v->made;
	char made[32];

	rv_report_set(r, &c->actual, "%s", rv_nitro_headline(p));
	if (code != RV_OK) {
		rv_report_set(r, &c->reason, "%s: %s",
			      rv_nitro_outcome_name(v->outcome), v->message);
		return;
	}
	rv_time_text(v->made, made);
	rv_report_set(r, &c->reason,
		      "every signature up to the root is good, and all"
		      " certificates were valid when it was made, %s: %" PRId64
		      " days, %" PRId64 " hours and %" PRId64
		      " minutes before the time that was asked about",
		      made, age / 86400, age / 3600 % 24, age / 60 % 60);
}

static void unchecked(struct rv_report *r, const char *name, const char *why)
{
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_HARDWARE, name, RV_UNCHECKED);

	rv_report_set(r, &c->reason, "%s", why);
}

static void hardware(struct rv_verify_job *j)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	if (j->out->nitro.checked)
		signature(&j->out->nitro, r);
	else
		rv_verify_unverified(r);
	if (rv_nitro_debug(doc(j))) {
		c = rv_report_add(r, RV_LAYER_HARDWARE, "debug",
				  debug_allowed(j) ? RV_UNCHECKED : RV_DIFFERS);
		rv_report_set(
		    r, &c->reason,
		    "an enclave in debug mode (PCR0 to PCR2 are zero):"
		    " its console can be read, and nothing says what"
		    " it runs");
	}
	unchecked(r, "tcb",
		  "AWS states no TCB, and encrypts no memory against itself:"
		  " its hypervisor and its cards are trusted with all that the"
		  " machine holds");
	unchecked(r, "revocation", "AWS's revocation lists are not read");
	c = rv_report_add(r, RV_LAYER_HARDWARE, "module_id", RV_UNCHECKED);
	rv_report_set(r, &c->actual, "%.*s", (int)doc(j)->module_id.n,
		      (const char *)doc(j)->module_id.p);
	rv_report_set(r, &c->reason, "%s",
		      doc(j)->kind == RV_NITRO_TPM
			  ? "a NitroTPM of an EC2 machine"
			  : "a Nitro Enclave");
}

/* ---- PCRs ---- */

static const struct rv_span *expected(const struct rv_verify_job *j,
				      const char *name)
{
	const struct rv_quote_policy *p = j->in->proof.policy;

	for (size_t i = 0; p && i < p->expects; i++)
		if (strcmp(p->expect[i].field, name) == 0)
			return &p->expect[i].want;
	return NULL;
}

static void check_pcr(struct rv_verify_job *j, size_t k)
{
	static const struct rv_span none;
	struct rv_span got = doc(j)->pcr[k];
	struct rv_report *r = &j->out->report;
	const struct rv_span *want;
	struct rv_check *c;
	char name[16];

	snprintf(name, sizeof name, "pcr%zu", k);
	want = expected(j, name);
	if (!want && (!got.n || rv_all_zero(got)))
		return;
	c = rv_report_add(r, RV_LAYER_OS, name,
			  !want			? RV_UNCHECKED
			  : !got.n		? RV_CANNOT_TELL
			  : rv_same(got, *want) ? RV_YES
						: RV_DIFFERS);
	if (want) {
		rv_report_set_hex(r, &c->expected, *want);
		rv_report_set(r, &c->from, "--expect");
	}
	rv_report_set_hex(r, &c->actual, got.n ? got : none);
	rv_report_set(r, &c->reason, "%s",
		      !want    ? "no value of it is expected"
		      : !got.n ? "the document has no such PCR"
			       : "against the value that was given");
}

/* SHA-256 over three PCRs, which must be there. */
static bool over(const struct rv_nitro_document *d, const size_t pcr[BOOT_PCRS],
		 bool *has, struct rv_sha256 *out, struct rv_err *err)
{
	uint8_t all[BOOT_PCRS * PCR_SIZE];

	*has = true;
	for (size_t i = 0; i < BOOT_PCRS; i++) {
		struct rv_span s = d->pcr[pcr[i]];

		if (s.n != PCR_SIZE) {
			*has = false;
			return true;
		}
		memcpy(all + i * PCR_SIZE, s.p, PCR_SIZE);
	}
	return rv_sha256(rv_span(all, sizeof all), out, err);
}

/* What a reference says of such a machine; *has: something. */
static bool reference(struct rv_verify_job *j, bool *given, bool *has,
		      struct rv_sha256 *out, struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;
	const struct rv_image_file *f;

	*has = false;
	if (!rv_verify_one_reference(in, given, err))
		return false;
	if (in->image) {
		size_t n;

		if (!rv_image_documents(in->image, &n, err))
			return false;
		f = rv_image_find(in->image, "measurement.aws.cbor");
		*has = f != NULL;
		return !f || rv_aws_document(rv_buf_span(&f->data), out, err);
	}
	if (!in->values)
		return true;
	if (rv_publish_form(*in->values))
		return rv_fail(err, RV_INPUT,
			       "%s: values of a TDX machine; a NitroTPM has"
			       " measurement.aws.cbor",
			       in->values_name ? in->values_name : "values");
	*has = rv_aws_document(*in->values, out, err);
	return *has ||
	       (in->values_name ? rv_in(err, "%s", in->values_name) : false);
}

static bool check_boot(struct rv_verify_job *j, struct rv_err *err)
{
	static const size_t boot[] = { 4, 7, 12 }, enclave[] = { 0, 1, 2 };
	bool tpm = doc(j)->kind == RV_NITRO_TPM, given, has, whole;
	struct rv_report *r = &j->out->report;
	struct rv_sha256 want, got;
	struct rv_check *c;

	if (!reference(j, &given, &has, &want, err) ||
	    !over(doc(j), tpm ? boot : enclave, &whole, &got, err))
		return false;
	c = rv_report_add(r, RV_LAYER_OS,
			  tpm ? "boot_pcr_digest" : "os_image_hash",
			  RV_UNCHECKED);
	if (whole)
		rv_report_set_hex(r, &c->actual, rv_span(got.b, sizeof got.b));
	if (!given) {
		rv_report_set(r, &c->reason, "no expected value is known");
		return true;
	}
	if (!tpm || !has || !whole) {
		c->verdict = RV_CANNOT_TELL;
		rv_report_set(r, &c->reason, "%s",
			      !tpm ? "a release says nothing of an enclave's"
				     " image: --expect pcr0=HEX and so on"
			      : !has
				  ? "the reference has no"
				    " measurement.aws.cbor"
				  : "the document lacks PCR4, PCR7 or PCR12");
		return true;
	}
	rv_report_set_hex(r, &c->expected, rv_span(want.b, sizeof want.b));
	rv_report_set(r, &c->from, "measurement.aws.cbor");
	c->verdict =
	    memcmp(want.b, got.b, sizeof want.b) == 0 ? RV_YES : RV_DIFFERS;
	rv_report_set(r, &c->reason, "%s",
		      c->verdict == RV_YES
			  ? "PCR4, PCR7 and PCR12 are those of this image"
			  : "PCR4, PCR7 or PCR12 is of another image, or of"
			    " another way to boot it");
	return true;
}

/* ---- the app ---- */

static void app(struct rv_verify_job *j)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	rv_verify_unbound(j);
	if (!rv_verify_app_asked(j))
		return;
	c = rv_report_add(r, RV_LAYER_APP, "compose_hash", RV_CANNOT_TELL);
	rv_report_set(r, &c->reason, "%s",
		      doc(j)->kind == RV_NITRO_TPM
			  ? "PCR8 and PCR14, which bind the app, are not"
			    " compared here"
			  : "no PCR of an enclave names an app-compose.json:"
			    " its image is the app");
}

static void identify(struct rv_verify_job *j)
{
	const struct rv_quote_policy *p = j->in->proof.policy;
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	if (!j->in->identify || (p && p->expects))
		return;
	c = rv_report_add(r, RV_LAYER_OS, "reference", RV_CANNOT_TELL);
	rv_report_set(r, &c->reason,
		      "nothing was named to compare with: --expect pcr0=HEX and"
		      " so on, or --values measurement.aws.cbor of the image");
}

bool rv_verify_nitro(struct rv_verify_job *j, struct rv_err *err)
{
	if (!prove(j, err))
		return false;
	hardware(j);
	rv_diff_evidence(j->out->evidence, j->report_data, &j->out->report);
	for (size_t k = 0; k < RV_NITRO_PCRS; k++)
		check_pcr(j, k);
	if (!check_boot(j, err))
		return false;
	identify(j);
	app(j);
	return rv_verify_idle_facts(j, NULL, err);
}
