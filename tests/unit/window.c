/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window.c - a file's bytes in memory: all of them from every offset, and what
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
		}
		assert_true(rv_window_open(&w, SIZE, SIZE, &err));
		assert_int_equal(w.bytes.n, 0);
	}
	close(fd);
}

/* A file of /proc is regular, and has no size. */
static void a_file_without_size(void **state)
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
	assert_false(rv_window_open(&w, 1, 1 << 20, &err));
	assert_int_equal(err.code, RV_SYSTEM);
	assert_string_equal(err.msg, "x: became shorter while being read");
	close(fd);
}

/* What was read stays; what is gone is said, and no signal comes. */
static void a_file_that_is_cut(void **state)
{
	int fd = file();
	RV_AUTO(rv_window_free) struct rv_window w = { .fd = fd, .name = "x" };
	struct rv_err err = { 0 };
	struct sigaction before, now;

	(void)state;
	assert_int_equal(sigaction(SIGBUS, NULL, &before), 0);
	assert_true(rv_window_open(&w, 0, SIZE, &err));
	assert_int_equal(ftruncate(fd, 4096), 0);
	assert_memory_equal(w.bytes.p, bytes, w.bytes.n);
	assert_false(rv_window_open(&w, w.end, SIZE, &err));
	assert_int_equal(err.code, RV_SYSTEM);
	assert_string_equal(err.msg, "x: became shorter while being read");
	assert_false(rv_window_open(&w, 4000, SIZE, &err));
	assert_int_equal(sigaction(SIGBUS, NULL, &now), 0);
	assert_ptr_equal(now.sa_handler, before.sa_handler);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte),
		cmocka_unit_test(a_file_without_size),
		cmocka_unit_test(a_file_that_is_cut),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
