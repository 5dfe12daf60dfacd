/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_given.h - the ACPI digests of a machine, given or computed. */
#ifndef RV_ACPI_GIVEN_H
#define RV_ACPI_GIVEN_H

#include "cmd.h"

/*
 * From a refval.acpi/1 document, any JSON object with loader, rsdp and tables,
 * or a folder with the files table-loader, rsdp and tables.
 */
RV_MUST bool rv_acpi_given(const char *path, struct rv_acpi_digests *out,
			   struct rv_err *err);

/* What a measurement needs of ACPI, and where it came from. */
struct rv_acpi_source {
	struct rv_acpi_digests digests;
	struct rv_err why; /* when they are not known */
};

/*
 * @file if there is one, else what this shape's QEMU generates. Fills in
 * @in->acpi, acpi_origin and acpi_why, which borrow from @source.
 */
RV_MUST bool rv_acpi_for(const char *file, const struct rv_shape *shape,
			 struct rv_acpi_source *source,
			 struct rv_measure_input *in, struct rv_err *err);

#endif
