/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout.c - from index.json down to every manifest (image-spec,
 * image-layout.md and image-index.md), and skopeo's dir: folders.
 */
#include "oci.h"
#include "json.h"

#include <stdlib.h>
#include <strings.h>

/* What is known on the way down. */
struct at {
	unsigned depth;
	const char *via;
	bool listed;  /* by an index that was visited, */
	size_t index; /* this one */
};

static bool walk_list(struct image_walk *r, const rv_json *index,
		      const struct at *at, struct rv_err *err);

/*
 * Some tools list every child again at the top: each document counts once, by
 * whichever of its digests it is listed.
 */
static bool visit(struct image_walk *r, const struct rv_oci_digest *d,
		  bool *again, size_t *nr, struct rv_err *err)
{
	struct visited v = { 0 };

	for (*nr = 0; *nr < r->n_visited; ++*nr) {
		*again = rv_oci_is_visited(&r->visited[*nr], d);
		if (*again)
			return true;
	}
	*again = false;
	if (r->n_visited == OCI_MANIFESTS_MAX)
		return rv_fault(err, "E_MANIFESTS", "more than %d manifests",
				OCI_MANIFESTS_MAX);
	if (!rv_array_more(&r->visited, r->n_visited, sizeof v, err) ||
	    !rv_array_more(&r->listed_for, r->n_visited, sizeof *r->listed_for,
			   err))
		return false;
	r->listed_for[r->n_visited] = (struct listed_for){ 0 };
	v.sums.named = d->alg;
	v.sums.by[d->alg] = *d;
	r->visited[r->n_visited++] = v;
	return true;
}

static bool add_digest(struct rv_oci_digest **list, size_t *n,
		       const struct rv_oci_digest *d, struct rv_err *err)
{
	if (!rv_array_more(list, *n, sizeof *d, err))
		return false;
	(*list)[(*n)++] = *d;
	return true;
}

/* The platform that this entry lists it for, beside what others said. */
static bool add_platform(struct listed_for *p, const struct descriptor *d,
			 struct rv_err *err)
{
	RV_AUTO(rv_free) char *said = NULL;

	if (!rv_oci_promised(d, &said, err))
		return false;
	if (said && p->platform && !rv_oci_same_platform(said, p->platform))
		p->other = true;
	if (said && !p->platform)
		p->platform = RV_TAKE(said);
	return true;
}

/* The indexes above what was visited as @nr. */
static bool above(const struct image_walk *r, size_t nr,
		  struct rv_oci_sums **list, size_t *n, struct rv_err *err)
{
	RV_AUTO(rv_free) bool *in = calloc(r->n_visited + 1, sizeof *in);
	bool more = true;

	if (!in)
		return rv_no_memory(err, "index");
	in[nr] = true;
	while (more) {
		more = false;
		for (size_t i = 0; i < r->n_edge; i++) {
			const struct edge *e = &r->edge[i];

			if (!in[e->child] || in[e->parent])
				continue;
			in[e->parent] = more = true;
		}
	}
	for (size_t i = 0; i < r->n_visited; i++) {
		if (!in[i] || i == nr)
			continue;
		if (!rv_array_more(list, *n, sizeof(**list), err))
			return false;
		(*list)[(*n)++] = r->visited[i].sums;
	}
	return true;
}

static bool is_shown(const struct rv_oci *o, const struct visited *v)
{
	for (size_t i = 0; i < o->n_image; i++) {
		const struct rv_oci_sums *m = &o->image[i].manifest;

		if (o->image[i].has_manifest &&
		    rv_oci_is_visited(v, &m->by[m->named]))
			return true;
	}
	for (size_t i = 0; i < o->n_index; i++)
		if (rv_oci_is_visited(v, &o->index[i].by[o->index[i].named]))
			return true;
	for (size_t i = 0; i < o->n_attestation; i++)
		if (rv_oci_is_visited(v, &o->attestation[i]))
			return true;
	return false;
}

/* What is listed for a platform, or is missing, and is no image here. */
static bool note_unread(const struct image_walk *r, size_t nr,
			struct rv_err *err)
{
	struct rv_oci *o = r->o;
	const char *platform = r->listed_for[nr].platform;
	struct rv_oci_unread *u;
	bool missing = false;

	if (is_shown(o, &r->visited[nr]))
		return true;
	for (size_t i = 0; i < o->n_missing; i++) {
		if (!rv_oci_is_visited(&r->visited[nr],
				       &o->missing[i].manifest))
			continue;
		missing = true;
		platform = platform ? platform : o->missing[i].platform;
	}
	if (!missing && !platform)
		return true;
	if (!rv_array_more(&o->unread, o->n_unread, sizeof *u, err))
		return false;
	u = &o->unread[o->n_unread++];
	*u = (struct rv_oci_unread){ 0 };
	if (platform &&
	    !rv_text_copy(rv_text(platform), "platform", &u->platform, err))
		return false;
	return above(r, nr, &u->above, &u->n_above, err);
}

bool rv_oci_origins(const struct image_walk *r, struct rv_err *err)
{
	for (size_t i = 0; i < r->o->n_image; i++) {
		struct rv_oci_image *img = &r->o->image[i];
		size_t nr = 0;

		while (
		    nr < r->n_visited &&
		    !rv_oci_is_visited(&r->visited[nr],
				       &img->manifest.by[img->manifest.named]))
			nr++;
		if (!img->has_manifest || nr == r->n_visited)
			continue;
		if (r->listed_for[nr].platform &&
		    !rv_text_copy(rv_text(r->listed_for[nr].platform),
				  "platform", &img->promised, err))
			return false;
		img->promised_other = r->listed_for[nr].other;
		if (!above(r, nr, &img->above, &img->n_above, err))
			return false;
	}
	for (size_t nr = 0; nr < r->n_visited; nr++)
		if (!note_unread(r, nr, err))
			return false;
	return true;
}

static bool add_edge(struct image_walk *r, size_t parent, size_t child,
		     struct rv_err *err)
{
	if (r->n_edge == OCI_EDGES_MAX)
		return rv_fault(err, "E_MANIFESTS",
				"more than %d entries in indexes",
				OCI_EDGES_MAX);
	if (!rv_array_more(&r->edge, r->n_edge, sizeof *r->edge, err))
		return false;
	r->edge[r->n_edge++] = (struct edge){ parent, child };
	return true;
}

/*
 * BuildKit's attestations are manifests beside the images they speak of, for
 * no platform. Their annotation alone says nothing: engines go by platform.
 */
bool rv_oci_is_attestation(const struct descriptor *d)
{
	const rv_json *p = rv_json_get(d->json, "platform");

	return rv_same_text(rv_json_text(rv_json_get(p, "os")), "unknown") &&
	       rv_same_text(rv_json_text(rv_json_get(p, "architecture")),
			    "unknown");
}

/* The blobs of what is no image, where they are here: as they are called? */
static bool check_blobs(struct image_walk *r, const rv_json *j,
			struct rv_err *err)
{
	const rv_json *layers = rv_json_get(j, "layers");
	size_t n = rv_json_size(layers);

	for (size_t i = 0; i <= n; i++) {
		struct descriptor d;
		struct rv_oci_digest sum;
		struct archive_file *file;

		if (i == n && !rv_json_get(j, "config"))
			break;
		if (!rv_oci_descriptor(i < n ? rv_json_at(layers, i)
					     : rv_json_get(j, "config"),
				       &d, err) ||
		    !rv_oci_find(r, &d, &file, err))
			return false;
		if (!file)
			continue;
		if (!rv_oci_file_digest(r, file, d.digest.alg, &sum, err))
			return false;
		if (!rv_oci_same(&sum, &d.digest))
			return rv_fault(err, "E_BLOB_DIGEST",
					"%s has another digest", file->name);
	}
	return true;
}

/* The document of what was visited as @nr, which is known from here on. */
static bool read_visited(struct image_walk *r, const struct descriptor *d,
			 struct archive_file *i, size_t nr, rv_json **out,
			 struct rv_err *err)
{
	struct rv_oci_sums sums;

	if (!rv_oci_document(r, d, i, &sums, out, err))
		return false;
	r->visited[nr].sums = sums;
	r->visited[nr].known = true;
	return true;
}

static bool walk_attestation(struct image_walk *r, const struct descriptor *d,
			     size_t nr, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct archive_file *i;

	if (!rv_oci_find(r, d, &i, err))
		return false;
	if (i &&
	    (!read_visited(r, d, i, nr, &j, err) || !check_blobs(r, j, err)))
		return false;
	return add_digest(&r->o->attestation, &r->o->n_attestation, &d->digest,
			  err);
}

/* Docker's first form of a manifest, by its media types. */
static bool is_schema1(struct rv_span type)
{
#define V1 "application/vnd.docker.distribution.manifest.v1+"
	return rv_same_text(type, V1 "json") ||
	       rv_same_text(type, V1 "prettyjws");
#undef V1
}

static bool schema1(struct rv_err *err)
{
	return rv_fault(err, "E_SCHEMA1",
			"a manifest of docker's schema 1, which names no config"
			" and is signed in itself: engines of today do not run"
			" it; convert the image (skopeo copy)");
}

/* Does its descriptor, or it itself, call it by another type than it is? */
static bool called_otherwise(const struct descriptor *d, const rv_json *type,
			     enum media is)
{
	struct rv_span own = rv_json_text(type);

	return (type && rv_oci_media(own) != is) ||
	       (d->media_type.n && d->media != is) ||
	       (type && d->media_type.n && !rv_same(own, d->media_type));
}

/*
 * What a document is, by what it holds. One that holds both, or another kind
 * than it or its descriptor says, is read differently by different tools.
 */
bool rv_oci_classify(const struct descriptor *d, const rv_json *j,
		     enum media *out, struct rv_err *err)
{
	const rv_json *type = rv_json_get(j, "mediaType");
	bool index = rv_json_get(j, "manifests");
	bool manifest = rv_json_get(j, "layers") || rv_json_get(j, "config");
	enum media is = index ? MEDIA_INDEX : MEDIA_MANIFEST;
	struct rv_span own = rv_json_text(type);

	if (!index && !manifest &&
	    (rv_json_get(j, "fsLayers") || is_schema1(own)))
		return schema1(err);
	if (index == manifest)
		return rv_fault(err, "E_MEDIATYPE_MISMATCH",
				"a document that is %s an"
				" index and a manifest",
				index ? "both" : "neither");
	if (called_otherwise(d, type, is))
		return rv_fault(
		    err, "E_MEDIATYPE_MISMATCH",
		    "%s that is called"
		    " \"%.*s\" and calls itself \"%.*s\"",
		    index ? "an index" : "a manifest",
		    (int)(d->media_type.n < 99 ? d->media_type.n : 99),
		    d->media_type.p ? (const char *)d->media_type.p : "",
		    (int)(own.n < 99 ? own.n : 99),
		    own.p ? (const char *)own.p : "");
	*out = is;
	return true;
}

/*
 * Not a manifest of something else: signatures, charts, SBOMs. Docker takes
 * types that a registry put there by default for an image's, too.
 */
static bool is_image(const rv_json *j)
{
	struct rv_span type =
	    rv_json_text(rv_json_get(rv_json_get(j, "config"), "mediaType"));

	return !type.n || rv_oci_media(type) == MEDIA_CONFIG ||
	       rv_same_text(type, "application/octet-stream") ||
	       rv_same_text(type, "application/json") ||
	       rv_same_text(type, "text/html");
}

/*
 * Does this media type, in any case, belong to a layer? As engines tell: by
 * the family's name; and whatever speaks of a tar is one to be careful with.
 */
static bool of_layer(struct rv_span type)
{
	static const char *const part[] = { "application/vnd.oci.image.",
					    "application/vnd.docker.",
					    "application/octet-stream", "tar" };

	for (size_t i = 0; i < RV_LEN(part); i++)
		for (size_t at = 0, n = strlen(part[i]); at + n <= type.n; at++)
			if (strncasecmp((const char *)type.p + at, part[i],
					n) == 0)
				return true;
	return !type.n;
}

/*
 * Builders put SBOMs and signatures beside an image as manifests with an
 * image's config. No layer of theirs calls itself one.
 */
static bool holds_layers(const rv_json *j)
{
	const rv_json *list = rv_json_get(j, "layers");

	for (size_t i = 0; i < rv_json_size(list); i++)
		if (of_layer(rv_json_text(
			rv_json_get(rv_json_at(list, i), "mediaType"))))
			return true;
	return rv_json_size(list) == 0;
}

/*
 * What stands beside an image. An engine that goes by the config's platform
 * may choose it from an index all the same, as if it were listed for that.
 */
static bool walk_beside(struct image_walk *r, const struct descriptor *d,
			const rv_json *j, size_t nr, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *config = NULL;
	struct listed_for *listed = &r->listed_for[nr];
	struct archive_file *file;
	struct rv_oci_sums sums;
	struct descriptor c;

	if (!rv_oci_descriptor(rv_json_get(j, "config"), &c, err) ||
	    !check_blobs(r, j, err) || !rv_oci_find(r, &c, &file, err))
		return false;
	if (file && !listed->platform &&
	    (!rv_oci_document(r, &c, file, &sums, &config, err) ||
	     !rv_oci_platform(config, &listed->platform, err)))
		return false;
	return add_digest(&r->o->other, &r->o->n_other, &d->digest, err);
}

/* No image can be had from @d: it is not here, or of schema 1. */
static bool add_absent(struct image_walk *r, const struct descriptor *d,
		       const struct rv_err *why, struct rv_err *err)
{
	struct rv_oci *o = r->o;
	struct rv_oci_missing m = { .manifest = d->digest,
				    .found = rv_err_is(why, "E_SCHEMA1"),
				    .fault = *why };

	if (!rv_array_more(&o->missing, o->n_missing, sizeof m, err) ||
	    !rv_oci_promised(d, &m.platform, err))
		return false;
	o->missing[o->n_missing++] = m;
	return true;
}

static bool walk_document(struct image_walk *r, const struct descriptor *d,
			  struct archive_file *i, const struct at *at,
			  size_t nr, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct at below = { .depth = at->depth + 1,
			    .listed = true,
			    .index = nr };
	char text[RV_OCI_TEXT];
	enum media is = MEDIA_UNKNOWN;

	if (!read_visited(r, d, i, nr, &j, err) ||
	    !rv_oci_classify(d, j, &is, err))
		return false;
	if (is == MEDIA_MANIFEST && !is_image(j))
		return add_digest(&r->o->other, &r->o->n_other, &d->digest,
				  err);
	if (is == MEDIA_MANIFEST && !holds_layers(j))
		return walk_beside(r, d, j, nr, err);
	if (is == MEDIA_MANIFEST)
		return rv_oci_image_read(r, d, nr, i, j, at->via, err);
	if (!rv_array_more(&r->o->index, r->o->n_index, sizeof *r->o->index,
			   err))
		return false;
	r->o->index[r->o->n_index++] = r->visited[nr].sums;
	rv_oci_digest_text(&d->digest, text);
	below.via = text;
	return walk_list(r, j, &below, err);
}

/*
 * The same document under the name of the other algorithm: the bytes were read
 * already; those that lie under this name must be the same.
 */
static bool check_alias(struct image_walk *r, const struct descriptor *d,
			struct visited *v, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_oci_sums sums;
	struct archive_file *i;

	if (!v->known || v->alias || d->digest.alg == v->sums.named)
		return true;
	v->alias = true;
	return rv_oci_find(r, d, &i, err) &&
	       (!i || rv_oci_document(r, d, i, &sums, &j, err));
}

static bool walk_one(struct image_walk *r, const rv_json *j,
		     const struct at *at, struct rv_err *err)
{
	struct rv_err e = { 0 };
	struct descriptor d;
	struct archive_file *i;
	bool again;
	size_t nr;

	if (!rv_oci_descriptor(j, &d, err) ||
	    !visit(r, &d.digest, &again, &nr, err) ||
	    !add_platform(&r->listed_for[nr], &d, err) ||
	    (at->listed && !add_edge(r, at->index, nr, err)))
		return false;
	if (again && r->listed_for[nr].other &&
	    (r->opts->platform || rv_oci_is_attestation(&d) ||
	     strcmp(r->listed_for[nr].platform, "unknown/unknown") == 0))
		return rv_fault(err, "E_PLATFORM",
				"one manifest is listed for two"
				" platforms: which has it depends on who reads"
				" the index");
	if (again)
		return check_alias(r, &d, &r->visited[nr], err);
	if (rv_oci_is_attestation(&d))
		return walk_attestation(r, &d, nr, err);
	if (is_schema1(d.media_type)) {
		(void)schema1(&e);
		return add_absent(r, &d, &e, err);
	}
	/* Unknown types must not be an error (image-layout.md). */
	if (d.media_type.n && d.media != MEDIA_INDEX &&
	    d.media != MEDIA_MANIFEST)
		return add_digest(&r->o->other, &r->o->n_other, &d.digest, err);
	if (!rv_oci_find(r, &d, &i, err))
		return false;
	if (i)
		return walk_document(r, &d, i, at, nr, err);
	rv_oci_blob_missing(&d, &e);
	return add_absent(r, &d, &e, err);
}

static bool walk_list(struct image_walk *r, const rv_json *index,
		      const struct at *at, struct rv_err *err)
{
	const rv_json *list = rv_json_get(index, "manifests");

	if (at->depth > OCI_INDEX_DEPTH)
		return rv_fault(err, "E_INDEX_DEPTH",
				"more than %d indexes inside each"
				" other",
				OCI_INDEX_DEPTH);
	if (list && !rv_json_is_array(list) && !rv_json_is_null(list))
		return rv_fault(err, "E_JSON", "manifests is not a list");
	for (size_t i = 0; i < rv_json_size(list); i++)
		if (!walk_one(r, rv_json_at(list, i), at, err))
			return rv_fault_in(err, "%s, manifests[%zu]", at->via,
					   i);
	return true;
}

static bool is_other(const struct rv_oci *o, const struct rv_oci_digest *d)
{
	for (size_t i = 0; i < o->n_other; i++)
		if (rv_oci_same(&o->other[i], d))
			return true;
	return false;
}

/* What a registry serves for each name at the top. */
static bool note_served(struct image_walk *r, const rv_json *index,
			struct rv_err *err)
{
	const rv_json *list = rv_json_get(index, "manifests");
	struct rv_oci *o = r->o;

	for (size_t i = 0; i < rv_json_size(list); i++) {
		struct rv_oci_served s = { 0 };
		struct descriptor d;
		struct rv_span tag;

		if (!rv_oci_descriptor(rv_json_at(list, i), &d, err))
			return false;
		if (rv_oci_is_attestation(&d) ||
		    (d.media != MEDIA_INDEX && d.media != MEDIA_MANIFEST))
			continue;
		if (is_other(o, &d.digest))
			continue;
		s.digest = d.digest;
		for (size_t k = 0; k < o->n_index; k++)
			s.index |= rv_oci_is(&o->index[k], &d.digest);
		tag = rv_oci_name(&d);
		if (!rv_array_more(&o->served, o->n_served, sizeof s, err) ||
		    (tag.n && !rv_text_copy(tag, "tag", &s.tag, err)))
			return rv_as_fault(err, "E_JSON");
		o->served[o->n_served++] = s;
	}
	return true;
}

bool rv_oci_walk(struct image_walk *r, const rv_json *index, struct rv_err *err)
{
	struct at top = { .via = "index.json" };

	if (!rv_json_is_object(index))
		return rv_fault(err, "E_JSON", "index.json is not an object");
	return walk_list(r, index, &top, err) && note_served(r, index, err) &&
	       rv_oci_tags(r, index, err);
}

/* dir: manifest.json is the manifest itself, or an index of such. */
bool rv_oci_read_dir(struct image_walk *r, struct archive_file *manifest,
		     struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct descriptor d = { .size = manifest->size };
	struct rv_oci_served s = { 0 };
	struct at top = { 0 };
	struct rv_sha256 sum;
	struct rv_span bytes;
	bool again;
	size_t nr;

	r->flat = true;
	if (!rv_archive_bytes(r->s, manifest, &bytes, err) ||
	    !rv_archive_sum(r->s, manifest, &sum, err) ||
	    !rv_oci_json(bytes, "manifest.json", &j, err))
		return false;
	d.digest = rv_oci_sha256(&sum);
	d.json = NULL;
	if (!visit(r, &d.digest, &again, &nr, err) ||
	    !walk_document(r, &d, manifest, &top, nr, err))
		return rv_fault_in(err, "manifest.json");
	s.digest = d.digest;
	s.index = r->o->n_index > 0;
	if (!rv_array_more(&r->o->served, r->o->n_served, sizeof s, err))
		return false;
	r->o->served[r->o->n_served++] = s;
	return true;
}
