/* SPDX-License-Identifier: Apache-2.0 */
/*
 * web.c - evidence behind a URL, in whatever container; and the certificate
 * of a TLS endpoint, which may be evidence itself (RA-TLS).
 */
#include "live.h"
#include "json.h"

#include <stdio.h>

enum { HOST_URL = 300 };

static const char mark[] = "{report_data}";

/* @url with report_data's hex in the place of the mark, if there is one. */
static bool expand(const char *url, const struct rv_fetch_ask *ask,
		   struct rv_buf *out, bool *asked, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const char *at = strstr(url, mark);
	char hex[2 * RV_REPORT_DATA + 1];

	rv_hex(rv_span(ask->report_data, RV_REPORT_DATA), hex);
	rv_grow_add(&g, url, at ? (size_t)(at - url) : strlen(url));
	if (at)
		rv_grow_text(&g, hex);
	if (at)
		rv_grow_text(&g, at + sizeof mark - 1);
	*asked = at != NULL;
	return rv_grow_take(&g, out, err);
}

/* scheme://authority of @url, and @path behind it. */
static bool beside(const char *url, const char *path, struct rv_buf *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const char *host = strstr(url, "://");

	if (!host)
		return rv_fail(err, RV_USAGE, "%s: not a URL", url);
	rv_grow_add(&g, url,
		    (size_t)(host - url) + 3 + strcspn(host + 3, "/?#"));
	rv_grow_text(&g, path);
	return rv_grow_take(&g, out, err);
}

/* The page shows tcb_info; the quote is behind Worker.Info, if it is there. */
static bool read_page(const char *url, const struct rv_fetch_net *net,
		      struct rv_span html, struct rv_evidence *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence info = { 0 };
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf worker = { 0 };
	struct rv_http_request r;

	if (!rv_page_tcb_info(html, &text, err) ||
	    !rv_evidence_read(rv_buf_span(&text), NULL, &e, err) ||
	    !beside(url, "/prpc/Worker.Info", &worker, err))
		return rv_in(err, "%s", url);
	r = rv_live_request(net, (const char *)worker.p);
	r.any_status = true;
	if (!rv_http(&r, &a, err))
		return false;
	if (a.status == 200) {
		if (!rv_live_info(rv_buf_span(&a.body), true, &info, err))
			return rv_in(err, "%s", (const char *)worker.p);
		if (!rv_evidence_join(&e, "the page", &info, "Worker.Info",
				      err))
			return false;
	}
	*out = RV_TAKE(e);
	return true;
}

static bool is_html(const struct rv_http_answer *a)
{
	struct rv_span s = rv_buf_span(&a->body);

	while (s.n && strchr(" \t\r\n", *s.p) && *s.p)
		s = rv_span(s.p + 1, s.n - 1);
	return s.n && *s.p == '<';
}

static bool is_info(const struct rv_http_answer *a)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err ignored = { 0 };

	return rv_json_parse(rv_buf_span(&a->body), "answer", &j, &ignored) &&
	       rv_json_get(j, "app_cert") && rv_json_get(j, "tcb_info");
}

bool rv_fetch_url(const char *url, const struct rv_fetch_net *net,
		  const struct rv_fetch_ask *ask, struct rv_fetched *out,
		  struct rv_err *err)
{
	const struct rv_evidence_options opts = { .instance = ask->instance };
	RV_AUTO(rv_fetched_free) struct rv_fetched f = { 0 };
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf full = { 0 };
	struct rv_http_request r;
	const char *api = "url";

	if (!expand(url, ask, &full, &f.asked, err))
		return false;
	r = rv_live_request(net, (const char *)full.p);
	if (!rv_http(&r, &a, err))
		return false;
	if (is_html(&a)) {
		api = "page";
		if (!read_page((const char *)full.p, net, rv_buf_span(&a.body),
			       &f.evidence, err))
			return false;
	} else if (is_info(&a)) {
		api = "Worker.Info";
		if (!rv_live_info(rv_buf_span(&a.body), true, &f.evidence, err))
			return rv_in(err, "%s", url);
	} else if (!rv_evidence_read(rv_buf_span(&a.body), &opts, &f.evidence,
				     err)) {
		return rv_in(err, "%s", url);
	}
	if (!rv_live_source(&f.evidence, (const char *)full.p, api, err))
		return false;
	*out = RV_TAKE(f);
	return true;
}

/* Extensions below 1.3.6.1.4.1.62397.1: dstack's RA-TLS (DSTACK.md 4.2). */
static bool has_ratls(struct rv_span der)
{
	static const uint8_t oid[] = { 0x06, 0x0a, 0x2b, 0x06, 0x01, 0x04,
				       0x01, 0x83, 0xe7, 0x3d, 0x01 };

	for (size_t i = 0; i + sizeof oid <= der.n; i++)
		if (memcmp(der.p + i, oid, sizeof oid) == 0)
			return true;
	return false;
}

/* "HOST:PORT", "HOST" or "[ADDRESS]:PORT", in two parts. */
static bool split(const char *at, struct rv_evidence_tls *out,
		  struct rv_err *err)
{
	size_t n = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, ":");
	uint64_t port = 443;

	if (strpbrk(at, "/?#@ \t") || n == 0 || n > strlen(at) ||
	    (at[n] && (at[n] != ':' ||
		       !rv_decimal(rv_text(at + n + 1), 65535, &port))) ||
	    port == 0)
		return rv_fail(err, RV_USAGE, "%s: not HOST:PORT", at);
	out->port = (unsigned)port;
	return rv_text_copy(rv_span(at, n), "host", &out->host, err);
}

/* What the server presents, and what it says of itself. */
static bool presented(const char *host, const struct rv_fetch_net *net,
		      struct rv_evidence_tls *t, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };
	struct rv_http_request r;
	char url[HOST_URL];
	int n;

	if (!split(host, t, err))
		return false;
	n = snprintf(url, sizeof url, "https://%s:%u/", t->host, t->port);
	if (n < 0 || (size_t)n >= sizeof url)
		return rv_fail(err, RV_USAGE, "%s: too long", host);
	r = rv_live_request(net, url);
	return rv_http_certificate(&r, &pem, &t->trusted, err) &&
	       (rv_bind_fingerprint(rv_buf_span(&pem), &t->sha256, err) ||
		rv_in(err, "%s", host)) &&
	       rv_bind_certificate_der(rv_buf_span(&pem), &t->certificate, err);
}

bool rv_fetch_tls(const char *host, const struct rv_fetch_net *net,
		  struct rv_fetched *out, struct rv_err *err)
{
	RV_AUTO(rv_fetched_free) struct rv_fetched f = { 0 };
	RV_AUTO(rv_evidence_tls_free) struct rv_evidence_tls t = { 0 };

	if (!presented(host, net, &t, err))
		return false;
	if (has_ratls(rv_buf_span(&t.certificate)) &&
	    (!rv_evidence_read(rv_buf_span(&t.certificate), NULL, &f.evidence,
			       err) ||
	     !rv_live_source(&f.evidence, host, "ra-tls", err)))
		return rv_in(err, "%s", host);
	f.evidence.tls = RV_TAKE(t);
	*out = RV_TAKE(f);
	return true;
}
