/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pass.c - one reading of an image, front to back: each member is hashed, kept
 * and written as its name says, and forgotten.
 */
#include "unpack.h"
#include "digest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void rv_pass_free(struct rv_pass *p)
{
	rv_image_free(&p->image);
	rv_digest_free(&p->sha256);
	rv_digest_free(&p->sha384);
	*p = (struct rv_pass){ 0 };
}

/* What is to be done with a member's bytes. */
struct plan {
	bool sha256, sha384, keep, write;
};

/* metadata.json of this pass, of the one before, or not known yet. */
static const struct rv_metadata *metadata_of(const struct rv_pass *p)
{
	return p->image.has_metadata ? &p->image.metadata : p->hint;
}

/* Only the releases that list every file have these two (specs 1.3). */
static bool old_root(const char *name)
{
	return strcmp(name, "rootfs.cpio") == 0 ||
	       strcmp(name, "rootfs.iso") == 0;
}

static struct plan plan_for(const struct rv_pass *p,
			    const struct rv_image_file *f)
{
	struct plan plan = { .sha256 = true, .write = p->to != NULL };

	if (f->role == RV_ROLE_ROOT)
		plan.sha256 = p->has_sums
				  ? rv_checksums_find(&p->sums, f->name) != NULL
				  : !p->lazy || old_root(f->name);
	plan.sha384 = f->role == RV_ROLE_INITRD;
	plan.keep = f->role == RV_ROLE_NOTE || f->role == RV_ROLE_FIRMWARE ||
		    f->role == RV_ROLE_KERNEL;
	return plan;
}

/* A new entry of the list of files, its size within its bound. */
static bool add_file(struct rv_pass *p, const char *name, uint64_t size,
		     struct rv_image_file **out, struct rv_err *err)
{
	struct rv_image *image = &p->image;
	enum rv_image_role role = rv_member_role(name, metadata_of(p));
	struct rv_image_file *f;

	if (rv_image_find(image, name))
		return rv_fail(err, RV_INPUT, "a second time in the image");
	if (image->n == RV_IMAGE_FILES_MAX)
		return rv_fail(err, RV_INPUT, "more than %d files",
			       RV_IMAGE_FILES_MAX);
	if (size > rv_role_max(role))
		return rv_fail(err, RV_INPUT,
			       "%" PRIu64 " bytes, more than the %" PRIu64
			       " allowed",
			       size, rv_role_max(role));
	if (!image->file)
		image->file = calloc(RV_IMAGE_FILES_MAX, sizeof *image->file);
	if (!image->file)
		return rv_no_memory(err, "list of files");
	f = &image->file[image->n];
	if (!rv_text_copy(rv_text(name), "name", &f->name, err))
		return false;
	f->size = size;
	f->role = role;
	image->n++;
	*out = f;
	return true;
}

/* Room for the whole file: its size is known and bounded already. */
static bool make_room(struct rv_pass *p, struct rv_image_file *f,
		      struct rv_err *err)
{
	size_t size;

	/* Before it is a size_t, which may have 32 bits. */
	if (f->size > RV_IMAGE_KEPT_MAX - p->kept)
		return rv_fail(err, RV_INPUT,
			       "firmware, kernel and notes together are more"
			       " than %d bytes",
			       RV_IMAGE_KEPT_MAX);
	size = (size_t)f->size;
	f->data.p = malloc(size + 1);
	if (!f->data.p)
		return rv_no_memory(err, f->name);
	f->data.p[size] = '\0';
	p->kept += size;
	return true;
}

static bool digests_end(struct rv_pass *p, const struct plan *plan,
			struct rv_image_file *f, struct rv_err *err)
{
	if (plan->sha256 && !rv_digest_end(p->sha256, f->sha256.b, err))
		return false;
	if (plan->sha384 && !rv_digest_end(p->sha384, f->sha384.b, err))
		return false;
	f->hashed = plan->sha256;
	f->has_sha384 = plan->sha384;
	return true;
}

/* All of a member's bytes, once. */
static bool stream_file(struct rv_pass *p, const struct plan *plan,
			struct rv_stream in, struct rv_image_file *f,
			struct rv_err *err)
{
	struct rv_span b = { 0 };
	uint64_t seen = 0;

	for (;;) {
		if (!in.next(in.arg, &b, err))
			return false;
		if (b.n == 0)
			break;
		if (b.n > f->size - seen)
			return rv_fail(err, RV_INPUT,
				       "more than %" PRIu64 " bytes", f->size);
		if (plan->sha256 && !rv_digest_add(p->sha256, b.p, b.n, err))
			return false;
		if (plan->sha384 && !rv_digest_add(p->sha384, b.p, b.n, err))
			return false;
		if (plan->keep) {
			memcpy(f->data.p + f->data.n, b.p, b.n);
			f->data.n += b.n;
		}
		if (plan->write && !rv_to_add(p->to, b, err))
			return false;
		seen += b.n;
	}
	if (seen != f->size)
		return rv_fail(err, RV_INPUT,
			       "%" PRIu64 " of %" PRIu64 " bytes", seen,
			       f->size);
	return digests_end(p, plan, f, err);
}

/* The two files that say what the others are. */
static bool understand(struct rv_pass *p, const struct rv_image_file *f,
		       struct rv_err *err)
{
	if (strcmp(f->name, "sha256sum.txt") == 0) {
		if (!rv_checksums_parse(rv_buf_span(&f->data), &p->sums, err))
			return false;
		p->has_sums = true;
	} else if (strcmp(f->name, "metadata.json") == 0) {
		if (!rv_metadata_parse(rv_buf_span(&f->data),
				       &p->image.metadata, err))
			return false;
		p->image.has_metadata = true;
	}
	return true;
}

static bool read_file(struct rv_pass *p, const char *name, uint64_t size,
		      struct rv_stream in, struct rv_err *err)
{
	struct rv_image_file *f = NULL;
	struct plan plan;

	if (!add_file(p, name, size, &f, err))
		return rv_in(err, "%s", name);
	plan = plan_for(p, f);
	if ((plan.keep && !make_room(p, f, err)) ||
	    (plan.write && !rv_to_file(p->to, name, err)))
		return rv_in(err, "%s", name);
	/* In a folder a file that nobody asks for need not be read at all. */
	if (in.next != rv_file_stream_next || plan.sha256 || plan.keep ||
	    plan.write)
		if (!stream_file(p, &plan, in, f, err))
			return rv_in(err, "%s", name);
	if (plan.write && !rv_to_file_end(p->to, err))
		return false;
	return understand(p, f, err);
}

/* ---- an archive ---- */

static bool tar_next(void *arg, struct rv_span *block, struct rv_err *err)
{
	return rv_tar_data(arg, block, err);
}

static bool check_kind(const struct rv_tar_entry *e, struct rv_err *err)
{
	static const char *const what[] = {
		[RV_TAR_LINK] = "a link",
		[RV_TAR_DEVICE] = "a device, a pipe or unknown",
		[RV_TAR_SPARSE] = "a file with holes",
	};

	if (e->kind == RV_TAR_FILE || e->kind == RV_TAR_FOLDER)
		return true;
	return rv_fail(err, RV_INPUT, "%s: %s", e->name, what[e->kind]);
}

/* All members are in one folder, or all in none. */
static bool check_folder(struct rv_pass *p, bool *known,
			 const struct rv_member *m, const char *path,
			 struct rv_err *err)
{
	const char *top = p->image.name ? p->image.name : "";

	if (!m->folder[0] && !m->name[0])
		return true;
	if (*known && strcmp(top, m->folder) != 0)
		return rv_fail(err, RV_INPUT,
			       "%s: not in the folder of the "
			       "members before it",
			       path);
	if (!*known && m->folder[0] &&
	    !rv_text_copy(rv_text(m->folder), "name", &p->image.name, err))
		return false;
	*known = true;
	return true;
}

static bool run_tar(struct rv_pass *p, struct rv_source *s, struct rv_err *err)
{
	const struct rv_stream data = { tar_next, s->tar };
	bool end = false, known = false;
	unsigned n = 0;

	for (;; n++) {
		struct rv_tar_entry e = { 0 };
		struct rv_member m;

		if (!rv_tar_next(s->tar, &end, &e, err))
			return false;
		if (end)
			return true;
		if (n == 2 * RV_IMAGE_FILES_MAX)
			return rv_fail(err, RV_INPUT, "more than %u members",
				       n);
		if (!check_kind(&e, err) ||
		    !rv_member_parse(e.name, e.kind == RV_TAR_FOLDER, &m,
				     err) ||
		    !check_folder(p, &known, &m, e.name, err))
			return false;
		if (e.kind == RV_TAR_FILE &&
		    !read_file(p, m.name, e.size, data, err))
			return false;
	}
}

/* ---- a folder ---- */

struct names {
	char name[RV_IMAGE_FILES_MAX][RV_IMAGE_NAME_MAX + 1];
	size_t n;
};

/* What says what the others are comes first, then by name. */
static int order(const void *a, const void *b)
{
	const char *x = a, *y = b;
	int first = (strcmp(y, "sha256sum.txt") == 0) -
		    (strcmp(x, "sha256sum.txt") == 0);
	int second = (strcmp(y, "metadata.json") == 0) -
		     (strcmp(x, "metadata.json") == 0);

	return first ? first : second ? second : strcmp(x, y);
}

static void close_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

static bool list_folder(int fd, struct names *out, struct rv_err *err)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	RV_AUTO(close_dir) DIR *d = copy < 0 ? NULL : fdopendir(copy);
	const struct dirent *e;

	if (!d) {
		rv_close(&copy);
		return rv_fail(err, rv_errno_code(errno), "%s",
			       strerror(errno));
	}
	for (errno = 0; (e = readdir(d)); errno = 0) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (!rv_name_ok(rv_text(e->d_name)))
			return rv_fail(err, RV_INPUT, "%s: not a plain name",
				       e->d_name);
		if (out->n == RV_IMAGE_FILES_MAX)
			return rv_fail(err, RV_INPUT, "more than %d files",
				       RV_IMAGE_FILES_MAX);
		strcpy(out->name[out->n++], e->d_name);
	}
	if (errno)
		return rv_fail(err, RV_SYSTEM, "%s", strerror(errno));
	qsort(out->name, out->n, sizeof out->name[0], order);
	return true;
}

static bool run_one(struct rv_pass *p, int dir, const char *name,
		    struct rv_file_stream *in, struct rv_err *err)
{
	/* O_NONBLOCK: a pipe must not make us wait before we see it is one. */
	RV_AUTO(rv_close)
	int fd =
	    openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == ELOOP)
		return rv_fail(err, RV_INPUT, "%s: a link", name);
	if (fd < 0 || fstat(fd, &st) != 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", name,
			       strerror(errno));
	if (S_ISDIR(st.st_mode))
		return rv_fail(err, RV_INPUT, "%s: a folder inside the image",
			       name);
	if (!S_ISREG(st.st_mode))
		return rv_fail(err, RV_INPUT, "%s: not a plain file", name);
	in->fd = fd;
	return read_file(p, name, (uint64_t)st.st_size,
			 (struct rv_stream){ rv_file_stream_next, in }, err);
}

/* The last name of @path, when it is a plain one. */
static bool name_of(const char *path, char **out, struct rv_err *err)
{
	struct rv_span s = rv_text(path), part;
	size_t n = 0;

	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	while (n < s.n && s.p[s.n - 1 - n] != '/')
		n++;
	if (!rv_cut(&s, n, &part) || !rv_name_ok(part))
		return true;
	return rv_text_copy(part, "name", out, err);
}

static bool run_folder(struct rv_pass *p, struct rv_source *s,
		       struct rv_err *err)
{
	RV_AUTO(rv_file_stream_free) struct rv_file_stream in = { .fd = -1 };
	struct names names = { .n = 0 };

	if (!list_folder(s->fd, &names, err) ||
	    !name_of(s->name, &p->image.name, err) ||
	    !rv_file_stream_open(-1, s->name, &in, err))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		if (!run_one(p, s->fd, names.name[i], &in, err))
			return false;
		s->packed += p->image.file[p->image.n - 1].size;
		if (s->opts->progress)
			s->opts->progress(s->opts->arg, s->packed);
	}
	return true;
}

/* ---- both ---- */

/* Was everything read in the way that what came later asks for? */
static bool complete(const struct rv_pass *p)
{
	for (size_t i = 0; i < p->image.n; i++) {
		const struct rv_image_file *f = &p->image.file[i];

		if (!f->hashed && p->has_sums &&
		    rv_checksums_find(&p->sums, f->name))
			return false;
		if (rv_member_role(f->name, metadata_of(p)) != f->role)
			return false;
	}
	return true;
}

bool rv_pass_run(struct rv_pass *p, struct rv_source *s, struct rv_err *err)
{
	if (!rv_digest_new(RV_SHA256, &p->sha256, err) ||
	    !rv_digest_new(RV_SHA384, &p->sha384, err))
		return false;
	if (!(s->is_folder ? run_folder(p, s, err) : run_tar(p, s, err)))
		return false;
	p->image.container = s->container;
	p->image.container_check = s->check;
	p->more = !complete(p);
	return true;
}
