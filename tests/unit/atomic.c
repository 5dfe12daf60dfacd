/* SPDX-License-Identifier: Apache-2.0 */
/*
 * atomic.c - a file that is there whole, or not at all: what it holds, what is
 * left beside it, and that no signal is held back afterwards. On a file system
 * that holds files without names, and on one that does not.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "atomic.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/refval-atomic.XXXXXX";
static sigset_t before;
static struct rv_err err;

/* ---- what the system refuses ---- */

static struct {
	bool nameless;		/* files without names */
	int write, sync, close; /* errno of the next; 0: it succeeds */
	bool bytes;		/* more than one with one write */
} refused;

static int fails(int *why)
{
	errno = *why;
	*why = 0;
	return errno ? -1 : 0;
}

int openat(int dir, const char *path, int flags, ...)
{
	static int (*real)(int, const char *, int, ...);
	bool nameless = (flags & O_TMPFILE) == O_TMPFILE;
	va_list rest;
	unsigned mode;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "openat");
	va_start(rest, flags);
	mode = nameless || flags & O_CREAT ? va_arg(rest, unsigned) : 0;
	va_end(rest);
	errno = EOPNOTSUPP;
	return nameless && refused.nameless ? -1 : real(dir, path, flags, mode);
}

ssize_t write(int fd, const void *p, size_t n)
{
	static ssize_t (*real)(int, const void *, size_t);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "write");
	if (refused.write && fails(&refused.write))
		return -1;
	return real(fd, p, refused.bytes && n ? 1 : n);
}

int fsync(int fd)
{
	static int (*real)(int);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "fsync");
	return refused.sync ? fails(&refused.sync) : real(fd);
}

/* Of a file that was written to; its descriptor is gone all the same. */
int close(int fd)
{
	static int (*real)(int);
	int flags = fcntl(fd, F_GETFL);

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "close");
	if (real(fd) != 0)
		return -1;
	return refused.close && (flags & O_ACCMODE) == O_WRONLY
		   ? fails(&refused.close)
		   : 0;
}

/* ---- the folder ---- */

static int set_up(void **state)
{
	(void)state;
	pthread_sigmask(SIG_BLOCK, NULL, &before);
	return mkdtemp(folder) ? 0 : -1;
}

/* Every file of the folder goes; how many there were. */
static int files(void)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	int n = 0;

	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' || e->d_name[1] == 'f')
			n += unlinkat(dirfd(d), e->d_name, 0) == 0;
	closedir(d);
	return n;
}

static int tear_down(void **state)
{
	(void)state;
	files();
	return rmdir(folder);
}

/* This thread takes the signals that it took. */
static void no_signal_is_held(void)
{
	sigset_t now;

	assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &now), 0);
	for (int s = 1; s < 32; s++)
		assert_int_equal(sigismember(&now, s), sigismember(&before, s));
}

static void holds(const char *path, const char *text)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	assert_true(rv_buf_read(path, 100, &b, &err));
	assert_true(rv_same_text(rv_buf_span(&b), text));
}

/* New, over another, by way of a link: and each time nothing else is there. */
static void whole_and_alone(void **state)
{
	char path[64], link[64];
	struct stat st;

	(void)state;
	snprintf(path, sizeof path, "%s/f", folder);
	snprintf(link, sizeof link, "%s/fl", folder);
	assert_true(rv_atomic_write(path, rv_text("first"), &err));
	holds(path, "first");
	no_signal_is_held();
	assert_true(rv_atomic_write(path, rv_text("second"), &err));
	holds(path, "second");
	no_signal_is_held();
	assert_int_equal(symlink("f", link), 0);
	assert_true(rv_atomic_write(link, rv_text("third"), &err));
	holds(path, "third");
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(files(), 2);
}

/* A name that is taken stays whose it is. */
static void new_and_never_over(void **state)
{
	char path[64];
	int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	snprintf(path, sizeof path, "%s/f", folder);
	assert_true(rv_atomic_new(dir, "f", rv_text("first"), &err));
	assert_false(rv_atomic_new(dir, "f", rv_text("second"), &err));
	assert_int_equal(err.code, RV_SYSTEM);
	assert_string_equal(err.msg, "f: File exists");
	holds(path, "first");
	no_signal_is_held();
	assert_int_equal(files(), 1);
	close(dir);
}

/* A folder has the name: it stays, and so does nothing of what was written. */
static void over_a_folder(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof path, "%s/f", folder);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(rv_atomic_write(path, rv_text("x"), &err));
	assert_int_equal(err.code, RV_SYSTEM);
	no_signal_is_held();
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(files(), 0);
	snprintf(path, sizeof path, "%s/no/f", folder);
	assert_false(rv_atomic_write(path, rv_text("x"), &err));
	assert_int_equal(err.code, RV_SYSTEM);
}

/* Not there, or as it was: whatever fails on the way, which is said. */
static void nothing_or_the_old(void **state)
{
	static const struct {
		int write, sync, close;
	} row[] = { { ENOSPC, 0, 0 }, { 0, EIO, 0 }, { 0, 0, EDQUOT } };
	char path[64], want[128];

	(void)state;
	snprintf(path, sizeof path, "%s/f", folder);
	for (size_t i = 0; i < 2 * RV_LEN(row); i++) {
		int why = row[i / 2].write + row[i / 2].sync + row[i / 2].close;
		bool old = i % 2;

		/* What has no name gets it ahead of being closed. */
		if (row[i / 2].close && !refused.nameless)
			continue;
		if (old)
			assert_true(
			    rv_atomic_write(path, rv_text("old"), &err));
		refused.write = row[i / 2].write;
		refused.sync = row[i / 2].sync;
		refused.close = row[i / 2].close;
		err = (struct rv_err){ 0 };
		assert_false(rv_atomic_write(path, rv_text("new"), &err));
		assert_int_equal(refused.write + refused.sync + refused.close,
				 0);
		assert_int_equal(err.code, RV_SYSTEM);
		snprintf(want, sizeof want, "%s: %s", path, strerror(why));
		assert_string_equal(err.msg, want);
		no_signal_is_held();
		if (old)
			holds(path, "old");
		assert_int_equal(files(), old);
	}
}

/* Written bit by bit, and interrupted. */
static void in_parts(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof path, "%s/f", folder);
	refused.write = EINTR;
	refused.bytes = true;
	assert_true(rv_atomic_write(path, rv_text("part by part"), &err));
	refused.bytes = false;
	holds(path, "part by part");
	assert_int_equal(files(), 1);
}

static int without_nameless(void **state)
{
	(void)state;
	refused.nameless = true;
	return 0;
}

static int with_nameless(void **state)
{
	(void)state;
	refused.nameless = false;
	return 0;
}

#define BOTH(f)                                                                \
	cmocka_unit_test(f), cmocka_unit_test_setup_teardown(                  \
				 f, without_nameless, with_nameless)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(whole_and_alone), BOTH(new_and_never_over),
		BOTH(over_a_folder),   BOTH(nothing_or_the_old),
		BOTH(in_parts),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
