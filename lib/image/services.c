/* SPDX-License-Identifier: Apache-2.0 */
/*
 * services.c - is what was rebuilt or pulled what a compose file pins?
 * Only a digest in it can make an image "yes"; the name of an archive only
 * says which service it was meant for.
 */
#include "oci.h"

#include <refval/hash_services.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NEEDED = 3 }; /* L3: the same config; L2 and less run something else */

struct archive {
	size_t nr;
	const char *name;	  /* borrowed */
	const struct rv_oci *oci; /* borrowed */
	bool used;		  /* it holds what some service pins */
	bool exact;		  /* its name and tag are some service's */
	bool named;		  /* some service was judged by it */
};

struct images {
	const struct rv_audit *audit; /* borrowed */
	struct archive *archive;      /* owned */
	size_t n;
};

static void images_free(struct images *s)
{
	free(s->archive);
}

static bool take_archives(struct images *s, const struct rv_container *from,
			  size_t n, struct rv_err *err)
{
	s->archive = calloc(n + 1, sizeof *s->archive);
	if (!s->archive)
		return rv_no_memory(err, "images");
	for (; s->n < n; s->n++) {
		const struct rv_container *c = &from[s->n];

		s->archive[s->n].name = c->name ? c->name : "image";
		s->archive[s->n].oci = c->image;
		s->archive[s->n].nr = s->n;
	}
	return true;
}

/* ---- names ---- */

/* @text with a repository in it: a bare tag ("latest") names nothing. */
static bool same_name(const char *text, const struct rv_oci_ref *want,
		      bool tags, bool *same, struct rv_err *err)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref r = { 0 };
	bool is;

	*same = false;
	if (!text || !strpbrk(text, ":/"))
		return true;
	if (!rv_oci_ref_is(rv_text(text), &r, &is, err))
		return false;
	*same =
	    is && r.name && strcmp(r.name, want->name) == 0 &&
	    (!tags || !r.tag || !want->tag || strcmp(r.tag, want->tag) == 0);
	return true;
}

static bool archive_named(const struct archive *a,
			  const struct rv_oci_ref *want, bool tags, bool *named,
			  struct rv_err *err)
{
	*named = false;
	for (size_t i = 0; i < a->oci->n_image; i++)
		for (size_t k = 0; k < a->oci->image[i].n_tag && !*named; k++)
			if (!same_name(a->oci->image[i].tag[k], want, tags,
				       named, err))
				return false;
	for (size_t i = 0; i < a->oci->n_served && !*named; i++)
		if (!same_name(a->oci->served[i].tag, want, tags, named, err))
			return false;
	return true;
}

/* The image's name as a service writes it; *has: it has one to compare. */
static bool service_ref(const struct rv_compose_image *im,
			struct rv_oci_ref *out, bool *has, struct rv_err *err)
{
	if (!rv_oci_ref_is(im->written, out, has, err))
		return false;
	*has = *has && out->name;
	return true;
}

/* Meant for this service: by name and tag, or by name when no tag fits. */
static bool meant_for(const struct archive *a, const struct rv_oci_ref *ref,
		      bool *meant, struct rv_err *err)
{
	return archive_named(a, ref, a->exact, meant, err);
}

/* ---- digests ---- */

/* *has: the reference has a digest of a kind that is computed. */
static bool pin_of(const struct rv_compose_image *im, struct rv_oci_digest *out,
		   bool *has, struct rv_err *err)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref r = { 0 };

	*has = false;
	if (!im->pinned)
		return true;
	if (!service_ref(im, &r, has, err))
		return false;
	*has = *has && r.has_digest;
	*out = r.digest;
	return true;
}

/* The archive that has the pinned digest itself (L5, L4), or NULL. */
static bool holder(struct images *s, const struct rv_oci_digest *pin,
		   struct archive **out, int *level, struct rv_err *err)
{
	*out = NULL;
	for (size_t i = 0; i < s->n; i++) {
		RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };

		if (!rv_oci_match(pin, s->archive[i].oci, NULL, &m, err))
			return rv_in(err, "%s", s->archive[i].name);
		if (m.level < NEEDED)
			continue;
		s->archive[i].used = true;
		if (!*out) {
			*out = &s->archive[i];
			*level = m.level;
		}
	}
	return true;
}

static bool mark(struct images *s, struct rv_err *err)
{
	for (size_t i = 0; i < s->audit->images; i++) {
		const struct rv_compose_image *im = &s->audit->image[i];
		RV_AUTO(rv_oci_ref_free) struct rv_oci_ref ref = { 0 };
		struct rv_oci_digest pin;
		struct archive *a;
		bool pinned, has;
		int level;

		if (!pin_of(im, &pin, &pinned, err) ||
		    (pinned && !holder(s, &pin, &a, &level, err)) ||
		    !service_ref(im, &ref, &has, err))
			return false;
		for (size_t k = 0; has && k < s->n; k++) {
			bool exact;

			if (!archive_named(&s->archive[k], &ref, true, &exact,
					   err))
				return false;
			s->archive[k].exact |= exact;
		}
	}
	return true;
}

/* Has the archive a manifest that some registry could have served? */
const struct rv_oci_sums *rv_oci_top(const struct rv_oci *o)
{
	if (o->made_up)
		return NULL;
	if (o->n_index)
		return &o->index[0];
	for (size_t i = 0; i < o->n_image; i++)
		if (o->image[i].has_manifest)
			return &o->image[i].manifest;
	return NULL;
}

/* ---- one service ---- */

static void RV_PRINTF(5, 6)
    judge(struct rv_service *j, enum rv_verdict v, const struct archive *a,
	  int level, const char *fmt, ...)
{
	va_list ap;

	/* The heaviest wins; the first reason of equals stays. */
	if (v <= j->verdict)
		return;
	j->verdict = v;
	j->archive = a->nr;
	j->level = level;
	va_start(ap, fmt);
	vsnprintf(j->reason, sizeof j->reason, fmt, ap);
	va_end(ap);
}

/* An archive meant for this service, that has not the pinned digest itself. */
static bool beside_pin(const struct rv_oci_digest *pin, struct archive *a,
		       const struct archive *pinned, struct rv_service *j,
		       struct rv_err *err)
{
	RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };
	struct rv_err e = { 0 };
	const struct rv_oci_sums *has = rv_oci_top(a->oci);

	a->named = true;
	if (!rv_oci_match(pin, a->oci, pinned ? pinned->oci : NULL, &m, &e)) {
		judge(j, RV_CANNOT_TELL, a, -1, "%s: %s", a->name, e.msg);
		if (e.code == RV_SYSTEM)
			*err = e;
		return e.code != RV_SYSTEM;
	}
	if (m.level >= NEEDED)
		judge(j, RV_YES, a, m.level,
		      "%s is the pinned image at level %s: %s", a->name,
		      rv_oci_level_name(m.level), m.why[m.level]);
	else if (pinned && m.compared && m.rung[NEEDED] == RV_DIFFER)
		judge(j, RV_DIFFERS, a, m.level,
		      "%s has this name and is not the pinned image in %s"
		      " (level %s, L3 is needed): %s",
		      a->name, pinned->name, rv_oci_level_name(m.level),
		      m.why[NEEDED]);
	else if (has)
		judge(j, RV_DIFFERS, a, m.level,
		      "%s has this name, and neither an index nor a manifest"
		      " with the pinned digest; a rebuild packed otherwise can"
		      " be told only beside the pinned image: give it, too",
		      a->name);
	else
		judge(j, RV_CANNOT_TELL, a, m.level,
		      "%s has this name, but %s; give the pinned image, too",
		      a->name, m.why[NEEDED + 1]);
	if (!j->has_actual && j->verdict == RV_DIFFERS && has) {
		j->actual = has->by[pin->alg];
		j->has_actual = true;
	}
	return true;
}

/* A nameless archive that is the pinned image, packed otherwise? */
static bool repacked(const struct rv_oci_digest *pin, struct archive *a,
		     const struct archive *pinned, struct rv_service *j,
		     struct rv_err *err)
{
	RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };
	struct rv_err e = { 0 };

	if (!rv_oci_match(pin, a->oci, pinned->oci, &m, &e)) {
		if (e.code == RV_SYSTEM)
			*err = e;
		return e.code != RV_SYSTEM;
	}
	a->named = a->named || m.level >= NEEDED;
	if (m.level >= NEEDED)
		judge(j, RV_YES, a, m.level,
		      "%s is the pinned image at level %s", a->name,
		      rv_oci_level_name(m.level));
	return true;
}

static bool judge_pinned(struct images *s, const struct rv_compose_image *im,
			 const struct rv_oci_digest *pin, struct rv_service *j,
			 struct rv_err *err)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref ref = { 0 };
	struct archive *a = NULL;
	bool has_ref;
	int level = 0;

	if (!service_ref(im, &ref, &has_ref, err) ||
	    !holder(s, pin, &a, &level, err))
		return false;
	if (a) {
		judge(j, RV_YES, a, level, "%s holds the pinned %s (level %s)",
		      a->name, level == RV_RUNGS - 1 ? "index" : "manifest",
		      rv_oci_level_name(level));
		j->actual = *pin;
		j->has_actual = true;
	}
	for (size_t i = 0; i < s->n; i++) {
		struct archive *b = &s->archive[i];
		bool meant = false;

		if (b->used)
			continue;
		if (has_ref && !meant_for(b, &ref, &meant, err))
			return false;
		if (meant) {
			if (!beside_pin(pin, b, a, j, err))
				return false;
		} else if (a && !repacked(pin, b, a, j, err)) {
			return false;
		}
	}
	if (j->verdict == RV_UNCHECKED)
		snprintf(j->reason, sizeof j->reason,
			 "pinned by digest; no archive of it was given");
	return true;
}

static bool judge_open(struct images *s, const struct rv_compose_image *im,
		       struct rv_service *j, struct rv_err *err)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref ref = { 0 };
	const char *why =
	    im->built	   ? "not pinned: it is built where it runs"
	    : im->pinned   ? "pinned by a digest that is neither sha256 nor"
			     " sha512"
	    : im->digest.p ? "not pinned: something else can take the place of"
			     " what the digest names"
	    : im->name.p   ? "not pinned: a tag can be moved to another image"
			   : "not pinned: the reference has a variable, or is"
			     " malformed";

	bool has_ref;

	snprintf(j->reason, sizeof j->reason, "%s", why);
	if (!service_ref(im, &ref, &has_ref, err))
		return false;
	for (size_t i = 0; has_ref && i < s->n; i++) {
		bool meant;

		if (!meant_for(&s->archive[i], &ref, &meant, err))
			return false;
		if (s->archive[i].used || !meant)
			continue;
		s->archive[i].named = true;
		judge(j, RV_CANNOT_TELL, &s->archive[i], -1,
		      "%s; no file can show what runs (%s has this name)", why,
		      s->archive[i].name);
	}
	return true;
}

/* ---- all of them ---- */

static bool judge_one(struct images *s, const struct rv_compose_image *im,
		      struct rv_service *out, struct rv_err *err)
{
	*out = (struct rv_service){ .image = im,
				    .verdict = RV_UNCHECKED,
				    .archive = SIZE_MAX,
				    .level = -1 };
	return pin_of(im, &out->pin, &out->pinned, err) &&
	       (out->pinned ? judge_pinned(s, im, &out->pin, out, err)
			    : judge_open(s, im, out, err));
}

void rv_services_free(struct rv_services *s)
{
	free(s->service);
	free(s->belongs);
	*s = (struct rv_services){ 0 };
}

bool rv_services_match(const struct rv_audit *audit,
		       const struct rv_container *archive, size_t n,
		       struct rv_services *out, struct rv_err *err)
{
	RV_AUTO(images_free) struct images s = { .audit = audit };
	RV_AUTO(rv_services_free) struct rv_services all = { 0 };

	if (!take_archives(&s, archive, n, err) || !mark(&s, err))
		return false;
	all.service = calloc(audit->images + 1, sizeof *all.service);
	all.belongs = calloc(n + 1, sizeof *all.belongs);
	if (!all.service || !all.belongs)
		return rv_no_memory(err, "images");
	for (; all.n < audit->images; all.n++)
		if (!judge_one(&s, &audit->image[all.n], &all.service[all.n],
			       err))
			return false;
	for (size_t i = 0; i < n; i++)
		all.belongs[i] = s.archive[i].used || s.archive[i].named;
	*out = RV_TAKE(all);
	return true;
}
