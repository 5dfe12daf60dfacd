/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sums.c - SHA-256 two at once, in every way, against OpenSSL's: every length,
 * both lanes, parts of a file of many sizes, and a file that ends too soon.
 */
#define _GNU_SOURCE
#include "sums.h"
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

/* The whole blocks of both, side by side, then the rest of each. */
static void both(rv_sha256x2_fn fn, struct rv_span a, struct rv_span b)
{
	struct rv_sha256_state s[2] = { rv_sha256_start, rv_sha256_start };
	struct rv_span m[2] = { a, b };
	size_t n = (a.n < b.n ? a.n : b.n) / RV_SHA256_BLOCK;

	fn(&s[0], a.p, &s[1], b.p, n);
	for (size_t k = 0; k < 2; k++) {
		size_t more = m[k].n / RV_SHA256_BLOCK - n;
		size_t done = (n + more) * RV_SHA256_BLOCK;
		struct rv_sha256 sum;

		fn(&s[k], m[k].p + n * RV_SHA256_BLOCK, NULL, NULL, more);
		rv_sha256x2_end(fn, &s[k],
				rv_span(m[k].p + done, m[k].n - done), m[k].n,
				&sum);
		is_sum(m[k], &sum);
	}
}

static void every_length_by(rv_sha256x2_fn fn)
{
	for (size_t n = 0; n < LENGTHS; n++) {
		both(fn, rv_span(bytes, n), rv_span(bytes + n + 1, n));
		both(fn, rv_span(bytes + 3, n),
		     rv_span(bytes + 5000, LENGTHS - 1 - n));
	}
	for (size_t n = 1; n < SIZE; n = n * 3 + 7) {
		both(fn, rv_span(bytes, SIZE - n),
		     rv_span(bytes + SIZE - n, n));
		both(fn, rv_span(bytes, n), rv_span(bytes + n, SIZE - n));
	}
}

static void every_length(void **state)
{
	rv_sha256x2_fn way[RV_SHA256X2_WAYS];
	size_t n = rv_sha256x2_ways(way);

	(void)state;
	if (!n)
		skip();
	assert_true(way[0] == rv_sha256x2());
	for (size_t i = 0; i < n; i++)
		every_length_by(way[i]);
}

static int file(size_t n)
{
	int fd = memfd_create("sums", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, n), (ssize_t)n);
	return fd;
}

static void sums_by(rv_sha256x2_fn fn, size_t parts)
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
	assert_true(rv_part_sums(fd, "parts", fn, part, parts, &err));
	for (size_t i = 0; i < parts; i++) {
		is_sum(rv_span(bytes + part[i].off,
			       (size_t)(part[i].end - part[i].off)),
		       &part[i].sum);
		seen |= UINT64_C(1) << part[i].off / 7919;
	}
	assert_true(seen == (UINT64_C(1) << parts) - 1);
	close(fd);
}

static void parts_of_a_file(void **state)
{
	(void)state;
	for (size_t parts = 0; parts <= PARTS; parts++) {
		sums_by(rv_sha256x2(), parts);
		sums_by(NULL, parts);
	}
}

static void a_file_that_ends_too_soon(void **state)
{
	rv_sha256x2_fn fn[] = { rv_sha256x2(), NULL };
	int fd = file(100000);

	(void)state;
	for (size_t k = 0; k < RV_LEN(fn); k++) {
		struct rv_part part[] = { { .off = 0, .end = 90000 },
					  { .off = 50000, .end = 100001 } };
		struct rv_err err = { 0 };

		assert_false(rv_part_sums(fd, "x", fn[k], part, 2, &err));
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
		cmocka_unit_test(parts_of_a_file),
		cmocka_unit_test(a_file_that_ends_too_soon),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
