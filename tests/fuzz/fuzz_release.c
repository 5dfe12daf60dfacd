/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any record that is accepted gives values for a machine, or a sentence.
 * seeds: images/releases/dstack-dev-0.5.8.json
 * images/releases/dstack-0.5.1.json
 */
#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rv_values v;
	struct rv_release r = { 0 };
	struct rv_err err = { 0 };
	struct rv_shape shape = rv_shape_default();

	if (!rv_release_read((struct rv_span){ data, size }, &r, &err)) {
		if (err.code == RV_OK || !err.msg[0] || r.shape)
			abort();
		return 0;
	}
	shape.cpus = 2;
	shape.memory = (uint64_t)4 << 30;
	shape.qemu = (struct rv_qemu){ 8, 2, 2 };
	if (!rv_release_values(&r, &shape, NULL, NULL, &v, &err) && !err.msg[0])
		abort();
	rv_release_free(&r);
	return 0;
}
