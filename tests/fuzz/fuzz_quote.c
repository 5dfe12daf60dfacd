/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_quote.c - decoding never reads outside its input, and what it accepts
 * is made of the input's own bytes, end to end.
 * seeds: tests/vectors/dcap/real/quote-* tests/vectors/dcap/synth/tdx_*
 */
#include "base.h"
#include <refval/quote.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_quote q;
	struct rv_err err;
	size_t n, sum;

	if (!rv_quote_read(rv_span(data, size), &q, &err))
		return 0;
	sum = q.signed_part.n + 4 + 64 + 64 + (q.version > 3 ? 6 : 0) + 384 +
	      64 + 2 + q.auth.n + 6 + q.cert_data.n + q.trailing.n;
	if (sum != size)
		abort();
	for (const struct rv_quote_field *f = rv_quote_fields(q.body_type, &n);
	     n; n--, f++)
		if (rv_quote_field(&q, f->name).n != f->length)
			abort();
	return 0;
}
