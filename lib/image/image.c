/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - one image: manifest, config, layers, each against the digest that
 * names it; diffIDs and chainIDs (image-spec, config.md); and the content
 * digests of docs/FORMATS.md. What fails is the image's fault, kept in it,
 * with everything that was proven before.
 */
#include "oci.h"

#include "config_text.h"
#include "tree.h"
#include "digest.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

enum { URLS_MAX = 16 };

void rv_oci_image_free(struct rv_oci_image *img)
{
	for (size_t i = 0; i < img->n_layer; i++) {
		free(img->layer[i].name);
		free(img->layer[i].media_type);
		for (size_t k = 0; k < img->layer[i].n_url; k++)
			free(img->layer[i].url[k]);
		free(img->layer[i].url);
		rv_buf_free(&img->layer[i].lines);
	}
	for (size_t i = 0; i < img->n_tag; i++)
		free(img->tag[i]);
	free(img->layer);
	free(img->tag);
	free(img->platform);
	free(img->via);
	free(img->above);
	free(img->promised);
	rv_buf_free(&img->manifest_json);
	rv_buf_free(&img->config_json);
	rv_buf_free(&img->meaning_text);
	rv_buf_free(&img->tree_text);
	*img = (struct rv_oci_image){ 0 };
}

bool rv_oci_add_image(struct image_walk *r, struct rv_oci_image *img,
		      struct rv_err *err)
{
	if (r->o->n_image == OCI_MANIFESTS_MAX)
		return rv_fault(err, "E_MANIFESTS", "more than %d images",
				OCI_MANIFESTS_MAX);
	if (!rv_array_more(&r->o->image, r->o->n_image, sizeof *img, err))
		return false;
	r->o->image[r->o->n_image++] = RV_TAKE(*img);
	return true;
}

/* "linux/arm64" also asks for its variants. */
bool rv_oci_wanted(const struct image_walk *r, const char *platform)
{
	const char *want = r->opts->platform;

	return !want || (platform && rv_oci_is_variant(platform, want));
}

/* A fault of the input is the image's; anything else ends the reading. */
static bool keep_fault(struct rv_oci_image *img, const struct rv_err *e,
		       struct rv_err *err)
{
	if (!rv_is_fault(e)) {
		*err = *e;
		return false;
	}
	img->fault = *e;
	return true;
}

/* ---- layers and their diffIDs ---- */

/* C(n) = sha256(C(n-1) " " D(n)), all as text; C(0) is D(0) (config.md). */
static bool chain(const struct rv_oci_layer *below, struct rv_oci_layer *l,
		  struct rv_err *err)
{
	char text[2 * 72];

	rv_sha256_text(&below->chainid, text);
	text[71] = ' ';
	rv_sha256_text(&l->diffid, text + 72);
	return rv_sha256(rv_span(text, 2 * 71 + 1), &l->chainid, err);
}

/*
 * Is @want one of two digests of the same bytes? @b512 is NULL when it was not
 * computed, and then nothing is it. Both as text, for messages.
 */
static bool is_named(const struct rv_oci_digest *want,
		     const struct rv_sha256 *b256, const uint8_t *b512,
		     char want_text[RV_OCI_TEXT], char have_text[RV_OCI_TEXT])
{
	struct rv_oci_digest have = rv_oci_sha256(b256);

	if (want->alg == RV_OCI_SHA512 && b512) {
		have.alg = RV_OCI_SHA512;
		memcpy(have.b, b512, sizeof have.b);
	}
	rv_oci_digest_text(want, want_text);
	rv_oci_digest_text(&have, have_text);
	return rv_oci_same(&have, want);
}

static bool one_layer(struct image_walk *r, struct archive_file *i,
		      struct rv_oci_layer *out, struct rv_oci_image *img,
		      struct rv_err *err)
{
	char want[RV_OCI_TEXT], have[RV_OCI_TEXT];
	const struct layer *l;

	if (!rv_archive_layer(r->s, i, &l, err))
		return false;
	out->size = l->size;
	out->tar_size = l->tar_size;
	out->packing = l->packing;
	if (out->media_type && l->has_blob &&
	    !is_named(&out->named, &l->blob, l->has_512 ? l->blob512 : NULL,
		      want, have))
		return rv_fault(err, "E_BLOB_DIGEST",
				"what lies under %s has the"
				" digest %s",
				want, have);
	out->blob = l->blob;
	out->has_blob = l->has_blob;
	out->has_named = out->media_type && l->has_blob;
	if (!l->has_diffid) {
		*err = l->stream_fault;
		return false;
	}
	if (!is_named(&out->said, &l->diffid, l->has_512 ? l->diffid512 : NULL,
		      want, have))
		return rv_fault(err, "E_DIFFID",
				"the config says %s, the layer is %s", want,
				have);
	out->diffid = l->diffid;
	out->has_diffid = out->has_said = true;
	out->text = l->text;
	out->times = l->times;
	out->order = l->order;
	out->has_text = l->has_changes;
	img->saw |= l->seen;
	return true;
}

static bool diffids(const rv_json *config, size_t n, const rv_json **out,
		    struct rv_err *err)
{
	const rv_json *rootfs = rv_json_get(config, "rootfs");
	const rv_json *ids = rv_json_get(rootfs, "diff_ids");

	if (!rv_same_text(rv_json_text(rv_json_get(rootfs, "type")), "layers"))
		return rv_fault(err, "E_ROOTFS_TYPE",
				"rootfs.type of the config is not"
				" \"layers\"");
	/* An image without layers may say so with null, or with nothing. */
	if (ids && !rv_json_is_null(ids) && !rv_json_is_array(ids))
		return rv_fault(err, "E_JSON", "rootfs.diff_ids is not a list");
	if (rv_json_size(ids) != n)
		return rv_fault(err, "E_DIFFID_COUNT",
				"the config names %zu layers,"
				" the manifest %zu",
				rv_json_size(ids), n);
	*out = ids;
	return true;
}

static bool layers(struct image_walk *r, const rv_json *config,
		   const struct parts *p, struct rv_oci_image *img,
		   struct rv_err *err)
{
	const rv_json *ids = NULL;

	if (!diffids(config, p->n, &ids, err))
		return false;
	/* First what each layer is to be hashed by, then the layers. */
	for (size_t i = 0; i < p->n; i++) {
		struct rv_oci_layer *l = &img->layer[i];

		if (!rv_oci_digest_parse(rv_json_text(rv_json_at(ids, i)),
					 &l->said, err))
			return rv_fault_in(err, "diff_ids[%zu]", i);
		if (l->said.alg == RV_OCI_SHA512)
			p->layer[i]->sha512 = true;
	}
	if (!rv_archive_layers(r->s, p->layer, p->n, err))
		return false;
	for (size_t i = 0; i < p->n; i++) {
		struct rv_oci_layer *l = &img->layer[i];

		if (!one_layer(r, p->layer[i], l, img, err))
			return rv_fault_in(err, "layer %zu of %zu", i + 1,
					   p->n);
		if (i == 0)
			l->chainid = l->diffid;
		else if (!chain(l - 1, l, err))
			return false;
	}
	img->strict = true;
	return true;
}

/* ---- content ---- */

static bool keep_lines(const struct layer *l, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_sha256 sum;

	return rv_layer_text(l, &g, &sum, err) && rv_grow_take(&g, out, err);
}

static bool root_fs(struct image_walk *r, const struct parts *p,
		    struct rv_oci_image *img, struct rv_err *err)
{
	RV_AUTO(rv_tree_free) struct tree t = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct layer *l;

		if (!rv_archive_layer(r->s, p->layer[i], &l, err))
			return false;
		if (!l->has_changes) {
			*err = l->tar_fault;
			return rv_fault_in(err, "layer %zu of %zu", i + 1,
					   p->n);
		}
		if (!rv_tree_apply(&t, l, err))
			return rv_fault_in(err, "layer %zu of %zu", i + 1,
					   p->n);
		if (r->opts->layer_text &&
		    !keep_lines(l, &img->layer[i].lines, err))
			return false;
	}
	img->saw |= t.seen;
	if (!rv_tree_text(&t, r->opts->tree_text ? &g : NULL, &img->tree, err))
		return false;
	if (r->opts->tree_text && !rv_grow_take(&g, &img->tree_text, err))
		return false;
	img->has_tree = true;
	return true;
}

static bool meaning(const rv_json *config, struct rv_oci_image *img,
		    struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (!rv_config_text(config, &g, err) ||
	    !rv_grow_take(&g, &img->meaning_text, err) ||
	    !rv_sha256(rv_buf_span(&img->meaning_text), &img->meaning, err))
		return false;
	img->has_meaning = true;
	return true;
}

static bool together(struct rv_oci_image *img, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	char config[72], tree[72];

	if (!img->platform)
		return rv_fault(err, "E_PLATFORM",
				"the config names no os or no"
				" architecture");
	rv_sha256_text(&img->meaning, config);
	rv_sha256_text(&img->tree, tree);
	rv_grow_printf(&g, "refval-image 1\nplatform %s\nconfig %s\ntree %s\n",
		       img->platform, config, tree);
	if (g.failed)
		return rv_no_memory(err, "image");
	if (!rv_sha256(rv_buf_span(&g.buf), &img->image, err))
		return false;
	img->has_image = true;
	return true;
}

static bool fill(struct image_walk *r, const rv_json *config,
		 const struct parts *p, struct rv_oci_image *img,
		 struct rv_err *err)
{
	struct rv_err e = { 0 };

	if (!layers(r, config, p, img, err))
		return false;
	/* The config's meaning needs no content, but is no strict digest. */
	if (!meaning(config, img, &e) && !rv_is_fault(&e)) {
		*err = e;
		return false;
	}
	if (r->opts->strict)
		return true;
	if (!root_fs(r, p, img, err))
		return false;
	if (!img->has_meaning) {
		*err = e;
		return false;
	}
	return together(img, err);
}

bool rv_oci_image_fill(struct image_walk *r, const rv_json *config,
		       const struct parts *p, struct rv_oci_image *img,
		       struct rv_err *err)
{
	struct rv_err e = { 0 };

	return fill(r, config, p, img, &e) || keep_fault(img, &e, err);
}

/* ---- manifests ---- */

/* Media types say how a layer is packed; tools look at the bytes instead. */
static void note_packing(struct rv_oci_image *img, const struct parts *p,
			 const enum media *media)
{
	for (size_t i = 0; i < p->n; i++) {
		enum rv_packing said =
		    media[i] == MEDIA_LAYER_GZIP   ? RV_PACKING_GZIP
		    : media[i] == MEDIA_LAYER_ZSTD ? RV_PACKING_ZSTD
						   : RV_PACKING_NONE;

		if (img->layer[i].has_diffid && img->layer[i].packing != said)
			img->saw |= RV_SAW_PACKING;
	}
}

struct found {
	struct descriptor config;
	struct parts parts;
	enum media *media;
	rv_json *config_json;
	bool elsewhere; /* a layer that is not here has addresses */
};

static void found_free(struct found *f)
{
	free(f->parts.layer);
	free(f->media);
	rv_json_free(&f->config_json);
}

/* Image-spec, descriptor.md, "urls": where the content may be had. */
static bool urls(const rv_json *j, struct rv_oci_layer *l, struct rv_err *err)
{
	const rv_json *list = rv_json_get(j, "urls");

	if (list && !rv_json_is_null(list) && !rv_json_is_array(list))
		return rv_fault(err, "E_JSON", "urls is not a list");
	if (rv_json_size(list) > URLS_MAX)
		return rv_fault(err, "E_JSON", "more than %d urls", URLS_MAX);
	for (size_t i = 0; i < rv_json_size(list); i++) {
		const rv_json *url = rv_json_at(list, i);

		if (!rv_json_is_string(url))
			return rv_fault(err, "E_JSON", "a url is not a string");
		if (!rv_array_more(&l->url, l->n_url, sizeof *l->url, err) ||
		    !rv_text_copy(rv_json_text(url), "url", &l->url[l->n_url],
				  err))
			return false;
		l->n_url++;
	}
	return true;
}

/* A layer as its manifest describes it, and the blob, if it is here. */
static bool one_listed(struct image_walk *r, const rv_json *j, size_t i,
		       struct found *f, struct rv_oci_layer *l,
		       struct rv_err *err)
{
	struct archive_file **file = &f->parts.layer[i];
	struct descriptor d;

	if (!rv_oci_descriptor(j, &d, err))
		return false;
	if (d.media < MEDIA_LAYER)
		return rv_fault(
		    err, "E_LAYER_MEDIATYPE", "\"%.*s\" is no layer's",
		    (int)(d.media_type.n < 100 ? d.media_type.n : 100),
		    d.media_type.p ? (const char *)d.media_type.p : "");
	f->media[i] = d.media;
	l->named = d.digest;
	if (!rv_text_copy(d.media_type, "media type", &l->media_type, err) ||
	    !urls(j, l, err) || !rv_oci_find(r, &d, file, err))
		return false;
	if (*file)
		return rv_text_copy(rv_text((*file)->name), "name", &l->name,
				    err);
	if (!l->n_url)
		return rv_oci_blob_missing(&d, err);
	l->size = d.size;
	f->elsewhere = true;
	return true;
}

static bool layer_list(struct image_walk *r, const rv_json *list,
		       struct found *f, struct rv_oci_image *img,
		       struct rv_err *err)
{
	size_t n = rv_json_size(list);

	if (!rv_json_is_array(list) && !rv_json_is_null(list))
		return rv_fault(err, "E_JSON", "layers is not a list");
	if (n > OCI_LAYERS_MAX)
		return rv_fault(err, "E_LAYERS", "more than %d layers",
				OCI_LAYERS_MAX);
	f->parts.layer = calloc(n + 1, sizeof(*f->parts.layer));
	f->media = calloc(n + 1, sizeof *f->media);
	img->layer = calloc(n + 1, sizeof *img->layer);
	if (!f->parts.layer || !f->media || !img->layer)
		return rv_no_memory(err, "image");
	img->n_layer = n;
	f->parts.n = n;
	for (size_t i = 0; i < n; i++)
		if (!one_listed(r, rv_json_at(list, i), i, f, &img->layer[i],
				err))
			return rv_fault_in(err, "layers[%zu]", i);
	return true;
}

static bool config_blob(struct image_walk *r, const rv_json *manifest,
			struct found *f, struct rv_oci_image *img,
			struct rv_err *err)
{
	struct rv_span bytes;

	if (!rv_oci_descriptor(rv_json_get(manifest, "config"), &f->config,
			       err))
		return rv_fault_in(err, "config");
	if (!rv_oci_find(r, &f->config, &f->parts.config, err))
		return rv_fault_in(err, "config");
	if (!f->parts.config)
		return rv_oci_blob_missing(&f->config, err);
	if (!rv_oci_document(r, &f->config, f->parts.config, &img->config,
			     &f->config_json, err))
		return rv_fault_in(err, "config");
	if (!rv_json_is_object(f->config_json))
		return rv_fault(err, "E_JSON", "the config is not an object");
	img->has_config = true;
	return rv_archive_bytes(r->s, f->parts.config, &bytes, err) &&
	       rv_buf_copy(bytes, &img->config_json, err) &&
	       rv_oci_platform(f->config_json, &img->platform, err);
}

/* Remember what the manifest lists, whether or not it is all here. */
static bool note_listed(struct image_walk *r, size_t nr, const rv_json *j,
			struct rv_err *err)
{
	const rv_json *list = rv_json_get(j, "layers");
	size_t n = rv_json_size(list);
	struct manifest *l;

	if (!rv_array_more(&r->manifest, r->n_manifest, sizeof *r->manifest,
			   err))
		return false;
	l = &r->manifest[r->n_manifest];
	*l = (struct manifest){ 0 };
	l->layer = calloc(n + 1, sizeof *l->layer);
	if (!l->layer)
		return rv_no_memory(err, "image");
	r->n_manifest++;
	l->nr = nr;
	if (!rv_oci_digest_parse(
		rv_json_text(rv_json_get(rv_json_get(j, "config"), "digest")),
		&l->config, err))
		return rv_fault_in(err, "config");
	for (; l->n_layer < n; l->n_layer++)
		if (!rv_oci_digest_parse(
			rv_json_text(rv_json_get(rv_json_at(list, l->n_layer),
						 "digest")),
			&l->layer[l->n_layer], err))
			return rv_fault_in(err, "layers[%zu]", l->n_layer);
	return true;
}

/* What manifest and config say of layers that were not read. */
static bool as_listed(const struct found *f, struct rv_oci_image *img,
		      struct rv_err *err)
{
	const rv_json *ids = NULL;

	if (!diffids(f->config_json, img->n_layer, &ids, err))
		return false;
	for (size_t i = 0; i < img->n_layer; i++) {
		struct rv_oci_layer *l = &img->layer[i];

		if (!rv_oci_digest_parse(rv_json_text(rv_json_at(ids, i)),
					 &l->said, err))
			return rv_fault_in(err, "diff_ids[%zu]", i);
		if (f->parts.layer[i])
			l->size = f->parts.layer[i]->size;
		l->has_named = l->has_said = true;
	}
	return true;
}

/* Which layer is not here, and where it can be had. */
static bool kept_elsewhere(const struct found *f,
			   const struct rv_oci_image *img, struct rv_err *err)
{
	for (size_t i = 0; i < img->n_layer; i++) {
		const struct rv_oci_layer *l = &img->layer[i];
		char text[RV_OCI_TEXT];

		if (f->parts.layer[i])
			continue;
		rv_oci_digest_text(&l->named, text);
		return rv_fault(err, "E_BLOB_MISSING",
				"layers[%zu]: %s is not here; its manifest says"
				" it is kept at %s",
				i, text, l->url[0]);
	}
	return true;
}

static bool add_missing(struct image_walk *r, const struct descriptor *d,
			struct rv_oci_image *img, const struct rv_err *e,
			struct rv_err *err)
{
	struct rv_oci *o = r->o;
	struct rv_oci_missing m = { .manifest = d->digest,
				    .found = true,
				    .fault = *e };

	if (!rv_array_more(&o->missing, o->n_missing, sizeof m, err))
		return false;
	if (img->platform ? !rv_text_copy(rv_text(img->platform), "platform",
					  &m.platform, err)
			  : !rv_oci_promised(d, &m.platform, err))
		return false;
	o->missing[o->n_missing++] = m;
	return true;
}

/* Layers that are kept elsewhere: what is known goes with what is missing. */
static bool add_elsewhere(struct image_walk *r, const struct descriptor *d,
			  const struct found *f, struct rv_oci_image *img,
			  struct rv_err *err)
{
	struct rv_oci *o = r->o;
	struct rv_err e = { 0 };
	struct rv_oci_image *known;

	if (!as_listed(f, img, &e))
		return keep_fault(img, &e, err) &&
		       rv_oci_add_image(r, img, err);
	(void)kept_elsewhere(f, img, &e);
	if (!add_missing(r, d, img, &e, err))
		return false;
	known = calloc(1, sizeof *known);
	if (!known)
		return rv_no_memory(err, "image");
	img->fault = e;
	*known = RV_TAKE(*img);
	o->missing[o->n_missing - 1].known = known;
	return true;
}

/*
 * Is it asked for, by what the config has or by what the descriptor promises?
 * An engine goes by the promise; that the two are not the same is said.
 */
static bool check_platform(const struct image_walk *r,
			   const struct descriptor *d, struct rv_oci_image *img,
			   bool *wanted, struct rv_err *err)
{
	RV_AUTO(rv_free) char *said = NULL;

	if (!rv_oci_promised(d, &said, err))
		return false;
	*wanted = rv_oci_wanted(r, img->platform) || rv_oci_wanted(r, said);
	if (said && img->platform && !rv_oci_same_platform(said, img->platform))
		img->saw |= RV_SAW_PLATFORM;
	return true;
}

bool rv_oci_image_read(struct image_walk *r, const struct descriptor *d,
		       size_t nr, struct archive_file *manifest,
		       const rv_json *j, const char *via, struct rv_err *err)
{
	RV_AUTO(rv_oci_image_free) struct rv_oci_image img = { 0 };
	RV_AUTO(found_free) struct found f = { 0 };
	struct rv_err e = { 0 };
	struct rv_span bytes;
	bool wanted = true;

	if (!note_listed(r, nr, j, err) ||
	    (via && !rv_text_copy(rv_text(via), "via", &img.via, err)) ||
	    !rv_archive_bytes(r->s, manifest, &bytes, err) ||
	    !rv_buf_copy(bytes, &img.manifest_json, err))
		return false;
	img.manifest = r->visited[nr].sums;
	img.has_manifest = true;
	if (!config_blob(r, j, &f, &img, &e) ||
	    !check_platform(r, d, &img, &wanted, &e) ||
	    (wanted &&
	     !layer_list(r, rv_json_get(j, "layers"), &f, &img, &e))) {
		if (rv_err_is(&e, "E_BLOB_MISSING"))
			return add_missing(r, d, &img, &e, err);
		return keep_fault(&img, &e, err) &&
		       rv_oci_add_image(r, &img, err);
	}
	if (!wanted)
		return true;
	if (f.elsewhere)
		return add_elsewhere(r, d, &f, &img, err);
	if (!rv_oci_image_fill(r, f.config_json, &f.parts, &img, err))
		return false;
	note_packing(&img, &f.parts, f.media);
	return rv_oci_add_image(r, &img, err);
}
