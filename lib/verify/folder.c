/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.c - release records, collateral and ACPI blobs out of folders that
 * the caller reads.
 */
#include "verify.h"
#include "json.h"

#include <stdlib.h>

enum {
	RECORD_MAX = 1 << 20,
	RECORDS_MAX = 4096,
	COLLATERAL_FILES_MAX = 256,
	BLOB_MAX = 16 << 20,
};

void rv_names_free(struct rv_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct rv_names){ 0 };
}

bool rv_names_add(struct rv_names *names, const char *name, struct rv_err *err)
{
	char **p = names->name;

	/* Room for one more: doubled whenever the count is a power of two. */
	if (!(names->n & (names->n - 1)))
		p = realloc(p, (names->n ? 2 * names->n : 1) * sizeof *p);
	if (!p)
		return rv_no_memory(err, "names");
	names->name = p;
	if (!rv_text_copy(rv_text(name), "name", &p[names->n], err))
		return false;
	names->n++;
	return true;
}

/* ---- release records ---- */

void rv_releases_free(struct rv_releases *r)
{
	for (size_t i = 0; i < r->n; i++)
		rv_release_free(&r->item[i]);
	free(r->item);
	*r = (struct rv_releases){ 0 };
}

static bool is_record(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static bool read_record(const struct rv_folder *folder, const char *name,
			struct rv_releases *all, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_release *r = &all->item[all->n];
	size_t n = strlen(name) - 5;

	if (!folder->read(folder->arg, name, RECORD_MAX, &text, err))
		return false;
	if (!rv_release_read(rv_buf_span(&text), r, err))
		return rv_in(err, "%s/%s", folder->name, name);
	all->n++;
	if (strlen(r->name) != n || memcmp(r->name, name, n) != 0)
		return rv_fail(err, RV_INPUT, "%s/%s: its name is %s",
			       folder->name, name, r->name);
	return true;
}

bool rv_releases_read(const struct rv_folder *folder, struct rv_releases *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_releases_free) struct rv_releases all = { 0 };
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	size_t n = 0;

	if (!folder->list(folder->arg, &names, err))
		return false;
	for (size_t i = 0; i < names.n; i++)
		n += is_record(names.name[i]);
	if (n > RECORDS_MAX)
		return rv_fail(err, RV_INPUT, "%s: over %d records",
			       folder->name, RECORDS_MAX);
	all.item = calloc(n + 1, sizeof *all.item);
	if (!all.item)
		return rv_no_memory(err, "release records");
	for (size_t i = 0; i < names.n; i++)
		if (is_record(names.name[i]) &&
		    !read_record(folder, names.name[i], &all, err))
			return false;
	*out = RV_TAKE(all);
	return true;
}

bool rv_releases_find(const struct rv_releases *r, const char *name,
		      const struct rv_release **out, struct rv_err *err)
{
	char meant[RV_RELEASE_MEANT];

	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->item[i].name, name) != 0)
			continue;
		*out = &r->item[i];
		return true;
	}
	rv_release_meant(r->item, r->n, name, meant);
	return rv_fail(err, RV_INPUT,
		       "%s: no record of this release among %zu%s%s%s", name,
		       r->n, *meant ? "; did you mean " : "", meant,
		       *meant ? "?" : "");
}

/* ---- collateral ---- */

bool rv_collateral_read_folder(const struct rv_folder *folder,
			       struct rv_collateral *out, struct rv_err *err)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral all = { 0 };
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	size_t used = 0;

	if (!folder->list(folder->arg, &names, err))
		return false;
	if (names.n > COLLATERAL_FILES_MAX)
		return rv_fail(err, RV_INPUT, "%s: more than %d files",
			       folder->name, COLLATERAL_FILES_MAX);
	for (size_t i = 0; i < names.n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		const char *name = names.name[i];
		bool known = false;

		if (!folder->read(folder->arg, name, RV_COLLATERAL_MAX, &b,
				  err))
			return false;
		if (!rv_collateral_add(&all, name, rv_buf_span(&b), &known,
				       err))
			return rv_in(err, "%s/%s", folder->name, name);
		used += known;
	}
	if (!used)
		return rv_fail(err, RV_INPUT, "%s: no file of it is collateral",
			       folder->name);
	*out = RV_TAKE(all);
	return true;
}

/* ---- ACPI ---- */

static bool blob(const struct rv_folder *folder, const char *name,
		 struct rv_sha384 *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	return folder->read(folder->arg, name, BLOB_MAX, &b, err) &&
	       rv_sha384(rv_buf_span(&b), out, err);
}

bool rv_acpi_digests_read_folder(const struct rv_folder *folder,
				 struct rv_acpi_digests *out,
				 struct rv_err *err)
{
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	struct rv_acpi_digests d = { 0 };

	if (!folder->list(folder->arg, &names, err) ||
	    !blob(folder, "table-loader", &d.loader, err) ||
	    !blob(folder, "rsdp", &d.rsdp, err) ||
	    !blob(folder, "tables", &d.tables, err))
		return false;
	for (size_t i = 0; i < names.n; i++)
		d.has_tpm_log =
		    d.has_tpm_log || strcmp(names.name[i], "tpm-log") == 0;
	if (d.has_tpm_log && !blob(folder, "tpm-log", &d.tpm_log, err))
		return false;
	*out = d;
	return true;
}

bool rv_acpi_digests_read(struct rv_span text, struct rv_acpi_digests *out,
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

bool rv_acpi_for(const struct rv_acpi_digests *given,
		 const struct rv_shape *shape, struct rv_acpi_source *source,
		 struct rv_measure_input *in, struct rv_err *err)
{
	if (given) {
		source->digests = *given;
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
