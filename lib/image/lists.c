/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists.c - names of images, and archives with two lists of them: index.json
 * for some tools, manifest.json for others. Where the two do not say the same,
 * which image is loaded depends on who loads it, and that is said.
 */
#include "oci.h"
#include "json.h"

#include <stdlib.h>

/* An entry of index.json, which is a name for all that is below it. */
struct top {
	struct rv_span name; /* borrows from index.json */
	struct rv_oci_digest sum;
	bool full;    /* name is a whole reference, not only a tag */
	bool matched; /* manifest.json has this name too */
	bool *above;  /* of each listed manifest: it is below this; owned */
};

struct tops {
	struct top *top; /* owned */
	size_t n;
};

static void tops_free(struct tops *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->top[i].above);
	free(t->top);
}

/* ---- what is below what ---- */

/* Mark in @in what is listed by what is marked; indexes are not deep. */
static void spread(const struct image_walk *r, bool *in)
{
	bool more = true;

	while (more) {
		more = false;
		for (size_t i = 0; i < r->n_edge; i++) {
			const struct edge *e = &r->edge[i];

			if (!in[e->parent] || in[e->child])
				continue;
			in[e->child] = true;
			more = true;
		}
	}
}

/* Which of the listed manifests are below @t. */
static bool look_down(const struct image_walk *r, struct top *t,
		      struct rv_err *err)
{
	RV_AUTO(rv_free) bool *in = calloc(r->n_visited + 1, sizeof *in);

	t->above = calloc(r->n_manifest + 1, sizeof *t->above);
	if (!in || !t->above)
		return rv_no_memory(err, "index");
	for (size_t i = 0; i < r->n_visited; i++)
		in[i] = rv_oci_is_visited(&r->visited[i], &t->sum);
	spread(r, in);
	for (size_t k = 0; k < r->n_manifest; k++)
		t->above[k] = in[r->manifest[k].nr];
	return true;
}

static bool read_tops(struct image_walk *r, const rv_json *index,
		      struct tops *out, struct rv_err *err)
{
	const rv_json *list = rv_json_get(index, "manifests");

	if (rv_json_size(list) > OCI_MANIFESTS_MAX)
		return rv_fault(err, "E_MANIFESTS",
				"more than %d entries in index.json",
				OCI_MANIFESTS_MAX);
	for (size_t i = 0; i < rv_json_size(list); i++) {
		struct descriptor d;
		struct top *t;

		if (!rv_oci_descriptor(rv_json_at(list, i), &d, err) ||
		    !rv_array_more(&out->top, out->n, sizeof *t, err))
			return false;
		t = &out->top[out->n++];
		*t = (struct top){ .name = rv_oci_name(&d), .sum = d.digest };
		t->full = rv_oci_annotation(&d, "io.containerd.image.name").n;
		if (!look_down(r, t, err))
			return false;
	}
	return true;
}

/* The image of each listed manifest, now that no image is added any more. */
static void find_images(struct image_walk *r)
{
	struct rv_oci *o = r->o;

	for (size_t k = 0; k < r->n_manifest; k++) {
		const struct rv_oci_sums *sums =
		    &r->visited[r->manifest[k].nr].sums;

		for (size_t i = 0; i < o->n_image; i++)
			if (o->image[i].has_manifest &&
			    rv_oci_is(&o->image[i].manifest,
				      &sums->by[sums->named]))
				r->manifest[k].image = &o->image[i];
	}
}

static void note(const struct image_walk *r, size_t k, enum rv_oci_saw saw)
{
	struct rv_oci_image *img = r->manifest[k].image;

	if (img)
		img->saw |= (unsigned)saw;
}

/* ---- names ---- */

/* Is @a the name of something else, too? */
static bool is_twice(const struct tops *t, const struct top *a)
{
	for (size_t i = 0; i < t->n; i++)
		if (rv_same(a->name, t->top[i].name) &&
		    !rv_oci_same(&a->sum, &t->top[i].sum))
			return true;
	return false;
}

static bool tops_tags(struct image_walk *r, const struct tops *t,
		      struct rv_err *err)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct top *a = &t->top[i];
		bool twice = a->name.n && is_twice(t, a);

		for (size_t k = 0; k < r->n_manifest && a->name.n; k++) {
			struct rv_oci_image *img = r->manifest[k].image;

			if (!img || !a->above[k])
				continue;
			if (!rv_oci_add_tag(img, a->name, err))
				return false;
			if (twice)
				img->saw |= RV_SAW_TAG_TWICE;
		}
	}
	return true;
}

bool rv_oci_same_tag(const struct rv_oci_image *a, const struct rv_oci_image *b)
{
	for (size_t i = 0; i < a->n_tag; i++)
		for (size_t k = 0; k < b->n_tag; k++)
			if (strcmp(a->tag[i], b->tag[k]) == 0)
				return true;
	return false;
}

/* In manifest.json each entry is one image. */
static void docker_tags(const struct rv_oci *o)
{
	for (size_t i = 0; i < o->n_image; i++)
		for (size_t k = 0; k < o->n_image; k++) {
			struct rv_oci_image *a = &o->image[i];
			const struct rv_oci_image *b = &o->image[k];

			if (i != k && rv_oci_same_tag(a, b) &&
			    !rv_oci_is(&a->config, &b->config.by[0]))
				a->saw |= RV_SAW_TAG_TWICE;
		}
}

bool rv_oci_tags(struct image_walk *r, const rv_json *index, struct rv_err *err)
{
	RV_AUTO(tops_free) struct tops t = { 0 };

	if (!index) {
		docker_tags(r->o);
		return true;
	}
	find_images(r);
	return read_tops(r, index, &t, err) && tops_tags(r, &t, err);
}

/* ---- manifest.json beside index.json ---- */

static bool disagree(const char *what, struct rv_err *err)
{
	return rv_fault(err, "E_DOCKER_MANIFEST_DISAGREES",
			"manifest.json names %s"
			" that no manifest of index.json does: which image is"
			" loaded depends on who loads it",
			what);
}

static bool same_layers(struct image_walk *r, const rv_json *entry,
			const struct manifest *l, bool *same,
			struct rv_err *err)
{
	const rv_json *list = rv_json_get(entry, "Layers");

	*same = rv_json_size(list) == l->n_layer;
	for (size_t i = 0; i < l->n_layer && *same; i++) {
		char path[OCI_PATH];
		struct archive_file *a, *b;

		rv_oci_blob_path(&l->layer[i], path);
		if (!rv_oci_docker_file(r, rv_json_at(list, i), &a, err) ||
		    !rv_archive_find(r->s, path, &b, err))
			return false;
		*same = a == b;
	}
	return true;
}

/* Which of the listed manifests are this entry's image: *same, one each. */
static bool find_entry(struct image_walk *r, const rv_json *entry, bool *same,
		       struct rv_err *err)
{
	bool config = false, any = false;
	struct rv_oci_sums sums;
	struct rv_span bytes;
	struct archive_file *i;

	if (!rv_oci_docker_file(r, rv_json_get(entry, "Config"), &i, err) ||
	    !rv_archive_bytes(r->s, i, &bytes, err) ||
	    !rv_oci_sums_of(bytes, RV_OCI_SHA256, &sums, err))
		return rv_fault_in(err, "Config");
	for (size_t k = 0; k < r->n_manifest; k++) {
		same[k] = false;
		if (!rv_oci_is(&sums, &r->manifest[k].config))
			continue;
		config = true;
		if (!same_layers(r, entry, &r->manifest[k], &same[k], err))
			return false;
		r->manifest[k].docker |= same[k];
		any |= same[k];
	}
	return any || disagree(config ? "a list of layers" : "a config", err);
}

/* A name with a digest in it is no tag, and manifest.json does not have it. */
static bool has_tag(const struct top *t)
{
	return t->name.n && !memchr(t->name.p, '@', t->name.n);
}

/* "docker.io/library/x:y" is "x:y", and where only tags are said, "y". */
static bool same_name(const struct top *t, struct rv_span tag, bool *same,
		      struct rv_err *err)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref a = { 0 }, b = { 0 };
	bool is;

	*same = has_tag(t) && rv_same(t->name, tag);
	if (*same || !has_tag(t))
		return true;
	if (!rv_oci_ref_is(tag, &a, &is, err))
		return false;
	*same = is && !t->full && a.tag && rv_same_text(t->name, a.tag);
	if (*same || !is)
		return true;
	if (!rv_oci_ref_is(t->name, &b, &is, err))
		return false;
	*same = is && strcmp(a.name, b.name) == 0 &&
		strcmp(a.tag ? a.tag : "latest", b.tag ? b.tag : "latest") == 0;
	return true;
}

/* Does index.json have the name @tag, and does it mean the same image? */
static bool one_tag(struct image_walk *r, struct tops *tops, struct rv_span tag,
		    const bool *same, struct rv_err *err)
{
	bool named = false, agreed = false;

	for (size_t i = 0; i < tops->n; i++) {
		struct top *t = &tops->top[i];
		bool reached = false, same_tag;

		if (!same_name(t, tag, &same_tag, err))
			return false;
		if (!same_tag)
			continue;
		named = true;
		for (size_t k = 0; k < r->n_manifest; k++)
			reached |= same[k] && t->above[k];
		t->matched |= reached;
		agreed |= reached;
	}
	if (named && !agreed)
		return rv_fault(err, "E_DOCKER_MANIFEST_DISAGREES",
				"%.*s is one image"
				" in manifest.json and another in index.json:"
				" which is loaded depends on who loads it",
				(int)(tag.n < 200 ? tag.n : 200),
				(const char *)tag.p);
	for (size_t k = 0; !named && k < r->n_manifest; k++)
		if (same[k])
			note(r, k, RV_SAW_OTHER_TAGS);
	return true;
}

/*
 * Docker 25 to 28 write LayerSources, a store that keeps what the registry
 * sent does not: there the manifest was made while saving.
 */
static bool agrees(struct image_walk *r, struct tops *tops,
		   const rv_json *entry, struct rv_err *err)
{
	RV_AUTO(rv_free) bool *same = calloc(r->n_manifest + 1, sizeof *same);
	const rv_json *tags = rv_json_get(entry, "RepoTags");

	if (!same)
		return rv_no_memory(err, "manifest.json");
	if (!find_entry(r, entry, same, err))
		return false;
	if (rv_json_size(tags) > OCI_TAGS_MAX)
		return rv_fault(err, "E_TAGS", "more than %d tags",
				OCI_TAGS_MAX);
	for (size_t i = 0; i < rv_json_size(tags); i++) {
		struct rv_span tag = rv_json_text(rv_json_at(tags, i));

		if (!tag.n)
			return rv_fault(err, "E_JSON", "a tag is not a string");
		if (!one_tag(r, tops, tag, same, err))
			return false;
	}
	if (rv_json_get(entry, "LayerSources"))
		r->o->made_up = true;
	return true;
}

/* What only index.json says. Other platforms of one image are below one top. */
static void only_there(const struct image_walk *r, const struct tops *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct top *top = &t->top[i];
		bool docker = false;

		for (size_t k = 0; k < r->n_manifest; k++)
			docker |= top->above[k] && r->manifest[k].docker;
		for (size_t k = 0; k < r->n_manifest; k++) {
			if (!top->above[k])
				continue;
			if (!docker)
				note(r, k, RV_SAW_OTHER_IMAGES);
			else if (has_tag(top) && !top->matched)
				note(r, k, RV_SAW_OTHER_TAGS);
		}
	}
}

bool rv_oci_docker_agrees(struct image_walk *r, const rv_json *index,
			  const rv_json *list, struct rv_err *err)
{
	RV_AUTO(tops_free) struct tops t = { 0 };

	if (!rv_oci_docker_list(list, err) || !read_tops(r, index, &t, err))
		return false;
	for (size_t i = 0; i < rv_json_size(list); i++)
		if (!agrees(r, &t, rv_json_at(list, i), err))
			return rv_fault_in(err, "manifest.json, image %zu",
					   i + 1);
	only_there(r, &t);
	return true;
}
