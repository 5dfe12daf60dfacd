/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar.c - the door to libarchive. Its gzip filter checks neither the CRC
 * nor what follows, so gzip is not read here (inflate.c does). Its tar reader
 * stops at the end mark and takes a missing one for granted, so what it leaves
 * is looked at here.
 */
#include "tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { TAR_BLOCK = 512 };

/* What a callback of libarchive works on; a failure in it waits in err. */
struct feed {
	struct rv_stream in;
	uint64_t given;	  /* bytes handed to libarchive */
	uint64_t nonzero; /* just behind the last byte that is not zero */
	bool watch;	  /* keep track of nonzero */
	struct rv_err err;
};

static void note_nonzero(struct feed *f, struct rv_span b)
{
	size_t n = b.n;

	while (n && b.p[n - 1] == 0)
		n--;
	if (n)
		f->nonzero = f->given + n;
}

/* The next block, counted. False: f->err. */
static bool feed_next(struct feed *f, struct rv_span *b)
{
	*b = (struct rv_span){ 0 };
	if (f->err.code != RV_OK || !f->in.next(f->in.arg, b, &f->err))
		return false;
	if (f->watch)
		note_nonzero(f, *b);
	f->given += b->n;
	return true;
}

static la_ssize_t on_read(struct archive *a, void *arg, const void **buf)
{
	struct feed *f = arg;
	struct rv_span b;

	if (!feed_next(f, &b)) {
		archive_set_error(a, (int)f->err.code, "%s", f->err.msg);
		return -1;
	}
	*buf = b.p;
	return (la_ssize_t)b.n;
}

/* A failure of our own stream comes first: libarchive only passed it on. */
static bool fail(const struct feed *f, struct archive *a, const char *what,
		 struct rv_err *err)
{
	const char *why = archive_error_string(a);

	if (f->err.code != RV_OK) {
		*err = f->err;
		return false;
	}
	return rv_fail(err, RV_INPUT, "%s: damaged at byte %" PRId64 ": %s",
		       what, (int64_t)archive_filter_bytes(a, -1),
		       why ? why : "libarchive gives no reason");
}

struct rv_tar {
	struct archive *a;
	struct feed feed;
	uint64_t size, seen; /* of the current entry */
	uint64_t data_end;   /* where the last entry's blocks ended */
};

void rv_tar_free(struct rv_tar **t)
{
	if (!*t)
		return;
	archive_read_free((*t)->a);
	free(*t);
	*t = NULL;
}

bool rv_tar_new(struct rv_stream in, struct rv_tar **out, struct rv_err *err)
{
	RV_AUTO(rv_tar_free) struct rv_tar *t = calloc(1, sizeof *t);

	if (!t || !(t->a = archive_read_new()))
		return rv_no_memory(err, "tar");
	t->feed = (struct feed){ .in = in, .watch = true };
	if (archive_read_support_format_tar(t->a) != ARCHIVE_OK)
		return rv_fail(err, RV_SYSTEM, "libarchive: no tar");
	if (archive_read_open(t->a, &t->feed, NULL, on_read, NULL) !=
	    ARCHIVE_OK)
		return fail(&t->feed, t->a, "tar", err);
	*out = RV_TAKE(t);
	return true;
}

static enum rv_tar_kind kind_of(struct archive_entry *e)
{
	if (archive_entry_hardlink(e) || archive_entry_symlink(e))
		return RV_TAR_LINK;
	switch (archive_entry_filetype(e)) {
	case AE_IFREG:
		return archive_entry_sparse_count(e) > 0 ? RV_TAR_SPARSE
							 : RV_TAR_FILE;
	case AE_IFDIR:
		return RV_TAR_FOLDER;
	case AE_IFLNK:
		return RV_TAR_LINK;
	default:
		return RV_TAR_DEVICE;
	}
}

/* Read the stream to its end: behind the end mark there are only zeros. */
static bool check_tail(struct rv_tar *t, struct rv_err *err)
{
	uint64_t stop = (uint64_t)archive_filter_bytes(t->a, 0);
	struct rv_span b = { 0 };

	if (stop - t->data_end < 2 * TAR_BLOCK)
		return rv_fail(err, RV_INPUT,
			       "tar: cut short: no end mark at byte %" PRIu64,
			       t->data_end);
	do {
		if (!feed_next(&t->feed, &b)) {
			*err = t->feed.err;
			return false;
		}
	} while (b.n);
	if (t->feed.nonzero > stop)
		return rv_fail(err, RV_INPUT,
			       "tar: bytes behind the end mark, up to %" PRIu64,
			       t->feed.nonzero);
	if (t->feed.given % TAR_BLOCK)
		return rv_fail(err, RV_INPUT,
			       "tar: %" PRIu64 " bytes are not whole blocks",
			       t->feed.given);
	return true;
}

bool rv_tar_next(struct rv_tar *t, bool *end, struct rv_tar_entry *out,
		 struct rv_err *err)
{
	struct archive_entry *e = NULL;
	struct rv_tar_entry got = { 0 };
	int r = archive_read_next_header(t->a, &e);

	if (r == ARCHIVE_EOF && t->feed.err.code == RV_OK) {
		if (!check_tail(t, err))
			return false;
		*end = true;
		return true;
	}
	if (r != ARCHIVE_OK)
		return fail(&t->feed, t->a, "tar", err);
	got.name = archive_entry_pathname(e);
	if (!got.name)
		return rv_fail(err, RV_INPUT, "tar: a name that is not ASCII");
	got.kind = kind_of(e);
	if (archive_entry_size_is_set(e)) {
		if (archive_entry_size(e) < 0)
			return rv_fail(err, RV_INPUT, "tar: a negative size");
		got.size = (uint64_t)archive_entry_size(e);
	} else if (got.kind == RV_TAR_FILE) {
		return rv_fail(err, RV_INPUT, "tar: a file without a size");
	}
	t->size = got.size;
	t->seen = 0;
	/* Folders have no data to read: this is where their blocks end. */
	t->data_end = (uint64_t)archive_filter_bytes(t->a, 0);
	*end = false;
	*out = got;
	return true;
}

bool rv_tar_data(struct rv_tar *t, struct rv_span *block, struct rv_err *err)
{
	const void *p = NULL;
	size_t n = 0;
	la_int64_t off = 0;
	int r;

	/* libarchive may give an empty block that is not the end. */
	do
		r = archive_read_data_block(t->a, &p, &n, &off);
	while (r == ARCHIVE_OK && n == 0);
	if (r == ARCHIVE_EOF && t->feed.err.code == RV_OK) {
		if (t->seen != t->size)
			return rv_fail(err, RV_INPUT,
				       "%" PRIu64 " of %" PRIu64 " bytes",
				       t->seen, t->size);
		t->data_end = (uint64_t)archive_filter_bytes(t->a, 0);
		*block = (struct rv_span){ 0 };
		return true;
	}
	if (r != ARCHIVE_OK)
		return fail(&t->feed, t->a, "tar", err);
	if (off < 0 || (uint64_t)off != t->seen || n > t->size - t->seen)
		return rv_fail(err, RV_INPUT,
			       "holes or more than %" PRIu64 " bytes", t->size);
	t->seen += n;
	*block = rv_span(p, n);
	return true;
}

struct rv_unfilter {
	struct archive *a;
	struct feed feed;
	const char *name;
	bool end;
};

void rv_unfilter_free(struct rv_unfilter **u)
{
	if (!*u)
		return;
	archive_read_free((*u)->a);
	free(*u);
	*u = NULL;
}

bool rv_unfilter_new(enum rv_filter filter, struct rv_stream in,
		     struct rv_unfilter **out, struct rv_err *err)
{
	RV_AUTO(rv_unfilter_free) struct rv_unfilter *u = calloc(1, sizeof *u);
	struct archive_entry *e;
	int r;

	if (!u || !(u->a = archive_read_new()))
		return rv_no_memory(err, "archive");
	u->feed.in = in;
	u->name = filter == RV_FILTER_XZ ? "xz" : "zstd";
	r = filter == RV_FILTER_XZ ? archive_read_support_filter_xz(u->a)
				   : archive_read_support_filter_zstd(u->a);
	/* ARCHIVE_WARN: it would run another program instead. */
	if (r != ARCHIVE_OK ||
	    archive_read_support_format_raw(u->a) != ARCHIVE_OK)
		return rv_fail(err, RV_SYSTEM,
			       "this libarchive was built without %s", u->name);
	if (archive_read_open(u->a, &u->feed, NULL, on_read, NULL) !=
		ARCHIVE_OK ||
	    archive_read_next_header(u->a, &e) != ARCHIVE_OK)
		return fail(&u->feed, u->a, u->name, err);
	if (archive_filter_count(u->a) != 2)
		return rv_fail(err, RV_INPUT, "%s: not a stream of this format",
			       u->name);
	*out = RV_TAKE(u);
	return true;
}

bool rv_unfilter_next(void *unfilter, struct rv_span *block, struct rv_err *err)
{
	struct rv_unfilter *u = unfilter;
	const void *p = NULL;
	size_t n = 0;
	la_int64_t off;
	int r = ARCHIVE_EOF;

	while (!u->end && n == 0) {
		r = archive_read_data_block(u->a, &p, &n, &off);
		if (r == ARCHIVE_EOF && u->feed.err.code == RV_OK)
			u->end = true;
		else if (r != ARCHIVE_OK)
			return fail(&u->feed, u->a, u->name, err);
	}
	*block = u->end ? rv_span(NULL, 0) : rv_span(p, n);
	return true;
}
