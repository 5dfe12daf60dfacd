/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_verify.c - a whole verification of what the fuzzer makes of a quote.
 * `make fuzz` builds the library with REFVAL_FUZZ, where every P-256 signature
 * is good, so that the code behind them is reached; in the short form real
 * signatures are checked, and nothing changed may be accepted.
 * seeds: tests/vectors/dcap/real/quote-c42f9164.bin
 * tests/vectors/dcap/real/quote-f8b81014.bin
 */
#include "base.h"
#include <refval/quote.h>

#include <stdio.h>
#include <stdlib.h>

static struct rv_quote_verifier *verifier;
static struct rv_collateral tdx, sgx;

static void load(const char *name, struct rv_collateral *out)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err err = { 0 };

	if (!rv_buf_read(name, 1 << 20, &b, &err) ||
	    !rv_collateral_read(rv_buf_span(&b), out, &err)) {
		fprintf(stderr, "%s\n", err.msg);
		exit(4);
	}
}

static void start(void)
{
	struct rv_quote_options o = { .explain = true };
	struct rv_err err;

	if (!rv_quote_verifier_new(&o, &verifier, &err))
		exit(4);
	load("tests/vectors/dcap/real/collateral-221d7070.json", &tdx);
	load("tests/vectors/dcap/real/collateral-9a955c50.json", &sgx);
}

static void once(struct rv_span in, const struct rv_collateral *c, int64_t at)
{
	RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;
	struct rv_quote_finding finding[RV_QUOTE_FINDINGS];
	struct rv_quote_policy p = rv_quote_policy_default();
	struct rv_quote q;
	struct rv_err err;

	if (!rv_quote_verify(verifier, in, c, at, &v, &err))
		return;
	if (v.verified == (v.code != RV_QUOTE_OK))
		abort();
	if (!v.verified)
		return;
	if (!rv_tcb_status_name(v.status) || v.status == RV_TCB_REVOKED ||
	    !rv_quote_read(in, &q, &err))
		abort();
	if (rv_quote_policy_apply(&p, &q, &v, finding) > RV_QUOTE_FINDINGS)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!verifier)
		start();
	once(rv_span(data, size), &tdx, 1787894484);
	once(rv_span(data, size), &sgx, 1751624924);
	return 0;
}
