/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signed CoRIMs: COSE_Sign1, its headers, its payload.
 */
// seeds: tests/vectors/formats/corim-*.cbor
// tests/vectors/bad/publish/cose*.cbor
#include "base.h"
#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A key that signed some of the seeds: both answers are reached. */
static const char key[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAgfIJjP5rsPt+Nr8S8sqkZmsAq1f6APHbjUUr1zO3Aek=\n"
    "-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rv_values v, again;
	struct rv_signature sig;
	struct rv_err err = { 0 };
	struct rv_grow g = { 0 };
	struct rv_span in = rv_span(data, size);

	if (!rv_publish_read(in, rv_text(key), &v, &sig, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
	}
	err = (struct rv_err){ 0 };
	if (!rv_publish_read(in, rv_span(NULL, 0), &v, &sig, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		return 0;
	}
	if (!rv_publish_form(in) || sig.state == RV_SIGNED_GOOD ||
	    sig.state == RV_SIGNED_BAD)
		abort();
	/* What was read can be written and read as our own document. */
	rv_values_write(&v, &g);
	if (!g.failed && !rv_values_read(rv_buf_span(&g.buf), &again, &err))
		abort();
	rv_grow_free(&g);
	return 0;
}
