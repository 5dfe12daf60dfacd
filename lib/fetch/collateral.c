/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collateral.c - what Intel says about a platform, from its service (PCS) or a
 * cache of it (PCCS): four answers, put into the exchange form, and kept in a
 * folder of files by platform and update set. Nothing is verified here.
 */
#include "live.h"

#include "atomic.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { URL_LEN = 1024, CACHED_MAX = 4 << 20 };

static const char intel_root_crl[] =
    "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der";

const char *rv_collateral_service(const char *name, enum rv_collateral_of *of)
{
	static const struct {
		const char *name, *base;
		enum rv_collateral_of of;
	} known[] = {
		{ "intel", "https://api.trustedservices.intel.com",
		  RV_COLLATERAL_INTEL },
		{ "phala", "https://pccs.phala.network", RV_COLLATERAL_INTEL },
		{ "amd", "https://kdsintf.amd.com", RV_COLLATERAL_AMD },
		{ "google", "https://storage.googleapis.com",
		  RV_COLLATERAL_GOOGLE },
	};

	for (size_t i = 0; i < RV_LEN(known); i++)
		if (strcmp(name, known[i].name) == 0) {
			*of = known[i].of;
			return known[i].base;
		}
	*of = RV_COLLATERAL_ANY;
	return strstr(name, "://") ? name : NULL;
}

/* The answers, while they are collected. All owned. */
struct answers {
	struct rv_http_answer tcb, qe, crl, root;
	struct rv_buf tcb_chain, qe_chain, crl_chain, pck_crl, root_crl;
};

static void answers_free(struct answers *a)
{
	rv_http_free(&a->tcb);
	rv_http_free(&a->qe);
	rv_http_free(&a->crl);
	rv_http_free(&a->root);
	rv_buf_free(&a->tcb_chain);
	rv_buf_free(&a->qe_chain);
	rv_buf_free(&a->crl_chain);
	rv_buf_free(&a->pck_crl);
	rv_buf_free(&a->root_crl);
}

/* Without "/" and "/{sgx,tdx}/certification/v4" at its end. */
static size_t base_length(const char *base)
{
	static const char *const tail[] = { "/sgx/certification/v4",
					    "/tdx/certification/v4" };
	size_t n = strlen(base);

	while (n && base[n - 1] == '/')
		n--;
	for (size_t i = 0; i < RV_LEN(tail); i++) {
		size_t t = strlen(tail[i]);

		if (n > t && memcmp(base + n - t, tail[i], t) == 0)
			n -= t;
	}
	return n;
}

static bool get(const struct rv_collateral_ask *ask,
		const struct rv_fetch_net *net, const char *path,
		bool any_status, struct rv_http_answer *out, struct rv_err *err)
{
	char url[URL_LEN];
	int n = snprintf(url, sizeof url, "%.*s%s", (int)base_length(ask->base),
			 ask->base, path);
	struct rv_http_request r;

	if (n < 0 || (size_t)n >= sizeof url)
		return rv_fail(err, RV_USAGE, "%s: too long", ask->base);
	r = rv_live_request(net, url);
	r.any_status = any_status;
	return rv_http(&r, out, err);
}

/* A chain in the header @name, or in the one that older caches use. */
static bool chain(const struct rv_http_answer *a, const char *name,
		  const char *old, struct rv_buf *out, struct rv_err *err)
{
	struct rv_span h = rv_http_header(a, name);

	if (!h.n && old)
		h = rv_http_header(a, old);
	return rv_pcs_chain(h, name, out, err);
}

/*
 * The root's list: a PCCS has it beside the rest; Intel's service does not,
 * it lies where the certificates are.
 */
static bool get_root(const struct rv_collateral_ask *ask,
		     const struct rv_fetch_net *net, struct answers *a,
		     struct rv_err *err)
{
	struct rv_http_request r = rv_live_request(net, intel_root_crl);

	if (!ask->root_crl) {
		if (!get(ask, net, "/sgx/certification/v4/rootcacrl", true,
			 &a->root, err))
			return false;
		if (a->root.status == 200)
			return true;
		if (a->root.status != 404)
			return rv_fail(err, RV_INPUT,
				       "%s: rootcacrl: HTTP status %u",
				       ask->base, a->root.status);
		rv_http_free(&a->root);
	} else {
		r.url = ask->root_crl;
	}
	return rv_http(&r, &a->root, err);
}

static bool ask_service(const struct rv_platform *p,
			const struct rv_collateral_ask *ask,
			const struct rv_fetch_net *net, struct answers *a,
			struct rv_err *err)
{
	const char *tee = p->tdx ? "tdx" : "sgx";
	char path[160];

	snprintf(path, sizeof path, "/%s/certification/v4/tcb?fmspc=%s%s", tee,
		 p->fmspc, ask->early ? "&update=early" : "");
	if (!get(ask, net, path, false, &a->tcb, err))
		return false;
	snprintf(path, sizeof path, "/%s/certification/v4/qe/identity%s", tee,
		 ask->early ? "?update=early" : "");
	if (!get(ask, net, path, false, &a->qe, err))
		return false;
	snprintf(path, sizeof path,
		 "/sgx/certification/v4/pckcrl?ca=%s&encoding=der", p->ca);
	return get(ask, net, path, false, &a->crl, err) &&
	       get_root(ask, net, a, err);
}

static bool put_together(struct answers *a, struct rv_buf *out,
			 struct rv_err *err)
{
	struct rv_pcs p = { 0 };

	if (!rv_pcs_signed(rv_buf_span(&a->tcb.body), "tcbInfo", &p.tcb_info,
			   &p.tcb_info_signature, err) ||
	    !rv_pcs_signed(rv_buf_span(&a->qe.body), "enclaveIdentity",
			   &p.qe_identity, &p.qe_identity_signature, err) ||
	    !chain(&a->tcb, "TCB-Info-Issuer-Chain",
		   "SGX-TCB-Info-Issuer-Chain", &a->tcb_chain, err) ||
	    !chain(&a->qe, "SGX-Enclave-Identity-Issuer-Chain", NULL,
		   &a->qe_chain, err) ||
	    !chain(&a->crl, "SGX-PCK-CRL-Issuer-Chain", NULL, &a->crl_chain,
		   err) ||
	    !rv_pcs_crl(rv_buf_span(&a->crl.body), "pckcrl", &a->pck_crl,
			err) ||
	    !rv_pcs_crl(rv_buf_span(&a->root.body), "rootcacrl", &a->root_crl,
			err))
		return false;
	p.tcb_chain = rv_buf_span(&a->tcb_chain);
	p.qe_chain = rv_buf_span(&a->qe_chain);
	p.crl_chain = rv_buf_span(&a->crl_chain);
	p.pck_crl = rv_buf_span(&a->pck_crl);
	p.root_crl = rv_buf_span(&a->root_crl);
	return rv_pcs_write(&p, out, err);
}

static bool cache_file(const struct rv_platform *p,
		       const struct rv_collateral_ask *ask, char out[URL_LEN],
		       struct rv_err *err)
{
	int n = snprintf(out, URL_LEN, "%s/%s-%s-%s-%s.json", ask->cache,
			 p->tdx ? "tdx" : "sgx", p->fmspc, p->ca,
			 ask->early ? "early" : "standard");

	if (n < 0 || n >= URL_LEN)
		return rv_fail(err, RV_USAGE, "%s: too long", ask->cache);
	return true;
}

bool rv_fetch_cached(const struct rv_platform *p,
		     const struct rv_collateral_ask *ask,
		     struct rv_collateral_got *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_collateral_got got = { .cached = true };
	char path[URL_LEN];

	if (!cache_file(p, ask, path, err) ||
	    !rv_buf_read(path, CACHED_MAX, &b, err))
		return false;
	if (!rv_pcs_about(rv_buf_span(&b), p, &got.next_update, err))
		return rv_in(err, "%s", path);
	got.stale = got.next_update < ask->now;
	snprintf(got.from, sizeof got.from, "%s", path);
	got.json = RV_TAKE(b);
	*out = got;
	return true;
}

bool rv_fetch_collateral(const struct rv_platform *p,
			 const struct rv_collateral_ask *ask,
			 const struct rv_fetch_net *net,
			 struct rv_collateral_got *out, struct rv_err *err)
{
	RV_AUTO(answers_free) struct answers a = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf json = { 0 };
	struct rv_collateral_got got = { 0 };
	struct rv_err ignored = { 0 };
	char path[URL_LEN];

	if (ask->cache && !ask->refresh &&
	    rv_fetch_cached(p, ask, &got, &ignored)) {
		if (!got.stale) {
			*out = got;
			return true;
		}
		rv_buf_free(&got.json);
	}
	got = (struct rv_collateral_got){ 0 };
	if (!ask_service(p, ask, net, &a, err) ||
	    !put_together(&a, &json, err) ||
	    !rv_pcs_about(rv_buf_span(&json), p, &got.next_update, err))
		return rv_in(err, "collateral");
	if (ask->cache) {
		if (mkdir(ask->cache, 0777) != 0 && errno != EEXIST)
			return rv_fail(err, RV_SYSTEM, "%s: %s", ask->cache,
				       strerror(errno));
		if (!cache_file(p, ask, path, err) ||
		    !rv_atomic_write(path, rv_buf_span(&json), err))
			return false;
	}
	got.stale = got.next_update < ask->now;
	snprintf(got.from, sizeof got.from, "%s", ask->base);
	got.json = RV_TAKE(json);
	*out = got;
	return true;
}
