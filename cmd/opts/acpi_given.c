/* SPDX-License-Identifier: Apache-2.0 */
/* acpi_given.c - ACPI digests from a file or folder, or from the shape. */
#include "acpi_given.h"
#include "base.h"
#include "digest.h"
#include "json.h"

#include <stdio.h>
#include <sys/stat.h>

enum { DOCUMENT_MAX = 1 << 20, BLOB_MAX = 16 << 20, PATH_ROOM = 4096 };

static bool blob(const char *dir, const char *name, struct rv_sha384 *out,
		 struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	char path[PATH_ROOM];

	if (snprintf(path, sizeof path, "%s/%s", dir, name) >= PATH_ROOM)
		return rv_fail(err, RV_USAGE, "%s: path too long", dir);
	return rv_buf_read(path, BLOB_MAX, &b, err) &&
	       rv_sha384(rv_buf_span(&b), out, err);
}

static bool from_folder(const char *dir, struct rv_acpi_digests *out,
			struct rv_err *err)
{
	struct rv_acpi_digests d = { 0 };
	char path[PATH_ROOM];
	struct stat st;

	if (!blob(dir, "table-loader", &d.loader, err) ||
	    !blob(dir, "rsdp", &d.rsdp, err) ||
	    !blob(dir, "tables", &d.tables, err))
		return false;
	snprintf(path, sizeof path, "%s/tpm-log", dir);
	d.has_tpm_log = stat(path, &st) == 0;
	if (d.has_tpm_log && !blob(dir, "tpm-log", &d.tpm_log, err))
		return false;
	*out = d;
	return true;
}

static bool from_document(struct rv_span text, struct rv_acpi_digests *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_acpi_digests d = { 0 };
	struct rv_span schema = { 0 };

	if (!rv_json_parse(text, "acpi", &j, err))
		return false;
	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "acpi: not a JSON object");
	if (!rv_json_opt_text(j, "schema", &schema, err))
		return false;
	if (schema.p && !rv_same_text(schema, "refval.acpi/1"))
		return rv_fail(err, RV_INPUT,
			       "acpi: schema is not "
			       "refval.acpi/1");
	if (!rv_json_need_hex(j, "loader", d.loader.b, 48, err) ||
	    !rv_json_need_hex(j, "rsdp", d.rsdp.b, 48, err) ||
	    !rv_json_need_hex(j, "tables", d.tables.b, 48, err) ||
	    !rv_json_opt_hex(j, "tpm_log", &d.has_tpm_log, d.tpm_log.b, 48,
			     err))
		return rv_in(err, "acpi");
	*out = d;
	return true;
}

bool rv_acpi_given(const char *path, struct rv_acpi_digests *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return from_folder(path, out, err);
	if (!rv_buf_read(path, DOCUMENT_MAX, &file, err))
		return false;
	return from_document(rv_buf_span(&file), out, err) ||
	       rv_in(err, "%s", path);
}

bool rv_acpi_for(const char *file, const struct rv_shape *shape,
		 struct rv_acpi_source *source, struct rv_measure_input *in,
		 struct rv_err *err)
{
	if (file) {
		if (!rv_acpi_given(file, &source->digests, err))
			return false;
		in->acpi = &source->digests;
		in->acpi_origin = RV_ORIGIN_GIVEN;
		return true;
	}
	if (rv_acpi_digests(shape, &source->digests, NULL, &source->why)) {
		in->acpi = &source->digests;
		in->acpi_origin = RV_ORIGIN_COMPUTED;
		return true;
	}
	if (source->why.code != RV_INPUT) {
		*err = source->why;
		return false;
	}
	in->acpi = NULL;
	in->acpi_why = source->why.msg;
	return true;
}
