/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash_image.h - the digests of container images, from files alone: OCI
 * layouts and archives, docker archives of every age, dir: folders. Every
 * digest is computed from bytes and compared with whatever names it.
 */
#ifndef REFVAL_HASH_IMAGE_H
#define REFVAL_HASH_IMAGE_H

#include <refval/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum rv_packing {
	RV_PACKING_NONE,
	RV_PACKING_GZIP,
	RV_PACKING_ZSTD,
	RV_PACKING_OTHER, /* recognised and refused: xz, bzip2, ... */
};

/* Things that change no digest but that an auditor wants to know. */
enum rv_oci_saw {
	RV_SAW_PAX_GLOBAL = 1 << 0,
	RV_SAW_SPARSE = 1 << 1,
	RV_SAW_LIBARCHIVE_XATTR = 1 << 2,
	RV_SAW_WHITEOUT_NOTHING = 1 << 3,
	RV_SAW_WHITEOUT_TYPE = 1 << 4,
	RV_SAW_WHITEOUT_OTHER = 1 << 5,
	RV_SAW_PACKING = 1 << 6,
	RV_SAW_PLATFORM = 1 << 7,
	RV_SAW_TAG_TWICE = 1 << 8,
	RV_SAW_OTHER_TAGS = 1 << 9,
	RV_SAW_OTHER_IMAGES = 1 << 10,
	RV_SAW_NO_END_MARK = 1 << 11,
	RV_SAW_LINK_ABSOLUTE = 1 << 12,
	RV_SAW_BITS = 13, /* how many there are */
};

/* The name of one, "pax-global", and a sentence about it. */
RV_API const char *rv_oci_saw_name(unsigned bit);
RV_API const char *rv_oci_saw_text(unsigned bit);

/* The algorithms of image-spec, descriptor.md, that are verified here. */
enum rv_oci_alg { RV_OCI_SHA256, RV_OCI_SHA512, RV_OCI_ALGS };

/* "sha256:..." or "sha512:...": what a descriptor names content by. */
struct rv_oci_digest {
	enum rv_oci_alg alg;
	uint8_t b[64]; /* behind a digest that is shorter: zeros */
};

enum { RV_OCI_TEXT = 136 }; /* the longest as text, and its NUL */

RV_API void rv_oci_digest_text(const struct rv_oci_digest *d,
			       char out[RV_OCI_TEXT]);
RV_API bool rv_oci_same(const struct rv_oci_digest *a,
			const struct rv_oci_digest *b);

/*
 * The digests of one document's bytes, whoever names it by which: a pin may
 * choose another algorithm than the index that lists it.
 */
struct rv_oci_sums {
	struct rv_oci_digest by[RV_OCI_ALGS];
	enum rv_oci_alg named; /* what names it here: by[named] */
};

struct rv_oci_layer {
	struct rv_sha256 blob, diffid, chainid;
	/* What the manifest and the config say, once it is proven. */
	struct rv_oci_digest named, said;
	bool has_named, has_said;
	struct rv_sha256 text; /* refval-layer 1 */
	/* What is not proven is not there: a docker archive has no blobs. */
	bool has_blob, has_diffid, has_text;
	uint64_t size, tar_size; /* as stored, and unpacked */
	enum rv_packing packing;
	char *name;	  /* of the entry it was found in; owned */
	char *media_type; /* NULL: the format names none; owned */
	char **url;	  /* where a layer that is kept elsewhere is; owned */
	size_t n_url;
	struct rv_buf lines; /* of refval-layer 1, when asked; owned */
	/* Not of the content: the entries' times, and the entries' order. */
	struct rv_sha256 times, order;
};

struct rv_oci_image {
	struct rv_oci_sums manifest, config;
	bool has_manifest, has_config;
	char *platform; /* "linux/amd64"; owned */
	char *via;	/* what lists it: "index.json", a digest, NULL; owned */
	/* Every index that lists it, or lists an index that does; owned. */
	struct rv_oci_sums *above;
	size_t n_above;
	/* The platform that it is listed for, which an engine goes by. */
	char *promised;	     /* NULL: none is said; owned */
	bool promised_other; /* and, elsewhere in the lists, for another */
	char **tag;	     /* owned */
	size_t n_tag;
	struct rv_oci_layer *layer; /* bottom first; owned */
	size_t n_layer;
	/* refval-tree 1, refval-config 1, refval-image 1 */
	struct rv_sha256 tree, meaning, image;
	bool has_tree, has_meaning, has_image;
	unsigned saw; /* enum rv_oci_saw */
	/*
	 * Why there is no content digest, or which blob is not what names it.
	 * code RV_OK: nothing is wrong. Each has an id, "E_...".
	 */
	struct rv_err fault;
	bool strict; /* the digests that do not need the content are proven */
	struct rv_buf manifest_json, config_json; /* as stored; owned */
	struct rv_buf meaning_text; /* of refval-config 1; owned */
	struct rv_buf tree_text;    /* of refval-tree 1, when asked; owned */
};

/* A manifest that is listed, and that cannot be read whole from here. */
struct rv_oci_missing {
	struct rv_oci_digest manifest;
	char *platform;	     /* as its descriptor says; NULL: does not; owned */
	bool found;	     /* the manifest itself is here */
	struct rv_err fault; /* which blob is not here */
	/* What is known all the same of one whose layers are kept elsewhere. */
	struct rv_oci_image *known; /* NULL: nothing; owned */
};

/* Something listed that an engine may run, and that was not read here. */
struct rv_oci_unread {
	char *platform; /* that it is listed for; NULL: not known; owned */
	struct rv_oci_sums *above; /* as of images; owned */
	size_t n_above;
};

/* What a registry serves under the name of this image, if it holds it so. */
struct rv_oci_served {
	struct rv_oci_digest digest;
	bool index;
	char *tag; /* NULL: none; owned */
};

struct rv_oci {
	const char *format; /* "oci-archive", "docker-archive", ... */
	struct rv_sha256 archive;
	bool has_archive;
	struct rv_oci_sums *index; /* every index, outermost first; owned */
	size_t n_index;
	struct rv_oci_image *image; /* owned */
	size_t n_image;
	struct rv_oci_missing *missing; /* owned */
	size_t n_missing;
	struct rv_oci_unread *unread; /* owned */
	size_t n_unread;
	struct rv_oci_digest *attestation; /* owned */
	size_t n_attestation;
	struct rv_oci_digest *other; /* listed, and no image; owned */
	size_t n_other;
	struct rv_oci_served *served; /* owned */
	size_t n_served;
	const char *not_served; /* why none, in words; NULL: there is one */
	bool made_up; /* the manifest was written while saving, for no registry
		       */
};

struct rv_oci_opts {
	const char *platform; /* only this, "linux/arm64"; NULL: all */
	bool strict;	      /* no content digests: nothing is looked into */
	bool archive;	      /* the digest of the archive, too */
	bool tree_text;	      /* keep the text of refval-tree 1 */
	bool layer_text;      /* keep the texts of refval-layer 1 */
	uint64_t max;	      /* unpacked bytes of one layer; 0: no bound */
	/*
	 * Called now and then with bytes of input read so far, by one thread at
	 * a time, but not always by the same; may be NULL.
	 */
	void (*progress)(void *arg, uint64_t bytes);
	void *arg; /* borrowed */
};

/*
 * Read the archive, the folder, or ("-") standard input at @path. False: it
 * is no image, or what it says of itself is not true as a whole. A fault of
 * one image among several is that image's. A file that is cut while it is read
 * is RV_SYSTEM.
 */
RV_API RV_MUST bool rv_oci_read(const char *path,
				const struct rv_oci_opts *opts,
				struct rv_oci *out, struct rv_err *err);
RV_API void rv_oci_free(struct rv_oci *o);
/*
 * Is @path a container image: docker archive, OCI layout or archive, dir:
 * folder? Told by the names that are in it; false for whatever else can be
 * read, which is then somebody else's to refuse.
 */
RV_API RV_MUST bool rv_oci_is_image(const char *path, bool *out,
				    struct rv_err *err);

/*
 * Is the only fault of @img that its config names no os or no architecture?
 * All else is known, and two such images can be told apart.
 */
RV_API bool rv_oci_no_platform(const struct rv_oci_image *img);

/* The id of a fault, "E_BLOB_DIGEST"; or "". */
RV_API struct rv_span rv_oci_code(const struct rv_err *fault);

/* ---- two images beside each other (compare.c) ---- */

enum rv_oci_kind {
	RV_KIND_ARCHIVE,
	RV_KIND_INDEX,
	RV_KIND_MANIFEST,
	RV_KIND_CONFIG,
	RV_KIND_LAYERS,
	RV_KIND_DIFFIDS,
	RV_KIND_LAYER,	 /* refval-layer 1 of each */
	RV_KIND_TREE,	 /* refval-tree 1 */
	RV_KIND_MEANING, /* refval-config 1 */
	RV_KIND_IMAGE,	 /* refval-image 1 */
	RV_KINDS,
};

/* As the field of refval.hash/1 is called. */
RV_API const char *rv_oci_kind_name(enum rv_oci_kind kind);

enum rv_oci_tri { RV_UNKNOWN, RV_SAME, RV_DIFFER };

/* Something that is not the same, in words. */
struct rv_oci_finding {
	char *where; /* "config.Env", "/etc/passwd", "layer 2"; owned */
	char *what;  /* "mode 0644, 0600"; owned */
	bool minor;  /* tells only when or how it was built */
};

struct rv_oci_findings {
	struct rv_oci_finding *item; /* owned */
	size_t n;
	size_t more; /* found, and not kept */
};

struct rv_oci_compared {
	enum rv_oci_tri kind[RV_KINDS];
	enum rv_oci_tri platform;
	struct rv_oci_findings layer, config, file;
	size_t added, removed, changed; /* files */
	unsigned fields; /* RV_FIELD_... that differ in some file */
};

enum {
	RV_FIELD_TYPE = 1 << 0,
	RV_FIELD_MODE = 1 << 1,
	RV_FIELD_OWNER = 1 << 2,
	RV_FIELD_CONTENT = 1 << 3, /* size, content, target, device */
	RV_FIELD_XATTR = 1 << 4,
};

/* The texts of both trees must have been kept, or files are not listed. */
RV_API RV_MUST bool
rv_oci_compare(const struct rv_oci *a, const struct rv_oci_image *ai,
	       const struct rv_oci *b, const struct rv_oci_image *bi,
	       struct rv_oci_compared *out, struct rv_err *err);
RV_API void rv_oci_compared_free(struct rv_oci_compared *c);

/*
 * Which image of @b belongs beside each of @a: the one of the same tag, of
 * the same digests, or of the same platform, each beside one only. @pair has
 * room for all of @a; SIZE_MAX is none.
 */
RV_API RV_MUST bool rv_oci_pairs(const struct rv_oci *a, const struct rv_oci *b,
				 size_t *pair, struct rv_err *err);

/* ---- a pin and a rebuild (match.c) ---- */

/* "[DOMAIN/]PATH[:TAG][@DIGEST]", as compose files name images. */
struct rv_oci_ref {
	char *name; /* with domain, "docker.io/library/app"; owned */
	char *tag;  /* NULL: none; owned */
	struct rv_oci_digest digest;
	bool has_digest;
};

/* Stricter than docker: sha256 or sha512, in lower case, and whole. */
RV_API RV_MUST bool rv_oci_ref_parse(struct rv_span text,
				     struct rv_oci_ref *out,
				     struct rv_err *err);
/*
 * The same of @text that may be no such name: *is tells, and *out is only then
 * set. False only for RV_SYSTEM: what could not be read is not no name.
 */
RV_API RV_MUST bool rv_oci_ref_is(struct rv_span text, struct rv_oci_ref *out,
				  bool *is, struct rv_err *err);
RV_API void rv_oci_ref_free(struct rv_oci_ref *r);

/* L0 to L5. */
enum { RV_RUNGS = 6 };
/* "L0" to "L5"; "none" for any other number. */
RV_API const char *rv_oci_level_name(int level);

struct rv_oci_match {
	enum rv_oci_tri rung[RV_RUNGS];
	char why[RV_RUNGS][256]; /* what was compared, or why it was not */
	int level;		 /* the highest that is the same; -1: none */
	enum rv_code verdict;	 /* RV_OK, RV_NO, RV_INPUT: cannot tell */
	char reason[256];
	struct rv_oci_compared with; /* of the pinned side, when known */
	bool compared;
};

/*
 * Does the rebuild @r have what @pin names? @pinned is the pinned side, NULL
 * when only its digest is known; it must have been proven to be @pin's.
 */
RV_API RV_MUST bool rv_oci_match(const struct rv_oci_digest *pin,
				 const struct rv_oci *r,
				 const struct rv_oci *pinned,
				 struct rv_oci_match *out, struct rv_err *err);
RV_API void rv_oci_match_free(struct rv_oci_match *m);

/*
 * The pinned side from a few kilobytes: its manifest, or its index and the
 * manifest, and the config; no layers. Each is checked against @pin.
 */
RV_API RV_MUST bool rv_oci_pinned(const struct rv_oci_digest *pin,
				  const struct rv_span *manifest, size_t n,
				  struct rv_span config, struct rv_oci *out,
				  struct rv_err *err);

/* ---- where two layers begin to differ (first.c) ---- */

enum { RV_OCI_SHOWN_MAX = 64 << 10 };

/* An entry of a tar, as its bytes are: at most RV_OCI_SHOWN_MAX of each. */
struct rv_oci_entry {
	bool there; /* false: the tar has no more entries */
	struct rv_buf
	    head;   /* the headers that describe it, and its own; owned */
	size_t own; /* where in @head its own starts, 512 bytes */
	struct rv_buf data; /* owned */
	uint64_t size;	    /* of all its data */
};

struct rv_oci_first {
	bool differs; /* false: all entries are the same, and what is behind
			 them is not */
	size_t entry; /* which, from 1 */
	struct rv_oci_entry side[2];
};

/*
 * Read @layer of the archives at @path again, as far as they agree. For people
 * to look at: what was proven of the layers may have changed since.
 */
RV_API RV_MUST bool
rv_oci_first_difference(const char *const path[2],
			const struct rv_oci_layer *const layer[2],
			struct rv_oci_first *out, struct rv_err *err);
RV_API void rv_oci_first_free(struct rv_oci_first *f);

/* ---- builds that should be one (rebuild.c) ---- */

struct rv_oci_cause {
	const char *name; /* "timestamps", "compression", ... */
	char *detail;	  /* owned */
	const char *fix;
};

struct rv_oci_rebuild {
	/* The strictest kind that is the same in all; RV_KINDS: none. */
	enum rv_oci_kind level;
	enum rv_oci_tri kind[RV_KINDS]; /* over all builds */
	struct rv_oci_cause *cause;	/* owned */
	size_t n_cause;
};

/* @n builds, each with one image at @image[i]. */
RV_API RV_MUST bool rv_oci_rebuild(const struct rv_oci *build, size_t n,
				   struct rv_oci_rebuild *out,
				   struct rv_err *err);
RV_API void rv_oci_rebuild_free(struct rv_oci_rebuild *r);

#ifdef __cplusplus
}
#endif

#endif
