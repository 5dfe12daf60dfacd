/* SPDX-License-Identifier: Apache-2.0 */
/* pin_files.c - walk what the arguments name, and hash it. */
#include "pin_files.h"
#include "base.h"
#include "digest.h"
#include "stream.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MAX = 65536, DEPTH_MAX = 16, FIRST_FILES = 16 };

struct walk {
	struct rv_pin_files *to;
	struct rv_digest *digest; /* NULL: only look */
};

void rv_pin_files_free(struct rv_pin_files *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->item[i].name);
	free(f->item);
	*f = (struct rv_pin_files){ 0 };
}

static void close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* @name is taken over, whatever comes of it. */
static bool add(struct rv_pin_files *f, char *name, const struct stat *st,
		struct rv_pin_file **out, struct rv_err *err)
{
	RV_AUTO(rv_free) char *own = name;

	if (f->n == FILES_MAX)
		return rv_fail(err, RV_INPUT, "%s: more than %d files", name,
			       FILES_MAX);
	if (f->n == f->room) {
		size_t room = f->room ? 2 * f->room : FIRST_FILES;
		struct rv_pin_file *more =
		    realloc(f->item, room * sizeof *more);

		if (!more)
			return rv_no_memory(err, "pins");
		f->item = more;
		f->room = room;
	}
	*out = &f->item[f->n++];
	**out = (struct rv_pin_file){ .name = RV_TAKE(own),
				      .dev = st->st_dev,
				      .ino = st->st_ino,
				      .size = st->st_size,
				      .mtime = st->st_mtim,
				      .ctime = st->st_ctim };
	return true;
}

static bool join(const char *folder, const char *name, char **out,
		 struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	size_t n = strlen(folder);

	while (n > 1 && folder[n - 1] == '/')
		n--;
	rv_grow_printf(&g, "%.*s%s%s", (int)n, folder,
		       folder[n - 1] == '/' ? "" : "/", name);
	return rv_grow_take(&g, &b, err) &&
	       rv_text_copy(rv_buf_span(&b), "name", out, err);
}

static bool hash(struct walk *w, int fd, const char *name,
		 struct rv_sha256 *out, struct rv_err *err)
{
	RV_AUTO(rv_file_stream_free) struct rv_file_stream s = { 0 };
	struct rv_span block;

	if (!rv_file_stream_open(fd, name, &s, err))
		return false;
	for (;;) {
		if (!rv_file_stream_next(&s, &block, err))
			return rv_in(err, "%s", name);
		if (!block.n)
			return rv_digest_end(w->digest, out->b, err);
		if (!rv_digest_add(w->digest, block.p, block.n, err))
			return false;
	}
}

/* @fd is of a plain file; @name is taken over. */
static bool plain(struct walk *w, int fd, const struct stat *st, char *name,
		  struct rv_err *err)
{
	struct rv_pin_file *f;

	if (!add(w->to, name, st, &f, err))
		return false;
	return !w->digest || hash(w, fd, f->name, &f->sha256, err);
}

static const char *fault(mode_t mode)
{
	return S_ISLNK(mode)	? "a link"
	       : S_ISFIFO(mode) ? "a pipe"
	       : S_ISSOCK(mode) ? "a socket"
				: "a device";
}

static bool folder(struct walk *w, int fd, const char *path, unsigned depth,
		   struct rv_err *err);

/* What is called @name in the folder @at; @path is taken over. */
static bool entry(struct walk *w, int at, const char *name, char *path,
		  unsigned depth, struct rv_err *err)
{
	RV_AUTO(rv_free) char *own = path;
	RV_AUTO(rv_close) int fd = -1;
	struct rv_pin_file *f;
	struct stat st;

	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", path,
			       strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) {
		if (!add(w->to, RV_TAKE(own), &st, &f, err))
			return false;
		f->fault = fault(st.st_mode);
		return true;
	}
	fd = openat(at, name,
		    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", path,
			       strerror(errno));
	if (S_ISDIR(st.st_mode))
		return folder(w, fd, path, depth + 1, err);
	if (S_ISREG(st.st_mode))
		return plain(w, fd, &st, RV_TAKE(own), err);
	return rv_fail(err, RV_INPUT, "%s: changed while it was read", path);
}

static bool folder(struct walk *w, int fd, const char *path, unsigned depth,
		   struct rv_err *err)
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RV_AUTO(close_dir) DIR *d = again < 0 ? NULL : fdopendir(again);

	if (!d) {
		int why = errno;

		if (again >= 0)
			close(again);
		return rv_fail(err, RV_INPUT, "%s: %s", path, strerror(why));
	}
	if (depth > DEPTH_MAX)
		return rv_fail(err, RV_INPUT, "%s: folders deeper than %d",
			       path, DEPTH_MAX);
	for (;;) {
		const struct dirent *e;
		char *below = NULL;

		errno = 0;
		e = readdir(d);
		if (!e && errno)
			return rv_fail(err, rv_errno_code(errno), "%s: %s",
				       path, strerror(errno));
		if (!e)
			return true;
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (!join(path, e->d_name, &below, err) ||
		    !entry(w, fd, e->d_name, below, depth, err))
			return false;
	}
}

static bool argument(struct walk *w, const char *path, struct rv_err *err)
{
	RV_AUTO(rv_close) int fd = -1;
	RV_AUTO(rv_free) char *name = NULL;
	struct rv_pin_file *f;
	struct stat st;

	if (strcmp(path, "-") == 0)
		return rv_fail(err, RV_USAGE,
			       "standard input has no name to pin it by");
	if (!rv_text_copy(rv_text(path), "name", &name, err))
		return false;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) &&
	    !S_ISDIR(st.st_mode)) {
		if (!add(w->to, RV_TAKE(name), &st, &f, err))
			return false;
		f->fault = fault(st.st_mode);
		return true;
	}
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", path,
			       strerror(errno));
	if (S_ISDIR(st.st_mode))
		return folder(w, fd, path, 0, err);
	if (S_ISREG(st.st_mode))
		return plain(w, fd, &st, RV_TAKE(name), err);
	return rv_fail(err, RV_INPUT, "%s: changed while it was read", path);
}

static int by_name(const void *a, const void *b)
{
	const struct rv_pin_file *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* A file that two arguments name is one file. */
static void unique(struct rv_pin_files *f)
{
	size_t kept = 0;

	if (f->n)
		qsort(f->item, f->n, sizeof *f->item, by_name);
	for (size_t i = 0; i < f->n; i++) {
		if (kept && by_name(&f->item[kept - 1], &f->item[i]) == 0)
			free(f->item[i].name);
		else
			f->item[kept++] = f->item[i];
	}
	f->n = kept;
}

static bool walk(const char *const *paths, size_t n, bool hashed,
		 struct rv_pin_files *out, struct rv_err *err)
{
	RV_AUTO(rv_pin_files_free) struct rv_pin_files all = { 0 };
	RV_AUTO(rv_digest_free) struct rv_digest *digest = NULL;
	struct walk w = { .to = &all };

	if (hashed && !rv_digest_new(RV_SHA256, &digest, err))
		return false;
	w.digest = digest;
	for (size_t i = 0; i < n; i++)
		if (!argument(&w, paths[i], err))
			return false;
	unique(&all);
	*out = RV_TAKE(all);
	return true;
}

bool rv_pin_files_read(const char *const *paths, size_t n,
		       struct rv_pin_files *out, struct rv_err *err)
{
	return walk(paths, n, true, out, err);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool same(const struct rv_pin_file *a, const struct rv_pin_file *b)
{
	return strcmp(a->name, b->name) == 0 && a->dev == b->dev &&
	       a->ino == b->ino && a->size == b->size &&
	       same_time(&a->mtime, &b->mtime) &&
	       same_time(&a->ctime, &b->ctime);
}

bool rv_pin_files_still(const char *const *paths, size_t n,
			const struct rv_pin_files *was, struct rv_err *err)
{
	RV_AUTO(rv_pin_files_free) struct rv_pin_files now = { 0 };

	if (!walk(paths, n, false, &now, err))
		return false;
	for (size_t i = 0; i < was->n || i < now.n; i++)
		if (i >= was->n || i >= now.n ||
		    !same(&was->item[i], &now.item[i]))
			return rv_fail(
			    err, RV_INPUT, "%s: changed while it was read",
			    i < was->n ? was->item[i].name : now.item[i].name);
	return true;
}
