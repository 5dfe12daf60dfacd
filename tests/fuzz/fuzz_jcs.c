/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_jcs.c - RFC 8785 text: canonical, so reading and writing it again
 * changes nothing, whatever the order and spelling it came from.
 * seeds: tests/vectors/compose/serializers.json
 * seeds: tests/vectors/compose/mr_config_id.json
 */
#include "base.h"
#include <compose/compose.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct json_form jcs = { .order = ORDER_UTF16,
					      .numbers = NUMBERS_JS };
	RV_AUTO(rv_arena_free) struct rv_arena a = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow one = { 0 }, two = { 0 };
	const struct rv_jt *v, *again;
	struct rv_err err = { 0 };

	if (!rv_jt_parse(rv_span(data, size), &a, &v, &err)) {
		if (err.code != RV_INPUT)
			abort();
		return 0;
	}
	if (!rv_jt_write(v, &jcs, &one, &err) ||
	    !rv_jt_parse(rv_buf_span(&one.buf), &a, &again, &err) ||
	    !rv_jt_write(again, &jcs, &two, &err) ||
	    !rv_same(rv_buf_span(&one.buf), rv_buf_span(&two.buf)))
		abort();
	return 0;
}
