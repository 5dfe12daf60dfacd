/* SPDX-License-Identifier: Apache-2.0 */
/* print.c - a decoded quote as refval.quote/1 and as text. */
#include "print.h"
#include "dcap_out.h"
#include "last_line.h"
#include "out.h"

/* Fields that are numbers, not bytes. */
static bool is_number(const char *name)
{
	static const char *const number[] = { "isvprodid", "isvsvn",
					      "config_svn", "vmid" };

	for (size_t i = 0; i < RV_LEN(number); i++)
		if (strcmp(name, number[i]) == 0)
			return true;
	return false;
}

static void json_fields(const char *key, enum rv_body type, struct rv_span body,
			struct rv_jw *w)
{
	size_t n;
	const struct rv_quote_field *f = rv_quote_fields(type, &n);

	rv_jw_open(w, key, '{');
	for (; n; n--, f++) {
		struct rv_span s;

		if (!rv_sub(body, f->offset, f->length, &s))
			continue;
		if (is_number(f->name))
			rv_jw_u64(w, f->name, rv_num(s));
		else
			rv_jw_hex(w, f->name, s);
	}
	rv_jw_close(w);
}

static void json_signature(const struct rv_quote *q, struct rv_jw *w)
{
	rv_jw_open(w, "signature", '{');
	rv_jw_hex(w, "signature", q->signature);
	rv_jw_hex(w, "attestation_key", q->att_key);
	json_fields("qe_report", RV_BODY_SGX, q->qe_report, w);
	rv_jw_hex(w, "qe_report_signature", q->qe_signature);
	rv_jw_hex(w, "qe_auth_data", q->auth);
	rv_jw_open(w, "certification_data", '{');
	rv_jw_u64(w, "type", q->cert_type);
	rv_jw_u64(w, "size", q->cert_data.n);
	if (q->cert_type == 5)
		rv_jw_text(w, "pem", q->cert_data);
	else
		rv_jw_hex(w, "data", q->cert_data);
	rv_jw_close(w);
	rv_jw_u64(w, "trailing_bytes", q->trailing.n);
	rv_jw_bool(w, "trailing_nonzero", q->trailing_nonzero);
	rv_jw_close(w);
}

static void json_quote(const struct rv_quote *q, struct rv_jw *w)
{
	struct rv_span reserved = { 0 };

	if (!rv_sub(q->header, 8, 4, &reserved))
		w->to->failed = true;
	rv_jw_u64(w, "version", q->version);
	rv_jw_str(w, "tee", q->tee == RV_TEE_TDX ? "tdx" : "sgx");
	rv_jw_u64(w, "att_key_type", q->att_key_type);
	rv_jw_u64(w, "body_type", (uint64_t)q->body_type);
	rv_jw_open(w, "header", '{');
	if (q->version == 3) {
		rv_jw_u64(w, "qe_svn", rv_num(rv_span(reserved.p, 2)));
		rv_jw_u64(w, "pce_svn", rv_num(rv_span(reserved.p + 2, 2)));
	} else {
		rv_jw_hex(w, "reserved", reserved);
	}
	rv_jw_hex(w, "qe_vendor_id", q->qe_vendor_id);
	rv_jw_hex(w, "user_data", q->user_data);
	rv_jw_close(w);
	json_fields("body", q->body_type, q->body, w);
}

/* Is the quote bound to the key of the RA-TLS certificate it came in? */
static bool key_bound(const struct rv_evidence *e, const struct rv_proof *r)
{
	return r->decoded && rv_same(rv_quote_field(&r->quote, "report_data"),
				     rv_span(e->ratls_report_data,
					     sizeof e->ratls_report_data));
}

/* What came beside the quote, over TLS. */
static void json_tls(const struct rv_evidence *e, const struct rv_proof *r,
		     struct rv_jw *w)
{
	const struct rv_evidence_tls *t = &e->tls;

	if (e->has_ratls_report_data)
		rv_jw_bool(w, "ra_tls_key_bound", key_bound(e, r));
	if (!t->host)
		return;
	rv_jw_open(w, "tls", '{');
	rv_jw_str(w, "host", t->host);
	rv_jw_u64(w, "port", t->port);
	rv_jw_hex(w, "sha256", rv_span(t->sha256.b, sizeof t->sha256.b));
	rv_jw_bool(w, "trusted", t->trusted);
	rv_jw_str(w, "when", t->when);
	rv_jw_close(w);
}

void rv_quote_json(const struct rv_evidence *e, const struct rv_proof *r,
		   uint64_t line, struct rv_jw *w)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "schema", "refval.quote/1");
	if (line)
		rv_jw_u64(w, "line", line);
	rv_jw_str(w, "verdict", rv_answer_name(r->answer));
	rv_jw_str(w, "reason",
		  r->message[0] ? r->message
		  : !r->checked ? rv_proof_headline(r)
				: NULL);
	rv_jw_str(w, "format", e->format[0] ? e->format : NULL);
	if (e->instance)
		rv_jw_str(w, "instance", e->instance);
	if (e->beside)
		rv_jw_str(w, "beside", e->beside);
	if (r->decoded) {
		json_quote(&r->quote, w);
		/* Most of a line, and of use to few. */
		if (!line)
			json_signature(&r->quote, w);
	} else {
		rv_jw_null(w, "version");
		rv_jw_null(w, "tee");
		rv_jw_null(w, "body");
	}
	if (!line)
		json_tls(e, r, w);
	rv_proof_json(r, w);
	rv_jw_close(w);
}

/* ---- text ---- */

static const char *body_name(enum rv_body type)
{
	switch (type) {
	case RV_BODY_SGX:
		return "SGX enclave report";
	case RV_BODY_TD10:
		return "TD 1.0 report";
	case RV_BODY_TD15:
		return "TD 1.5 report";
	case RV_BODY_TD15_EX:
		return "TD 1.5 report, extended";
	}
	return "unknown";
}

static void print_fields(const struct rv_quote *q)
{
	size_t n;
	const struct rv_quote_field *f = rv_quote_fields(q->body_type, &n);

	for (; n; n--, f++) {
		struct rv_span s = rv_quote_field(q, f->name);

		if (is_number(f->name))
			rv_out("%-18s %" PRIu64 "\n", f->name, rv_num(s));
		else
			rv_out_field(f->name, s);
	}
}

static void print_tls(const struct rv_evidence *e, const struct rv_proof *r)
{
	const struct rv_evidence_tls *t = &e->tls;

	if (e->has_ratls_report_data)
		rv_out_tone(key_bound(e, r) ? RV_TONE_PLAIN : RV_TONE_BAD,
			    "%-18s %s\n", "certificate's key",
			    key_bound(e, r) ? "bound by report_data"
					    : "NOT bound by report_data");
	if (!t->host)
		return;
	rv_out_field("TLS certificate", rv_span(t->sha256.b, 32));
	rv_out("%-18s of ", "");
	rv_out_str(t->host);
	rv_out(":%u, recorded%s; refval-diff and refval-verify bind it\n",
	       t->port, t->trusted ? " and trusted by an authority" : "");
}

void rv_quote_print(const struct rv_evidence *e, const struct rv_proof *r)
{
	const struct rv_quote *q = &r->quote;

	if (r->decoded) {
		rv_out("%-18s version %u, %s, from %s\n", "quote", q->version,
		       body_name(q->body_type), e->format);
		if (e->instance) {
			rv_out("%-18s ", "instance");
			rv_out_str(e->instance);
			rv_out("\n");
		}
		if (e->beside) {
			rv_out("%-18s ", "not looked at");
			rv_out_str(e->beside);
			rv_out("\n");
		}
		rv_out("\nClaims (%s):\n",
		       r->verdict.verified ? "verified" : "unverified");
		print_fields(q);
		print_tls(e, r);
		rv_out("\n");
	}
	rv_proof_print(r);
	if (r->verdict.rows)
		rv_out("\n");
	rv_last_line(r->answer, "%s%s%s%s",
		     r->answer == RV_OK && r->checked
			 ? "the quote is genuine, its TCB "
		     : r->message[0] ? r->message
				     : rv_proof_headline(r),
		     r->answer == RV_OK && r->checked
			 ? rv_tcb_status_name(r->verdict.status)
			 : "",
		     "", "");
}
