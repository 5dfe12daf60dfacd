/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.c - a table of immutable objects shared between threads. One lock; it
 * is held for looking up only, never while anything is parsed or verified.
 */
#include "cache.h"

#include <pthread.h>
#include <stdlib.h>

struct cache_entry {
	struct cache_key key;
	void *object; /* owned */
	void (*free_object)(void *);
	unsigned users;
	struct cache_entry *next;
};

struct cache {
	pthread_mutex_t lock;
	struct cache_entry *bucket[CACHE_BUCKETS];
	size_t n;
};

bool rv_cache_new(struct cache **out, struct rv_err *err)
{
	struct cache *c = calloc(1, sizeof *c);

	if (!c)
		return rv_no_memory(err, "cache");
	if (pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return rv_fail(err, RV_SYSTEM, "cache: no lock");
	}
	*out = c;
	return true;
}

static void free_entry(struct cache_entry *e)
{
	e->free_object(e->object);
	free(e);
}

/* Drop every entry; @all: also those in use, at the very end. */
static void sweep(struct cache *c, bool all)
{
	for (size_t i = 0; i < CACHE_BUCKETS; i++) {
		struct cache_entry **at = &c->bucket[i];

		while (*at) {
			struct cache_entry *e = *at;

			if (e->users && !all) {
				at = &e->next;
				continue;
			}
			*at = e->next;
			free_entry(e);
			c->n--;
		}
	}
}

void rv_cache_free(struct cache **c)
{
	if (!*c)
		return;
	sweep(*c, true);
	pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

static struct cache_entry **bucket(struct cache *c, const struct cache_key *key)
{
	return &c->bucket[(key->id.b[0] | key->id.b[1] << 8) % CACHE_BUCKETS];
}

/* With the lock held. */
static struct cache_entry *find(struct cache *c, const struct cache_key *key)
{
	for (struct cache_entry *e = *bucket(c, key); e; e = e->next)
		if (e->key.kind == key->kind &&
		    memcmp(e->key.id.b, key->id.b, sizeof key->id.b) == 0) {
			e->users++;
			return e;
		}
	return NULL;
}

struct cache_entry *rv_cache_find(struct cache *c, const struct cache_key *key)
{
	struct cache_entry *e;

	pthread_mutex_lock(&c->lock);
	e = find(c, key);
	pthread_mutex_unlock(&c->lock);
	return e;
}

struct cache_entry *rv_cache_add(struct cache *c, const struct cache_key *key,
				 void *object, void (*free_object)(void *))
{
	struct cache_entry *e = calloc(1, sizeof *e), *other;

	if (!e) {
		free_object(object);
		return NULL;
	}
	*e = (struct cache_entry){ *key, object, free_object, 1, NULL };
	pthread_mutex_lock(&c->lock);
	other = find(c, key);
	if (!other) {
		if (c->n >= CACHE_ENTRIES)
			sweep(c, false);
		e->next = *bucket(c, key);
		*bucket(c, key) = e;
		c->n++;
	}
	pthread_mutex_unlock(&c->lock);
	if (!other)
		return e;
	free_entry(e);
	return other;
}

const void *rv_cache_object(const struct cache_entry *e)
{
	return e->object;
}

void rv_cache_release(struct cache *c, struct cache_entry *e)
{
	pthread_mutex_lock(&c->lock);
	e->users--;
	pthread_mutex_unlock(&c->lock);
}
