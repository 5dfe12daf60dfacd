/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verifier.c - what stays the same from verdict to verdict: Intel's root and
 * parsed collateral, release records, and what was computed of a machine's
 * shape. Everything in it is written once and then only read.
 */
#include "verify.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEPT_MAX = 1024 }; /* results; above it, what nobody uses is dropped */

struct rv_verifier {
	struct rv_verifier_options opts;
	pthread_mutex_t lock; /* for what is made at the first use */
	struct rv_quote_verifier *quotes;
	bool has_records;
	struct rv_releases records;
	struct rv_cache *kept;
	struct rv_snp_issuers *issuers;
};

bool rv_verifier_new(const struct rv_verifier_options *o,
		     struct rv_verifier **out, struct rv_err *err)
{
	struct rv_verifier *v = calloc(1, sizeof *v);

	if (!v)
		return rv_no_memory(err, "verifier");
	v->opts = *o;
	if (pthread_mutex_init(&v->lock, NULL) != 0) {
		free(v);
		return rv_fail(err, RV_SYSTEM, "verifier: no lock");
	}
	if (!rv_cache_new(KEPT_MAX, &v->kept, err) ||
	    !rv_snp_issuers_new(&v->issuers, err)) {
		rv_verifier_free(&v);
		return false;
	}
	*out = v;
	return true;
}

void rv_verifier_free(struct rv_verifier **v)
{
	if (!*v)
		return;
	rv_quote_verifier_free(&(*v)->quotes);
	rv_releases_free(&(*v)->records);
	rv_cache_free(&(*v)->kept);
	rv_snp_issuers_free(&(*v)->issuers);
	pthread_mutex_destroy(&(*v)->lock);
	free(*v);
	*v = NULL;
}

bool rv_verifier_quotes(struct rv_verifier *v, struct rv_quote_verifier **out,
			struct rv_err *err)
{
	bool good = true;

	pthread_mutex_lock(&v->lock);
	if (!v->quotes)
		good = rv_quote_verifier_new(&v->opts.quote, &v->quotes, err) ||
		       (v->opts.root_name ? rv_in(err, "%s", v->opts.root_name)
					  : false);
	*out = v->quotes;
	pthread_mutex_unlock(&v->lock);
	return good;
}

bool rv_verifier_records(struct rv_verifier *v, const struct rv_releases **out,
			 struct rv_err *err)
{
	bool good = true;

	*out = NULL;
	if (!v->opts.records)
		return true;
	pthread_mutex_lock(&v->lock);
	if (!v->has_records)
		good = rv_releases_read(v->opts.records, &v->records, err);
	v->has_records = v->has_records || good;
	pthread_mutex_unlock(&v->lock);
	*out = &v->records;
	return good;
}

struct rv_cache *rv_verifier_cache(struct rv_verifier *v)
{
	return v->kept;
}

struct rv_snp_issuers *rv_verifier_issuers(const struct rv_verifier *v)
{
	return v->issuers;
}

struct rv_span rv_verifier_root(const struct rv_verifier *v, bool *test_pki)
{
	*test_pki = v->opts.quote.test_pki;
	return v->opts.quote.root;
}
