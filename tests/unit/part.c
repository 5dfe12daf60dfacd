/* SPDX-License-Identifier: Apache-2.0 */
/*
 * part.c - SHA-256 of parts of a file, alone, several at once, and beside a
 * stream of the same bytes, against the sum of these bytes in memory: many
 * lengths, a file that ends too soon, and one that somebody writes to.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "job.h"
#include "digest.h"
#include "base.h"
#include "fail_digest.h"
#include "tee.h"

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

/* What was told, which is never less than before. */
static void told(void *arg, uint64_t all)
{
	uint64_t *before = arg;

	assert_true(all >= *before);
	*before = all;
}

static void parts_of_a_file(size_t parts)
{
	uint64_t last = 0, all = 0;
	struct rv_watch watch = { .progress = told, .arg = &last };
	struct rv_part part[PARTS];
	struct rv_err err = { 0 };
	uint64_t seen = 0;
	int fd = file(SIZE);

	for (size_t i = 0; i < parts; i++) {
		size_t off = i * 7919, n = (i * i * i * 997 + i * 63) % SIZE;

		n = n < SIZE - off ? n : SIZE - off;
		part[i] = (struct rv_part){ .off = off, .end = off + n };
		all += n;
	}
	assert_true(rv_job_sums(fd, "parts", part, parts, &watch, &err));
	/* All of it was counted, and some of it told. */
	assert_true(watch.bytes == all && last <= all && (last || !all));
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

		assert_true(rv_part_sum(fd, "part", &part, NULL, &err));
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
		assert_false(
		    rv_job_sums(fd, "x", part, RV_LEN(part), NULL, &err));
		assert_int_equal(err.code, RV_SYSTEM);
		assert_string_equal(err.msg,
				    "x: became shorter while being read");
	}
	close(fd);
}

/* Up to @stop bytes as a stream, then the sum of all. */
static void through_a_tee(int fd, size_t off, size_t n, size_t stop)
{
	RV_AUTO(rv_tee_free) struct rv_tee *t = NULL;
	struct rv_err err = { 0 };
	struct rv_sha256 sum;
	struct rv_span b = { 0 };
	size_t at = 0;

	assert_true(rv_tee_open(fd, "tee", off, off + n, &t, &err));
	do {
		assert_true(rv_tee_next(t, &b, &err));
		assert_true(at + b.n <= n);
		if (b.n)
			assert_memory_equal(b.p, bytes + off + at, b.n);
		at += b.n;
	} while (b.n && at < stop);
	if (stop >= n) {
		assert_int_equal(at, n);
		assert_true(rv_tee_next(t, &b, &err));
		assert_int_equal(b.n, 0);
	}
	assert_true(rv_tee_end(t, &sum, &err));
	is_sum(rv_span(bytes + off, n), &sum);
}

static void a_stream_and_its_sum(void **state)
{
	int fd = file(SIZE);

	(void)state;
	for (size_t n = 0; n < SIZE; n = n < 40 ? n + 1 : n * 2 + 7) {
		through_a_tee(fd, SIZE - n, n, SIZE);
		through_a_tee(fd, 0, n, n / 2);
	}
	through_a_tee(fd, 0, SIZE, SIZE);
	close(fd);
}

static void a_stream_that_nobody_ends(void **state)
{
	int fd = file(SIZE);

	(void)state;
	for (size_t blocks = 0; blocks < 30; blocks++) {
		RV_AUTO(rv_tee_free) struct rv_tee *t = NULL;
		struct rv_err err = { 0 };
		struct rv_span b;

		assert_true(rv_tee_open(fd, "tee", 0, SIZE, &t, &err));
		for (size_t i = 0; i < blocks; i++)
			assert_true(rv_tee_next(t, &b, &err));
	}
	close(fd);
}

static void a_stream_that_ends_too_soon(void **state)
{
	int fd = file(100000);

	(void)state;
	for (size_t ask = 0; ask < 2; ask++) {
		RV_AUTO(rv_tee_free) struct rv_tee *t = NULL;
		struct rv_err err = { 0 };
		struct rv_sha256 sum;
		struct rv_span b = { .n = 1 };

		assert_true(rv_tee_open(fd, "x", 10, 100001, &t, &err));
		while (ask && b.n && rv_tee_next(t, &b, &err))
			;
		assert_false(rv_tee_end(t, &sum, &err));
		assert_int_equal(err.code, RV_SYSTEM);
		assert_string_equal(err.msg,
				    "x: became shorter while being read");
	}
	close(fd);
}

/* What was handed on is what was hashed, whatever the file holds by now. */
static void a_file_that_is_written_to(void **state)
{
	static const uint8_t other[SIZE];
	RV_AUTO(rv_tee_free) struct rv_tee *t = NULL;
	RV_AUTO(rv_grow_free) struct rv_grow seen = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf all = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha256 sum;
	struct rv_span b;
	int fd = file(SIZE);

	(void)state;
	assert_true(rv_tee_open(fd, "tee", 0, SIZE, &t, &err));
	do {
		assert_true(rv_tee_next(t, &b, &err));
		rv_grow_add(&seen, b.p, b.n);
		assert_int_equal(pwrite(fd, other, SIZE, 0), SIZE);
	} while (b.n);
	assert_true(rv_grow_take(&seen, &all, &err));
	assert_int_equal(all.n, SIZE);
	assert_true(memcmp(all.p, bytes, SIZE) != 0);
	assert_true(rv_tee_end(t, &sum, &err));
	is_sum(rv_buf_span(&all), &sum);
	close(fd);
}

/* Its sum is what it was before. */
static void no_digest(void **state)
{
	int fd = file(SIZE);
	size_t n = 0;

	(void)state;
	for (;;) {
		struct rv_part part = { .off = 0, .end = SIZE };
		const struct rv_sha256 before = part.sum;
		struct rv_err err = { 0 };
		bool ok;

		failing_digest = ++n;
		ok = rv_part_sum(fd, "part", &part, NULL, &err);
		if (failing_digest)
			break;
		assert_false(ok);
		assert_int_equal(err.code, RV_SYSTEM);
		assert_memory_equal(&part.sum, &before, sizeof before);
	}
	failing_digest = 0;
	assert_true(n > 3);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length),
		cmocka_unit_test(any_number_of_parts),
		cmocka_unit_test(a_file_that_ends_too_soon),
		cmocka_unit_test(a_stream_and_its_sum),
		cmocka_unit_test(a_stream_that_nobody_ends),
		cmocka_unit_test(a_stream_that_ends_too_soon),
		cmocka_unit_test(a_file_that_is_written_to),
		cmocka_unit_test(no_digest),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
