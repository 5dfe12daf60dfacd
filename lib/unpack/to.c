/* SPDX-License-Identifier: Apache-2.0 */
/*
 * to.c - a folder that appears whole or not at all. Its files have no name
 * while they are written, so that whatever ends the process, nothing stays. At
 * the end they get their names in a folder .NAME.refval-unpack beside the
 * place, and that is renamed. Where a file system has no such files they are
 * written in that folder, and signals wait for the next block; a run that is
 * killed leaves it, and the next one takes it over. Two runs at once: one is
 * refused.
 */
#include "unpack.h"

#include "atomic.h"
#include "hold.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096, NAME_ROOM = 256 };

struct rv_to {
	const char *path;	      /* borrowed */
	int parent, dir;	      /* owned; dir: temp, where it is */
	int file[RV_IMAGE_FILES_MAX]; /* owned; those that have no name yet */
	char name[RV_IMAGE_FILES_MAX][RV_IMAGE_NAME_MAX + 1];
	size_t n; /* files; the last one is being written */
	char base[NAME_ROOM];
	char temp[NAME_ROOM];
	bool named;   /* files are in temp from the start */
	bool filling; /* temp exists and is ours */
	struct rv_hold hold;
};

static bool sys(struct rv_err *err, const char *what)
{
	return rv_fail(err, RV_SYSTEM, "%s: %s", what, strerror(errno));
}

static bool dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Call @each for every entry of @dir but . and .. until it says false. */
static bool each_entry(int dir, bool (*each)(int dir, const char *name))
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	bool ok = d != NULL;

	if (fd >= 0 && !d)
		close(fd);
	while (ok && (e = readdir(d)))
		ok = dots(e->d_name) || each(dir, e->d_name);
	if (d)
		closedir(d);
	return ok;
}

static bool none(int dir, const char *name)
{
	(void)dir;
	(void)name;
	errno = ENOTEMPTY;
	return false;
}

static bool remove_file(int dir, const char *name)
{
	return unlinkat(dir, name, 0) == 0;
}

void rv_to_free(struct rv_to **top)
{
	struct rv_to *t = *top;

	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		rv_close(&t->file[i]);
	if (t->filling && each_entry(t->dir, remove_file))
		(void)unlinkat(t->parent, t->temp, AT_REMOVEDIR);
	rv_let_go(&t->hold);
	rv_close(&t->dir);
	rv_close(&t->parent);
	free(t);
	*top = NULL;
}

/* Split @path; the parent is opened, the last name kept. */
static bool open_parent(const char *path, struct rv_to *t, struct rv_err *err)
{
	char dir[PATH_ROOM];
	size_t n = strlen(path), cut;
	int put;

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (cut = n; cut && path[cut - 1] != '/';)
		cut--;
	put = snprintf(t->base, sizeof t->base, "%.*s", (int)(n - cut),
		       path + cut);
	if (n >= sizeof dir || put <= 0 || dots(t->base) ||
	    snprintf(t->temp, sizeof t->temp, ".%s.refval-unpack", t->base) >=
		(int)sizeof t->temp)
		return rv_fail(err, RV_USAGE, "%s: not a name for a new folder",
			       path);
	snprintf(dir, sizeof dir, "%.*s", cut ? (int)cut : 1, cut ? path : ".");
	t->parent = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return t->parent >= 0 || sys(err, dir);
}

/* The place must be free: nothing there, or an empty folder. */
static bool check_place(struct rv_to *t, const char *path, struct rv_err *err)
{
	RV_AUTO(rv_close)
	int fd = openat(t->parent, t->base,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || sys(err, path);
	return each_entry(fd, none) || sys(err, path);
}

/* Make the temporary folder, or take over what a killed run left. */
static bool open_temp(struct rv_to *t, struct rv_err *err)
{
	struct stat here, there;
	bool made;

	rv_hold(&t->hold);
	made = mkdirat(t->parent, t->temp, 0700) == 0;
	if (!made && errno != EEXIST)
		return sys(err, t->path);
	t->dir = openat(t->parent, t->temp,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->dir < 0 || fstat(t->dir, &here) != 0) {
		(void)sys(err, t->temp);
		if (made)
			unlinkat(t->parent, t->temp, AT_REMOVEDIR);
		return false;
	}
	if (here.st_uid != geteuid())
		return rv_fail(err, RV_SYSTEM, "%s: belongs to somebody else",
			       t->temp);
	/* The lock dies with the process, so it tells a killed run from one. */
	if (flock(t->dir, LOCK_EX | LOCK_NB) != 0)
		return rv_fail(err, RV_SYSTEM, "%s: another run is filling it",
			       t->path);
	if (fstatat(t->parent, t->temp, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
	    here.st_ino != there.st_ino || here.st_dev != there.st_dev)
		return rv_fail(err, RV_SYSTEM, "%s: another run has filled it",
			       t->path);
	t->filling = true;
	return each_entry(t->dir, remove_file) || sys(err, t->temp);
}

/* Whether files there can be without a name is found out by one. */
static bool choose(struct rv_to *t, struct rv_err *err)
{
	bool can;
	RV_AUTO(rv_close) int fd = rv_nameless(t->parent, 0600, &can);

	if (fd < 0 && can)
		return sys(err, t->path);
	t->named = !can;
	return !t->named || open_temp(t, err);
}

bool rv_to_open(const char *path, struct rv_to **out, struct rv_err *err)
{
	RV_AUTO(rv_to_free) struct rv_to *t = calloc(1, sizeof *t);

	if (!t)
		return rv_no_memory(err, path);
	t->path = path;
	t->parent = t->dir = -1;
	if (!open_parent(path, t, err) || !check_place(t, path, err) ||
	    !choose(t, err))
		return false;
	*out = RV_TAKE(t);
	return true;
}

bool rv_to_file(struct rv_to *to, const char *name, struct rv_err *err)
{
	bool can;
	int fd;

	if (to->n == RV_IMAGE_FILES_MAX)
		return rv_fail(err, RV_INPUT, "more than %d files",
			       RV_IMAGE_FILES_MAX);
	if (!to->named)
		fd = rv_nameless(to->parent, 0644, &can);
	else
		fd = openat(
		    to->dir, name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return sys(err, name);
	snprintf(to->name[to->n], sizeof to->name[0], "%s", name);
	to->file[to->n++] = fd;
	return fchmod(fd, 0644) == 0 || sys(err, name);
}

bool rv_to_add(struct rv_to *to, struct rv_span bytes, struct rv_err *err)
{
	if (!rv_hold_on(&to->hold, err))
		return false;
	while (bytes.n) {
		ssize_t n = write(to->file[to->n - 1], bytes.p, bytes.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sys(err, to->name[to->n - 1]);
		bytes = rv_span(bytes.p + n, bytes.n - (size_t)n);
	}
	return true;
}

bool rv_to_file_end(struct rv_to *to, struct rv_err *err)
{
	int *fd = &to->file[to->n - 1], whole = *fd;

	if (fsync(whole) != 0)
		return sys(err, to->name[to->n - 1]);
	if (!to->named)
		return true;
	*fd = -1;
	return close(whole) == 0 || sys(err, to->name[to->n - 1]);
}

static bool give_names(struct rv_to *to, struct rv_err *err)
{
	if (!open_temp(to, err))
		return false;
	for (size_t i = 0; i < to->n; i++) {
		int fd = to->file[i];

		to->file[i] = -1;
		if (!rv_nameless_link(fd, to->dir, to->name[i])) {
			(void)sys(err, to->name[i]);
			rv_close(&fd);
			return false;
		}
		if (close(fd) != 0)
			return sys(err, to->name[i]);
	}
	return true;
}

bool rv_to_finish(struct rv_to *to, struct rv_err *err)
{
	if (!to->named && !give_names(to, err))
		return false;
	if (fchmod(to->dir, 0755) != 0 || fsync(to->dir) != 0)
		return sys(err, to->temp);
	/* An empty folder at the new name is replaced; any other is not. */
	if (renameat(to->parent, to->temp, to->parent, to->base) != 0)
		return sys(err, to->base);
	to->filling = false;
	return fsync(to->parent) == 0 || sys(err, to->base);
}
