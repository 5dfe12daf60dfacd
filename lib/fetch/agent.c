/* SPDX-License-Identifier: Apache-2.0 */
/*
 * agent.c - dstack's guest agent behind a Unix socket (DSTACK.md 4.1). Two
 * generations of its API; each method is tried until one is there.
 */
#include "live.h"

#include "json.h"

#include <stdio.h>

enum { OLD_API = 1, HASHES = 2 };

/* In the order they are tried. */
static const struct method {
	const char *api;  /* the generation, as --api names it */
	const char *name; /* recorded as source.api */
	const char *path;
	unsigned flags;
} methods[] = {
	{ "dstack", "GetQuote", "/GetQuote", 0 },
	{ "attest", "Attest", "/Attest", 0 },
	{ "tappd", "Tappd.RawQuote", "/prpc/Tappd.RawQuote?json", OLD_API },
	{ "tappd", "Tappd.TdxQuote", "/prpc/Tappd.TdxQuote?json",
	  OLD_API | HASHES },
};

struct agent {
	const char *socket;
	const struct rv_fetch_net *net;
};

/* The agent says "no such method" by 404, or by 400 and words. */
static bool absent(const struct rv_http_answer *a, const char *words)
{
	return a->status == 404 ||
	       (a->status == 400 && strstr(words, "not found"));
}

/* *there is false when the agent does not have this method. */
static bool call(const struct agent *g, const char *path, struct rv_buf *body,
		 struct rv_http_answer *out, bool *there, struct rv_err *err)
{
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	struct rv_http_request r = { 0 };
	char url[128], words[160];

	snprintf(url, sizeof url, "http://localhost%s", path);
	r = rv_live_request(g->net, url);
	r.socket = g->socket;
	r.post = (const char *)body->p;
	r.any_status = true;
	if (!rv_http(&r, &a, err))
		return false;
	rv_live_words(rv_buf_span(&a.body), words);
	*there = !absent(&a, words);
	if (!*there)
		return true;
	if (a.status != 200)
		return rv_fail(err, RV_INPUT, "%s: %s: HTTP status %u%s",
			       g->socket, path, a.status, words);
	if (*a.type && strcmp(a.type, "application/json") != 0)
		return rv_fail(err, RV_INPUT,
			       "%s: %s: answered with %s, not JSON", g->socket,
			       path, a.type);
	*out = RV_TAKE(a);
	return true;
}

static bool question(const struct method *m, const struct rv_fetch_ask *ask,
		     struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };
	struct rv_span rd = rv_span(ask->report_data, RV_REPORT_DATA);

	rv_jw_open(&w, NULL, '{');
	if (m->flags & HASHES && ask->content) {
		const struct rv_statement *s = ask->content;

		rv_jw_hex(&w, "report_data", s->file);
		rv_jw_str(&w, "hash_algorithm", s->hash ? s->hash : "sha256");
		rv_jw_str(&w, "prefix", s->prefix ? s->prefix : "app-data");
	} else {
		rv_jw_hex(&w, "report_data", rd);
		if (m->flags & HASHES)
			rv_jw_str(&w, "hash_algorithm", "raw");
	}
	rv_jw_close(&w);
	return rv_grow_take(&g, out, err);
}

/*
 * GetQuote is of quotes: a machine of another platform answers it with an empty
 * one, and says the rest by Attest.
 */
static bool says_nothing(const struct rv_http_answer *a)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err ignored = { 0 };
	const rv_json *quote;

	if (!rv_json_parse(rv_buf_span(&a->body), "reply", &j, &ignored))
		return false;
	quote = rv_json_get(j, "quote");
	return rv_json_is_string(quote) && !rv_json_text(quote).n &&
	       !rv_json_text(rv_json_get(j, "attestation")).n;
}

/* The first method that the agent has; NULL when it has none. */
static bool ask_all(const struct agent *g, const struct rv_fetch_ask *ask,
		    struct rv_http_answer *out, const struct method **which,
		    struct rv_err *err)
{
	bool empty = false;

	for (size_t i = 0; i < RV_LEN(methods); i++) {
		const struct method *m = &methods[i];
		RV_AUTO(rv_buf_free) struct rv_buf q = { 0 };
		bool there = false;

		if (ask->api && strcmp(ask->api, m->api) != 0)
			continue;
		if (ask->content && !(m->flags & HASHES))
			continue;
		if (!question(m, ask, &q, err) ||
		    !call(g, m->path, &q, out, &there, err))
			return false;
		if (!there)
			continue;
		*which = m;
		if (ask->api || i > 0 || !says_nothing(out))
			return true;
		rv_http_free(out);
		empty = true;
	}
	return rv_fail(err, RV_INPUT, "%s: %s: not %s", g->socket,
		       empty ? "no quote in the answer to GetQuote, and no"
			       " method that gives other evidence"
			     : "no method that gives a quote",
		       ask->api ? ask->api
				: "GetQuote, Attest, RawQuote or "
				  "TdxQuote");
}

/* Info adds app_compose; an agent without it is no failure. */
static bool add_info(const struct agent *g, const struct method *m,
		     struct rv_evidence *e, struct rv_err *err)
{
	const char *path =
	    m->flags & OLD_API ? "/prpc/Tappd.Info?json" : "/Info";
	RV_AUTO(rv_buf_free) struct rv_buf empty = { 0 };
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence info = { 0 };
	bool there = false;

	if (!rv_buf_copy(rv_text("{}"), &empty, err) ||
	    !call(g, path, &empty, &a, &there, err))
		return false;
	if (!there)
		return true;
	if (!rv_live_info(rv_buf_span(&a.body), false, &info, err))
		return rv_in(err, "%s", g->socket);
	return rv_evidence_join(e, m->name, &info, "Info", err);
}

bool rv_fetch_agent(const char *socket, const struct rv_fetch_net *net,
		    const struct rv_fetch_ask *ask, struct rv_fetched *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_fetched_free) struct rv_fetched f = { .asked = true };
	RV_AUTO(rv_http_free) struct rv_http_answer a = { 0 };
	const struct agent g = { socket, net };
	const struct method *m = NULL;

	if (!ask_all(&g, ask, &a, &m, err))
		return false;
	if (!rv_evidence_read(rv_buf_span(&a.body), NULL, &f.evidence, err))
		return rv_in(err, "%s: %s", socket, m->name);
	if (!f.evidence.quote.n && !f.evidence.snp.report.n &&
	    !f.evidence.nitro.n)
		return rv_fail(err, RV_INPUT, "%s: %s: no quote in the answer",
			       socket, m->name);
	if (!add_info(&g, m, &f.evidence, err) ||
	    !rv_live_source(&f.evidence, socket, m->name, err))
		return false;
	*out = RV_TAKE(f);
	return true;
}
