/* SPDX-License-Identifier: Apache-2.0 */
/*
 * images.c - is what was rebuilt or pulled what the app-compose pins?
 * Only a digest in the given app-compose can make an image "yes"; the name of
 * an archive only says which service it was meant for.
 */
#include "verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NEEDED = 3 }; /* L3: the same config; L2 and less run something else */

struct archive {
	const char *name;	  /* borrowed */
	const struct rv_oci *oci; /* borrowed */
	bool used;		  /* it holds what some service pins */
	bool exact;		  /* its name and tag are some service's */
	bool named;		  /* some service was judged by it */
};

struct images {
	struct rv_audit audit;
	struct archive *archive;
	size_t n;
};

static void images_free(struct images *s)
{
	free(s->archive);
	rv_audit_free(&s->audit);
}

static bool take_archives(struct images *s, const struct rv_verify_input *in,
			  struct rv_err *err)
{
	s->archive = calloc(in->containers + 1, sizeof *s->archive);
	if (!s->archive)
		return rv_no_memory(err, "images");
	for (; s->n < in->containers; s->n++) {
		const struct rv_container *c = &in->container[s->n];

		s->archive[s->n].name = c->name ? c->name : "image";
		s->archive[s->n].oci = c->image;
	}
	return true;
}

/* ---- names ---- */

/* @text with a repository in it: a bare tag ("latest") names nothing. */
static bool same_name(const char *text, const struct rv_oci_ref *want,
		      bool tags)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref r = { 0 };
	struct rv_err e = { 0 };

	if (!text || !strpbrk(text, ":/") ||
	    !rv_oci_ref_parse(rv_text(text), &r, &e) || !r.name)
		return false;
	return strcmp(r.name, want->name) == 0 &&
	       (!tags || !r.tag || !want->tag || strcmp(r.tag, want->tag) == 0);
}

static bool archive_named(const struct archive *a,
			  const struct rv_oci_ref *want, bool tags)
{
	for (size_t i = 0; i < a->oci->n_image; i++)
		for (size_t k = 0; k < a->oci->image[i].n_tag; k++)
			if (same_name(a->oci->image[i].tag[k], want, tags))
				return true;
	for (size_t i = 0; i < a->oci->n_served; i++)
		if (same_name(a->oci->served[i].tag, want, tags))
			return true;
	return false;
}

/* The image's name as a service writes it; false: it has none to compare. */
static bool service_ref(const struct rv_compose_image *im,
			struct rv_oci_ref *out, bool *has, struct rv_err *err)
{
	struct rv_err e = { 0 };

	*has = rv_oci_ref_parse(im->written, out, &e) && out->name;
	/* What is no reference is one thing, no memory to read it another. */
	if (!*has && e.code == RV_SYSTEM)
		*err = e;
	return e.code != RV_SYSTEM;
}

/* Meant for this service: by name and tag, or by name when no tag fits. */
static bool meant_for(const struct archive *a, const struct rv_oci_ref *ref)
{
	return archive_named(a, ref, a->exact);
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
	for (size_t i = 0; i < s->audit.images; i++) {
		const struct rv_compose_image *im = &s->audit.image[i];
		RV_AUTO(rv_oci_ref_free) struct rv_oci_ref ref = { 0 };
		struct rv_oci_digest pin;
		struct archive *a;
		bool pinned, has;
		int level;

		if (!pin_of(im, &pin, &pinned, err) ||
		    (pinned && !holder(s, &pin, &a, &level, err)) ||
		    !service_ref(im, &ref, &has, err))
			return false;
		for (size_t k = 0; has && k < s->n; k++)
			if (archive_named(&s->archive[k], &ref, true))
				s->archive[k].exact = true;
	}
	return true;
}

/* Has the archive a manifest that some registry could have served? */
static const struct rv_oci_sums *served(const struct rv_oci *o)
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

struct judged {
	enum rv_verdict verdict;
	char reason[1024];
	struct rv_oci_digest actual;
	bool has_actual;
};

static void RV_PRINTF(3, 4)
    judge(struct judged *j, enum rv_verdict v, const char *fmt, ...)
{
	va_list ap;

	/* The heaviest wins; the first reason of equals stays. */
	if (v <= j->verdict)
		return;
	j->verdict = v;
	va_start(ap, fmt);
	vsnprintf(j->reason, sizeof j->reason, fmt, ap);
	va_end(ap);
}

/* An archive meant for this service, that has not the pinned digest itself. */
static bool beside_pin(const struct rv_oci_digest *pin, struct archive *a,
		       const struct archive *pinned, struct judged *j,
		       struct rv_err *err)
{
	RV_AUTO(rv_oci_match_free) struct rv_oci_match m = { 0 };
	struct rv_err e = { 0 };
	const struct rv_oci_sums *has = served(a->oci);

	a->named = true;
	if (!rv_oci_match(pin, a->oci, pinned ? pinned->oci : NULL, &m, &e)) {
		judge(j, RV_CANNOT_TELL, "%s: %s", a->name, e.msg);
		if (e.code == RV_SYSTEM)
			*err = e;
		return e.code != RV_SYSTEM;
	}
	if (m.level >= NEEDED)
		judge(j, RV_YES, "%s is the pinned image at level %s: %s",
		      a->name, rv_oci_level_name(m.level), m.why[m.level]);
	else if (pinned && m.compared && m.rung[NEEDED] == RV_DIFFER)
		judge(j, RV_DIFFERS,
		      "%s has this name and is not the pinned image in %s"
		      " (level %s, L3 is needed): %s",
		      a->name, pinned->name, rv_oci_level_name(m.level),
		      m.why[NEEDED]);
	else if (has)
		judge(j, RV_DIFFERS,
		      "%s has this name, and neither an index nor a manifest"
		      " with the pinned digest; a rebuild packed otherwise can"
		      " be told only beside the pinned image (--image, too)",
		      a->name);
	else
		judge(j, RV_CANNOT_TELL,
		      "%s has this name, but %s; give the pinned image, too"
		      " (--image)",
		      a->name, m.why[NEEDED + 1]);
	if (!j->has_actual && j->verdict == RV_DIFFERS && has) {
		j->actual = has->by[pin->alg];
		j->has_actual = true;
	}
	return true;
}

/* A nameless archive that is the pinned image, packed otherwise? */
static bool repacked(const struct rv_oci_digest *pin, struct archive *a,
		     const struct archive *pinned, struct judged *j,
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
		judge(j, RV_YES, "%s is the pinned image at level %s", a->name,
		      rv_oci_level_name(m.level));
	return true;
}

static bool judge_pinned(struct images *s, const struct rv_compose_image *im,
			 const struct rv_oci_digest *pin, struct judged *j,
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
		judge(j, RV_YES, "%s holds the pinned %s (level %s)", a->name,
		      level == RV_RUNGS - 1 ? "index" : "manifest",
		      rv_oci_level_name(level));
		j->actual = *pin;
		j->has_actual = true;
	}
	for (size_t i = 0; i < s->n; i++) {
		struct archive *b = &s->archive[i];

		if (b->used)
			continue;
		if (has_ref && meant_for(b, &ref)) {
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
		       struct judged *j, struct rv_err *err)
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
		if (s->archive[i].used || !meant_for(&s->archive[i], &ref))
			continue;
		s->archive[i].named = true;
		judge(j, RV_CANNOT_TELL,
		      "%s; no file can show what runs (%s has this name)", why,
		      s->archive[i].name);
	}
	return true;
}

/* ---- the report ---- */

/* "image SERVICE", with what is not a service's name in hex. */
static void check_name(const struct rv_compose_image *im, char *out, size_t n)
{
	size_t at = (size_t)snprintf(out, n, "image ");

	for (size_t i = 0; i < im->service.n && at + 32 < n; i++) {
		uint8_t c = im->service.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z') || strchr("._-", c);

		at += (size_t)snprintf(out + at, n - at,
				       plain && c ? "%c" : "\\x%02x", c);
	}
	if (!im->service.n)
		at += (size_t)snprintf(out + at, n - at, "-");
	if (strcmp(im->place, "image") != 0)
		snprintf(out + at, n - at, " (%s)", im->place);
}

/* Does the machine run the app-compose that was given? */
static bool compose_is_run(const struct rv_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->check[i].name &&
		    strcmp(r->check[i].name, "compose_hash") == 0)
			return r->check[i].verdict == RV_YES;
	return false;
}

static void set_digest(struct rv_report *r, char **field,
		       const struct rv_oci_digest *d)
{
	char text[RV_OCI_TEXT];

	rv_oci_digest_text(d, text);
	rv_report_set(r, field, "%s", text);
}

static bool add_service(struct rv_verify_job *job, struct images *s, bool run,
			const struct rv_compose_image *im, struct rv_err *err)
{
	struct judged j = { .verdict = RV_UNCHECKED };
	struct rv_oci_digest pin;
	struct rv_check *k;
	bool pinned;
	char name[256];

	if (!pin_of(im, &pin, &pinned, err) ||
	    !(pinned ? judge_pinned(s, im, &pin, &j, err)
		     : judge_open(s, im, &j, err)))
		return false;
	check_name(im, name, sizeof name);
	k = rv_report_add(&job->out->report, RV_LAYER_APP, name, j.verdict);
	if (pinned)
		set_digest(&job->out->report, &k->expected, &pin);
	if (pinned)
		rv_report_set(&job->out->report, &k->from,
			      "the given app-compose.json");
	if (j.has_actual)
		set_digest(&job->out->report, &k->actual, &j.actual);
	if (j.verdict == RV_YES && !run) {
		k->verdict = RV_CANNOT_TELL;
		rv_report_set(&job->out->report, &k->reason,
			      "%s; but the machine is not shown to run this"
			      " app-compose.json",
			      j.reason);
	} else {
		rv_report_rests(k, "compose_hash");
		rv_report_set(&job->out->report, &k->reason, "%s", j.reason);
	}
	return true;
}

/* Given, and nobody's: whoever gave it expected an answer. */
static void add_unmatched(struct rv_verify_job *job, const struct images *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct archive *a = &s->archive[i];
		const struct rv_oci_sums *has = served(a->oci);
		struct rv_check *k;

		if (a->used || a->named)
			continue;
		k = rv_report_add(&job->out->report, RV_LAYER_APP,
				  "image_archive", RV_CANNOT_TELL);
		if (has)
			set_digest(&job->out->report, &k->actual,
				   &has->by[has->named]);
		rv_report_set(&job->out->report, &k->reason,
			      "%s is no service's image: it has no digest that"
			      " is pinned, and no service's name",
			      a->name);
	}
}

/* Not one service can be judged: why, once. */
static void add_unjudged(struct rv_verify_job *job, struct rv_span why)
{
	struct rv_report *r = &job->out->report;
	struct rv_check *k =
	    rv_report_add(r, RV_LAYER_APP, "images",
			  job->in->containers ? RV_CANNOT_TELL : RV_UNCHECKED);

	rv_report_set(r, &k->reason, "which images run cannot be judged: %.*s",
		      (int)(why.n < 400 ? why.n : 400), (const char *)why.p);
}

static struct rv_span why_unjudged(const struct rv_audit *a)
{
	for (size_t i = 0; i < a->findings; i++)
		if (a->finding[i].code[0] == 'E')
			return a->finding[i].says;
	return rv_text("refval-hash audit says why");
}

bool rv_verify_images(struct rv_verify_job *job, struct rv_err *err)
{
	RV_AUTO(images_free) struct images s = { 0 };
	struct rv_err e = { 0 };
	bool run;

	if (job->in->containers && !job->in->compose)
		return rv_fail(err, RV_USAGE,
			       "container images, and no app-compose.json that"
			       " says which are pinned");
	if (!job->in->compose)
		return true;
	if (!take_archives(&s, job->in, err))
		return false;
	if (!rv_audit_read(*job->in->compose, &s.audit, &e)) {
		if (e.code != RV_INPUT) {
			*err = e;
			return false;
		}
		add_unjudged(job, rv_text(e.msg));
		return true;
	}
	if (s.audit.verdict == RV_INPUT) {
		add_unjudged(job, why_unjudged(&s.audit));
		return true;
	}
	if (!mark(&s, err))
		return false;
	run = compose_is_run(&job->out->report);
	for (size_t i = 0; i < s.audit.images; i++)
		if (!add_service(job, &s, run, &s.audit.image[i], err))
			return false;
	add_unmatched(job, &s);
	return true;
}
