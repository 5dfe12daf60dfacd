/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind.c - a container image, or something else (an OS image)? By
 * the names in the folder or tarball alone; whoever reads it then is strict.
 */
#include "base.h"
#include "packed.h"
#include "tar.h"

#include <refval/hash_image.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 512, NAMES_MAX = 4096 };

/* How far into an archive names are looked for, unpacked. */
#define LOOK_MAX (UINT64_C(16) << 30)

struct look {
	int fd;
	struct rv_file_stream file;
	struct rv_unpacker unpacker;
	struct rv_tar *tar;
	struct rv_stream inner;
	uint64_t seen;
};

static void look_free(struct look *l)
{
	rv_tar_free(&l->tar);
	rv_unpacker_free(&l->unpacker);
	rv_file_stream_free(&l->file);
	if (l->fd >= 0)
		close(l->fd);
}

static bool look_next(void *arg, struct rv_span *block, struct rv_err *err)
{
	struct look *l = arg;

	if (!l->inner.next(l->inner.arg, block, err))
		return false;
	l->seen += block->n;
	return l->seen <= LOOK_MAX ||
	       rv_fail(err, RV_INPUT, "more than %" PRIu64 " GiB",
		       LOOK_MAX >> 30);
}

static bool is_hex_name(const char *s)
{
	return strspn(s, "0123456789abcdef") == 64;
}

/* The names that image-spec and docker's save format put at the top. */
static bool of_container(const char *name)
{
	static const char *const top[] = { "oci-layout", "index.json",
					   "manifest.json", "repositories" };

	while (strncmp(name, "./", 2) == 0)
		name += 2;
	for (size_t i = 0; i < RV_LEN(top); i++)
		if (strcmp(name, top[i]) == 0)
			return true;
	return strncmp(name, "blobs/", 6) == 0 ||
	       strncmp(name, "sha256:", 7) == 0 || is_hex_name(name);
}

/* A file of an OS image, in its top folder or in none. */
static bool of_os_image(const char *name)
{
	static const char *const file[] = { "metadata.json", "sha256sum.txt",
					    "bzImage", "ovmf.fd",
					    "digest.txt" };
	const char *slash = strrchr(name, '/');

	for (size_t i = 0; i < RV_LEN(file); i++)
		if (strcmp(slash ? slash + 1 : name, file[i]) == 0)
			return true;
	return false;
}

static bool folder(const char *path, bool *out, struct rv_err *err)
{
	static const char *const top[] = { "oci-layout", "index.json",
					   "manifest.json" };

	*out = false;
	for (size_t i = 0; i < RV_LEN(top); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		struct stat st;

		rv_grow_printf(&g, "%s/%s%c", path, top[i], '\0');
		if (!rv_grow_take(&g, &b, err))
			return false;
		if (stat((const char *)b.p, &st) == 0)
			*out = true;
	}
	return true;
}

static bool open_stream(struct look *l, struct rv_err *err)
{
	struct rv_stream in = { rv_file_stream_next, &l->file };
	struct rv_span head;

	return rv_file_stream_peek(&l->file, HEAD, &head, err) &&
	       rv_unpacker_open(&l->unpacker, rv_packed_as(head), in, &l->inner,
				err) &&
	       rv_tar_new((struct rv_stream){ look_next, l }, &l->tar, err);
}

static bool archive(struct look *l, bool *out, struct rv_err *err)
{
	if (!open_stream(l, err))
		return false;
	for (size_t i = 0; i < NAMES_MAX; i++) {
		struct rv_tar_entry e;
		bool end = false;

		if (!rv_tar_next(l->tar, &end, &e, err))
			return false;
		if (end || of_os_image(e.name))
			return true;
		if (of_container(e.name)) {
			*out = true;
			return true;
		}
	}
	return true;
}

bool rv_oci_is_image(const char *path, bool *out, struct rv_err *err)
{
	RV_AUTO(look_free) struct look l = { .fd = -1 };
	struct rv_err damaged = { 0 };
	struct stat st;
	bool is = false;

	l.fd = open(path, O_RDONLY | O_CLOEXEC);
	if (l.fd < 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", path,
			       strerror(errno));
	if (fstat(l.fd, &st) != 0)
		return rv_fail(err, RV_SYSTEM, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return folder(path, out, err);
	if (!rv_file_stream_open(l.fd, path, &l.file, err))
		return false;
	/* What is damaged before it told is for its reader to say. */
	if (!archive(&l, &is, &damaged) && damaged.code == RV_SYSTEM) {
		*err = damaged;
		return false;
	}
	*out = is;
	return true;
}
