/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu.c - what NVIDIA says of its devices, from its services or mirrors of
 * them: reference manifests by id, and OCSP answers about certificates. Nothing
 * is verified here.
 */
#include "live.h"

#include "json.h"
#include "ocsp.h"

#include <stdio.h>

enum { URL_LEN = 1024 };

static const char rim_path[] = "/v1/rim";

static const char *service(const char *name, const char *nvidia)
{
	if (strcmp(name, "nvidia") == 0)
		return nvidia;
	return strstr(name, "://") ? name : NULL;
}

const char *rv_gpu_rim_service(const char *name)
{
	return service(name, "https://rim.attestation.nvidia.com");
}

const char *rv_gpu_ocsp_service(const char *name)
{
	return service(name, "http://ocsp.ndis.nvidia.com");
}

/* Without "/" and "/v1/rim" at its end. */
static size_t base_length(const char *base)
{
	size_t n = strlen(base), t = sizeof rim_path - 1;

	while (n && base[n - 1] == '/')
		n--;
	if (n > t && memcmp(base + n - t, rim_path, t) == 0)
		n -= t;
	return n;
}

bool rv_fetch_gpu_rim(const char *base, const char *id,
		      const struct rv_fetch_net *net, bool *found,
		      struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_http_request r;
	struct rv_span rim;
	char url[URL_LEN];
	int n = snprintf(url, sizeof url, "%.*s%s/%s", (int)base_length(base),
			 base, rim_path, id);

	if (n < 0 || (size_t)n >= sizeof url)
		return rv_fail(err, RV_USAGE, "%s: too long", base);
	r = rv_live_request(net, url);
	r.any_status = true;
	if (!rv_http(&r, &a, err))
		return false;
	*found = a.status != 404;
	if (a.status == 404)
		return true;
	if (a.status != 200)
		return rv_fail(err, RV_INPUT, "%s: HTTP status %u", url,
			       a.status);
	if (!rv_json_parse(rv_buf_span(&a.body), "RIM", &j, err) ||
	    !rv_json_need_text(j, "rim", &rim, err))
		return rv_in(err, "%s", url);
	*out = RV_TAKE(a.body);
	return true;
}

bool rv_fetch_gpu_ocsp(const char *base, struct rv_span cert,
		       struct rv_span issuer, const struct rv_fetch_net *net,
		       struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf ask = { 0 };
	RV_AUTO(rv_ocsp_free) struct rv_ocsp *o = NULL;
	struct rv_http_request r = rv_live_request(net, base);
	struct rv_ocsp_said said;

	if (!rv_ocsp_request(cert, issuer, &ask, err))
		return false;
	/* RFC 6960, appendix A.1. */
	r.body = rv_buf_span(&ask);
	r.body_type = "application/ocsp-request";
	if (!rv_http(&r, &a, err))
		return false;
	if (!rv_ocsp_read(rv_buf_span(&a.body), &o, err) ||
	    !rv_ocsp_find(o, cert, issuer, &said, err))
		return rv_in(err, "%s", base);
	if (!said.found)
		return rv_fail(err, RV_INPUT,
			       "%s: an OCSP answer about another certificate",
			       base);
	*out = RV_TAKE(a.body);
	return true;
}
