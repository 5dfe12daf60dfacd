/* SPDX-License-Identifier: Apache-2.0 */
/* image_opts.c - --platform and --max-size, read. */
#include "image_opts.h"

#include "base.h"
#include "out.h"

bool rv_image_from_opts(const struct rv_image_opts *o, struct rv_oci_opts *out,
			struct rv_err *err)
{
	struct rv_oci_opts r = { .platform = o->platform };

	if (o->max_size && !rv_decimal(rv_text(o->max_size), INT64_MAX, &r.max))
		return rv_fail(err, RV_USAGE, "--max-size is not a number");
	*out = r;
	return true;
}

bool rv_container_read(const char *path, const struct rv_oci_opts *opts,
		       struct rv_oci *out, struct rv_err *err)
{
	struct rv_oci_opts o = *opts;
	bool good;

	o.progress = rv_out_reading;
	o.arg = (void *)(uintptr_t)path;
	good = rv_oci_read(path, &o, out, err);
	rv_out_progress_done();
	return good;
}
