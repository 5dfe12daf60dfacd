/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TDX metadata of a firmware, and MRTD over what it lists.
 */
// seeds: tests/vectors/measure/tdvf/*.fd tests/vectors/bad/measure/*.fd
#include "base.h"
#include "measure/tdvf.h"
#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_tdvf t;
	struct rv_sha384 mrtd;
	struct rv_err err = { 0 };
	uint64_t pages = 0;

	if (!rv_tdvf_read(rv_span(data, size), &t, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		return 0;
	}
	for (size_t i = 0; i < t.n; i++)
		pages += t.section[i].size / 4096;
	/* A large MRTD is only slow: it has no further branches. */
	if (pages < 64 && !rv_mrtd_order(&t, RV_PAGE_ADD_SINGLE, &mrtd, &err))
		abort();
	return 0;
}
