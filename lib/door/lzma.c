/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lzma.c - LZMA "alone" data through libarchive, which succeeds when it
 * returns exactly ARCHIVE_OK.
 */
#include "lzma.h"

#include <archive.h>
#include <archive_entry.h>

enum {
	BLOCK = 1 << 16,
	DICTIONARY_MAX = 64 << 20, /* what the decoder allocates at once */
};

static void free_archive(struct archive **a)
{
	archive_read_free(*a);
}

static bool failed(struct archive *a, struct rv_err *err)
{
	const char *why = archive_error_string(a);

	return rv_fail(err, RV_INPUT, "lzma: %s", why ? why : "damaged");
}

/*
 * The header says how large the decoder's window and the result are: both are
 * bounded before anything is allocated.
 */
static bool header(struct rv_span in, size_t max, uint64_t *size,
		   struct rv_err *err)
{
	struct rv_rd r = rv_rd(in, "lzma");
	uint32_t dictionary;

	rv_u8(&r, "properties");
	dictionary = rv_le32(&r, "dictionary size");
	*size = rv_le64(&r, "size");
	if (!rv_rd_ok(&r, err))
		return false;
	if (dictionary > DICTIONARY_MAX || *size > max)
		return rv_fail(err, RV_INPUT,
			       "lzma: %" PRIu64 " bytes with a dictionary of "
			       "%u",
			       *size, dictionary);
	return true;
}

bool rv_lzma_decode(struct rv_span in, size_t max, struct rv_buf *out,
		    struct rv_err *err)
{
	RV_AUTO(free_archive) struct archive *a = archive_read_new();
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct archive_entry *entry;
	uint8_t block[BLOCK];
	la_ssize_t got;
	uint64_t size = 0;

	if (!header(in, max, &size, err))
		return false;
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
	if (g.buf.n != size)
		return rv_fail(err, RV_INPUT,
			       "lzma: %zu bytes, where %" PRIu64 " were said",
			       g.buf.n, size);
	return rv_grow_take(&g, out, err);
}
