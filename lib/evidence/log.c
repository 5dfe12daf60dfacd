/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - event logs in memory, and dstack's JSON form (DSTACK.md 3.1). */
#include "parts.h"
#include "json.h"

#include <stdlib.h>

void rv_log_free(struct rv_log *log)
{
	for (size_t i = 0; i < log->n; i++) {
		free(log->event[i].name);
		rv_buf_free(&log->event[i].payload);
		rv_buf_free(&log->event[i].preimage);
	}
	free(log->event);
	*log = (struct rv_log){ 0 };
}

static void event_free(struct rv_event *e)
{
	free(e->name);
	rv_buf_free(&e->payload);
	rv_buf_free(&e->preimage);
	*e = (struct rv_event){ 0 };
}

/* Room for one more: doubled whenever the count is a power of two. */
static bool make_room(struct rv_log *log, struct rv_err *err)
{
	struct rv_event *p;

	if (log->n == EV_EVENTS_MAX)
		return rv_fail(err, RV_INPUT, "more than %d events",
			       EV_EVENTS_MAX);
	if (log->n & (log->n - 1))
		return true;
	p = realloc(log->event, (log->n ? 2 * log->n : 1) * sizeof *p);
	if (!p)
		return rv_no_memory(err, "event log");
	log->event = p;
	return true;
}

/*
 * A digest shorter than 48 bytes is padded with zeros on its right, as the
 * guests of 2024 extended 32-byte values (DSTACK.md 3.2).
 */
bool rv_ev_push(struct rv_log *log, const struct ev_in *in, struct rv_err *err)
{
	RV_AUTO(event_free) struct rv_event e = { 0 };

	if (in->imr >= rv_bank_registers(log->bank))
		return rv_fail(err, RV_INPUT,
			       "imr %" PRIu64 ": a %s has 0 to %u", in->imr,
			       log->bank == RV_BANK_TDX ? "TDX machine" : "TPM",
			       rv_bank_registers(log->bank) - 1);
	if (in->type > UINT32_MAX)
		return rv_fail(err, RV_INPUT,
			       "event_type %" PRIu64 " above 32 bits",
			       in->type);
	if (in->version != 1 && in->version != 2)
		return rv_fail(err, RV_INPUT,
			       "version %" PRIu64 ": only 1 and 2 are known",
			       in->version);
	if (in->digest.n > sizeof e.digest.b)
		return rv_fail(err, RV_INPUT, "digest of %zu bytes, not 48",
			       in->digest.n);
	e.imr = (unsigned)in->imr;
	e.type = (uint32_t)in->type;
	e.version = (unsigned)in->version;
	e.has_digest = in->digest.n != 0;
	if (e.has_digest)
		memcpy(e.digest.b, in->digest.p, in->digest.n);
	if (!rv_utf8_ok(in->name))
		return rv_fail(err, RV_INPUT, "event: name is not UTF-8");
	if (!make_room(log, err) ||
	    !rv_text_copy(in->name, "event", &e.name, err) ||
	    !rv_buf_copy(in->payload, &e.payload, err) ||
	    !rv_buf_copy(in->preimage, &e.preimage, err))
		return false;
	log->event[log->n++] = RV_TAKE(e);
	return true;
}

static bool opt_hex(const rv_json *j, const char *key, struct rv_buf *out,
		    struct rv_err *err)
{
	struct rv_span text = { 0 };

	if (!rv_json_opt_text(j, key, &text, err))
		return false;
	return !text.p || rv_unhex_buf(text, key, out, err);
}

static bool one_event(const rv_json *j, struct rv_log *log, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf digest = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf payload = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf preimage = { 0 };
	struct ev_in in = { .version = 1 };

	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "not an object");
	if (!rv_json_need_uint(j, "imr", 3, &in.imr, err) ||
	    !rv_json_need_uint(j, "event_type", UINT32_MAX, &in.type, err) ||
	    !rv_json_opt_uint(j, "version", UINT32_MAX, &in.version, err) ||
	    !rv_json_opt_text(j, "event", &in.name, err) ||
	    !opt_hex(j, "digest", &digest, err) ||
	    !opt_hex(j, "event_payload", &payload, err) ||
	    !opt_hex(j, "preimage", &preimage, err))
		return false;
	in.digest = rv_buf_span(&digest);
	in.payload = rv_buf_span(&payload);
	in.preimage = rv_buf_span(&preimage);
	return rv_ev_push(log, &in, err);
}

bool rv_ev_log_json(const rv_json *array, struct rv_log *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_log_free) struct rv_log log = { 0 };

	if (!rv_json_is_array(array))
		return rv_fail(err, RV_INPUT, "event log: not an array");
	for (size_t i = 0; i < rv_json_size(array); i++)
		if (!one_event(rv_json_at(array, i), &log, err))
			return rv_in(err, "event log: event %zu", i);
	rv_log_free(out); /* a document may have had one before */
	*out = RV_TAKE(log);
	return true;
}
