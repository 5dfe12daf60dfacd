/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_jsonspan.c - the scanner against the parser: what the parser takes for
 * an object the scanner does too, and both find the same value.
 * seeds: tests/vectors/dcap/pcs-c42f9164/tcbinfo.json
 * tests/vectors/dcap/pcs-c42f9164/qeidentity.json
 */
#include "quote/parse.h"
#include "json.h"

#include <stdlib.h>

/* Do both say the same, as far as one level shows? */
static bool equal(const rv_json *a, const rv_json *b)
{
	uint64_t x = 0, y = 0;

	if (rv_json_is_string(a))
		return rv_json_is_string(b) &&
		       rv_same(rv_json_text(a), rv_json_text(b));
	if (rv_json_uint(a, UINT64_MAX >> 1, &x) !=
	    rv_json_uint(b, UINT64_MAX >> 1, &y))
		return false;
	return x == y && rv_json_is_object(a) == rv_json_is_object(b) &&
	       rv_json_is_array(a) == rv_json_is_array(b) &&
	       rv_json_is_bool(a) == rv_json_is_bool(b) &&
	       rv_json_size(a) == rv_json_size(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span in = rv_span(data, size), value;
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err err;
	const char *key;
	const rv_json *v;

	if (!rv_json_parse(in, "fuzz", &j, &err) || !rv_json_is_object(j)) {
		/* Any answer, but no crash. */
		(void)!rv_json_span(in, "tcbInfo", &value, &err);
		return 0;
	}
	if (!rv_json_object_ok(in, &err))
		abort();
	for (void *iter = NULL; rv_json_next(j, &iter, &key, &v);) {
		RV_AUTO(rv_json_free) rv_json *one = NULL;

		/* Keys written with escapes are other keys to the scanner. */
		if (!rv_json_span(in, key, &value, &err))
			continue;
		if (!rv_json_parse(value, "value", &one, &err) ||
		    !equal(one, v))
			abort();
	}
	return 0;
}
