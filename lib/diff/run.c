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
	rv_report_set_hex(r, &c->actual, a);
	rv_report_set(r, &c->reason, "%s",
		      debug ? "a debug TD: its host can read its memory"
			    : "not a debug TD");
}

/* What the container says of the registers is hearsay; a lie is worth a no. */
static void check_claimed(const struct rv_diff_input *in, struct rv_report *r)
{
	static const char *const name[] = { "mrtd", "rtmr0", "rtmr1", "rtmr2",
					    "rtmr3" };
	struct rv_check *c;

	if (!in->evidence->has_claimed || !in->quote)
		return;
	for (size_t i = 0; i < RV_LEN(name); i++) {
		const struct rv_sha384 *said =
		    i ? &in->evidence->rtmr[i - 1] : &in->evidence->mrtd;
		struct rv_sha384 got;

		if (!rv_diff_quoted(in->quote, name[i], &got) ||
		    memcmp(got.b, said->b, sizeof got.b) == 0)
			continue;
		c = rv_report_add(r, RV_LAYER_HARDWARE, "tcb_info", RV_DIFFERS);
		rv_report_set_hex(r, &c->expected, rv_span(got.b, 48));
		rv_report_set(r, &c->from, "the quote");
		rv_report_set_hex(r, &c->actual, rv_span(said->b, 48));
		rv_report_set(r, &c->reason,
			      "tcb_info names another %s than the quote: it "
			      "was edited, or is of another machine",
			      name[i]);
		return;
	}
}

/* Two parts of the evidence that cannot both be of one machine. */
static void check_conflict(const struct rv_diff_input *in, struct rv_report *r)
{
	struct rv_check *c;

	if (!in->evidence->conflict || !*in->evidence->conflict)
		return;
	c = rv_report_add(r, RV_LAYER_HARDWARE, "evidence", RV_DIFFERS);
	rv_report_set(r, &c->reason, "its parts contradict each other: %s",
		      in->evidence->conflict);
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
	check_conflict(in, report);
	if (in->quote) {
		check_debug(in, report);
		check_claimed(in, report);
	}
	list_assumed(in, report);
	rv_diff_registers(in, report);
	rv_diff_rtmr3_log(in, report);
	if (!rv_diff_app(in, report, err))
		return false;
	if (report->failed)
		return rv_no_memory(err, "report");
	return true;
}
