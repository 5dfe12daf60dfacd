/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_given.h - the ACPI digests of a machine, from a file or folder. */
#ifndef RV_ACPI_GIVEN_H
#define RV_ACPI_GIVEN_H

#include <refval.h>

/*
 * From a refval.acpi/1 document, any JSON object with loader, rsdp and tables,
 * or a folder with the files table-loader, rsdp and tables. *given is @out, or
 * NULL when @path is.
 */
RV_MUST bool rv_acpi_given(const char *path, struct rv_acpi_digests *out,
			   const struct rv_acpi_digests **given,
			   struct rv_err *err);

#endif
