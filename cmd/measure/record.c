/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - refval-measure --record: what an image, or upstream's list of its
 * hashes, says of a release, for images/releases.
 */
#include "record.h"

#include "atomic.h"
#include "base.h"
#include "digest.h"
#include "out.h"
#include "stream.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD_MAX = 16 << 20, HASHES_MAX = 64 << 10, PATH_ROOM = 4096 };

/* ---- the image's file ---- */

static bool hash_fd(int fd, const char *path, struct rv_sha256 *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_file_stream_free) struct rv_file_stream s = { 0 };
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	struct rv_span block;

	if (!rv_digest_new(RV_SHA256, &d, err) ||
	    !rv_file_stream_open(fd, path, &s, err))
		return false;
	do {
		if (!rv_file_stream_next(&s, &block, err) ||
		    !rv_digest_add(d, block.p, block.n, err))
			return false;
	} while (block.n);
	return rv_digest_end(d, out->b, err);
}

/* *is_file is false of a folder, which has no digest of its own. */
static bool hash_file(const char *path, bool *is_file, struct rv_sha256 *out,
		      struct rv_err *err)
{
	struct stat st;
	bool good;
	int fd;

	*is_file = false;
	if (strcmp(path, "-") == 0)
		return rv_fail(err, RV_USAGE,
			       "--record reads the image twice: a file or a"
			       " folder, not standard input");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		if (fd >= 0)
			close(fd);
		return rv_fail(err, RV_SYSTEM, "%s: cannot be opened", path);
	}
	*is_file = !S_ISDIR(st.st_mode);
	good = !*is_file || hash_fd(fd, path, out, err);
	close(fd);
	return good;
}

/* The last part of @path, without slashes behind it. */
static const char *base_of(const char *path, char room[RV_IMAGE_NAME_MAX])
{
	size_t n = strlen(path), at;

	while (n > 1 && path[n - 1] == '/')
		n--;
	for (at = n; at && path[at - 1] != '/'; at--)
		;
	snprintf(room, RV_IMAGE_NAME_MAX, "%.*s", (int)(n - at), path + at);
	return room;
}

static bool of_image(const struct rv_record_opts *o,
		     const struct rv_image *image, const char *path,
		     struct rv_release *out, struct rv_err *err)
{
	char room[RV_IMAGE_NAME_MAX];
	struct rv_release_about about = { .name = o->name };
	struct rv_sha256 digest;
	bool is_file;

	if (!hash_file(path, &is_file, &digest, err))
		return false;
	about.file = base_of(path, room);
	about.tarball = is_file ? &digest : NULL;
	return rv_release_from_image(image, &about, out, err) ||
	       rv_in(err, "%s", path);
}

/* ---- upstream's list ---- */

static bool of_hashes(const struct rv_record_opts *o, struct rv_release *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_image_hashes h;

	if (!rv_buf_read(o->hashes, HASHES_MAX, &text, err))
		return false;
	if (!rv_image_hashes_read(rv_buf_span(&text), &h, err) ||
	    !rv_release_from_hashes(&h, out, err))
		return rv_in(err, "%s", o->hashes);
	if (*h.unknown)
		rv_out_note("%s: %s, and perhaps more, is not known here",
			    o->hashes, h.unknown);
	return !o->name || strcmp(o->name, out->name) == 0 ||
	       rv_fail(err, RV_USAGE, "--name %s, and %s is of %s", o->name,
		       o->hashes, out->name);
}

/* ---- one of both, and of the record that is there ---- */

static bool agrees(const struct rv_release *a, const struct rv_release *b,
		   const char *a_name, const char *b_name, enum rv_code *answer)
{
	char differ[RV_RELEASE_DIFFERS], text[RV_RELEASE_DIFFERS + 256];

	if (!rv_release_differs(a, b, differ))
		return true;
	snprintf(text, sizeof text, "%.120s: %.60s says otherwise of: %s",
		 b_name, a_name, differ);
	rv_out_error("refval-measure", text);
	*answer = RV_NO;
	return false;
}

static bool is_date(const char *s)
{
	static const char form[] = "dddd-dd-dd";
	size_t i;

	for (i = 0; form[i] && s[i]; i++)
		if (form[i] == 'd' ? s[i] < '0' || s[i] > '9' : s[i] != '-')
			return false;
	return !form[i] && !s[i];
}

static bool set_given(const struct rv_record_opts *o, struct rv_release *r,
		      struct rv_err *err)
{
	if (o->date && !is_date(o->date))
		return rv_fail(err, RV_USAGE,
			       "--date %s: not a date such as 2026-01-31",
			       o->date);
	if (o->url && strlen(o->url) >= sizeof r->url)
		return rv_fail(err, RV_USAGE, "--url: above %zu characters",
			       sizeof r->url - 1);
	if (o->date)
		snprintf(r->date, sizeof r->date, "%s", o->date);
	if (o->url)
		snprintf(r->url, sizeof r->url, "%s", o->url);
	return true;
}

/* --update names the record, or the folder that it is in by its name. */
static bool find_place(const char *update, const char *name,
		       char out[PATH_ROOM], bool *there, struct rv_err *err)
{
	struct stat st;
	bool folder = stat(update, &st) == 0 && S_ISDIR(st.st_mode);
	int n = folder ? snprintf(out, PATH_ROOM, "%s/%s.json", update, name)
		       : snprintf(out, PATH_ROOM, "%s", update);

	if (n < 0 || n >= PATH_ROOM)
		return rv_fail(err, RV_USAGE, "--update: the path is too long");
	*there = stat(out, &st) == 0;
	return true;
}

static bool write_record(const struct rv_release *r, struct rv_span older,
			 const char *path, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!rv_release_write(r, older, &text, err))
		return false;
	if (!path)
		return rv_out_result(rv_buf_span(&text), err);
	if (!rv_atomic_write(path, rv_buf_span(&text), err))
		return false;
	rv_out_str(path);
	rv_out("\n");
	return true;
}

static bool update(const struct rv_record_opts *o, struct rv_release *r,
		   const char *from, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_release_free) struct rv_release older = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	char path[PATH_ROOM];
	bool there;

	if (!find_place(o->update, r->name, path, &there, err))
		return false;
	if (there) {
		if (!rv_buf_read(path, RECORD_MAX, &text, err))
			return false;
		if (!rv_release_read(rv_buf_span(&text), &older, err))
			return rv_in(err, "%s", path);
		if (!agrees(r, &older, from, path, answer))
			return true;
		if (!rv_release_keep(&older, r, err))
			return false;
	}
	return write_record(r, rv_buf_span(&text), path, err);
}

bool rv_measure_record(const struct rv_record_opts *o,
		       const struct rv_image *image, const char *path,
		       enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(rv_release_free) struct rv_release r = { 0 }, said = { 0 };
	struct rv_release *first = image ? &r : &said;

	if ((image && !of_image(o, image, path, &r, err)) ||
	    (o->hashes && !of_hashes(o, &said, err)))
		return false;
	if (image && o->hashes) {
		if (!agrees(&said, &r, o->hashes, path, answer))
			return true;
	}
	if (!set_given(o, first, err))
		return false;
	return o->update
		   ? update(o, first, image ? "the image" : o->hashes, answer,
			    err)
		   : write_record(first, (struct rv_span){ 0 }, NULL, err);
}
