/* SPDX-License-Identifier: Apache-2.0 */
/* http.c - the door to libcurl. Time, size and host of an answer are bounded.
 */
#include "http.h"

#include <curl/curl.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

struct call {
	CURL *curl;
	const struct rv_http_request *req;
	struct rv_grow body, headers;
	int too_long; /* the bound that was passed, or 0 */
	char why[CURL_ERROR_SIZE];
	struct curl_slist *send;
};

static void call_free(struct call *c)
{
	curl_easy_cleanup(c->curl);
	curl_slist_free_all(c->send);
	rv_grow_free(&c->body);
	rv_grow_free(&c->headers);
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	n *= size;
	if (n > RV_HTTP_MAX - c->body.buf.n) {
		c->too_long = RV_HTTP_MAX;
		return 0;
	}
	rv_grow_add(&c->body, p, n);
	return c->body.failed ? 0 : n;
}

/* About once a second, also while nothing comes. */
static int on_tick(void *arg, curl_off_t all, curl_off_t now, curl_off_t up_all,
		   curl_off_t up)
{
	struct call *c = arg;

	(void)now;
	(void)up_all;
	(void)up;
	c->req->progress(c->req->arg, c->req->url, c->body.buf.n,
			 all > 0 ? (uint64_t)all : 0);
	return 0;
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct call *c = arg;

	n *= size;
	/* An answer of its own, behind a redirect or a "100 Continue". */
	if (n >= 5 && memcmp(p, "HTTP/", 5) == 0)
		c->headers.buf.n = 0;
	if (n > RV_HTTP_HEADERS_MAX - c->headers.buf.n) {
		c->too_long = RV_HTTP_HEADERS_MAX;
		return 0;
	}
	rv_grow_add(&c->headers, p, n);
	return c->headers.failed ? 0 : n;
}

static bool set_protocols(CURL *curl)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https") ==
	       CURLE_OK;
#else
	return curl_easy_setopt(curl, CURLOPT_PROTOCOLS,
				(long)(CURLPROTO_HTTP | CURLPROTO_HTTPS)) ==
	       CURLE_OK;
#endif
}

/* What every request has; proxies come from the environment, as with curl. */
static bool set_common(struct call *c, const char *url)
{
	const struct rv_http_request *r = c->req;
	long ms = (long)(r->timeout ? r->timeout : 30) * 1000;
	CURL *h = c->curl;

	return set_protocols(h) &&
	       curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_USERAGENT,
				"refval/" REFVAL_VERSION) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_SSLVERSION,
				(long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, ms) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, ms / 2) ==
		   CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->why) == CURLE_OK &&
	       (!r->ca_file ||
		curl_easy_setopt(h, CURLOPT_CAINFO, r->ca_file) == CURLE_OK) &&
	       (!r->socket ||
		(curl_easy_setopt(h, CURLOPT_UNIX_SOCKET_PATH, r->socket) ==
		     CURLE_OK &&
		 curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK));
}

static bool set_transfer(struct call *c)
{
	const struct rv_http_request *r = c->req;
	CURL *h = c->curl;

	c->send = curl_slist_append(NULL, "Expect:");
	if (c->send && (r->post || r->body.n)) {
		struct curl_slist *more;
		char type[80];

		snprintf(type, sizeof type, "Content-Type: %s",
			 r->post ? "application/json" : r->body_type);
		more = curl_slist_append(c->send, type);
		c->send = more ? more : c->send;
	}
	return c->send &&
	       curl_easy_setopt(h, CURLOPT_HTTPHEADER, c->send) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body) ==
		   CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_WRITEDATA, c) == CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header) ==
		   CURLE_OK &&
	       curl_easy_setopt(h, CURLOPT_HEADERDATA, c) == CURLE_OK &&
	       (!r->progress ||
		(curl_easy_setopt(h, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
		 curl_easy_setopt(h, CURLOPT_XFERINFODATA, c) == CURLE_OK &&
		 curl_easy_setopt(h, CURLOPT_XFERINFOFUNCTION, on_tick) ==
		     CURLE_OK)) &&
	       (!r->post ||
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, r->post) == CURLE_OK) &&
	       (!r->body.n || (curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE,
						(long)r->body.n) == CURLE_OK &&
			       curl_easy_setopt(h, CURLOPT_POSTFIELDS,
						r->body.p) == CURLE_OK));
}

/* Was there a connection, so that somebody answered? */
static bool connected(const struct call *c)
{
	long n = 0;

	return curl_easy_getinfo(c->curl, CURLINFO_NUM_CONNECTS, &n) ==
		   CURLE_OK &&
	       n > 0;
}

/* A socket nobody listens at, or that is not there; libcurl would name a port.
 */
static bool refuse_socket(const struct call *c, struct rv_err *err)
{
	static const struct {
		int error;
		const char *name, *says;
	} known[] = {
		{ ENOENT, "ENOENT", "there is no such socket" },
		{ ECONNREFUSED, "ECONNREFUSED", "nobody listens there" },
		{ EACCES, "EACCES", "this user may not connect to it" },
		{ ENOTSOCK, "ENOTSOCK", "that is no socket" },
	};
	const char *path = c->req->socket;
	long e = 0;

	if (curl_easy_getinfo(c->curl, CURLINFO_OS_ERRNO, &e) != CURLE_OK)
		e = 0;
	for (size_t i = 0; i < RV_LEN(known); i++)
		if (known[i].error == e)
			return rv_fail(err, RV_SYSTEM, "%s: %s: %s", path,
				       known[i].name, known[i].says);
	return rv_fail(err, RV_SYSTEM, "%s: cannot connect to this socket%s%s",
		       path, e ? ": " : "", e ? strerror((int)e) : "");
}

static bool refuse_authorities(const struct call *c, const char *where,
			       const char *why, struct rv_err *err)
{
	if (c->req->ca_file)
		return rv_fail(err, RV_INPUT, "%s: TLS: %s", where, why);
	return rv_fail(err, RV_INPUT,
		       "%s: TLS: this machine has no certificate authorities"
		       " to trust (package ca-certificates), and no --ca FILE"
		       " names any",
		       where);
}

/* libcurl's reason in our terms: who is to blame decides the exit code. */
static bool refuse(const struct call *c, CURLcode rc, struct rv_err *err)
{
	const char *why = *c->why ? c->why : curl_easy_strerror(rc);
	const char *where = c->req->socket ? c->req->socket : c->req->url;

	if (c->too_long)
		return rv_fail(err, RV_INPUT,
			       "%s: the answer%s longer than %d bytes", where,
			       c->too_long == RV_HTTP_MAX ? " is"
							  : "'s headers are",
			       c->too_long);
	switch (rc) {
	case CURLE_COULDNT_CONNECT:
		if (c->req->refused)
			*c->req->refused = true;
		return c->req->socket
			   ? refuse_socket(c, err)
			   : rv_fail(err, RV_SYSTEM, "%s: %s", where, why);
	case CURLE_URL_MALFORMAT:
		return rv_fail(err, RV_USAGE, "%s: %s", where, why);
	case CURLE_UNSUPPORTED_PROTOCOL:
		/* Of our URL, or spoken by whoever answered. */
		return rv_fail(err, connected(c) ? RV_INPUT : RV_USAGE,
			       "%s: %s", where, why);
	case CURLE_SSL_CACERT_BADFILE:
		return refuse_authorities(c, where, why, err);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_ISSUER_ERROR:
		return rv_fail(err, RV_INPUT, "%s: TLS: %s", where, why);
	case CURLE_PARTIAL_FILE:
	case CURLE_GOT_NOTHING:
	case CURLE_RECV_ERROR:
		return rv_fail(err, RV_INPUT, "%s: hung up midway: %s", where,
			       why);
	case CURLE_WEIRD_SERVER_REPLY:
		return rv_fail(err, RV_INPUT, "%s: %s", where, why);
	case CURLE_OPERATION_TIMEDOUT:
		return rv_fail(err, RV_SYSTEM, "%s: too slow: %s", where, why);
	default:
		return rv_fail(err, RV_SYSTEM, "%s: %s", where, why);
	}
}

static bool prepare(struct call *c, const char *url, struct rv_err *err)
{
	c->curl = curl_easy_init();
	if (!c->curl)
		return rv_no_memory(err, "libcurl");
	if (!set_common(c, url))
		return rv_fail(err, RV_SYSTEM,
			       "%s: libcurl refuses its settings: %s", url,
			       *c->why ? c->why : "no reason given");
	return true;
}

/* scheme://host:port of a URL, without user, path and query. */
static bool origin(const char *url, char out[320])
{
	CURLU *u = curl_url();
	char *scheme = NULL, *host = NULL, *port = NULL;
	bool ok = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
		  curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) ==
		      CURLUE_OK &&
		  snprintf(out, 320, "%s://%s:%s", scheme, host, port) < 320;

	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return ok;
}

/* Where a redirect leads, when that is the same host: else a failure. */
static bool next_url(const struct call *c, const char *url, long status,
		     char **out, struct rv_err *err)
{
	char from[320], to[320], *target = NULL;
	const char *where = c->req->socket ? c->req->socket : url;

	if (curl_easy_getinfo(c->curl, CURLINFO_REDIRECT_URL, &target) !=
		CURLE_OK ||
	    !target)
		return rv_fail(err, RV_INPUT,
			       "%s: redirected (HTTP %ld) to nowhere", where,
			       status);
	if (c->req->post || c->req->body.n || !origin(url, from) ||
	    !origin(target, to) || strcasecmp(from, to) != 0)
		return rv_fail(err, RV_INPUT,
			       "%s: a redirect (HTTP %ld) to another place"
			       " is not followed: %s",
			       where, status, target);
	return rv_text_copy(rv_text(target), "redirect", out, err);
}

static void set_type(struct rv_http_answer *a, const char *type)
{
	size_t n = 0;

	for (; type && *type && *type != ';' && n < sizeof a->type - 1; type++)
		if (*type > ' ')
			a->type[n++] = *type >= 'A' && *type <= 'Z'
					   ? (char)(*type + 32)
					   : *type;
	a->type[n] = '\0';
}

/* Headers end with an empty line. */
static bool ended(struct rv_span headers)
{
	struct rv_span end;

	return rv_cut(&headers, 3, &end) &&
	       (rv_same_text(end, "\n\r\n") ||
		rv_same_text(rv_span(end.p + 1, 2), "\n\n"));
}

/* One answer; *again is where to ask instead, when it was a redirect. */
static bool once(const struct rv_http_request *req, const char *url,
		 struct rv_http_answer *out, char **again, struct rv_err *err)
{
	RV_AUTO(call_free) struct call c = { .req = req };
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	char *type = NULL;
	long status = 0;
	CURLcode rc;

	if (!prepare(&c, url, err))
		return false;
	if (!set_transfer(&c))
		return rv_no_memory(err, "libcurl");
	rc = curl_easy_perform(c.curl);
	if (rc != CURLE_OK)
		return refuse(&c, rc, err);
	if (curl_easy_getinfo(c.curl, CURLINFO_RESPONSE_CODE, &status) !=
		CURLE_OK ||
	    curl_easy_getinfo(c.curl, CURLINFO_CONTENT_TYPE, &type) != CURLE_OK)
		return rv_fail(err, RV_SYSTEM, "libcurl: no status");
	/* libcurl is content with headers that stop in the middle. */
	if (!ended(rv_buf_span(&c.headers.buf)))
		return rv_fail(err, RV_INPUT,
			       "%s: hung up midway: within the headers",
			       req->socket ? req->socket : url);
	if (status >= 300 && status < 400)
		return next_url(&c, url, status, again, err);
	set_type(&a, type);
	a.status = (unsigned)status;
	if (!rv_grow_take(&c.body, &a.body, err) ||
	    !rv_grow_take(&c.headers, &a.headers, err))
		return false;
	*out = RV_TAKE(a);
	return true;
}

bool rv_http(const struct rv_http_request *req, struct rv_http_answer *out,
	     struct rv_err *err)
{
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	RV_AUTO(rv_free) char *url = NULL;

	if (!rv_text_copy(rv_text(req->url), "URL", &url, err))
		return false;
	for (int i = 0; i <= RV_HTTP_REDIRECTS; i++) {
		RV_AUTO(rv_free) char *again = NULL;

		if (!once(req, url, &a, &again, err))
			return false;
		if (!again) {
			if (a.status != 200 && !req->any_status)
				return rv_fail(err, RV_INPUT,
					       "%s: HTTP status %u", url,
					       a.status);
			*out = RV_TAKE(a);
			return true;
		}
		rv_free(&url);
		url = RV_TAKE(again);
	}
	return rv_fail(err, RV_INPUT, "%s: more than %d redirects", req->url,
		       RV_HTTP_REDIRECTS);
}

void rv_http_free(struct rv_http_answer *a)
{
	rv_buf_free(&a->body);
	rv_buf_free(&a->headers);
	*a = (struct rv_http_answer){ 0 };
}

struct rv_span rv_http_header(const struct rv_http_answer *a, const char *name)
{
	struct rv_span rest = rv_buf_span(&a->headers), line, found = { 0 };
	size_t n = strlen(name);

	while (rv_line(&rest, &line)) {
		if (line.n <= n || line.p[n] != ':' ||
		    strncasecmp((const char *)line.p, name, n) != 0)
			continue;
		found = rv_span(line.p + n + 1, line.n - n - 1);
		while (found.n && (*found.p == ' ' || *found.p == '\t'))
			found = rv_span(found.p + 1, found.n - 1);
		while (found.n && strchr("\r \t", found.p[found.n - 1]))
			found.n--;
	}
	return found;
}

/* The server's own certificate, first of its chain. */
static bool leaf(struct call *c, struct rv_buf *out, struct rv_err *err)
{
	struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(c->curl, CURLINFO_CERTINFO, &info) != CURLE_OK ||
	    !info || info->num_of_certs < 1)
		return rv_fail(err, RV_INPUT, "%s: no certificate",
			       c->req->url);
	for (struct curl_slist *s = info->certinfo[0]; s; s = s->next)
		if (strncmp(s->data, "Cert:", 5) == 0)
			return rv_buf_copy(rv_text(s->data + 5), out, err);
	return rv_fail(err, RV_INPUT, "%s: no certificate", c->req->url);
}

/* Connect, shake hands, and leave. *rc is libcurl's answer. */
static bool shake(const struct rv_http_request *req, bool verify, CURLcode *rc,
		  struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(call_free) struct call c = { .req = req };

	if (!prepare(&c, req->url, err))
		return false;
	if (curl_easy_setopt(c.curl, CURLOPT_CONNECT_ONLY, 1L) != CURLE_OK ||
	    curl_easy_setopt(c.curl, CURLOPT_CERTINFO, 1L) != CURLE_OK ||
	    curl_easy_setopt(c.curl, CURLOPT_SSL_VERIFYPEER,
			     verify ? 1L : 0L) != CURLE_OK ||
	    curl_easy_setopt(c.curl, CURLOPT_SSL_VERIFYHOST,
			     verify ? 2L : 0L) != CURLE_OK)
		return rv_fail(err, RV_SYSTEM, "libcurl cannot do TLS");
	*rc = curl_easy_perform(c.curl);
	/* Where no authorities are installed, none vouches for anybody. */
	if (verify && (*rc == CURLE_PEER_FAILED_VERIFICATION ||
		       (*rc == CURLE_SSL_CACERT_BADFILE && !req->ca_file)))
		return true;
	if (*rc != CURLE_OK)
		return refuse(&c, *rc, err);
	return leaf(&c, out, err);
}

bool rv_http_certificate(const struct rv_http_request *req, struct rv_buf *out,
			 bool *trusted, struct rv_err *err)
{
	CURLcode rc = CURLE_OK;

	if (!shake(req, true, &rc, out, err))
		return false;
	*trusted = rc == CURLE_OK;
	return *trusted || shake(req, false, &rc, out, err);
}
