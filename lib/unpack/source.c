/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.c - from a path to a stream of tar bytes: what the container is, by
 * its first bytes, and how much it may expand.
 */
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD = 512, USTAR_AT = 257 };

/* The archive's own bytes, counted, with a word to whoever waits. */
static bool packed_next(void *arg, struct rv_span *block, struct rv_err *err)
{
	struct rv_source *s = arg;

	if (!rv_file_stream_next(&s->file, block, err))
		return false;
	s->packed += block->n;
	if (s->opts->progress)
		s->opts->progress(s->opts->arg, s->packed);
	return true;
}

/* The expanded bytes, counted and bounded. */
static bool expanded_next(void *arg, struct rv_span *block, struct rv_err *err)
{
	struct rv_source *s = arg;

	if (!s->inner.next(s->inner.arg, block, err))
		return false;
	s->expanded += block->n;
	if (s->expanded > RV_EXPANDED_MAX)
		return rv_fail(err, RV_INPUT,
			       "expands to more than %" PRIu64 " GiB",
			       RV_EXPANDED_MAX >> 30);
	if (s->expanded > RV_RATIO_FREE &&
	    s->expanded / RV_RATIO_MAX > s->packed)
		return rv_fail(err, RV_INPUT,
			       "expands more than %d times: %" PRIu64
			       " bytes out of %" PRIu64,
			       RV_RATIO_MAX, s->expanded, s->packed);
	return true;
}

/* xz file format 1.1.0, 2.1.1.2: the check is in the low half of byte 7. */
static const char *xz_check(struct rv_span head)
{
	switch (head.n > 7 ? head.p[7] & 15 : 0) {
	case 1:
		return "CRC-32";
	case 4:
		return "CRC-64";
	case 10:
		return "SHA-256";
	default:
		return NULL;
	}
}

/* RFC 8878, 3.1.1.1.1: bit 2 of the descriptor is the checksum flag. */
static const char *zstd_check(struct rv_span head)
{
	return head.n > 4 && head.p[4] & 4 ? "XXH64" : NULL;
}

/* What the container is called, and what it guards its contents with. */
static void describe(struct rv_source *s, enum rv_packed as,
		     struct rv_span head)
{
	switch (as) {
	case RV_PACKED_GZIP:
		s->container = "gzip";
		s->check = "CRC-32 and length";
		break;
	case RV_PACKED_XZ:
		s->container = "xz";
		s->check = xz_check(head);
		break;
	case RV_PACKED_ZSTD:
		s->container = "zstd";
		s->check = zstd_check(head);
		break;
	case RV_PACKED_NOT:
		s->container = "tar";
		break;
	}
}

static bool open_container(struct rv_source *s, struct rv_err *err)
{
	struct rv_span head, ustar;
	enum rv_packed as;

	if (!rv_file_stream_peek(&s->file, HEAD, &head, err))
		return false;
	as = rv_packed_as(head);
	if (as == RV_PACKED_NOT && (!rv_sub(head, USTAR_AT, 5, &ustar) ||
				    !rv_same_text(ustar, "ustar")))
		return rv_fail(err, RV_INPUT, "neither gzip, xz, zstd nor tar");
	describe(s, as, head);
	return rv_unpacker_open(&s->unpacker, as,
				(struct rv_stream){ packed_next, s }, &s->inner,
				err);
}

bool rv_source_open(const char *path, const struct rv_image_options *opts,
		    struct rv_source *out, struct rv_err *err)
{
	struct rv_source *s = out;
	bool in = strcmp(path, "-") == 0;
	struct stat st;

	*s = (struct rv_source){ .fd = -1, .opts = opts };
	s->name = in ? "standard input" : path;
	s->fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0)
		return rv_fail(err, rv_errno_code(errno), "%s",
			       strerror(errno));
	if (fstat(s->fd, &st) != 0)
		return rv_fail(err, RV_SYSTEM, "%s", strerror(errno));
	s->again = !in && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
	if (S_ISDIR(st.st_mode) && !in) {
		s->is_folder = true;
		s->container = "folder";
		return true;
	}
	return rv_file_stream_open(s->fd, s->name, &s->file, err) &&
	       open_container(s, err) &&
	       rv_tar_new((struct rv_stream){ expanded_next, s }, &s->tar, err);
}

void rv_source_free(struct rv_source *s)
{
	rv_tar_free(&s->tar);
	rv_unpacker_free(&s->unpacker);
	rv_file_stream_free(&s->file);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	*s = (struct rv_source){ .fd = -1 };
}
