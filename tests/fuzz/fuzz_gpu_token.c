/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gpu_token.c - any bytes as a token of NVIDIA's service, and as its keys:
 * what is no yes names the rule that it breaks.
 * seeds: tests/vectors/gpu/services/near-20260629.token.json
 * seeds: tests/vectors/gpu/services/near-20260629.jwks.json
 */
#include "base.h"

#include <refval.h>

#include <stdlib.h>

static const char keys[] = "{\"keys\":[]}";
static const char token[] = "[[\"JWT\",\"eyJhbGciOiJFUzM4NCJ9.e30.AA\"],{}]";

static void one(struct rv_span t, struct rv_span k)
{
	struct rv_gpu_token out;
	struct rv_err err;

	if (!rv_gpu_token_verify(t, k, 1782699000, NULL, &out, &err))
		return;
	if ((out.verdict == RV_YES) != !out.id || !out.reason[0])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	one(rv_span(data, size), rv_span(keys, sizeof keys - 1));
	one(rv_span(token, sizeof token - 1), rv_span(data, size));
	return 0;
}
