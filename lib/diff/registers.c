/* SPDX-License-Identifier: Apache-2.0 */
/* registers.c - MRTD and RTMR0-2: expected values against the quote and log. */
#include "diff.h"

#include <stdio.h>

const char *rv_diff_origin(enum rv_origin origin)
{
	switch (origin) {
	case RV_ORIGIN_COMPUTED:
		return "computed from the image and the machine shape";
	case RV_ORIGIN_GIVEN:
		return "given, not computed";
	case RV_ORIGIN_CAPTURED:
		return "release record";
	case RV_ORIGIN_NONE:
		break;
	}
	return "unknown";
}

static struct rv_span mr(const struct rv_sha384 *m)
{
	return rv_span(m->b, sizeof m->b);
}

static bool same(const struct rv_sha384 *a, const struct rv_sha384 *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

/* Words are equal to words: that holds with a signature that is not there. */
static struct rv_check *add(const struct rv_diff_input *in, struct rv_report *r,
			    enum rv_layer layer, const char *name,
			    enum rv_verdict verdict)
{
	struct rv_check *c = rv_report_add(r, layer, name, verdict);

	if (!in->quote)
		rv_report_rests(c, "quote_signature");
	return c;
}

static void mrtd_differs(const struct rv_diff_input *in, struct rv_report *r,
			 struct rv_check *c, const struct rv_sha384 *actual)
{
	RV_AUTO(rv_grow_free) struct rv_grow why = { 0 };

	c->verdict = RV_DIFFERS;
	rv_diff_cause(in, "mrtd", actual, NULL, &why);
	rv_report_set(r, &c->reason, "other firmware was launched%.*s",
		      (int)why.buf.n, why.buf.p ? (char *)why.buf.p : "");
}

/* The expected MRTD for this page order; false: it is not known. */
static bool expected_mrtd(const struct rv_mrtd *m, const struct rv_sha384 **out)
{
	*out = NULL;
	if (m->page_add == RV_PAGE_ADD_SINGLE && m->has_single)
		*out = &m->single_pass;
	if (m->page_add == RV_PAGE_ADD_TWO && m->has_two)
		*out = &m->two_pass;
	return *out;
}

/*
 * Two orders of adding pages give two values for one firmware. Without a word
 * on which one this machine uses, either proves the firmware.
 */
static void check_mrtd(const struct rv_diff_input *in, struct rv_report *r)
{
	const struct rv_mrtd *m = &in->values->mrtd;
	struct rv_check *c =
	    add(in, r, RV_LAYER_FIRMWARE, "mrtd", RV_CANNOT_TELL);
	const struct rv_sha384 *want;
	struct rv_sha384 got;

	rv_report_set(r, &c->from, "%s", rv_diff_origin(m->origin));
	if (!rv_diff_quoted(in, "mrtd", &got)) {
		rv_report_set(r, &c->reason, "the evidence has no quote");
		return;
	}
	rv_report_set_hex(r, &c->actual, mr(&got));
	if (expected_mrtd(m, &want)) {
		rv_report_set_hex(r, &c->expected, mr(want));
		if (!same(want, &got)) {
			mrtd_differs(in, r, c, &got);
			return;
		}
		c->verdict = RV_YES;
		rv_report_set(r, &c->reason, "pages added in %s",
			      want == &m->single_pass ? "a single pass"
						      : "two passes");
	} else if (m->page_add == RV_PAGE_ADD_UNKNOWN &&
		   (m->has_single || m->has_two)) {
		bool one = m->has_single && same(&m->single_pass, &got);
		bool two = m->has_two && same(&m->two_pass, &got);

		rv_report_set_hex(
		    r, &c->expected,
		    mr(one || !m->has_two ? &m->single_pass : &m->two_pass));
		if (!one && !two) {
			mrtd_differs(in, r, c, &got);
			return;
		}
		c->verdict = RV_YES;
		rv_report_set(r, &c->reason,
			      "pages added in %s; the shape did not say",
			      one ? "a single pass" : "two passes");
	} else {
		rv_report_set(r, &c->reason,
			      "no MRTD is known for this page order");
	}
}

/* "event 8 (acpi-loader, depends on ...)", and what the log has instead. */
static void describe(const struct rv_diff_input *in,
		     const struct rv_divergence *d, struct rv_grow *out)
{
	const struct rv_log *log = &in->evidence->log;
	const char *name =
	    d->log < log->n ? in->replay->event[d->log].name : NULL;

	if (!d->expected) {
		rv_grow_printf(out,
			       "first difference: the log has one more event, "
			       "number %zu (%s)",
			       d->at, name ? name : "");
		return;
	}
	rv_grow_printf(out, "first difference: event %zu, %s", d->at,
		       d->expected->label);
	if (!name)
		rv_grow_text(out, ", which the log does not have");
	else if (*name && strcmp(name, d->expected->label) != 0)
		rv_grow_printf(out, ", where the log has %s", name);
	if (*d->expected->depends)
		rv_grow_printf(out, "; it depends on %s", d->expected->depends);
}

/* What the log gives for this register; empty when it has none such. */
static struct rv_span replayed(const struct rv_diff_input *in, const char *name)
{
	const struct rv_mr *found = rv_mrs_find(&in->replay->reg, name);

	return found ? rv_span(found->b, found->n) : rv_span(NULL, 0);
}

/* The log has all events of this register, as far as the quote can tell. */
static bool whole(const struct rv_diff_input *in, const char *name,
		  const struct rv_sha384 *got)
{
	enum rv_match m;

	if (!in->replay || !rv_replay_events(in->replay, name))
		return false;
	m = rv_replay_match(&in->evidence->log, in->replay, name, mr(got));
	return m != RV_MATCH_LEFT_OUT && m != RV_MATCH_PREFIX;
}

/*
 * Attestations leave out the events of RTMR0-2: those registers are compared
 * as numbers. What RTMR3 records is told by its events alone.
 */
static void left_out(const char *name, struct rv_report *r, struct rv_check *c)
{
	c->verdict = strcmp(name, "rtmr3") != 0 ? RV_UNCHECKED : RV_CANNOT_TELL;
	rv_report_set(r, &c->reason,
		      "the log is without this register's events");
}

/*
 * The log has to give the quote's register, else it proves nothing about it.
 * Where the expected events are known, the one that was changed is named.
 */
static void check_log(const struct rv_diff_input *in, const char *name,
		      enum rv_layer layer, const struct rv_sha384 *got,
		      struct rv_report *r)
{
	const struct rv_register *reg =
	    in->values ? rv_values_register(in->values, name) : NULL;
	RV_AUTO(rv_grow_free) struct rv_grow why = { 0 };
	struct rv_check *c;
	char check[32];

	snprintf(check, sizeof check, "%s_log", name);
	c = rv_report_add(r, layer, check, RV_YES);
	rv_report_set_hex(r, &c->expected, mr(got));
	rv_report_set(r, &c->from, "the quote");
	rv_report_set_hex(r, &c->actual, replayed(in, name));
	switch (
	    rv_replay_match(&in->evidence->log, in->replay, name, mr(got))) {
	case RV_MATCH_EQUAL:
		rv_report_set(r, &c->reason, "%zu events replay to it",
			      rv_replay_events(in->replay, name));
		return;
	case RV_MATCH_LEFT_OUT:
		left_out(name, r, c);
		return;
	case RV_MATCH_PREFIX:
		c->verdict = RV_CANNOT_TELL;
		rv_report_set(
		    r, &c->reason,
		    "the log ends when the kernel runs: it gives this"
		    " register if something extended it since (IMA, or"
		    " an application), and whether it did is not in"
		    " it");
		return;
	case RV_MATCH_DIFFERS:
		break;
	}
	c->verdict = RV_DIFFERS;
	rv_grow_text(&why, "the event log does not give this register: it is "
			   "not the log of this quote, or was changed");
	if (reg && reg->n) {
		struct rv_divergence d =
		    rv_diff_events(reg, in->replay, &in->evidence->log, name);

		if (d.found) {
			rv_grow_text(&why, "; ");
			describe(in, &d, &why);
		}
	}
	rv_report_set(r, &c->reason, "%.*s", (int)why.buf.n,
		      why.buf.p ? (char *)why.buf.p : "");
}

static void explain(const struct rv_diff_input *in, const char *name,
		    const struct rv_sha384 *got, struct rv_report *r,
		    struct rv_check *c)
{
	const struct rv_register *reg = rv_values_register(in->values, name);
	RV_AUTO(rv_grow_free) struct rv_grow why = { 0 };
	struct rv_divergence d = { 0 };

	if (whole(in, name, got) && reg->n) {
		d = rv_diff_events(reg, in->replay, &in->evidence->log, name);
		if (d.found)
			describe(in, &d, &why);
		else
			rv_grow_text(&why, "the log's events are as expected, "
					   "but do not give the register");
	} else {
		rv_grow_text(&why, whole(in, name, got)
				       ? "the expected events are not known, "
					 "only the register"
				       : "no event log tells which event");
	}
	rv_diff_cause(in, name, got, d.found ? &d : NULL, &why);
	rv_report_set(r, &c->reason, "%.*s", (int)why.buf.n,
		      why.buf.p ? (char *)why.buf.p : "");
}

/* Equal: through its log, event by event, or only as a number? */
static void confirm(const struct rv_diff_input *in, const char *name,
		    const struct rv_sha384 *got, struct rv_report *r,
		    struct rv_check *c)
{
	const struct rv_register *reg = rv_values_register(in->values, name);
	struct rv_divergence d = { 0 };

	c->verdict = RV_YES;
	if (!whole(in, name, got)) {
		rv_report_set(r, &c->reason, "equal by value; no event log");
		return;
	}
	if (reg->n)
		d = rv_diff_events(reg, in->replay, &in->evidence->log, name);
	if (reg->n && !d.found)
		rv_report_set(r, &c->reason, "equal, event by event (%zu)",
			      d.compared);
	else
		rv_report_set(r, &c->reason,
			      "equal by value; the expected events are not "
			      "all known");
}

/* The register could not be predicted: say so, with what is known of it. */
static void unpredicted(const struct rv_diff_input *in, const char *name,
			const struct rv_sha384 *got, struct rv_report *r,
			struct rv_check *c)
{
	const struct rv_register *reg = rv_values_register(in->values, name);
	struct rv_divergence d;

	if (!reg->n || !in->replay || !rv_replay_events(in->replay, name) ||
	    !rv_same(replayed(in, name), mr(got))) {
		rv_report_set(r, &c->reason, "not predicted: %s",
			      *reg->why ? reg->why : "no value is known");
		return;
	}
	d = rv_diff_events(reg, in->replay, &in->evidence->log, name);
	if (d.found) {
		c->verdict = RV_DIFFERS;
		explain(in, name, got, r, c);
		return;
	}
	rv_report_set(r, &c->reason,
		      "not wholly predicted: %s; of its events %zu are as "
		      "expected and %zu were not predicted",
		      reg->why, d.compared, d.unknown);
}

static void check_register(const struct rv_diff_input *in, const char *name,
			   enum rv_layer layer, struct rv_report *r)
{
	const struct rv_register *reg =
	    in->values ? rv_values_register(in->values, name) : NULL;
	struct rv_check *c;
	struct rv_sha384 got;

	if (!rv_diff_quoted(in, name, &got)) {
		if (!reg)
			return;
		c = rv_report_add(r, layer, name, RV_CANNOT_TELL);
		rv_report_set(r, &c->reason, "the evidence has no quote");
		return;
	}
	if (in->replay && in->quote)
		check_log(in, name, layer, &got, r);
	c = add(in, r, layer, name, reg ? RV_CANNOT_TELL : RV_UNCHECKED);
	rv_report_set_hex(r, &c->actual, mr(&got));
	if (!reg) {
		rv_report_set(r, &c->reason, "no reference values were given");
		return;
	}
	rv_report_set(r, &c->from, "%s", rv_diff_origin(reg->origin));
	if (!reg->known) {
		unpredicted(in, name, &got, r, c);
		return;
	}
	rv_report_set_hex(r, &c->expected, mr(&reg->value));
	if (same(&reg->value, &got)) {
		confirm(in, name, &got, r, c);
		return;
	}
	c->verdict = RV_DIFFERS;
	explain(in, name, &got, r, c);
}

/* Nothing says it: was it not recorded, or is what was recorded not here? */
static void no_os_image(const struct rv_diff_input *in, struct rv_report *r,
			struct rv_check *c)
{
	struct rv_sha384 got;
	bool empty = rv_diff_quoted(in, "rtmr3", &got) && rv_all_zero(mr(&got));

	if (!empty && (!in->replay || !rv_replay_events(in->replay, "rtmr3")))
		rv_report_set(r, &c->reason,
			      "not known: the evidence has no event log of"
			      " RTMR3");
	else
		rv_report_set(r, &c->reason,
			      "the machine recorded none (only machines with "
			      "a KMS do)%s",
			      rv_report_is_yes(r, "rtmr1") &&
				      rv_report_is_yes(r, "rtmr2")
				  ? "; the registers above bind the image"
				  : "");
}

/* os_image_hash: of the reference, against what RTMR3 recorded. */
static void check_os_image(const struct rv_diff_input *in, struct rv_report *r)
{
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_OS, "os_image_hash", RV_UNCHECKED);
	const struct rv_claim *said =
	    in->replay ? &in->replay->claims.os_image_hash : NULL;
	struct rv_span want;

	if (said && said->found)
		rv_report_set_hex(r, &c->actual, said->value);
	if (!in->values || !in->values->has_os_image_hash) {
		rv_report_set(r, &c->reason,
			      "no expected os_image_hash is known");
		return;
	}
	want = rv_span(in->values->os_image_hash.b, 32);
	rv_report_set_hex(r, &c->expected, want);
	if (!said || !said->found) {
		no_os_image(in, r, c);
		return;
	}
	rv_diff_rests_on_log(c, false);
	c->verdict = rv_same(said->value, want) ? RV_YES : RV_DIFFERS;
	rv_report_set(r, &c->reason, "%s",
		      c->verdict == RV_YES
			  ? "recorded in RTMR3"
			  : "RTMR3 recorded another image: another release or "
			    "flavour");
}

void rv_diff_registers(const struct rv_diff_input *in, struct rv_report *r)
{
	if (in->values)
		check_mrtd(in, r);
	check_register(in, "rtmr0", RV_LAYER_FIRMWARE, r);
	check_register(in, "rtmr1", RV_LAYER_OS, r);
	check_register(in, "rtmr2", RV_LAYER_OS, r);
	check_os_image(in, r);
	rv_diff_release(in, r);
}

void rv_diff_rtmr3_log(const struct rv_diff_input *in, struct rv_report *r)
{
	struct rv_sha384 got;
	struct rv_check *c;

	if (!in->replay) {
		if (!in->quote || !rv_diff_quoted(in, "rtmr3", &got))
			return;
		c = rv_report_add(r, RV_LAYER_APP, "rtmr3_log", RV_UNCHECKED);
		rv_report_set_hex(r, &c->expected, mr(&got));
		rv_report_set(r, &c->from, "the quote");
		rv_report_set(r, &c->reason,
			      "the evidence has no event log: what RTMR3 "
			      "recorded is not known");
		return;
	}
	if (in->quote && rv_diff_quoted(in, "rtmr3", &got)) {
		check_log(in, "rtmr3", RV_LAYER_APP, &got, r);
		return;
	}
	/* Anybody can write a log: its claims are then compared in vain. */
	c = rv_report_add(r, RV_LAYER_APP, "rtmr3_log", RV_CANNOT_TELL);
	rv_report_set_hex(r, &c->actual, replayed(in, "rtmr3"));
	rv_report_set(r, &c->reason,
		      "the evidence has no quote of a TDX machine: nothing "
		      "shows that one recorded this log");
}
