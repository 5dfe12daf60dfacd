/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window.c - a file's bytes as memory: all of them from every offset, and what
 * happens when somebody cuts the file meanwhile.
 */
#define _GNU_SOURCE
#include "window.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = 3 << 20 | 1234 };

static uint8_t bytes[SIZE];

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIZE; i++)
		bytes[i] = (uint8_t)(i * 2654435761U >> 24 | 1);
	return 0;
}

static int file(void)
{
	int fd = memfd_create("window", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, SIZE), SIZE);
	return fd;
}

static unsigned touch(struct rv_span s)
{
	const volatile uint8_t *p = s.p;
	unsigned sum = 0;

	for (size_t i = 0; i < s.n; i++)
		sum += p[i];
	return sum;
}

static void every_byte(void **state)
{
	const uint64_t at[] = {
		0, 1, 511, 4095, 4096, 1 << 20, SIZE - 1, SIZE
	};
	int fd = file();

	(void)state;
	for (size_t i = 0; i < RV_LEN(at); i++) {
		RV_AUTO(rv_window_free)
		struct rv_window w = { .fd = fd, .name = "x", .end = at[i] };
		struct rv_err err = { 0 };

		while (w.end < SIZE) {
			uint64_t off = w.end;

			assert_true(rv_window_open(&w, off, SIZE, &err));
			assert_true(w.bytes.n >= 65536 || w.end == SIZE);
			assert_int_equal(w.end, off + w.bytes.n);
			assert_memory_equal(w.bytes.p, bytes + off, w.bytes.n);
			assert_true(rv_window_close(&w, &err));
		}
		assert_true(rv_window_open(&w, SIZE, SIZE, &err));
		assert_int_equal(w.bytes.n, 0);
		assert_true(rv_window_close(&w, &err));
	}
	close(fd);
}

/* A file of /proc is regular and has no pages. */
static void what_cannot_be_mapped_is_read(void **state)
{
	int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
	RV_AUTO(rv_window_free) struct rv_window w = { .fd = fd, .name = "x" };
	struct rv_err err = { 0 };
	char want[2];

	(void)state;
	assert_int_equal(pread(fd, want, 2, 1), 2);
	assert_true(rv_window_open(&w, 1, 3, &err));
	assert_int_equal(w.bytes.n, 2);
	assert_memory_equal(w.bytes.p, want, 2);
	assert_true(rv_window_close(&w, &err));
	assert_false(rv_window_open(&w, 1, 1 << 20, &err));
	assert_string_equal(err.msg, "x: became shorter while being read");
	close(fd);
}

static void is_cut(int fd, off_t to, off_t then, const char *why)
{
	RV_AUTO(rv_window_free) struct rv_window w = { .fd = fd, .name = "x" };
	RV_AUTO(rv_window_free) struct rv_window v = { .fd = fd, .name = "y" };
	struct rv_err err = { 0 };

	assert_true(rv_window_open(&w, SIZE - 9000, SIZE, &err));
	assert_true(rv_window_open(&v, 0, 4096, &err));
	assert_int_equal(ftruncate(fd, to), 0);
	touch(w.bytes);
	assert_int_equal(ftruncate(fd, then), 0);
	assert_false(rv_window_close(&w, &err));
	assert_int_equal(err.code, RV_SYSTEM);
	assert_string_equal(err.msg, why);
	assert_memory_equal(v.bytes.p, bytes, 4096);
	err = (struct rv_err){ 0 };
	assert_true(rv_window_close(&v, &err));
	close(fd);
}

static void a_file_that_is_cut(void **state)
{
	const char *shorter = "x: became shorter while being read";

	(void)state;
	is_cut(file(), 4096, 4096, shorter);
	is_cut(file(), SIZE - 5000, SIZE - 5000, shorter);
	is_cut(file(), SIZE - 1, SIZE - 1, shorter);
	is_cut(file(), 4096, SIZE, "x: was cut, or could not be read");
}

/* Any other fault is still the end of the process. */
static void faults_elsewhere(void **state)
{
	struct rv_window w = { .fd = file(), .name = "x" };
	struct rv_err err = { 0 };
	int other = file(), status;
	void *p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, other, 0);
	pid_t pid;

	(void)state;
	assert_true(p != MAP_FAILED);
	assert_int_equal(ftruncate(other, 0), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		signal(SIGBUS, SIG_DFL);
		if (!rv_window_open(&w, 0, 4096, &err))
			_exit(0);
		touch(rv_span(p, 1));
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	munmap(p, 4096);
	close(w.fd);
	close(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte),
		cmocka_unit_test(what_cannot_be_mapped_is_read),
		cmocka_unit_test(a_file_that_is_cut),
		cmocka_unit_test(faults_elsewhere),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
