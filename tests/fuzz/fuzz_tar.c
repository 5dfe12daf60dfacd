/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tar.c - the strict tar reader, and what layers make of it.
 * seeds: tests/vectors/oci/seeds/rich.tar
 * seeds: tests/vectors/oci/seeds/nameless-directory.tar
 */
#include "image/tree.h"
#include "slice.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A layer on top of itself: every path replaces one, every link has one. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_given given = { rv_span(data, size) };
	struct layer l = { 0 };
	struct tree t = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha256 one, two;

	if (rv_layer_changes((struct rv_stream){ rv_given_next, &given },
			     1 << 20, &l, &err)) {
		if (rv_tree_apply(&t, &l, &err)) {
			if (!rv_tree_text(&t, NULL, &one, &err) ||
			    !rv_tree_text(&t, NULL, &two, &err) ||
			    memcmp(&one, &two, sizeof one) != 0)
				abort();
			if (!rv_tree_apply(&t, &l, &err) && !rv_is_fault(&err))
				abort();
		} else if (!rv_is_fault(&err)) {
			abort();
		}
	} else if (!rv_is_fault(&err)) {
		abort();
	}
	rv_tree_free(&t);
	rv_layer_free(&l);
	return 0;
}
