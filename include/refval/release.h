/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release.h - refval.release/1, a record of images/releases: where a dstack
 * release is, its hashes, and the register values known for it, each with its
 * provenance. Records are text that people review; nothing in one is trusted
 * beyond what its "from" says.
 */
#ifndef REFVAL_RELEASE_H
#define REFVAL_RELEASE_H

#include <refval/image.h>
#include <refval/measure.h>
#include <refval/quote.h>
#include <refval/replay.h>
#include <refval/shape.h>
#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	RV_RELEASE_FILES = 16,
	RV_RELEASE_SHAPES = 64,
	RV_RELEASE_RANGES = 4,
};

/* How a recorded value came to be known. */
enum rv_from {
	RV_FROM_NOWHERE = 0,
	RV_FROM_IMAGE,	   /* "computed from the image" */
	RV_FROM_MACHINES,  /* "captured from machines" */
	RV_FROM_PUBLISHED, /* "published" by somebody else */
};

struct rv_provenance {
	enum rv_from from;
	char source[160];
};

struct rv_recorded {
	bool known;
	struct rv_sha384 value;
	struct rv_provenance why;
};

/* RTMR0 of one machine shape. */
struct rv_recorded_shape {
	struct rv_shape shape;
	struct rv_recorded rtmr0;
};

struct rv_release {
	char name[48];	  /* e.g. "dstack-dev-0.5.8" */
	char version[24]; /* "0.5.8" */
	char flavour[16]; /* "prod", "dev", "nvidia", "nvidia-dev" */
	char date[16];	  /* of the tag, YYYY-MM-DD, or "" */
	char url[200];	  /* of the tarball, or "" */
	bool has_tarball;
	struct rv_sha256 tarball;
	bool has_os_image_hash;
	struct rv_sha256 os_image_hash;
	struct rv_provenance os_image_hash_why;
	struct {
		char name[48];
		struct rv_sha256 sha256;
	} file[RV_RELEASE_FILES];
	size_t files;
	bool iso; /* the root file system is a CD, not a verity disk */
	/* What the firmware of this release measures. */
	char edk2[64]; /* commit or tag */
	enum rv_ovmf ovmf;
	struct rv_buf td_hob; /* owned; measurement.tdx.cbor's witness form */
	struct rv_recorded cfv;
	struct rv_recorded single_pass, two_pass; /* MRTD */
	struct rv_recorded_shape *shape;	  /* owned */
	size_t shapes;
	/* RTMR1 holds for these memory sizes (bytes, both ends included) and
	 * for a kernel header as QEMU writes it: always below 10.0, since 10.0
	 * for firmware that does not read etc/boot/kernel, not since 10.2. */
	struct rv_recorded rtmr1, kernel;
	struct {
		uint64_t min, max;
	} memory[RV_RELEASE_RANGES];
	size_t ranges;
	struct rv_recorded rtmr2, cmdline, initrd;
	struct rv_values_platforms platforms; /* of measurement.* */
};

/* Is @json a record, by its member "schema"? */
RV_API bool rv_release_is(struct rv_span json);
/* Strict: unknown members are refused, so that a typing error is noticed. */
RV_API RV_MUST bool rv_release_read(struct rv_span json, struct rv_release *out,
				    struct rv_err *err);
RV_API void rv_release_free(struct rv_release *r);

/*
 * A record as text, a line feed at its end; owned, rv_buf_free(). What people
 * wrote of it, and captured shapes in dstack's words ("note", "rtmr0"), are
 * those of @older, the text of a record, or empty.
 */
RV_API RV_MUST bool rv_release_write(const struct rv_release *r,
				     struct rv_span older, struct rv_buf *out,
				     struct rv_err *err);

/* ---- making a record ---- */

/* What an image does not say of itself. All borrowed. */
struct rv_release_about {
	const char *name; /* NULL: the image's own */
	const char *file; /* of the tarball, or the folder's; in sources */
	const struct rv_sha256 *tarball; /* of its bytes; NULL: a folder */
};

/*
 * The record of @image, every value computed from its files. RV_INPUT when one
 * cannot be, when RTMR1 is not the same for 2 GiB of memory and from 2816 MiB
 * on, and when name and metadata.json contradict each other; RV_USAGE when the
 * name is none.
 */
RV_API RV_MUST bool rv_release_from_image(const struct rv_image *image,
					  const struct rv_release_about *about,
					  struct rv_release *out,
					  struct rv_err *err);

/* image-hashes.txt, which upstream publishes beside an image. */
struct rv_image_hashes {
	char name[48];		 /* "dstack-0.6.0", by its archives */
	struct rv_sha256 sha256; /* of the file itself */
	bool has_os_image_hash;	 /* always */
	struct rv_sha256 os_image_hash;
	bool has_mrtd;
	struct rv_sha384 single_pass; /* MRTD */
	bool has_tarball, has_uki;
	struct rv_sha256 tarball, uki;
	char unknown[48]; /* a name that nothing is known of, or "" */
};

/* RV_INPUT: a line that is no name and value, a name twice, two images. */
RV_API RV_MUST bool rv_image_hashes_read(struct rv_span text,
					 struct rv_image_hashes *out,
					 struct rv_err *err);
/* The record of what it says; all of it "published". */
RV_API RV_MUST bool rv_release_from_hashes(const struct rv_image_hashes *h,
					   struct rv_release *out,
					   struct rv_err *err);

enum { RV_RELEASE_DIFFERS = 400 };

/*
 * The members of which both say something, and not the same: "rtmr2.value".
 * Dates, addresses and captured shapes are not looked at. False: there is none.
 */
RV_API bool rv_release_differs(const struct rv_release *a,
			       const struct rv_release *b,
			       char out[RV_RELEASE_DIFFERS]);
/* What @r does not say, and @older does, into @r; but for the shapes. */
RV_API RV_MUST bool rv_release_keep(const struct rv_release *older,
				    struct rv_release *r, struct rv_err *err);

/* What the release decides of a machine's shape, unless stated already. */
RV_API void rv_release_shape(const struct rv_release *r,
			     struct rv_shape *shape);

/*
 * What of @r a shape can be solved with, into @in; the document is @d, which
 * @in then borrows. False when the record does not say enough.
 */
RV_API bool rv_release_input(const struct rv_release *r, struct rv_document *d,
			     struct rv_measure_input *in);

/*
 * The reference values of @r for a machine of @shape (borrowed). A register
 * that the record says nothing about, for this shape, is not known, with the
 * reason. With @acpi RTMR0 is computed where no machine of this shape was
 * captured; it may be NULL, then @acpi_why (or NULL) says why.
 */
RV_API RV_MUST bool
rv_release_values(const struct rv_release *r, const struct rv_shape *shape,
		  const struct rv_acpi_digests *acpi, const char *acpi_why,
		  struct rv_values *out, struct rv_err *err);

/* Is any register known at all, or only where the image is? */
RV_API bool rv_release_has_registers(const struct rv_release *r);

enum { RV_RELEASE_MEANT = 200 };

/*
 * Up to four names of the @n records that somebody may have meant by @name:
 * those of that version ("0.5.8", "v0.5.8"), else those spelled most alike;
 * "" when there are none.
 */
RV_API void rv_release_meant(const struct rv_release *all, size_t n,
			     const char *name, char out[RV_RELEASE_MEANT]);

/* ---- which release a machine runs ---- */

/* What of a record is compared with what a machine said. */
enum rv_fit {
	RV_FIT_MRTD,
	RV_FIT_RTMR1,
	RV_FIT_RTMR2,
	RV_FIT_OS_IMAGE_HASH, /* that RTMR3 recorded: the guest's own word */
	RV_FITS
};

/* "mrtd", "rtmr1", "rtmr2", "os_image_hash" */
RV_API const char *rv_fit_name(enum rv_fit what);

/* What a machine said of its image. */
struct rv_release_said {
	bool has_registers;
	struct rv_sha384 mrtd, rtmr1, rtmr2;
	bool has_os_image_hash;
	struct rv_sha256 os_image_hash;
};

/*
 * Out of a quote, or where there is none out of what somebody claims the
 * registers are, and out of a replayed log; NULL is what there is not. False:
 * there is nothing to go by.
 */
RV_API bool rv_release_said(const struct rv_quote *q,
			    const struct rv_mrs *claimed,
			    const struct rv_replay *replay,
			    struct rv_release_said *out);

/* Sets of 1u << enum rv_fit: recorded, and equal or not. */
struct rv_release_fit {
	unsigned same, other;
};

RV_API struct rv_release_fit rv_release_fit(const struct rv_release *r,
					    const struct rv_release_said *s);
/*
 * Is it the image of the record? RTMR1 and RTMR2 (kernel, command line with
 * the root file system's hash, initramfs) are recorded and equal, and nothing
 * else that is recorded differs.
 */
RV_API bool rv_release_fits(const struct rv_release_fit *f);

/* The recorded shape whose RTMR0 is @rtmr0, or NULL. Borrows from @r. */
RV_API const struct rv_recorded_shape *
rv_release_find_shape(const struct rv_release *r,
		      const struct rv_sha384 *rtmr0);

#ifdef __cplusplus
}
#endif

#endif
