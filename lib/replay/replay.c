/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay.c - from an event log to registers (DSTACK.md 3.2, 3.4). A register
 * starts as its bank says, zeros in TDX; each event makes it
 * HASH(register || digest).
 * What is extended is always the log's own digest where it has one: whether
 * that digest tells the truth about the event is a separate answer.
 */
#include "replay.h"
#include "digest.h"

#include <stdlib.h>

enum { RUNTIME = 3 }; /* the register of dstack's own events, RTMR3 */

void rv_replay_free(struct rv_replay *r)
{
	free(r->event);
	*r = (struct rv_replay){ 0 };
}

const char *rv_event_state_name(enum rv_event_state state)
{
	switch (state) {
	case RV_EVENT_AS_RECORDED:
		return "as-recorded";
	case RV_EVENT_CONFIRMED:
		return "confirmed";
	case RV_EVENT_RECOMPUTED:
		return "recomputed";
	case RV_EVENT_CONTRADICTS:
		break;
	}
	return "contradicts";
}

/* Version 1: the type little-endian, ":", name, ":", payload. */
static void preimage_v1(const struct rv_event *e, struct rv_grow *g)
{
	rv_grow_le(g, e->type, 4);
	rv_grow_text(g, ":");
	rv_grow_text(g, e->name);
	rv_grow_text(g, ":");
	rv_grow_add(g, e->payload.p, e->payload.n);
}

/* RFC 8785 section 3.2.2.2: as short as JSON allows, the rest as it is. */
static void jcs_text(struct rv_grow *g, const char *s)
{
	static const char from[] = "\b\t\n\f\r\"\\";
	static const char to[] = "btnfr\"\\";

	rv_grow_text(g, "\"");
	for (; *s; s++) {
		const char *k = strchr(from, *s);

		if (k)
			rv_grow_printf(g, "\\%c", to[k - from]);
		else if ((unsigned char)*s < 0x20)
			rv_grow_printf(g, "\\u%04x", (unsigned char)*s);
		else
			rv_grow_add(g, s, 1);
	}
	rv_grow_text(g, "\"");
}

/* Version 2: RFC 8785 of an object with the keys name, payload, type. */
static void preimage_v2(const struct rv_event *e, struct rv_grow *g)
{
	rv_grow_text(g, "{\"name\":");
	jcs_text(g, e->name);
	rv_grow_text(g, ",\"payload\":\"");
	for (size_t i = 0; i < e->payload.n; i++)
		rv_grow_printf(g, "%02x", e->payload.p[i]);
	rv_grow_printf(g, "\",\"type\":%u}", e->type);
}

/* What is hashed of one of dstack's own events. */
static bool preimage_of(const struct rv_event *e, struct rv_buf *out,
			struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (e->version == 2)
		preimage_v2(e, &g);
	else
		preimage_v1(e, &g);
	return rv_grow_take(&g, out, err);
}

bool rv_replay_runtime(const struct rv_log *log, size_t *n,
		       struct rv_sha256 *out, struct rv_err *err)
{
	uint8_t both[2 * sizeof out->b] = { 0 };
	struct rv_sha256 pcr = { 0 }, d;

	*n = 0;
	for (size_t i = 0; i < log->n; i++) {
		const struct rv_event *e = &log->event[i];
		RV_AUTO(rv_buf_free) struct rv_buf preimage = { 0 };

		if (e->type != RV_EV_DSTACK_RUNTIME)
			continue;
		if (!preimage_of(e, &preimage, err) ||
		    !rv_sha256(rv_buf_span(&preimage), &d, err))
			return false;
		memcpy(both, pcr.b, sizeof pcr.b);
		memcpy(both + sizeof pcr.b, d.b, sizeof d.b);
		if (!rv_sha256(rv_span(both, sizeof both), &pcr, err))
			return false;
		++*n;
	}
	*out = pcr;
	return true;
}

/* dstack's own events: the digest follows from name and payload. */
static bool judge_runtime(const struct rv_event *e, struct rv_replayed *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf preimage = { 0 };
	struct rv_sha384 d;

	if (e->imr != RUNTIME)
		return rv_fail(err, RV_INPUT,
			       "a runtime event in RTMR%u: they belong to"
			       " RTMR3",
			       e->imr);
	if (!preimage_of(e, &preimage, err) ||
	    !rv_sha384(rv_buf_span(&preimage), &d, err))
		return false;
	out->state = e->has_digest ? RV_EVENT_CONFIRMED : RV_EVENT_RECOMPUTED;
	if (e->has_digest && memcmp(d.b, e->digest.b, sizeof d.b) != 0)
		out->state = RV_EVENT_CONTRADICTS;
	if (e->preimage.n &&
	    !rv_same(rv_buf_span(&e->preimage), rv_buf_span(&preimage)))
		out->state = RV_EVENT_CONTRADICTS;
	out->digest = e->has_digest ? e->digest : d;
	return true;
}

/* SHA-256, kept as shorter digests of events are: zeros behind it. */
static bool short_hash(struct rv_span s, struct rv_sha384 *out,
		       struct rv_err *err)
{
	struct rv_sha256 d;

	if (!rv_sha256(s, &d, err))
		return false;
	memcpy(out->b, d.b, sizeof d.b);
	return true;
}

/*
 * Firmware events: TCG PC Client PFP 1.06 section 10.4.1 says of these types
 * that the digest is of the event's own bytes. The payload may be stripped;
 * what other types measure is not in the log.
 */
static bool judge_firmware(const struct rv_event *e, enum rv_alg alg,
			   struct rv_replayed *out, struct rv_err *err)
{
	struct rv_sha384 d = { 0 };

	if (!e->has_digest)
		return rv_fail(err, RV_INPUT,
			       "a firmware event without digest: it cannot be"
			       " recomputed");
	out->digest = e->digest;
	out->state = RV_EVENT_AS_RECORDED;
	if (!e->payload.n || !rv_replay_hashes_payload(e->type))
		return true;
	if (!(alg == RV_SHA256 ? short_hash(rv_buf_span(&e->payload), &d, err)
			       : rv_sha384(rv_buf_span(&e->payload), &d, err)))
		return false;
	out->state = memcmp(d.b, e->digest.b, sizeof d.b) == 0
			 ? RV_EVENT_CONFIRMED
			 : RV_EVENT_CONTRADICTS;
	return true;
}

static bool one_event(const struct rv_log *log, const struct rv_event *e,
		      struct rv_replayed *out, struct rv_replay *r,
		      struct rv_err *err)
{
	bool runtime =
	    log->bank == RV_BANK_TDX && e->type == RV_EV_DSTACK_RUNTIME;
	struct rv_mr *mr;

	if (e->imr >= r->reg.n)
		return rv_fail(err, RV_INPUT, "imr %u: 0 to %zu", e->imr,
			       r->reg.n - 1);
	mr = &r->reg.item[e->imr];
	if (!(runtime ? judge_runtime(e, out, err)
		      : judge_firmware(e, mr->alg, out, err)))
		return false;
	if (!rv_mr_extend(mr, rv_span(out->digest.b, mr->n), err))
		return false;
	r->count[e->imr]++;
	if (runtime && !r->has_boot_rtmr3 &&
	    strcmp(e->name, "boot-mr-done") == 0) {
		r->has_boot_rtmr3 = true;
		memcpy(r->boot_rtmr3.b, mr->b, sizeof r->boot_rtmr3.b);
	}
	return true;
}

/* The registers before the first event. */
static void reset(const struct rv_log *log, struct rv_mrs *out)
{
	out->n = rv_bank_registers(log->bank);
	for (unsigned i = 0; i < out->n; i++)
		out->item[i] = rv_bank_register(log->bank, i);
	if (log->bank != RV_BANK_TDX)
		out->item[0].b[out->item[0].n - 1] = log->locality;
}

bool rv_replay_run(const struct rv_log *log, struct rv_replay *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_replay_free) struct rv_replay r = { 0 };

	r.event = calloc(log->n ? log->n : 1, sizeof *r.event);
	if (!r.event)
		return rv_no_memory(err, "replay");
	reset(log, &r.reg);
	for (; r.n < log->n; r.n++) {
		struct rv_replayed *to = &r.event[r.n];

		if (!one_event(log, &log->event[r.n], to, &r, err))
			return rv_in(err, "event %zu", r.n);
		if (to->state == RV_EVENT_CONTRADICTS && !r.contradicted) {
			r.contradicted = true;
			r.first_contradiction = r.n;
		}
	}
	if (!rv_replay_names(log, r.event, err))
		return false;
	if (log->bank == RV_BANK_TDX)
		rv_replay_claims(log, &r.claims);
	/* The boot-mr-done that was found need not be the first, then. */
	if (r.claims.obscured)
		r.has_boot_rtmr3 = false;
	*out = RV_TAKE(r);
	return true;
}

/*
 * Logs of attestations are stripped: of RTMR0 only the three ACPI events
 * remain, of RTMR1 and RTMR2 nothing (DSTACK.md 2.6). Such a register is
 * neither confirmed nor refuted by the log.
 */
static bool left_out(const struct rv_log *log, unsigned imr)
{
	for (size_t i = 0; i < log->n; i++) {
		const struct rv_event *e = &log->event[i];

		if (e->imr == imr &&
		    (imr != 0 || e->type != RV_EV_PLATFORM_CONFIG_FLAGS))
			return false;
	}
	return true;
}

enum rv_match rv_replay_match(const struct rv_log *log,
			      const struct rv_replay *r, const char *name,
			      struct rv_span quoted)
{
	const struct rv_mr *mr = rv_mrs_find(&r->reg, name);

	if (mr && rv_same(rv_span(mr->b, mr->n), quoted))
		return RV_MATCH_EQUAL;
	if (left_out(log, rv_replay_index(r, name)))
		return RV_MATCH_LEFT_OUT;
	return log->open >> rv_replay_index(r, name) & 1 ? RV_MATCH_PREFIX
							 : RV_MATCH_DIFFERS;
}

unsigned rv_replay_index(const struct rv_replay *r, const char *name)
{
	const struct rv_mr *mr = rv_mrs_find(&r->reg, name);

	return mr ? (unsigned)(mr - r->reg.item) : RV_MRS_MAX;
}

size_t rv_replay_events(const struct rv_replay *r, const char *name)
{
	unsigned i = rv_replay_index(r, name);

	return i < RV_MRS_MAX ? r->count[i] : 0;
}
