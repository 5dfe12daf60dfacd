/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part.c - SHA-256 of parts of a file, alone and several at once, against the
 * sum of the same bytes in memory: many lengths, and a file that ends too soon.
 */
#define _GNU_SOURCE
#include "job.h"
#include "digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIZE = 3 << 20, LENGTHS = 1001, PARTS = 40 };

static uint8_t *bytes;

static int set_up(void **state)
{
	uint64_t x = 1;

	(void)state;
	bytes = malloc(SIZE);
	for (size_t i = 0; bytes && i < SIZE; i++) {
		x = x * 6364136223846793005U + 1442695040888963407U;
		bytes[i] = (uint8_t)(x >> 56);
	}
	return bytes ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	free(bytes);
	return 0;
}

static void is_sum(struct rv_span s, const struct rv_sha256 *have)
{
	struct rv_err err = { 0 };
	struct rv_sha256 want;

	assert_true(rv_sha256(s, &want, &err));
	assert_memory_equal(have, &want, sizeof want);
}

static int file(size_t n)
{
	int fd = memfd_create("sums", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	return fd;
}

static void parts_of_a_file(size_t parts)
{
	struct rv_part part[PARTS];
	struct rv_err err = { 0 };
	uint64_t seen = 0;
	int fd = file(SIZE);

	for (size_t i = 0; i < parts; i++) {
		size_t off = i * 7919, n = (i * i * i * 997 + i * 63) % SIZE;

		n = n < SIZE - off ? n : SIZE - off;
		part[i] = (struct rv_part){ .off = off, .end = off + n };
	}
	assert_true(rv_job_sums(fd, "parts", part, parts, &err));
	for (size_t i = 0; i < parts; i++) {
		is_sum(rv_span(bytes + part[i].off,
			       (size_t)(part[i].end - part[i].off)),
		       &part[i].sum);
		seen |= UINT64_C(1) << part[i].off / 7919;
	}
	assert_true(seen == (UINT64_C(1) << parts) - 1);
	close(fd);
}

static void any_number_of_parts(void **state)
{
	(void)state;
	for (size_t parts = 0; parts <= PARTS; parts++)
		parts_of_a_file(parts);
}

static void every_length(void **state)
{
	int fd = file(SIZE);

	(void)state;
	for (size_t n = 0; n < SIZE; n = n < LENGTHS ? n + 1 : n * 3 + 7) {
		struct rv_part part = { .off = SIZE - n, .end = SIZE };
		struct rv_err err = { 0 };

		assert_true(rv_part_sum(fd, "part", &part, &err));
		is_sum(rv_span(bytes + SIZE - n, n), &part.sum);
	}
	close(fd);
}

static void a_file_that_ends_too_soon(void **state)
{
	int fd = file(100000);

	(void)state;
	for (size_t late = 0; late < 3; late++) {
		struct rv_part part[] = { { .off = 0, .end = 90000 },
					  { .off = 50000, .end = 100000 },
					  { .off = 90000, .end = 95000 } };
		struct rv_err err = { 0 };

		part[late].end = 100001;
		assert_false(rv_job_sums(fd, "x", part, RV_LEN(part), &err));
		assert_int_equal(err.code, RV_SYSTEM);
		assert_string_equal(err.msg,
				    "x: became shorter while being read");
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length),
		cmocka_unit_test(any_number_of_parts),
		cmocka_unit_test(a_file_that_ends_too_soon),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
