/* SPDX-License-Identifier: Apache-2.0 */
/* oci.h - what the files that read images share. */
#ifndef RV_OCI_H
#define RV_OCI_H

#include "archive.h"
#include "json.h"

enum {
	OCI_INDEX_DEPTH = 8,
	OCI_MANIFESTS_MAX = 1024,
	OCI_LAYERS_MAX = 1024,
	OCI_TAGS_MAX = 256,
	OCI_PATH = 160, /* room for "blobs/ALGORITHM/HEX" */
	/* Which list names which, over all indexes. */
	OCI_EDGES_MAX = 4096,
};

/* What a manifest lists, for comparing it with docker's manifest.json. */
struct manifest {
	struct rv_oci_digest config;
	struct rv_oci_digest *layer; /* owned */
	size_t n_layer;
	size_t nr;		    /* its place in visited */
	bool docker;		    /* manifest.json names it too */
	struct rv_oci_image *image; /* once all are read; NULL: not shown */
};

/* An index, and what it lists, as places in visited. */
struct edge {
	size_t parent, child;
};

/* A manifest or an index that was listed; all its digests, once it was read. */
struct visited {
	struct rv_oci_sums sums; /* not known: only by[named] */
	bool known;
	bool alias; /* listed by its other digest, too, and checked there */
};

/* The platform that a manifest is listed for. */
struct listed_for {
	char *platform; /* NULL: none is said; owned */
	bool other;	/* another entry says another */
};

struct image_walk {
	struct archive_index *s;
	const struct rv_oci_opts *opts;
	struct rv_oci *o;
	bool flat;		 /* dir: blobs lie beside the manifest */
	struct visited *visited; /* manifests and indexes; owned */
	size_t n_visited;
	struct listed_for *listed_for; /* of each visited; owned */
	struct edge *edge;	       /* owned */
	size_t n_edge;
	struct manifest *manifest; /* owned */
	size_t n_manifest;
};

/* Room for one more in an array of @n; *array is changed on success only. */
RV_MUST bool rv_array_more(void *array, size_t n, size_t size,
			   struct rv_err *err);
/* "sha256:" and 64 hex digits into @out. */
void rv_sha256_text(const struct rv_sha256 *d, char out[72]);

/* ---- descriptors (descriptor.c) ---- */

enum media {
	MEDIA_UNKNOWN,
	MEDIA_INDEX,
	MEDIA_MANIFEST,
	MEDIA_CONFIG,
	MEDIA_LAYER,
	MEDIA_LAYER_GZIP,
	MEDIA_LAYER_ZSTD,
};

enum media rv_oci_media(struct rv_span type);

/* Image-spec, descriptor.md. Spans and JSON borrow from the document. */
struct descriptor {
	struct rv_oci_digest digest;
	uint64_t size;
	struct rv_span media_type; /* p NULL: not said */
	enum media media;
	const rv_json *json;
};

RV_MUST bool rv_oci_descriptor(const rv_json *j, struct descriptor *out,
			       struct rv_err *err);
RV_MUST bool rv_oci_digest_parse(struct rv_span text, struct rv_oci_digest *out,
				 struct rv_err *err);
struct rv_oci_digest rv_oci_sha256(const struct rv_sha256 *d);
/* Where a layout has the blob that @d names. */
void rv_oci_blob_path(const struct rv_oci_digest *d, char out[OCI_PATH]);
/* The digest of what lies in @i, by the algorithm of something's name. */
RV_MUST bool rv_oci_file_digest(struct image_walk *r, struct archive_file *i,
				enum rv_oci_alg alg, struct rv_oci_digest *out,
				struct rv_err *err);
/* Every digest of a document that is called by @named here. */
RV_MUST bool rv_oci_sums_of(struct rv_span bytes, enum rv_oci_alg named,
			    struct rv_oci_sums *out, struct rv_err *err);
bool rv_oci_is(const struct rv_oci_sums *s, const struct rv_oci_digest *d);
bool rv_oci_is_visited(const struct visited *v, const struct rv_oci_digest *d);
/* An annotation's text, or an empty span. */
struct rv_span rv_oci_annotation(const struct descriptor *d, const char *key);
/* What index.json calls it: in full where containerd wrote it; or empty. */
struct rv_span rv_oci_name(const struct descriptor *d);
/* "os/arch[/variant]" of an object with such members; NULL: it says none. */
RV_MUST bool rv_oci_platform(const rv_json *j, char **out, struct rv_err *err);
/* The platform that its list promises, as an engine reads it; or NULL. */
RV_MUST bool rv_oci_promised(const struct descriptor *d, char **out,
			     struct rv_err *err);
/* The blob that @d names, its size right; NULL: it is not there. */
RV_MUST bool rv_oci_find(struct image_walk *r, const struct descriptor *d,
			 struct archive_file **out, struct rv_err *err);
/* The document that @d names: digest checked, JSON read. */
RV_MUST bool rv_oci_document(struct image_walk *r, const struct descriptor *d,
			     struct archive_file *i, struct rv_oci_sums *sums,
			     rv_json **out, struct rv_err *err);
RV_MUST bool rv_oci_json(struct rv_span text, const char *what, rv_json **out,
			 struct rv_err *err);
/* No two members that differ only in case (json_case.c). */
RV_MUST bool rv_json_case_unique(const rv_json *j, struct rv_err *err);
bool rv_oci_blob_missing(const struct descriptor *d, struct rv_err *err);

/* ---- images (image.c) ---- */

/* The image that manifest @j, visited as @nr, describes: config, layers... */
RV_MUST bool rv_oci_image_read(struct image_walk *r, const struct descriptor *d,
			       size_t nr, struct archive_file *manifest,
			       const rv_json *j, const char *via,
			       struct rv_err *err);

/* Where an image's parts were found; all borrowed. */
struct parts {
	struct archive_file *config;
	struct archive_file **layer;
	size_t n;
};

/*
 * The rest of an image whose config's digest is proven and whose blobs were
 * all found: its diffIDs, and what it contains. Faults go to img->fault.
 */
RV_MUST bool rv_oci_image_fill(struct image_walk *r, const rv_json *config,
			       const struct parts *p, struct rv_oci_image *img,
			       struct rv_err *err);
void rv_oci_image_free(struct rv_oci_image *img);
RV_MUST bool rv_oci_add_image(struct image_walk *r, struct rv_oci_image *img,
			      struct rv_err *err);
/* Is this platform asked for? */
bool rv_oci_wanted(const struct image_walk *r, const char *platform);

/* ---- layouts (layout.c) and docker archives (docker.c) ---- */

/* BuildKit's attestations are manifests beside the images they speak of. */
bool rv_oci_is_attestation(const struct descriptor *d);
/* Index or manifest? By what it holds; and it must be called so, too. */
RV_MUST bool rv_oci_classify(const struct descriptor *d, const rv_json *j,
			     enum media *out, struct rv_err *err);
RV_MUST bool rv_oci_walk(struct image_walk *r, const rv_json *index,
			 struct rv_err *err);
RV_MUST bool rv_oci_read_dir(struct image_walk *r,
			     struct archive_file *manifest, struct rv_err *err);
RV_MUST bool rv_oci_docker(struct image_walk *r, const rv_json *list,
			   struct rv_err *err);
/* Bounds and form of the list in manifest.json. */
RV_MUST bool rv_oci_docker_list(const rv_json *list, struct rv_err *err);
/* The file that a member of the list names; it must be there. */
RV_MUST bool rv_oci_docker_file(struct image_walk *r, const rv_json *name,
				struct archive_file **out, struct rv_err *err);
/* What lists each image, now that all have been read. */
RV_MUST bool rv_oci_origins(const struct image_walk *r, struct rv_err *err);

/* ---- platforms, "os/arch[/variant]" (platform.c) ---- */

/* Are these two names of one? */
bool rv_oci_is_platform(const char *a, const char *b);
/* Is the first what the second is, or a variant of it? */
bool rv_oci_is_variant(const char *platform, const char *of);
/* What an engine goes by to choose @img from an index; NULL: not known. */
const char *rv_oci_engine_platform(const struct rv_oci_image *img);
/* Is one of the two the other, or a variant of it? */
bool rv_oci_same_platform(const char *a, const char *b);

/* Are two paths of refval-tree 1 one, but for accents that stand apart? */
bool rv_oci_decomposed(struct rv_span a, struct rv_span b);

RV_MUST bool rv_oci_add_tag(struct rv_oci_image *img, struct rv_span tag,
			    struct rv_err *err);
/* Do both have a name that is the same? */
bool rv_oci_same_tag(const struct rv_oci_image *a,
		     const struct rv_oci_image *b);

/* ---- names, and archives with two lists (lists.c) ---- */

/* Every name that @index gives to an image; the list may be NULL. */
RV_MUST bool rv_oci_tags(struct image_walk *r, const rv_json *index,
			 struct rv_err *err);
/* Does manifest.json say the same as index.json? */
RV_MUST bool rv_oci_docker_agrees(struct image_walk *r, const rv_json *index,
				  const rv_json *list, struct rv_err *err);

#endif
