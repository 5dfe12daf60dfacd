/* SPDX-License-Identifier: Apache-2.0 */
/* bind_opts.c - what report_data must be bound to, from options to checks. */
#include "bind_opts.h"
#include "base.h"

#include <refval/bind.h>

enum { STATEMENT_MAX = 16 << 20, MESSAGE_MAX = 1 << 30, SMALL_MAX = 1 << 20 };

/* The files that were named. All owned. */
struct files {
	struct rv_buf statement, key, signature, message, certificate;
};

static void files_free(struct files *f)
{
	rv_buf_free(&f->statement);
	rv_buf_free(&f->key);
	rv_buf_free(&f->signature);
	rv_buf_free(&f->message);
	rv_buf_free(&f->certificate);
}

bool rv_bind_opts_given(const struct rv_bind_opts *o)
{
	return o->report_data || o->statement || o->key || o->certificate ||
	       o->hash || o->prefix || o->path || o->signature || o->message;
}

static bool usage(const struct rv_bind_opts *o, struct rv_err *err)
{
	if ((o->hash || o->prefix || o->path) && !o->statement)
		return rv_fail(err, RV_USAGE,
			       "--hash, --prefix and --jq-path go with"
			       " --statement");
	if (!o->signature != !o->message)
		return rv_fail(err, RV_USAGE,
			       "--signature and --message go together");
	if (o->signature && !o->key)
		return rv_fail(err, RV_USAGE,
			       "--signature needs the --public-key it is by");
	return true;
}

static bool read_file(const char *path, size_t max, struct rv_buf *out,
		      struct rv_err *err)
{
	return !path || rv_buf_read(path, max, out, err);
}

static bool expected(const char *hex, uint8_t out[RV_REPORT_DATA],
		     struct rv_err *err)
{
	size_t n = strlen(hex) / 2;

	memset(out, 0, RV_REPORT_DATA);
	if (n == 0 || n > RV_REPORT_DATA || !rv_unhex(rv_text(hex), out, n))
		return rv_fail(err, RV_USAGE,
			       "--report-data: not 1 to 64 bytes in hex");
	return true;
}

/* The value itself, zero padded on the right. */
static bool check_value(const struct rv_bind_opts *o, struct rv_span rd,
			struct rv_report *report, struct rv_err *err)
{
	uint8_t want[RV_REPORT_DATA];
	struct rv_check *c;
	bool good;

	if (!o->report_data)
		return true;
	if (!expected(o->report_data, want, err))
		return false;
	good = rv_same(rd, rv_span(want, sizeof want));
	c = rv_report_add(report, RV_LAYER_REPORT_DATA, "report_data",
			  good ? RV_YES : RV_DIFFERS);
	rv_report_set_hex(report, &c->expected, rv_span(want, sizeof want));
	rv_report_set(report, &c->from, "--report-data");
	rv_report_set_hex(report, &c->actual, rd);
	rv_report_set(report, &c->reason, "%s",
		      good ? "the quote carries what was asked for"
			   : "the quote carries something else: stale,"
			     " replayed, or made for somebody else");
	return true;
}

static const char *from_of(const struct rv_bind_opts *o, const char *name)
{
	if (strcmp(name, "statement") == 0)
		return o->statement;
	if (strcmp(name, "public-key") == 0)
		return o->key;
	if (strcmp(name, "signature") == 0)
		return o->signature;
	return o->certificate;
}

static struct rv_check *add_row(const struct rv_bound *b,
				enum rv_verdict verdict,
				struct rv_report *report)
{
	struct rv_check *c =
	    rv_report_add(report, RV_LAYER_REPORT_DATA, b->name, verdict);

	rv_report_set(report, &c->expected, "%s", b->expected);
	rv_report_set(report, &c->actual, "%s", b->actual);
	rv_report_set(report, &c->reason, "%s", b->reason);
	return c;
}

static void recorded(const struct rv_evidence_tls *t, struct rv_check *c,
		     struct rv_report *report)
{
	rv_report_set(report, &c->from, "%s:%u, recorded %s", t->host, t->port,
		      t->when ? t->when : "at an unknown time");
}

static void add_rows(const struct rv_bind_opts *o, const struct rv_evidence *e,
		     const struct rv_bound_list *rows, struct rv_report *report)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct rv_bound *b = &rows->row[i];
		const char *from = from_of(o, b->name);
		struct rv_check *c =
		    add_row(b, b->good ? RV_YES : RV_DIFFERS, report);

		if (from)
			rv_report_set(report, &c->from, "%s", from);
		else
			recorded(&e->tls, c, report);
	}
}

static void not_compared(struct rv_report *report)
{
	struct rv_check *c = rv_report_add(report, RV_LAYER_REPORT_DATA,
					   "tls-certificate", RV_UNCHECKED);

	rv_report_set(report, &c->reason,
		      "the statement names a certificate, and none was given"
		      " or recorded");
}

static bool check_files(const struct rv_bind_opts *o,
			const struct rv_evidence *e, struct rv_span rd,
			struct rv_report *report, struct rv_err *err)
{
	RV_AUTO(files_free) struct files f = { 0 };
	struct rv_statement statement = { .hash = o->hash,
					  .prefix = o->prefix,
					  .path = o->path };
	struct rv_bound_key key = { .has_signature = o->signature != NULL };
	struct rv_span certificate;
	struct rv_bindings b = { 0 };
	struct rv_bound_list rows;

	if (!read_file(o->statement, STATEMENT_MAX, &f.statement, err) ||
	    !read_file(o->key, SMALL_MAX, &f.key, err) ||
	    !read_file(o->signature, SMALL_MAX, &f.signature, err) ||
	    !read_file(o->message, MESSAGE_MAX, &f.message, err) ||
	    !read_file(o->certificate, SMALL_MAX, &f.certificate, err))
		return false;
	statement.file = rv_buf_span(&f.statement);
	key.key = rv_buf_span(&f.key);
	key.signature = rv_buf_span(&f.signature);
	key.message = rv_buf_span(&f.message);
	certificate = rv_buf_span(&f.certificate);
	b.statement = o->statement ? &statement : NULL;
	b.key = o->key ? &key : NULL;
	b.certificate = o->certificate ? &certificate : NULL;
	/* A statement that names a certificate: the one that was recorded. */
	if (!o->certificate && o->statement && e->tls.host &&
	    rv_bind_names_certificate(&statement)) {
		certificate = rv_buf_span(&e->tls.certificate);
		b.certificate = &certificate;
	}
	if (!rv_bind_check(rd.p, &b, &rows, err))
		return false;
	add_rows(o, e, &rows, report);
	if (o->statement && !b.certificate &&
	    rv_bind_names_certificate(&statement))
		not_compared(report);
	return true;
}

/*
 * The certificate that was recorded beside the evidence, when nothing that was
 * given speaks of one. A quote that carries it binds it; one that does not was
 * never said to: that is unchecked, not wrong.
 */
static bool check_recorded(const struct rv_evidence *e, struct rv_span rd,
			   struct rv_report *report, struct rv_err *err)
{
	static const char name[] = "tls-certificate";
	struct rv_span cert = rv_buf_span(&e->tls.certificate);
	const struct rv_bindings b = { .certificate = &cert };
	struct rv_bound_list rows;
	struct rv_check *c;

	for (size_t i = 0; i < report->n; i++)
		if (!report->check[i].name ||
		    strcmp(report->check[i].name, name) == 0)
			return true;
	if (!e->tls.host)
		return true;
	if (!rv_bind_check(rd.p, &b, &rows, err))
		return false;
	c = add_row(&rows.row[0], rows.row[0].good ? RV_YES : RV_UNCHECKED,
		    report);
	recorded(&e->tls, c, report);
	if (!rows.row[0].good)
		rv_report_set(report, &c->reason,
			      "recorded, but neither report_data nor a"
			      " statement names it");
	return true;
}

/* Evidence out of an RA-TLS certificate: its quote must bind its key. */
static void check_ratls(const struct rv_evidence *e, struct rv_span rd,
			struct rv_report *report)
{
	struct rv_span want =
	    rv_span(e->ratls_report_data, sizeof e->ratls_report_data);
	struct rv_check *c;
	bool good = rv_same(rd, want);

	if (!e->has_ratls_report_data)
		return;
	c = rv_report_add(report, RV_LAYER_REPORT_DATA, "ra-tls-key",
			  good ? RV_YES : RV_DIFFERS);
	rv_report_set_hex(report, &c->expected, want);
	rv_report_set(report, &c->from, "the key of the RA-TLS certificate");
	rv_report_set_hex(report, &c->actual, rd);
	rv_report_set(report, &c->reason, "%s",
		      good ? "the quote binds the key of its certificate"
			   : "report_data of the quote does not bind the key"
			     " of its certificate");
}

bool rv_bind_opts_check(const struct rv_bind_opts *o,
			const struct rv_evidence *e,
			const struct rv_quote *quote, struct rv_report *report,
			struct rv_err *err)
{
	struct rv_span rd = { 0 };

	if (!usage(o, err))
		return false;
	if (quote)
		rd = rv_quote_field(quote, "report_data");
	if (rd.n != RV_REPORT_DATA) {
		if (!rv_bind_opts_given(o))
			return true;
		return rv_fail(err, RV_INPUT,
			       "no quote in the evidence, so no report_data"
			       " that is bound to anything");
	}
	check_ratls(e, rd, report);
	return check_value(o, rd, report, err) &&
	       check_files(o, e, rd, report, err) &&
	       check_recorded(e, rd, report, err);
}
