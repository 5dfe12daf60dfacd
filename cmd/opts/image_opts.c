/* SPDX-License-Identifier: Apache-2.0 */
/* image_opts.c - --platform and --max-size, read. */
#include "image_opts.h"

#include "base.h"

bool rv_image_from_opts(const struct rv_image_opts *o, struct rv_oci_opts *out,
			struct rv_err *err)
{
	struct rv_oci_opts r = { .platform = o->platform };

	if (o->max_size && !rv_decimal(rv_text(o->max_size), INT64_MAX, &r.max))
		return rv_fail(err, RV_USAGE, "--max-size is not a number");
	*out = r;
	return true;
}
