/* SPDX-License-Identifier: Apache-2.0 */
/* manifests.c - the app-compose files of a fleet, each found by its hash. */
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
