/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared_cache.c - a table of immutable objects shared between threads. One
 * lock; it is held for looking up only, never while anything is parsed or
 * verified.
 */
#include "shared_cache.h"

#include <pthread.h>
#include <stdlib.h>

enum { BUCKETS = 1024 };

struct rv_cache_entry {
	struct rv_cache_key key;
	void *object; /* owned */
	void (*free_object)(void *);
	unsigned users;
	struct rv_cache_entry *next;
};

struct rv_cache {
	pthread_mutex_t lock;
	size_t max;
	struct rv_cache_entry *bucket[BUCKETS];
	size_t n;
};

bool rv_cache_new(size_t max, struct rv_cache **out, struct rv_err *err)
{
	struct rv_cache *c = calloc(1, sizeof *c);

	if (!c)
		return rv_no_memory(err, "cache");
	c->max = max;
	if (pthread_mutex_init(&c->lock, NULL) != 0) {
		free(c);
		return rv_fail(err, RV_SYSTEM, "cache: no lock");
	}
	*out = c;
	return true;
}

static void free_entry(struct rv_cache_entry *e)
{
	e->free_object(e->object);
	free(e);
}

/* Drop every entry; @all: also those in use, at the very end. */
static void sweep(struct rv_cache *c, bool all)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct rv_cache_entry **at = &c->bucket[i];

		while (*at) {
			struct rv_cache_entry *e = *at;

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

void rv_cache_free(struct rv_cache **c)
{
	if (!*c)
		return;
	sweep(*c, true);
	pthread_mutex_destroy(&(*c)->lock);
	free(*c);
	*c = NULL;
}

static struct rv_cache_entry **bucket(struct rv_cache *c,
				      const struct rv_cache_key *key)
{
	return &c->bucket[(key->id.b[0] | key->id.b[1] << 8) % BUCKETS];
}

/* With the lock held. */
static struct rv_cache_entry *find(struct rv_cache *c,
				   const struct rv_cache_key *key)
{
	for (struct rv_cache_entry *e = *bucket(c, key); e; e = e->next)
		if (e->key.kind == key->kind &&
		    memcmp(e->key.id.b, key->id.b, sizeof key->id.b) == 0) {
			e->users++;
			return e;
		}
	return NULL;
}

struct rv_cache_entry *rv_cache_find(struct rv_cache *c,
				     const struct rv_cache_key *key)
{
	struct rv_cache_entry *e;

	pthread_mutex_lock(&c->lock);
	e = find(c, key);
	pthread_mutex_unlock(&c->lock);
	return e;
}

struct rv_cache_entry *rv_cache_add(struct rv_cache *c,
				    const struct rv_cache_key *key,
				    void *object, void (*free_object)(void *))
{
	struct rv_cache_entry *e = calloc(1, sizeof *e), *other;

	if (!e) {
		free_object(object);
		return NULL;
	}
	*e = (struct rv_cache_entry){ *key, object, free_object, 1, NULL };
	pthread_mutex_lock(&c->lock);
	other = find(c, key);
	if (!other) {
		if (c->n >= c->max)
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

const void *rv_cache_object(const struct rv_cache_entry *e)
{
	return e->object;
}

void rv_cache_release(struct rv_cache *c, struct rv_cache_entry *e)
{
	pthread_mutex_lock(&c->lock);
	e->users--;
	pthread_mutex_unlock(&c->lock);
}
