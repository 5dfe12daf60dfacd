/* SPDX-License-Identifier: Apache-2.0 */
/* records.c - the release records that came with the program, or others. */
#include "records.h"
#include "base.h"
#include "folder.h"

#include <stdio.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

/*
 * In the prefix of the program (bin/../share/refval/releases), or in its source
 * tree (build/bin/../../images/releases).
 */
static bool own_folder(char *out, size_t room, struct rv_err *err)
{
	static const char *const beside[] = { "../share/refval/releases",
					      "../../images/releases" };
	char self[2048];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	char *slash;

	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	for (size_t i = 0; slash && i < RV_LEN(beside); i++) {
		snprintf(out, room, "%.*s/%s", (int)(slash - self), self,
			 beside[i]);
		if (access(out, R_OK) == 0)
			return true;
	}
	return rv_fail(err, RV_INPUT,
		       "no release records beside the program (%s)", out);
}

static bool list_own(void *arg, struct rv_names *out, struct rv_err *err)
{
	char own[PATH_ROOM] = "";
	struct rv_folder folder;

	(void)arg;
	if (!own_folder(own, sizeof own, err))
		return false;
	folder = rv_folder_at(own);
	return folder.list(folder.arg, out, err) ||
	       rv_in(err, "release records");
}

static bool read_own(void *arg, const char *name, size_t max,
		     struct rv_buf *out, struct rv_err *err)
{
	char own[PATH_ROOM] = "";
	struct rv_folder folder;

	(void)arg;
	if (!own_folder(own, sizeof own, err))
		return false;
	folder = rv_folder_at(own);
	return folder.read(folder.arg, name, max, out, err);
}

static bool list_given(void *arg, struct rv_names *out, struct rv_err *err)
{
	struct rv_folder folder = rv_folder_at(arg);

	return folder.list(folder.arg, out, err) ||
	       rv_in(err, "release records");
}

struct rv_folder rv_records_at(const char *dir)
{
	struct rv_folder folder;

	if (!dir)
		return (struct rv_folder){ .name = "release records",
					   .list = list_own,
					   .read = read_own };
	folder = rv_folder_at(dir);
	folder.list = list_given;
	return folder;
}

bool rv_records_where(const char *dir, char *out, size_t room,
		      struct rv_err *err)
{
	if (!dir)
		return own_folder(out, room, err);
	if (!rv_is_folder(dir) || strlen(dir) >= room)
		return rv_fail(err, RV_USAGE, "--releases %s: no folder", dir);
	memcpy(out, dir, strlen(dir) + 1);
	return true;
}

bool rv_records_load(const char *dir, struct rv_releases *out,
		     struct rv_err *err)
{
	struct rv_folder folder = rv_records_at(dir);

	return rv_releases_read(&folder, out, err);
}

bool rv_records_named(const char *dir, const char *name, struct rv_err *err)
{
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	RV_AUTO(rv_releases_free) struct rv_releases all = { 0 };
	struct rv_folder folder = rv_records_at(dir);
	const struct rv_release *found;
	struct rv_err ignored = { 0 };
	size_t n = strlen(name);

	if (!folder.list(folder.arg, &names, &ignored))
		return true;
	for (size_t i = 0; i < names.n; i++)
		if (strncmp(names.name[i], name, n) == 0 &&
		    strcmp(names.name[i] + n, ".json") == 0)
			return true;
	if (!rv_releases_read(&folder, &all, &ignored) ||
	    rv_releases_find(&all, name, &found, err))
		return true;
	err->code = RV_USAGE;
	return false;
}
