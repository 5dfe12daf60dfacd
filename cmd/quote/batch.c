/* SPDX-License-Identifier: Apache-2.0 */
/*
 * batch.c - many quotes, one per line: read here, checked by threads,
 * answered in the order they came. A result is written as soon as all before
 * it are, so that a queue can be fed and read at the same time.
 */
#include "out.h"
#include "print.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	JOBS_MAX = 256,
	SLOTS_PER_JOB = 8,
	LINE_MAX_BYTES = 16 << 20,
	READ_BYTES = 256 * 1024,
};

/* One line on its way; the state says whose it is. */
struct slot {
	enum { FREE, READY, BUSY, DONE } state;
	struct rv_buf line, result; /* owned */
	enum rv_code answer;
	struct rv_err err; /* when there is no result */
};

struct batch {
	struct rv_dcap *d;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slot;
	size_t slots;
	/* Counted over all lines: slot [n % slots]. */
	uint64_t read, taken, written;
	size_t waiting; /* bytes of the lines that are not written yet */
	bool ended, writing, stop;
	struct rv_err err; /* what stopped it */
	bool no, unknown;
};

bool rv_quote_one(struct rv_dcap *d, struct rv_span in, const char *instance,
		  struct rv_evidence *e, struct rv_proof *out,
		  struct rv_err *err)
{
	struct rv_evidence_options o = { .instance = instance };
	struct rv_proof_input p = rv_dcap_proof(d);
	struct rv_err why = { 0 };

	if (rv_evidence_read(in, &o, e, &why)) {
		if (e->quote.n)
			return rv_proof_check(d->quotes, &p, e, out, err);
		rv_err_set(&why, RV_INPUT, "the evidence has no quote");
		in = rv_text("none");
	}
	if (why.code == RV_SYSTEM) {
		*err = why;
		return false;
	}
	return rv_proof_unreadable(d->quotes, &p, in, &why, out, err);
}

static bool answer_line(struct batch *b, struct slot *s, uint64_t number)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_proof_free) struct rv_proof r = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };

	if (!rv_quote_one(b->d, rv_buf_span(&s->line), NULL, &e, &r, &s->err))
		return false;
	rv_quote_json(&e, &r, number, &w);
	s->answer = r.answer;
	return rv_grow_take(&g, &s->result, &s->err);
}

/* With the lock held: write all results whose turn it is. */
static void write_done(struct batch *b)
{
	if (b->writing)
		return;
	b->writing = true;
	while (b->written < b->taken && !b->stop) {
		struct slot *s = &b->slot[b->written % b->slots];
		bool good, idle;

		if (s->state != DONE)
			break;
		good = s->result.p != NULL;
		/* When nobody waits for more, nobody shall wait for this. */
		idle = b->written + 1 == b->read;
		pthread_mutex_unlock(&b->lock);
		if (good)
			good = (idle ? rv_out_result : rv_out_result_later)(
			    rv_buf_span(&s->result), &s->err);
		pthread_mutex_lock(&b->lock);
		if (!good) {
			b->stop = true;
			b->err = s->err;
		}
		b->no |= s->answer == RV_NO;
		b->unknown |= s->answer != RV_NO && s->answer != RV_OK;
		b->waiting -= s->line.n;
		rv_buf_free(&s->line);
		rv_buf_free(&s->result);
		s->state = FREE;
		b->written++;
		pthread_cond_broadcast(&b->changed);
	}
	b->writing = false;
}

static void *work(void *p)
{
	struct batch *b = p;

	pthread_mutex_lock(&b->lock);
	for (;;) {
		struct slot *s;
		uint64_t number;

		while (b->taken == b->read && !b->ended && !b->stop)
			pthread_cond_wait(&b->changed, &b->lock);
		if (b->stop || b->taken == b->read)
			break;
		number = ++b->taken;
		s = &b->slot[(number - 1) % b->slots];
		s->state = BUSY;
		pthread_mutex_unlock(&b->lock);
		if (!answer_line(b, s, number))
			rv_buf_free(&s->result);
		pthread_mutex_lock(&b->lock);
		s->state = DONE;
		write_done(b);
		pthread_cond_broadcast(&b->changed);
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/* Hand one line to the threads; false when the batch was stopped. */
static bool submit(struct batch *b, struct rv_span line, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf copy = { 0 };
	struct slot *s;
	bool going;

	if (!rv_buf_copy(line, &copy, err))
		return false;
	pthread_mutex_lock(&b->lock);
	s = &b->slot[b->read % b->slots];
	/* Each may take eight times its length: together no more than one. */
	while ((s->state != FREE ||
		(b->waiting && copy.n > LINE_MAX_BYTES - b->waiting)) &&
	       !b->stop)
		pthread_cond_wait(&b->changed, &b->lock);
	going = !b->stop;
	if (going) {
		b->waiting += copy.n;
		*s = (struct slot){ .state = READY, .line = RV_TAKE(copy) };
		b->read++;
		pthread_cond_broadcast(&b->changed);
	} else {
		*err = b->err;
	}
	pthread_mutex_unlock(&b->lock);
	return going;
}

/* What is read but has no line feed yet stays at the front of @g. */
static bool submit_lines(struct batch *b, struct rv_grow *g, struct rv_err *err)
{
	struct rv_span rest = rv_buf_span(&g->buf), line;

	while (rest.n && memchr(rest.p, '\n', rest.n)) {
		if (!rv_line(&rest, &line) || !submit(b, line, err))
			return false;
	}
	if (rest.n > LINE_MAX_BYTES)
		return rv_fail(err, RV_INPUT, "a line of more than %d bytes",
			       LINE_MAX_BYTES);
	if (rest.n)
		memmove(g->buf.p, rest.p, rest.n);
	g->buf.n = rest.n;
	return true;
}

static bool read_lines(struct batch *b, int fd, const char *name,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_free) uint8_t *chunk = malloc(READ_BYTES);

	if (!chunk)
		return rv_no_memory(err, name);
	for (;;) {
		ssize_t got = read(fd, chunk, READ_BYTES);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return rv_fail(err, rv_errno_code(errno), "%s: %s",
				       name, strerror(errno));
		if (got == 0)
			break;
		rv_grow_add(&g, chunk, (size_t)got);
		if (g.failed)
			return rv_no_memory(err, name);
		if (!submit_lines(b, &g, err))
			return false;
	}
	return g.buf.n == 0 || submit(b, rv_buf_span(&g.buf), err);
}

static void finish(struct batch *b, pthread_t *thread, size_t n, bool good)
{
	pthread_mutex_lock(&b->lock);
	b->ended = true;
	b->stop |= !good;
	pthread_cond_broadcast(&b->changed);
	pthread_mutex_unlock(&b->lock);
	for (size_t i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
}

static void free_batch(struct batch *b)
{
	for (size_t i = 0; i < b->slots; i++) {
		rv_buf_free(&b->slot[i].line);
		rv_buf_free(&b->slot[i].result);
	}
	free(b->slot);
	pthread_cond_destroy(&b->changed);
	pthread_mutex_destroy(&b->lock);
}

static bool run_batch(struct batch *b, int fd, const char *name, unsigned jobs,
		      struct rv_err *err)
{
	pthread_t thread[JOBS_MAX];
	size_t n = 0;
	bool good = true;

	while (n < jobs && pthread_create(&thread[n], NULL, work, b) == 0)
		n++;
	if (n == 0)
		good = rv_fail(err, RV_SYSTEM, "no thread can be started");
	good = good && read_lines(b, fd, name, err);
	finish(b, thread, n, good);
	if (good && b->stop) {
		*err = b->err;
		return false;
	}
	return good;
}

bool rv_quote_batch(struct rv_dcap *d, const char *path, unsigned jobs,
		    enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(free_batch) struct batch b = { .d = d };
	bool in = strcmp(path, "-") == 0;
	RV_AUTO(rv_close) int own = -1;

	pthread_mutex_init(&b.lock, NULL);
	pthread_cond_init(&b.changed, NULL);
	if (jobs > JOBS_MAX)
		jobs = JOBS_MAX;
	if (!in)
		own = open(path, O_RDONLY | O_CLOEXEC);
	if (!in && own < 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", path,
			       strerror(errno));
	b.slot = calloc((size_t)jobs * SLOTS_PER_JOB, sizeof *b.slot);
	if (!b.slot)
		return rv_no_memory(err, "batch");
	b.slots = (size_t)jobs * SLOTS_PER_JOB;
	if (!run_batch(&b, in ? STDIN_FILENO : own,
		       in ? "standard input" : path, jobs, err))
		return false;
	if (b.written == 0)
		return rv_fail(err, RV_INPUT, "%s: no line to read",
			       in ? "standard input" : path);
	*answer = b.no ? RV_NO : b.unknown ? RV_INPUT : RV_OK;
	return true;
}
