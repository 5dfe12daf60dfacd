/* SPDX-License-Identifier: Apache-2.0 */
/* gcp_opts.c - what options mean for a machine of Google Cloud, read. */
#include "gcp_opts.h"
#include "base.h"
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MAX = 1 << 20, SECTOR = 512 };

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

		if (!f.read(f.arg, names.name[i], FILE_MAX, &b, err) ||
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

static bool read_at(void *arg, uint64_t at, size_t n, uint8_t *out,
		    struct rv_err *err)
{
	int fd = *(const int *)arg;
	size_t done = 0;

	while (done < n) {
		ssize_t k = pread(fd, out + done, n - done, (off_t)(at + done));

		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return rv_fail(err, RV_SYSTEM, "%s", strerror(errno));
		if (k == 0)
			return rv_fail(err, RV_INPUT, "it ended early");
		done += (size_t)k;
	}
	return true;
}

/* The descriptor of a regular file, or -1. */
static int open_file(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && (fstat(fd, st) != 0 || !S_ISREG(st->st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool rv_gcp_is_disk(const char *path)
{
	struct rv_err ignored = { 0 };
	uint8_t head[8] = { 0 };
	struct stat st;
	int fd = open_file(path, &st);
	bool good;

	if (fd < 0)
		return false;
	good = read_at(&fd, SECTOR, sizeof head, head, &ignored);
	close(fd);
	return good && memcmp(head, "EFI PART", sizeof head) == 0;
}

static bool read_disk(const char *path, struct rv_gcp_read *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_gcp_boot *boot = calloc(1, sizeof *boot);
	struct stat st;
	int fd = open_file(path, &st);
	struct rv_disk d = { .arg = &fd, .read = read_at };
	bool good;

	if (!boot)
		rv_err_no_memory(err, "disk");
	if (fd < 0)
		return rv_fail(err, RV_SYSTEM, "%s: no file that can be read",
			       path);
	d.size = (uint64_t)st.st_size;
	good = boot && rv_gcp_boot_read(&d, boot, err);
	close(fd);
	if (!good)
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
