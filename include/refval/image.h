/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - stage "unpack": a dstack OS image, read from a tarball or folder.
 *
 * Layouts of meta-dstack 0.3.1 to 0.6: members named `x`, `./x` or `NAME/x`.
 * docs/FORMATS.md, "OS images", has the rules.
 */
#ifndef REFVAL_IMAGE_H
#define REFVAL_IMAGE_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bounds. A real image has at most 16 files. */
enum {
	RV_IMAGE_FILES_MAX = 64,
	RV_IMAGE_NAME_MAX = 127,     /* bytes of a file's name */
	RV_IMAGE_NOTE_MAX = 1 << 20, /* metadata, checksums, measurement.* */
	RV_IMAGE_FIRMWARE_MAX = 16 << 20,
	RV_IMAGE_KERNEL_MAX = 32 << 20,
	RV_IMAGE_KEPT_MAX = 50 << 20, /* all that is held in memory together */
};

/* What a file is to the machine; decides what is computed and kept. */
enum rv_image_role {
	RV_ROLE_FIRMWARE, /* kept in data */
	RV_ROLE_KERNEL,	  /* kept in data */
	RV_ROLE_INITRD,	  /* has sha384 */
	RV_ROLE_ROOT, /* root file system or disk: hashed when listed only */
	RV_ROLE_NOTE, /* metadata.json, *.txt, measurement.*: kept in data */
	RV_ROLE_OTHER,
};

/* One file of an image. */
struct rv_image_file {
	char *name;    /* owned; without folder, e.g. "bzImage" */
	uint64_t size; /* bytes */
	enum rv_image_role role;
	bool listed;	 /* named by sha256sum.txt, and equal to it */
	bool hashed;	 /* sha256 is valid: always, but for unlisted roots */
	bool has_sha384; /* sha384 is valid: RV_ROLE_INITRD */
	struct rv_sha256 sha256;
	struct rv_sha384 sha384;
	struct rv_buf data; /* owned; whole, or {0} when not kept */
};

/* metadata.json; strings are owned, NULL where the field is absent. */
struct rv_metadata {
	char *bios, *kernel, *initrd, *rootfs; /* file names */
	char *cmdline;			       /* without " initrd=initrd" */
	char *version;			       /* since 0.3.5 */
	char *git_revision; /* commit of the build, or "<unknown>" */
	char *rootfs_hash;  /* 0.3.1 to 0.4.2: sha256 of rootfs.cpio */
	char *ovmf_variant; /* "pre202505" or "stable202505", since 0.5.11 */
	char *bios_sev;	    /* 0.6 */
	char *hda;	    /* a disk; never set by a release */
	bool has_is_dev, is_dev;
	bool has_shared_ro, shared_ro;
	bool has_kernel_header_normalized, kernel_header_normalized;
};

/* sha256sum.txt: one strict grammar. */
struct rv_checksums {
	struct rv_checksum {
		char name[RV_IMAGE_NAME_MAX + 1]; /* without "./" */
		struct rv_sha256 sha256;
	} line[RV_IMAGE_FILES_MAX];
	size_t n;
	bool dotted; /* every name is written ./NAME: 0.3.2 to 0.5.0 */
};

/* Why an image has no os_image_hash. */
enum rv_no_hash {
	RV_HASH_GIVEN,	 /* it has one */
	RV_HASH_TOO_OLD, /* up to 0.5.0 the value did not exist */
	RV_HASH_NO_SUMS, /* no sha256sum.txt: 0.3.1, the 0.6.0.a1 UKI disk */
};

struct rv_image {
	char *name; /* owned; the top folder of the archive, or NULL */
	struct rv_image_file *file; /* owned; in archive order */
	size_t n;
	bool has_metadata; /* a 0.6 UKI image has none */
	struct rv_metadata metadata;
	bool has_checksums;	/* sha256sum.txt was there and agrees */
	size_t absent;		/* listed, not here, and rightly so */
	bool has_digest;	/* digest.txt was there and agrees */
	bool has_os_image_hash; /* false up to 0.5.0: the value did not exist */
	enum rv_no_hash no_hash;	/* why not */
	struct rv_sha256 os_image_hash; /* sha256 of sha256sum.txt's bytes */
	const char *container; /* "gzip", "xz", "zstd", "tar" or "folder" */
	/* What the container itself checks its bytes with, or NULL. */
	const char *container_check;
};

/* What to read, and what to do on the way. All pointers are borrowed. */
struct rv_image_options {
	const char *to; /* folder to unpack into, or NULL: only read */
	/* Called now and then with bytes of input read so far; may be NULL. */
	void (*progress)(void *arg, uint64_t bytes);
	void *arg;
	/* What else must hold before @to gets its name; or NULL. */
	bool (*check)(const struct rv_image *image, struct rv_err *err);
};

/*
 * Read the image at @path: an archive, a folder, or "-" for an archive on
 * standard input. Memory is bounded whatever the archive's size. An archive is
 * read once, front to back; a file is read a second time when its root file
 * system turns out to be listed after it went by (0.5.0).
 * RV_INPUT: malformed, unsafe or inconsistent. RV_SYSTEM: I/O or memory.
 * On failure nothing is left in @opts->to.
 */
RV_API RV_MUST bool rv_image_read(const char *path,
				  const struct rv_image_options *opts,
				  struct rv_image *out, struct rv_err *err);
RV_API void rv_image_free(struct rv_image *image);

/* The file called @name, or NULL. Borrows from @image. */
RV_API const struct rv_image_file *rv_image_find(const struct rv_image *image,
						 const char *name);

/* metadata.json: unknown or duplicate keys and wrong types are RV_INPUT. */
RV_API RV_MUST bool rv_metadata_parse(struct rv_span text,
				      struct rv_metadata *out,
				      struct rv_err *err);
RV_API void rv_metadata_free(struct rv_metadata *metadata);

/* sha256sum.txt: every line, or RV_INPUT with the line's number. */
RV_API RV_MUST bool rv_checksums_parse(struct rv_span text,
				       struct rv_checksums *out,
				       struct rv_err *err);
/* The line for @name, or NULL. Borrows from @sums. */
RV_API const struct rv_checksum *
rv_checksums_find(const struct rv_checksums *sums, const char *name);

/* "0.5.4.1" against 0.5.0: -1 older or equal, 1 newer, 0 no such number. */
RV_API int rv_version_after_050(const char *version);

#ifdef __cplusplus
}
#endif

#endif
