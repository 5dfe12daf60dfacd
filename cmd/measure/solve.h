/* SPDX-License-Identifier: Apache-2.0 */
/* solve.h - refval-measure --solve: which shape fits this quote? */
#ifndef RV_MEASURE_SOLVE_H
#define RV_MEASURE_SOLVE_H

#include "cmd.h"
#include "names.h"
#include "shape_opts.h"

/* The arguments as they were given; NULL: not given. */
struct rv_solve_opts {
	const char *evidence, *image, *release, *given, *instance;
};

/* clang-format off */
#define RV_SOLVE_OPTS(o)						\
	RV_OPT_TEXT("solve", "EVIDENCE", &(o).evidence,			\
		    "which shape gives this quote?"),			\
	RV_OPT_TEXT("image", "IMAGE", &(o).image,			\
		    "--solve: the OS image, to check with"),		\
	RV_OPT_OFFERS("release", "NAME", &(o).release, rv_name_release,	\
		      "--solve: or a recorded release"),			\
	RV_OPT_TEXT("given", "FACTS", &(o).given,			\
		    "--solve: certain facts: cpus=8,nics=2"),		\
	RV_OPT_INSTANCE(&(o).instance)
/* clang-format on */

/*
 * Search and print. @shape holds the facts given by options, @image is NULL or
 * was read from --image.
 */
RV_MUST bool rv_measure_solve(const struct rv_solve_opts *o,
			      const struct rv_shape_opts *shape,
			      const struct rv_measure_input *image, bool json,
			      enum rv_code *answer, struct rv_err *err);

#endif
