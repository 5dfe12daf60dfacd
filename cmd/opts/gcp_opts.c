/* SPDX-License-Identifier: Apache-2.0 */
/* gcp_opts.c - what options mean for a machine of Google Cloud, read. */
#include "gcp_opts.h"
#include "base.h"
#include "disk_in.h"
#include "folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { SECTOR = 512 };

static const char disk_name[] = "disk.raw";

void rv_gcp_read_free(struct rv_gcp_read *r)
{
	for (size_t i = 0; i < r->rules.files; i++)
		rv_buf_free(&r->file[i]);
	free(r->boot);
}

/* ---- --collateral ---- */

/* *@is: it is one of Google's, and taken. */
static bool add(struct rv_gcp_read *r, struct rv_buf *file, bool *is,
		struct rv_err *err)
{
	RV_AUTO(rv_gcp_files_free) struct rv_gcp_files f = { 0 };
	struct rv_err why = { 0 };
	size_t n = r->rules.files;

	*is = rv_gcp_files_add(&f, rv_buf_span(file), &why);
	if (!*is) {
		if (why.code != RV_SYSTEM)
			return true;
		*err = why;
		return false;
	}
	if (n == RV_GCP_FILES)
		return rv_fail(err, RV_INPUT, "more than %d files",
			       RV_GCP_FILES);
	r->file[n] = RV_TAKE(*file);
	r->span[n] = rv_buf_span(&r->file[n]);
	r->rules.file = r->span;
	r->rules.files++;
	return true;
}

static bool add_folder(struct rv_gcp_read *r, const char *path,
		       struct rv_err *err)
{
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	struct rv_folder f = rv_folder_at(path);
	bool is;

	if (!f.list(f.arg, &names, err))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

		if (!f.read(f.arg, names.name[i], RV_COLLATERAL_MAX, &b, err) ||
		    !add(r, &b, &is, err))
			return rv_in(err, "%s", path);
	}
	return true;
}

bool rv_gcp_opts_read(const struct rv_dcap_opts *d, bool *all,
		      struct rv_gcp_read *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	*all = false;
	if (!d->collateral)
		return true;
	if (rv_is_folder(d->collateral))
		return add_folder(out, d->collateral, err);
	return rv_buf_read(d->collateral, RV_COLLATERAL_MAX, &b, err) &&
	       add(out, &b, all, err);
}

/* ---- a disk ---- */

bool rv_gcp_is_disk(const char *path)
{
	struct rv_err ignored = { 0 };
	uint8_t head[8] = { 0 };
	RV_AUTO(rv_close) int fd = -1;
	struct rv_disk d;

	return rv_disk_open(path, &fd, &d) &&
	       d.read(d.arg, SECTOR, sizeof head, head, &ignored) &&
	       memcmp(head, "EFI PART", sizeof head) == 0;
}

static bool read_disk(const char *path, struct rv_gcp_read *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_gcp_boot *boot = calloc(1, sizeof *boot);
	RV_AUTO(rv_close) int fd = -1;
	struct rv_disk d;

	if (!boot)
		return rv_no_memory(err, "disk");
	if (!rv_disk_open(path, &fd, &d))
		return rv_fail(err, RV_SYSTEM, "%s: no file that can be read",
			       path);
	if (!rv_gcp_boot_read(&d, boot, err))
		return rv_in(err, "%s", path);
	free(out->boot);
	out->boot = RV_TAKE(boot);
	return true;
}

bool rv_gcp_disk_read(const char *path, struct rv_gcp_read *out,
		      struct rv_err *err)
{
	char inside[4096];
	struct stat st;
	int n;

	if (!rv_is_folder(path))
		return read_disk(path, out, err);
	n = snprintf(inside, sizeof inside, "%s/%s", path, disk_name);
	if (n < 0 || (size_t)n >= sizeof inside)
		return rv_fail(err, RV_USAGE, "%s: too long", path);
	return stat(inside, &st) != 0 || read_disk(inside, out, err);
}
