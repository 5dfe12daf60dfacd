/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_msgpack.c - attestations in MessagePack, VersionedAttestation V1.
 * seeds: tests/vectors/evidence/attestation-v1*
 * seeds: tests/vectors/gcp/a-v1.msgpack
 * seeds: tests/vectors/snp/dstack/attestation-v1.msgpack
 * seeds: tests/vectors/bad/evidence/msgpack*
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

	if (rv_ev_msgpack(rv_span(data, size), &e, &err) && !e.quote.n &&
	    !e.snp.report.n && !e.nitro.n)
		abort();
	rv_evidence_free(&e);
	return 0;
}
