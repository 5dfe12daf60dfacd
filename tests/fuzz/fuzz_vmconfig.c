/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vm_config documents, and refval.values/1 read back.
 */
// seeds: tests/vectors/measure/vm_config/*.json
// seeds: tests/vectors/measure/values/*.json
#include "base.h"
#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rv_values v;
	struct rv_shape s;
	struct rv_err err = { 0 };

	if (rv_shape_read(rv_span(data, size), &s, &err)) {
		if (s.nics > RV_DEVICES_MAX || s.numa_nodes > RV_NUMA_MAX ||
		    memchr(s.image, 0, sizeof s.image) == NULL)
			abort();
		if (!rv_shape_resolve(&s, &err) && err.code != RV_INPUT)
			abort();
	}
	if (rv_values_read(rv_span(data, size), &v, &err)) {
		struct rv_buf text = { 0 };

		/* What was read is written without loss of form. */
		if (!rv_values_write(&v, &text, &err) ||
		    !rv_values_read(rv_buf_span(&text), &v, &err))
			abort();
		rv_buf_free(&text);
	}
	return 0;
}
