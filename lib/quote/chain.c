/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chain.c - certificate chains and revocation lists: checks 5 and 6. A chain
 * is not just valid: it has the length, the names and the roles that Intel
 * gives it, so that no certificate can stand in for another.
 */
#include "run.h"
#include "digest.h"
#include "pem.h"

#include <stdlib.h>

enum { CHAIN_MAX = 8 };

static const struct {
	const char *what;
	size_t length; /* without the root */
	enum rv_quote_code format, bad, untrusted, role, expired, early,
	    revoked;
} kinds[] = {
	[CHAIN_PCK] = { "PCK chain", 2, RV_QUOTE_PCK_CHAIN_FORMAT,
			RV_QUOTE_PCK_CHAIN, RV_QUOTE_PCK_CHAIN_UNTRUSTED,
			RV_QUOTE_PCK_CHAIN_ROLE, RV_QUOTE_PCK_CHAIN_EXPIRED,
			RV_QUOTE_PCK_CHAIN_NOT_YET_VALID,
			RV_QUOTE_PCK_CHAIN_REVOKED },
	[CHAIN_TCB] = { "TCB Info chain", 1, RV_QUOTE_TCB_CHAIN_FORMAT,
			RV_QUOTE_TCB_CHAIN, RV_QUOTE_TCB_CHAIN_UNTRUSTED,
			RV_QUOTE_TCB_CHAIN_ROLE, RV_QUOTE_TCB_CHAIN_EXPIRED,
			RV_QUOTE_TCB_CHAIN_NOT_YET_VALID,
			RV_QUOTE_TCB_CHAIN_REVOKED },
	[CHAIN_QEID] = { "QE identity chain", 1, RV_QUOTE_QEID_CHAIN_FORMAT,
			 RV_QUOTE_QEID_CHAIN, RV_QUOTE_QEID_CHAIN_UNTRUSTED,
			 RV_QUOTE_QEID_CHAIN_ROLE, RV_QUOTE_QEID_CHAIN_EXPIRED,
			 RV_QUOTE_QEID_CHAIN_NOT_YET_VALID,
			 RV_QUOTE_QEID_CHAIN_REVOKED },
};

static void free_chain(struct chain **c)
{
	if (!*c)
		return;
	rv_cert_free(&(*c)->leaf);
	rv_cert_free(&(*c)->middle);
	free(*c);
	*c = NULL;
}

static void drop_chain(void *p)
{
	struct chain *c = p;

	free_chain(&c);
}

/* The blocks of a chain as DER. */
struct blocks {
	struct rv_buf der[CHAIN_MAX];
	size_t n;
};

static void free_blocks(struct blocks *b)
{
	for (size_t i = 0; i < CHAIN_MAX; i++)
		rv_buf_free(&b->der[i]);
}

/* PEM, or for certification data of type 4 the leaf alone as DER. */
static bool read_blocks(struct run *r, enum chain_kind kind, struct rv_span pem,
			struct blocks *b, struct rv_err *err)
{
	while (!rv_pem_end(&pem)) {
		if (b->n == CHAIN_MAX)
			return rv_run_fail(r, kinds[kind].format, err,
					   "more than %d certificates",
					   CHAIN_MAX);
		if (!rv_pem_next(&pem, "CERTIFICATE", &b->der[b->n], err))
			return rv_run_because(r, kinds[kind].format, err);
		b->n++;
	}
	if (b->n == 0)
		return rv_run_fail(r, kinds[kind].format, err,
				   "%s: no certificate in it",
				   kinds[kind].what);
	return true;
}

/*
 * Take the root out, wherever it stands behind the leaf. It is compared with
 * the trusted one byte by byte and never parsed; a chain may leave it out.
 */
static bool take_root(struct run *r, enum chain_kind kind, struct blocks *b,
		      struct rv_err *err)
{
	struct rv_span root = rv_cert_info(r->v->root)->der;
	size_t i = b->n;

	while (i > 0 && !rv_same(rv_buf_span(&b->der[i - 1]), root))
		i--;
	if (i > 0) {
		rv_buf_free(&b->der[i - 1]);
		for (; i < b->n; i++)
			b->der[i - 1] = RV_TAKE(b->der[i]);
		b->n--;
		for (i = 0; i < b->n; i++)
			if (rv_same(rv_buf_span(&b->der[i]), root))
				return rv_run_fail(r, kinds[kind].format, err,
						   "%s: the root twice",
						   kinds[kind].what);
	} else if (b->n == kinds[kind].length + 1) {
		return rv_run_fail(r, kinds[kind].untrusted, err,
				   "%s: its root is not the trusted one",
				   kinds[kind].what);
	}
	if (b->n != kinds[kind].length)
		return rv_run_fail(r, kinds[kind].bad, err,
				   "%s: %zu certificates below the root,"
				   " not %zu",
				   kinds[kind].what, b->n, kinds[kind].length);
	return true;
}

/* Which rule an issuer breaks; NULL: none. */
static const char *unfit(const struct run *r, const struct rv_cert_info *i)
{
	if (!i->ca)
		return "it is no CA (basicConstraints)";
	if (!i->may_sign_certs)
		return "its key is not for signing certificates (keyUsage)";
	if (!i->p256)
		return "its key is not of the curve P-256";
	if (i->path_len < 0 && !r->v->test_pki)
		return "it says no path length (pathLenConstraint)";
	return NULL;
}

/* A root was given, and the rule is one that a test PKI need not keep. */
static const char *leave_out(const struct run *r)
{
	return r->v->intel_root || r->v->test_pki
		   ? ""
		   : "; of a test PKI --test-pki leaves this rule out";
}

static bool any_of(const char *s, const char *a, const char *b)
{
	return strcmp(s, a) == 0 || strcmp(s, b) == 0;
}

/*
 * Intel SGX PCK Certificate and CRL Profile, sections 1.3.1 to 1.3.5. Names and
 * path lengths of test certificates are anyone's; what each may sign is not.
 */
static bool roles_ok(struct run *r, enum chain_kind kind, const struct chain *c,
		     struct rv_err *err)
{
	static const char signer[] = "Intel SGX TCB Signing";
	const struct rv_cert_info *leaf = rv_cert_info(c->leaf);
	const struct rv_cert_info *root = rv_cert_info(r->v->root);
	const struct rv_cert_info *mid =
	    c->middle ? rv_cert_info(c->middle) : NULL;
	bool names =
	    kind == CHAIN_PCK
		? strcmp(leaf->subject, "Intel SGX PCK Certificate") == 0 &&
		      any_of(mid->subject, "Intel SGX PCK Platform CA",
			     "Intel SGX PCK Processor CA")
		: strcmp(leaf->subject, signer) == 0;

	if (leaf->ca || !leaf->may_sign_data || !leaf->p256)
		return rv_run_fail(r, kinds[kind].role, err,
				   "%s: '%s' may not sign as a leaf",
				   kinds[kind].what, leaf->subject);
	if (unfit(r, root) || (mid && unfit(r, mid))) {
		const struct rv_cert_info *bad = unfit(r, root) ? root : mid;

		return rv_run_fail(
		    r, kinds[kind].role, err,
		    "%s: '%s' may not issue certificates: %s%s",
		    kinds[kind].what, bad->subject, unfit(r, bad),
		    bad->ca && bad->may_sign_certs && bad->p256 ? leave_out(r)
								: "");
	}
	if (!r->v->test_pki &&
	    (!names || strcmp(root->subject, "Intel SGX Root CA") != 0))
		return rv_run_fail(r, kinds[kind].role, err,
				   "%s: '%s' under '%s', root '%s': not Intel's"
				   " names for this role%s",
				   kinds[kind].what, leaf->subject,
				   leaf->issuer, root->subject, leave_out(r));
	return true;
}

static bool path_ok(struct run *r, enum chain_kind kind, const struct chain *c,
		    struct rv_err *err)
{
	const char *why = "";

	switch (rv_cert_path(c->leaf, c->middle, r->v->root, !r->v->test_pki,
			     &why)) {
	case RV_CHECK_GOOD:
		return true;
	case RV_CHECK_OTHER:
		return rv_run_fail(r, kinds[kind].untrusted, err,
				   "%s: does not lead to the trusted root",
				   kinds[kind].what);
	case RV_CHECK_BAD:
		return rv_run_fail(r, kinds[kind].bad, err,
				   "%s: not a valid path (RFC 5280): %s%s",
				   kinds[kind].what, why, leave_out(r));
	case RV_CHECK_FAILED:
		break;
	}
	return rv_run_broken(r, err);
}

/* The extension is read now, once, but judged where its check is due. */
static void read_pck(struct run *r, struct chain *c)
{
	struct rv_span der;

	if (!rv_cert_extension(c->leaf, RV_SGX_EXTENSION, &der))
		rv_err_set(&c->pck_err, RV_INPUT,
			   "the PCK certificate has not one SGX extension");
	else
		c->has_pck =
		    rv_pck_read(der, r->v->test_pki, &c->pck, &c->pck_err);
}

static void drop_cert(void *p)
{
	struct rv_cert *c = p;

	rv_cert_free(&c);
}

/* Issuers are few: each is parsed once, whatever chain it stands in. */
static bool read_issuer(struct run *r, struct rv_span der, struct rv_cert **out,
			struct rv_err *err)
{
	struct rv_cache_key key = { CACHE_CERT, { { 0 } } };
	RV_AUTO(rv_cert_free) struct rv_cert *c = NULL;
	const struct rv_cert *known;
	const void *kept;

	if (!rv_sha256(der, &key.id, err))
		return false;
	known = rv_run_cached(r, &key);
	if (!known) {
		if (!rv_cert_read(der, &c, err))
			return false;
		if (!rv_run_keep(r, &key, rv_cert_share(c), drop_cert, &kept,
				 err))
			return false;
		*out = RV_TAKE(c);
		return true;
	}
	/* Shared, not changed: owners are counted apart from the contents. */
	*out = rv_cert_share((struct rv_cert *)(uintptr_t)known);
	return true;
}

static bool build(struct run *r, enum chain_kind kind, struct rv_span pem,
		  struct chain **out, struct rv_err *err)
{
	RV_AUTO(free_chain) struct chain *c = NULL;
	RV_AUTO(free_blocks) struct blocks b = { 0 };

	if (!read_blocks(r, kind, pem, &b, err) || !take_root(r, kind, &b, err))
		return false;
	c = calloc(1, sizeof *c);
	if (!c)
		return rv_run_broken(r, err);
	if (!rv_cert_read(rv_buf_span(&b.der[0]), &c->leaf, err) ||
	    (kinds[kind].length > 1 &&
	     !read_issuer(r, rv_buf_span(&b.der[1]), &c->middle, err)))
		return rv_run_because(r, kinds[kind].format, err);
	if (!path_ok(r, kind, c, err) || !roles_ok(r, kind, c, err))
		return false;
	if (kind == CHAIN_PCK)
		read_pck(r, c);
	*out = RV_TAKE(c);
	return true;
}

static bool in_time(struct run *r, enum chain_kind kind,
		    const struct rv_cert *cert, struct rv_err *err)
{
	const struct rv_cert_info *i = rv_cert_info(cert);

	return rv_run_window(r, i->not_before, i->not_after, kinds[kind].early,
			     kinds[kind].expired, i->subject, err);
}

bool rv_run_chain(struct run *r, enum chain_kind kind, struct rv_span pem,
		  const struct rv_sha256 *id, const struct chain **out,
		  struct rv_err *err)
{
	struct rv_cache_key key = { kind == CHAIN_PCK ? CACHE_PCK_CHAIN
						      : CACHE_SIGNER_CHAIN,
				    *id };
	const struct chain *c = rv_run_cached(r, &key);
	const void *kept;
	struct chain *made = NULL;

	if (!c) {
		if (!build(r, kind, pem, &made, err) ||
		    !rv_run_keep(r, &key, made, drop_chain, &kept, err))
			return false;
		c = kept;
	}
	if (!in_time(r, kind, c->leaf, err) ||
	    (c->middle && !in_time(r, kind, c->middle, err)) ||
	    !in_time(r, kind, r->v->root, err))
		return false;
	*out = c;
	rv_run_pass(r, "'%s' %s, issued by '%s', up to the %s root",
		    rv_cert_info(c->leaf)->subject,
		    rv_cert_info(c->leaf)->serial,
		    rv_cert_info(c->leaf)->issuer,
		    r->v->intel_root ? "Intel" : "given");
	return true;
}

/* ---- revocation lists ---- */

static void drop_crl(void *p)
{
	struct rv_crl *c = p;

	rv_crl_free(&c);
}

static bool build_crl(struct run *r, enum rv_collateral_member m,
		      const struct rv_cert *issuer, struct rv_crl **out,
		      struct rv_err *err)
{
	struct rv_span in = rv_buf_span(&r->c->member[m]);
	RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	const char *name = rv_collateral_name(m);

	if (in.n == 0)
		return rv_run_fail(r, RV_QUOTE_CRL_FORMAT, err,
				   "the collateral has no %s", name);
	if (!rv_crl_der(in, &der, err) ||
	    !rv_crl_read(rv_buf_span(&der), &crl, err)) {
		rv_err_in(err, "%s", name);
		return rv_run_because(r, RV_QUOTE_CRL_FORMAT, err);
	}
	switch (rv_crl_check(crl, issuer)) {
	case RV_CHECK_FAILED:
		return rv_run_broken(r, err);
	case RV_CHECK_OTHER:
		return rv_run_fail(r, RV_QUOTE_CRL_MISSING, err,
				   "%s is of '%s', needed is one of '%s'", name,
				   rv_crl_info(crl)->issuer,
				   rv_cert_info(issuer)->subject);
	case RV_CHECK_BAD:
		return rv_run_fail(r, RV_QUOTE_CRL_SIGNATURE, err,
				   "%s is not signed by '%s'", name,
				   rv_cert_info(issuer)->subject);
	case RV_CHECK_GOOD:
		break;
	}
	if (!rv_cert_info(issuer)->may_sign_crls)
		return rv_run_fail(r, RV_QUOTE_CRL_SIGNATURE, err,
				   "%s: '%s' may not sign it", name,
				   rv_cert_info(issuer)->subject);
	*out = RV_TAKE(crl);
	return true;
}

static bool get_crl(struct run *r, enum rv_collateral_member m,
		    const struct rv_cert *issuer, const struct rv_crl **out,
		    struct rv_err *err)
{
	struct rv_cache_key key = { CACHE_CRL, { { 0 } } };
	uint8_t both[64];
	const struct rv_crl *c;
	const void *kept;
	struct rv_crl *made = NULL;

	memcpy(both, r->c->id[m].b, 32);
	memcpy(both + 32, rv_cert_info(issuer)->sha256.b, 32);
	if (!rv_sha256(rv_span(both, sizeof both), &key.id, err))
		return rv_run_broken(r, err);
	c = rv_run_cached(r, &key);
	if (!c) {
		if (!build_crl(r, m, issuer, &made, err) ||
		    !rv_run_keep(r, &key, made, drop_crl, &kept, err))
			return false;
		c = kept;
	}
	if (!rv_run_window(r, rv_crl_info(c)->this_update,
			   rv_crl_info(c)->next_update,
			   RV_QUOTE_CRL_NOT_YET_VALID, RV_QUOTE_CRL_EXPIRED,
			   rv_collateral_name(m), err))
		return false;
	/* The root's list is made once a year: its age says nothing. */
	if (m == RV_COLLATERAL_PCK_CRL)
		rv_run_issued(r, rv_crl_info(c)->this_update);
	*out = c;
	return true;
}

static bool unlisted(struct run *r, const struct rv_crl *crl,
		     const struct rv_cert *cert, enum chain_kind kind,
		     struct rv_err *err)
{
	const struct rv_cert_info *i = rv_cert_info(cert);

	if (!rv_crl_lists(crl, cert))
		return true;
	return rv_run_fail(r, kinds[kind].revoked, err,
			   "'%s' %s is revoked by '%s'", i->subject, i->serial,
			   rv_crl_info(crl)->issuer);
}

static void crl_row(struct run *r, const struct rv_crl *crl)
{
	const struct rv_crl_info *i = rv_crl_info(crl);

	rv_run_pass(r, "of '%s', number %s, %zu revoked, none of ours",
		    i->issuer, i->number, i->revoked);
}

bool rv_run_crls(struct run *r, struct rv_err *err)
{
	rv_run_begin(r, CHECK_ROOT_CRL);
	if (!get_crl(r, RV_COLLATERAL_ROOT_CA_CRL, r->v->root, &r->root_crl,
		     err) ||
	    !unlisted(r, r->root_crl, r->pck->middle, CHAIN_PCK, err) ||
	    !unlisted(r, r->root_crl, r->tcb_signer->leaf, CHAIN_TCB, err) ||
	    !unlisted(r, r->root_crl, r->qeid_signer->leaf, CHAIN_QEID, err))
		return false;
	crl_row(r, r->root_crl);
	rv_run_begin(r, CHECK_PCK_CRL);
	if (!get_crl(r, RV_COLLATERAL_PCK_CRL, r->pck->middle, &r->pck_crl,
		     err) ||
	    !unlisted(r, r->pck_crl, r->pck->leaf, CHAIN_PCK, err))
		return false;
	crl_row(r, r->pck_crl);
	return true;
}
