/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify.c - who signed a report: AMD's root (ARK) signs ASK, ASK the key of
 * one chip at one TCB (VCEK), and that the report. A cloud may use a key of its
 * own in place of the chip's (ASVK and VLEK).
 */
#include "snp.h"
#include "step.h"

#include <stdio.h>
#include <string.h>

/* RSASSA-PSS with SHA-384, MGF1 with SHA-384, salt 48 (RFC 4055, 3.1). */
#define PSS_PARTS                                                              \
	0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,      \
	    0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0xa1, 0x1c, 0x30, 0x1a, 0x06,  \
	    0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08, 0x30,  \
	    0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,  \
	    0x02, 0x05, 0x00, 0xa2, 0x03, 0x02, 0x01, 0x30
#define PSS_OID 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a
/* AMD writes the trailer field, whose value is the default, out. */
static const uint8_t pss_with_trailer[] = { 0x30, 0x46,	     PSS_OID, 0x30,
					    0x39, PSS_PARTS, 0xa3,    0x03,
					    0x02, 0x01,	     0x01 };
static const uint8_t pss[] = { 0x30, 0x41, PSS_OID, 0x30, 0x34, PSS_PARTS };

enum { HALF = 48, FIELD = 72, R_AT = 0x2a0, S_AT = 0x2e8 };

static const struct rv_outcome outcome[RV_SNP_OUTCOMES] = {
	[RV_SNP_GENUINE] = { "GENUINE", RV_OK },
	[RV_SNP_CERT_MISSING] = { "CERT_MISSING", RV_INPUT },
	[RV_SNP_CERT_FORMAT] = { "CERT_FORMAT", RV_INPUT },
	[RV_SNP_CERT_TIME] = { "CERT_TIME", RV_INPUT },
	[RV_SNP_PRODUCT_UNKNOWN] = { "PRODUCT_UNKNOWN", RV_INPUT },
	[RV_SNP_VLEK_REFUSED] = { "VLEK_REFUSED", RV_INPUT },
	[RV_SNP_CRL] = { "CRL", RV_INPUT },
	[RV_SNP_REVOKED] = { "REVOKED", RV_NO },
	[RV_SNP_CHAIN] = { "CHAIN", RV_NO },
	[RV_SNP_SIGNATURE] = { "SIGNATURE", RV_NO },
	[RV_SNP_SIGNER] = { "SIGNER", RV_NO },
	[RV_SNP_PRODUCT] = { "PRODUCT", RV_NO },
	[RV_SNP_CHIP] = { "CHIP", RV_NO },
	[RV_SNP_TCB] = { "TCB", RV_NO },
};

const char *rv_snp_outcome_name(enum rv_snp_outcome o)
{
	return outcome[o].name;
}

enum rv_code rv_snp_outcome_code(enum rv_snp_outcome o)
{
	return outcome[o].code;
}

/* One verification. */
struct run {
	const struct rv_snp_report *report;
	const struct rv_snp_options *options;
	struct rv_cert *root, *ask, *leaf; /* owned */
	bool kept;	    /* of the first two both signatures held before */
	struct rv_crl *crl; /* owned, or NULL */
	struct rv_snp_leaf said;     /* by the leaf */
	enum rv_snp_product product; /* of the root */
	struct rv_snp_verdict *out;
};

static void run_free(struct run *r)
{
	rv_cert_free(&r->root);
	rv_cert_free(&r->ask);
	rv_cert_free(&r->leaf);
	rv_crl_free(&r->crl);
}

#define stop(r, o, ...) RV_STOP((r)->out, o, __VA_ARGS__)

static enum rv_snp_product by_name(const char *s)
{
	for (enum rv_snp_product p = RV_SNP_MILAN; p <= RV_SNP_TURIN; p++) {
		size_t n = strlen(rv_snp_product_name(p));

		if (strncmp(s, rv_snp_product_name(p), n) == 0 &&
		    (!s[n] || s[n] == '-'))
			return p;
	}
	return RV_SNP_UNKNOWN;
}

/* @read: the same, where it was parsed already, or NULL. */
static enum rv_step read_cert(struct run *r, struct rv_span der,
			      struct rv_cert *read, struct rv_cert **out,
			      struct rv_err *err)
{
	if (read && rv_same(rv_cert_info(read)->der, der)) {
		*out = rv_cert_share(read);
		return RV_GO_ON;
	}
	if (rv_cert_read(der, out, err))
		return RV_GO_ON;
	return err->code == RV_SYSTEM
		   ? RV_BROKEN
		   : stop(r, RV_SNP_CERT_FORMAT, "%s", err->msg);
}

/* Root and ASK: those that are kept, else as they are given. */
static enum rv_step read_issuers(struct run *r, const struct rv_snp_certs *c,
				 struct rv_span root, struct rv_err *err)
{
	struct rv_span ask = rv_buf_span(&c->ask);
	enum rv_step step;

	if (!rv_snp_issuers_find(r->options->issuers, root, ask, &r->root,
				 &r->ask, err))
		return RV_BROKEN;
	r->kept = r->root != NULL;
	if (r->kept)
		return RV_GO_ON;
	step = read_cert(r, ask, c->ask_read, &r->ask, err);
	return step == RV_GO_ON ? read_cert(r, root, NULL, &r->root, err)
				: step;
}

/* The leaf, and the root that its product has, and the ASK between. */
static enum rv_step read_chain(struct run *r, const struct rv_snp_certs *c,
			       struct rv_err *err)
{
	struct rv_span root = r->options->root;
	struct rv_err why = { 0 };
	enum rv_step step;

	if (!c->leaf.n)
		return stop(r, RV_SNP_CERT_MISSING,
			    "no VCEK, which signs reports, was given");
	if (!c->ask.n)
		return stop(r, RV_SNP_CERT_MISSING,
			    "no ASK, which signs the VCEK, was given");
	step = read_cert(r, rv_buf_span(&c->leaf), c->leaf_read, &r->leaf, err);
	if (step != RV_GO_ON)
		return step;
	if (!rv_snp_leaf_read(r->leaf, &r->said, &why))
		return stop(r, RV_SNP_CERT_FORMAT, "%s", why.msg);
	if (c->crl.n && !rv_crl_read(rv_buf_span(&c->crl), &r->crl, &why)) {
		if (why.code != RV_SYSTEM)
			return stop(r, RV_SNP_CRL, "%s", why.msg);
		*err = why;
		return RV_BROKEN;
	}
	if (!root.n)
		root = rv_snp_root(by_name(r->said.product));
	if (!root.n)
		return stop(r, RV_SNP_PRODUCT_UNKNOWN,
			    "the VCEK is for %s, of which no root is known",
			    r->said.product);
	return read_issuers(r, c, root, err);
}

/* Signed with RSASSA-PSS of just these parameters. */
static bool is_pss(const struct rv_cert *c, bool *good, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf alg = { 0 };
	struct rv_span s;

	if (!rv_cert_algorithm(c, &alg, err))
		return false;
	s = rv_buf_span(&alg);
	*good = rv_same(s, rv_span(pss, sizeof pss)) ||
		rv_same(s, rv_span(pss_with_trailer, sizeof pss_with_trailer));
	return true;
}

/* One link; @issuer may be @cert itself. */
static enum rv_step check_link(struct run *r, const struct rv_cert *cert,
			       const struct rv_cert *issuer, const char *what,
			       struct rv_err *err)
{
	bool good;

	if (!is_pss(cert, &good, err))
		return RV_BROKEN;
	if (!good)
		return stop(r, RV_SNP_CHAIN,
			    "%s is not signed with RSASSA-PSS, SHA-384,"
			    " salt 48",
			    what);
	if (!rv_cert_info(issuer)->ca)
		return stop(r, RV_SNP_CHAIN, "who signed %s is no CA", what);
	switch (rv_cert_issued(cert, issuer)) {
	case RV_CHECK_GOOD:
		return RV_GO_ON;
	case RV_CHECK_OTHER:
		return stop(r, RV_SNP_CHAIN, "%s names another issuer", what);
	case RV_CHECK_BAD:
		return stop(r, RV_SNP_CHAIN, "%s is not signed by its issuer",
			    what);
	case RV_CHECK_FAILED:
		break;
	}
	rv_err_no_memory(err, "SEV-SNP certificates");
	return RV_BROKEN;
}

static enum rv_step check_times(struct run *r)
{
	const struct rv_cert *const all[] = { r->root, r->ask, r->leaf };
	struct rv_snp_verdict *v = r->out;
	char from[32], to[32];

	rv_cert_window(all, RV_LEN(all), &v->not_before, &v->not_after);
	if (r->options->at >= v->not_before && r->options->at <= v->not_after)
		return RV_GO_ON;
	rv_time_text(v->not_before, from);
	rv_time_text(v->not_after, to);
	return stop(r, RV_SNP_CERT_TIME,
		    "the certificates are valid together from %s to %s", from,
		    to);
}

/*
 * The root's own list, of this time. AMD lists ASKs there (57230, section 3);
 * whatever it lists is revoked.
 */
static enum rv_step check_revoked(struct run *r, struct rv_err *err)
{
	const struct rv_crl_info *info;
	struct rv_snp_verdict *v = r->out;

	if (!r->crl)
		return RV_GO_ON;
	info = rv_crl_info(r->crl);
	switch (rv_crl_check(r->crl, r->root)) {
	case RV_CHECK_GOOD:
		break;
	case RV_CHECK_OTHER:
		return stop(r, RV_SNP_CRL,
			    "the revocation list is of %s, not of the root",
			    *info->issuer ? info->issuer : "another issuer");
	case RV_CHECK_BAD:
		return stop(r, RV_SNP_CRL,
			    "the revocation list is not signed by the root");
	case RV_CHECK_FAILED:
		rv_err_no_memory(err, "SEV-SNP revocation list");
		return RV_BROKEN;
	}
	if (rv_crl_lists(r->crl, r->ask))
		return stop(r, RV_SNP_REVOKED, "the ASK is revoked");
	if (rv_crl_lists(r->crl, r->root))
		return stop(r, RV_SNP_REVOKED, "the root is revoked");
	if (r->options->at < info->this_update ||
	    r->options->at > info->next_update)
		return stop(r, RV_SNP_CRL,
			    "the revocation list is of another time");
	v->has_crl = true;
	snprintf(v->crl, sizeof v->crl, "%s", info->number);
	if (info->this_update > v->not_before)
		v->not_before = info->this_update;
	if (info->next_update < v->not_after)
		v->not_after = info->next_update;
	return RV_GO_ON;
}

/* The root by itself, and the ASK by it; what held is kept. */
static enum rv_step check_issuers(struct run *r, struct rv_err *err)
{
	enum rv_step step;

	if (r->kept)
		return RV_GO_ON;
	step = check_link(r, r->root, r->root, "the root", err);
	if (step == RV_GO_ON)
		step = check_link(r, r->ask, r->root, "the ASK", err);
	if (step == RV_GO_ON &&
	    !rv_snp_issuers_keep(r->options->issuers, r->root, r->ask, err))
		return RV_BROKEN;
	return step;
}

static enum rv_step check_chain(struct run *r, struct rv_err *err)
{
	const char *root = rv_cert_info(r->root)->subject;
	enum rv_step step = check_issuers(r, err);

	if (step == RV_GO_ON)
		step = check_link(r, r->leaf, r->ask, "the VCEK", err);
	if (step != RV_GO_ON)
		return step;
	if (!rv_cert_info(r->leaf)->p384 || rv_cert_info(r->leaf)->ca)
		return stop(r, RV_SNP_CHAIN, "the VCEK is no key of P-384");
	r->product =
	    strncmp(root, "ARK-", 4) == 0 ? by_name(root + 4) : RV_SNP_UNKNOWN;
	if (r->product == RV_SNP_UNKNOWN)
		return stop(r, RV_SNP_PRODUCT_UNKNOWN,
			    "the root is called %s, not ARK-Milan and the like",
			    root);
	if (by_name(r->said.product) != r->product)
		return stop(r, RV_SNP_PRODUCT,
			    "the VCEK is for %s, its root %s", r->said.product,
			    root);
	return check_times(r);
}

/* r and s, 72 little-endian bytes each, as 48 big-endian ones. */
static bool take_signature(struct rv_span report, uint8_t out[2 * HALF])
{
	static const size_t at[] = { R_AT, S_AT };

	for (size_t i = 0; i < 2; i++) {
		if (!rv_all_zero(
			rv_span(report.p + at[i] + HALF, FIELD - HALF)))
			return false;
		for (size_t k = 0; k < HALF; k++)
			out[i * HALF + k] = report.p[at[i] + HALF - 1 - k];
	}
	return true;
}

static enum rv_step check_signature(struct run *r, struct rv_err *err)
{
	struct rv_sha384 digest;
	uint8_t sig[2 * HALF];

	if (!rv_sha384(rv_span(r->report->bytes.p, RV_SNP_SIGNED), &digest,
		       err))
		return RV_BROKEN;
	if (!take_signature(r->report->bytes, sig))
		return stop(r, RV_SNP_SIGNATURE, "r or s is above 2^384");
	switch (rv_key_check_p384(rv_cert_key(r->leaf), &digest, sig)) {
	case RV_CHECK_GOOD:
		return RV_GO_ON;
	case RV_CHECK_BAD:
	case RV_CHECK_OTHER:
		return stop(r, RV_SNP_SIGNATURE,
			    "the VCEK did not sign this report");
	case RV_CHECK_FAILED:
		break;
	}
	rv_err_no_memory(err, "SEV-SNP signature");
	return RV_BROKEN;
}

/* The report names its key, chip and TCB: the certificate's? */
static enum rv_step check_signer(struct run *r)
{
	const struct rv_snp_report *p = r->report;
	bool turin = r->product == RV_SNP_TURIN;
	size_t n = turin ? 8 : 64;

	if (p->signer != RV_SNP_VCEK && p->signer != RV_SNP_VLEK)
		return stop(r, RV_SNP_SIGNER, "the report says that %s",
			    p->signer == RV_SNP_NOBODY
				? "no key signed it"
				: "an unknown kind of key signed it");
	if (p->signer == RV_SNP_VLEK && !*r->said.csp)
		return stop(r, RV_SNP_SIGNER,
			    "signed by a VLEK, says the report; the certificate"
			    " names no cloud");
	if (p->signer == RV_SNP_VLEK && !r->options->allow_vlek)
		return stop(r, RV_SNP_VLEK_REFUSED,
			    "signed by a key of the cloud %s, not of a chip",
			    r->said.csp);
	if (p->signer == RV_SNP_VCEK &&
	    (!r->said.has_hwid || r->said.hwid_n != n ||
	     !rv_same(rv_span(p->chip_id.p, n), rv_span(r->said.hwid, n)) ||
	     !rv_all_zero(rv_span(p->chip_id.p + n, 64 - n))))
		return stop(r, RV_SNP_CHIP,
			    "the VCEK is not of the chip that chip_id names");
	return RV_GO_ON;
}

static enum rv_step check_product(struct run *r)
{
	enum rv_snp_product p = rv_snp_report_product(r->report);

	if (!r->report->has_cpuid || p == r->product)
		return RV_GO_ON;
	if (p == RV_SNP_UNKNOWN)
		return stop(r, RV_SNP_PRODUCT_UNKNOWN,
			    "family %02xh, model %02xh: of no known product",
			    r->report->family, r->report->model);
	return stop(r, RV_SNP_PRODUCT, "the report is of %s, its VCEK of %s",
		    rv_snp_product_name(p), rv_snp_product_name(r->product));
}

static enum rv_step check_tcb(struct run *r)
{
	struct rv_snp_tcb *t = &r->out->tcb;
	const struct rv_snp_tcb *c = &r->said.tcb;

	if (!rv_snp_tcb_read(r->product, r->report->reported_tcb, t))
		return stop(r, RV_SNP_TCB,
			    "reported_tcb has reserved bytes that are set");
	if (t->bl != c->bl || t->tee != c->tee || t->snp != c->snp ||
	    t->ucode != c->ucode ||
	    r->said.has_fmc != (r->product == RV_SNP_TURIN) || t->fmc != c->fmc)
		return stop(r, RV_SNP_TCB,
			    "reported_tcb: bootloader %u, TEE %u, SNP %u,"
			    " microcode %u; the VCEK is for %u, %u, %u, %u",
			    t->bl, t->tee, t->snp, t->ucode, c->bl, c->tee,
			    c->snp, c->ucode);
	return RV_GO_ON;
}

static void genuine(struct run *r)
{
	const struct rv_snp_report *p = r->report;
	struct rv_snp_verdict *v = r->out;

	v->outcome = RV_SNP_GENUINE;
	v->product = r->product;
	v->up_to_date = rv_same(p->current_tcb, p->reported_tcb) &&
			rv_same(p->committed_tcb, p->reported_tcb) &&
			rv_same(p->launch_tcb, p->reported_tcb);
	if (p->signer == RV_SNP_VLEK)
		memcpy(v->csp, r->said.csp, sizeof v->csp);
}

bool rv_snp_verify(const struct rv_snp_report *report,
		   const struct rv_snp_certs *c, const struct rv_snp_options *o,
		   struct rv_snp_verdict *out, struct rv_err *err)
{
	RV_AUTO(run_free)
	struct run r = { .report = report, .options = o, .out = out };
	struct rv_err failed = { 0 };
	enum rv_step step;

	/* Until the last check has passed, nothing is genuine. */
	*out = (struct rv_snp_verdict){ .outcome = RV_SNP_CERT_MISSING };
	if (!rv_crypto_start(err))
		return false;
	step = read_chain(&r, c, &failed);
	if (step == RV_GO_ON)
		step = check_chain(&r, &failed);
	if (step == RV_GO_ON)
		step = check_revoked(&r, &failed);
	if (step == RV_GO_ON)
		step = check_signature(&r, &failed);
	if (step == RV_GO_ON)
		step = check_product(&r);
	if (step == RV_GO_ON)
		step = check_signer(&r);
	if (step == RV_GO_ON)
		step = check_tcb(&r);
	if (step == RV_GO_ON)
		genuine(&r);
	if (step == RV_BROKEN)
		*err = failed;
	return step != RV_BROKEN;
}
