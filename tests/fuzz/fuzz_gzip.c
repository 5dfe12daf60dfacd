/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gzip.c - blobs as layers: gzip framing, zstd, and tar behind them.
 * seeds: tests/vectors/oci/seeds/rich.tar.gz tests/vectors/oci/seeds/rich.tar
 */
#include "image/layer.h"
#include "slice.h"
#include "digest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever it is, its digest as stored is that of the bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct layer_opts opts = { .content = true, .max = 1 << 24 };
	struct rv_given given = { rv_span(data, size) };
	struct layer l = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha256 sum;

	if (!rv_layer_read((struct rv_stream){ rv_given_next, &given }, &opts,
			   &l, &err))
		abort();
	if (!rv_sha256(rv_span(data, size), &sum, &err) ||
	    (l.has_blob && memcmp(&sum, &l.blob, sizeof sum) != 0) ||
	    (!l.has_diffid && !rv_is_fault(&l.stream_fault)))
		abort();
	rv_layer_free(&l);
	return 0;
}
