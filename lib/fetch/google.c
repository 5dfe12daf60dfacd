/* SPDX-License-Identifier: Apache-2.0 */
/*
 * google.c - what Google says of a machine of its cloud: the authority that
 * certified the key of its vTPM, the root's list of revoked ones, and the
 * endorsement of its firmware by MRTD.
 * Nothing is verified here.
 */
#include "live.h"

#include <stdio.h>

enum { URL_LEN = 256 };

static const char bucket[] = "/gce_tcb_integrity/ovmf_x64_csm/tdx/";
static const char tcb_root[] =
    "https://pki.goog/cloud_integrity/GCE-cc-tcb-root_1.crt";

/* *@found is false where the place has no such object. */
static bool get(const char *url, const struct rv_fetch_net *net, bool *found,
		struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	struct rv_http_request r = rv_live_request(net, url);

	r.any_status = true;
	if (!rv_http(&r, &a, err))
		return false;
	/* A bucket that may not be listed says 403 of what is not in it. */
	*found = a.status == 200;
	if (*found)
		*out = RV_TAKE(a.body);
	return a.status == 200 || a.status == 404 || a.status == 403 ||
	       rv_fail(err, RV_INPUT, "%s: HTTP status %u", url, a.status);
}

static bool get_authority(const struct rv_evidence *e,
			  const struct rv_fetch_net *net, struct rv_buf *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files f = { 0 };
	char url[URL_LEN];
	bool found;

	if (!rv_gcp_issuer_url(rv_buf_span(&e->vtpm.certificate), url, err) ||
	    !get(url, net, &found, out, err))
		return false;
	if (!found)
		return rv_fail(err, RV_INPUT, "%s: it is not there", url);
	if (!rv_gcp_files_add(&f, rv_buf_span(out), err))
		return rv_in(err, "%s", url);
	return f.middles == 1 ||
	       rv_fail(err, RV_INPUT, "%s: not one authority's certificate",
		       url);
}

/* The list of the root that the authority's certificate names, if it does. */
static bool get_list(struct rv_span authority, const struct rv_fetch_net *net,
		     bool *found, struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files f = { 0 };
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files list = { 0 };
	struct rv_err why = { 0 };
	char url[URL_LEN];

	*found = false;
	if (!rv_gcp_files_add(&f, authority, err))
		return false;
	if (!rv_gcp_crl_url(rv_buf_span(&f.middle[0]), url, &why)) {
		if (why.code == RV_SYSTEM)
			*err = why;
		return why.code != RV_SYSTEM;
	}
	if (!get(url, net, found, out, err))
		return false;
	if (!*found)
		return true;
	if (!rv_gcp_files_add(&list, rv_buf_span(out), err))
		return rv_in(err, "%s", url);
	return list.crls == 1 ||
	       rv_fail(err, RV_INPUT, "%s: no revocation list", url);
}

static bool get_endorsement(const struct rv_evidence *e, const char *base,
			    const struct rv_fetch_net *net, bool *found,
			    struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files f = { 0 };
	char url[URL_LEN], hex[2 * sizeof(struct rv_sha384) + 1];
	struct rv_quote q;
	struct rv_span mrtd;

	if (!rv_quote_read(rv_buf_span(&e->quote), &q, err))
		return false;
	mrtd = rv_quote_field(&q, "mrtd");
	if (mrtd.n != sizeof(struct rv_sha384))
		return rv_fail(err, RV_INPUT, "a quote without MRTD");
	rv_hex(mrtd, hex);
	snprintf(url, sizeof url, "%s%s%s.binarypb", base, bucket, hex);
	if (!get(url, net, found, out, err))
		return false;
	if (!*found)
		return true;
	if (!rv_gcp_files_add(&f, rv_buf_span(out), err))
		return rv_in(err, "%s", url);
	return f.endorsement.n ||
	       rv_fail(err, RV_INPUT, "%s: no endorsement", url);
}

static bool get_root(const struct rv_fetch_net *net, bool *found,
		     struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files f = { 0 };

	if (!get(tcb_root, net, found, out, err))
		return false;
	if (!*found)
		return true;
	if (!rv_gcp_files_add(&f, rv_buf_span(out), err))
		return rv_in(err, "%s", tcb_root);
	return f.tcb_root.n ||
	       rv_fail(err, RV_INPUT,
		       "%s: another certificate than the one that is known",
		       tcb_root);
}

/* In the place of what was there. */
static void put(struct rv_vtpm_evidence *e, struct rv_buf *file, size_t n)
{
	for (size_t i = 0; i < e->files; i++)
		rv_buf_free(&e->file[i]);
	e->files = 0;
	for (size_t i = 0; i < n; i++)
		if (file[i].n)
			e->file[e->files++] = RV_TAKE(file[i]);
}

bool rv_fetch_google(struct rv_evidence *e, const char *base,
		     const struct rv_fetch_net *net, struct rv_google_got *out,
		     struct rv_err *err)
{
	struct rv_buf file[4] = { 0 };
	struct rv_google_got got = { 0 };
	bool good =
	    get_authority(e, net, &file[0], err) &&
	    get_list(rv_buf_span(&file[0]), net, &got.revocation, &file[3],
		     err) &&
	    get_endorsement(e, base, net, &got.endorsement, &file[1], err) &&
	    (!got.endorsement || get_root(net, &got.root, &file[2], err));

	if (good)
		put(&e->vtpm, file, RV_LEN(file));
	for (size_t i = 0; i < RV_LEN(file); i++)
		rv_buf_free(&file[i]);
	if (!good)
		return rv_in(err, "collateral");
	snprintf(got.from, sizeof got.from, "%s", base);
	*out = got;
	return true;
}
