/* SPDX-License-Identifier: Apache-2.0 */
/* replay.c - refval-replay: from an event log to registers and claims. */
#include "cmd.h"
#include "each.h"
#include "atomic.h"
#include "lanes_html.h"
#include "last_line.h"
#include "out.h"

#include <stdio.h>
#include <stdlib.h>

enum { REASON_MAX = 1000 };

static const char *instance, *html;
static bool json;

/* Everything that was found, for both ways of printing it. */
struct result {
	struct rv_evidence e;
	struct rv_replay r;
	struct rv_quote q; /* borrows from e */
	bool quoted;	   /* a TDX quote came with the log */
	enum rv_match match[RV_MRS_MAX];
	bool claims_differ; /* the container claims other registers */
};

static void result_free(struct result *t)
{
	rv_replay_free(&t->r);
	rv_evidence_free(&t->e);
}

static struct rv_span digest(const struct rv_sha384 *d)
{
	return rv_span(d->b, sizeof d->b);
}

/* The register of number @i, after the whole log. */
static const struct rv_mr *reg(const struct result *t, size_t i)
{
	return &t->r.reg.item[i];
}

static struct rv_span value(const struct rv_mr *mr)
{
	return rv_span(mr->b, mr->n);
}

static bool read_quote(struct result *t, struct rv_err *err)
{
	if (!t->e.quote.n)
		return true;
	if (t->e.log.bank != RV_BANK_TDX)
		return rv_fail(
		    err, RV_INPUT,
		    "the log of a TPM beside the quote of a CPU: they"
		    " share no register");
	if (!rv_quote_read(rv_buf_span(&t->e.quote), &t->q, err))
		return false;
	if (t->q.tee != RV_TEE_TDX)
		return rv_fail(err, RV_INPUT,
			       "the quote is of an SGX enclave: it has"
			       " no RTMRs to compare");
	t->quoted = true;
	return true;
}

static bool compare(struct result *t, struct rv_err *err)
{
	if (!read_quote(t, err))
		return false;
	for (size_t i = 0; i < t->r.reg.n; i++) {
		const char *name = reg(t, i)->name;
		const struct rv_mr *said = rv_mrs_find(&t->e.claimed, name);

		if (t->quoted)
			t->match[i] =
			    rv_replay_match(&t->e.log, &t->r, name,
					    rv_quote_field(&t->q, name));
		if (said && rv_replay_match(&t->e.log, &t->r, name,
					    value(said)) == RV_MATCH_DIFFERS)
			t->claims_differ = true;
	}
	return true;
}

/*
 * No: something contradicts. Cannot tell: registers whose events were left
 * out of the log, claims behind an event that could be any, or a platform whose
 * quotes are not read here. Yes: everything replays.
 */
static enum rv_code verdict(const struct result *t)
{
	bool left_out = false, differs = false;

	for (size_t i = 0; t->quoted && i < t->r.reg.n; i++) {
		left_out = left_out || t->match[i] == RV_MATCH_LEFT_OUT ||
			   t->match[i] == RV_MATCH_PREFIX;
		differs = differs || t->match[i] == RV_MATCH_DIFFERS;
	}
	if (t->r.contradicted || t->e.conflict || differs)
		return RV_NO;
	if (!t->quoted && t->claims_differ)
		return RV_NO;
	/* Of a TPM no quote is read: nothing shows that one has these. */
	if (t->e.log.bank != RV_BANK_TDX)
		return RV_INPUT;
	return left_out || t->r.claims.obscured ? RV_INPUT : RV_OK;
}

static bool ends_early(const struct result *t)
{
	for (size_t i = 0; t->quoted && i < t->r.reg.n; i++)
		if (t->match[i] == RV_MATCH_PREFIX)
			return true;
	return false;
}

static const char *match_name(enum rv_match m)
{
	return m == RV_MATCH_EQUAL     ? "equal"
	       : m == RV_MATCH_DIFFERS ? "differs"
	       : m == RV_MATCH_PREFIX  ? "prefix"
				       : "left-out";
}

static const char *const log_format_name[] = {
	[RV_LOG_NONE] = "none",	      [RV_LOG_JSON] = "json",
	[RV_LOG_TCG2] = "tcg2",	      [RV_LOG_SCALE] = "scale",
	[RV_LOG_MSGPACK] = "msgpack",
};

/* TDX has four, used or not; of a TPM those that the log extends. */
static bool listed(const struct result *t, size_t i)
{
	return t->e.log.bank == RV_BANK_TDX || t->r.count[i];
}

/* ---- JSON ---- */

/* The log's own name whole; ours only where the log has none. */
static const char *full_name(const struct result *t, size_t i)
{
	const char *own = t->e.log.event[i].name;

	return *own ? own : t->r.event[i].name;
}

static void json_event(const struct result *t, size_t i, struct rv_jw *w)
{
	const struct rv_event *e = &t->e.log.event[i];

	rv_jw_open(w, NULL, '{');
	rv_jw_u64(w, "index", i);
	rv_jw_u64(w, "type", e->type);
	rv_jw_str(w, "name", full_name(t, i));
	rv_jw_hex(w, "digest",
		  rv_span(t->r.event[i].digest.b, reg(t, e->imr)->n));
	rv_jw_str(w, "type_name", rv_event_type_name(e->type));
	rv_jw_str(w, "state", rv_event_state_name(t->r.event[i].state));
	if (e->type == RV_EV_DSTACK_RUNTIME)
		rv_jw_u64(w, "version", e->version);
	rv_jw_hex(w, "payload", rv_buf_span(&e->payload));
	rv_jw_close(w);
}

static void json_register(const struct result *t, size_t imr, struct rv_jw *w)
{
	rv_jw_open(w, reg(t, imr)->name, '{');
	/* Every register of TDX is SHA-384: that goes without saying. */
	if (t->e.log.bank != RV_BANK_TDX)
		rv_jw_str(w, "alg", rv_alg_name(reg(t, imr)->alg));
	rv_jw_hex(w, "value", value(reg(t, imr)));
	rv_jw_open(w, "events", '[');
	for (size_t i = 0; i < t->r.n; i++)
		if (t->e.log.event[i].imr == imr)
			json_event(t, i, w);
	rv_jw_close(w);
	rv_jw_close(w);
}

static void json_claims(const struct result *t, struct rv_jw *w)
{
	size_t n;
	const struct rv_claim_name *name = rv_claim_names(&n);

	rv_jw_open(w, "claims", '{');
	for (size_t i = 0; i < n; i++) {
		const struct rv_claim *c = rv_claim(&t->r.claims, &name[i]);

		if (!c->found)
			rv_jw_null(w, name[i].name);
		else if (name[i].text && rv_utf8_ok(c->value))
			rv_jw_text(w, name[i].name, c->value);
		else
			rv_jw_hex(w, name[i].name, c->value);
	}
	rv_jw_bool(w, "system_ready", t->r.claims.system_ready);
	if (t->r.claims.obscured)
		rv_jw_u64(w, "obscured_by", t->r.claims.obscured_by);
	else
		rv_jw_null(w, "obscured_by");
	rv_jw_open(w, "duplicates", '[');
	for (size_t i = 0; i < n; i++)
		if (rv_claim(&t->r.claims, &name[i])->duplicate)
			rv_jw_str(w, NULL, name[i].name);
	rv_jw_close(w);
	rv_jw_close(w);
}

static void json_quote(const struct result *t, struct rv_jw *w)
{
	if (!t->quoted) {
		rv_jw_null(w, "quote");
		return;
	}
	rv_jw_open(w, "quote", '{');
	rv_jw_str(w, "status", "unverified");
	for (size_t i = 0; i < t->r.reg.n; i++) {
		const char *name = reg(t, i)->name;

		rv_jw_open(w, name, '{');
		rv_jw_hex(w, "value", rv_quote_field(&t->q, name));
		rv_jw_str(w, "match", match_name(t->match[i]));
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static bool print_json(const struct result *t, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.replay/1");
	rv_jw_str(&w, "verdict", rv_answer_name(verdict(t)));
	rv_jw_str(&w, "format", t->e.format);
	if (t->e.instance)
		rv_jw_str(&w, "instance", t->e.instance);
	rv_jw_str(&w, "log_format", log_format_name[t->e.log_format]);
	for (size_t i = 0; i < t->r.reg.n; i++)
		if (listed(t, i))
			json_register(t, i, &w);
	if (t->r.has_boot_rtmr3)
		rv_jw_hex(&w, "boot_rtmr3", digest(&t->r.boot_rtmr3));
	else
		rv_jw_null(&w, "boot_rtmr3");
	json_claims(t, &w);
	json_quote(t, &w);
	rv_jw_bool(&w, "contradicted", t->r.contradicted);
	rv_jw_str(&w, "conflict", t->e.conflict);
	rv_jw_bool(&w, "container_claims_differ", t->claims_differ);
	rv_jw_close(&w);
	rv_grow_text(&g, "\n");
	return rv_out_document(&g, err);
}

/* ---- text ---- */

static void text_event(const struct result *t, size_t i)
{
	const struct rv_event *e = &t->e.log.event[i];
	const struct rv_replayed *r = &t->r.event[i];
	const char *type = rv_event_type_name(e->type);

	rv_out("  %3zu ", i);
	rv_out_hex(rv_span(r->digest.b, 8));
	rv_out(".. ");
	rv_out_tone(r->state == RV_EVENT_CONTRADICTS ? RV_TONE_BAD
						     : RV_TONE_DIM,
		    "%-11s ", rv_event_state_name(r->state));
	rv_out_str(full_name(t, i));
	if (type && e->type != RV_EV_DSTACK_RUNTIME)
		rv_out_tone(RV_TONE_DIM, "  %s", type);
	rv_out("\n");
}

static void text_register(const struct result *t, size_t imr)
{
	rv_out_tone(RV_TONE_BOLD, "%s", reg(t, imr)->name);
	rv_out(" ");
	rv_out_hex(value(reg(t, imr)));
	rv_out("\n");
	if (t->quoted) {
		rv_out_tone(t->match[imr] == RV_MATCH_EQUAL	? RV_TONE_GOOD
			    : t->match[imr] == RV_MATCH_DIFFERS ? RV_TONE_BAD
								: RV_TONE_DOUBT,
			    "  %s",
			    t->match[imr] == RV_MATCH_EQUAL
				? "equal to the quote (unverified)"
			    : t->match[imr] == RV_MATCH_DIFFERS
				? "differs from the quote (unverified):"
			    : t->match[imr] == RV_MATCH_PREFIX
				? "the log ends when the kernel runs, and this"
				  " was extended since (by IMA, or an"
				  " application); the quote (unverified) says:"
				: "its events were left out of the log; the"
				  " quote (unverified) says:");
		rv_out("\n");
		if (t->match[imr] != RV_MATCH_EQUAL) {
			rv_out("      ");
			rv_out_hex(rv_quote_field(&t->q, reg(t, imr)->name));
			rv_out("\n");
		}
	}
	for (size_t i = 0; i < t->r.n; i++)
		if (t->e.log.event[i].imr == imr)
			text_event(t, i);
	rv_out("\n");
}

static void text_claims(const struct result *t)
{
	size_t n;
	const struct rv_claim_name *name = rv_claim_names(&n);

	rv_out_tone(RV_TONE_BOLD, "claims");
	if (t->r.claims.obscured)
		rv_out(" of the events before event %zu, which could be any:"
		       " nothing behind it is counted\n",
		       t->r.claims.obscured_by);
	else
		rv_out(" of the events before system-ready%s\n",
		       t->r.claims.system_ready ? ""
						: ", which is not in the log");
	for (size_t i = 0; i < n; i++) {
		const struct rv_claim *c = rv_claim(&t->r.claims, &name[i]);

		if (!c->found)
			continue;
		rv_out("  %-14s ", name[i].name);
		if (name[i].text)
			rv_out_text(c->value);
		else
			rv_out_hex(c->value);
		rv_out("  (event %zu%s)\n", c->event,
		       c->duplicate ? "; a later one is not counted" : "");
	}
	if (t->r.has_boot_rtmr3) {
		rv_out("  %-14s ", "boot_rtmr3");
		rv_out_hex(digest(&t->r.boot_rtmr3));
		rv_out("\n");
	}
}

/* Why there is no answer. */
static const char *why_not(const struct result *t)
{
	if (t->e.log.bank != RV_BANK_TDX)
		return "the log of a TPM; no quote of one is read here, so"
		       " nothing shows that it has these values";
	if (t->r.claims.obscured)
		return "an event of RTMR3 before system-ready is not told by"
		       " its digest";
	if (ends_early(t))
		return "a firmware's log ends when the kernel runs; give IMA's"
		       " list or the application's log beside it, in a folder";
	return "the log is without some registers' events";
}

/* The first thing that contradicts. */
static void why_no(const struct result *t, char out[REASON_MAX])
{
	size_t i = 0, k = 0;

	while (i < t->r.n && t->r.event[i].state != RV_EVENT_CONTRADICTS)
		i++;
	while (t->quoted && k < t->r.reg.n && t->match[k] != RV_MATCH_DIFFERS)
		k++;
	if (t->e.conflict)
		snprintf(out, REASON_MAX, "%s", t->e.conflict);
	else if (i < t->r.n)
		snprintf(out, REASON_MAX,
			 "event %zu (%s): its digest is not that of its"
			 " contents",
			 i, full_name(t, i));
	else if (t->quoted && k < t->r.reg.n)
		snprintf(out, REASON_MAX,
			 "%s of the quote is not what the log gives",
			 reg(t, k)->name);
	else
		snprintf(out, REASON_MAX,
			 "the container claims other registers than its log"
			 " gives");
}

/* The verdict's reason: what the last line says, and the page. */
static void reason(const struct result *t, char out[REASON_MAX])
{
	enum rv_code code = verdict(t);

	if (code == RV_NO)
		why_no(t, out);
	else if (code == RV_INPUT)
		snprintf(out, REASON_MAX, "%s", why_not(t));
	else
		snprintf(out, REASON_MAX, "%s",
			 t->quoted ? "the log gives the registers of the quote"
				     " (whose signature was not checked here)"
				   : "the log is consistent; no quote to"
				     " compare with");
}

static bool write_html(const struct result *t, const char *name,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf page = { 0 };
	char why[REASON_MAX];
	const struct rv_lanes l = { .log = &t->e.log,
				    .replay = &t->r,
				    .match = t->quoted ? t->match : NULL };

	reason(t, why);
	rv_lanes_page(&l, name, rv_answer_name(verdict(t)), why, &g);
	if (!rv_grow_take(&g, &page, err))
		return false;
	return strcmp(html, "-") == 0
		   ? rv_out_result(rv_buf_span(&page), err)
		   : rv_atomic_write(html, rv_buf_span(&page), err);
}

static void print_text(const struct result *t)
{
	char why[REASON_MAX];

	if (t->e.instance) {
		rv_out("instance ");
		rv_out_str(t->e.instance);
		rv_out("\n\n");
	}
	for (size_t i = 0; i < t->r.reg.n; i++)
		if (listed(t, i))
			text_register(t, i);
	if (t->e.log.bank == RV_BANK_TDX) {
		text_claims(t);
		rv_out("\n");
	}
	if (t->e.conflict) {
		rv_out_tone(RV_TONE_BAD, "no: ");
		rv_out_str(t->e.conflict);
		rv_out("\n");
	}
	for (size_t i = 0; i < t->r.n; i++) {
		if (t->r.event[i].state != RV_EVENT_CONTRADICTS)
			continue;
		rv_out_tone(RV_TONE_BAD, "no: ");
		rv_out("event %zu (", i);
		rv_out_str(full_name(t, i));
		rv_out("): its digest is not that of its contents\n");
	}
	if (t->claims_differ)
		rv_out("note: the container claims other registers than its"
		       " log gives\n");
	reason(t, why);
	rv_last_line(verdict(t), "%s", why);
}

static bool one(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(result_free) struct result t = { 0 };
	struct rv_evidence_options opts = { .instance = instance };
	bool paper = html && strcmp(html, "-") == 0;

	if (paper && (json || rv_paper.quiet))
		return rv_fail(err, RV_USAGE,
			       "--html -: --%s goes to standard output, too",
			       json ? "json" : "quiet");
	if (argc != 1)
		return rv_fail(err, RV_USAGE, "exactly one EVIDENCE is needed");
	if (!rv_evidence_read_path(argv[0], &opts, &t.e, err))
		return false;
	if (t.e.attester != RV_ATTESTER_TDX && t.e.attester != RV_ATTESTER_GCP)
		return rv_fail(err, RV_INPUT, "%s: evidence of %s, %s", argv[0],
			       rv_attester_name(t.e.attester),
			       t.e.log.n ? "whose events are of PCR14:"
					   " refval-verify replays them"
					 : "whose events are bound to nothing"
					   " here: there is no log to replay");
	if (t.e.log_format == RV_LOG_NONE)
		return rv_fail(err, RV_INPUT, "%s: no event log in it (%s)",
			       argv[0], t.e.format);
	if (!rv_replay_run(&t.e.log, &t.r, err) || !compare(&t, err))
		return rv_in(err, "%s", argv[0]);
	*answer = verdict(&t);
	if (html && !write_html(&t, argv[0], err))
		return false;
	if (json)
		return print_json(&t, err);
	if (!paper)
		print_text(&t);
	return true;
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	const struct rv_each each = { "refval-replay", argc ? argv[0] : NULL,
				      &instance, one };

	if (html && instance && strcmp(instance, "all") == 0)
		return rv_fail(err, RV_USAGE,
			       "--html: a page is of one machine, not of all");
	return rv_each_machine(&each, argc, argv, answer, err);
}

static const struct rv_opt opts[] = {
	RV_OPT_INSTANCES(&instance),
	RV_OPT_HTML(&html),
	RV_OPT_QUIET,
	RV_OPT_COLOR,
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "replay",
	.args = "[OPTIONS] EVIDENCE",
	.summary = "Replay the event log of EVIDENCE (file, folder or -)",
	.opts = opts,
	.example = "refval replay quote.json",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
