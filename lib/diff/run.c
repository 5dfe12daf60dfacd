/* SPDX-License-Identifier: Apache-2.0 */
/* run.c - the whole comparison, in the order of the trust layers. */
#include "diff.h"

/* A debug TD's memory can be read by its host: it keeps no secret. */
static void check_debug(const struct rv_diff_input *in, struct rv_report *r)
{
	struct rv_span a = rv_quote_field(in->quote, "td_attributes");
	bool debug = a.n && a.p[0]; /* bits 0-7, TUD: TD under debug */
	struct rv_check *c;

	if (a.n != 8)
		return;
	c = rv_report_add(r, RV_LAYER_HARDWARE, "td_attributes",
			  !debug	    ? RV_YES
			  : in->allow_debug ? RV_UNCHECKED
					    : RV_DIFFERS);
	rv_report_rests(c, "quote_signature");
	rv_report_set_hex(r, &c->actual, a);
	rv_report_set(r, &c->reason, "%s",
		      debug ? "a debug TD: its host can read its memory"
			    : "not a debug TD");
}

/* What the container says of the registers is hearsay; a lie is worth a no. */
static void check_claimed(const struct rv_diff_input *in, struct rv_report *r)
{
	struct rv_check *c;

	for (size_t i = 0; i < in->evidence->claimed.n; i++) {
		const struct rv_mr *said = &in->evidence->claimed.item[i];
		struct rv_span got = rv_quote_field(in->quote, said->name);

		if (!got.n || rv_same(got, rv_span(said->b, said->n)))
			continue;
		c = rv_report_add(r, RV_LAYER_HARDWARE, "tcb_info", RV_DIFFERS);
		rv_report_set_hex(r, &c->expected, got);
		rv_report_set(r, &c->from, "the quote");
		rv_report_set_hex(r, &c->actual, rv_span(said->b, said->n));
		rv_report_set(r, &c->reason,
			      "tcb_info names another %s than the quote: it "
			      "was edited, or is of another machine",
			      said->name);
		return;
	}
}

/* One hash of the container's, beside the one that RTMR3 recorded. */
static void check_said_hash(const char *name, bool has,
			    const struct rv_sha256 *said,
			    const struct rv_claim *recorded,
			    struct rv_report *r)
{
	struct rv_check *c;

	if (!has || !recorded->found ||
	    rv_same(recorded->value, rv_span(said->b, sizeof said->b)))
		return;
	c = rv_report_add(r, RV_LAYER_HARDWARE, "tcb_info", RV_DIFFERS);
	rv_report_set_hex(r, &c->expected, recorded->value);
	rv_report_set(r, &c->from, "the event log");
	rv_report_set_hex(r, &c->actual, rv_span(said->b, sizeof said->b));
	rv_report_set(r, &c->reason,
		      "tcb_info names another %s than the event log records:"
		      " it was edited, or is of another machine",
		      name);
}

static void check_said_hashes(const struct rv_diff_input *in,
			      struct rv_report *r)
{
	const struct rv_evidence *e = in->evidence;
	const struct rv_claims *c = &in->replay->claims;

	check_said_hash("compose_hash", e->has_claimed_compose_hash,
			&e->compose_hash, &c->compose_hash, r);
	check_said_hash("os_image_hash", e->has_claimed_os_image_hash,
			&e->os_image_hash, &c->os_image_hash, r);
}

/*
 * Does the evidence name another one? Who says 32 bytes and zeros means a
 * digest: it may stand behind the zeros in the quote, or as hex text.
 */
static bool other_data(bool has, const uint8_t *said, struct rv_span signed_one)
{
	struct rv_span digest = rv_span(said, 32),
		       rest = rv_span(said + 32, 32);
	char hex[65];

	if (!has || rv_same(signed_one, rv_span(said, 64)))
		return false;
	if (!rv_all_zero(rest) || rv_all_zero(digest))
		return true;
	rv_hex(digest, hex);
	return !(rv_all_zero(rv_span(signed_one.p, 32)) &&
		 rv_same(rv_span(signed_one.p + 32, 32), digest)) &&
	       !rv_same(signed_one, rv_text(hex));
}

const char *rv_diff_report_data(const struct rv_evidence *e, struct rv_span rd)
{
	if (other_data(e->has_report_data, e->report_data, rd))
		return "the evidence names another report_data than its quote"
		       " carries: it was edited, or is of another quote";
	if (other_data(e->source.has_asked, e->source.asked, rd))
		return "a stale or replayed quote: it does not carry what"
		       " source.asked says the machine was asked for";
	return NULL;
}

/* The same of what it says of report_data. */
static void check_report_data(const struct rv_evidence *e, struct rv_span rd,
			      struct rv_report *r)
{
	const char *lie = rv_diff_report_data(e, rd);
	bool own = other_data(e->has_report_data, e->report_data, rd);
	struct rv_check *c;

	if (!lie)
		return;
	c = rv_report_add(r, RV_LAYER_REPORT_DATA, "evidence_report_data",
			  RV_DIFFERS);
	rv_report_set_hex(r, &c->expected, rd);
	rv_report_set(r, &c->from, "the quote");
	rv_report_set_hex(r, &c->actual,
			  rv_span(own ? e->report_data : e->source.asked, 64));
	rv_report_set(r, &c->reason, "%s", lie);
}

/* Of several machines in one document, which one all of this is about. */
static void note_instance(const struct rv_evidence *e, struct rv_report *r)
{
	struct rv_check *c;

	if (!e->instance)
		return;
	c = rv_report_add(r, RV_LAYER_HARDWARE, "instance", RV_UNCHECKED);
	rv_report_set(r, &c->actual, "%s", e->instance);
	rv_report_set(r, &c->reason, "the one that was looked at");
}

/* What came along, and nobody looks at. */
static void note_beside(const struct rv_evidence *e, struct rv_report *r)
{
	struct rv_check *c;

	if (!e->beside)
		return;
	c = rv_report_add(r, RV_LAYER_HARDWARE, "beside", RV_UNCHECKED);
	rv_report_set(r, &c->reason, "%s", e->beside);
}

/* Two parts of the evidence that cannot both be of one machine. */
static void check_conflict(const struct rv_evidence *e, struct rv_report *r)
{
	struct rv_check *c;

	if (!e->conflict || !*e->conflict)
		return;
	c = rv_report_add(r, RV_LAYER_HARDWARE, "evidence", RV_DIFFERS);
	rv_report_set(r, &c->reason, "its parts contradict each other: %s",
		      e->conflict);
}

void rv_diff_evidence(const struct rv_evidence *e, struct rv_span report_data,
		      struct rv_report *report)
{
	note_instance(e, report);
	note_beside(e, report);
	check_conflict(e, report);
	if (report_data.n)
		check_report_data(e, report_data, report);
}

/* What was assumed, or is in the reference and compared with nothing. */
static void list_assumed(const struct rv_diff_input *in, struct rv_report *r)
{
	for (size_t i = 0; in->values && i < in->values->assumptions; i++) {
		struct rv_check *c = rv_report_add(
		    r, RV_LAYER_FIRMWARE, "reference_assumed", RV_UNCHECKED);

		rv_report_set(r, &c->reason, "%s", in->values->assumed[i]);
	}
}

bool rv_diff_run(const struct rv_diff_input *in, struct rv_report *report,
		 struct rv_err *err)
{
	struct rv_span rd = { 0 };

	if (in->quote)
		rd = rv_quote_field(in->quote, "report_data");
	rv_diff_evidence(in->evidence, rd, report);
	if (in->quote) {
		check_debug(in, report);
		check_claimed(in, report);
	}
	if (in->replay)
		check_said_hashes(in, report);
	list_assumed(in, report);
	rv_diff_registers(in, report);
	rv_diff_rtmr3_log(in, report);
	if (!rv_diff_app(in, report, err))
		return false;
	if (report->failed)
		return rv_no_memory(err, "report");
	return true;
}

bool rv_diff_tpm(const struct rv_diff_input *in, struct rv_report *r,
		 struct rv_err *err)
{
	rv_diff_pcr14_log(in, r);
	if (!rv_diff_app(in, r, err) || !rv_diff_pcr8_config(in, r, err))
		return false;
	return !r->failed || rv_no_memory(err, "report");
}
