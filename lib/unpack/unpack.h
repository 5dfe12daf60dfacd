/* SPDX-License-Identifier: Apache-2.0 */
/* unpack.h - what the files of this stage share. */
#ifndef RV_UNPACK_H
#define RV_UNPACK_H

#include "base.h"
#include "packed.h"
#include "digest.h"

#include <refval/image.h>

/* Bounds on what an archive may make us do. */
#define RV_MEMBER_MAX	((uint64_t)32 << 30) /* a root file system */
#define RV_OTHER_MAX	((uint64_t)1 << 30)  /* an initrd, or anything else */
#define RV_EXPANDED_MAX ((uint64_t)64 << 30) /* all of it */
/* More than this many times the archive's size is not an image ... */
#define RV_RATIO_MAX 200
/* ... unless it is less than this, which costs seconds only. */
#define RV_RATIO_FREE ((uint64_t)2 << 30)

/* ---- names.c ---- */

/* A member's path, taken apart. */
struct rv_member {
	char folder[RV_IMAGE_NAME_MAX + 1]; /* NAME of NAME/x, else "" */
	char name[RV_IMAGE_NAME_MAX + 1];   /* "": the folder itself */
};

/* A plain file name: letters, digits and . _ + - and no leading - or dots. */
bool rv_name_ok(struct rv_span name);
RV_MUST bool rv_member_parse(const char *path, bool folder,
			     struct rv_member *out, struct rv_err *err);
/* @m may be NULL: then the names every release had decide. */
enum rv_image_role rv_member_role(const char *name,
				  const struct rv_metadata *m);
uint64_t rv_role_max(enum rv_image_role role);
/* May this file be in an image whose sha256sum.txt does not name it? */
bool rv_member_unlisted_ok(const struct rv_image *image, const char *name,
			   bool dotted);

/* ---- source.c ---- */

/* An image being read: an archive of some kind, or a folder. */
struct rv_source {
	const char *name; /* for messages; borrowed */
	int fd;		  /* owned unless standard input */
	bool again;	  /* a plain file or a folder: can be read again */
	bool is_folder;
	const char *container, *check;
	const struct rv_image_options *opts; /* borrowed */
	uint64_t packed, expanded;	     /* bytes so far */
	struct rv_file_stream file;
	struct rv_unpacker unpacker;
	struct rv_stream inner; /* what gives the expanded bytes */
	struct rv_tar *tar;
};

/* @out must stay where it is: its streams point into it. */
RV_MUST bool rv_source_open(const char *path,
			    const struct rv_image_options *opts,
			    struct rv_source *out, struct rv_err *err);
void rv_source_free(struct rv_source *s);

/* ---- to.c ---- */

/* A folder being filled beside its final place. */
struct rv_to;

RV_MUST bool rv_to_open(const char *path, struct rv_to **out,
			struct rv_err *err);
/* Remove what was not finished. */
void rv_to_free(struct rv_to **to);
RV_MUST bool rv_to_file(struct rv_to *to, const char *name, struct rv_err *err);
RV_MUST bool rv_to_add(struct rv_to *to, struct rv_span bytes,
		       struct rv_err *err);
RV_MUST bool rv_to_file_end(struct rv_to *to, struct rv_err *err);
/* Move the folder to its place: all of it or nothing. */
RV_MUST bool rv_to_finish(struct rv_to *to, struct rv_err *err);

/* ---- pass.c ---- */

/* One reading of the source, front to back. */
struct rv_pass {
	const struct rv_metadata *hint; /* of an earlier pass; borrowed */
	bool lazy; /* roots may wait until it is known that they are listed */
	struct rv_to *to;      /* borrowed; may be NULL */
	struct rv_image image; /* owned */
	bool has_sums;
	struct rv_checksums sums;
	struct rv_digest *sha256, *sha384; /* owned */
	size_t kept;			   /* bytes held in memory */
	bool more; /* result: another pass is needed, with hint and not lazy */
};

RV_MUST bool rv_pass_run(struct rv_pass *p, struct rv_source *s,
			 struct rv_err *err);
void rv_pass_free(struct rv_pass *p);

/* ---- check.c ---- */

/* Does what was read fit together? Completes @p->image. */
RV_MUST bool rv_pass_check(struct rv_pass *p, struct rv_err *err);
/* digest.txt: 64 lower-case hex digits and a line feed. */
RV_MUST bool rv_digest_txt_parse(struct rv_span text, struct rv_sha256 *out,
				 struct rv_err *err);

#endif
