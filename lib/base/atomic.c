/* SPDX-License-Identifier: Apache-2.0 */
/*
 * atomic.c - written where nobody sees it, flushed, then given its name. The
 * file has no name while it is written (open(2), O_TMPFILE): whatever ends the
 * process, nothing stays. Where a file system cannot do that it is written
 * beside its place, and signals wait until it is there or gone.
 */
#define _GNU_SOURCE /* O_TMPFILE, O_PATH; realpath without _FORTIFY_SOURCE */
#include "atomic.h"

#include "hold.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool write_all(int fd, struct rv_span s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		s = rv_span(s.p + n, s.n - (size_t)n);
	}
	return true;
}

/* A device or a pipe is written to as it is: it is no file to be replaced. */
static bool write_through(const char *path, struct rv_span s,
			  struct rv_err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int why = 0;

	if (fd < 0)
		return rv_fail(err, RV_SYSTEM, "%s: %s", path, strerror(errno));
	if (!write_all(fd, s))
		why = errno;
	if (close(fd) != 0 && !why)
		why = errno;
	return !why || rv_fail(err, RV_SYSTEM, "%s: %s", path, strerror(why));
}

/* ---- a name in a folder ---- */

struct place {
	int dir; /* borrowed */
	const char *name;
	bool replace; /* what has the name already */
};

enum { TRIES = 1000, NAME_ROOM = 4096 };

static bool temporary(const struct place *p, int i, char out[NAME_ROOM])
{
	int n =
	    snprintf(out, NAME_ROOM, "%s.%ld-%d", p->name, (long)getpid(), i);

	errno = ENAMETOOLONG;
	return n > 0 && n < NAME_ROOM;
}

/* The file @temp gets its own name, or is gone. */
static bool settle(const struct place *p, const char *temp)
{
	int why = 0;

	if (p->replace) {
		if (renameat(p->dir, temp, p->dir, p->name) == 0)
			return true;
		why = errno;
	} else if (linkat(p->dir, temp, p->dir, p->name, 0) != 0) {
		why = errno;
	}
	unlinkat(p->dir, temp, 0);
	errno = why;
	return !why;
}

/* ---- without a name until it is whole ---- */

static void own_path(int fd, char out[40])
{
	snprintf(out, 40, "/proc/self/fd/%d", fd);
}

bool rv_nameless_link(int fd, int dir, const char *name)
{
	char of[40];

	own_path(fd, of);
	return linkat(AT_FDCWD, of, dir, name, AT_SYMLINK_FOLLOW) == 0;
}

int rv_nameless(int dir, unsigned mode, bool *can)
{
	int fd =
	    openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, (mode_t)mode);
	char of[40];

	*can = fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR &&
			   errno != EINVAL && errno != ENOENT);
	if (fd < 0)
		return -1;
	own_path(fd, of);
	*can = access(of, F_OK) == 0;
	if (!*can)
		rv_close(&fd);
	return *can ? fd : -1;
}

/* A name that is taken is taken over: by way of another one, in one step. */
static bool link_over(int fd, const struct place *p)
{
	char temp[NAME_ROOM];
	bool ok = false, more = true;
	struct rv_hold hold;

	rv_hold(&hold);
	for (int i = 0; more && i < TRIES; i++) {
		more = false;
		if (!temporary(p, i, temp))
			break;
		if (rv_nameless_link(fd, p->dir, temp))
			ok = settle(p, temp);
		else
			more = errno == EEXIST;
	}
	rv_let_go(&hold);
	return ok;
}

/* *can is false when this file system, or a system without /proc, cannot. */
static bool put_nameless(const struct place *p, struct rv_span s, bool *can)
{
	int fd = rv_nameless(p->dir, 0666, can);
	bool ok, taken;
	int why;

	/* Whatever the reason was: the other way says it again. */
	*can = fd >= 0;
	if (fd < 0)
		return false;
	ok = write_all(fd, s) && fsync(fd) == 0;
	if (ok && !rv_nameless_link(fd, p->dir, p->name)) {
		taken = errno == EEXIST;
		*can = taken;
		ok = taken && p->replace && link_over(fd, p);
	}
	why = errno;
	if (close(fd) != 0)
		return false;
	errno = why;
	return ok;
}

/* ---- with one, beside its place ---- */

/*
 * A file that was not there, with the rights of any new file: mkstemp() gives
 * it fewer, and to ask for the umask is to change it, for the whole process.
 */
static int new_file(const struct place *p, char temp[NAME_ROOM])
{
	for (int i = 0; i < TRIES && temporary(p, i, temp); i++) {
		int fd = openat(p->dir, temp,
				O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static bool put_beside(const struct place *p, struct rv_span s)
{
	char temp[NAME_ROOM];
	struct rv_hold hold;
	int fd, why = 0;

	rv_hold(&hold);
	fd = new_file(p, temp);
	if (fd < 0) {
		rv_let_go(&hold);
		return false;
	}
	if (!write_all(fd, s) || fsync(fd) != 0)
		why = errno;
	if (close(fd) != 0 && !why)
		why = errno;
	if (why)
		unlinkat(p->dir, temp, 0);
	else if (!settle(p, temp))
		why = errno;
	errno = why;
	rv_let_go(&hold);
	return !why;
}

static bool put(const struct place *p, struct rv_span s)
{
	bool can;

	return put_nameless(p, s, &can) || (!can && put_beside(p, s));
}

/* ---- all together ---- */

bool rv_atomic_new(int dir, const char *name, struct rv_span s,
		   struct rv_err *err)
{
	const struct place p = { dir, name, false };

	return put(&p, s) ||
	       rv_fail(err, RV_SYSTEM, "%s: %s", name, strerror(errno));
}

bool rv_atomic_write(const char *path, struct rv_span s, struct rv_err *err)
{
	RV_AUTO(rv_free) char *real = realpath(path, NULL);
	const char *at = real ? real : path, *slash = strrchr(at, '/');
	RV_AUTO(rv_free) char *folder = NULL;
	RV_AUTO(rv_close) int dir = -1;
	struct place p = { -1, slash ? slash + 1 : at, true };
	struct stat st;

	if (real && stat(real, &st) == 0 && !S_ISREG(st.st_mode))
		return write_through(real, s, err);
	if (!rv_text_copy(slash ? rv_span(at, (size_t)(slash - at) + 1)
				: rv_text("."),
			  path, &folder, err))
		return false;
	p.dir = dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return (dir >= 0 && put(&p, s)) ||
	       rv_fail(err, RV_SYSTEM, "%s: %s", path, strerror(errno));
}
