/* SPDX-License-Identifier: Apache-2.0 */
/* folder.c - folders on disk, for the parts of the library that read some. */
#include "folder.h"
#include "atomic.h"
#include "base.h"
#include "hold.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 8192, ENTRIES_MAX = 65536 };

bool rv_is_folder(const char *path)
{
	struct stat st;

	return strcmp(path, "-") != 0 && stat(path, &st) == 0 &&
	       S_ISDIR(st.st_mode);
}

static bool join(const char *folder, const char *name, char *out,
		 struct rv_err *err)
{
	int n = snprintf(out, PATH_ROOM, "%s/%s", folder, name);

	return (n >= 0 && n < PATH_ROOM) ||
	       rv_fail(err, RV_INPUT, "%s: a name too long", folder);
}

static int visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

struct entries {
	struct dirent **entry;
	int n;
};

static void entries_free(struct entries *l)
{
	for (int i = 0; i < l->n; i++)
		free(l->entry[i]);
	free(l->entry);
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool list(void *arg, struct rv_names *out, struct rv_err *err)
{
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	RV_AUTO(entries_free) struct entries l = { 0 };
	const char *folder = arg;

	l.n = scandir(folder, &l.entry, visible, by_bytes);
	if (l.n < 0) {
		l.n = 0;
		return rv_fail(err, rv_errno_code(errno), "%s: %s", folder,
			       strerror(errno));
	}
	if (l.n > ENTRIES_MAX)
		return rv_fail(err, RV_INPUT, "%s: more than %d files", folder,
			       ENTRIES_MAX);
	for (int i = 0; i < l.n; i++) {
		char path[PATH_ROOM];
		struct stat st;

		if (!join(folder, l.entry[i]->d_name, path, err))
			return false;
		/* A link or a pipe is refused by whoever reads it. */
		if (lstat(path, &st) == 0 && !S_ISDIR(st.st_mode) &&
		    !rv_names_add(&names, l.entry[i]->d_name, err))
			return false;
	}
	*out = RV_TAKE(names);
	return true;
}

static bool read_one(void *arg, const char *name, size_t max,
		     struct rv_buf *out, struct rv_err *err)
{
	char path[PATH_ROOM];
	bool found;

	if (!join(arg, name, path, err) ||
	    !rv_buf_read_plain(path, max, &found, out, err))
		return false;
	return found ||
	       rv_fail(err, RV_INPUT, "%s: %s", path, strerror(ENOENT));
}

struct rv_folder rv_folder_at(const char *path)
{
	return (struct rv_folder){ .name = path,
				   .arg = (void *)(uintptr_t)path,
				   .list = list,
				   .read = read_one };
}

/* Each of them, or none. */
static bool put_all(int at, const struct rv_new_file *file, size_t n,
		    struct rv_err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (rv_atomic_new(at, file[i].name, file[i].data, err))
			continue;
		while (i--)
			(void)unlinkat(at, file[i].name, 0);
		return false;
	}
	return true;
}

static bool fill(const char *dir, const char *option,
		 const struct rv_new_file *file, size_t n, struct rv_err *err)
{
	RV_AUTO(rv_close)
	int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (at < 0)
		return rv_fail(err, RV_SYSTEM, "%s: %s", dir, strerror(errno));
	for (size_t i = 0; i < n; i++)
		if (fstatat(at, file[i].name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			return rv_fail(err, RV_USAGE,
				       "%s/%s: is there already; nothing in"
				       " --%s is replaced",
				       dir, file[i].name, option);
	return put_all(at, file, n, err) || rv_in(err, "%s", dir);
}

bool rv_folder_fill(const char *dir, const char *option,
		    const struct rv_new_file *file, size_t n,
		    struct rv_err *err)
{
	RV_AUTO(rv_let_go) struct rv_hold hold = { .on = false };
	bool made;

	/* It takes no time; a signal waits until all is there. */
	rv_hold(&hold);
	made = mkdir(dir, 0777) == 0;
	if (!made && errno != EEXIST)
		return rv_fail(err, RV_SYSTEM, "%s: %s", dir, strerror(errno));
	if (fill(dir, option, file, n, err))
		return true;
	if (made)
		(void)rmdir(dir);
	return false;
}
