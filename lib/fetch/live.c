/* SPDX-License-Identifier: Apache-2.0 */
/* live.c - what every source shares: requests, provenance, pieces of Info. */
#include "live.h"
#include "json.h"

#include <stdio.h>

void rv_fetched_free(struct rv_fetched *f)
{
	rv_evidence_free(&f->evidence);
	*f = (struct rv_fetched){ 0 };
}

struct rv_http_request rv_live_request(const struct rv_fetch_net *net,
				       const char *url)
{
	return (struct rv_http_request){
		.url = url,
		.ca_file = net->ca_file,
		.timeout = net->timeout,
		.progress = net->progress,
		.arg = net->arg,
		.refused = net->refused,
	};
}

bool rv_live_source(struct rv_evidence *e, const char *from, const char *api,
		    struct rv_err *err)
{
	rv_free(&e->source.from);
	rv_free(&e->source.api);
	return rv_text_copy(rv_text(from), "source", &e->source.from, err) &&
	       rv_text_copy(rv_text(api), "source", &e->source.api, err);
}

void rv_live_words(struct rv_span body, char out[160])
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err ignored = { 0 };
	struct rv_span text;

	out[0] = '\0';
	if (!rv_json_parse(body, "error", &j, &ignored) ||
	    !rv_json_need_text(j, "error", &text, &ignored))
		return;
	snprintf(out, 160, ": %.*s", text.n < 150 ? (int)text.n : 150,
		 (const char *)text.p);
}

bool rv_live_info(struct rv_span body, bool with_quote, struct rv_evidence *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence c = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_span cert = { 0 }, info;

	if (!rv_json_parse(body, "Info", &j, err) ||
	    !rv_json_opt_text(j, "app_cert", &cert, err))
		return false;
	/* tcb_info is empty when the application does not publish it. */
	info = rv_json_text(rv_json_get(j, "tcb_info"));
	if (!rv_json_is_object(j) || (!info.n && !cert.n))
		return rv_fail(err, RV_INPUT,
			       "Info: neither tcb_info nor app_cert in it");
	if (info.n && !rv_evidence_read(body, NULL, &e, err))
		return rv_in(err, "Info");
	if (with_quote && cert.n) {
		if (!rv_evidence_read(cert, NULL, &c, err))
			return rv_in(err, "Info: app_cert");
		if (!rv_evidence_join(&e, "tcb_info", &c, "app_cert", err))
			return false;
	}
	*out = RV_TAKE(e);
	return true;
}
