/* SPDX-License-Identifier: Apache-2.0 */
/* live.h - what the files that connect share. */
#ifndef RV_FETCH_LIVE_H
#define RV_FETCH_LIVE_H

#include "forms.h"
#include "http.h"

/* A request with what @net says; the rest is the caller's. */
struct rv_http_request rv_live_request(const struct rv_fetch_net *net,
				       const char *url);
/* Record where @e came from. */
RV_MUST bool rv_live_source(struct rv_evidence *e, const char *from,
			    const char *api, struct rv_err *err);
/* ": " and the agent's own words, when @body is { "error": "..." }. */
void rv_live_words(struct rv_span body, char out[160]);
/*
 * Info of either API and Worker.Info: the parts of tcb_info, and what the
 * extensions of app_cert hold when @with_quote.
 */
RV_MUST bool rv_live_info(struct rv_span body, bool with_quote,
			  struct rv_evidence *out, struct rv_err *err);

#endif
