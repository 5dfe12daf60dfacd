/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matrix.h - one set of values per machine shape of a matrix, a JSON
 * document of lists (docs/FORMATS.md, refval.matrix/1).
 */
#ifndef RV_MEASURE_MATRIX_H
#define RV_MEASURE_MATRIX_H

#include "shape_opts.h"

/* clang-format off */
#define RV_OPT_MATRIX(p)						\
	RV_OPT_TEXT("matrix", "FILE", p,				\
		    "lists of facts; one JSON line for each shape")
/* clang-format on */

/*
 * Measure @in, whose ACPI part is ignored, for each shape of the matrix in
 * @path; @base is what the single options say of all of them, @acpi
 * given digests or NULL, @note the inputs. Lines go to standard output, in the
 * order of the matrix, as they are done. On as many threads as there are
 * processors; the lines do not depend on how many.
 */
RV_MUST bool rv_measure_matrix(const char *path,
			       const struct rv_shape_opts *base,
			       const struct rv_acpi_digests *acpi,
			       const struct rv_measure_input *in,
			       const struct rv_values *note,
			       struct rv_err *err);

#endif
