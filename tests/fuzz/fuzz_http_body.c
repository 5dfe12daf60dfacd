/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_http_body.c - an answer of any kind in every form that is read: page,
 * Info, signed body, chain, list, collateral.
 * seeds: tests/vectors/dcap/pcs-c42f9164/[!R]*
 * seeds: tests/vectors/real/near-058-dev-3e6394/tcb_info.json
 * seeds: tests/vectors/bind/certificate.pem
 * seeds: tests/vectors/real/near-058-dev-3e6394/collateral.json
 */
#include "base.h"
#include "fetch/live.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void signed_body(struct rv_span in, const char *key)
{
	struct rv_span body, sig;
	struct rv_err err = { 0 };

	if (rv_pcs_signed(in, key, &body, &sig, &err) &&
	    (body.n < 2 || *body.p != '{' || sig.n != 128))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rv_platform platform = { true, "b0c06f000000",
						     "platform" };
	struct rv_span in = rv_span(data, size);
	struct rv_evidence e = { 0 };
	struct rv_platform p;
	struct rv_buf b = { 0 };
	struct rv_err err = { 0 };
	char words[160];
	int64_t next;

	if (rv_page_tcb_info(in, &b, &err))
		rv_buf_free(&b);
	signed_body(in, "tcbInfo");
	signed_body(in, "enclaveIdentity");
	if (rv_pcs_chain(in, "chain", &b, &err))
		rv_buf_free(&b);
	if (rv_pcs_crl(in, "crl", &b, &err))
		rv_buf_free(&b);
	if (rv_pcs_about(in, &platform, &next, &err) && next == INT64_MAX)
		abort();
	if (rv_live_info(in, true, &e, &err))
		rv_evidence_free(&e);
	rv_live_words(in, words);
	if (rv_platform_of(in, &p, &err) && strlen(p.fmspc) != 12)
		abort();
	return 0;
}
