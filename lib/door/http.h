/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.h - the door to libcurl: one request, one bounded answer. Only what
 * refval-fetch is made of may include this: whoever does is linked with
 * libcurl.
 */
#ifndef RV_HTTP_H
#define RV_HTTP_H

#include "base.h"

enum {
	RV_HTTP_MAX = 16 << 20,	     /* bytes of an answer */
	RV_HTTP_HEADERS_MAX = 65536, /* bytes of all its headers */
	RV_HTTP_REDIRECTS = 5,
};

/* Everything is borrowed; NULL or 0 is the default. */
struct rv_http_request {
	const char *url;
	const char *socket;    /* connect to this Unix socket instead */
	const char *post;      /* JSON to send; NULL: GET, or @body */
	struct rv_span body;   /* bytes to send; empty: none */
	const char *body_type; /* the Content-Type of @body */
	const char *ca_file;   /* PEM; NULL: the system's authorities */
	unsigned timeout;      /* seconds for all of it; connecting has half */
	bool any_status;       /* a status other than 200 is an answer too */
	bool *refused;	       /* set when nobody took the connection */
	/* @bytes came so far; @all of them, or 0: not known. */
	void (*progress)(void *arg, const char *url, uint64_t bytes,
			 uint64_t all);
	void *arg;
};

struct rv_http_answer {
	unsigned status;
	struct rv_buf body;    /* owned */
	struct rv_buf headers; /* owned; of the last answer, "Name: value" */
	char type[96];	       /* Content-Type, lower case, no parameters */
};

/*
 * Send a request. Redirects are followed for GET, to the same host and port
 * only. RV_INPUT: an answer that is no whole, bounded 200. RV_SYSTEM: no
 * connection, no time, no memory. RV_USAGE: not a URL of http or https.
 */
RV_MUST bool rv_http(const struct rv_http_request *req,
		     struct rv_http_answer *out, struct rv_err *err);
void rv_http_free(struct rv_http_answer *a);

/* The value of a header (any case); an empty span when there is none. */
struct rv_span rv_http_header(const struct rv_http_answer *a, const char *name);

/*
 * The certificate that the server at @url (https://HOST[:PORT]/) presents, as
 * PEM. *@trusted: it is of a trusted authority and of that name. RV_SYSTEM
 * when there is no connection, RV_INPUT when there is no TLS.
 */
RV_MUST bool rv_http_certificate(const struct rv_http_request *req,
				 struct rv_buf *out, bool *trusted,
				 struct rv_err *err);

#endif
