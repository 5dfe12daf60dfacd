/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_scale.c - attestations in SCALE, VersionedAttestation V0.
 * seeds: tests/vectors/real/060-lite-attestation/att*.bin
 * seeds: tests/vectors/gcp/a-v0.scale
 * seeds: tests/vectors/bad/evidence/scale*
 */
#include "base.h"
#include "evidence/parts.h"
#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };

	if (rv_ev_scale(rv_span(data, size), &e, &err) && !e.quote.n &&
	    !e.snp.report.n && !e.nitro.n)
		abort();
	rv_evidence_free(&e);
	return 0;
}
