/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.c - what kind of evidence is this? Recognised by content alone: bytes
 * by their first fields, text by unwrapping hex, base64, PEM or JSON until
 * bytes or a document are left.
 */
#include "parts.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

void rv_evidence_tls_free(struct rv_evidence_tls *t)
{
	free(t->host);
	free(t->when);
	rv_buf_free(&t->certificate);
	*t = (struct rv_evidence_tls){ 0 };
}

void rv_evidence_free(struct rv_evidence *e)
{
	rv_buf_free(&e->quote);
	rv_log_free(&e->log);
	rv_buf_free(&e->vm_config);
	rv_buf_free(&e->app_compose);
	rv_buf_free(&e->collateral);
	free(e->conflict);
	free(e->instance);
	free(e->source.from);
	free(e->source.api);
	free(e->source.when);
	rv_evidence_tls_free(&e->tls);
	rv_gpu_evidence_free(&e->gpu);
	*e = (struct rv_evidence){ 0 };
}

void rv_ev_format(struct rv_evidence *out, const char *name)
{
	snprintf(out->format, sizeof out->format, "%s", name);
}

bool rv_ev_conflict(struct rv_evidence *out, const char *sentence,
		    struct rv_err *err)
{
	if (out->conflict)
		return true;
	return rv_text_copy(rv_text(sentence), "conflict", &out->conflict, err);
}

/*
 * The first fields of a quote (Intel TDX DCAP Quoting Library API, appendix
 * A): version, attestation key type, TEE type. Only what tells a quote from
 * anything else is asked here; the rest is the quote stage's to judge.
 */
bool rv_ev_is_quote(struct rv_span in)
{
	struct rv_rd r = rv_rd(in, "quote");
	uint16_t version = rv_le16(&r, "version");
	uint16_t key = rv_le16(&r, "attestation key type");
	uint32_t tee = rv_le32(&r, "TEE type");

	return !r.field && version >= 2 && version <= 15 && key <= 15 &&
	       (tee == RV_TEE_SGX || tee == RV_TEE_TDX);
}

/* VersionedAttestation, dstack.md 4.3: SCALE V0, or msgpack map or array. */
bool rv_ev_is_attestation(struct rv_span in)
{
	uint8_t c = in.n ? in.p[0] : 0xff;

	if (c == 0)
		return in.n > 1 && in.p[1] <= 4;
	return (c >= 0x80 && c <= 0x9f) || (c >= 0xdc && c <= 0xdf);
}

bool rv_ev_attestation(struct rv_span in, struct rv_evidence *out,
		       struct rv_err *err)
{
	if (in.n > EV_ATTESTATION_MAX)
		return rv_fail(err, RV_INPUT,
			       "attestation of %zu bytes, at most %d", in.n,
			       EV_ATTESTATION_MAX);
	if (in.n && in.p[0] == 0)
		return rv_ev_scale(in, out, err);
	return rv_ev_msgpack(in, out, err);
}

static bool starts(struct rv_span in, const char *p, size_t n)
{
	struct rv_span head;

	return rv_sub(in, 0, n, &head) && rv_same(head, rv_span(p, n));
}

/* Evidence of other TEEs: recognised, so that the refusal says which. */
static const char *other_tee(struct rv_span in)
{
	struct rv_rd r = rv_rd(in, "report");
	uint32_t version = rv_le32(&r, "version");

	/* COSE_Sign1 with ES384, with or without its CBOR tag. */
	if (starts(in, "\x84\x44\xa1\x01\x38\x22", 6) ||
	    starts(in, "\xd2\x84\x44\xa1\x01\x38\x22", 7))
		return "an AWS Nitro attestation document";
	/* TPMS_ATTEST: TPM_GENERATED_VALUE, TPM_ST_ATTEST_QUOTE. */
	if (starts(in, "\xff\x54\x43\x47\x80\x18", 6))
		return "a TPM 2.0 quote";
	/* ATTESTATION_REPORT: versions 2 to 5, 1184 bytes. */
	if (in.n == 1184 && version >= 2 && version <= 5)
		return "an AMD SEV-SNP attestation report";
	return NULL;
}

static bool read_bytes(struct rv_span in, struct rv_evidence *out,
		       struct rv_err *err)
{
	const char *tee = other_tee(in);

	if (tee)
		return rv_fail(err, RV_INPUT, "this is %s, not Intel TDX", tee);
	if (rv_ev_is_quote(in)) {
		if (in.n > EV_QUOTE_MAX)
			return rv_fail(err, RV_INPUT,
				       "quote of %zu bytes, at most %d", in.n,
				       EV_QUOTE_MAX);
		rv_ev_format(out, "quote");
		return rv_buf_copy(in, &out->quote, err);
	}
	if (rv_ev_is_tcg2(in)) {
		rv_ev_format(out, "tcg2");
		if (!rv_ev_log_tcg2(in, &out->log, err))
			return false;
		/* A log of nothing is none. */
		out->log_format = out->log.n ? RV_LOG_TCG2 : RV_LOG_NONE;
		return true;
	}
	if (in.n > 1 && in.p[0] == 0x30 && in.p[1] >= 0x80)
		return rv_ev_certificate(in, out, err);
	if (rv_ev_is_attestation(in))
		return rv_ev_attestation(in, out, err);
	return rv_fail(err, RV_INPUT,
		       "not recognised: no quote, event log, attestation,"
		       " certificate or document that holds one");
}

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
#define BASE64_DIGITS HEX_DIGITS "ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ+/="

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
		if (!rv_unbase64(s, "base64", &bytes, err))
			return false;
	} else {
		return read_bytes(text, out, err);
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
	size_t i = 0;

	if (depth > EV_NESTING_MAX)
		return rv_fail(err, RV_INPUT,
			       "text wrapped in text more than %d times",
			       EV_NESTING_MAX);
	if (in.n == 0)
		return rv_fail(err, RV_INPUT, "empty");
	if (!is_text(in))
		return read_bytes(in, out, err);
	while (i < in.n && is_blank(in.p[i]))
		i++;
	if (i < in.n && strchr("{[\"", in.p[i])) {
		if (!rv_json_parse_nul(in, "document", &j, err))
			return false;
		return rv_ev_document(j, opts, depth, out, err);
	}
	if (starts(rv_span(in.p + i, in.n - i), "-----BEGIN ", 11))
		return rv_ev_pem(in, out, err);
	return read_wrapped(in, opts, depth, out, err);
}

bool rv_ev_complete(const struct rv_evidence *e,
		    const struct rv_evidence_options *opts, struct rv_err *err)
{
	if (!e->quote.n && e->log_format == RV_LOG_NONE)
		return rv_fail(err, RV_INPUT,
			       "%s: holds neither a quote nor an event log",
			       e->format);
	if (opts && opts->instance && !e->instance)
		return rv_fail(err, RV_USAGE,
			       "instance %s: this evidence is of one machine",
			       opts->instance);
	return true;
}

bool rv_evidence_read(struct rv_span in, const struct rv_evidence_options *opts,
		      struct rv_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };

	if (in.n > EV_FILE_MAX)
		return rv_fail(err, RV_INPUT, "longer than %d bytes",
			       EV_FILE_MAX);
	if (!rv_ev_any(in, opts, 0, &e, err) || !rv_ev_complete(&e, opts, err))
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
