/* SPDX-License-Identifier: Apache-2.0 */
/* upload.c - what somebody dropped on the page, and the report of it. */
#include "upload.h"
#include "form.h"
#include "html_page.h"
#include "html_text.h"
#include "verdict_out.h"

/* What a form asks: files as they are, text with the line feeds it had. */
struct asked {
	struct rv_form form;
	struct rv_buf evidence, compose, release; /* owned */
	struct rv_span compose_span;
};

static void asked_free(struct asked *a)
{
	rv_buf_free(&a->evidence);
	rv_buf_free(&a->compose);
	rv_buf_free(&a->release);
}

/* Browsers send each line feed of a text field as CR LF. */
static bool take_text(struct rv_span s, struct rv_buf *out, struct rv_err *err)
{
	size_t n = 0;

	if (!rv_buf_copy(s, out, err))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r' || i + 1 == s.n || s.p[i + 1] != '\n')
			out->p[n++] = s.p[i];
	out->p[n] = '\0';
	out->n = n;
	return true;
}

static bool take_one(const char *what, struct rv_span file, struct rv_span text,
		     struct rv_buf *out, struct rv_err *err)
{
	if (file.n && text.n)
		return rv_fail(err, RV_INPUT,
			       "%s: a file and a text; one of the two counts",
			       what);
	return file.n ? rv_buf_copy(file, out, err) : take_text(text, out, err);
}

static bool read_asked(const char *type, struct rv_span body, struct asked *a,
		       struct rv_err *err)
{
	const struct rv_form *f = &a->form;

	if (!rv_form_read(type, body, &a->form, err) ||
	    !take_one("what the machine said", f->evidence, f->evidence_text,
		      &a->evidence, err) ||
	    !take_one("app-compose.json", f->compose, f->compose_text,
		      &a->compose, err))
		return false;
	if (!a->evidence.n)
		return rv_fail(err, RV_INPUT,
			       "nothing of what the machine said was given");
	if (memchr(f->release.p ? f->release.p : (const uint8_t *)"", 0,
		   f->release.n))
		return rv_fail(err, RV_INPUT, "release: no name of a record");
	a->compose_span = rv_buf_span(&a->compose);
	return rv_buf_copy(f->release, &a->release, err);
}

static bool verify(const struct rv_fleet *f, const struct asked *a,
		   struct rv_verify_input *in, struct rv_verified *v,
		   struct rv_err *err)
{
	*in = *f->in;
	in->threads = 1;
	in->proof = rv_dcap_proof(f->dcap);
	in->evidence_bytes = rv_buf_span(&a->evidence);
	if (a->release.n) {
		in->release = (const char *)a->release.p;
		in->identify = false;
	}
	if (a->compose.n) {
		in->compose = &a->compose_span;
		in->compose_name = "app-compose.json";
	}
	if (f->add && !f->add(f->arg, in, err))
		return false;
	return rv_verify(f->verifier, in, v, err) &&
	       rv_snp_opts_fit(v->evidence->attester, f->asked->dcap,
			       f->asked->snp, err);
}

static void put_failure(const char *why, struct rv_grow *to)
{
	rv_html_begin(to, "no report");
	rv_grow_text(to, "<h1>No report</h1><p class=\"verdict cannot-tell\">");
	rv_html_str(to, why);
	rv_grow_text(to, "</p><p><a href=\"/\">Back</a></p></body></html>\n");
}

bool rv_upload_answer(const struct rv_fleet *f, const char *type,
		      struct rv_span body, struct rv_grow *to,
		      struct rv_serve_reply *reply, struct rv_err *err)
{
	RV_AUTO(asked_free) struct asked a = { 0 };
	RV_AUTO(rv_verified_free) struct rv_verified v = { 0 };
	struct rv_verify_input in;
	struct rv_err why = { 0 };

	if (read_asked(type, body, &a, &why) && verify(f, &a, &in, &v, &why)) {
		const struct rv_verdict_out o = { .evidence = "as uploaded",
						  .reference = in.release };

		reply->status = 200;
		reply->verdict = (uint32_t)rv_report_code(&v.report);
		rv_verdict_page(&v, &o, to);
		return true;
	}
	if (why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	reply->status = why.code == RV_USAGE ? 400 : 422;
	reply->verdict = (uint32_t)RV_INPUT;
	put_failure(why.msg, to);
	return true;
}
