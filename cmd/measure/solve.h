/* SPDX-License-Identifier: Apache-2.0 */
/* solve.h - refval-measure --solve: which shape fits this quote? */
#ifndef RV_MEASURE_SOLVE_H
#define RV_MEASURE_SOLVE_H

#include "cmd.h"
#include "shape_opts.h"

/* The arguments as they were given; NULL: not given. */
struct rv_solve_opts {
	const char *evidence, *image, *release, *given, *instance;
};

/* clang-format off */
#define RV_SOLVE_OPTS(o)						\
	{ 0, "solve", "EVIDENCE", "which shape gives this quote?",\
	  &(o).evidence, NULL, NULL },					\
	{ 0, "image", "IMAGE", "--solve: the OS image, to check with",\
	  &(o).image, NULL, NULL },					\
	{ 0, "release", "NAME", "--solve: or a recorded release",	\
	  &(o).release, NULL, NULL },					\
	{ 0, "given", "FACTS", "--solve: certain facts: cpus=8,nics=2",\
	  &(o).given, NULL, NULL },					\
	{ 0, "instance", "ID", "--solve: which one in the evidence",\
	  &(o).instance, NULL, NULL }
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
