/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.c - does a rebuild have what a pinned digest names? Six rungs, from
 * the same bytes (L5, L4) over the same parts (L3, L2) to the same content
 * (L1, L0); what could not be compared is never taken for the same.
 */
#include "meaning.h"
#include "oci.h"

#include <stdio.h>
#include <stdlib.h>

enum { L0, L1, L2, L3, L4, L5 };

void rv_oci_match_free(struct rv_oci_match *m)
{
	rv_oci_compared_free(&m->with);
}

/* ---- the pinned side, from its documents ---- */

static bool copy_document(struct rv_span bytes, const struct rv_sha256 *want,
			  const char *what, rv_json **out, struct rv_err *err)
{
	struct rv_sha256 sum;
	char a[72], b[72];

	if (!rv_sha256(bytes, &sum, err))
		return false;
	if (memcmp(&sum, want, sizeof sum) != 0) {
		oci_digest_text(&sum, a);
		oci_digest_text(want, b);
		return rv_fail(err, RV_INPUT,
			       "E_BLOB_DIGEST: the %s has the digest %s,"
			       " not %s",
			       what, a, b);
	}
	return oci_json(bytes, what, out, err);
}

/* Does index @j list @digest? */
static bool lists(const rv_json *j, const struct rv_sha256 *digest)
{
	const rv_json *list = rv_json_get(j, "manifests");

	for (size_t i = 0; i < rv_json_size(list); i++) {
		struct rv_err e = { 0 };
		struct rv_sha256 d;

		if (oci_digest(rv_json_text(
				   rv_json_get(rv_json_at(list, i), "digest")),
			       &d, &e) &&
		    memcmp(&d, digest, sizeof d) == 0)
			return true;
	}
	return false;
}

/* From the config alone: platform, diffIDs, chainIDs, refval-config 1. */
static bool from_config(struct rv_span bytes, const rv_json *j,
			struct rv_oci_image *img, struct rv_err *err)
{
	const rv_json *ids = rv_json_get(rv_json_get(j, "rootfs"), "diff_ids");
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	size_t n = rv_json_size(ids);
	struct rv_err e = { 0 };

	if (!oci_platform(j, &img->platform, err) ||
	    !rv_buf_copy(bytes, &img->config_json, err))
		return false;
	if (n > OCI_LAYERS_MAX)
		return rv_fail(err, RV_INPUT, "E_LAYERS: more than %d layers",
			       OCI_LAYERS_MAX);
	img->layer = calloc(n + 1, sizeof *img->layer);
	if (!img->layer)
		return rv_no_memory(err, "config");
	for (; img->n_layer < n; img->n_layer++) {
		struct rv_oci_layer *l = &img->layer[img->n_layer];

		if (!oci_digest(rv_json_text(rv_json_at(ids, img->n_layer)),
				&l->diffid, err))
			return oci_in(err, "diff_ids[%zu]", img->n_layer);
		l->has_diffid = true;
	}
	if (meaning_text(j, &g, &e)) {
		if (!rv_grow_take(&g, &img->meaning_text, err) ||
		    !rv_sha256(rv_buf_span(&img->meaning_text), &img->meaning,
			       err))
			return false;
		img->has_meaning = true;
	} else if (!oci_is_fault(&e)) {
		*err = e;
		return false;
	}
	return true;
}

static bool from_manifest(struct rv_span bytes, const rv_json *j,
			  struct rv_span config, struct rv_oci *o,
			  struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *c = NULL;
	RV_AUTO(oci_image_free) struct rv_oci_image img = { 0 };
	struct descriptor d;

	if (!oci_descriptor(rv_json_get(j, "config"), &d, err))
		return oci_in(err, "the manifest's config");
	if (!rv_sha256(bytes, &img.manifest, err) ||
	    !copy_document(config, &d.digest, "config", &c, err) ||
	    !from_config(config, c, &img, err))
		return false;
	if (rv_json_size(rv_json_get(j, "layers")) != img.n_layer)
		return rv_fail(err, RV_INPUT,
			       "E_DIFFID_COUNT: the config names %zu layers,"
			       " the manifest %zu",
			       img.n_layer,
			       rv_json_size(rv_json_get(j, "layers")));
	for (size_t i = 0; i < img.n_layer; i++) {
		struct descriptor l;

		if (!oci_descriptor(rv_json_at(rv_json_get(j, "layers"), i), &l,
				    err))
			return oci_in(err, "layers[%zu]", i);
		img.layer[i].blob = l.digest;
		img.layer[i].has_blob = true;
	}
	img.config = d.digest;
	img.has_manifest = img.has_config = true;
	o->image = calloc(1, sizeof *o->image);
	if (!o->image)
		return rv_no_memory(err, "image");
	o->n_image = 1;
	o->image[0] = RV_TAKE(img);
	return true;
}

bool rv_oci_pinned(const struct rv_sha256 *pin, const struct rv_span *manifest,
		   size_t n, struct rv_span config, struct rv_oci *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_oci_free) struct rv_oci o = { .format = "documents" };
	RV_AUTO(rv_json_free) rv_json *top = NULL;
	RV_AUTO(rv_json_free) rv_json *below = NULL;
	struct rv_sha256 sum;
	size_t first = 0;

	/* Two may be given in either order: the pin says which is the top. */
	if (n == 2) {
		if (!rv_sha256(manifest[0], &sum, err))
			return false;
		first = memcmp(&sum, pin, sizeof sum) != 0;
	}
	if (!copy_document(manifest[first], pin, "manifest", &top, err))
		return false;
	if (rv_json_get(top, "manifests")) {
		if (n != 2)
			return rv_fail(err, RV_INPUT,
				       "E_PIN: the pinned digest is an index:"
				       " the manifest it lists is needed too");
		if (!rv_sha256(manifest[!first], &sum, err))
			return false;
		if (!lists(top, &sum))
			return rv_fail(err, RV_INPUT,
				       "E_PIN: the index does not list the"
				       " manifest");
		if (!oci_json(manifest[!first], "manifest", &below, err) ||
		    !from_manifest(manifest[!first], below, config, &o, err))
			return false;
		o.index = calloc(1, sizeof *o.index);
		if (!o.index)
			return rv_no_memory(err, "index");
		o.index[0] = *pin;
		o.n_index = 1;
	} else if (!from_manifest(manifest[first], top, config, &o, err)) {
		return false;
	}
	*out = RV_TAKE(o);
	return true;
}

/* ---- the ladder ---- */

static bool in_indexes(const struct rv_oci *o, const struct rv_sha256 *d)
{
	for (size_t i = 0; o && i < o->n_index; i++)
		if (memcmp(&o->index[i], d, sizeof *d) == 0)
			return true;
	return false;
}

static bool in_images(const struct rv_oci *o, const struct rv_sha256 *d)
{
	for (size_t i = 0; o && i < o->n_image; i++)
		if (o->image[i].has_manifest &&
		    memcmp(&o->image[i].manifest, d, sizeof *d) == 0)
			return true;
	return false;
}

static void rung(struct rv_oci_match *m, unsigned i, enum rv_oci_tri t,
		 const char *why)
{
	m->rung[i] = t;
	snprintf(m->why[i], sizeof m->why[i], "%s", why);
}

/* L5 and L4: the digest itself. */
static void exact(struct rv_oci_match *m, const struct rv_sha256 *pin,
		  const struct rv_oci *r, const struct rv_oci *pinned)
{
	bool index = in_indexes(r, pin), made = r->made_up;
	bool whole = pinned && m->compared;

	if (index)
		rung(m, L5, RV_SAME, "the pinned index is in the rebuild");
	else if (whole && !in_indexes(pinned, pin))
		rung(m, L5, RV_DIFFER,
		     "the pin names a manifest, and no index");
	else
		rung(m, L5, RV_DIFFER,
		     "the pinned digest is no index in the"
		     " rebuild");
	if (in_images(r, pin))
		rung(m, L4, RV_SAME, "the pinned manifest is in the rebuild");
	else if (index)
		rung(m, L4, RV_SAME,
		     "the pinned index, in the rebuild, lists its manifest");
	else if (whole && m->with.kind[RV_KIND_MANIFEST] == RV_SAME)
		rung(m, L4, RV_SAME,
		     "the pinned index lists the rebuild's manifest");
	else if (made || !r->image[0].has_manifest)
		rung(m, L4, RV_UNKNOWN,
		     made ? "the rebuild's manifest was made up while saving"
			  : "the rebuild's format keeps no manifest");
	else if (whole)
		rung(m, L4, RV_DIFFER, "the manifests differ");
	else
		rung(m, L4, RV_UNKNOWN,
		     "the rebuild's manifest has another digest; the pin may"
		     " be an index that lists it");
}

static void part(struct rv_oci_match *m, unsigned i, enum rv_oci_kind kind,
		 const char *same, const char *differ, const char *unknown)
{
	enum rv_oci_tri t = m->compared ? m->with.kind[kind] : RV_UNKNOWN;

	rung(m, i, t,
	     t == RV_SAME     ? same
	     : t == RV_DIFFER ? differ
	     : m->compared    ? unknown
			      : "the pinned side was not given");
}

static void parts(struct rv_oci_match *m)
{
	const char *layers = "the layers of both sides are needed";

	part(m, L3, RV_KIND_CONFIG, "the same config", "the configs differ",
	     "a config is missing");
	part(m, L2, RV_KIND_DIFFIDS, "the same unpacked layers",
	     "the unpacked layers differ", "a config is missing");
	part(m, L1, RV_KIND_IMAGE, "the same refval-image-1",
	     "refval-image-1 differs", layers);
	part(m, L0, RV_KIND_TREE, "the same refval-tree-1",
	     "refval-tree-1 differs", layers);
	/* What runs differently cannot be the same image. */
	if (m->compared && m->rung[L1] == RV_UNKNOWN &&
	    m->with.kind[RV_KIND_MEANING] == RV_DIFFER)
		rung(m, L1, RV_DIFFER, "refval-config-1 differs");
	if (m->compared && m->rung[L1] == RV_UNKNOWN &&
	    m->with.platform == RV_DIFFER)
		rung(m, L1, RV_DIFFER, "the platforms differ");
	/* The same layers, run the same way, on the same platform. */
	if (m->compared && m->rung[L1] == RV_UNKNOWN &&
	    m->rung[L2] == RV_SAME &&
	    m->with.kind[RV_KIND_MEANING] == RV_SAME &&
	    m->with.platform == RV_SAME)
		rung(m, L1, RV_SAME,
		     "the same unpacked layers, the same refval-config-1");
	/* The same layers make the same files, whoever unpacks them. */
	if (m->rung[L2] == RV_SAME && m->rung[L0] == RV_UNKNOWN)
		rung(m, L0, RV_SAME, "the same unpacked layers");
	/* A level includes those below it. */
	for (unsigned i = L5; i > L3; i--)
		if (m->rung[i] == RV_SAME && m->rung[i - 1] == RV_UNKNOWN)
			rung(m, i - 1, RV_SAME, "implied by the level above");
	if (m->rung[L3] == RV_SAME)
		for (unsigned i = L0; i < L3; i++)
			if (m->rung[i] == RV_UNKNOWN)
				rung(m, i, RV_SAME,
				     "implied by the level"
				     " above");
}

static void verdict(struct rv_oci_match *m)
{
	bool runs_same = m->compared &&
			 m->with.kind[RV_KIND_MEANING] == RV_SAME &&
			 m->with.platform == RV_SAME;
	const char *why;

	m->level = -1;
	for (int i = L0; i <= L5; i++)
		if (m->rung[i] == RV_SAME)
			m->level = i;
	if (m->level >= L3 || m->rung[L1] == RV_SAME ||
	    (m->rung[L2] == RV_SAME && runs_same)) {
		m->verdict = RV_OK;
		why = m->level >= L4   ? "it is the pinned image"
		      : m->level == L3 ? "the same image, stored or packed"
					 " otherwise"
				       : "the same content and the same way to"
					 " run it, built at another time or"
					 " packed otherwise";
	} else if (m->rung[L4] == RV_DIFFER && m->rung[L1] == RV_DIFFER) {
		m->verdict = RV_NO;
		why = m->level == -1 ? "it is another image"
				     : "the files are the same, but it runs"
				       " differently";
	} else if (m->rung[L1] == RV_DIFFER) {
		m->verdict = RV_NO;
		why = "its content is another";
	} else {
		m->verdict = RV_INPUT;
		why = m->compared ? "the layers of the pinned image are needed"
				    " (--pinned) to compare content"
				  : "the digest alone does not say: give the"
				    " pinned image (--pinned), or its manifest"
				    " and config";
	}
	snprintf(m->reason, sizeof m->reason, "%s", why);
}

/* Both sides must be proven before anything is said about them. */
static bool usable(const struct rv_oci *o, const char *side, struct rv_err *err)
{
	for (size_t i = 0; i < o->n_image; i++)
		if (o->image[i].fault.code != RV_OK && !o->image[i].strict) {
			*err = o->image[i].fault;
			return oci_in(err, "%s", side);
		}
	return true;
}

static bool choose(const struct rv_oci *r, const struct rv_oci *pinned,
		   const struct rv_oci_image **a, const struct rv_oci_image **b,
		   struct rv_err *err)
{
	*a = *b = NULL;
	for (size_t i = 0; pinned && i < pinned->n_image && !*b; i++) {
		*b = rv_oci_counterpart(pinned, &pinned->image[i], r);
		*a = *b ? &pinned->image[i] : NULL;
	}
	if (r->n_image == 1 || !pinned || pinned->n_image == 1)
		return true;
	return rv_fail(err, RV_USAGE,
		       "both sides have several images: choose with"
		       " --platform");
}

bool rv_oci_match(const struct rv_sha256 *pin, const struct rv_oci *r,
		  const struct rv_oci *pinned, struct rv_oci_match *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };
	const struct rv_oci_image *a, *b;
	char text[72];

	oci_digest_text(pin, text);
	if (pinned && !in_indexes(pinned, pin) && !in_images(pinned, pin))
		return rv_fail(err, RV_INPUT,
			       "E_PIN: %s is not in the pinned side", text);
	if (!usable(r, "the rebuild", err) ||
	    (pinned && !in_indexes(pinned, pin) &&
	     !usable(pinned, "the pinned side", err)))
		return false;
	/* An index that is here already needs no single image chosen. */
	if (!in_indexes(r, pin) || !pinned || pinned->n_image == 1) {
		if (!choose(r, pinned, &a, &b, err))
			return false;
		if (a && !a->strict && strcmp(pinned->format, "documents") != 0)
			return usable(pinned, "the pinned side", err);
		if (a && !rv_oci_compare(pinned, a, r, b, &m.with, err))
			return false;
		m.compared = a;
	}
	exact(&m, pin, r, pinned);
	parts(&m);
	verdict(&m);
	*out = RV_TAKE(m);
	return true;
}
