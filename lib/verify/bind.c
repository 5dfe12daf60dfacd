/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind.c - what report_data is bound to: what was asked for, and what the
 * evidence binds by itself (the key of its RA-TLS certificate, the certificate
 * of a server that was recorded beside it).
 */
#include "verify.h"

/* The row that a certificate recorded beside the evidence can be in. */
static const char recordable[] = "tls-certificate";

static bool asked(const struct rv_binding *b)
{
	return b->has_report_data || b->address_n || b->has_nonce ||
	       b->file.statement || b->file.key || b->file.certificate;
}

bool rv_verify_binding_asked(const struct rv_verify_job *j)
{
	return j->in->binding && asked(j->in->binding);
}

/* A digest or nonce that is shorter may stand behind the zeros, as some SDKs
 * pad it; of a few bytes nobody could say which value they are. */
static bool stands_behind(const struct rv_binding *b, struct rv_span rd)
{
	size_t n = b->report_data_n, zeros = rd.n - n;

	return n >= 32 && n < rd.n && rv_all_zero(rv_span(rd.p, zeros)) &&
	       memcmp(rd.p + zeros, b->report_data, n) == 0;
}

struct rv_check *rv_binding_report(const struct rv_binding *b,
				   struct rv_span rd, struct rv_report *report)
{
	struct rv_span want = rv_span(b->report_data, sizeof b->report_data);
	struct rv_check *c;
	bool same = rv_same(rd, want);
	bool good = same || stands_behind(b, rd);

	if (!b->has_report_data)
		return NULL;
	c = rv_report_add(report, RV_LAYER_REPORT_DATA, "report_data",
			  good ? RV_YES : RV_DIFFERS);
	rv_report_set_hex(report, &c->expected, want);
	rv_report_set(report, &c->from, "%s",
		      b->report_data_from ? b->report_data_from : "given");
	rv_report_set_hex(report, &c->actual, rd);
	rv_report_set(report, &c->reason, "%s",
		      same   ? "it is what was asked for"
		      : good ? "it is what was asked for, behind zeros"
			     : "it is not what was asked for: stale, replayed,"
			       " or made for somebody else");
	return c;
}

static const char *from_of(const struct rv_binding *b, const char *name)
{
	if (strcmp(name, "statement") == 0)
		return b->statement_from;
	if (strcmp(name, "public-key") == 0)
		return b->key_from;
	if (strcmp(name, "signature") == 0)
		return b->signature_from;
	return b->certificate_from;
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
	rv_report_set(report, &c->from,
		      "in the evidence's own words of %s:%u, recorded %s",
		      t->host, t->port,
		      t->when ? t->when : "at an unknown time");
}

static void not_compared(struct rv_report *report)
{
	struct rv_check *c = rv_report_add(report, RV_LAYER_REPORT_DATA,
					   recordable, RV_UNCHECKED);

	rv_report_set(report, &c->reason,
		      "the statement names a certificate, and none was given"
		      " or recorded");
}

static bool check_files(const struct rv_binding *asked,
			const struct rv_evidence *e, struct rv_span rd,
			struct rv_report *report, struct rv_err *err)
{
	struct rv_span certificate = rv_buf_span(&e->tls.certificate);
	struct rv_bindings b = asked->file;
	bool names = !b.certificate && b.statement &&
		     rv_bind_names_certificate(b.statement);
	bool from_record = names && e->tls.host;
	struct rv_bound_list rows;

	/* A statement that names a certificate: the one that was recorded. */
	if (from_record)
		b.certificate = &certificate;
	if (!rv_bind_check(rd.p, &b, &rows, err))
		return false;
	for (size_t i = 0; i < rows.n; i++) {
		const struct rv_bound *row = &rows.row[i];
		const char *from = from_of(asked, row->name);
		struct rv_check *c =
		    add_row(row, row->good ? RV_YES : RV_DIFFERS, report);

		if (strcmp(row->name, recordable) == 0 && b.statement)
			rv_report_rests(c, "statement");
		if (from)
			rv_report_set(report, &c->from, "%s", from);
		else if (from_record && strcmp(row->name, recordable) == 0)
			recorded(&e->tls, c, report);
	}
	if (names && !from_record)
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
	struct rv_span cert = rv_buf_span(&e->tls.certificate);
	const struct rv_bindings b = { .certificate = &cert };
	struct rv_bound_list rows;
	struct rv_check *c;

	for (size_t i = 0; i < report->n; i++)
		if (!report->check[i].name ||
		    strcmp(report->check[i].name, recordable) == 0)
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

static bool all_rows(struct rv_verify_job *j, const struct rv_binding *b,
		     struct rv_err *err)
{
	const struct rv_evidence *e = j->out->evidence;
	struct rv_report *report = &j->out->report;
	struct rv_span rd = j->report_data;

	if (j->in->identify && !asked(b) && !rv_verify_look(j, err))
		return false;
	check_ratls(e, rd, report);
	rv_binding_report(b, rd, report);
	return rv_verify_layout(j, b, err) &&
	       check_files(b, e, rd, report, err) &&
	       check_recorded(e, rd, report, err);
}

bool rv_verify_binding(struct rv_verify_job *j, struct rv_err *err)
{
	static const struct rv_binding nothing;
	const struct rv_binding *b = j->in->binding ? j->in->binding : &nothing;
	struct rv_report *report = &j->out->report;
	size_t from = report->n;

	if (j->report_data.n != RV_REPORT_DATA) {
		if (!asked(b))
			return true;
		return rv_fail(err, RV_INPUT,
			       "no quote in the evidence, so no report_data"
			       " that is bound to anything");
	}
	if (!all_rows(j, b, err))
		return false;
	for (size_t i = from; i < report->n; i++)
		rv_verify_rests_on_signature(j->out, &report->check[i]);
	return true;
}
