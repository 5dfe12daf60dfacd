/* SPDX-License-Identifier: Apache-2.0 */
/* atomic.c - written beside its place, flushed, then moved there. */
#define _XOPEN_SOURCE 700 /* realpath, also without _FORTIFY_SOURCE */
#include "atomic.h"

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

/*
 * A file that was not there, with the rights of any new file: mkstemp() gives
 * it fewer, and to ask for the umask is to change it, for the whole process.
 */
static bool new_file(const char *place, struct rv_buf *name, int *fd,
		     struct rv_err *err)
{
	enum { TRIES = 1000 };

	for (int i = 0; i < TRIES; i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

		rv_grow_printf(&g, "%s.%ld-%d", place, (long)getpid(), i);
		rv_buf_free(name);
		if (!rv_grow_take(&g, name, err))
			return false;
		*fd = open((char *)name->p,
			   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (*fd >= 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	return rv_fail(err, RV_SYSTEM, "%s: %s", place, strerror(errno));
}

bool rv_atomic_write(const char *path, struct rv_span s, struct rv_err *err)
{
	RV_AUTO(rv_free) char *place = realpath(path, NULL);
	RV_AUTO(rv_buf_free) struct rv_buf name = { 0 };
	struct stat st;
	int fd = -1, why = 0;

	if (place && stat(place, &st) == 0 && !S_ISREG(st.st_mode))
		return write_through(place, s, err);
	if (!new_file(place ? place : path, &name, &fd, err))
		return false;
	if (!write_all(fd, s) || fsync(fd) != 0)
		why = errno;
	if (close(fd) != 0 && !why)
		why = errno;
	if (!why && rename((char *)name.p, place ? place : path) != 0)
		why = errno;
	if (!why)
		return true;
	unlink((char *)name.p);
	return rv_fail(err, RV_SYSTEM, "%s: %s", path, strerror(why));
}
