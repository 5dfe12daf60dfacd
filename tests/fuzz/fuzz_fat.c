/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_fat.c - a FAT32 file system of which the first sectors are given: its
 * boot sector, its tables, and the clusters from the first on. The rest is
 * zeros, so that it has as many clusters as such a file system must.
 */
// seeds: tests/vectors/gcp/small.fat
#include "base.h"

#include <refval/gcp.h>

#include <stdlib.h>

enum {
	SECTOR = 512,
	SECTORS = 67000,
	RESERVED = 32,
	FATS = 520,
	MAX = 1 << 16, /* bytes of the file that is looked for */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Boot sector, one of each table, and what is left are clusters. */
static uint64_t where(size_t i)
{
	return i == 0	? 0
	       : i == 1 ? RESERVED
	       : i == 2 ? RESERVED + FATS
			: RESERVED + 2 * FATS + (uint64_t)(i - 3);
}

static bool read_at(void *arg, uint64_t at, size_t n, uint8_t *out,
		    struct rv_err *err)
{
	const struct rv_span *s = arg;

	(void)err;
	if (at > (uint64_t)SECTORS * SECTOR ||
	    n > (uint64_t)SECTORS * SECTOR - at)
		abort();
	memset(out, 0, n);
	for (size_t i = 0; i * SECTOR < s->n; i++) {
		uint64_t first = where(i) * SECTOR;

		for (size_t k = 0; k < SECTOR && i * SECTOR + k < s->n; k++)
			if (first + k >= at && first + k < at + n)
				out[first + k - at] = s->p[i * SECTOR + k];
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const path[] = { "EFI", "BOOT", "BOOTX64.EFI" };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_span s =
	    rv_span(data, size < 32 * SECTOR ? size : 32 * SECTOR);
	struct rv_disk d = { .size = (uint64_t)SECTORS * SECTOR,
			     .arg = &s,
			     .read = read_at };
	struct rv_err err = { 0 };

	if (!rv_fat_file(&d, 0, d.size, path, RV_LEN(path), MAX, &b, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		return 0;
	}
	if (!b.n || b.n > MAX)
		abort();
	return 0;
}
