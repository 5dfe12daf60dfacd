/* SPDX-License-Identifier: Apache-2.0 */
/* answer.c - reports and result lines, the bytes of refval-verify's own. */
#include "answer.h"
#include "peer.h"
#include "upload.h"
#include "verdict_out.h"

void rv_serve_error(enum rv_code exit, const char *why, struct rv_grow *to)
{
	struct rv_jw w = { .to = to };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.error/1");
	rv_jw_str(&w, "command", "refval-serve");
	rv_jw_u64(&w, "exit", (uint64_t)exit);
	rv_jw_str(&w, "error", why);
	rv_jw_close(&w);
}

/* What refval-verify --json prints, without the files that it names. */
static bool put_report(const struct rv_fleet *f, struct rv_span body,
		       struct rv_grow *to, struct rv_serve_reply *reply,
		       struct rv_err *err)
{
	RV_AUTO(rv_answered_free) struct rv_answered a = { 0 };
	struct rv_jw w = { .to = to };
	struct rv_err why = { 0 };

	if (rv_answer(f, body, &a, &why)) {
		reply->status = 200;
		reply->verdict = (uint32_t)rv_report_code(&a.verified.report);
		rv_jw_open(&w, NULL, '{');
		rv_verdict_json(&a.verified, &w);
		rv_jw_close(&w);
		return true;
	}
	if (why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	reply->status = why.code == RV_USAGE ? 400 : 422;
	reply->verdict = (uint32_t)RV_INPUT;
	rv_serve_error(why.code, why.msg, to);
	return true;
}

static bool put_line(const struct rv_fleet *f,
		     const struct rv_serve_request *request,
		     struct rv_span body, struct rv_grow *to,
		     struct rv_serve_reply *reply, struct rv_err *err)
{
	struct rv_jw w = { .to = to, .compact = true };
	enum rv_code answer = RV_INPUT;

	reply->status = 200;
	if (!rv_result_line(f, body, NULL, request->number, &w, &answer, err))
		return false;
	reply->verdict = (uint32_t)answer;
	return true;
}

bool rv_serve_answer(const struct rv_fleet *f,
		     const struct rv_releases *releases,
		     const struct rv_serve_request *request,
		     struct rv_span body, struct rv_grow *to,
		     struct rv_serve_reply *reply, struct rv_err *err)
{
	enum rv_code code = RV_INPUT;
	bool good;

	*reply = (struct rv_serve_reply){ .verdict = RV_INPUT };
	switch ((enum rv_serve_kind)request->kind) {
	case RV_SERVE_REPORT:
		good = put_report(f, body, to, reply, err);
		break;
	case RV_SERVE_LINE:
		good = put_line(f, request, body, to, reply, err);
		break;
	case RV_SERVE_PEER:
		reply->status = 200;
		good = rv_peer_answer(f, releases, body, to, &code, err);
		reply->verdict = (uint32_t)code;
		break;
	case RV_SERVE_PAGE:
		good = memchr(request->type, 0, sizeof request->type) &&
		       rv_upload_answer(f, request->type, body, to, reply, err);
		break;
	default:
		return rv_fail(err, RV_SYSTEM, "a request of no kind");
	}
	if (good && to->failed)
		return rv_no_memory(err, "answer");
	return good;
}
