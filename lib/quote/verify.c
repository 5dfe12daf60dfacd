/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - is a quote genuine? The checks in their order, each with one code
 * for its failure. The result starts as "not verified" and only the last line
 * of the last check changes that. Whether genuine is good enough is policy.c's.
 */
#include "run.h"
#include "digest.h"
#include "pem.h"

#include <stdlib.h>

/* ---- check 5: chains ---- */

static bool add_pem(struct rv_grow *g, struct rv_span der, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!rv_base64(der, &text, err))
		return false;
	rv_grow_text(g, "-----BEGIN CERTIFICATE-----\n");
	rv_grow_add(g, text.p, text.n);
	rv_grow_text(g, "\n-----END CERTIFICATE-----\n");
	return true;
}

/* Type 4: the leaf is in the quote, its issuer in the collateral. */
static bool leaf_and_issuers(struct run *r, struct rv_buf *out,
			     struct rv_err *err)
{
	struct rv_span s = r->quote.cert_data, rest = s;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };

	if (s.n && s.p[0] != 0x30) {
		if (!rv_pem_next(&rest, "CERTIFICATE", &der, err))
			return rv_run_because(r, RV_QUOTE_PCK_CHAIN_FORMAT,
					      err);
		if (!rv_pem_end(&rest))
			return rv_run_fail(r, RV_QUOTE_PCK_CHAIN_FORMAT, err,
					   "certification data of type 4 is"
					   " more than one certificate");
		s = rv_buf_span(&der);
	}
	if (!rv_run_member(r, RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN).n)
		return rv_run_fail(r, RV_QUOTE_PCK_CHAIN_MISSING, err,
				   "the quote has the PCK certificate only,"
				   " the collateral no pck_crl_issuer_chain");
	if (!add_pem(&g, s, err))
		return rv_run_broken(r, err);
	rv_grow_add(&g, rv_run_member(r, RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN).p,
		    rv_run_member(r, RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN).n);
	return rv_grow_take(&g, out, err) || rv_run_broken(r, err);
}

/* The chain in the quote wins; one in the collateral serves where none is. */
static bool check_pck_chain(struct run *r, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf made = { 0 };
	struct rv_span pem = r->quote.cert_data;
	struct rv_sha256 id;

	rv_run_begin(r, CHECK_PCK_CHAIN);
	if (r->quote.cert_type < 4) {
		pem = rv_run_member(r, RV_COLLATERAL_PCK_CERTIFICATE_CHAIN);
		if (!pem.n)
			return rv_run_fail(r, RV_QUOTE_PCK_CHAIN_MISSING, err,
					   "certification data of type %u has"
					   " no certificate, and the collateral"
					   " no pck_certificate_chain",
					   r->quote.cert_type);
	} else if (r->quote.cert_type == 4) {
		if (!leaf_and_issuers(r, &made, err))
			return false;
		pem = rv_buf_span(&made);
	}
	return (rv_sha256(pem, &id, err) || rv_run_broken(r, err)) &&
	       rv_run_chain(r, CHAIN_PCK, pem, &id, &r->pck, err);
}

static bool check_signer(struct run *r, enum check check, enum chain_kind kind,
			 enum rv_collateral_member m, const struct chain **out,
			 struct rv_err *err)
{
	rv_run_begin(r, check);
	return rv_run_chain(r, kind, rv_run_member(r, m), &r->c->id[m], out,
			    err);
}

/* ---- check 15: TCB ---- */

static bool same_ids(struct rv_advisories *to, const struct rv_advisories *from,
		     struct rv_err *err)
{
	if (!from->n)
		return true;
	to->id = calloc(from->n, sizeof *to->id);
	if (!to->id)
		return rv_no_memory(err, "advisories");
	for (; to->n < from->n; to->n++)
		if (!rv_text_copy(rv_text(from->id[to->n]), "advisory",
				  &to->id[to->n], err))
			return false;
	return true;
}

/* What is made here is freed with the verdict, whole or not. */
static bool same_result(struct rv_tcb_result *to,
			const struct rv_tcb_result *from, struct rv_err *err)
{
	static const struct rv_advisories none;

	*to = *from;
	to->advisories = to->of_platform = to->of_module = to->of_qe = none;
	return same_ids(&to->advisories, &from->advisories, err) &&
	       same_ids(&to->of_platform, &from->of_platform, err) &&
	       same_ids(&to->of_module, &from->of_module, err) &&
	       same_ids(&to->of_qe, &from->of_qe, err);
}

static bool evaluate(struct run *r, struct tcb_input *in, struct rv_err *err)
{
	struct rv_span svn2 = rv_quote_field(&r->quote, "tee_tcb_svn2");
	struct rv_quote_verdict *v = r->out;

	rv_tcb_shortfall(in, v);
	if (!rv_tcb_evaluate(in, &v->launch, &r->code, err))
		return false;
	if (!svn2.n) {
		if (!same_result(&v->current, &v->launch, err))
			return rv_run_broken(r, err);
		v->status = v->launch.status;
	} else {
		in->tdx_svn = svn2.p;
		if (!rv_tcb_evaluate(in, &v->current, &r->code, err))
			return false;
		v->status = rv_tcb_both(v->launch.status, v->current.status);
	}
	if (v->launch.status == RV_TCB_REVOKED ||
	    v->current.status == RV_TCB_REVOKED)
		return rv_run_fail(r, RV_QUOTE_TCB_REVOKED, err,
				   "Intel has revoked the TCB of this %s",
				   v->launch.status == RV_TCB_REVOKED
				       ? "platform"
				       : "platform as it is now");
	return true;
}

static const char *named(enum rv_tcb_status s)
{
	const char *name = rv_tcb_status_name(s);

	return name ? name : "none";
}

static void pass_tcb(struct run *r)
{
	const struct rv_quote_verdict *v = r->out;
	const struct rv_tcb_result *was = &v->launch, *is = &v->current;

	if (!rv_quote_field(&r->quote, "tee_tcb_svn2").n) {
		rv_run_pass(r, "platform %s, TDX module %s, QE %s: %s",
			    named(was->platform), named(was->tdx_module),
			    named(was->qe), named(v->status));
		return;
	}
	rv_run_pass(r,
		    "at launch: platform %s, TDX module %s; now: platform %s,"
		    " TDX module %s; QE %s: %s",
		    named(was->platform), named(was->tdx_module),
		    named(is->platform), named(is->tdx_module), named(was->qe),
		    named(v->status));
}

static bool check_tcb(struct run *r, struct rv_err *err)
{
	const uint8_t *report = r->quote.qe_report.p;
	struct tcb_input in = {
		.info = r->tcb_info,
		.qe = r->qe_identity,
		.pck = &r->pck->pck,
		.tdx_svn = rv_quote_field(&r->quote, "tee_tcb_svn").p,
		.qe_isvsvn = (uint16_t)(report[258] | report[259] << 8),
	};
	struct rv_quote_verdict *v = r->out;

	rv_run_begin(r, CHECK_TCB);
	v->tcb_info_eval = r->tcb_info->eval;
	v->qe_identity_eval = r->qe_identity->eval;
	v->eval_number = v->tcb_info_eval < v->qe_identity_eval
			     ? v->tcb_info_eval
			     : v->qe_identity_eval;
	if (!evaluate(r, &in, err))
		return false;
	pass_tcb(r);
	return true;
}

/* ---- all of it ---- */

static bool check_quote(struct run *r, struct rv_span in, struct rv_err *err)
{
	const struct rv_quote *q = &r->quote;

	rv_run_begin(r, CHECK_QUOTE);
	if (!rv_quote_decode(in, &r->quote, &r->code, err))
		return false;
	rv_run_pass(r,
		    "version %u, %s, body type %d, certification data of type"
		    " %u, %zu bytes of padding%s",
		    q->version, q->tee == RV_TEE_TDX ? "TDX" : "SGX",
		    q->body_type, q->cert_type, q->trailing.n,
		    q->trailing_nonzero ? " that are not zero" : "");
	return true;
}

static bool all_checks(struct run *r, struct rv_span quote, struct rv_err *err)
{
	return check_quote(r, quote, err) && rv_run_collateral(r, err) &&
	       check_pck_chain(r, err) &&
	       check_signer(r, CHECK_TCB_CHAIN, CHAIN_TCB,
			    RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN, &r->tcb_signer,
			    err) &&
	       check_signer(r, CHECK_QEID_CHAIN, CHAIN_QEID,
			    RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
			    &r->qeid_signer, err) &&
	       rv_run_crls(r, err) && rv_run_bodies(r, err) &&
	       rv_run_dates(r, err) && rv_run_match(r, err) &&
	       rv_run_tdx_module(r, err) && rv_run_signatures(r, err) &&
	       check_tcb(r, err);
}

static void note_inputs(struct run *r)
{
	struct rv_quote_verdict *v = r->out;

	if (r->c)
		memcpy(v->input, r->c->id, sizeof v->input);
	if (r->root_crl)
		memcpy(v->root_crl_number, rv_crl_info(r->root_crl)->number,
		       sizeof v->root_crl_number);
	if (r->pck_crl)
		memcpy(v->pck_crl_number, rv_crl_info(r->pck_crl)->number,
		       sizeof v->pck_crl_number);
}

void rv_quote_verdict_free(struct rv_quote_verdict *v)
{
	rv_tcb_result_free(&v->launch);
	rv_tcb_result_free(&v->current);
	memset(v, 0, sizeof *v);
}

bool rv_quote_verify(struct rv_quote_verifier *verifier, struct rv_span quote,
		     const struct rv_collateral *c, int64_t at,
		     struct rv_quote_verdict *out, struct rv_err *err)
{
	struct run r = { .v = verifier, .c = c, .at = at, .out = out };
	struct rv_err why = { 0 };
	bool good;

	memset(out, 0, sizeof *out);
	out->at = at;
	out->intel_root = verifier->intel_root;
	out->test_pki = verifier->test_pki;
	if (!rv_sha256(quote, &out->quote_id, err))
		return false;
	good = all_checks(&r, quote, &why);
	note_inputs(&r);
	for (size_t i = 0; i < r.n_held; i++)
		rv_cache_release(verifier->cache, r.held[i]);
	if (!good && (r.code == RV_QUOTE_INTERNAL || why.code == RV_SYSTEM)) {
		rv_quote_verdict_free(out);
		*err = why;
		return false;
	}
	out->code = good ? RV_QUOTE_OK : r.code;
	if (!good) {
		memcpy(out->message, why.msg, sizeof out->message);
		rv_run_close(&r);
	}
	out->verified = good;
	return true;
}

/* ---- verifiers ---- */

void rv_quote_verifier_free(struct rv_quote_verifier **v)
{
	if (!*v)
		return;
	rv_cache_free(&(*v)->cache);
	rv_cert_free(&(*v)->root);
	free(*v);
	*v = NULL;
}

bool rv_quote_verifier_new(const struct rv_quote_options *o,
			   struct rv_quote_verifier **out, struct rv_err *err)
{
	RV_AUTO(rv_quote_verifier_free) struct rv_quote_verifier *v = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	struct rv_span intel = rv_intel_root();
	struct rv_span root = o->root.n ? o->root : intel, pem = root;

	if (!rv_crypto_start(err))
		return false;
	if (root.p[0] == '-') {
		if (!rv_pem_next(&pem, "CERTIFICATE", &der, err))
			return rv_in(err, "root");
		if (!rv_pem_end(&pem))
			return rv_fail(err, RV_INPUT,
				       "root: more than one certificate");
		root = rv_buf_span(&der);
	}
	v = calloc(1, sizeof *v);
	if (!v)
		return rv_no_memory(err, "verifier");
	if (!rv_cert_read(root, &v->root, err))
		return rv_in(err, "root");
	v->intel_root = rv_same(root, intel);
	v->test_pki = o->test_pki && !v->intel_root;
	v->explain = o->explain;
	if (!rv_cache_new(CACHE_ENTRIES, &v->cache, err))
		return false;
	*out = RV_TAKE(v);
	return true;
}
