/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fingerprint.c - the certificate that a server presents: its SHA-256 in a
 * statement, or it or its key in report_data itself.
 */
#include "bind_text.h"

#include "pubkey.h"
#include "digest.h"
#include "json.h"
#include "pem.h"

#include <stdio.h>

bool rv_bind_certificate_der(struct rv_span cert, struct rv_buf *out,
			     struct rv_err *err)
{
	if (rv_pem_has(cert, "CERTIFICATE"))
		return rv_pem_first(cert, "CERTIFICATE", out, err);
	return rv_buf_copy(cert, out, err);
}

bool rv_bind_fingerprint(struct rv_span certificate, struct rv_sha256 *out,
			 struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf spki = { 0 };

	/* Reading its key shows that it is one certificate and no more. */
	return rv_bind_certificate_der(certificate, &der, err) &&
	       rv_cert_spki(rv_buf_span(&der), &spki, err) &&
	       rv_sha256(rv_buf_span(&der), out, err);
}

/* 64 hex digits, or 32 pairs with colons between them. */
static bool read_fingerprint(struct rv_span text, struct rv_sha256 *out)
{
	uint8_t digits[64];
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool colon = text.n == 95 && i % 3 == 2;

		if (colon != (text.p[i] == ':') || n == sizeof digits)
			return false;
		if (!colon)
			digits[n++] = text.p[i];
	}
	return rv_unhex(rv_span(digits, n), out->b, sizeof out->b);
}

static const char *const names[] = { "tlsFingerprint", "certFingerprint",
				     "tls_fingerprint" };

bool rv_bind_names_certificate(const struct rv_statement *s)
{
	RV_AUTO(rv_json_free) rv_json *doc = NULL;
	struct rv_err ignored = { 0 };
	const rv_json *at, *v = NULL;

	if (!rv_json_parse(s->file, "statement", &doc, &ignored) ||
	    !rv_path_get(doc, s->path ? s->path : ".", &at, &ignored))
		return false;
	for (size_t i = 0; i < RV_LEN(names) && !v; i++)
		v = rv_json_get(at, names[i]);
	return v && !rv_json_is_null(v);
}

/* The fingerprints that the statement names; at least one. */
static bool in_statement(const struct rv_statement *s,
			 const struct rv_sha256 *want, struct rv_bound *row,
			 struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *doc = NULL;
	struct rv_sha256 got;
	const rv_json *at;
	bool some = false;

	if (!rv_json_parse(s->file, "statement", &doc, err) ||
	    !rv_path_get(doc, s->path ? s->path : ".", &at, err))
		return false;
	row->good = true;
	for (size_t i = 0; i < RV_LEN(names); i++) {
		struct rv_span text = { 0 };

		if (!rv_json_opt_text(at, names[i], &text, err))
			return rv_in(err, "statement");
		if (!text.p)
			continue;
		if (!read_fingerprint(text, &got))
			return rv_fail(err, RV_INPUT,
				       "statement: %s: not a SHA-256",
				       names[i]);
		some = true;
		rv_hex(rv_span(got.b, 32), row->actual);
		if (memcmp(got.b, want->b, 32) != 0) {
			row->good = false;
			break;
		}
	}
	if (!some)
		return rv_fail(err, RV_INPUT,
			       "statement: no tlsFingerprint in it");
	snprintf(row->reason, sizeof row->reason,
		 row->good ? "the statement names this certificate"
			   : "the statement names another certificate");
	return true;
}

/* Without a statement, report_data must hold the certificate or its key. */
static bool in_report_data(const uint8_t *report_data, struct rv_span cert,
			   const struct rv_sha256 *want, struct rv_bound *row,
			   struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf spki = { 0 };
	char how[96] = "", hex[65];

	rv_hex(rv_span(report_data, RV_REPORT_DATA), row->actual);
	rv_hex(rv_span(want->b, 32), hex);
	if (rv_bound_holds(report_data, rv_span(want->b, 32)) ||
	    rv_bound_holds(report_data, rv_text(hex))) {
		row->good = true;
		snprintf(row->reason, sizeof row->reason,
			 "report_data is the certificate's SHA-256");
		return true;
	}
	if (!rv_bind_certificate_der(cert, &der, err) ||
	    !rv_cert_spki(rv_buf_span(&der), &spki, err) ||
	    !rv_bind_spki(report_data, rv_buf_span(&spki), how, &row->good,
			  err))
		return false;
	snprintf(row->reason, sizeof row->reason,
		 row->good ? "report_data carries the certificate's key: %s"
			   : "report_data carries neither this certificate "
			     "nor its key%s",
		 how);
	return true;
}

bool rv_bind_certificate(const uint8_t report_data[RV_REPORT_DATA],
			 struct rv_span certificate,
			 const struct rv_statement *s,
			 struct rv_bound_list *out, struct rv_err *err)
{
	struct rv_bound row = { .name = "tls-certificate" };
	struct rv_sha256 want;

	if (!rv_bind_fingerprint(certificate, &want, err))
		return false;
	rv_hex(rv_span(want.b, 32), row.expected);
	if (s ? !in_statement(s, &want, &row, err)
	      : !in_report_data(report_data, certificate, &want, &row, err))
		return false;
	out->row[out->n++] = row;
	return true;
}

bool rv_bind_check(const uint8_t report_data[RV_REPORT_DATA],
		   const struct rv_bindings *b, struct rv_bound_list *out,
		   struct rv_err *err)
{
	struct rv_bound_list list = { 0 };

	if (b->statement &&
	    !rv_bind_statement(report_data, b->statement, &list, err))
		return false;
	if (b->key && !rv_bind_key(report_data, b->key, &list, err))
		return false;
	if (b->certificate && !rv_bind_certificate(report_data, *b->certificate,
						   b->statement, &list, err))
		return rv_in(err, "tls certificate");
	*out = list;
	return true;
}
