/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_given.c - the ACPI digests of a machine, from a file or folder. */
#include "acpi_given.h"
#include "base.h"
#include "folder.h"

enum { DOCUMENT_MAX = 1 << 20 };

bool rv_acpi_given(const char *path, struct rv_acpi_digests *out,
		   const struct rv_acpi_digests **given, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct rv_folder folder;

	*given = NULL;
	if (!path)
		return true;
	if (rv_is_folder(path)) {
		folder = rv_folder_at(path);
		if (!rv_acpi_digests_read_folder(&folder, out, err))
			return false;
	} else if (!rv_buf_read(path, DOCUMENT_MAX, &file, err)) {
		return false;
	} else if (!rv_acpi_digests_read(rv_buf_span(&file), out, err)) {
		return rv_in(err, "%s", path);
	}
	*given = out;
	return true;
}
