/* SPDX-License-Identifier: Apache-2.0 */
/*
 * archive.c - three ways to an image's files. A folder: each is opened when it
 * is asked for. An archive in a file: its headers are read first, contents
 * when they are asked for. A pipe or a packed archive: it goes by once, so
 * small entries are kept and large ones are read as the layers they must be.
 */
#include "archive.h"

#include "job.h"
#include "meter.h"
#include "slice.h"
#include "tee.h"
#include "ustar.h"
#include "digest.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void item_free(struct archive_file *i)
{
	if (!i)
		return;
	free(i->name);
	free(i->link);
	rv_buf_free(&i->bytes);
	if (i->layer)
		rv_layer_free(i->layer);
	free(i->layer);
	free(i);
}

static void item_drop(struct archive_file **i)
{
	item_free(*i);
	*i = NULL;
}

void rv_archive_free(struct archive_index *s)
{
	for (size_t i = 0; i < s->n; i++)
		item_free(s->file[i]);
	free(s->file);
	/* It reads from the file that is about to be closed. */
	rv_job_free(&s->job);
	if (s->own)
		rv_close(&s->fd);
	*s = (struct archive_index){ .fd = -1 };
}

/* ---- names ---- */

/*
 * Split at '/', drop "" and ".". Our own copy: a name in the outer archive is
 * only ever compared with others, never given to the file system.
 */
static bool normal(struct rv_span base, struct rv_span name, bool climb,
		   char **out, struct rv_err *err)
{
	RV_AUTO(rv_free) char *p = malloc(base.n + name.n + 2);
	size_t n = base.n, at = 0;

	if (!p)
		return rv_no_memory(err, "archive");
	memcpy(p, base.p ? base.p : (const uint8_t *)"", base.n);
	while (at < name.n) {
		const uint8_t *slash = memchr(name.p + at, '/', name.n - at);
		size_t end = slash ? (size_t)(slash - name.p) : name.n;
		struct rv_span part = rv_span(name.p + at, end - at);

		at = end + 1;
		if (!part.n || rv_same_text(part, "."))
			continue;
		if (rv_same_text(part, "..")) {
			if (!climb || !n)
				return rv_fault(
				    err, "E_PATH_DOTDOT",
				    "%.*s leads out of the"
				    " archive",
				    (int)(name.n < 200 ? name.n : 200),
				    (const char *)name.p);
			n = rv_path_parent(rv_span(p, n)).n;
			continue;
		}
		if (n)
			p[n++] = '/';
		memcpy(p + n, part.p, part.n);
		n += part.n;
	}
	p[n] = '\0';
	*out = RV_TAKE(p);
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct archive_file *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static bool add(struct archive_index *s, struct archive_file **i,
		struct rv_err *err)
{
	if (s->n == ARCHIVE_ITEMS_MAX)
		return rv_fault(err, "E_TAR_ENTRIES", "more than %d entries",
				ARCHIVE_ITEMS_MAX);
	if (s->n == s->room) {
		size_t room = s->room ? s->room * 2 : 64;
		struct archive_file **p = realloc(s->file, room * sizeof(*p));

		if (!p)
			return rv_no_memory(err, "archive");
		s->file = p;
		s->room = room;
	}
	s->file[s->n++] = RV_TAKE(*i);
	return true;
}

/* ---- reading a file ---- */

void rv_archive_source_close(struct archive_source *s)
{
	rv_slice_free(&s->slice);
	rv_close(&s->fd);
}

/*
 * Below a folder no link is followed, neither to a file nor to a folder: what
 * it means is no part of the image, and may be the reader's own. A FIFO must
 * not make us wait, nor a device answer.
 */
static int open_below(int at, const char *name)
{
	RV_AUTO(rv_close) int folder = -1;
	const char *slash;

	while ((slash = strchr(name, '/'))) {
		char part[NAME_MAX + 1];
		struct stat st;
		int next;

		errno = ENAMETOOLONG;
		if ((size_t)(slash - name) > NAME_MAX)
			return -1;
		snprintf(part, sizeof part, "%.*s", (int)(slash - name), name);
		next = openat(at, part,
			      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0 && errno == ENOTDIR) {
			bool link =
			    fstatat(at, part, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			    S_ISLNK(st.st_mode);

			errno = link ? ELOOP : ENOTDIR;
		}
		if (next < 0)
			return -1;
		rv_close(&folder);
		at = folder = next;
		name = slash + 1;
	}
	return openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

static bool open_in(const struct archive_index *s, const char *name, int *fd,
		    uint64_t *size, struct rv_err *err)
{
	struct stat st;

	*fd = open_below(s->fd, name);
	if (*fd < 0 && errno == ELOOP)
		return rv_fault(err, "E_FILE_TYPE",
				"%s: a link: only plain files are read here",
				name);
	if (*fd < 0)
		return rv_fault(err,
				errno == ENOENT || errno == ENOTDIR
				    ? "E_BLOB_MISSING"
				    : "E_FILE_OPEN",
				"%s: %s", name, strerror(errno));
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
		return rv_fault(err, "E_FILE_TYPE", "%s: not a file", name);
	*size = (uint64_t)st.st_size;
	return true;
}

bool rv_archive_source(const struct archive_index *s,
		       const struct archive_file *i, struct archive_source *out,
		       struct rv_err *err)
{
	uint64_t size;

	out->fd = -1;
	if (i->has_bytes) {
		out->given.left = rv_buf_span(&i->bytes);
		out->s = (struct rv_stream){ rv_given_next, &out->given };
		return true;
	}
	if (s->stream)
		return rv_fault(err, "E_STREAM",
				"%s is needed again, and the archive"
				" cannot be read twice: unpack it to a file",
				i->name);
	out->slice = (struct rv_slice){ .fd = s->fd,
					.name = s->name,
					.off = i->off,
					.end = i->off + i->size };
	if (s->folder) {
		if (!open_in(s, i->name, &out->fd, &size, err))
			return false;
		if (size != i->size)
			return rv_fail(err, RV_SYSTEM,
				       "%s: changed while being read", i->name);
		out->slice.fd = out->fd;
	}
	out->s = (struct rv_stream){ rv_slice_next, &out->slice };
	return true;
}

bool rv_archive_bytes(struct archive_index *s, struct archive_file *i,
		      struct rv_span *out, struct rv_err *err)
{
	RV_AUTO(rv_archive_source_close)
	struct archive_source src = { .fd = -1 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span b = { 0 };

	if (!i->has_bytes) {
		if (i->size > ARCHIVE_DOC_MAX)
			return rv_fault(err, "E_DOC_SIZE",
					"%s: %" PRIu64
					" bytes, a document has at most %d",
					i->name, i->size, ARCHIVE_DOC_MAX);
		if (!rv_archive_source(s, i, &src, err))
			return false;
		do {
			if (!src.s.next(src.s.arg, &b, err))
				return false;
			rv_grow_add(&g, b.p, b.n);
		} while (b.n);
		if (!rv_grow_take(&g, &i->bytes, err))
			return false;
		i->has_bytes = true;
	}
	*out = rv_buf_span(&i->bytes);
	return true;
}

static bool hash_item(const struct archive_index *s,
		      const struct archive_file *i, enum rv_alg alg,
		      uint8_t *out, struct rv_err *err)
{
	RV_AUTO(rv_archive_source_close)
	struct archive_source src = { .fd = -1 };
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	struct rv_span b = { 0 };

	if (!rv_archive_source(s, i, &src, err) || !rv_digest_new(alg, &d, err))
		return false;
	do {
		if (!src.s.next(src.s.arg, &b, err) ||
		    (b.n && !rv_digest_add(d, b.p, b.n, err)))
			return false;
	} while (b.n);
	return rv_digest_end(d, out, err);
}

bool rv_archive_sum(struct archive_index *s, struct archive_file *i,
		    struct rv_sha256 *out, struct rv_err *err)
{
	if (!i->has_sum && i->layer && i->layer->has_blob) {
		i->sum = i->layer->blob;
		i->has_sum = true;
	}
	if (!i->has_sum) {
		if (!hash_item(s, i, RV_SHA256, i->sum.b, err))
			return false;
		i->has_sum = true;
	}
	*out = i->sum;
	return true;
}

bool rv_archive_sum512(struct archive_index *s, const struct archive_file *i,
		       uint8_t out[64], struct rv_err *err)
{
	if (!i->layer || !i->layer->has_512)
		return hash_item(s, i, RV_SHA512, out, err);
	memcpy(out, i->layer->blob512, sizeof i->layer->blob512);
	return true;
}

static bool tee_sum(void *tee, struct rv_sha256 *out, struct rv_err *err)
{
	return rv_tee_end(tee, out, err);
}

/*
 * The bytes as stored are read and hashed in a thread of their own while this
 * one looks into them. A short layer is done before a thread has started.
 */
static bool read_layer(struct archive_index *s, const struct archive_file *i,
		       struct archive_source *src, struct layer *l,
		       struct rv_err *err)
{
	RV_AUTO(rv_tee_free) struct rv_tee *tee = NULL;
	struct layer_opts opts = s->layer;
	const struct rv_slice *r = &src->slice;
	struct rv_stream in = src->s;

	opts.sha512 = i->sha512;
	opts.watch = &s->watch;
	if (opts.content && i->size >= ARCHIVE_SMALL && !i->has_bytes) {
		if (!rv_tee_open(r->fd, r->name, r->off, r->end, &tee, err))
			return false;
		in = (struct rv_stream){ rv_tee_next, tee };
		opts.blob_sum = tee_sum;
		opts.arg = tee;
	}
	return rv_layer_read(in, &opts, l, err);
}

/*
 * Is this layer's own digest all that will be asked of it? Then the order in
 * which layers are read is free. Packed ones are read as they are unpacked.
 */
static bool only_sum(const struct archive_index *s,
		     const struct archive_file *i, bool *only,
		     struct rv_err *err)
{
	RV_AUTO(rv_slice_free)
	struct rv_slice r = {
		.fd = s->fd, .name = s->name, .off = i->off, .end = i->off
	};
	uint8_t head[USTAR_BLOCK];
	const char *name;
	size_t n = 0;

	*only = false;
	if (s->layer.content || s->stream || s->folder || i->has_bytes ||
	    i->layer || i->sha512 || i->size < ARCHIVE_SMALL ||
	    (s->layer.max && i->size > s->layer.max))
		return true;
	r.end += sizeof head;
	if (!rv_slice_read(&r, head, sizeof head, &n, err))
		return false;
	*only = rv_layer_sniff(rv_span(head, n), &name) == RV_PACKING_NONE;
	return true;
}

/* Bytes @off on as a layer that is its own tar. */
static bool take_sum(struct archive_file *i, const struct rv_part *part,
		     struct rv_err *err)
{
	if (i->layer || i->type != 'f' || i->off != part->off)
		return true;
	i->layer = calloc(1, sizeof *i->layer);
	if (!i->layer)
		return rv_no_memory(err, i->name);
	*i->layer = (struct layer){ .blob = part->sum,
				    .diffid = part->sum,
				    .size = i->size,
				    .tar_size = i->size,
				    .packing = RV_PACKING_NONE,
				    .has_diffid = true,
				    .has_blob = true };
	return true;
}

bool rv_archive_layers(struct archive_index *s, struct archive_file **i,
		       size_t n, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_part *part = calloc(n + 1, sizeof *part);
	size_t parts = 0;

	if (!part)
		return rv_no_memory(err, s->name);
	for (size_t k = 0; k < n; k++) {
		bool only = false, again = false;

		if (!only_sum(s, i[k], &only, err))
			return false;
		for (size_t j = 0; j < parts; j++)
			again |= part[j].off == i[k]->off;
		if (only && !again)
			part[parts++] =
			    (struct rv_part){ .off = i[k]->off,
					      .end = i[k]->off + i[k]->size };
	}
	if (!rv_job_sums(s->fd, s->name, part, parts, &s->watch, err))
		return false;
	for (size_t j = 0; j < parts; j++)
		for (size_t k = 0; k < n; k++)
			if (!take_sum(i[k], &part[j], err))
				return false;
	return true;
}

/* It was read before anyone asked for SHA-512: read it once more for that. */
static bool add_sha512(const struct archive_index *s,
		       const struct archive_file *i, struct rv_err *err)
{
	RV_AUTO(rv_archive_source_close)
	struct archive_source src = { .fd = -1 };
	RV_AUTO(rv_layer_free) struct layer again = { 0 };
	const struct layer_opts opts = { .max = s->layer.max, .sha512 = true };
	struct layer *l = i->layer;

	if (!rv_archive_source(s, i, &src, err) ||
	    !rv_layer_read(src.s, &opts, &again, err))
		return false;
	/* Both digests are of the same bytes, or neither is of use. */
	if (again.has_diffid != l->has_diffid ||
	    (l->has_blob && again.has_blob &&
	     memcmp(&again.blob, &l->blob, sizeof l->blob) != 0))
		return rv_fail(err, RV_SYSTEM, "%s: changed while being read",
			       i->name);
	memcpy(l->blob512, again.blob512, sizeof l->blob512);
	memcpy(l->diffid512, again.diffid512, sizeof l->diffid512);
	l->has_512 = true;
	return true;
}

bool rv_archive_layer(struct archive_index *s, struct archive_file *i,
		      const struct layer **out, struct rv_err *err)
{
	RV_AUTO(rv_archive_source_close)
	struct archive_source src = { .fd = -1 };

	if (!i->layer) {
		RV_AUTO(rv_free) struct layer *l = calloc(1, sizeof *l);

		if (!l)
			return rv_no_memory(err, i->name);
		if (!rv_archive_source(s, i, &src, err) ||
		    !read_layer(s, i, &src, l, err))
			return false;
		i->layer = RV_TAKE(l);
	}
	if (i->sha512 && !i->layer->has_512 && !add_sha512(s, i, err))
		return false;
	*out = i->layer;
	return true;
}

/* ---- archives ---- */

static char item_type(const struct ustar_entry *e)
{
	return e->type == '0'	? 'f'
	       : e->type == '1' ? 'h'
	       : e->type == '2' ? 'l'
				: 0;
}

/*
 * "blobs/sha512/HEX", or HEX where blobs lie flat. What goes by once is hashed
 * by SHA-512, too, if its name says that this will be asked for.
 */
static bool says_sha512(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *hex = slash ? slash + 1 : name;
	size_t n = strspn(hex, "0123456789abcdef");

	return n == 128 && (!hex[n] || strcmp(hex + n, ".tar") == 0);
}

/* The data of an entry that goes by only once. */
static bool go_by(struct archive_index *s, struct ustar *t,
		  struct archive_file *i, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_unread unread = { .in = { rv_ustar_data, t } };
	struct layer_opts opts = s->layer;
	struct rv_span b = { 0 };
	bool doc;

	if (!rv_ustar_data(t, &b, err))
		return false;
	unread.held = b;
	doc = b.n && (b.p[0] == '{' || b.p[0] == '[');
	if (i->size <= (uint64_t)(doc ? ARCHIVE_DOC_MAX : ARCHIVE_SMALL) &&
	    s->kept + i->size <= ARCHIVE_KEPT_MAX) {
		for (; b.n;) {
			rv_grow_add(&g, b.p, b.n);
			if (!rv_ustar_data(t, &b, err))
				return false;
		}
		s->kept += (size_t)i->size;
		i->has_bytes = rv_grow_take(&g, &i->bytes, err);
		return i->has_bytes;
	}
	i->layer = calloc(1, sizeof *i->layer);
	if (!i->layer)
		return rv_no_memory(err, i->name);
	opts.sha512 = says_sha512(i->name);
	return rv_layer_read((struct rv_stream){ rv_unread_next, &unread },
			     &opts, i->layer, err);
}

static bool take_entry(struct archive_index *s, struct ustar *t,
		       const struct ustar_entry *e, struct rv_err *err)
{
	RV_AUTO(item_drop) struct archive_file *i = NULL;
	char type = item_type(e);

	/* Checked even for what is of no use: a name can be a trap. */
	i = calloc(1, sizeof *i);
	if (!i)
		return rv_no_memory(err, "archive");
	if (!normal((struct rv_span){ 0 }, e->name, false, &i->name, err))
		return false;
	if (!type)
		return true;
	if (e->sparse)
		return rv_fault(err, "E_TAR_SPARSE", "%s", i->name);
	i->type = type;
	i->off = s->start + e->data_at;
	i->size = e->size;
	if (type == 'l' && !rv_text_copy(e->link, "link", &i->link, err))
		return false;
	if (type == 'h' &&
	    !normal((struct rv_span){ 0 }, e->link, false, &i->link, err))
		return false;
	if (s->stream && type == 'f' && !go_by(s, t, i, err))
		return false;
	return add(s, &i, err);
}

static bool index_names(struct archive_index *s, struct rv_err *err)
{
	if (s->n)
		qsort(s->file, s->n, sizeof(*s->file), by_name);
	for (size_t i = 1; i < s->n; i++)
		if (by_name(&s->file[i - 1], &s->file[i]) == 0)
			return rv_fault(err, "E_DUPLICATE",
					"%s is in the archive"
					" twice",
					s->file[i]->name);
	return true;
}

static bool read_archive(struct archive_index *s, struct rv_stream in,
			 rv_skip_fn skip, struct rv_err *err)
{
	RV_AUTO(rv_ustar_free) struct ustar *t = NULL;
	struct ustar_entry e;
	bool end = false;

	if (!rv_ustar_new(in, skip, &t, err))
		return false;
	for (;;) {
		if (!rv_ustar_next(t, &end, &e, err))
			return rv_fault_in(err, "outer archive");
		if (end)
			return index_names(s, err);
		if (!take_entry(s, t, &e, err))
			return false;
	}
}

/* What unpacks a packed archive, and what counts and hashes it before. */
struct feed {
	struct rv_file_stream file;
	struct rv_meter meter;
	struct rv_unread unread;
	struct rv_unpacker unpacker;
	struct rv_digest *digest;
};

static void feed_free(struct feed *f)
{
	rv_unpacker_free(&f->unpacker);
	rv_digest_free(&f->digest);
	rv_file_stream_free(&f->file);
}

static bool read_once(struct archive_index *s, bool sum, struct rv_err *err)
{
	RV_AUTO(feed_free) struct feed f = { .file = { .fd = -1 } };
	enum rv_packing packing;
	struct rv_span head;
	struct rv_stream in;
	const char *name;

	if (!rv_file_stream_open(s->fd, s->name, &f.file, err) ||
	    !rv_file_stream_peek(&f.file, USTAR_BLOCK, &head, err))
		return false;
	packing = rv_layer_sniff(head, &name);
	if (packing == RV_PACKING_OTHER)
		return rv_fault(err, "E_COMPRESSION",
				"an archive packed with %s", name);
	if (sum && !rv_digest_new(RV_SHA256, &f.digest, err))
		return false;
	f.meter = (struct rv_meter){ .in = { rv_file_stream_next, &f.file },
				     .digest = f.digest,
				     .watch = &s->watch };
	f.unread.in = (struct rv_stream){ rv_meter_next, &f.meter };
	s->stream = true;
	if (!rv_layer_unpack(&f.unpacker, packing,
			     (struct rv_stream){ rv_unread_next, &f.unread },
			     &in, err) ||
	    !read_archive(s, in, NULL, err) || !rv_stream_drain(in, err) ||
	    !rv_stream_drain(f.unread.in, err))
		return rv_as_fault(err, packing == RV_PACKING_GZIP ? "E_GZIP"
								   : "E_ZSTD");
	s->has_archive = sum;
	return !sum || rv_digest_end(f.digest, s->archive.b, err);
}

static bool read_file(struct archive_index *s, bool sum, struct rv_err *err)
{
	RV_AUTO(rv_slice_free)
	struct rv_slice r = {
		.fd = s->fd, .name = s->name, .off = s->start, .end = s->end
	};

	if (!read_archive(s, (struct rv_stream){ rv_slice_next, &r },
			  rv_slice_skip, err))
		return false;
	return !sum ||
	       rv_job_start(s->fd, s->name, s->start, s->end, &s->job, err);
}

bool rv_archive_digest(struct archive_index *s, struct rv_err *err)
{
	if (!s->job)
		return true;
	s->has_archive = rv_job_end(s->job, &s->archive, err);
	rv_job_free(&s->job);
	return s->has_archive;
}

/* A regular file that is no packed archive can be read at any place. */
static bool read_any(struct archive_index *s, const struct stat *st, bool sum,
		     struct rv_err *err)
{
	off_t at = S_ISREG(st->st_mode) ? lseek(s->fd, 0, SEEK_CUR) : -1;
	uint8_t head[USTAR_BLOCK];
	const char *name;
	ssize_t n;

	if (at < 0)
		return read_once(s, sum, err);
	do
		n = pread(s->fd, head, sizeof head, at);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", s->name,
			       strerror(errno));
	if (n == 0)
		return rv_fault(err, "E_NO_IMAGE", "the file is empty");
	if (rv_layer_sniff(rv_span(head, (size_t)n), &name) != RV_PACKING_NONE)
		return read_once(s, sum, err);
	s->start = (uint64_t)at;
	s->end = (uint64_t)st->st_size;
	if (s->end < s->start)
		s->end = s->start;
	return read_file(s, sum, err);
}

bool rv_archive_open(const char *path, const struct rv_oci_opts *opts,
		     struct archive_index *out, struct rv_err *err)
{
	bool in = strcmp(path, "-") == 0;
	RV_AUTO(rv_archive_free)
	struct archive_index s = {
		.name = in ? "standard input" : path,
		.fd = STDIN_FILENO,
		.own = !in,
		.layer = { .content = !opts->strict, .max = opts->max },
		.watch = { .progress = opts->progress, .arg = opts->arg },
	};
	struct stat st;

	if (!in)
		s.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (s.fd < 0 || fstat(s.fd, &st) != 0)
		return rv_fail(err, rv_errno_code(errno), "%s",
			       strerror(errno));
	s.folder = S_ISDIR(st.st_mode);
	if (!s.folder && !read_any(&s, &st, opts->archive, err))
		return false;
	*out = RV_TAKE(s);
	return true;
}

/* ---- finding ---- */

static struct archive_file *lookup(const struct archive_index *s,
				   const char *name)
{
	struct archive_file key = { .name = (char *)(uintptr_t)name },
			    *k = &key;
	struct archive_file **found =
	    s->n ? bsearch(&k, s->file, s->n, sizeof(*s->file), by_name) : NULL;

	return found ? *found : NULL;
}

/* In a folder: what is there becomes a file of it. */
static bool find_file(struct archive_index *s, const char *name,
		      struct archive_file **out, struct rv_err *err)
{
	RV_AUTO(item_drop) struct archive_file *i = NULL;
	RV_AUTO(rv_close) int fd = -1;
	struct rv_err e = { 0 };
	struct archive_file *found;
	uint64_t size;

	if (!open_in(s, name, &fd, &size, &e)) {
		if (!rv_err_is(&e, "E_BLOB_MISSING")) {
			*err = e;
			return false;
		}
		*out = NULL;
		return true;
	}
	i = calloc(1, sizeof *i);
	if (!i)
		return rv_no_memory(err, name);
	if (!rv_text_copy(rv_text(name), "name", &i->name, err))
		return false;
	i->type = 'f';
	i->size = size;
	found = i;
	if (!add(s, &i, err) || !index_names(s, err))
		return false;
	*out = found;
	return true;
}

/* A link's target, seen from where the link is. */
static bool follow(const struct archive_file *i, char **name,
		   struct rv_err *err)
{
	struct rv_span to = rv_text(i->link), base = { 0 };

	if (i->type == 'h')
		return rv_text_copy(to, "link", name, err);
	if (to.n && to.p[0] != '/')
		base = rv_path_parent(rv_text(i->name));
	return normal(base, to, true, name, err);
}

bool rv_archive_find(struct archive_index *s, const char *name,
		     struct archive_file **out, struct rv_err *err)
{
	RV_AUTO(rv_free) char *at = NULL;

	if (!normal((struct rv_span){ 0 }, rv_text(name), false, &at, err))
		return false;
	for (unsigned hops = 0; hops < ARCHIVE_LINKS_MAX; hops++) {
		struct archive_file *i = lookup(s, at);
		char *next;

		if (!i && s->folder)
			return find_file(s, at, out, err);
		if (!i || i->type == 'f') {
			*out = i;
			return true;
		}
		if (!follow(i, &next, err))
			return false;
		free(at);
		at = next;
	}
	return rv_fault(err, "E_LINK_LOOP", "%s is a link to a link ...", name);
}
