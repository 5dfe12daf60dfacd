/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - the record of what was read, which every reader fills. */
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>

void rv_evidence_tls_free(struct rv_evidence_tls *t)
{
	free(t->host);
	free(t->when);
	rv_buf_free(&t->certificate);
	*t = (struct rv_evidence_tls){ 0 };
}

static void snp_free(struct rv_snp_evidence *e)
{
	rv_buf_free(&e->report);
	for (size_t i = 0; i < e->certs; i++)
		rv_buf_free(&e->cert[i]);
	rv_buf_free(&e->mr_config);
	*e = (struct rv_snp_evidence){ 0 };
}

void rv_evidence_free(struct rv_evidence *e)
{
	rv_buf_free(&e->quote);
	snp_free(&e->snp);
	rv_buf_free(&e->nitro);
	rv_ev_vtpm_free(&e->vtpm);
	rv_log_free(&e->log);
	rv_buf_free(&e->vm_config);
	rv_buf_free(&e->app_compose);
	rv_buf_free(&e->collateral);
	free(e->conflict);
	free(e->instance);
	free(e->beside);
	free(e->source.from);
	free(e->source.api);
	free(e->source.when);
	rv_evidence_tls_free(&e->tls);
	rv_gpu_evidence_free(&e->gpu);
	rv_buf_free(&e->gpu_boot);
	*e = (struct rv_evidence){ 0 };
}

const char *rv_attester_name(enum rv_attester attester)
{
	static const char *const name[RV_ATTESTERS] = {
		[RV_ATTESTER_TDX] = "intel-tdx",
		[RV_ATTESTER_SNP] = "amd-sev-snp",
		[RV_ATTESTER_NITRO] = "aws-nitro",
		[RV_ATTESTER_GCP] = "gcp-tdx",
	};

	return name[attester];
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

/*
 * MRTD and RTMR0 to 3 of a TD report body (same appendix, A.3.2 and A.3.3),
 * behind the header of version 4 or 5. A body of another kind has none.
 */
static bool registers(struct rv_span quote, struct rv_span *mrtd,
		      struct rv_span *rtmr)
{
	enum { HEADER = 48, BODY_HEAD = 6, MRTD = 136, RTMR0 = 328 };
	struct rv_rd r = rv_rd(quote, "quote");
	uint16_t version = rv_le16(&r, "version");
	size_t at = HEADER + (version >= 5 ? BODY_HEAD : 0);

	rv_le16(&r, "attestation key type");
	return rv_le32(&r, "TEE type") == RV_TEE_TDX && !r.field &&
	       rv_sub(quote, at + MRTD, sizeof(struct rv_sha384), mrtd) &&
	       rv_sub(quote, at + RTMR0, 4 * sizeof(struct rv_sha384), rtmr);
}

bool rv_ev_same_machine(struct rv_span a, struct rv_span b)
{
	struct rv_span mrtd[2], rtmr[2];

	return registers(a, &mrtd[0], &rtmr[0]) &&
	       registers(b, &mrtd[1], &rtmr[1]) && rv_same(mrtd[0], mrtd[1]) &&
	       rv_same(rtmr[0], rtmr[1]);
}

void rv_gpu_evidence_free(struct rv_gpu_evidence *e)
{
	for (size_t i = 0; i < e->n; i++) {
		rv_buf_free(&e->device[i].report);
		rv_buf_free(&e->device[i].chain);
	}
	free(e->device);
	free(e->hints.e2e);
	*e = (struct rv_gpu_evidence){ 0 };
}

/* What @out holds that nothing here looks at; one sentence after the other. */
bool rv_ev_beside(struct rv_evidence *out, const char *sentence,
		  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf all = { 0 };
	RV_AUTO(rv_free) char *was = RV_TAKE(out->beside);

	if (was)
		rv_grow_printf(&g, "%s; ", was);
	rv_grow_text(&g, sentence);
	return rv_grow_take(&g, &all, err) &&
	       rv_text_copy(rv_buf_span(&all), "beside", &out->beside, err);
}

bool rv_ev_number(const char *wanted, size_t n, size_t *out)
{
	uint64_t number;

	if (wanted[0] != '#' || n == 0 ||
	    !rv_decimal(rv_text(wanted + 1), n - 1, &number))
		return false;
	*out = (size_t)number;
	return true;
}
