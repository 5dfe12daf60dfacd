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

/* What an engine goes by to choose from an index; NULL: not known. */
static const char *engine_platform(const struct rv_oci_image *img)
{
	return (img->saw & RV_SAW_PLATFORM) && img->promised ? img->promised
							     : img->platform;
}

/* ---- the pinned side, from its documents ---- */

static bool copy_document(struct rv_span bytes,
			  const struct rv_oci_digest *want, const char *what,
			  struct rv_oci_sums *sums, rv_json **out,
			  struct rv_err *err)
{
	char a[RV_OCI_TEXT], b[RV_OCI_TEXT];

	if (!oci_sums(bytes, want->alg, sums, err))
		return false;
	if (!oci_is(sums, want)) {
		rv_oci_digest_text(&sums->by[want->alg], a);
		rv_oci_digest_text(want, b);
		return rv_fail(err, RV_INPUT,
			       "E_BLOB_DIGEST: the %s has the digest %s,"
			       " not %s",
			       what, a, b);
	}
	return oci_json(bytes, what, out, err);
}

/* What one entry of an index says of the image that was given for it. */
static bool one_entry(const rv_json *j, struct rv_oci_image *img, bool *here,
		      struct rv_err *err)
{
	RV_AUTO(rv_free) char *said = NULL;
	struct descriptor d;

	if (!oci_descriptor(j, &d, err) || !oci_promised(&d, &said, err))
		return false;
	if (!oci_is(&img->manifest, &d.digest))
		return true;
	if (oci_is_attestation(&d))
		return rv_fail(err, RV_INPUT,
			       "E_PIN: the index lists the manifest as an"
			       " attestation, and not as an image");
	*here = true;
	if (said && img->promised && !oci_same_platform(said, img->promised))
		img->promised_other = true;
	if (said && img->platform && !oci_same_platform(said, img->platform))
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
	const char *mine = engine_platform(img);
	struct descriptor d;

	if (!oci_descriptor(j, &d, err) || !oci_promised(&d, &said, err))
		return false;
	*rival = !oci_is(&img->manifest, &d.digest) &&
		 !oci_is_attestation(&d) &&
		 (!d.media_type.n || d.media == MEDIA_INDEX ||
		  d.media == MEDIA_MANIFEST) &&
		 (!said || !mine || oci_is_platform(said, mine));
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
			return oci_in(err, "the index, manifests[%zu]", i);
	if (!here)
		return rv_fail(err, RV_INPUT,
			       "E_PIN: the index does not list the manifest");
	for (size_t i = 0; i < rv_json_size(list); i++) {
		if (!is_rival(rv_json_at(list, i), img, &rival, err))
			return oci_in(err, "the index, manifests[%zu]", i);
		if (rival)
			return rv_fail(
			    err, RV_INPUT,
			    "E_PLATFORM: the index may have another"
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
				&l->said, err))
			return oci_in(err, "diff_ids[%zu]", img->n_layer);
		l->has_said = true;
		l->has_diffid = own(&l->said, &l->diffid);
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

static bool from_manifest(const struct rv_oci_sums *sums, const rv_json *j,
			  struct rv_span config, struct rv_oci *o,
			  struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *c = NULL;
	RV_AUTO(oci_image_free) struct rv_oci_image img = { 0 };
	struct descriptor d;

	if (!oci_descriptor(rv_json_get(j, "config"), &d, err))
		return oci_in(err, "the manifest's config");
	if (!copy_document(config, &d.digest, "config", &img.config, &c, err) ||
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
		if (!oci_sums(manifest[0], pin->alg, &sums, err))
			return false;
		first = !oci_is(&sums, pin);
	}
	if (!copy_document(manifest[first], pin, "manifest", &sums, &top,
			   err) ||
	    !oci_classify(&unnamed, top, &is, err))
		return false;
	if (is == MEDIA_MANIFEST) {
		if (!from_manifest(&sums, top, config, &o, err))
			return false;
		*out = RV_TAKE(o);
		return true;
	}
	if (n != 2)
		return rv_fail(err, RV_INPUT,
			       "E_PIN: the pinned digest is an index: the"
			       " manifest it lists is needed too");
	if (!oci_sums(manifest[!first], pin->alg, &inner, err) ||
	    !oci_json(manifest[!first], "manifest", &below, err) ||
	    !oci_classify(&unnamed, below, &is, err))
		return false;
	if (is != MEDIA_MANIFEST)
		return rv_fail(
		    err, RV_INPUT,
		    "E_PIN: two indexes were given, and no manifest");
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

/* ---- the ladder ---- */

static bool in_indexes(const struct rv_oci *o, const struct rv_oci_digest *d)
{
	for (size_t i = 0; o && i < o->n_index; i++)
		if (oci_is(&o->index[i], d))
			return true;
	return false;
}

static bool in_images(const struct rv_oci *o, const struct rv_oci_digest *d)
{
	for (size_t i = 0; o && i < o->n_image; i++)
		if (o->image[i].has_manifest &&
		    oci_is(&o->image[i].manifest, d))
			return true;
	return false;
}

static bool holds(const struct rv_oci_sums *list, size_t n,
		  const struct rv_oci_digest *d)
{
	for (size_t i = 0; i < n; i++)
		if (oci_is(&list[i], d))
			return true;
	return false;
}

/* Is @img what the pin names, or below the index that it names? */
static bool is_pinned(const struct rv_oci_image *img,
		      const struct rv_oci_digest *pin)
{
	return holds(img->above, img->n_above, pin) ||
	       (img->has_manifest && holds(&img->manifest, 1, pin));
}

/* What was not read may be what an engine takes from the pinned index. */
static bool check_unread(const struct rv_oci *o, const char *side,
			 const struct rv_oci_digest *pin, struct rv_err *err)
{
	for (size_t i = 0; i < o->n_image; i++) {
		const char *mine = engine_platform(&o->image[i]);

		if (!is_pinned(&o->image[i], pin))
			continue;
		for (size_t k = 0; k < o->n_unread; k++) {
			const struct rv_oci_unread *u = &o->unread[k];

			if (!holds(u->above, u->n_above, pin) ||
			    (u->platform && mine &&
			     !oci_is_platform(u->platform, mine)))
				continue;
			return rv_fail(
			    err, RV_INPUT,
			    "E_PLATFORM: %s: the pinned index may"
			    " have another image for %s, which is not"
			    " here",
			    side, mine ? mine : "this platform");
		}
	}
	return true;
}

static bool any_pinned(const struct rv_oci *o, const struct rv_oci_digest *pin)
{
	for (size_t i = 0; o && i < o->n_image; i++)
		if (is_pinned(&o->image[i], pin))
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
static void exact(struct rv_oci_match *m, const struct rv_oci_digest *pin,
		  const struct rv_oci *r, const struct rv_oci *pinned)
{
	bool listed = in_indexes(r, pin), made = r->made_up;
	bool index = listed && any_pinned(r, pin);
	bool whole = pinned && m->compared;

	if (index)
		rung(m, L5, RV_SAME, "the pinned index is in the rebuild");
	else if (listed)
		rung(m, L5, RV_UNKNOWN,
		     "the pinned index is in the rebuild, and no image that it"
		     " lists");
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
	     "the unpacked layers differ",
	     m->with.kind[RV_KIND_CONFIG] == RV_UNKNOWN
		 ? "a config is missing"
		 : "the configs name the unpacked layers by different"
		   " algorithms");
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

/* What is compared must be proven before anything is said about it. */
static bool usable(const struct rv_oci_image *img, const char *side,
		   struct rv_err *err)
{
	if (img->fault.code == RV_OK || img->strict)
		return true;
	*err = img->fault;
	return oci_in(err, "%s", side);
}

static bool check_sides(const struct rv_oci *r, const struct rv_oci *pinned,
			const struct rv_oci_digest *pin, struct rv_err *err)
{
	char text[RV_OCI_TEXT];

	for (size_t i = 0; i < r->n_image; i++)
		if (!usable(&r->image[i], "the rebuild", err))
			return false;
	if (!check_unread(r, "the rebuild", pin, err) ||
	    (pinned && !check_unread(pinned, "the pinned side", pin, err)))
		return false;
	if (!pinned || any_pinned(pinned, pin))
		return true;
	rv_oci_digest_text(pin, text);
	return rv_fail(err, RV_INPUT,
		       in_indexes(pinned, pin)
			   ? "E_PIN: the index %s is in the pinned side, and no"
			     " image that it lists"
			   : "E_PIN: %s is not in the pinned side",
		       text);
}

/* Does @b, of the rebuild, belong beside the pinned @a? */
static bool beside(const struct rv_oci_image *a, const struct rv_oci_image *b,
		   bool alone)
{
	const char *want = engine_platform(a);

	if (a->saw & RV_SAW_PLATFORM)
		return want && b->platform &&
		       oci_is_platform(want, b->platform);
	return alone ||
	       (want && b->platform && oci_is_platform(want, b->platform));
}

static bool one_pair(const struct rv_oci_digest *pin, const struct rv_oci *r,
		     const struct rv_oci_image *b, const struct rv_oci *pinned,
		     const struct rv_oci_image *a, struct rv_oci_match *best,
		     struct rv_err *err)
{
	RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };

	if (strcmp(pinned->format, "documents") != 0 &&
	    !usable(a, "the pinned side", err))
		return false;
	if (!rv_oci_compare(pinned, a, r, b, &m.with, err))
		return false;
	m.compared = true;
	exact(&m, pin, r, pinned);
	parts(&m);
	verdict(&m);
	if (best->compared && (best->verdict == RV_OK || m.verdict != RV_OK) &&
	    m.level <= best->level)
		return true;
	rv_oci_match_free(best);
	*best = RV_TAKE(m);
	return true;
}

/* Of several that are pinned, the one for the rebuild's platform. */
static bool check_choice(const struct rv_oci_image *a,
			 const struct rv_oci_image *other, struct rv_err *err)
{
	const char *p = engine_platform(a);

	if (!other || a == other)
		return true;
	if (p && engine_platform(other) &&
	    oci_is_platform(p, engine_platform(other)))
		return rv_fail(err, RV_INPUT,
			       "E_PLATFORM: the pinned index lists two images"
			       " for %s: which one runs depends on who pulls"
			       " it",
			       p);
	return rv_fail(err, RV_USAGE,
		       "both sides have several images: choose with"
		       " --platform");
}

/* The best of the pairs that belong beside each other. */
static bool compare_pairs(const struct rv_oci_digest *pin,
			  const struct rv_oci *r, const struct rv_oci *pinned,
			  struct rv_oci_match *best, struct rv_err *err)
{
	const struct rv_oci_image *chosen = NULL;
	bool here = any_pinned(r, pin);
	size_t n = 0;

	for (size_t i = 0; i < pinned->n_image; i++) {
		if (!is_pinned(&pinned->image[i], pin))
			continue;
		n++;
		if (pinned->image[i].promised_other)
			return rv_fail(err, RV_INPUT,
				       "E_PLATFORM: the pinned index lists one"
				       " manifest for two platforms");
	}
	for (size_t i = 0; i < pinned->n_image; i++) {
		const struct rv_oci_image *a = &pinned->image[i];

		if (!is_pinned(a, pin))
			continue;
		for (size_t k = 0; k < r->n_image; k++) {
			if ((here && !is_pinned(&r->image[k], pin)) ||
			    !beside(a, &r->image[k], n == 1 && r->n_image == 1))
				continue;
			if (!check_choice(a, chosen, err) ||
			    !one_pair(pin, r, &r->image[k], pinned, a, best,
				      err))
				return false;
			chosen = a;
		}
	}
	return chosen || here ||
	       rv_fail(err, RV_INPUT,
		       "E_NO_IMAGE: the pinned side has no image for the"
		       " rebuild's platform");
}

bool rv_oci_match(const struct rv_oci_digest *pin, const struct rv_oci *r,
		  const struct rv_oci *pinned, struct rv_oci_match *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };

	if (!check_sides(r, pinned, pin, err))
		return false;
	/* What is here itself needs nothing beside it to be told. */
	if (pinned && !(any_pinned(r, pin) && pinned->n_image > 1) &&
	    !compare_pairs(pin, r, pinned, &m, err))
		return false;
	if (!m.compared) {
		exact(&m, pin, r, pinned);
		parts(&m);
		verdict(&m);
	}
	*out = RV_TAKE(m);
	return true;
}
