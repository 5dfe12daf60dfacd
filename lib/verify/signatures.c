/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signatures.c - the report's rows about signatures of the images that the
 * app-compose pins. Only a digest makes a signature one of an image; the name
 * that it signs says which service it was meant for.
 */
#include "verify.h"

#include <refval/hash_services.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* What the signatures say of one service. */
struct answer {
	enum rv_verdict verdict;
	char reason[1024];
	const char *actual; /* the digest that was signed; or NULL */
};

/*
 * A good signature is not undone by another that is none: anybody may sign
 * anything. Where none is good, what is undecided weighs more than a no.
 */
static int weight(enum rv_verdict v)
{
	switch (v) {
	case RV_YES:
		return 3;
	case RV_CANNOT_TELL:
		return 2;
	case RV_DIFFERS:
		return 1;
	default:
		return 0;
	}
}

static void RV_PRINTF(4, 5) put(struct answer *a, enum rv_verdict v,
				const char *actual, const char *fmt, ...)
{
	va_list ap;

	/* The first of equals stays. */
	if (weight(v) <= weight(a->verdict))
		return;
	a->verdict = v;
	a->actual = actual;
	va_start(ap, fmt);
	vsnprintf(a->reason, sizeof a->reason, fmt, ap);
	va_end(ap);
}

/* Of the digest that is pinned: it decides. */
static void decide(struct answer *a, const struct rv_given_signature *g,
		   const struct rv_signed_subject *s)
{
	const struct rv_image_signature *j = g->judged;
	const char *as = j->predicate ? j->predicate : "";

	if (j->state == RV_SIGNED_GOOD && j->vouches)
		put(a, RV_YES, s->digest, "%s: %s%s%s", g->name, j->said,
		    *as ? ", a statement of type " : "", as);
	else if (j->state == RV_SIGNED_GOOD)
		put(a, RV_CANNOT_TELL, s->digest,
		    "%s: %s, but as a statement of type %s: whether that"
		    " speaks for the image is not known here",
		    g->name, j->said, as);
	else
		put(a, j->state == RV_SIGNED_BAD ? RV_DIFFERS : RV_CANNOT_TELL,
		    NULL, "%s: %s", g->name, j->said);
}

/* The repository that @text names, or NULL; owned by @ref. */
static bool repository(struct rv_span text, struct rv_oci_ref *ref,
		       const char **out, struct rv_err *err)
{
	bool is;

	if (!rv_oci_ref_is(text, ref, &is, err))
		return false;
	*out = is ? ref->name : NULL;
	return true;
}

/* A bare word is a file's name, no repository's. */
static bool is_named(const struct rv_signed_subject *s, const char *want,
		     bool *out, struct rv_err *err)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref ref = { 0 };
	const char *name;

	*out = false;
	if (!want || !s->name || !strpbrk(s->name, ":/"))
		return true;
	if (!repository(rv_text(s->name), &ref, &name, err))
		return false;
	*out = name && strcmp(name, want) == 0;
	return true;
}

/* Of another digest than @pin (NULL: there is none), and named for @want? */
static bool beside(struct answer *a, const struct rv_given_signature *g,
		   const char *want, bool pinned, bool *used,
		   struct rv_err *err)
{
	for (size_t i = 0; i < g->judged->n; i++) {
		const struct rv_signed_subject *s = &g->judged->subject[i];
		bool named;

		if (!is_named(s, want, &named, err))
			return false;
		if (!named)
			continue;
		*used = true;
		if (pinned)
			put(a, RV_DIFFERS, s->digest,
			    "%s is for this image's name, and signs another"
			    " digest",
			    g->name);
		else
			put(a, RV_CANNOT_TELL, s->digest,
			    "not pinned by digest, so that no signature can"
			    " be of what runs (%s has this name)",
			    g->name);
		return true;
	}
	return true;
}

/* All that @g says of @service; *used: it says something. */
static bool ask(struct answer *a, const struct rv_given_signature *g,
		const struct rv_service *service, const char *want, bool *used,
		struct rv_err *err)
{
	char pin[RV_OCI_TEXT] = "";

	if (service->pinned)
		rv_oci_digest_text(&service->pin, pin);
	for (size_t i = 0; i < g->judged->n; i++) {
		const struct rv_signed_subject *s = &g->judged->subject[i];

		if (!service->pinned || strcmp(s->digest, pin) != 0)
			continue;
		*used = true;
		decide(a, g, s);
		return true;
	}
	return beside(a, g, want, service->pinned, used, err);
}

static bool add_service(struct rv_verify_job *job, const struct rv_service *j,
			bool run, bool *used, struct rv_err *err)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref ref = { 0 };
	struct answer a = { .verdict = RV_UNCHECKED };
	const char *want;
	struct rv_check *k;

	if (!repository(j->image->written, &ref, &want, err))
		return false;
	for (size_t i = 0; i < job->in->signatures; i++)
		if (!ask(&a, &job->in->signature[i], j, want, &used[i], err))
			return false;
	if (a.verdict == RV_UNCHECKED)
		snprintf(a.reason, sizeof a.reason, "%s",
			 j->pinned ? "pinned by digest; no signature of it was"
				     " given"
				   : "not pinned by digest, so that no"
				     " signature can be of what runs");
	k = rv_verify_service_check(job, "image_signature", j, a.verdict,
				    a.reason, run);
	if (a.actual)
		rv_report_set(&job->out->report, &k->actual, "%s", a.actual);
	return true;
}

/* Given, and nobody's: whoever gave it expected an answer. */
static void add_unused(struct rv_verify_job *job, const bool *used)
{
	struct rv_report *r = &job->out->report;
	bool any = false;

	for (size_t i = 0; i < job->in->signatures; i++)
		any |= used[i];
	for (size_t i = 0; i < job->in->signatures; i++) {
		const struct rv_given_signature *g = &job->in->signature[i];
		struct rv_check *k;

		/* Of a folder some may be of other apps, but not all. */
		if (used[i] || (any && !g->meant))
			continue;
		any = true;
		k = rv_report_add(r, RV_LAYER_APP, "image_signature",
				  RV_CANNOT_TELL);
		rv_report_set(r, &k->actual, "%s",
			      g->judged->subject[0].digest);
		rv_report_set(r, &k->reason,
			      "%s is of no service's image: it signs no digest"
			      " that is pinned, and no service's name",
			      g->name);
	}
}

bool rv_verify_signatures(struct rv_verify_job *job,
			  const struct rv_services *s, bool run,
			  struct rv_err *err)
{
	RV_AUTO(rv_free)
	bool *used = calloc(job->in->signatures + 1, sizeof *used);

	if (!used)
		return rv_no_memory(err, "signatures");
	if (!job->in->signatures)
		return true;
	for (size_t i = 0; i < s->n; i++)
		if (!add_service(job, &s->service[i], run, used, err))
			return false;
	add_unused(job, used);
	return true;
}
