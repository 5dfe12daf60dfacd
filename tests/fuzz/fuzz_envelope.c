/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_envelope.c - one request of many: what is read lies in the text, and is
 * applied without a look at anything else.
 * seeds: tests/vectors/fleet/whole.json tests/vectors/fleet/other.json
 */
#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span in = { data, size };
	struct rv_verify_input input = { 0 };
	struct rv_envelope e = { 0 };
	struct rv_err err = { 0 };
	bool good = rv_envelope_read(in, &e, &err);

	if (good &&
	    (e.evidence.p < data || e.evidence.p + e.evidence.n > data + size))
		abort();
	if (!good && err.code != RV_INPUT)
		abort();
	rv_envelope_apply(&e, &input);
	if (good && input.evidence_bytes.p != e.evidence.p)
		abort();
	if (input.compose && input.compose_hash)
		abort();
	rv_envelope_free(&e);
	return 0;
}
