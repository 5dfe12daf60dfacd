/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nitro.c - the verdict on an AWS Nitro document: who signed it and when, what
 * AWS is trusted with, and the PCRs against what is expected of them.
 */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>

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
		      "%severy signature up to the root is good, and all"
		      " certificates were valid when it was made, %s: %" PRId64
		      " days, %" PRId64 " hours and %" PRId64
		      " minutes before the time that was asked about",
		      p->test_pki ? RV_TEST_PKI_SAYS : "", made, age / 86400,
		      age / 3600 % 24, age / 60 % 60);
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

static struct rv_check *carried(struct rv_verify_job *j, const char *name)
{
	struct rv_check *c =
	    rv_report_add(&j->out->report, RV_LAYER_OS, name, RV_UNCHECKED);

	rv_verify_rests_on_signature(j->out, c);
	return c;
}

static const struct rv_span *expected(const struct rv_verify_job *j,
				      const char *name)
{
	const struct rv_quote_policy *p = j->in->proof.policy;

	for (size_t i = 0; p && i < p->expects; i++)
		if (strcmp(p->expect[i].field, name) == 0)
			return &p->expect[i].want;
	return NULL;
}

/* What was computed of an image; NULL: no such values were given. */
static bool read_values(struct rv_verify_job *j, struct rv_boot_values **out,
			struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_boot_values *v = NULL;
	const char *name = j->in->values_name;

	if (!rv_verify_boot_values(
		j, doc(j)->kind == RV_NITRO_TPM ? RV_BOOT_AWS : RV_BOOT_ENCLAVE,
		&v, err))
		return false;
	for (size_t i = 0; v && i < v->registers; i++)
		if (v->reg[i].alg != RV_SHA384)
			return rv_fail(err, RV_INPUT,
				       "%s: %s is not one of SHA-384",
				       name ? name : "values", v->reg[i].name);
	*out = RV_TAKE(v);
	return true;
}

/* What is expected of one PCR, by whom it was said. */
struct want {
	const struct rv_span *asked;	    /* by --expect, or NULL */
	const struct rv_boot_register *reg; /* of values, or NULL */
	struct rv_span value;		    /* of @reg, when that is known */
};

static void pcr_verdict(const struct want *w, struct rv_span got,
			struct rv_check *c, struct rv_report *r)
{
	bool asked = !w->asked || rv_same(got, *w->asked);
	bool computed = !w->value.n || rv_same(got, w->value);

	if (!w->asked && !w->reg) {
		rv_report_set(r, &c->reason, "no value of it is expected");
		return;
	}
	c->verdict = RV_CANNOT_TELL;
	if (!got.n) {
		rv_report_set(r, &c->reason, "the document has no such PCR");
		return;
	}
	if (!asked || !computed)
		c->verdict = RV_DIFFERS;
	else if (w->asked || w->value.n)
		c->verdict = RV_YES;
	rv_report_set(r, &c->reason, "%s",
		      c->verdict == RV_CANNOT_TELL ? w->reg->why
		      : w->asked && w->value.n
			  ? "against the value that was given, and the values"
		      : w->asked ? "against the value that was given"
				 : "against what was computed of the image");
}

static void check_pcr(struct rv_verify_job *j, size_t k,
		      const struct rv_boot_values *v)
{
	struct rv_span got = doc(j)->pcr[k];
	struct rv_report *r = &j->out->report;
	struct want w = { 0 };
	struct rv_check *c;
	char name[16];

	snprintf(name, sizeof name, "pcr%zu", k);
	w.asked = expected(j, name);
	w.reg = v ? rv_boot_register(v, name) : NULL;
	if (w.reg && w.reg->known)
		w.value = rv_span(w.reg->value, PCR_SIZE);
	if (!w.asked && !w.reg && (!got.n || rv_all_zero(got)))
		return;
	c = carried(j, name);
	if (w.asked || w.value.n) {
		rv_report_set_hex(r, &c->expected,
				  w.asked ? *w.asked : w.value);
		rv_report_set(r, &c->from, "%s",
			      w.asked ? "--expect" : "values");
	}
	rv_report_set_hex(r, &c->actual, got);
	pcr_verdict(&w, got, c, r);
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

/* The same of values; *has: all three are known. */
static bool over_values(const struct rv_boot_values *v, bool *has,
			struct rv_sha256 *out, struct rv_err *err)
{
	static const char *const names[] = { "pcr0", "pcr1", "pcr2" };

	if (v->platform == RV_BOOT_ENCLAVE)
		return rv_boot_digest(v, names, has, out, err);
	*has = v->has_boot_pcr_digest;
	*out = v->boot_pcr_digest;
	return true;
}

/* Published values say it, where they are of an image for such machines. */
static bool from_values(struct rv_verify_job *j, bool *has,
			struct rv_sha256 *out, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);

	if (!v)
		return rv_no_memory(err, "reference values");
	if (!rv_verify_image_of_values(j, v, err))
		return false;
	*has = v->platforms.has_aws;
	*out = v->platforms.boot_pcr_digest;
	return true;
}

/* What a reference says of such a machine; *has: something. */
static bool reference(struct rv_verify_job *j, const struct rv_boot_values *v,
		      bool *given, bool *has, struct rv_sha256 *out,
		      struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;
	const struct rv_image_file *f;

	*has = false;
	if (!rv_verify_one_reference(in, given, err))
		return false;
	if (v)
		return over_values(v, has, out, err);
	if (in->image) {
		size_t n;

		if (!rv_image_documents(in->image, &n, err))
			return false;
		f = rv_image_find(in->image, "measurement.aws.cbor");
		*has = f != NULL;
		return !f || rv_aws_document(rv_buf_span(&f->data), out, err);
	}
	if (in->release) {
		if (!rv_verify_release(j, err))
			return false;
		*has = j->release->platforms.has_aws;
		*out = j->release->platforms.boot_pcr_digest;
	}
	if (!in->values)
		return true;
	if (rv_publish_form(*in->values))
		return from_values(j, has, out, err);
	*has = rv_aws_document(*in->values, out, err);
	rv_verify_unsigned(j, "measurement.aws.cbor");
	return *has ||
	       (in->values_name ? rv_in(err, "%s", in->values_name) : false);
}

/* Why nothing can be told of the three; NULL: it can. */
static const char *no_digest(bool tpm, bool values, bool has, bool whole)
{
	if (!whole)
		return tpm ? "the document lacks PCR4, PCR7 or PCR12"
			   : "the document lacks PCR0, PCR1 or PCR2";
	if (has)
		return NULL;
	if (values)
		return "the values do not have all three";
	return tpm ? "the reference has no measurement.aws.cbor"
		   : "a release says nothing of an enclave's image: --values of"
		     " refval-measure --eif, or --expect pcr0=HEX and so on";
}

static bool check_boot(struct rv_verify_job *j, const struct rv_boot_values *v,
		       struct rv_err *err)
{
	static const size_t boot[] = { 4, 7, 12 }, enclave[] = { 0, 1, 2 };
	bool tpm = doc(j)->kind == RV_NITRO_TPM, given, has, whole;
	struct rv_report *r = &j->out->report;
	struct rv_sha256 want, got;
	struct rv_check *c;
	const char *why;

	if (!reference(j, v, &given, &has, &want, err) ||
	    !over(doc(j), tpm ? boot : enclave, &whole, &got, err))
		return false;
	c = carried(j, tpm ? "boot_pcr_digest" : "os_image_hash");
	if (whole)
		rv_report_set_hex(r, &c->actual, rv_span(got.b, sizeof got.b));
	if (!given) {
		rv_report_set(r, &c->reason, "no expected value is known");
		return true;
	}
	/* measurement.aws.cbor is of a NitroTPM alone. */
	has = has && (tpm || v);
	why = no_digest(tpm, v, has, whole);
	if (why) {
		c->verdict = RV_CANNOT_TELL;
		rv_report_set(r, &c->reason, "%s", why);
		return true;
	}
	rv_report_set_hex(r, &c->expected, rv_span(want.b, sizeof want.b));
	rv_report_set(r, &c->from, "%s", v ? "values" : "measurement.aws.cbor");
	c->verdict =
	    memcmp(want.b, got.b, sizeof want.b) == 0 ? RV_YES : RV_DIFFERS;
	rv_report_set(r, &c->reason,
		      c->verdict == RV_YES
			  ? "%s are those of this image"
			  : "%s: one is of another image, or of another way to"
			    " boot it",
		      tpm ? "PCR4, PCR7 and PCR12" : "PCR0, PCR1 and PCR2");
	return true;
}

/* ---- the app ---- */

/* PCR14 by its log, and what that says; PCR8. */
static bool app_of_tpm(struct rv_verify_job *j, struct rv_err *err)
{
	const struct rv_verified *out = j->out;
	const struct rv_diff_tpm tpm = { .pcr8 = doc(j)->pcr[8],
					 .pcr14 = doc(j)->pcr[14],
					 .proven = out->nitro.checked };
	struct rv_diff_input in = {
		.evidence = out->evidence,
		.replay = out->has_log ? &out->replay : NULL,
		.tpm = &tpm,
	};

	rv_verify_choose_compose(j, out->replay.claims.compose_hash.value);
	in.compose = out->compose;
	in.compose_hash = out->compose ? NULL : j->compose_hash;
	in.compose_hash_from = rv_verify_compose_from(j);
	return rv_diff_tpm(&in, &j->out->report, err) &&
	       rv_verify_compose_why(j, err);
}

/* Of an enclave nothing but its image. */
static bool app(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	if (doc(j)->kind == RV_NITRO_TPM)
		return app_of_tpm(j, err);
	rv_verify_unbound(j);
	if (!rv_verify_app_asked(j))
		return true;
	c = rv_report_add(r, RV_LAYER_APP, "compose_hash", RV_CANNOT_TELL);
	rv_report_set(r, &c->reason,
		      "no PCR of an enclave names an app-compose.json: its"
		      " image is the app");
	return true;
}

static void identify(const struct rv_verify_job *j)
{
	const struct rv_quote_policy *p = j->in->proof.policy;

	if (j->in->identify && !(p && p->expects))
		rv_verify_no_reference(
		    j,
		    "--expect pcr0=HEX and so on, or --values:"
		    " measurement.aws.cbor of the image, or what"
		    " refval-measure --eif or --uki computed of it",
		    "");
}

bool rv_verify_nitro(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_boot_values *v = NULL;

	if (!prove(j, err) || !read_values(j, &v, err))
		return false;
	hardware(j);
	rv_diff_evidence(j->out->evidence, j->report_data, &j->out->report);
	for (size_t k = 0; k < RV_NITRO_PCRS; k++)
		check_pcr(j, k, v);
	if (!check_boot(j, v, err))
		return false;
	rv_verify_signature(j);
	identify(j);
	return app(j, err) && rv_verify_idle_facts(j, NULL, err);
}
