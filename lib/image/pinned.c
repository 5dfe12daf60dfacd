/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pinned.c - the pinned side of a match from its documents alone: a manifest,
 * the index above it, a config; no layers.
 */
#include "config_text.h"
#include "oci.h"
#include "digest.h"
#include "json.h"

#include <stdlib.h>

static bool copy_document(struct rv_span bytes,
			  const struct rv_oci_digest *want, const char *what,
			  struct rv_oci_sums *sums, rv_json **out,
			  struct rv_err *err)
{
	char a[RV_OCI_TEXT], b[RV_OCI_TEXT];

	if (!rv_oci_sums_of(bytes, want->alg, sums, err))
		return false;
	if (!rv_oci_is(sums, want)) {
		rv_oci_digest_text(&sums->by[want->alg], a);
		rv_oci_digest_text(want, b);
		return rv_fault(err, "E_BLOB_DIGEST",
				"the %s has the digest %s,"
				" not %s",
				what, a, b);
	}
	return rv_oci_json(bytes, what, out, err);
}

/* What one entry of an index says of the image that was given for it. */
static bool one_entry(const rv_json *j, struct rv_oci_image *img, bool *here,
		      struct rv_err *err)
{
	RV_AUTO(rv_free) char *said = NULL;
	struct descriptor d;

	if (!rv_oci_descriptor(j, &d, err) || !rv_oci_promised(&d, &said, err))
		return false;
	if (!rv_oci_is(&img->manifest, &d.digest))
		return true;
	if (rv_oci_is_attestation(&d))
		return rv_fault(err, "E_PIN",
				"the index lists the manifest as an"
				" attestation, and not as an image");
	*here = true;
	if (said && img->promised && !rv_oci_same_platform(said, img->promised))
		img->promised_other = true;
	if (said && img->platform && !rv_oci_same_platform(said, img->platform))
		img->saw |= RV_SAW_PLATFORM;
	if (said && !img->promised)
		img->promised = RV_TAKE(said);
	return true;
}

/* Could an engine take this entry for the same platform as @img? */
static bool is_rival(const rv_json *j, const struct rv_oci_image *img,
		     bool *rival, struct rv_err *err)
{
	RV_AUTO(rv_free) char *said = NULL;
	const char *mine = rv_oci_engine_platform(img);
	struct descriptor d;

	if (!rv_oci_descriptor(j, &d, err) || !rv_oci_promised(&d, &said, err))
		return false;
	*rival = !rv_oci_is(&img->manifest, &d.digest) &&
		 !rv_oci_is_attestation(&d) &&
		 (!d.media_type.n || d.media == MEDIA_INDEX ||
		  d.media == MEDIA_MANIFEST) &&
		 (!said || !mine || rv_oci_is_platform(said, mine));
	return true;
}

/* The index must list it, as the only image for its platform. */
static bool in_index(const rv_json *index, const struct rv_oci_sums *sums,
		     struct rv_oci_image *img, struct rv_err *err)
{
	const rv_json *list = rv_json_get(index, "manifests");
	bool here = false, rival = false;

	for (size_t i = 0; i < rv_json_size(list); i++)
		if (!one_entry(rv_json_at(list, i), img, &here, err))
			return rv_fault_in(err, "the index, manifests[%zu]", i);
	if (!here)
		return rv_fault(err, "E_PIN",
				"the index does not list the manifest");
	for (size_t i = 0; i < rv_json_size(list); i++) {
		if (!is_rival(rv_json_at(list, i), img, &rival, err))
			return rv_fault_in(err, "the index, manifests[%zu]", i);
		if (rival)
			return rv_fault(
			    err, "E_PLATFORM",
			    "the index may have another"
			    " image for this platform, manifests[%zu]:"
			    " give all of it (--pinned)",
			    i);
	}
	img->above = calloc(1, sizeof *img->above);
	if (!img->above)
		return rv_no_memory(err, "index");
	img->above[0] = *sums;
	img->n_above = 1;
	return true;
}

/* Of what is not here, ours is known only when it is the one that is named. */
static bool own(const struct rv_oci_digest *d, struct rv_sha256 *out)
{
	if (d->alg == RV_OCI_SHA256)
		memcpy(out->b, d->b, sizeof out->b);
	return d->alg == RV_OCI_SHA256;
}

/* From the config alone: platform, diffIDs, chainIDs, refval-config 1. */
static bool from_config(struct rv_span bytes, const rv_json *j,
			struct rv_oci_image *img, struct rv_err *err)
{
	const rv_json *ids = rv_json_get(rv_json_get(j, "rootfs"), "diff_ids");
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	size_t n = rv_json_size(ids);
	struct rv_err e = { 0 };

	if (!rv_oci_platform(j, &img->platform, err) ||
	    !rv_buf_copy(bytes, &img->config_json, err))
		return false;
	if (n > OCI_LAYERS_MAX)
		return rv_fault(err, "E_LAYERS", "more than %d layers",
				OCI_LAYERS_MAX);
	img->layer = calloc(n + 1, sizeof *img->layer);
	if (!img->layer)
		return rv_no_memory(err, "config");
	for (; img->n_layer < n; img->n_layer++) {
		struct rv_oci_layer *l = &img->layer[img->n_layer];

		if (!rv_oci_digest_parse(
			rv_json_text(rv_json_at(ids, img->n_layer)), &l->said,
			err))
			return rv_fault_in(err, "diff_ids[%zu]", img->n_layer);
		l->has_said = true;
		l->has_diffid = own(&l->said, &l->diffid);
	}
	if (rv_config_text(j, &g, &e)) {
		if (!rv_grow_take(&g, &img->meaning_text, err) ||
		    !rv_sha256(rv_buf_span(&img->meaning_text), &img->meaning,
			       err))
			return false;
		img->has_meaning = true;
	} else if (!rv_is_fault(&e)) {
		*err = e;
		return false;
	}
	return true;
}

static bool from_manifest(const struct rv_oci_sums *sums, const rv_json *j,
			  struct rv_span config, struct rv_oci *o,
			  struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *c = NULL;
	RV_AUTO(rv_oci_image_free) struct rv_oci_image img = { 0 };
	struct descriptor d;

	if (!rv_oci_descriptor(rv_json_get(j, "config"), &d, err))
		return rv_fault_in(err, "the manifest's config");
	if (!copy_document(config, &d.digest, "config", &img.config, &c, err) ||
	    !from_config(config, c, &img, err))
		return false;
	if (rv_json_size(rv_json_get(j, "layers")) != img.n_layer)
		return rv_fault(err, "E_DIFFID_COUNT",
				"the config names %zu layers,"
				" the manifest %zu",
				img.n_layer,
				rv_json_size(rv_json_get(j, "layers")));
	for (size_t i = 0; i < img.n_layer; i++) {
		struct descriptor l;

		if (!rv_oci_descriptor(rv_json_at(rv_json_get(j, "layers"), i),
				       &l, err))
			return rv_fault_in(err, "layers[%zu]", i);
		img.layer[i].named = l.digest;
		img.layer[i].has_named = true;
		img.layer[i].has_blob = own(&l.digest, &img.layer[i].blob);
	}
	img.manifest = *sums;
	img.has_manifest = img.has_config = true;
	o->image = calloc(1, sizeof *o->image);
	if (!o->image)
		return rv_no_memory(err, "image");
	o->n_image = 1;
	o->image[0] = RV_TAKE(img);
	return true;
}

bool rv_oci_pinned(const struct rv_oci_digest *pin,
		   const struct rv_span *manifest, size_t n,
		   struct rv_span config, struct rv_oci *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_oci_free) struct rv_oci o = { .format = "documents" };
	RV_AUTO(rv_json_free) rv_json *top = NULL;
	RV_AUTO(rv_json_free) rv_json *below = NULL;
	const struct descriptor unnamed = { 0 };
	enum media is = MEDIA_UNKNOWN;
	struct rv_oci_sums sums, inner;
	size_t first = 0;

	/* Two may be given in either order: the pin says which is the top. */
	if (n == 2) {
		if (!rv_oci_sums_of(manifest[0], pin->alg, &sums, err))
			return false;
		first = !rv_oci_is(&sums, pin);
	}
	if (!copy_document(manifest[first], pin, "manifest", &sums, &top,
			   err) ||
	    !rv_oci_classify(&unnamed, top, &is, err))
		return false;
	if (is == MEDIA_MANIFEST) {
		if (!from_manifest(&sums, top, config, &o, err))
			return false;
		*out = RV_TAKE(o);
		return true;
	}
	if (n != 2)
		return rv_fault(err, "E_PIN",
				"the pinned digest is an index: the"
				" manifest it lists is needed too");
	if (!rv_oci_sums_of(manifest[!first], pin->alg, &inner, err) ||
	    !rv_oci_json(manifest[!first], "manifest", &below, err) ||
	    !rv_oci_classify(&unnamed, below, &is, err))
		return false;
	if (is != MEDIA_MANIFEST)
		return rv_fault(err, "E_PIN",
				"two indexes were given, and no manifest");
	if (!from_manifest(&inner, below, config, &o, err) ||
	    !in_index(top, &sums, o.image, err))
		return false;
	o.index = calloc(1, sizeof *o.index);
	if (!o.index)
		return rv_no_memory(err, "index");
	o.index[0] = sums;
	o.n_index = 1;
	*out = RV_TAKE(o);
	return true;
}
