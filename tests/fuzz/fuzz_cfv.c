/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The variable store of a firmware, and the rest of it: volumes, files and
 * sections, and what they show.
 */
// seeds: tests/vectors/measure/tdvf/*.fd tests/vectors/bad/measure/cfv-*.fd
// seeds: tests/vectors/measure/volume/*.fd tests/vectors/bad/volume/*.fd
#include "base.h"
#include "measure/cfv.h"
#include "measure/firmware.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span image = rv_span(data, size);
	struct rv_firmware f;
	struct rv_cfv c;
	struct rv_err err = { 0 };
	struct rv_sha384 d;

	if (!rv_cfv_read(image, &c, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
	} else {
		for (int i = RV_VAR_PK; i < RV_VAR_NAMES; i++)
			if (!rv_variable_digest((enum rv_variable_name)i,
						c.variable[i].data, &d, &err))
				abort();
	}
	if (!rv_firmware_inspect(image, &f, &err) && err.code != RV_INPUT)
		abort();
	return 0;
}
