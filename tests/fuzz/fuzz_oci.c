/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_oci.c - whole archives: outer tar, indexes, manifests, configs.
 * seeds: tests/vectors/oci/seeds/image.tar tests/vectors/oci/seeds/docker.tar
 * seeds: tests/vectors/oci/seeds/hybrid.tar tests/vectors/oci/seeds/sha512.tar
 */
#define _GNU_SOURCE
#include "base.h"
#include <refval.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_oci_opts opts = { .tree_text = true, .max = 1 << 24 };
	struct rv_oci_compared c = { 0 };
	struct rv_oci o = { 0 };
	struct rv_err err = { 0 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	char path[64];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (rv_oci_read(path, &opts, &o, &err)) {
		/* Compared with itself, nothing may differ. */
		for (size_t i = 0; i < o.n_image; i++) {
			if (!rv_oci_compare(&o, &o.image[i], &o, &o.image[i],
					    &c, &err) ||
			    c.layer.n || c.config.n || c.file.n)
				abort();
			rv_oci_compared_free(&c);
		}
	} else if (err.code != RV_INPUT) {
		abort();
	}
	rv_oci_free(&o);
	close(fd);
	return 0;
}
