/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_imageref.c - image references: the full name of a reference is itself
 * a reference, with the same name.
 * seeds: tests/vectors/compose/refs/full
 * seeds: tests/vectors/compose/refs/ipv6
 * seeds: tests/vectors/compose/refs/sha512
 */
#include "base.h"
#include <refval/hash.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_buf_free) struct rv_buf name = { 0 }, again = { 0 };
	struct rv_image_ref ref;
	struct rv_err err = { 0 };

	if (!rv_image_ref_parse(rv_span(data, size), &ref, &err)) {
		if (err.code != RV_INPUT)
			abort();
		return 0;
	}
	if (!rv_image_ref_name(&ref, &name, &err) ||
	    !rv_image_ref_parse(rv_buf_span(&name), &ref, &err) ||
	    !rv_image_ref_name(&ref, &again, &err) ||
	    !rv_same(rv_buf_span(&name), rv_buf_span(&again)))
		abort();
	return 0;
}
