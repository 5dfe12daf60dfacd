/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gpu_evidence.c - any bytes as GPU evidence, verified without manifests:
 * never a yes, for measurements are unchecked then.
 * seeds: tests/vectors/gpu/vg_h100_595.json
 * seeds: tests/vectors/gpu/switchAttestationReport.txt
 * seeds: tests/vectors/gpu/services/tinfoil-20260629.json
 */
#include "base.h"

#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_gpu_options o = { .at = 1795824000 };
	struct rv_gpu_evidence e = { .n = 0 };
	struct rv_gpu_result r = { .n = 0 };
	struct rv_err err;

	if (!rv_gpu_evidence_read(rv_span(data, size), rv_span(data, 0), NULL,
				  &e, &err))
		return 0;
	if (!e.there || e.n > RV_GPU_LIST_MAX)
		abort();
	if (rv_gpu_verify(&e, &o, &r, &err)) {
		if (r.verdict == RV_YES || r.n != e.n ||
		    !rv_gpu_result_reason(&r))
			abort();
		rv_gpu_result_free(&r);
	}
	rv_gpu_evidence_free(&e);
	return 0;
}
