/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared_cache.h - results kept for later calls from any thread, by the SHA-256
 * of all that they follow from. Never a refusal for lack of memory, never
 * anything that depends on the time.
 */
#ifndef RV_SHARED_CACHE_H
#define RV_SHARED_CACHE_H

#include "base.h"

struct rv_cache;
struct rv_cache_entry;

/* The key of an entry: what it is, and what it was made of. */
struct rv_cache_key {
	int kind; /* the caller's */
	struct rv_sha256 id;
};

/* With more than @max entries, those that nobody uses are dropped. */
RV_MUST bool rv_cache_new(size_t max, struct rv_cache **out,
			  struct rv_err *err);
void rv_cache_free(struct rv_cache **c);

/* Borrow an entry until rv_cache_release(); NULL when there is none. */
struct rv_cache_entry *rv_cache_find(struct rv_cache *c,
				     const struct rv_cache_key *key);
/*
 * Add @object, which is taken over in any case, and borrow it. When the same
 * was added meanwhile, that one is borrowed. NULL: out of memory.
 */
struct rv_cache_entry *rv_cache_add(struct rv_cache *c,
				    const struct rv_cache_key *key,
				    void *object, void (*free_object)(void *));
const void *rv_cache_object(const struct rv_cache_entry *e);
void rv_cache_release(struct rv_cache *c, struct rv_cache_entry *e);

#endif
