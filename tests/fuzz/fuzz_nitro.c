/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_nitro.c - AWS Nitro documents, and what an image says of itself for
 * clouds. What is read verifies or does not; only AWS's own root is trusted.
 */
// seeds: tests/vectors/nitro/*.cose tests/vectors/nitro/*.cbor
#include "base.h"

#include <refval/cloud.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void refused(const struct rv_err *err)
{
	if (err->code != RV_INPUT || !*err->msg)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rv_nitro_options o = { .now = 1796000000 };
	struct rv_span s = rv_span(data, size);
	struct rv_nitro_document d;
	struct rv_nitro_verdict v;
	struct rv_aws_boot boot;
	struct rv_sha256 digest;
	struct rv_err err = { 0 };

	if (rv_nitro_read(s, &d, &err)) {
		if (!d.bundled || d.signature.n != 96 ||
		    !rv_nitro_verify(&d, &o, &v, &err))
			abort();
	} else {
		refused(&err);
	}
	if (!rv_gcp_document(s, &digest, &err))
		refused(&err);
	if (!rv_aws_document(s, &digest, &err))
		refused(&err);
	if (!rv_aws_replay(s, &boot, &err))
		refused(&err);
	return 0;
}
