/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image_opts.h - the options that say what is read of a container image, the
 * same in every command that reads some.
 */
#ifndef RV_IMAGE_OPTS_H
#define RV_IMAGE_OPTS_H

#include "cmd.h"

/* The arguments as they were given; NULL: not given. */
struct rv_image_opts {
	const char *platform, *max_size;
};

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_IMAGE_OPTS(o)						\
	RV_OPT_TEXT("platform", "OS/ARCH", &(o).platform,		\
		    "only this platform"),				\
	RV_OPT_TEXT("max-size", "BYTES", &(o).max_size,			\
		    "refuse layers that unpack to more")
/* clang-format on */

/* What they say; the rest of @out is zero. @out borrows from @o. */
RV_MUST bool rv_image_from_opts(const struct rv_image_opts *o,
				struct rv_oci_opts *out, struct rv_err *err);

/* rv_oci_read(), with progress. */
RV_MUST bool rv_container_read(const char *path, const struct rv_oci_opts *opts,
			       struct rv_oci *out, struct rv_err *err);

#endif
