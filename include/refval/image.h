/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.h - stage "unpack": a dstack OS image, read from a tarball or folder.
 *
 * Layouts of meta-dstack 0.3.1 to 0.6: members named `x`, `./x` or `NAME/x`.
 */
#ifndef REFVAL_IMAGE_H
#define REFVAL_IMAGE_H

#include <refval/types.h>

/* One file of an image. The root file system is counted but never hashed. */
struct rv_image_file {
	char *name;    /* owned; without folder, e.g. "bzImage" */
	uint64_t size; /* bytes */
	bool listed;   /* named by sha256sum.txt, and equal to it */
	bool hashed;   /* sha256 and sha384 are valid */
	struct rv_sha256 sha256;
	struct rv_sha384 sha384;
	struct rv_buf data; /* owned; kept for small files only, else {0} */
};

/* metadata.json; strings are owned, NULL where the field is absent. */
struct rv_metadata {
	char *bios, *kernel, *initrd, *rootfs; /* file names */
	char *cmdline;			       /* without " initrd=initrd" */
	char *version;			       /* since 0.3.5 */
	char *git_revision; /* commit of the build, or "<unknown>" */
	char *rootfs_hash;  /* 0.3.1 to 0.4.2 */
	char *ovmf_variant; /* "pre202505" or "stable202505", since 0.5.11 */
	char *bios_sev;	    /* 0.6 */
	bool has_is_dev, is_dev;
	bool has_shared_ro, shared_ro;
	bool has_kernel_header_normalized, kernel_header_normalized;
};

struct rv_image {
	char *name; /* owned; the top folder of the archive, or NULL */
	struct rv_image_file *file; /* owned; in archive order */
	size_t n;
	bool has_metadata; /* a 0.6 UKI image has none */
	struct rv_metadata metadata;
	bool has_checksums;	/* sha256sum.txt was there and agrees */
	bool has_digest;	/* digest.txt was there and agrees */
	bool has_os_image_hash; /* false up to 0.5.0: the value did not exist */
	struct rv_sha256 os_image_hash; /* sha256 of sha256sum.txt's bytes */
};

/* What to read, and what to do on the way. All pointers are borrowed. */
struct rv_image_options {
	const char *to; /* folder to unpack into, or NULL: only read */
	/* Called now and then with bytes of input read so far; may be NULL. */
	void (*progress)(void *arg, uint64_t bytes);
	void *arg;
};

/*
 * Read the image at @path: an archive, a folder, or "-" for an archive on
 * standard input. One pass, memory bounded whatever the archive's size.
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

#endif
