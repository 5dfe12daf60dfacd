/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http.c - requests and answers by libmicrohttpd: routes, bounds, headers. What
 * a body holds is not looked at here.
 */
#include "answer.h"
#include "job.h"
#include "metrics.h"
#include "page.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	/* Bytes of one connection: its request line, headers, and buffers. */
	CONNECTION = 16 * 1024,
	MORE = 64, /* connections that may come before others are closed */
	BLOCK = 1 << 15, /* of a stream */
	/* A body that was refused is passed over so far, then hung up on. */
	PASSED = 64 << 20,
};

static const char json_type[] = "application/json";
static const char html_type[] = "text/html; charset=utf-8";
static const char text_type[] = "text/plain; charset=utf-8";

/* Nothing is loaded, run or framed, unless a page of ours says otherwise. */
static const char strict[] = "default-src 'none'; frame-ancestors 'none'";

struct route {
	const char *method, *path;
	/* With a body: who answers; else at once. */
	enum rv_serve_kind kind;
	enum MHD_Result (*answer)(struct rv_front *, struct MHD_Connection *);
};

static unsigned counted(struct rv_front *f, unsigned status)
{
	if (status < RV_LEN(f->count.status))
		f->count.status[status]++;
	return status;
}

static enum MHD_Result send_response(struct rv_front *f,
				     struct MHD_Connection *c, unsigned status,
				     const char *type, const char *policy,
				     struct MHD_Response *r)
{
	const char *const head[][2] = {
		{ MHD_HTTP_HEADER_CONTENT_TYPE, type },
		{ MHD_HTTP_HEADER_CACHE_CONTROL, "no-store" },
		{ "Content-Security-Policy", policy },
		{ "X-Content-Type-Options", "nosniff" },
		{ "Referrer-Policy", "no-referrer" },
		{ MHD_HTTP_HEADER_RETRY_AFTER, status == 503 ? "1" : NULL },
		{ MHD_HTTP_HEADER_CONNECTION, f->draining ? "close" : NULL },
	};
	enum MHD_Result done;

	if (!r)
		return MHD_NO;
	for (size_t i = 0; i < RV_LEN(head); i++)
		if (head[i][1])
			(void)MHD_add_response_header(r, head[i][0],
						      head[i][1]);
	done = MHD_queue_response(c, counted(f, status), r);
	MHD_destroy_response(r);
	return done;
}

/* @bytes is taken. */
static enum MHD_Result send_bytes(struct rv_front *f, struct MHD_Connection *c,
				  unsigned status, const char *type,
				  const char *policy, struct rv_buf *bytes)
{
	struct rv_buf b = RV_TAKE(*bytes);

	if (!b.p)
		return MHD_NO;
	return send_response(
	    f, c, status, type, policy,
	    MHD_create_response_from_buffer(b.n, b.p, MHD_RESPMEM_MUST_FREE));
}

static enum MHD_Result send_error(struct rv_front *f, struct MHD_Connection *c,
				  unsigned status, const char *why)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err ignored = { 0 };

	rv_serve_error(status < 500 ? RV_USAGE : RV_SYSTEM, why, &g);
	if (!rv_grow_take(&g, &b, &ignored))
		return MHD_NO;
	return send_bytes(f, c, status, json_type, strict, &b);
}

static enum MHD_Result send_text(struct rv_front *f, struct MHD_Connection *c,
				 unsigned status, const char *type,
				 const char *text)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err ignored = { 0 };

	if (!rv_buf_copy(rv_text(text), &b, &ignored))
		return MHD_NO;
	return send_bytes(f, c, status, type, strict, &b);
}

/* ---- what is answered at once ---- */

static unsigned alive(const struct rv_front *f)
{
	unsigned n = 0;

	for (unsigned i = 0; i < f->setup->jobs; i++)
		n += f->slot[i].state != RV_SLOT_NONE;
	return n;
}

static enum MHD_Result healthz(struct rv_front *f, struct MHD_Connection *c)
{
	if (f->draining)
		return send_text(f, c, 503, text_type, "draining\n");
	if (!alive(f))
		return send_text(f, c, 503, text_type, "no worker\n");
	return send_text(f, c, 200, text_type, "ok\n");
}

/* What dstack-verifier has there. */
static enum MHD_Result health(struct rv_front *f, struct MHD_Connection *c)
{
	bool good = !f->draining && alive(f);

	return send_text(f, c, good ? 200 : 503, json_type,
			 good ? "{\"status\":\"ok\",\"service\":"
				"\"refval-serve\"}"
			      : "{\"status\":\"unavailable\",\"service\":"
				"\"refval-serve\"}");
}

static enum MHD_Result send_fixed(struct rv_front *f, struct MHD_Connection *c,
				  const char *type, const char *policy,
				  const char *text)
{
	/* Not const in libmicrohttpd's eyes; it does not write to it. */
	void *bytes = (void *)(uintptr_t)text;

	return send_response(f, c, 200, type, policy,
			     MHD_create_response_from_buffer(
				 strlen(text), bytes, MHD_RESPMEM_PERSISTENT));
}

static enum MHD_Result page(struct rv_front *f, struct MHD_Connection *c)
{
	return send_fixed(f, c, html_type, rv_page_policy, rv_page_html);
}

static enum MHD_Result style(struct rv_front *f, struct MHD_Connection *c)
{
	return send_fixed(f, c, "text/css; charset=utf-8", strict, rv_page_css);
}

static enum MHD_Result script(struct rv_front *f, struct MHD_Connection *c)
{
	return send_fixed(f, c, "text/javascript; charset=utf-8", strict,
			  rv_page_js);
}

static enum MHD_Result metrics(struct rv_front *f, struct MHD_Connection *c)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err ignored = { 0 };

	rv_metrics(f, &g);
	if (!rv_grow_take(&g, &b, &ignored))
		return MHD_NO;
	return send_bytes(f, c, 200, "text/plain; version=0.0.4", strict, &b);
}

static const struct route routes[] = {
	{ MHD_HTTP_METHOD_POST, "/v1/verify", RV_SERVE_REPORT, NULL },
	{ MHD_HTTP_METHOD_POST, "/verify", RV_SERVE_PEER, NULL },
	{ MHD_HTTP_METHOD_POST, "/report", RV_SERVE_PAGE, NULL },
	{ MHD_HTTP_METHOD_GET, "/", RV_SERVE_KINDS, page },
	{ MHD_HTTP_METHOD_GET, "/page.css", RV_SERVE_KINDS, style },
	{ MHD_HTTP_METHOD_GET, "/page.js", RV_SERVE_KINDS, script },
	{ MHD_HTTP_METHOD_GET, "/metrics", RV_SERVE_KINDS, metrics },
	{ MHD_HTTP_METHOD_GET, "/health", RV_SERVE_KINDS, health },
	{ MHD_HTTP_METHOD_GET, "/healthz", RV_SERVE_KINDS, healthz },
};

/* HEAD is GET, of which only the headers are sent. */
static bool is_method(const struct route *r, const char *method)
{
	return strcmp(r->method, method) == 0 ||
	       (strcmp(r->method, MHD_HTTP_METHOD_GET) == 0 &&
		strcmp(method, MHD_HTTP_METHOD_HEAD) == 0);
}

static enum MHD_Result no_route(struct rv_front *f, struct MHD_Connection *c,
				const char *path)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct MHD_Response *r;
	const char *allow = NULL;

	for (size_t i = 0; i < RV_LEN(routes); i++)
		if (strcmp(routes[i].path, path) == 0)
			allow = strcmp(routes[i].method, "GET") == 0
				    ? "GET, HEAD"
				    : routes[i].method;
	if (!allow)
		return send_error(f, c, 404, "nothing is at this address");
	rv_serve_error(RV_USAGE, "another method is used at this address", &g);
	if (g.failed)
		return MHD_NO;
	r = MHD_create_response_from_buffer(g.buf.n, g.buf.p,
					    MHD_RESPMEM_MUST_COPY);
	if (r)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, allow);
	return send_response(f, c, 405, json_type, strict, r);
}

/* ---- requests with a body ---- */

static struct rv_conn *conn_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *i =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return i ? i->socket_context : NULL;
}

/* Is there a reason to refuse it before its body came? 0: none. */
static unsigned refused(const struct rv_front *f, struct MHD_Connection *c,
			const char **why)
{
	const char *length = MHD_lookup_connection_value(
	    c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);
	const char *coding = MHD_lookup_connection_value(
	    c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_ENCODING);
	uint64_t n;

	if (coding && strcmp(coding, "identity") != 0) {
		*why = "a body with Content-Encoding is not read";
		return 415;
	}
	if (length && !rv_decimal(rv_text(length), f->setup->body, &n)) {
		*why = "the body is longer than --max-body";
		return 413;
	}
	if (rv_front_full(f)) {
		*why = "too many requests wait; try later";
		return 503;
	}
	return 0;
}

static enum MHD_Result one_argument(void *arg, enum MHD_ValueKind kind,
				    const char *key, const char *value)
{
	unsigned *seen = arg;

	(void)kind;
	*seen += strcmp(key, "stream") == 0 && (!value || !*value) ? 1 : 2;
	return MHD_YES;
}

/* "?stream", where there are lines, and nothing else. */
static bool arguments(struct MHD_Connection *c, const struct route *r,
		      bool *stream)
{
	unsigned seen = 0;

	(void)MHD_get_connection_values(c, MHD_GET_ARGUMENT_KIND, one_argument,
					&seen);
	*stream = seen == 1;
	return seen == 0 || (*stream && r->kind == RV_SERVE_REPORT);
}

static enum MHD_Result begin_job(struct rv_front *f, struct MHD_Connection *c,
				 const struct route *r, void **req)
{
	struct rv_job *j;
	const char *why = NULL;
	unsigned status = refused(f, c, &why);
	const char *type = MHD_lookup_connection_value(
	    c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);
	bool stream;

	if (status)
		return send_error(f, c, status, why);
	if (!arguments(c, r, &stream))
		return send_error(f, c, 400,
				  "what stands behind the ? means nothing"
				  " here");
	j = calloc(1, sizeof *j);
	if (!j)
		return MHD_NO;
	f->jobs++;
	j->connection = c;
	j->kind = stream ? RV_SERVE_LINE : r->kind;
	j->stream = stream;
	if (type && strlen(type) < sizeof j->type)
		memcpy(j->type, type, strlen(type) + 1);
	j->conn = conn_of(c);
	if (j->conn)
		j->conn->job = j;
	*req = j;
	return MHD_YES;
}

static enum MHD_Result take_body(struct rv_front *f, struct rv_job *j,
				 const char *data, size_t *n)
{
	if (!j->too_long && j->status == 0) {
		if (*n > f->setup->body - j->body.n)
			j->too_long = true;
		else if (!rv_job_room(f, j, *n))
			j->status = 503;
	}
	if (j->too_long || j->status) {
		j->passed += *n;
		*n = 0;
		return j->passed <= PASSED ? MHD_YES : MHD_NO;
	}
	memcpy(j->body.p + j->body.n, data, *n);
	j->body.n += *n;
	*n = 0;
	return MHD_YES;
}

void rv_job_wake(struct rv_job *j)
{
	if (j->suspended && j->connection) {
		j->suspended = false;
		MHD_resume_connection(j->connection);
	}
}

static void wait_for(struct rv_job *j)
{
	j->suspended = true;
	MHD_suspend_connection(j->connection);
}

/* ---- streams ---- */

struct stream {
	struct rv_front *front;
	struct rv_job *job;
};

static ssize_t read_stream(void *arg, uint64_t pos, char *to, size_t max)
{
	struct stream *s = arg;
	struct rv_job *j = s->job;
	size_t n = j->out.buf.n - j->sent;

	(void)pos;
	if (j->out.failed)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	if (!n && j->state == RV_JOB_DONE && j->at == j->body.n)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (!n) {
		rv_conn_ours(s->front, j->conn);
		wait_for(j);
		return 0;
	}
	n = n < max ? n : max;
	memcpy(to, j->out.buf.p + j->sent, n);
	j->sent += n;
	if (j->sent == j->out.buf.n) {
		j->out.buf.n = j->sent = 0;
		rv_conn_theirs(s->front, j->conn);
	}
	rv_job_next(s->front, j);
	return (ssize_t)n;
}

static enum MHD_Result answer_stream(struct rv_front *f, struct rv_job *j)
{
	struct stream *s = malloc(sizeof *s);
	struct MHD_Response *r;

	if (!s)
		return MHD_NO;
	j->part = calloc(rv_job_ahead(f), sizeof *j->part);
	if (!j->part) {
		free(s);
		return MHD_NO;
	}
	*s = (struct stream){ f, j };
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK,
					      read_stream, s, free);
	if (!r)
		free(s);
	j->status = 200;
	j->state = RV_JOB_DONE;
	rv_job_next(f, j);
	return send_response(f, j->connection, 200, "application/x-ndjson",
			     strict, r);
}

/* ---- the daemon's calls ---- */

/* The body is there; later again, when the answer is. */
static enum MHD_Result end_of_body(struct rv_front *f, struct rv_job *j)
{
	struct MHD_Connection *c = j->connection;

	if (j->state == RV_JOB_READING && !j->status) {
		if (j->too_long)
			return send_error(f, c, 413,
					  "the body is longer than --max-body");
		if (rv_front_full(f))
			return send_error(f, c, 503,
					  "too many requests wait; try later");
		rv_conn_ours(f, j->conn);
		if (j->stream)
			return answer_stream(f, j);
		rv_job_submit(f, j);
		wait_for(j);
		return MHD_YES;
	}
	rv_conn_theirs(f, j->conn);
	if (!j->reply.p)
		return send_error(f, c, j->status,
				  "too many bodies are held; try later");
	if (j->kind == RV_SERVE_PAGE && j->status < 500)
		return send_bytes(f, c, j->status, html_type, rv_report_policy,
				  &j->reply);
	return send_bytes(f, c, j->status, json_type, strict, &j->reply);
}

/* What a request is to the daemon that has no job. */
static char no_body;

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c,
				  const char *path, const char *method,
				  const char *version, const char *data,
				  size_t *n, void **req)
{
	struct rv_front *f = arg;
	struct rv_conn *conn = conn_of(c);
	const struct route *r = NULL;

	(void)version;
	if (!conn)
		return MHD_NO;
	conn->used = true;
	if (*req && *req != &no_body)
		return *n ? take_body(f, *req, data, n) : end_of_body(f, *req);
	/* A body that nobody asked for is passed over. */
	if (*req && *n) {
		*n = 0;
		return MHD_YES;
	}
	for (size_t i = 0; i < RV_LEN(routes) && !r; i++)
		if (strcmp(routes[i].path, path) == 0 &&
		    is_method(&routes[i], method))
			r = &routes[i];
	if (r && !r->answer)
		return begin_job(f, c, r, req);
	/* An answer to the headers alone would end the connection. */
	if (!*req) {
		*req = &no_body;
		return MHD_YES;
	}
	rv_conn_theirs(f, conn);
	return r ? r->answer(f, c) : no_route(f, c, path);
}

static void on_end(void *arg, struct MHD_Connection *c, void **req,
		   enum MHD_RequestTerminationCode why)
{
	struct rv_front *f = arg;
	struct rv_conn *conn = conn_of(c);

	(void)why;
	if (conn) {
		conn->job = NULL;
		rv_conn_theirs(f, conn);
	}
	if (*req && *req != &no_body)
		rv_job_drop(f, *req);
	*req = NULL;
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct rv_front *f = arg;
	const union MHD_ConnectionInfo *i;
	struct rv_conn *conn = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		i = MHD_get_connection_info(c,
					    MHD_CONNECTION_INFO_CONNECTION_FD);
		conn = i ? calloc(1, sizeof *conn) : NULL;
		*context = conn;
		if (!conn)
			return;
		conn->fd = i->connect_fd;
		rv_conn_theirs(f, conn);
		f->connected++;
		f->count.connections++;
	} else if (conn) {
		f->connected -= !conn->evicted;
		rv_conn_ours(f, conn);
		free(conn);
		*context = NULL;
	}
}

bool rv_http_start(struct rv_front *f, struct rv_err *err)
{
	const struct rv_serve *s = f->setup;

	f->http = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request,
	    f, MHD_OPTION_LISTEN_SOCKET, s->listener,
	    MHD_OPTION_CONNECTION_LIMIT, s->connections + MORE,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION,
	    MHD_OPTION_NOTIFY_COMPLETED, on_end, f,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, f, MHD_OPTION_END);
	return f->http != NULL ||
	       rv_fail(err, RV_SYSTEM, "libmicrohttpd could not start");
}
