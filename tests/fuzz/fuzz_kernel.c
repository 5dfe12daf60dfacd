/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bzImage: its Authenticode digest, as it is and with a patched header.
 */
// seeds: tests/vectors/measure/kernel/*.bin
// seeds: tests/vectors/bad/measure/kernel-*.bin
#include "base.h"
#include "measure/kernel.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span file = rv_span(data, size);
	struct rv_err err = { 0 };
	struct rv_sha384 d;

	if (!rv_authenticode(file, rv_span(NULL, 0), &d, &err) &&
	    (err.code != RV_INPUT || !*err.msg))
		abort();
	if (!rv_kernel_patched(file, 4097, "vga=1", (uint64_t)2 << 30, &d,
			       &err) &&
	    err.code != RV_INPUT)
		abort();
	return 0;
}
