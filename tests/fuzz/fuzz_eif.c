/* SPDX-License-Identifier: Apache-2.0 */
/* An enclave image file, and the PCRs of an enclave of it. */
// seeds: tests/vectors/eif/*.eif
#include "base.h"

#include <refval/cloud.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_err err = { 0 };
	struct rv_eif_pcrs p;
	struct rv_eif e;

	if (!rv_eif_read(rv_span(data, size), &e, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		return 0;
	}
	if (!e.ramdisks || e.ramdisks > RV_EIF_RAMDISKS)
		abort();
	if (!rv_eif_pcrs(&e, &p, &err) && (err.code != RV_INPUT || !*err.msg))
		abort();
	return 0;
}
