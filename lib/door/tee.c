/* SPDX-License-Identifier: Apache-2.0 */
/* tee.c - the door to threads: one that reads a file for two. */
#include "tee.h"

#include "digest.h"
#include "slice.h"

#include <pthread.h>
#include <stdlib.h>

/* How far the reader may be ahead: 1 MiB, which a processor's cache holds. */
enum { BLOCKS = 8, BLOCK = 128 << 10 };

struct rv_tee {
	struct rv_slice in; /* the reader's */
	struct rv_digest *digest;
	uint8_t *buf; /* BLOCKS of BLOCK bytes; owned */
	size_t len[BLOCKS];
	pthread_t thread;
	bool running;

	/* Under @lock, and @changed when one of them did: */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t put, taken; /* blocks so far; their places: modulo BLOCKS */
	bool ended;	   /* the reader's last was put, or it failed */
	bool failed;
	bool stop; /* nobody wants more */
	struct rv_err err;

	bool held; /* the block at @taken was handed out and is still in use */
};

/* One block into its place: read and hashed. An empty one is the end. */
static bool fill(struct rv_tee *t, size_t at, struct rv_err *err)
{
	uint8_t *to = t->buf + at * BLOCK;

	return rv_slice_read(&t->in, to, BLOCK, &t->len[at], err) &&
	       (!t->len[at] || rv_digest_add(t->digest, to, t->len[at], err));
}

static bool wait_for_room(struct rv_tee *t)
{
	bool stop;

	pthread_mutex_lock(&t->lock);
	while (t->put - t->taken == BLOCKS && !t->stop)
		pthread_cond_wait(&t->changed, &t->lock);
	stop = t->stop;
	pthread_mutex_unlock(&t->lock);
	return !stop;
}

/* One block more, or the reason why there is none. False: it was the last. */
static bool put(struct rv_tee *t)
{
	struct rv_err err = { 0 };
	size_t at = t->put % BLOCKS;
	bool ok = fill(t, at, &err);

	pthread_mutex_lock(&t->lock);
	if (!ok)
		t->err = err;
	t->failed = !ok;
	t->ended = !ok || !t->len[at];
	t->put += !t->ended;
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
	return !t->ended;
}

static void *run(void *tee)
{
	struct rv_tee *t = tee;

	while (wait_for_room(t) && put(t))
		;
	return NULL;
}

bool rv_tee_open(int fd, const char *name, uint64_t off, uint64_t end,
		 struct rv_tee **out, struct rv_err *err)
{
	RV_AUTO(rv_tee_free) struct rv_tee *t = calloc(1, sizeof *t);

	if (!t)
		return rv_no_memory(err, name);
	pthread_mutex_init(&t->lock, NULL);
	pthread_cond_init(&t->changed, NULL);
	t->in =
	    (struct rv_slice){ .fd = fd, .name = name, .off = off, .end = end };
	t->buf = malloc((size_t)BLOCKS * BLOCK);
	if (!t->buf)
		return rv_no_memory(err, name);
	if (!rv_digest_new(RV_SHA256, &t->digest, err))
		return false;
	/* Without a thread each block is read when it is asked for. */
	t->running = pthread_create(&t->thread, NULL, run, t) == 0;
	*out = RV_TAKE(t);
	return true;
}

bool rv_tee_next(void *tee, struct rv_span *block, struct rv_err *err)
{
	struct rv_tee *t = tee;
	size_t at;
	bool failed;

	pthread_mutex_lock(&t->lock);
	t->taken += t->held;
	t->held = false;
	pthread_cond_signal(&t->changed);
	while (t->running && t->put == t->taken && !t->ended)
		pthread_cond_wait(&t->changed, &t->lock);
	pthread_mutex_unlock(&t->lock);
	if (!t->running && !t->ended)
		(void)put(t);

	pthread_mutex_lock(&t->lock);
	t->held = t->put != t->taken;
	at = t->taken % BLOCKS;
	failed = !t->held && t->failed;
	*block = t->held ? rv_span(t->buf + at * BLOCK, t->len[at])
			 : (struct rv_span){ 0 };
	if (failed)
		*err = t->err;
	pthread_mutex_unlock(&t->lock);
	return !failed;
}

bool rv_tee_end(struct rv_tee *t, struct rv_sha256 *out, struct rv_err *err)
{
	return rv_stream_drain((struct rv_stream){ rv_tee_next, t }, err) &&
	       rv_digest_end(t->digest, out->b, err);
}

void rv_tee_free(struct rv_tee **tee)
{
	struct rv_tee *t = *tee;

	if (!t)
		return;
	pthread_mutex_lock(&t->lock);
	t->stop = true;
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
	if (t->running)
		pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	rv_digest_free(&t->digest);
	free(t->buf);
	free(t);
	*tee = NULL;
}
