/* SPDX-License-Identifier: Apache-2.0 */
/* refval.boot/1: what is read is written and read again as the same. */
// seeds: tests/vectors/uki/values-*.json
#include "base.h"

#include <refval/boot.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_buf_free) struct rv_buf a = { 0 }, b = { 0 };
	struct rv_boot_values *v = calloc(2, sizeof *v);
	struct rv_err err = { 0 };

	if (!v)
		abort();
	if (!rv_boot_read(rv_span(data, size), v, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		free(v);
		return 0;
	}
	if (!rv_boot_is_document(rv_span(data, size)) ||
	    !rv_boot_write(v, &a, &err) ||
	    !rv_boot_read(rv_buf_span(&a), v + 1, &err) ||
	    !rv_boot_write(v + 1, &b, &err) ||
	    !rv_same(rv_buf_span(&a), rv_buf_span(&b)))
		abort();
	free(v);
	return 0;
}
