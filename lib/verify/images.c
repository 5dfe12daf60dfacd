/* SPDX-License-Identifier: Apache-2.0 */
/* images.c - the report's rows about the images that the app-compose runs. */
#include "verify.h"

#include <refval/hash_services.h>

#include <stdio.h>

static void set_digest(struct rv_report *r, char **field,
		       const struct rv_oci_digest *d)
{
	char text[RV_OCI_TEXT];

	rv_oci_digest_text(d, text);
	rv_report_set(r, field, "%s", text);
}

static void add_service(struct rv_verify_job *job, const struct rv_service *j,
			bool run)
{
	struct rv_check *k = rv_verify_service_check(
	    job, "image", j, j->verdict, j->reason, run);

	if (j->has_actual)
		set_digest(&job->out->report, &k->actual, &j->actual);
}

/* Given, and nobody's: whoever gave it expected an answer. */
static void add_unmatched(struct rv_verify_job *job,
			  const struct rv_services *s)
{
	for (size_t i = 0; i < job->in->containers; i++) {
		const struct rv_container *c = &job->in->container[i];
		const struct rv_oci_sums *has = rv_oci_top(c->image);
		struct rv_check *k;

		if (s->belongs[i])
			continue;
		k = rv_report_add(&job->out->report, RV_LAYER_APP,
				  "image_archive", RV_CANNOT_TELL);
		if (has)
			set_digest(&job->out->report, &k->actual,
				   &has->by[has->named]);
		rv_report_set(&job->out->report, &k->reason,
			      "%s is no service's image: it has no digest that"
			      " is pinned, and no service's name",
			      c->name ? c->name : "image");
	}
}

static bool asked(const struct rv_verify_job *job)
{
	return job->in->containers || job->in->signatures;
}

/* Not one service can be judged: why, once; @line 0: all of the file. */
static void add_unjudged(struct rv_verify_job *job, size_t line,
			 struct rv_span why)
{
	struct rv_report *r = &job->out->report;
	struct rv_check *k =
	    rv_report_add(r, RV_LAYER_APP, "images",
			  asked(job) ? RV_CANNOT_TELL : RV_UNCHECKED);
	char where[32] = "";

	if (line)
		snprintf(where, sizeof where, "line %zu: ", line);
	rv_report_set(r, &k->reason,
		      "which images run cannot be judged: %s%.*s", where,
		      (int)(why.n < 400 ? why.n : 400), (const char *)why.p);
}

bool rv_verify_images(struct rv_verify_job *job, struct rv_err *err)
{
	RV_AUTO(rv_audit_free) struct rv_audit audit = { 0 };
	RV_AUTO(rv_services_free) struct rv_services s = { 0 };
	const struct rv_finding *why;
	struct rv_err e = { 0 };
	bool run;

	if (asked(job) && job->no_manifest) {
		add_unjudged(job, 0,
			     rv_text("the machine runs none of the given "
				     "app-compose files"));
		return true;
	}
	if (asked(job) && !job->out->compose)
		return rv_fail(err, RV_USAGE,
			       "container images%s, and no app-compose.json"
			       " that says which are pinned",
			       job->in->containers ? "" : "' signatures");
	if (!job->out->compose)
		return true;
	if (!rv_audit_read(*job->out->compose, &audit, &e)) {
		if (e.code != RV_INPUT) {
			*err = e;
			return false;
		}
		add_unjudged(job, 0, rv_text(e.msg));
		return true;
	}
	why = rv_audit_unjudged(&audit);
	if (why) {
		add_unjudged(job, why->line, why->says);
		return true;
	}
	if (!rv_services_match(&audit, job->in->container, job->in->containers,
			       &s, err))
		return false;
	/* Does the machine run the app-compose that was given? */
	run = rv_report_is_yes(&job->out->report, "compose_hash");
	for (size_t i = 0; i < s.n; i++)
		add_service(job, &s.service[i], run);
	add_unmatched(job, &s);
	return rv_verify_signatures(job, &s, run, err);
}
