/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.c - the door to threads: one that hashes part of a file, and several that
 * share work.
 */
#include "job.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct rv_job {
	int fd;		  /* borrowed */
	const char *name; /* for messages; borrowed */
	struct rv_part part;
	pthread_t thread;
	bool running;
	bool ok;
	struct rv_err err;
};

static bool hash(struct rv_job *j, struct rv_err *err)
{
	return rv_part_sum(j->fd, j->name, &j->part, NULL, err);
}

static void *run(void *job)
{
	struct rv_job *j = job;

	j->ok = hash(j, &j->err);
	return NULL;
}

bool rv_job_start(int fd, const char *name, uint64_t off, uint64_t end,
		  struct rv_job **out, struct rv_err *err)
{
	struct rv_job *j = calloc(1, sizeof *j);

	if (!j)
		return rv_no_memory(err, name);
	j->fd = fd;
	j->name = name;
	j->part = (struct rv_part){ .off = off, .end = end };
	/* Without a thread the work is done at the end, no less rightly. */
	j->running = pthread_create(&j->thread, NULL, run, j) == 0;
	*out = j;
	return true;
}

static void join(struct rv_job *j)
{
	if (j->running)
		pthread_join(j->thread, NULL);
	j->running = false;
}

bool rv_job_end(struct rv_job *j, struct rv_sha256 *out, struct rv_err *err)
{
	bool threaded = j->running;

	join(j);
	if (!threaded)
		j->ok = hash(j, &j->err);
	if (!j->ok) {
		*err = j->err;
		return false;
	}
	*out = j->part.sum;
	return true;
}

void rv_job_free(struct rv_job **j)
{
	if (!*j)
		return;
	join(*j);
	free(*j);
	*j = NULL;
}

/* ---- shared work ---- */

struct shared {
	void (*work)(void *);
	void *arg;
};

static void *run_shared(void *shared)
{
	const struct shared *s = shared;

	s->work(s->arg);
	return NULL;
}

void rv_job_share(size_t threads, void (*work)(void *), void *arg)
{
	struct shared s = { work, arg };
	pthread_t other[RV_THREADS_MAX];
	size_t n = 0;

	while (n < RV_LEN(other) && n + 1 < threads &&
	       pthread_create(&other[n], NULL, run_shared, &s) == 0)
		n++;
	work(arg);
	while (n)
		pthread_join(other[--n], NULL);
}

/* ---- the sums of several parts ---- */

/* More threads than processors cost a window of memory each, and no time. */
enum { HASHERS = 4 };

struct sums {
	int fd;		      /* borrowed */
	const char *name;     /* for messages; borrowed */
	struct rv_part *part; /* borrowed */
	size_t n;
	struct rv_watch *watch; /* borrowed */
	atomic_size_t next;	/* of the parts that nobody has */
	atomic_bool failed; /* whoever sets it owns @err until all are done */
	struct rv_err err;
};

static void sum_some(void *sums)
{
	struct sums *s = sums;
	struct rv_err err = { 0 };
	size_t i;

	while ((i = atomic_fetch_add(&s->next, 1)) < s->n) {
		if (rv_part_sum(s->fd, s->name, &s->part[i], s->watch, &err))
			continue;
		if (!atomic_exchange(&s->failed, true))
			s->err = err;
		return;
	}
}

/* The longest first, so that no long one is left over at the end, alone. */
static int by_length(const void *a, const void *b)
{
	const struct rv_part *x = a, *y = b;
	uint64_t n = x->end - x->off, m = y->end - y->off;

	if (n != m)
		return n < m ? 1 : -1;
	return x->off < y->off ? -1 : x->off > y->off;
}

bool rv_job_sums(int fd, const char *name, struct rv_part *part, size_t n,
		 struct rv_watch *watch, struct rv_err *err)
{
	struct sums s = {
		.fd = fd, .name = name, .part = part, .n = n, .watch = watch
	};

	if (n)
		qsort(part, n, sizeof *part, by_length);
	rv_job_share(n < HASHERS ? n : HASHERS, sum_some, &s);
	if (s.failed)
		*err = s.err;
	return !s.failed;
}
