/* SPDX-License-Identifier: Apache-2.0 */
/* Answers about an app's key, and roots of a KMS. */
// seeds: tests/vectors/app_key/*.json
#include "base.h"

#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t id[RV_APP_KEY_ID];
	struct rv_span in = rv_span(data, size);
	uint8_t point[RV_APP_KEY_POINT];
	struct rv_app_key k;
	struct rv_err err = { 0 };
	bool found;

	if (rv_app_key_read(in, &k, &err)) {
		if ((k.n != 32 && k.n != 33) ||
		    !rv_app_key_issuer(&k, id, &found, point, &err))
			abort();
	} else if (err.code != RV_INPUT || !*err.msg) {
		abort();
	}
	err = (struct rv_err){ 0 };
	if (!rv_app_key_root(in, point, &err) &&
	    (err.code != RV_INPUT || !*err.msg))
		abort();
	return 0;
}
