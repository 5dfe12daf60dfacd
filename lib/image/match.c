/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match.c - does a rebuild have what a pinned digest names? Six rungs, from
 * the same bytes (L5, L4) over the same parts (L3, L2) to the same content
 * (L1, L0); what could not be compared is never taken for the same.
 */
#include "oci.h"

#include <stdio.h>
#include <stdlib.h>

enum { L0, L1, L2, L3, L4, L5 };

const char *rv_oci_level_name(int level)
{
	static const char *const name[] = {
		"L0", "L1", "L2", "L3", "L4", "L5"
	};

	return level >= 0 && level < RV_RUNGS ? name[level] : "none";
}

void rv_oci_match_free(struct rv_oci_match *m)
{
	rv_oci_compared_free(&m->with);
}

static bool in_indexes(const struct rv_oci *o, const struct rv_oci_digest *d)
{
	for (size_t i = 0; o && i < o->n_index; i++)
		if (rv_oci_is(&o->index[i], d))
			return true;
	return false;
}

static bool in_images(const struct rv_oci *o, const struct rv_oci_digest *d)
{
	for (size_t i = 0; o && i < o->n_image; i++)
		if (o->image[i].has_manifest &&
		    rv_oci_is(&o->image[i].manifest, d))
			return true;
	return false;
}

static bool holds(const struct rv_oci_sums *list, size_t n,
		  const struct rv_oci_digest *d)
{
	for (size_t i = 0; i < n; i++)
		if (rv_oci_is(&list[i], d))
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
		const char *mine = rv_oci_engine_platform(&o->image[i]);

		if (!is_pinned(&o->image[i], pin))
			continue;
		for (size_t k = 0; k < o->n_unread; k++) {
			const struct rv_oci_unread *u = &o->unread[k];

			if (!holds(u->above, u->n_above, pin) ||
			    (u->platform && mine &&
			     !rv_oci_is_platform(u->platform, mine)))
				continue;
			return rv_fault(
			    err, "E_PLATFORM",
			    "%s: the pinned index may"
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
		rung(m, L4, RV_DIFFER,
		     m->with.kind[RV_KIND_LAYERS] == RV_SAME
			 ? "the manifests differ, and list the same stored"
			   " layers: one may be a copy of the other in"
			   " another form"
			 : "the manifests differ");
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

/* What a level that was told says of levels that could not be. */
static void implied(struct rv_oci_match *m)
{
	/* The same layers make the same files, whoever unpacks them. */
	if (m->rung[L2] == RV_SAME && m->rung[L0] == RV_UNKNOWN)
		rung(m, L0, RV_SAME, "the same unpacked layers");
	/* A level includes those below it. */
	for (unsigned i = L5; i > L3; i--)
		if (m->rung[i] == RV_SAME && m->rung[i - 1] == RV_UNKNOWN)
			rung(m, i - 1, RV_SAME, "implied by the level above");
	for (unsigned i = L0; m->rung[L3] == RV_SAME && i < L3; i++)
		if (m->rung[i] == RV_UNKNOWN)
			rung(m, i, RV_SAME, "implied by the level above");
}

/* Which side's content has no digest, in words; "" where that is no matter. */
static void refused(const struct rv_oci_image *pinned,
		    const struct rv_oci_image *rebuild, char out[128])
{
	const struct rv_oci_image *side =
	    rebuild->fault.code != RV_OK ? rebuild : pinned;

	*out = '\0';
	if (side->fault.code != RV_OK)
		snprintf(out, 128, "the %s has no content digest (%s)",
			 side == rebuild ? "rebuild" : "pinned image",
			 side->fault.id ? side->fault.id : "");
}

static void parts(struct rv_oci_match *m, const char *why)
{
	const char *layers = *why ? why : "the layers of both sides are needed";

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
	implied(m);
}

static void verdict(struct rv_oci_match *m, const char *content)
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
		why = *content ? content
		      : m->compared
			  ? "the layers of the pinned image are needed"
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
	return rv_fault_in(err, "%s", side);
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
	if (in_indexes(pinned, pin))
		return rv_fault(err, "E_PIN",
				"the index %s is in the pinned side, and no"
				" image that it lists",
				text);
	return rv_fault(err, "E_PIN",
			"%s is not in the pinned side: some tools write a"
			" manifest anew when they copy it; copy with skopeo"
			" copy --all --preserve-digests, or give its manifest"
			" and config",
			text);
}

/* Does @b, of the rebuild, belong beside the pinned @a? */
static bool beside(const struct rv_oci_image *a, const struct rv_oci_image *b,
		   bool alone)
{
	const char *want = rv_oci_engine_platform(a);

	if (a->saw & RV_SAW_PLATFORM)
		return want && b->platform &&
		       rv_oci_is_platform(want, b->platform);
	return alone ||
	       (want && b->platform && rv_oci_is_platform(want, b->platform));
}

/* By what is said of it, then by how much of it is the same. */
static bool is_better(const struct rv_oci_match *m,
		      const struct rv_oci_match *best)
{
	if (m->verdict != best->verdict)
		return m->verdict == RV_OK || best->verdict == RV_NO;
	return m->level > best->level;
}

static bool one_pair(const struct rv_oci_digest *pin, const struct rv_oci *r,
		     const struct rv_oci_image *b, const struct rv_oci *pinned,
		     const struct rv_oci_image *a, struct rv_oci_match *best,
		     struct rv_err *err)
{
	RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };
	char text[128];

	if (strcmp(pinned->format, "documents") != 0 &&
	    !usable(a, "the pinned side", err))
		return false;
	if (!rv_oci_compare(pinned, a, r, b, &m.with, err))
		return false;
	m.compared = true;
	exact(&m, pin, r, pinned);
	refused(a, b, text);
	parts(&m, text);
	verdict(&m, text);
	if (best->compared && !is_better(&m, best))
		return true;
	rv_oci_match_free(best);
	*best = RV_TAKE(m);
	return true;
}

/* Of several that are pinned, the one for the rebuild's platform. */
static bool check_choice(const struct rv_oci_image *a,
			 const struct rv_oci_image *other, struct rv_err *err)
{
	const char *p = rv_oci_engine_platform(a);

	if (!other || a == other)
		return true;
	if (p && rv_oci_engine_platform(other) &&
	    rv_oci_is_platform(p, rv_oci_engine_platform(other)))
		return rv_fault(err, "E_PLATFORM",
				"the pinned index lists two images"
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
			return rv_fault(err, "E_PLATFORM",
					"the pinned index lists one"
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
	       rv_fault(err, "E_NO_IMAGE",
			"the pinned side has no image for the"
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
		parts(&m, "");
		verdict(&m, "");
	}
	*out = RV_TAKE(m);
	return true;
}
