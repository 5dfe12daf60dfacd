/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tpm.c - what a TPM signs, how, and what Google has beside it. What is
 * read has the sizes that it says; nothing here is under Google's roots.
 */
// seeds: tests/vectors/real/tpm-quote-sample/*.bin tests/vectors/gcp/*.der
// seeds: tests/vectors/gcp/c.attest tests/vectors/gcp/c.signature
// seeds: tests/vectors/gcp/*.binarypb
#include "base.h"

#include <refval/gcp.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void refused(const struct rv_err *err)
{
	if (err->code != RV_INPUT || !*err->msg)
		abort();
}

static void files(struct rv_span s)
{
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files f = { 0 };
	struct rv_gcp_endorsed e;
	struct rv_gcp_verdict v;
	const struct rv_gcp_signed none = { .message = s,
					    .signature = s,
					    .certificate = s };
	const struct rv_gcp_options o = { .at = 1782809233 };
	struct rv_err err = { 0 };
	char url[256];

	if (!rv_gcp_files_add(&f, s, &err))
		refused(&err);
	err = (struct rv_err){ 0 };
	if (!rv_gcp_endorsement(&f, (struct rv_span){ 0 }, o.at, &e, &err) ||
	    !rv_gcp_verify(&none, &f, &o, &v, &err))
		abort();
	if (e.outcome == RV_GCP_GENUINE || v.outcome == RV_GCP_GENUINE)
		abort();
	if (!rv_gcp_issuer_url(s, url, &err))
		refused(&err);
	else if (strlen(url) < 30)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span s = rv_span(data, size);
	struct rv_tpm_signature sig;
	struct rv_tpm_quote q;
	struct rv_err err = { 0 };

	if (!rv_tpm_quote_read(s, &q, &err))
		refused(&err);
	else if (q.digest.n != 32 || q.signer.n != 34 || q.extra.n > 64 ||
		 q.pcrs >> RV_TPM_PCRS)
		abort();
	if (!rv_tpm_signature_read(s, &sig, &err))
		refused(&err);
	else if (sig.rsa && sig.s.n > size)
		abort();
	files(s);
	return 0;
}
