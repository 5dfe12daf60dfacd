/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lzma.c - LZMA "alone" data through libarchive, which succeeds when it
 * returns exactly ARCHIVE_OK.
 */
#include "lzma.h"

#include <archive.h>
#include <archive_entry.h>

enum { BLOCK = 1 << 16 };

static void free_archive(struct archive **a)
{
	archive_read_free(*a);
}

static bool failed(struct archive *a, struct rv_err *err)
{
	const char *why = archive_error_string(a);

	return rv_fail(err, RV_INPUT, "lzma: %s", why ? why : "damaged");
}

bool rv_lzma_decode(struct rv_span in, size_t max, struct rv_buf *out,
		    struct rv_err *err)
{
	RV_AUTO(free_archive) struct archive *a = archive_read_new();
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct archive_entry *entry;
	uint8_t block[BLOCK];
	la_ssize_t got;

	if (!a)
		return rv_no_memory(err, "lzma");
	if (archive_read_append_filter(a, ARCHIVE_FILTER_LZMA) != ARCHIVE_OK ||
	    archive_read_support_format_raw(a) != ARCHIVE_OK ||
	    archive_read_open_memory(a, in.p, in.n) != ARCHIVE_OK ||
	    archive_read_next_header(a, &entry) != ARCHIVE_OK)
		return failed(a, err);
	while ((got = archive_read_data(a, block, sizeof block)) > 0) {
		if ((size_t)got > max - g.buf.n)
			return rv_fail(err, RV_INPUT,
				       "lzma: more than %zu bytes", max);
		rv_grow_add(&g, block, (size_t)got);
	}
	if (got < 0)
		return failed(a, err);
	return rv_grow_take(&g, out, err);
}
