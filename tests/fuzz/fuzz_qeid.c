/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_qeid.c - enclave identities as if they were signed.
 * seeds: tests/vectors/dcap/fuzz/qeid-*
 */
#include "quote/parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_qe_identity_free) struct qe_identity *q = NULL;
	struct rv_err err;

	if (!rv_qe_identity_read(rv_span(data, size), &q, &err))
		return 0;
	if (q->levels.n < 1 || q->levels.n > LEVELS_MAX)
		abort();
	for (size_t i = 1; i < q->levels.n; i++)
		if (q->levels.level[i].isvsvn >= q->levels.level[i - 1].isvsvn)
			abort();
	return 0;
}
