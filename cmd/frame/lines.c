/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lines.c - many documents, one per line: read here, answered by threads, and
 * printed in the order they came. A result is written as soon as all before it
 * are, so that a queue can be fed and read at the same time.
 */
#include "lines.h"
#include "cmd.h"
#include "out.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	SLOTS_PER_JOB = 8,
	READ_BYTES = 256 * 1024,
	/* What a thread that freed it keeps for the next line. */
	KEPT_BYTES = 8 << 20,
};

/* One line on its way; the state says whose it is. */
struct slot {
	enum { FREE, READY, BUSY, DONE } state;
	bool whole; /* false: the line was too long to be kept */
	struct rv_buf line, result; /* owned */
	enum rv_code answer;
	struct rv_err err; /* when there is no result */
};

struct batch {
	const struct rv_lines *how;
	pthread_mutex_t lock;
	pthread_cond_t work, room; /* a line was read; lines were written */
	struct slot *slot;
	size_t slots;
	/* Counted over all lines: slot [n % slots]. */
	uint64_t read, taken, written;
	size_t waiting; /* bytes of the lines that are not written yet */
	bool ended, writing, stop;
	struct rv_err err; /* what stopped it */
	bool no, unknown;
};

static bool answer_line(struct batch *b, struct slot *s, uint64_t number)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };
	struct rv_err bad = { 0 };

	if (!s->whole)
		rv_err_set(&bad, RV_INPUT, "a line of more than %d bytes",
			   RV_LINE_MAX);
	return b->how->answer(b->how->arg, rv_buf_span(&s->line),
			      s->whole ? NULL : &bad, number, &w, &s->answer,
			      &s->err) &&
	       rv_grow_take(&g, &s->result, &s->err);
}

/* With the lock held: nothing more is to be done. */
static void stop(struct batch *b, const struct rv_err *why)
{
	b->stop = true;
	b->err = *why;
	pthread_cond_broadcast(&b->work);
	pthread_cond_signal(&b->room);
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
		if (!good)
			stop(b, &s->err);
		b->no |= s->answer == RV_NO;
		b->unknown |= s->answer != RV_NO && s->answer != RV_OK;
		b->waiting -= s->line.n;
		rv_buf_free(&s->line);
		rv_buf_free(&s->result);
		s->state = FREE;
		b->written++;
		/* Who reads is woken for several lines at once. */
		if (b->read - b->written <= b->slots / 2)
			pthread_cond_signal(&b->room);
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
			pthread_cond_wait(&b->work, &b->lock);
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
	}
	pthread_mutex_unlock(&b->lock);
	return NULL;
}

/*
 * Hand one line to the threads; one that is not @whole is only counted. False
 * when the batch was stopped.
 */
static bool submit(struct batch *b, struct rv_span line, bool whole,
		   struct rv_err *err)
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
		(b->waiting && copy.n > RV_LINE_MAX - b->waiting)) &&
	       !b->stop)
		pthread_cond_wait(&b->room, &b->lock);
	going = !b->stop;
	if (going) {
		b->waiting += copy.n;
		*s = (struct slot){ .state = READY,
				    .whole = whole,
				    .line = RV_TAKE(copy) };
		b->read++;
		pthread_cond_signal(&b->work);
	} else {
		*err = b->err;
	}
	pthread_mutex_unlock(&b->lock);
	return going;
}

/*
 * The lines in @g; what has no line feed yet stays at its front, unless that
 * is more than a line may have: then @skip says that its rest is passed over.
 */
static bool submit_lines(struct batch *b, struct rv_grow *g, bool *skip,
			 struct rv_err *err)
{
	struct rv_span rest = rv_buf_span(&g->buf), line;

	while (rest.n && memchr(rest.p, '\n', rest.n)) {
		bool whole = rv_line(&rest, &line) && line.n <= RV_LINE_MAX;

		if (*skip || !whole)
			line.n = 0;
		if (!submit(b, line, whole && !*skip, err))
			return false;
		*skip = false;
	}
	*skip = *skip || rest.n > RV_LINE_MAX;
	if (*skip)
		rest.n = 0;
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
	bool skip = false;

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
		if (!submit_lines(b, &g, &skip, err))
			return false;
	}
	return (g.buf.n == 0 && !skip) ||
	       submit(b, rv_buf_span(&g.buf), !skip, err);
}

static void finish(struct batch *b, pthread_t *thread, size_t n, bool good)
{
	pthread_mutex_lock(&b->lock);
	b->ended = true;
	b->stop |= !good;
	pthread_cond_broadcast(&b->work);
	pthread_mutex_unlock(&b->lock);
	for (size_t i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
}

static void free_batch(struct batch *b)
{
	for (size_t i = 0; b->slot && i < b->slots; i++) {
		rv_buf_free(&b->slot[i].line);
		rv_buf_free(&b->slot[i].result);
	}
	free(b->slot);
	pthread_cond_destroy(&b->work);
	pthread_cond_destroy(&b->room);
	pthread_mutex_destroy(&b->lock);
}

static bool run_batch(struct batch *b, int fd, const char *name,
		      struct rv_err *err)
{
	pthread_t thread[RV_JOBS_MAX];
	size_t n = 0;
	bool good = true;

	while (n < b->how->jobs &&
	       pthread_create(&thread[n], NULL, work, b) == 0)
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

/*
 * Lines are of a kind: what one took, the next takes. To give it back to the
 * kernel in between costs more than anything else that threads share.
 */
static void keep_memory(void)
{
#ifdef M_TRIM_THRESHOLD
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
	(void)mallopt(M_MMAP_THRESHOLD, KEPT_BYTES / 2);
#endif
}

bool rv_jobs_arg(const char *text, unsigned *out, struct rv_err *err)
{
	uint64_t n = rv_cmd_processors();

	if (text && (!rv_decimal(rv_text(text), RV_JOBS_MAX, &n) || n == 0))
		return rv_fail(err, RV_USAGE, "--jobs %s: not 1 to %d", text,
			       RV_JOBS_MAX);
	*out = (unsigned)(n < RV_JOBS_MAX ? n : RV_JOBS_MAX);
	return true;
}

bool rv_lines_run(const struct rv_lines *how, enum rv_code *answer,
		  struct rv_err *err)
{
	RV_AUTO(free_batch) struct batch b = { .how = how };
	bool in = strcmp(how->path, "-") == 0;
	const char *name = in ? "standard input" : how->path;
	RV_AUTO(rv_close) int own = -1;

	pthread_mutex_init(&b.lock, NULL);
	pthread_cond_init(&b.work, NULL);
	pthread_cond_init(&b.room, NULL);
	keep_memory();
	if (!in)
		own = open(how->path, O_RDONLY | O_CLOEXEC);
	if (!in && own < 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", how->path,
			       strerror(errno));
	b.slots = (size_t)how->jobs * SLOTS_PER_JOB;
	b.slot = calloc(b.slots, sizeof *b.slot);
	if (!b.slot)
		return rv_no_memory(err, name);
	if (!run_batch(&b, in ? STDIN_FILENO : own, name, err))
		return false;
	if (b.written == 0)
		return rv_fail(err, RV_INPUT, "%s: no line to read", name);
	*answer = b.no ? RV_NO : b.unknown ? RV_INPUT : RV_OK;
	return true;
}
