/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * oci_flip.c - four archives, every byte of each changed: an error, or the
 * digests that the archive had before. Never another answer, never a crash.
 */
#define _GNU_SOURCE
#include "base.h"
#include <refval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

enum { FILE_MAX = 1 << 20 };

static bool read_fd(int fd, struct rv_oci *out, struct rv_err *err)
{
	const struct rv_oci_opts opts = { .max = 1 << 24 };
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return rv_oci_read(path, &opts, out, err);
}

/* Is everything that is claimed what was claimed of the sound archive? */
static bool same(const struct rv_oci *a, const struct rv_oci *b)
{
	for (size_t i = 0; i < b->n_image; i++) {
		const struct rv_oci_image *x = &a->image[0];
		const struct rv_oci_image *y = &b->image[i];

		if (y->fault.code != RV_OK) {
			if (y->fault.code != RV_INPUT || y->has_image)
				return false;
			continue;
		}
		if (memcmp(&x->config, &y->config, sizeof x->config) != 0 ||
		    memcmp(&x->image, &y->image, sizeof x->image) != 0 ||
		    x->has_manifest != y->has_manifest ||
		    (x->has_manifest && memcmp(&x->manifest, &y->manifest,
					       sizeof x->manifest) != 0) ||
		    x->n_layer != y->n_layer)
			return false;
		for (size_t k = 0; k < x->n_layer; k++)
			if (memcmp(&x->layer[k].diffid, &y->layer[k].diffid,
				   sizeof x->layer[k].diffid) != 0)
				return false;
	}
	return true;
}

static void flip_all(const char *path, uint8_t mask)
{
	struct rv_buf file = { 0 };
	struct rv_oci sound = { 0 };
	struct rv_err err = { 0 };
	int fd = memfd_create("flip", MFD_CLOEXEC);
	size_t refused = 0;

	assert_true(rv_buf_read(path, FILE_MAX, &file, &err));
	assert_true(fd >= 0);
	assert_int_equal(write(fd, file.p, file.n), (ssize_t)file.n);
	assert_true(read_fd(fd, &sound, &err));
	assert_int_equal(sound.n_image, 1);
	assert_true(sound.image[0].has_image);
	for (size_t i = 0; i < file.n; i++) {
		struct rv_oci o = { 0 };
		struct rv_err e = { 0 };
		uint8_t c = file.p[i] ^ mask;

		assert_int_equal(pwrite(fd, &c, 1, (off_t)i), 1);
		if (!read_fd(fd, &o, &e)) {
			assert_int_equal(e.code, RV_INPUT);
			refused++;
		} else if (!same(&sound, &o)) {
			fail_msg("%s: byte %zu changed, another answer", path,
				 i);
		}
		rv_oci_free(&o);
		assert_int_equal(pwrite(fd, &file.p[i], 1, (off_t)i), 1);
	}
	/* A reader that accepts everything would pass what is above. */
	assert_true(refused > file.n / 8);
	rv_oci_free(&sound);
	rv_buf_free(&file);
	close(fd);
}

static void layout(void **state)
{
	(void)state;
	flip_all("tests/vectors/oci/seeds/image.tar", 1);
}

static void docker(void **state)
{
	(void)state;
	flip_all("tests/vectors/oci/seeds/docker.tar", 0x80);
}

static void hybrid(void **state)
{
	(void)state;
	flip_all("tests/vectors/oci/seeds/hybrid.tar", 0x20);
}

static void sha512(void **state)
{
	(void)state;
	flip_all("tests/vectors/oci/seeds/sha512.tar", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout),
		cmocka_unit_test(docker),
		cmocka_unit_test(hybrid),
		cmocka_unit_test(sha512),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
