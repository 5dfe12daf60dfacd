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
