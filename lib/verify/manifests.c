/* SPDX-License-Identifier: Apache-2.0 */
/*
 * manifests.c - the app-compose files of a fleet, each found by its hash; and
 * which one a machine is held against, whoever made it.
 */
#include "verify.h"

#include <stdlib.h>

enum {
	MANIFESTS_MAX = 65536,
	MANIFEST_MAX = 50 << 20, /* what a guest of 0.6 accepts */
	ALL_MAX = 256 << 20,
};

void rv_manifests_free(struct rv_manifests *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->item[i].name);
		rv_buf_free(&m->item[i].bytes);
	}
	free(m->item);
	*m = (struct rv_manifests){ 0 };
}

static int by_hash(const void *a, const void *b)
{
	const struct rv_manifest *x = a, *y = b;

	return memcmp(x->hash.b, y->hash.b, sizeof x->hash.b);
}

static bool add(struct rv_manifests *all, const struct rv_folder *folder,
		const char *name, struct rv_err *err)
{
	struct rv_manifest *m = &all->item[all->n];

	if (!folder->read(folder->arg, name, MANIFEST_MAX, &m->bytes, err))
		return false;
	all->n++;
	m->span = rv_buf_span(&m->bytes);
	return rv_text_copy(rv_text(name), "name", &m->name, err) &&
	       rv_sha256(m->span, &m->hash, err);
}

bool rv_manifests_read(const struct rv_folder *folder, struct rv_manifests *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_manifests_free) struct rv_manifests all = { 0 };
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	size_t bytes = 0;

	if (!folder->list(folder->arg, &names, err))
		return false;
	if (names.n == 0)
		return rv_fail(err, RV_INPUT, "%s: no file in it",
			       folder->name);
	if (names.n > MANIFESTS_MAX)
		return rv_fail(err, RV_INPUT, "%s: over %d files", folder->name,
			       MANIFESTS_MAX);
	all.item = calloc(names.n, sizeof *all.item);
	if (!all.item)
		return rv_no_memory(err, "manifests");
	for (size_t i = 0; i < names.n; i++) {
		if (!add(&all, folder, names.name[i], err))
			return false;
		bytes += all.item[i].bytes.n;
		if (bytes > ALL_MAX)
			return rv_fail(err, RV_INPUT,
				       "%s: over %d bytes in all", folder->name,
				       ALL_MAX);
	}
	qsort(all.item, all.n, sizeof *all.item, by_hash);
	*out = RV_TAKE(all);
	return true;
}

const struct rv_manifest *rv_manifests_find(const struct rv_manifests *m,
					    struct rv_span hash)
{
	struct rv_manifest want = { 0 };

	if (!m->n || hash.n != sizeof want.hash.b)
		return NULL;
	memcpy(want.hash.b, hash.p, hash.n);
	return bsearch(&want, m->item, m->n, sizeof want, by_hash);
}

/* ---- of one machine ---- */

bool rv_verify_app_asked(const struct rv_verify_job *j)
{
	const struct rv_verify_input *in = j->in;

	return in->compose || j->compose_hash || in->manifests;
}

void rv_verify_choose_compose(struct rv_verify_job *j, struct rv_span claimed)
{
	const struct rv_verify_input *in = j->in;
	const struct rv_manifest *m;

	if (j->out->compose || !in->manifests)
		return;
	if (j->compose_hash)
		claimed =
		    rv_span(j->compose_hash->b, sizeof j->compose_hash->b);
	m = rv_manifests_find(in->manifests, claimed);
	j->out->compose = m ? &m->span : NULL;
	j->no_manifest = !m && !j->compose_hash;
}

const char rv_verify_values_app[] = "the app of the values";

const char *rv_verify_compose_from(const struct rv_verify_job *j)
{
	return j->compose_hash == &j->app.compose_hash
		   ? rv_verify_values_app
		   : "the given compose-hash";
}

bool rv_verify_app_of_values(struct rv_verify_job *j, const struct rv_values *v,
			     struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;
	struct rv_sha256 given;
	const char *from;

	if (!v->app.there)
		return true;
	j->app = v->app;
	if (in->compose || in->compose_hash) {
		if (!rv_verify_expected_app(j, &given, &from, err))
			return false;
		if (memcmp(given.b, v->app.compose_hash.b, sizeof given.b) != 0)
			return rv_fail(err, RV_INPUT,
				       "the values are of another app than %s",
				       from);
		return true;
	}
	j->compose_hash = &j->app.compose_hash;
	return true;
}

bool rv_verify_expected_app(const struct rv_verify_job *j,
			    struct rv_sha256 *out, const char **from,
			    struct rv_err *err)
{
	*from = j->out->compose ? "sha256 of the given app-compose.json"
				: rv_verify_compose_from(j);
	if (j->out->compose)
		return rv_sha256(*j->out->compose, out, err);
	*out = *j->compose_hash;
	return true;
}

void rv_verify_none_of_them(const struct rv_verify_job *j)
{
	struct rv_report *r = &j->out->report;

	for (size_t i = 0; j->no_manifest && i < r->n; i++) {
		struct rv_check *c = &r->check[i];

		/* What is judged already had a better reason. */
		if (!c->name || strcmp(c->name, "compose_hash") != 0 ||
		    c->verdict != RV_UNCHECKED)
			continue;
		c->verdict = c->actual ? RV_DIFFERS : RV_CANNOT_TELL;
		rv_report_set(r, &c->from, "%zu given app-compose files",
			      j->in->manifests->n);
		rv_report_set(
		    r, &c->reason, "%s",
		    c->actual ? "the machine runs none of those that were"
				" given"
		    : j->out->evidence->attester == RV_ATTESTER_TDX ||
			    j->out->evidence->attester == RV_ATTESTER_GCP
			? "no compose-hash event, by which to choose"
			  " among those that were given"
			: "nothing says which app this is, to choose"
			  " among those that were given");
	}
}
