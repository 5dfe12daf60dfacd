/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - is a quote genuine? The checks in their order, each with one code
 * for its failure. The result starts as "not verified" and only the last line
 * of the last check changes that. Whether genuine is good enough is policy.c's.
 */
#include "run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const check_name[CHECKS] = {
	[CHECK_QUOTE] = "quote_format",
	[CHECK_COLLATERAL] = "collateral_format",
	[CHECK_PCK_CHAIN] = "pck_chain",
	[CHECK_TCB_CHAIN] = "tcb_info_chain",
	[CHECK_QEID_CHAIN] = "qe_identity_chain",
	[CHECK_ROOT_CRL] = "root_ca_crl",
	[CHECK_PCK_CRL] = "pck_crl",
	[CHECK_TCB_INFO_SIGNATURE] = "tcb_info_signature",
	[CHECK_QE_IDENTITY_SIGNATURE] = "qe_identity_signature",
	[CHECK_DATES] = "collateral_dates",
	[CHECK_MATCH] = "collateral_match",
	[CHECK_TDX_MODULE] = "tdx_module",
	[CHECK_QE_REPORT_SIGNATURE] = "qe_report_signature",
	[CHECK_QE_REPORT_DATA] = "qe_report_data",
	[CHECK_QE_IDENTITY] = "qe_identity_match",
	[CHECK_ATTESTATION_KEY] = "attestation_key",
	[CHECK_QUOTE_SIGNATURE] = "quote_signature",
	[CHECK_TCB] = "tcb_level",
};

/* ---- the run ---- */

void rv_run_begin(struct run *r, enum check check)
{
	r->check = check;
}

static void add_row(struct run *r, enum check check, enum rv_row_result result,
		    const char *fmt, va_list ap) RV_PRINTF(4, 0);

static void add_row(struct run *r, enum check check, enum rv_row_result result,
		    const char *fmt, va_list ap)
{
	struct rv_quote_row *row;

	if (!r->v->explain || r->out->rows == RV_QUOTE_ROWS)
		return;
	row = &r->out->row[r->out->rows++];
	row->check = check_name[check];
	row->result = result;
	vsnprintf(row->detail, sizeof row->detail, fmt, ap);
}

void rv_run_pass(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_row(r, r->check, RV_ROW_PASS, fmt, ap);
	va_end(ap);
}

void rv_run_skip(struct run *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_row(r, r->check, RV_ROW_SKIPPED, fmt, ap);
	va_end(ap);
}

bool rv_run_fail(struct run *r, enum rv_quote_code code, struct rv_err *err,
		 const char *fmt, ...)
{
	char msg[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	return rv_quote_fail(&r->code, code, err, "%s", msg);
}

bool rv_run_because(struct run *r, enum rv_quote_code code, struct rv_err *err)
{
	char why[sizeof err->msg];

	if (err->code == RV_SYSTEM) {
		r->code = RV_QUOTE_INTERNAL;
		return false;
	}
	memcpy(why, err->msg, sizeof why);
	return rv_quote_fail(&r->code, code, err, "%.400s", why);
}

bool rv_run_broken(struct run *r, struct rv_err *err)
{
	return rv_quote_fail(&r->code, RV_QUOTE_INTERNAL, err,
			     "out of memory, or OpenSSL failed, at %s",
			     check_name[r->check]);
}

bool rv_run_window(struct run *r, int64_t from, int64_t to,
		   enum rv_quote_code early, enum rv_quote_code late,
		   const char *what, struct rv_err *err)
{
	struct rv_quote_verdict *v = r->out;
	char now[32], limit[32];

	if (!v->has_window || from > v->not_before)
		v->not_before = from;
	if (!v->has_window || to < v->not_after)
		v->not_after = to;
	v->has_window = true;
	if (r->at >= from && r->at <= to)
		return true;
	rv_time_text(r->at, now);
	if (r->at < from) {
		rv_time_text(from, limit);
		return rv_run_fail(r, early, err,
				   "'%s' is valid from %s, not yet at %s", what,
				   limit, now);
	}
	rv_time_text(to, limit);
	return rv_run_fail(r, late, err, "'%s' was valid until %s, not at %s",
			   what, limit, now);
}

static bool hold(struct run *r, struct cache_entry *e)
{
	if (r->n_held == HELD_MAX) {
		rv_cache_release(r->v->cache, e);
		return false;
	}
	r->held[r->n_held++] = e;
	return true;
}

const void *rv_run_cached(struct run *r, const struct cache_key *key)
{
	struct cache_entry *e = rv_cache_find(r->v->cache, key);

	return e && hold(r, e) ? rv_cache_object(e) : NULL;
}

bool rv_run_keep(struct run *r, const struct cache_key *key, void *object,
		 void (*free_object)(void *), const void **out,
		 struct rv_err *err)
{
	struct cache_entry *e =
	    rv_cache_add(r->v->cache, key, object, free_object);

	if (!e || !hold(r, e))
		return rv_run_broken(r, err);
	*out = rv_cache_object(e);
	return true;
}

/* The digest of several digests, as the key of what was made of all of them. */
static bool key_of(struct run *r, struct cache_key *key,
		   const struct rv_sha256 *const *id, size_t n,
		   struct rv_err *err)
{
	uint8_t all[4 * 32];

	for (size_t i = 0; i < n; i++)
		memcpy(all + 32 * i, id[i]->b, 32);
	return rv_sha256(rv_span(all, 32 * n), &key->id, err) ||
	       rv_run_broken(r, err);
}

/* ---- checks 4 and 7: the signed bodies ---- */

/* An entry that says no more than that it is there. */
static char nothing;

static void drop_nothing(void *p)
{
	(void)p;
}

static struct rv_span member(const struct run *r, enum rv_collateral_member m)
{
	return rv_buf_span(&r->c->member[m]);
}

static bool bodies_ok(struct run *r, struct rv_err *err)
{
	if (!rv_json_object_ok(member(r, RV_COLLATERAL_TCB_INFO), err))
		return rv_run_because(r, RV_QUOTE_TCB_INFO_FORMAT, err);
	if (!rv_json_object_ok(member(r, RV_COLLATERAL_QE_IDENTITY), err))
		return rv_run_because(r, RV_QUOTE_QE_IDENTITY_FORMAT, err);
	return true;
}

/*
 * Check 4. That the bodies are JSON objects is all that may be known before
 * their signatures are good; what they say is read after that.
 */
static bool check_collateral(struct run *r, struct rv_err *err)
{
	static const enum rv_collateral_member needed[] = {
		RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN,
		RV_COLLATERAL_TCB_INFO,
		RV_COLLATERAL_TCB_INFO_SIGNATURE,
		RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
		RV_COLLATERAL_QE_IDENTITY,
		RV_COLLATERAL_QE_IDENTITY_SIGNATURE,
	};
	struct cache_key key = { CACHE_BODIES, { { 0 } } };
	const struct rv_sha256 *id[2];
	const void *kept;

	rv_run_begin(r, CHECK_COLLATERAL);
	if (!r->c)
		return rv_run_fail(r, RV_QUOTE_COLLATERAL_MISSING, err,
				   "without Intel's collateral nothing can be"
				   " verified; give it with --collateral");
	for (size_t i = 0; i < RV_LEN(needed); i++)
		if (!r->c->member[needed[i]].n)
			return rv_run_fail(r, RV_QUOTE_COLLATERAL_FORMAT, err,
					   "the collateral has no %s",
					   rv_collateral_name(needed[i]));
	id[0] = &r->c->id[RV_COLLATERAL_TCB_INFO];
	id[1] = &r->c->id[RV_COLLATERAL_QE_IDENTITY];
	if (!key_of(r, &key, id, 2, err))
		return false;
	if (!rv_run_cached(r, &key) &&
	    (!bodies_ok(r, err) ||
	     !rv_run_keep(r, &key, &nothing, drop_nothing, &kept, err)))
		return false;
	rv_run_pass(r, "all members are there, both bodies are JSON objects");
	return true;
}

static void drop_tcb_info(void *p)
{
	struct tcb_info *t = p;

	rv_tcb_info_free(&t);
}

static void drop_qe_identity(void *p)
{
	struct qe_identity *q = p;

	rv_qe_identity_free(&q);
}

/* A body, its signature and whose it must be. */
struct signed_body {
	enum rv_collateral_member body, signature;
	const struct chain *signer;
	enum rv_quote_code bad, format;
	enum cache_kind kind;
};

static bool check_signature(struct run *r, const struct signed_body *b,
			    struct rv_err *err)
{
	uint8_t raw[64];

	if (!rv_unhex(member(r, b->signature), raw, sizeof raw))
		return rv_run_fail(r, b->bad, err, "%s: not 128 hex digits",
				   rv_collateral_name(b->signature));
	switch (rv_key_check_message(rv_cert_key(b->signer->leaf),
				     member(r, b->body), raw)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return rv_run_fail(r, b->bad, err,
				   "%s: '%s' did not sign these %zu bytes",
				   rv_collateral_name(b->body),
				   rv_cert_info(b->signer->leaf)->subject,
				   member(r, b->body).n);
	case RV_CHECK_FAILED:
		break;
	}
	return rv_run_broken(r, err);
}

/* Check 7, then the contents: check 4 for what is in a body. */
static bool read_signed(struct run *r, const struct signed_body *b,
			const void **out, struct rv_err *err)
{
	struct cache_key key = { b->kind, { { 0 } } };
	const struct rv_sha256 *id[] = {
		&r->c->id[b->body],
		&r->c->id[b->signature],
		&rv_cert_info(b->signer->leaf)->sha256,
	};
	struct rv_span json = member(r, b->body);
	struct tcb_info *t = NULL;
	struct qe_identity *q = NULL;

	if (!key_of(r, &key, id, RV_LEN(id), err))
		return false;
	*out = rv_run_cached(r, &key);
	if (!*out) {
		if (!check_signature(r, b, err))
			return false;
		if (b->kind == CACHE_TCB_INFO
			? !rv_tcb_info_read(json, &t, err)
			: !rv_qe_identity_read(json, &q, err))
			return rv_run_because(r, b->format, err);
		if (!(t ? rv_run_keep(r, &key, t, drop_tcb_info, out, err)
			: rv_run_keep(r, &key, q, drop_qe_identity, out, err)))
			return false;
	}
	rv_run_pass(r, "%zu bytes signed by '%s' %s", json.n,
		    rv_cert_info(b->signer->leaf)->subject,
		    rv_cert_info(b->signer->leaf)->serial);
	return true;
}

static bool check_bodies(struct run *r, struct rv_err *err)
{
	struct signed_body tcb = { RV_COLLATERAL_TCB_INFO,
				   RV_COLLATERAL_TCB_INFO_SIGNATURE,
				   r->tcb_signer,
				   RV_QUOTE_TCB_INFO_SIGNATURE,
				   RV_QUOTE_TCB_INFO_FORMAT,
				   CACHE_TCB_INFO };
	struct signed_body qe = { RV_COLLATERAL_QE_IDENTITY,
				  RV_COLLATERAL_QE_IDENTITY_SIGNATURE,
				  r->qeid_signer,
				  RV_QUOTE_QE_IDENTITY_SIGNATURE,
				  RV_QUOTE_QE_IDENTITY_FORMAT,
				  CACHE_QE_IDENTITY };
	const void *t, *q;

	rv_run_begin(r, CHECK_TCB_INFO_SIGNATURE);
	if (!read_signed(r, &tcb, &t, err))
		return false;
	rv_run_begin(r, CHECK_QE_IDENTITY_SIGNATURE);
	if (!read_signed(r, &qe, &q, err))
		return false;
	r->tcb_info = t;
	r->qe_identity = q;
	return true;
}

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
	if (!member(r, RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN).n)
		return rv_run_fail(r, RV_QUOTE_PCK_CHAIN_MISSING, err,
				   "the quote has the PCK certificate only,"
				   " the collateral no pck_crl_issuer_chain");
	if (!add_pem(&g, s, err))
		return rv_run_broken(r, err);
	rv_grow_add(&g, member(r, RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN).p,
		    member(r, RV_COLLATERAL_PCK_CRL_ISSUER_CHAIN).n);
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
		pem = member(r, RV_COLLATERAL_PCK_CERTIFICATE_CHAIN);
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
	return rv_run_chain(r, kind, member(r, m), &r->c->id[m], out, err);
}

/* ---- checks 8 to 10: does the collateral belong here? ---- */

static bool check_dates(struct run *r, struct rv_err *err)
{
	const struct tcb_info *t = r->tcb_info;
	const struct qe_identity *q = r->qe_identity;
	char from[32], to[32];

	rv_run_begin(r, CHECK_DATES);
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

static bool check_match(struct run *r, struct rv_err *err)
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

static bool masked_same(const uint8_t *a, const uint8_t *b, const uint8_t *mask,
			size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((a[i] & mask[i]) != (b[i] & mask[i]))
			return false;
	return true;
}

static bool check_tdx_module(struct run *r, struct rv_err *err)
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
	if (!masked_same(attr.p, m->attributes, m->mask, sizeof m->mask) ||
	    !rv_all_zero(attr))
		return rv_run_fail(r, RV_QUOTE_TDX_MODULE_MISMATCH, err,
				   "seam_attributes are not the module's");
	rv_run_pass(r, "version %u, SVN %u, signer and attributes as in %s",
		    svn.p[1], svn.p[0],
		    svn.p[1] ? "its identity" : "tdxModule");
	return true;
}

/* ---- checks 11 to 14: who signed the quote ---- */

static bool signed_by(struct run *r, const struct rv_key *key,
		      struct rv_span msg, struct rv_span sig,
		      enum rv_quote_code bad, const char *what,
		      struct rv_err *err)
{
	switch (rv_key_check_message(key, msg, sig.p)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return rv_run_fail(r, bad, err, "%s", what);
	case RV_CHECK_FAILED:
		break;
	}
	return rv_run_broken(r, err);
}

/* report_data = SHA-256(attestation key || auth data) || 32 zero bytes */
static bool names_the_key(struct run *r, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	uint8_t want[RV_DIGEST_MAX] = { 0 };
	struct rv_span got;

	if (!rv_digest_new(RV_SHA256, &d, err) ||
	    !rv_digest_add(d, r->quote.att_key.p, 64, err) ||
	    !rv_digest_add(d, r->quote.auth.p, r->quote.auth.n, err) ||
	    !rv_digest_end(d, want, err) ||
	    !rv_sub(r->quote.qe_report, 320, 64, &got))
		return rv_run_broken(r, err);
	if (!rv_same(got, rv_span(want, 64)))
		return rv_run_fail(r, RV_QUOTE_QE_REPORT_DATA, err,
				   "report_data of the QE is not the digest of"
				   " attestation key and auth data");
	return true;
}

/* Check 13: the fields of the QE report against Intel's identity of it. */
static bool check_qe_identity(struct run *r, struct rv_err *err)
{
	const struct qe_identity *q = r->qe_identity;
	const uint8_t *report = r->quote.qe_report.p;
	const char *what = NULL;
	unsigned prodid = report[256] | (unsigned)report[257] << 8;

	rv_run_begin(r, CHECK_QE_IDENTITY);
	if (!masked_same(report + 16, q->miscselect, q->miscselect_mask, 4))
		what = "miscselect";
	else if (!masked_same(report + 48, q->attributes, q->attributes_mask,
			      16))
		what = "attributes";
	else if (report[48] & 2)
		what = "attributes (it is a debug enclave)";
	else if (memcmp(report + 128, q->mrsigner, 32) != 0)
		what = "mrsigner";
	else if (prodid != q->isvprodid)
		what = "isvprodid";
	if (what)
		return rv_run_fail(r, RV_QUOTE_QE_IDENTITY_MISMATCH, err,
				   "the QE report differs from the identity"
				   " in %s",
				   what);
	rv_run_pass(r,
		    "miscselect, attributes, mrsigner, isvprodid %u are as"
		    " identified",
		    prodid);
	return true;
}

static void drop_key(void *p)
{
	struct rv_key *k = p;

	rv_key_free(&k);
}

/* What the QE said about its attestation key: all that goes into 11 to 14. */
static bool qe_key(struct run *r, struct cache_key *key, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	const struct rv_quote *q = &r->quote;

	key->kind = CACHE_QE_REPORT;
	return (rv_digest_new(RV_SHA256, &d, err) &&
		rv_digest_add(d, rv_cert_info(r->pck->leaf)->sha256.b, 32,
			      err) &&
		rv_digest_add(d, q->qe_report.p, q->qe_report.n, err) &&
		rv_digest_add(d, q->qe_signature.p, q->qe_signature.n, err) &&
		rv_digest_add(d, q->att_key.p, q->att_key.n, err) &&
		rv_digest_add(d, q->auth.p, q->auth.n, err) &&
		rv_digest_end(d, key->id.b, err)) ||
	       rv_run_broken(r, err);
}

/* Checks 11 and 12, unless the same report was found good before. */
static bool check_qe_report(struct run *r, bool known, struct rv_err *err)
{
	rv_run_begin(r, CHECK_QE_REPORT_SIGNATURE);
	if (!known &&
	    !signed_by(r, rv_cert_key(r->pck->leaf), r->quote.qe_report,
		       r->quote.qe_signature, RV_QUOTE_QE_REPORT_SIGNATURE,
		       "the PCK key did not sign the QE report", err))
		return false;
	rv_run_pass(r, "384 bytes signed by the PCK key %s",
		    rv_cert_info(r->pck->leaf)->serial);
	rv_run_begin(r, CHECK_QE_REPORT_DATA);
	if (!known && !names_the_key(r, err))
		return false;
	rv_run_pass(r,
		    "all 64 bytes: SHA-256 of the attestation key and"
		    " %zu bytes of auth data, then zeros",
		    r->quote.auth.n);
	return true;
}

static bool read_att_key(struct run *r, const struct cache_key *key,
			 struct rv_err *err)
{
	struct rv_key *made = NULL;
	const void *kept;

	switch (rv_key_read(r->quote.att_key.p, &made)) {
	case RV_CHECK_GOOD:
		break;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return rv_run_fail(r, RV_QUOTE_ATTESTATION_KEY, err,
				   "x, y are not a point of P-256");
	case RV_CHECK_FAILED:
		return rv_run_broken(r, err);
	}
	if (!rv_run_keep(r, key, made, drop_key, &kept, err))
		return false;
	r->att_key = kept;
	return true;
}

static bool check_signatures(struct run *r, struct rv_err *err)
{
	struct cache_key key;

	if (!qe_key(r, &key, err))
		return false;
	r->att_key = rv_run_cached(r, &key);
	if (!check_qe_report(r, r->att_key != NULL, err) ||
	    !check_qe_identity(r, err))
		return false;
	rv_run_begin(r, CHECK_ATTESTATION_KEY);
	if (!r->att_key && !read_att_key(r, &key, err))
		return false;
	rv_run_pass(r, "a point of P-256");
	rv_run_begin(r, CHECK_QUOTE_SIGNATURE);
	if (!signed_by(r, r->att_key, r->quote.signed_part, r->quote.signature,
		       RV_QUOTE_SIGNATURE,
		       "the attestation key did not sign the quote", err))
		return false;
	rv_run_pass(r, "%zu bytes signed by the attestation key",
		    r->quote.signed_part.n);
	return true;
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
		v->status =
		    rv_tcb_relaunch(v->launch.status, v->current.status);
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
	const char *module;

	rv_run_begin(r, CHECK_TCB);
	v->tcb_info_eval = r->tcb_info->eval;
	v->qe_identity_eval = r->qe_identity->eval;
	v->eval_number = v->tcb_info_eval < v->qe_identity_eval
			     ? v->tcb_info_eval
			     : v->qe_identity_eval;
	if (!evaluate(r, &in, err))
		return false;
	module = rv_tcb_status_name(v->launch.tdx_module);
	rv_run_pass(r, "platform %s, TDX module %s, QE %s: %s",
		    rv_tcb_status_name(v->launch.platform),
		    module ? module : "none", rv_tcb_status_name(v->launch.qe),
		    rv_tcb_status_name(v->status));
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
	return check_quote(r, quote, err) && check_collateral(r, err) &&
	       check_pck_chain(r, err) &&
	       check_signer(r, CHECK_TCB_CHAIN, CHAIN_TCB,
			    RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN, &r->tcb_signer,
			    err) &&
	       check_signer(r, CHECK_QEID_CHAIN, CHAIN_QEID,
			    RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
			    &r->qeid_signer, err) &&
	       rv_run_crls(r, err) && check_bodies(r, err) &&
	       check_dates(r, err) && check_match(r, err) &&
	       check_tdx_module(r, err) && check_signatures(r, err) &&
	       check_tcb(r, err);
}

/* A row for the check that failed, and one for each that it kept from us. */
static void close_rows(struct run *r)
{
	char why[sizeof r->out->row[0].detail];

	if (!r->v->explain || r->out->rows == RV_QUOTE_ROWS)
		return;
	snprintf(why, sizeof why, "%.190s", r->out->message);
	r->out->row[r->out->rows] =
	    (struct rv_quote_row){ .check = check_name[r->check],
				   .result = RV_ROW_FAIL };
	memcpy(r->out->row[r->out->rows++].detail, why, sizeof why);
	for (int c = (int)r->check + 1; c < CHECKS; c++) {
		rv_run_begin(r, (enum check)c);
		rv_run_skip(r, "not reached");
	}
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
		close_rows(&r);
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
	if (!rv_cache_new(&v->cache, err))
		return false;
	*out = RV_TAKE(v);
	return true;
}
