/* SPDX-License-Identifier: Apache-2.0 */
/*
 * issuers.c - roots and ASKs that were read and of which both signatures held,
 * by the digests of their bytes. There is one pair for each product, and all
 * chips of it have it in common. Nothing here depends on the time.
 */
#include "snp.h"
#include "shared_cache.h"

#include <stdlib.h>

enum { PAIRS_MAX = 64 };

struct rv_snp_issuers {
	struct rv_cache *cache;
};

struct pair {
	struct rv_cert *root, *ask; /* owned */
};

static void pair_free(void *p)
{
	struct pair *pair = p;

	rv_cert_free(&pair->root);
	rv_cert_free(&pair->ask);
	free(pair);
}

bool rv_snp_issuers_new(struct rv_snp_issuers **out, struct rv_err *err)
{
	struct rv_snp_issuers *i = calloc(1, sizeof *i);

	if (!i)
		return rv_no_memory(err, "SEV-SNP issuers");
	if (!rv_cache_new(PAIRS_MAX, &i->cache, err)) {
		free(i);
		return false;
	}
	*out = i;
	return true;
}

void rv_snp_issuers_free(struct rv_snp_issuers **i)
{
	if (!*i)
		return;
	rv_cache_free(&(*i)->cache);
	free(*i);
	*i = NULL;
}

static bool key_of(struct rv_span root, struct rv_span ask,
		   struct rv_cache_key *key, struct rv_err *err)
{
	struct rv_sha256 each[2];

	*key = (struct rv_cache_key){ 0 };
	return rv_sha256(root, &each[0], err) &&
	       rv_sha256(ask, &each[1], err) &&
	       rv_sha256(rv_span(each[0].b, sizeof each), &key->id, err);
}

/* Owners of a certificate are counted apart from what it says. */
static struct rv_cert *share(const struct rv_cert *c)
{
	return rv_cert_share((struct rv_cert *)(uintptr_t)c);
}

bool rv_snp_issuers_find(struct rv_snp_issuers *i, struct rv_span root,
			 struct rv_span ask, struct rv_cert **out_root,
			 struct rv_cert **out_ask, struct rv_err *err)
{
	struct rv_cache_entry *e;
	struct rv_cache_key key;
	const struct pair *p;

	if (!i)
		return true;
	if (!key_of(root, ask, &key, err))
		return false;
	e = rv_cache_find(i->cache, &key);
	if (!e)
		return true;
	p = rv_cache_object(e);
	*out_root = share(p->root);
	*out_ask = share(p->ask);
	rv_cache_release(i->cache, e);
	return true;
}

bool rv_snp_issuers_keep(struct rv_snp_issuers *i, const struct rv_cert *root,
			 const struct rv_cert *ask, struct rv_err *err)
{
	struct rv_cache_entry *e;
	struct rv_cache_key key;
	struct pair *p;

	if (!i)
		return true;
	if (!key_of(rv_cert_info(root)->der, rv_cert_info(ask)->der, &key, err))
		return false;
	p = malloc(sizeof *p);
	if (!p)
		return rv_no_memory(err, "SEV-SNP issuers");
	*p = (struct pair){ share(root), share(ask) };
	e = rv_cache_add(i->cache, &key, p, pair_free);
	if (!e)
		return rv_no_memory(err, "SEV-SNP issuers");
	rv_cache_release(i->cache, e);
	return true;
}
