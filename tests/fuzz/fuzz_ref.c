/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_ref.c - image references, as `refval-hash match --pin` takes them.
 * seeds: tests/vectors/oci/seeds/ref-*
 */
#include "base.h"
#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was made whole is its own whole form. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_oci_ref a = { 0 }, b = { 0 };
	struct rv_err err = { 0 };

	if (rv_oci_ref_parse(rv_span(data, size), &a, &err)) {
		if (!rv_oci_ref_parse(rv_text(a.name), &b, &err) ||
		    strcmp(a.name, b.name) != 0)
			abort();
		rv_oci_ref_free(&b);
	}
	rv_oci_ref_free(&a);
	return 0;
}
