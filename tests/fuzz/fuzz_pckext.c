/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pckext.c - the SGX extension of PCK certificates: what is accepted has
 * every required value, and loses it again with its last byte.
 * seeds: tests/vectors/dcap/fuzz/pckext-*
 */
#include "quote/parse.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_pck a, b;
	struct rv_err err;

	if (rv_pck_read(rv_span(data, size), false, &a, &err)) {
		if (rv_pck_read(rv_span(data, size - 1), false, &b, &err))
			abort();
		/* What the strict rules accept, those for tests do too. */
		if (!rv_pck_read(rv_span(data, size), true, &b, &err) ||
		    memcmp(a.comp, b.comp, sizeof a.comp) != 0)
			abort();
	}
	return 0;
}
