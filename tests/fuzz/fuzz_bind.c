/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_bind.c - the same bytes as a statement, a key, a signature and a
 * certificate: whatever they are, nothing is bound to
 * report_data that nobody made.
 * seeds: tests/vectors/bind/[!R]*
 */
#include "base.h"
#include <refval/bind.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nobody[RV_REPORT_DATA] = { 0xa5, [63] = 0x5a };
	struct rv_span in = rv_span(data, size);
	struct rv_statement s[] = { { in, NULL, NULL, ".statement" },
				    { in, "keccak256", "app-data", NULL } };
	struct rv_bound_key k = { in, true, in, in };
	const struct rv_bindings b[] = {
		{ .statement = &s[0] },
		{ .statement = &s[1] },
		{ .key = &k },
		{ .certificate = &in },
		{ .certificate = &in, .statement = &s[0] },
	};

	for (size_t i = 0; i < RV_LEN(b); i++) {
		struct rv_bound_list list = { 0 };
		struct rv_err err = { 0 };

		if (rv_bind_check(nobody, &b[i], &list, &err) &&
		    b[i].statement != &s[0] && list.row[0].good)
			abort();
	}
	return 0;
}
