/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud.c - what others put around a TDX quote: the agents of confidential
 * containers, of Azure's machines with a vTPM, and Tinfoil's two first formats.
 * Only what Intel signed is evidence; what else came along is named, so that
 * nobody takes it for looked at.
 */
#include "parts.h"
#include "gunzip.h"
#include "json.h"

#include <stdio.h>

/* ---- confidential containers ---- */

/* The firmware's log as the ACPI table holds it, in base64. */
bool rv_ev_json_ccel(const rv_json *v, struct rv_evidence *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf bytes = { 0 };
	struct rv_span text = rv_json_text(v);

	if (!rv_json_is_string(v))
		return rv_fail(err, RV_INPUT, "cc_eventlog: not a string");
	if (!text.n)
		return true;
	if (!rv_unbase64_any(text, "cc_eventlog", &bytes, err))
		return false;
	if (!rv_ev_is_tcg2(rv_buf_span(&bytes)))
		return rv_fail(err, RV_INPUT,
			       "cc_eventlog: %zu bytes that are no event log",
			       bytes.n);
	if (!rv_ev_log_tcg2(rv_buf_span(&bytes), &out->log, err))
		return rv_in(err, "cc_eventlog");
	if (out->log.bank != RV_BANK_TDX)
		return rv_fail(err, RV_INPUT,
			       "cc_eventlog: the log of a TPM, not of a TDX"
			       " machine");
	out->log_format = out->log.n ? RV_LOG_TCG2 : RV_LOG_NONE;
	return true;
}

/* ---- machines with a vTPM ---- */

/* The members that are the vTPM's, not the CPU's. */
static const char *const vtpm_keys[] = { "tpm_quote", "tpm_attestation",
					 "hcl_report", "hcl_report_base64" };

bool rv_ev_note_vtpm(const rv_json *j, struct rv_evidence *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf said = { 0 };
	bool some = false;

	for (size_t i = 0; i < RV_LEN(vtpm_keys); i++) {
		if (!rv_ev_has(j, vtpm_keys[i]))
			continue;
		rv_grow_printf(&g, "%s%s", some ? ", " : "", vtpm_keys[i]);
		some = true;
	}
	if (!some)
		return true;
	rv_grow_text(&g, ": what only the vTPM would prove, as its PCRs and"
			 " whose report_data this is, is not looked at");
	return rv_grow_take(&g, &said, err) &&
	       rv_ev_beside(out, (const char *)said.p, err);
}

/* ---- Tinfoil ---- */

#define PREDICATE "https://tinfoil.sh/predicate/"

bool rv_ev_is_predicate(const rv_json *j)
{
	return rv_starts(rv_json_text(rv_json_get(j, "format")),
			 rv_text(PREDICATE)) &&
	       rv_ev_has(j, "body");
}

/* { format, body: base64 of the gzip of the quote } */
bool rv_ev_json_predicate(const rv_json *j, struct rv_evidence *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf packed = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf quote = { 0 };
	struct rv_span format = rv_json_text(rv_json_get(j, "format")), text;

	if (!rv_starts(format, rv_text(PREDICATE "tdx-guest/")))
		return rv_fail(
		    err, RV_INPUT, "format %.*s: not of an Intel TDX machine",
		    format.n < 80 ? (int)format.n : 80, (const char *)format.p);
	if (!rv_json_need_text(j, "body", &text, err) ||
	    !rv_unbase64_any(text, "body", &packed, err))
		return false;
	if (!rv_gunzip(rv_buf_span(&packed), EV_QUOTE_MAX, &quote, err))
		return rv_in(err, "body");
	if (!rv_ev_is_quote(rv_buf_span(&quote)))
		return rv_fail(err, RV_INPUT,
			       "body: %zu bytes that are no SGX or TDX quote",
			       quote.n);
	rv_buf_free(&out->quote);
	out->quote = RV_TAKE(quote);
	return true;
}
