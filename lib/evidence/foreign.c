/* SPDX-License-Identifier: Apache-2.0 */
/*
 * foreign.c - what people bring that is no evidence of an Intel TDX machine:
 * one table of what each looks like, and the sentence that names it and says
 * where it belongs. Rows come in the order in which they are asked.
 */
#include "parts.h"
#include "json.h"

#include <stdio.h>

/* The sentence, with an id for those who would try something else. */
static bool named(struct rv_err *err, const char *says)
{
	rv_err_set(err, RV_INPUT, "%s", says);
	err->id = RV_EVIDENCE_FOREIGN;
	return false;
}

/* ---- bytes ---- */

/* TPMS_ATTEST: TPM_GENERATED_VALUE, TPM_ST_ATTEST_QUOTE. */
#define TPM_QUOTE "\xff\x54\x43\x47\x80\x18"

static bool is_tpm_quote(struct rv_span in)
{
	return rv_starts(in, rv_text(TPM_QUOTE));
}

/* Serialised by count and bytes: an RSA signature, the quote, PCRs. */
static bool is_vtpm_quote(struct rv_span in)
{
	struct rv_rd r = rv_rd(in, "quote");
	uint64_t n = rv_le64(&r, "length of the signature");
	struct rv_span s;

	if (r.field || n == 0 || n > 1024)
		return false;
	rv_take(&r, (size_t)n, "signature");
	rv_le64(&r, "length of the quote");
	s = rv_take(&r, sizeof TPM_QUOTE - 1, "quote");
	return !r.field && rv_same_text(s, TPM_QUOTE);
}

static bool is_hcl_report(struct rv_span in)
{
	return rv_starts(in, rv_text("HCLA"));
}

/* SPDM 1.1 GET_MEASUREMENTS and its answer (DSP0274, 10.11). */
static bool is_gpu_report(struct rv_span in)
{
	return in.n > 39 && in.p[0] == 0x11 && in.p[1] == 0xe0 &&
	       in.p[37] == 0x11 && in.p[38] == 0x60;
}

/* TDREPORT_STRUCT: REPORTTYPE 0x81, subtype 0, version 0 or 1; 1024 bytes. */
static bool is_tdreport(struct rv_span in)
{
	return in.n == 1024 && in.p[0] == 0x81 && in.p[1] == 0 &&
	       in.p[2] <= 1 && in.p[3] == 0;
}

/* CBOR tag 399 (RFC 9783 and Arm's profile of it). */
static bool is_cca(struct rv_span in)
{
	return rv_starts(in, rv_text("\xd9\x01\x8f"));
}

/* Its length, and a bit string of signature whose algorithm is SM2's. */
static bool is_csv_report(struct rv_span in)
{
	return in.n == 2548;
}

/*
 * TCG PC Client, 10.2.1: TCG_PCClientPCREvent with SHA-1, one behind the other
 * to the end. Three of them in a row are no accident.
 */
static bool is_sha1_log(struct rv_span in)
{
	struct rv_rd r = rv_rd(in, "log");
	unsigned events = 0;

	if (rv_ev_is_tcg2(in))
		return false;
	while (rv_rd_left(&r) && events < 3) {
		uint32_t pcr = rv_le32(&r, "PCR");
		uint32_t type = rv_le32(&r, "type");

		rv_take(&r, 20, "digest");
		rv_take(&r, rv_le32(&r, "size of event"), "event");
		if (r.field || pcr > 23 || type == 0 ||
		    (type > 0x14 && type >> 31 == 0))
			return false;
		events++;
	}
	return !r.field && events > 0;
}

static const struct {
	bool (*is)(struct rv_span);
	const char *says;
} bytes[] = {
	{ is_tpm_quote, "this is a TPM 2.0 quote, not Intel TDX" },
	{ is_vtpm_quote,
	  "this is the quote of a cloud's vTPM (signature, quote and PCRs), not"
	  " Intel TDX: the machine's TDX quote comes from the cloud's metadata"
	  " service" },
	{ is_hcl_report,
	  "this is an HCL report of an Azure machine: what is in it is not"
	  " signed; the machine's TDX quote comes from its metadata service" },
	{ is_gpu_report,
	  "this is the report of an NVIDIA GPU, not Intel TDX: refval-gpu reads"
	  " it" },
	{ is_tdreport,
	  "this is a TDREPORT, which only the machine's own CPU can check: a"
	  " quoting enclave makes a quote of it, and that is needed" },
	{ is_cca, "this is a token of an Arm CCA realm, not Intel TDX" },
	{ is_sha1_log,
	  "this is the event log of a TPM with SHA-1 digests, which extends no"
	  " register of a TDX machine" },
};

/* What only its length tells: when nothing else knew it. */
static const struct {
	bool (*is)(struct rv_span);
	const char *says;
} by_length[] = {
	{ is_csv_report,
	  "2548 bytes, as a Hygon CSV attestation report has: not Intel TDX" },
};

bool rv_ev_foreign_bytes(struct rv_span in, struct rv_err *err)
{
	for (size_t i = 0; i < RV_LEN(bytes); i++)
		if (bytes[i].is(in))
			return named(err, bytes[i].says);
	return true;
}

bool rv_ev_foreign_length(struct rv_span in, struct rv_err *err)
{
	for (size_t i = 0; i < RV_LEN(by_length); i++)
		if (by_length[i].is(in))
			return named(err, by_length[i].says);
	return true;
}

/* ---- JSON ---- */

static bool has_any(const rv_json *j, const char *a, const char *b)
{
	return rv_ev_has(j, a) || rv_ev_has(j, b);
}

/* A report as libraries print it, or the agent of confidential containers. */
static bool is_snp(const rv_json *j)
{
	const rv_json *report = rv_json_get(j, "attestation_report");

	if (!report)
		report = rv_json_get(j, "snp_report");
	if (!report)
		report = rv_json_get(j, "report");
	return (rv_json_is_object(report) && rv_ev_has(report, "chip_id")) ||
	       (rv_ev_has(j, "chip_id") &&
		has_any(j, "measurement", "reported_tcb")) ||
	       has_any(j, "snp_report", "vcek");
}

static bool is_csv(const rv_json *j)
{
	return rv_ev_has(j, "attestation_report") &&
	       rv_ev_has(j, "serial_number");
}

static bool is_cca_json(const rv_json *j)
{
	return rv_json_is_array(rv_json_get(j, "token")) ||
	       has_any(j, "cca-platform-token", "cca_token");
}

static bool is_vtpm(const rv_json *j)
{
	return has_any(j, "tpm_quote", "hcl_report");
}

static bool is_nitro_json(const rv_json *j)
{
	return has_any(j, "attestation_document", "nsm_quote");
}

/* Claims of a token, taken out of it. */
static bool is_claims(const rv_json *j)
{
	return rv_ev_has(j, "iss") && has_any(j, "eat_nonce", "exp");
}

static bool is_token(const rv_json *j)
{
	return rv_starts(rv_json_text(rv_json_get(j, "token")), rv_text("eyJ"));
}

static bool is_manifest(const rv_json *j)
{
	return rv_ev_has(j, "manifest_version") ||
	       rv_ev_has(j, "docker_compose_file");
}

/* API v1 tells who an application is, and leaves evidence to Attest. */
static bool is_v1_info(const rv_json *j)
{
	return rv_ev_has(j, "app_id") && has_any(j, "app_compose", "app_name");
}

static bool is_token_pair(const rv_json *j)
{
	const rv_json *first = rv_json_at(j, 0);

	return rv_same_text(rv_json_text(rv_json_at(first, 0)), "JWT");
}

static const struct {
	bool (*is)(const rv_json *);
	const char *says;
} json[] = {
	{ is_token_pair,
	  "these are tokens of NVIDIA's attestation service: a verdict on GPUs,"
	  " not evidence; refval-gpu takes them beside the evidence" },
	{ is_csv, "this is evidence of a Hygon CSV machine, not of Intel TDX" },
	{ is_snp,
	  "this is evidence of an AMD SEV-SNP machine, not of Intel TDX:"
	  " refval-snp reads the report itself" },
	{ is_cca_json,
	  "this is evidence of an Arm CCA realm, not of Intel TDX" },
	{ is_vtpm,
	  "this is what a cloud's vTPM says (tpm_quote, hcl_report), without"
	  " the quote of the CPU" },
	{ is_nitro_json, "this is evidence of AWS Nitro, not of Intel TDX" },
	{ is_token,
	  "this is a token that somebody signed about a machine: a verdict, not"
	  " evidence" },
	{ is_claims,
	  "these are the claims of a token: somebody's verdict, not evidence" },
	{ is_manifest,
	  "this is an app-compose.json, what a machine should run, and no"
	  " evidence of one" },
	{ is_v1_info,
	  "this is an Info reply of dstack's API v1, which holds no evidence:"
	  " its Attest does" },
};

bool rv_ev_foreign_json(const rv_json *j, struct rv_err *err)
{
	for (size_t i = 0; i < RV_LEN(json); i++)
		if (json[i].is(j))
			return named(err, json[i].says);
	return true;
}

/* ---- tokens: three parts in base64url, RFC 7515 section 7.1 ---- */

/* Who says so, by a part of the issuer's name or a claim that only one has. */
static const struct {
	const char *issuer, *claim, *says;
} tokens[] = {
	{ "nvidia.com", "x-nvidia-ver",
	  "this is a token of NVIDIA's attestation service: a verdict on GPUs,"
	  " not evidence; refval-gpu takes it beside the evidence" },
	{ "trustauthority.intel.com", "attester_tcb_status",
	  "this is a token of Intel Trust Authority: Intel's verdict on a"
	  " machine, not the machine's evidence; the quote that it was made"
	  " from is needed" },
	{ "attest.azure.net", "x-ms-attestation-type",
	  "this is a token of Microsoft's attestation service: a verdict, not"
	  " evidence" },
	{ "confidentialcomputing.googleapis.com", "hwmodel",
	  "this is a token of Google's attestation service: a verdict, not"
	  " evidence" },
};

static bool holds(struct rv_span s, const char *part)
{
	struct rv_span want = rv_text(part);

	for (size_t i = 0; i + want.n <= s.n; i++)
		if (rv_starts(rv_span(s.p + i, s.n - i), want))
			return true;
	return false;
}

bool rv_ev_foreign_token(struct rv_span text, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf body = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err ignored = { 0 };
	const uint8_t *first, *second;
	struct rv_span claims, issuer;

	if (!rv_starts(text, rv_text("eyJ")))
		return true;
	first = memchr(text.p, '.', text.n);
	if (!first)
		return true;
	claims = rv_span(first + 1, text.n - (size_t)(first + 1 - text.p));
	second = memchr(claims.p, '.', claims.n);
	if (!second)
		return true;
	claims.n = (size_t)(second - claims.p);
	if (!rv_unbase64_any(claims, "token", &body, &ignored) ||
	    !rv_json_parse(rv_buf_span(&body), "token", &j, &ignored))
		return true;
	issuer = rv_json_text(rv_json_get(j, "iss"));
	for (size_t i = 0; i < RV_LEN(tokens); i++)
		if (holds(issuer, tokens[i].issuer) ||
		    rv_ev_has(j, tokens[i].claim))
			return named(err, tokens[i].says);
	return named(err,
		     "this is a signed token (JWT): somebody's verdict, not"
		     " evidence");
}
