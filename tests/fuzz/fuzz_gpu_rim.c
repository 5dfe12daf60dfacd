/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gpu_rim.c - any XML as a manifest, with every signature and digest taken
 * for good (as the fuzzers' build does): what is read has golden values, each
 * with its alternatives, and a version.
 * seeds: tests/vectors/gpu/rims/[iN]*.xml
 */
#include "gpu/gpu.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_gpu_rim_free) struct gpu_rim rim = { .golden = NULL };
	RV_AUTO(rv_cert_free) struct rv_cert *root = NULL;
	struct gpu_links links = { .n = 0 };
	struct gpu_why why = { .id = NULL };
	struct rv_err err;
	size_t active = 0;

	if (!rv_cert_read(rv_gpu_rim_root(), &root, &err))
		abort();
	if (!rv_gpu_rim_read(rv_span(data, size), root, &links, &rim, &why)) {
		if (!why.id && why.err.code != RV_SYSTEM)
			abort();
		return 0;
	}
	for (size_t i = 0; i < RV_GPU_INDEXES; i++) {
		active += rim.golden[i].there && rim.golden[i].active;
		if (rim.golden[i].there &&
		    (rim.golden[i].alternatives < 1 ||
		     rim.golden[i].alternatives > RV_GPU_ALTERNATIVES))
			abort();
	}
	if (active == 0 || active != rim.about.active || !rim.about.version[0])
		abort();
	return 0;
}
