/* SPDX-License-Identifier: Apache-2.0 */
/*
 * atomic.c - a file that is there whole, or not at all: what it holds, what is
 * left beside it, and that no signal is held back afterwards.
 */
#define _GNU_SOURCE
#include "atomic.h"

#include <dirent.h>
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_and_alone),
		cmocka_unit_test(new_and_never_over),
		cmocka_unit_test(over_a_folder),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
