/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_unpack.c - any archive: an image that is whole, or a reason why not.
 */
// seeds: tests/vectors/unpack/*.tar tests/vectors/unpack/*.tar.*
#define _GNU_SOURCE
#include "base.h"

#include <refval.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What a true answer promises. */
static void check(const struct rv_image *image)
{
	uint64_t kept = 0;

	if (image->n > RV_IMAGE_FILES_MAX)
		abort();
	for (size_t i = 0; i < image->n; i++) {
		const struct rv_image_file *f = &image->file[i];

		if (rv_image_find(image, f->name) != f)
			abort();
		if (f->data.p && f->data.n != f->size)
			abort();
		if (f->listed && (!f->hashed || !image->has_checksums))
			abort();
		kept += f->data.n;
	}
	if (kept > RV_IMAGE_KEPT_MAX)
		abort();
	if (image->has_os_image_hash && !rv_image_find(image, "sha256sum.txt"))
		abort();
	if (image->has_metadata &&
	    (!rv_image_find(image, image->metadata.kernel) ||
	     !rv_image_find(image, image->metadata.bios) ||
	     !rv_image_find(image, image->metadata.initrd)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct rv_image image;
	struct rv_err err = { 0 };
	char path[64];

	if (fd < 0)
		fd = memfd_create("image", 0);
	if (fd < 0 || ftruncate(fd, 0) != 0 ||
	    pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (rv_image_read(path, NULL, &image, &err)) {
		check(&image);
		rv_image_free(&image);
	} else if (err.code != RV_INPUT || !err.msg[0]) {
		abort();
	}
	return 0;
}
