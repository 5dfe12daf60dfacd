/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.c - checks 8 to 10: is the collateral of this time, this platform and
 * this TDX module?
 */
#include "run.h"

bool rv_run_dates(struct run *r, struct rv_err *err)
{
	const struct tcb_info *t = r->tcb_info;
	const struct qe_identity *q = r->qe_identity;
	char from[32], to[32];

	rv_run_begin(r, CHECK_DATES);
	rv_run_issued(r, t->issued);
	rv_run_issued(r, q->issued);
	if (!rv_run_window(r, t->issued, t->next,
			   RV_QUOTE_TCB_INFO_NOT_YET_VALID,
			   RV_QUOTE_TCB_INFO_EXPIRED, "TCB Info", err) ||
	    !rv_run_window(r, q->issued, q->next,
			   RV_QUOTE_QE_IDENTITY_NOT_YET_VALID,
			   RV_QUOTE_QE_IDENTITY_EXPIRED, "QE identity", err))
		return false;
	rv_time_text(r->out->not_before, from);
	rv_time_text(r->out->not_after, to);
	rv_run_pass(r, "everything is valid from %s to %s", from, to);
	return true;
}

static void copy_pck(struct run *r)
{
	const struct rv_cert_info *leaf = rv_cert_info(r->pck->leaf);

	r->out->has_pck = true;
	r->out->pck = r->pck->pck;
	memcpy(r->out->pck_serial, leaf->serial, sizeof leaf->serial);
	memcpy(r->out->pck_ca, leaf->issuer, sizeof leaf->issuer);
}

bool rv_run_match(struct run *r, struct rv_err *err)
{
	const struct tcb_info *t = r->tcb_info;
	const struct rv_pck *p = &r->pck->pck;
	char have[13], want[13];
	bool tdx = r->quote.tee == RV_TEE_TDX;

	rv_run_begin(r, CHECK_MATCH);
	if (t->tee != r->quote.tee)
		return rv_run_fail(r, RV_QUOTE_TCB_INFO_MISMATCH, err,
				   "TCB Info for %s, the quote is of %s",
				   tdx ? "SGX" : "TDX", tdx ? "TDX" : "SGX");
	if (r->qe_identity->id != (tdx ? ENCLAVE_TD_QE : ENCLAVE_QE))
		return rv_run_fail(r, RV_QUOTE_QE_IDENTITY_OTHER, err,
				   "the identity is not of %s",
				   tdx ? "TD_QE" : "QE");
	if (!r->pck->has_pck) {
		*err = r->pck->pck_err;
		return rv_run_because(r, RV_QUOTE_PCK_EXTENSION, err);
	}
	rv_hex(rv_span(p->fmspc, 6), have);
	rv_hex(rv_span(t->fmspc, 6), want);
	if (strcmp(have, want) != 0)
		return rv_run_fail(r, RV_QUOTE_TCB_INFO_MISMATCH, err,
				   "TCB Info for FMSPC %s, the platform is %s",
				   want, have);
	if (memcmp(p->pceid, t->pceid, 2) != 0)
		return rv_run_fail(r, RV_QUOTE_TCB_INFO_MISMATCH, err,
				   "TCB Info for PCE-ID %02x%02x, the platform"
				   " has %02x%02x",
				   t->pceid[0], t->pceid[1], p->pceid[0],
				   p->pceid[1]);
	copy_pck(r);
	rv_run_pass(r, "%s, FMSPC %s, PCE-ID %02x%02x", tdx ? "TDX" : "SGX",
		    have, p->pceid[0], p->pceid[1]);
	return true;
}

bool rv_run_tdx_module(struct run *r, struct rv_err *err)
{
	struct rv_span svn = rv_quote_field(&r->quote, "tee_tcb_svn");
	struct rv_span signer = rv_quote_field(&r->quote, "mrsigner_seam");
	struct rv_span attr = rv_quote_field(&r->quote, "seam_attributes");
	const struct tdx_module *m;

	rv_run_begin(r, CHECK_TDX_MODULE);
	if (r->quote.tee != RV_TEE_TDX) {
		rv_run_skip(r, "SGX has no TDX module");
		return true;
	}
	m = rv_tdx_module_find(r->tcb_info, svn.p);
	if (!m)
		return rv_run_fail(r, RV_QUOTE_TDX_MODULE_MISMATCH, err,
				   "module version %u, TCB Info has no identity"
				   " TDX_%02X",
				   svn.p[1], svn.p[1]);
	if (!rv_same(signer, rv_span(m->mrsigner, sizeof m->mrsigner)))
		return rv_run_fail(r, RV_QUOTE_TDX_MODULE_MISMATCH, err,
				   "mrsigner_seam is not the module's signer");
	if (!rv_masked_same(attr.p, m->attributes, m->mask, sizeof m->mask) ||
	    !rv_all_zero(attr))
		return rv_run_fail(r, RV_QUOTE_TDX_MODULE_MISMATCH, err,
				   "seam_attributes are not the module's");
	rv_run_pass(r, "version %u, SVN %u, signer and attributes as in %s",
		    svn.p[1], svn.p[0],
		    svn.p[1] ? "its identity" : "tdxModule");
	return true;
}
