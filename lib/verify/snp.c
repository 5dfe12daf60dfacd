/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp.c - the verdict on a SEV-SNP report: who signed it, then the launch
 * digest against the expected image, then the app that HOST_DATA binds.
 */
#include "verify.h"
#include "x509.h"

#include <stdio.h>
#include <string.h>

static const struct rv_snp_rules *rules(const struct rv_verify_job *j)
{
	static const struct rv_snp_rules none;

	return j->in->snp ? j->in->snp : &none;
}

/* NULL where it is no list. */
static bool read_list(struct rv_span file, struct rv_crl **out,
		      struct rv_err *err)
{
	struct rv_err why = { 0 };

	if (rv_crl_read(file, out, &why) || why.code != RV_SYSTEM)
		return true;
	*err = why;
	return false;
}

/* Add the lists, those of @issuer alone unless that is NULL; how many. */
static bool add_lists(const struct rv_verify_job *j, const char *issuer,
		      struct rv_snp_certs *out, size_t *n, struct rv_err *err)
{
	*n = 0;
	for (size_t i = 0; i < rules(j)->files; i++) {
		RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;

		if (!read_list(rules(j)->file[i], &crl, err))
			return false;
		if (!crl ||
		    (issuer && strcmp(rv_crl_info(crl)->issuer, issuer) != 0))
			continue;
		if (!rv_snp_certs_add(out, rules(j)->file[i], err))
			return false;
		++*n;
	}
	return true;
}

/*
 * There is one list for each product: the one of the root that issued this ASK,
 * which is proven later; without one all count, and no other root's will do.
 */
static bool choose_list(const struct rv_verify_job *j, struct rv_span ask,
			struct rv_snp_certs *out, struct rv_err *err)
{
	RV_AUTO(rv_cert_free) struct rv_cert *cert = NULL;
	struct rv_err why = { 0 };
	size_t n = 0;

	if (rv_cert_read(ask, &cert, &why)) {
		if (!add_lists(j, rv_cert_info(cert)->issuer, out, &n, err))
			return false;
	} else if (why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	return n || add_lists(j, NULL, out, &n, err);
}

/* What was given wins over what came along. False: RV_INPUT or RV_SYSTEM. */
static bool gather(const struct rv_verify_job *j, struct rv_snp_certs *out,
		   struct rv_err *err)
{
	const struct rv_snp_evidence *e = &j->out->evidence->snp;
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs own = { 0 };

	for (size_t i = 0; i < rules(j)->files; i++) {
		RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;

		if (!read_list(rules(j)->file[i], &crl, err) ||
		    (!crl && !rv_snp_certs_add(out, rules(j)->file[i], err)))
			return false;
	}
	for (size_t i = 0; i < e->certs; i++)
		if (!rv_snp_certs_add(&own, rv_buf_span(&e->cert[i]), err))
			return rv_in(err, "certificates of the evidence");
	if (rules(j)->files &&
	    !choose_list(j, rv_buf_span(out->ask.n ? &out->ask : &own.ask), out,
			 err))
		return false;
	rv_snp_certs_fill(out, &own);
	return true;
}

static bool check(struct rv_verify_job *j, struct rv_span root,
		  struct rv_err *err)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs certs = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	struct rv_snp_options o = { .issuers = rv_verifier_issuers(j->v),
				    .allow_vlek = rules(j)->allow_vlek,
				    .at = j->in->proof.at };
	struct rv_snp_proof *p = &j->out->snp;
	struct rv_err why = { 0 };

	if (root.n && !rv_bind_certificate_der(root, &der, err))
		return rv_in(err, "root");
	o.root = rv_buf_span(&der);
	if (gather(j, &certs, &why))
		return rv_snp_verify(&p->report, &certs, &o, &p->verdict, err);
	if (why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	p->verdict.outcome = RV_SNP_CERT_FORMAT;
	snprintf(p->verdict.message, sizeof p->verdict.message, "%.300s",
		 why.msg);
	return true;
}

static bool prove(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_snp_proof *p = &j->out->snp;
	struct rv_span root;

	if (!j->in->prove)
		return true;
	if (j->in->progress)
		j->in->progress(j->in->arg, "quote");
	p->at = j->in->proof.at;
	root = rv_verifier_root(j->v, &p->test_pki);
	p->other_root = root.n > 0;
	if (!check(j, root, err))
		return false;
	p->checked = true;
	/* Where there is no name the machine is one of many. */
	if (p->verdict.outcome == RV_SNP_CERT_MISSING)
		snprintf(p->hint, sizeof p->hint,
			 "%s, as AMD's key distribution service has it",
			 j->in->evidence_name
			     ? "give it with --collateral"
			     : "it belongs into the evidence,"
			       " snp.certificates of refval-fetch's document");
	return true;
}

bool rv_verify_snp(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_report *r = &j->out->report;

	if (!prove(j, err))
		return false;
	if (j->out->snp.checked)
		rv_snp_proof_report(&j->out->snp, &rules(j)->policy, r);
	else
		rv_verify_unverified(r);
	rv_diff_evidence(j->out->evidence, j->report_data, r);
	if (j->in->progress)
		j->in->progress(j->in->arg, "reference");
	/* A launch digest covers each vCPU, and nothing else of the machine. */
	return rv_verify_snp_image(j, err) &&
	       rv_verify_idle_facts(j, "cpus", err) &&
	       rv_verify_snp_app(j, err);
}
