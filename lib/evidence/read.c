/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.c - what kind of evidence is this? Recognised by content alone: bytes
 * by their first fields, text by unwrapping hex, base64, PEM or JSON until
 * bytes or a document are left; before that, what editors and servers did.
 */
#include "parts.h"
#include "json.h"
#include "plain.h"

#include <stdio.h>
#include <stdlib.h>

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* @in without its blanks and line ends, and without "0x" in front. */
static bool squeeze(struct rv_span in, struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	for (size_t i = 0; i < in.n; i++)
		if (!is_blank(in.p[i]))
			rv_grow_u8(&g, in.p[i]);
	if (!rv_grow_take(&g, out, err))
		return false;
	if (out->n > 2 && out->p[0] == '0' &&
	    (out->p[1] == 'x' || out->p[1] == 'X')) {
		out->n -= 2;
		memmove(out->p, out->p + 2, out->n + 1);
	}
	return true;
}

static bool only_from(struct rv_span s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(set, s.p[i]))
			return false;
	return s.n > 0;
}

#define HEX_DIGITS    "0123456789abcdefABCDEF"
#define BASE64_DIGITS HEX_DIGITS "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ+/=-_"

/* Text that is the hex or base64 of something. */
static bool read_wrapped(struct rv_span text,
			 const struct rv_evidence_options *opts, unsigned depth,
			 struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf digits = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf bytes = { 0 };
	struct rv_span s;

	if (!squeeze(text, &digits, err))
		return false;
	s = rv_buf_span(&digits);
	if (only_from(s, HEX_DIGITS)) {
		if (!rv_unhex_buf(s, "hex", &bytes, err))
			return false;
	} else if (only_from(s, BASE64_DIGITS)) {
		if (!rv_unbase64_any(s, "base64", &bytes, err))
			return false;
	} else {
		return rv_ev_bytes(text, out, err);
	}
	return rv_ev_any(rv_buf_span(&bytes), opts, depth + 1, out, err);
}

static bool is_text(struct rv_span in)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] < 0x20 && !is_blank(in.p[i]))
			return false;
	return rv_utf8_ok(in);
}

bool rv_ev_any(struct rv_span in, const struct rv_evidence_options *opts,
	       unsigned depth, struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf plain = { 0 };
	size_t i = 0;
	bool packed;

	if (depth > EV_NESTING_MAX)
		return rv_fail(err, RV_INPUT,
			       "text wrapped in text more than %d times",
			       EV_NESTING_MAX);
	if (in.n == 0)
		return rv_fail(err, RV_INPUT, "empty");
	if (!rv_plain(in, EV_PACKED_MAX, &packed, &plain, err))
		return false;
	if (packed)
		return rv_ev_any(rv_buf_span(&plain), opts, depth + 1, out,
				 err);
	if (!is_text(in))
		return rv_ev_bytes(in, out, err);
	while (i < in.n && is_blank(in.p[i]))
		i++;
	if (i < in.n && strchr("{[\"", in.p[i])) {
		if (!rv_json_parse_nul(in, "document", &j, err))
			return false;
		return rv_json_is_string(j) ? rv_ev_any(rv_json_text(j), opts,
							depth + 1, out, err)
					    : rv_ev_json(j, opts, out, err);
	}
	if (rv_starts(rv_span(in.p + i, in.n - i), rv_text("-----BEGIN ")))
		return rv_ev_pem(in, out, err);
	/* Its digits and words could be those of base64. */
	if (rv_ev_is_ima(in))
		return rv_ev_bytes(in, out, err);
	return read_wrapped(in, opts, depth, out, err);
}

/* What holds no evidence may be of use elsewhere. */
static const char *where_to(const struct rv_evidence *e)
{
	return e->gpu.there	 ? "; refval-gpu reads evidence of GPUs alone"
	       : e->collateral.n ? "; Intel's collateral goes beside a quote,"
				   " with --collateral"
	       : e->vm_config.n	 ? "; a machine's shape goes with --vm-config"
				 : "";
}

bool rv_ev_complete(const struct rv_evidence *e,
		    const struct rv_evidence_options *opts, struct rv_err *err)
{
	if (!e->quote.n && !e->snp.report.n && !e->nitro.n &&
	    e->log_format == RV_LOG_NONE && !rv_evidence_is_words(e) &&
	    !(opts && opts->gpu && e->gpu.there))
		return rv_fail(err, RV_INPUT,
			       "%s: holds neither a quote nor an event log%s",
			       e->format, where_to(e));
	if (e->log_format == RV_LOG_IMA)
		return rv_fail(err, RV_INPUT,
			       "%s: goes on where the firmware's log (ccel.bin)"
			       " ends, and has no use without it",
			       e->format);
	if (opts && opts->instance && !e->instance)
		return rv_fail(err, RV_USAGE,
			       "instance %s: this evidence is of one machine",
			       opts->instance);
	return true;
}

/* "quote":"HEX" in braces and nothing else: the HEX. */
static bool only_member(struct rv_span in, struct rv_span *hex)
{
	static const char head[] = "{\"quote\":\"", tail[] = "\"}";
	size_t h = sizeof head - 1, t = sizeof tail - 1;

	if (in.n < h + t || !rv_starts(in, rv_span(head, h)) ||
	    !rv_same(rv_span(in.p + in.n - t, t), rv_span(tail, t)))
		return false;
	*hex = rv_span(in.p + h, in.n - h - t);
	return true;
}

/*
 * The two forms that fleets send most, a quote in hex, bare or as the one
 * member of a document, without the detour over all that evidence may be and
 * with the same outcome. False: it is not exactly that.
 */
static bool read_quick(struct rv_span in, struct rv_evidence *out)
{
	struct rv_span hex = in;
	bool member = only_member(in, &hex);
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err ignored = { 0 };

	if (hex.n > 2 * EV_QUOTE_MAX ||
	    !rv_unhex_buf(hex, "hex", &b, &ignored) ||
	    !rv_ev_is_quote(rv_buf_span(&b)) ||
	    !rv_ev_bytes(rv_buf_span(&b), out, &ignored))
		return false;
	if (member)
		rv_ev_format(out, EV_REQUEST);
	return true;
}

bool rv_evidence_read(struct rv_span in, const struct rv_evidence_options *opts,
		      struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };

	if (in.n > EV_FILE_MAX)
		return rv_fail(err, RV_INPUT, "longer than %d bytes",
			       EV_FILE_MAX);
	if ((!read_quick(in, &e) && !rv_ev_any(in, opts, 0, &e, err)) ||
	    !rv_ev_snp_vm_config(&e, err) || !rv_ev_complete(&e, opts, err))
		return rv_in(err, "evidence");
	*out = RV_TAKE(e);
	return true;
}

bool rv_log_read(struct rv_span in, struct rv_log *out,
		 enum rv_log_format *format, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };

	if (!rv_evidence_read(in, NULL, &e, err))
		return false;
	if (e.log_format == RV_LOG_NONE)
		return rv_fail(err, RV_INPUT, "%s: holds no event log",
			       e.format);
	*format = e.log_format;
	*out = RV_TAKE(e.log);
	return true;
}
