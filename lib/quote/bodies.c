/* SPDX-License-Identifier: Apache-2.0 */
/* bodies.c - checks 4 and 7: the signed bodies, TCB Info and QE identity. */
#include "run.h"
#include "json.h"

/* An entry that says no more than that it is there. */
static char nothing;

static void drop_nothing(void *p)
{
	(void)p;
}

static bool bodies_ok(struct run *r, struct rv_err *err)
{
	if (!rv_json_object_ok(rv_run_member(r, RV_COLLATERAL_TCB_INFO), err))
		return rv_run_because(r, RV_QUOTE_TCB_INFO_FORMAT, err);
	if (!rv_json_object_ok(rv_run_member(r, RV_COLLATERAL_QE_IDENTITY),
			       err))
		return rv_run_because(r, RV_QUOTE_QE_IDENTITY_FORMAT, err);
	return true;
}

/*
 * Check 4. That the bodies are JSON objects is all that may be known before
 * their signatures are good; what they say is read after that.
 */
bool rv_run_collateral(struct run *r, struct rv_err *err)
{
	static const enum rv_collateral_member needed[] = {
		RV_COLLATERAL_TCB_INFO_ISSUER_CHAIN,
		RV_COLLATERAL_TCB_INFO,
		RV_COLLATERAL_TCB_INFO_SIGNATURE,
		RV_COLLATERAL_QE_IDENTITY_ISSUER_CHAIN,
		RV_COLLATERAL_QE_IDENTITY,
		RV_COLLATERAL_QE_IDENTITY_SIGNATURE,
	};
	struct rv_cache_key key = { CACHE_BODIES, { { 0 } } };
	const struct rv_sha256 *id[2];
	const void *kept;

	rv_run_begin(r, CHECK_COLLATERAL);
	if (!r->c)
		return rv_run_fail(r, RV_QUOTE_COLLATERAL_MISSING, err,
				   "without Intel's collateral nothing can be"
				   " verified");
	for (size_t i = 0; i < RV_LEN(needed); i++)
		if (!r->c->member[needed[i]].n)
			return rv_run_fail(r, RV_QUOTE_COLLATERAL_FORMAT, err,
					   "the collateral has no %s",
					   rv_collateral_name(needed[i]));
	id[0] = &r->c->id[RV_COLLATERAL_TCB_INFO];
	id[1] = &r->c->id[RV_COLLATERAL_QE_IDENTITY];
	if (!rv_run_key(r, &key, id, 2, err))
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
	enum rv_quote_code unreadable, bad, format;
	enum rv_quote_cached kind;
};

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without the white space between its members. */
static void compact(struct rv_span json, struct rv_grow *to)
{
	bool text = false;

	for (size_t i = 0; i < json.n; i++) {
		uint8_t c = json.p[i];

		if (text && c == '\\' && i + 1 < json.n)
			rv_grow_u8(to, json.p[i++]);
		else if (c == '"')
			text = !text;
		else if (!text && blank(c))
			continue;
		rv_grow_u8(to, json.p[i]);
	}
}

/*
 * What Intel did not sign as it stands. Intel's answer as a whole is malformed;
 * of a body that was written anew, the reason says so.
 */
static bool not_signed(struct run *r, const struct signed_body *b,
		       const uint8_t raw[64], struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span body = rv_run_member(r, b->body);
	const char *name = rv_collateral_name(b->body);
	static const char *const whole[] = { "{\"tcbInfo\":",
					     "{\"enclaveIdentity\":" };
	struct rv_span tight;

	compact(body, &g);
	if (g.failed)
		return rv_run_broken(r, err);
	tight = rv_buf_span(&g.buf);
	for (size_t i = 0; i < RV_LEN(whole); i++)
		if (rv_starts(tight, rv_text(whole[i])))
			return rv_run_fail(r, b->unreadable, err,
					   "%s holds Intel's whole answer, with"
					   " the signature in it, not the body"
					   " alone",
					   name);
	if (tight.n < body.n &&
	    rv_key_check_message(rv_cert_key(b->signer->leaf), tight, raw) ==
		RV_CHECK_GOOD)
		return rv_run_fail(r, b->bad, err,
				   "%s was reformatted: Intel's signature is"
				   " over the same without white space",
				   name);
	return rv_run_fail(r, b->bad, err,
			   "%s: '%s' did not sign these %zu"
			   " bytes%s",
			   name, rv_cert_info(b->signer->leaf)->subject, body.n,
			   rv_starts(tight, rv_text("{\"id\":"))
			       ? ""
			       : " (its members are not in Intel's order:"
				 " written anew?)");
}

static bool check_signature(struct run *r, const struct signed_body *b,
			    struct rv_err *err)
{
	uint8_t raw[64];

	if (!rv_unhex(rv_run_member(r, b->signature), raw, sizeof raw))
		return rv_run_fail(r, b->unreadable, err,
				   "%s: not 128 hex digits",
				   rv_collateral_name(b->signature));
	switch (rv_key_check_message(rv_cert_key(b->signer->leaf),
				     rv_run_member(r, b->body), raw)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return not_signed(r, b, raw, err);
	case RV_CHECK_FAILED:
		break;
	}
	return rv_run_broken(r, err);
}

/* Check 7, then the contents: check 4 for what is in a body. */
static bool read_signed(struct run *r, const struct signed_body *b,
			const void **out, struct rv_err *err)
{
	struct rv_cache_key key = { (int)b->kind, { { 0 } } };
	const struct rv_sha256 *id[] = {
		&r->c->id[b->body],
		&r->c->id[b->signature],
		&rv_cert_info(b->signer->leaf)->sha256,
	};
	struct rv_span json = rv_run_member(r, b->body);
	struct tcb_info *t = NULL;
	struct qe_identity *q = NULL;

	if (!rv_run_key(r, &key, id, RV_LEN(id), err))
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

bool rv_run_bodies(struct run *r, struct rv_err *err)
{
	struct signed_body tcb = { RV_COLLATERAL_TCB_INFO,
				   RV_COLLATERAL_TCB_INFO_SIGNATURE,
				   r->tcb_signer,
				   RV_QUOTE_TCB_INFO_SIGNATURE_FORMAT,
				   RV_QUOTE_TCB_INFO_SIGNATURE,
				   RV_QUOTE_TCB_INFO_FORMAT,
				   CACHE_TCB_INFO };
	struct signed_body qe = { RV_COLLATERAL_QE_IDENTITY,
				  RV_COLLATERAL_QE_IDENTITY_SIGNATURE,
				  r->qeid_signer,
				  RV_QUOTE_QE_IDENTITY_SIGNATURE_FORMAT,
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
