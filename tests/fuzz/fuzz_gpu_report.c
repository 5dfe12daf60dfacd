/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gpu_report.c - a report and its opaque fields: what is decoded lies in
 * the input, the signature is its end, and one byte more is refused.
 * seeds: tests/vectors/gpu/seeds/report.bin tests/vectors/gpu/seeds/switch.bin
 */
#include "gpu/gpu.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const chip[] = { "GH100", "GB100", "LS10" };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_gpu_report r, more;
	struct rv_err err;

	if (!rv_gpu_report_read(rv_span(data, size), &r, &err)) {
		if (!err.id)
			abort();
		return 0;
	}
	if (r.covered.n + r.signature.n != size || r.covered.p != data)
		abort();
	for (size_t i = 0; i < RV_LEN(chip); i++) {
		struct rv_gpu_facts f = { .decoded = true };
		struct gpu_why why = { .id = NULL };

		memcpy(f.chip, chip[i], strlen(chip[i]) + 1);
		if (!rv_gpu_fields_read(&r, &f, &why) && !why.id)
			abort();
		if (strchr(f.driver_rim, '/') || strchr(f.vbios_rim, '/'))
			abort();
	}
	rv_grow_add(&g, data, size);
	rv_grow_u8(&g, 0);
	if (!g.failed && rv_gpu_report_read(rv_buf_span(&g.buf), &more, &err))
		abort();
	return 0;
}
