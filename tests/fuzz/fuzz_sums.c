/* SPDX-License-Identifier: Apache-2.0 */
/* A list of files as sha256sum writes it: what becomes a statement has each. */
// seeds: tests/vectors/bad/sums/*.txt
#include "base.h"
#include "publish/publish.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_buf_free) struct rv_buf out = { 0 };
	struct rv_err err = { 0 };
	size_t lines = 0, names = 0;

	if (!rv_files_statement(rv_span(data, size), "pkg:a", &out, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		return 0;
	}
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	for (size_t i = 0; i + 10 < out.n; i++)
		names += memcmp(out.p + i, "\"digest\":{", 10) == 0;
	if (names != lines)
		abort();
	return 0;
}
