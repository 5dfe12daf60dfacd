/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kds.c - what AMD says of a chip, from its key distribution service: the
 * certificate of the key that signed, those above it, and the list of those
 * that are revoked (AMD 57230, chapter 4). Nothing is verified here.
 */
#include "live.h"

#include "x509.h"

#include <stdio.h>

enum { URL_LEN = 1024, TURIN_ID = 8 };

/* What there is to be had, and into what it is put. */
struct chip {
	const struct rv_snp_report *report;
	const char *key; /* "vcek" or "vlek", as in URLs */
	const char *base;
	const struct rv_fetch_net *net;
};

static size_t base_length(const char *base)
{
	size_t n = strlen(base);

	while (n && base[n - 1] == '/')
		n--;
	return n;
}

static bool get(const struct chip *c, const char *path, bool any_status,
		struct rv_http_answer *out, struct rv_err *err)
{
	char url[URL_LEN];
	int n = snprintf(url, sizeof url, "%.*s/%s/v1/%s",
			 (int)base_length(c->base), c->base, c->key, path);
	struct rv_http_request r;

	if (n < 0 || (size_t)n >= sizeof url)
		return rv_fail(err, RV_USAGE, "%s: too long", c->base);
	r = rv_live_request(c->net, url);
	r.any_status = any_status;
	if (!rv_http(&r, out, err))
		return false;
	if (out->status != 200 && !(any_status && out->status == 404))
		return rv_fail(err, RV_INPUT, "%s: HTTP status %u", url,
			       out->status);
	return true;
}

/* The chip's certificate for the TCB that it reports. */
static bool get_leaf(const struct chip *c, enum rv_snp_product product,
		     struct rv_http_answer *out, struct rv_err *err)
{
	const struct rv_snp_report *r = c->report;
	bool turin = product == RV_SNP_TURIN;
	char id[2 * 64 + 1], path[320], fmc[16] = "";
	struct rv_snp_tcb t;

	if (!rv_snp_tcb_read(product, r->reported_tcb, &t))
		return rv_fail(err, RV_INPUT, "reported_tcb is none of a %s",
			       rv_snp_product_name(product));
	rv_hex(rv_span(r->chip_id.p, turin ? TURIN_ID : r->chip_id.n), id);
	if (turin)
		snprintf(fmc, sizeof fmc, "fmcSPL=%02u&", t.fmc);
	snprintf(path, sizeof path,
		 "%s/%s?%sblSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u",
		 rv_snp_product_name(product), id, fmc, t.bl, t.tee, t.snp,
		 t.ucode);
	return get(c, path, true, out, err);
}

/*
 * Which product the chip is: reports of version 2 do not say, and then the
 * service knows the chip under one of two names. The certificate comes along.
 */
static bool find(const struct chip *c, enum rv_snp_product *product,
		 struct rv_http_answer *leaf, struct rv_err *err)
{
	static const enum rv_snp_product old[] = { RV_SNP_MILAN, RV_SNP_GENOA };
	size_t n = RV_LEN(old);

	*product = rv_snp_report_product(c->report);
	if (*product != RV_SNP_UNKNOWN)
		n = 1;
	else if (c->report->has_cpuid)
		return rv_fail(err, RV_INPUT,
			       "CPUID family %#x, model %#x: a product that is"
			       " not known",
			       c->report->family, c->report->model);
	for (size_t i = 0; i < n; i++) {
		enum rv_snp_product p =
		    c->report->has_cpuid ? *product : old[i];

		rv_http_free(leaf);
		if (!get_leaf(c, p, leaf, err))
			return false;
		*product = p;
		if (leaf->status == 200)
			return true;
	}
	return rv_fail(err, RV_INPUT,
		       "%s: no certificate of this chip for this TCB", c->base);
}

static bool add(struct rv_snp_certs *certs, struct rv_http_answer *a,
		const char *what, struct rv_err *err)
{
	return rv_snp_certs_add(certs, rv_buf_span(&a->body), err) ||
	       rv_in(err, "%s", what);
}

/* The chain and the list, which are one for all chips of a product. */
static bool add_rest(const struct chip *c, enum rv_snp_product product,
		     struct rv_snp_certs *certs, struct rv_err *err)
{
	RV_AUTO(rv_http_free) struct rv_http_answer chain = { 0 };
	RV_AUTO(rv_http_free) struct rv_http_answer crl = { 0 };
	const char *name = rv_snp_product_name(product);
	char path[64];

	snprintf(path, sizeof path, "%s/cert_chain", name);
	if (!get(c, path, false, &chain, err) || !add(certs, &chain, path, err))
		return false;
	snprintf(path, sizeof path, "%s/crl", name);
	return get(c, path, false, &crl, err) && add(certs, &crl, path, err);
}

/* Each of them is there, and the list is one. */
static bool whole(const struct rv_snp_certs *certs, int64_t *next_update,
		  struct rv_err *err)
{
	RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;

	if (!certs->ask.n || !certs->leaf.n || !certs->crl.n)
		return rv_fail(err, RV_INPUT, "no %s came",
			       !certs->leaf.n ? "certificate of the chip"
			       : !certs->ask.n
				   ? "ASK"
				   : "list of revoked certificates");
	if (!rv_crl_read(rv_buf_span(&certs->crl), &crl, err))
		return false;
	*next_update = rv_crl_info(crl)->next_update;
	return true;
}

/* The certificate of a cloud's key is not for asking: it came along. */
static bool own_leaf(const struct rv_snp_evidence *e,
		     struct rv_snp_certs *certs, struct rv_err *err)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs own = { 0 };

	for (size_t i = 0; i < e->certs; i++)
		if (!rv_snp_certs_add(&own, rv_buf_span(&e->cert[i]), err))
			return rv_in(err, "certificates of the evidence");
	if (!own.leaf.n)
		return rv_fail(err, RV_INPUT,
			       "signed by a VLEK: its certificate comes from"
			       " the cloud, and is not in the evidence");
	certs->leaf = RV_TAKE(own.leaf);
	return true;
}

/* In the place of what was there. */
static void put(struct rv_snp_evidence *e, struct rv_snp_certs *certs)
{
	for (size_t i = 0; i < e->certs; i++)
		rv_buf_free(&e->cert[i]);
	e->cert[0] = RV_TAKE(certs->leaf);
	e->cert[1] = RV_TAKE(certs->ask);
	e->cert[2] = RV_TAKE(certs->crl);
	e->certs = 3;
}

static bool by_chip(const struct chip *c, struct rv_snp_certs *certs,
		    enum rv_snp_product *product, struct rv_err *err)
{
	RV_AUTO(rv_http_free) struct rv_http_answer leaf = { 0 };

	if (rv_all_zero(c->report->chip_id))
		return rv_fail(err, RV_INPUT,
			       "the report has no chip_id to ask for");
	return find(c, product, &leaf, err) && add(certs, &leaf, "VCEK", err);
}

bool rv_fetch_amd(struct rv_snp_evidence *e, const char *base,
		  const struct rv_fetch_net *net, struct rv_amd_got *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs certs = { 0 };
	struct rv_amd_got got = { 0 };
	struct rv_snp_report r;
	struct chip c = { .report = &r, .base = base, .net = net };

	if (!rv_snp_report_read(rv_buf_span(&e->report), &r, err))
		return false;
	if (r.signer > RV_SNP_VLEK)
		return rv_fail(err, RV_INPUT,
			       "the report names no key that AMD certifies");
	c.key = r.signer == RV_SNP_VLEK ? "vlek" : "vcek";
	got.product = rv_snp_report_product(&r);
	if (r.signer == RV_SNP_VLEK ? !own_leaf(e, &certs, err)
				    : !by_chip(&c, &certs, &got.product, err))
		return rv_in(err, "collateral");
	if (got.product == RV_SNP_UNKNOWN)
		return rv_fail(err, RV_INPUT,
			       "collateral: the report does not say which"
			       " product it is of");
	if (!add_rest(&c, got.product, &certs, err) ||
	    !whole(&certs, &got.next_update, err))
		return rv_in(err, "collateral");
	put(e, &certs);
	snprintf(got.from, sizeof got.from, "%s", base);
	*out = got;
	return true;
}
