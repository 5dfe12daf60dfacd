/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crew.c - requests that wait, and workers that take them. A worker that ends,
 * or is too late, costs the request that it had; the keeper sends another.
 */
#include "answer.h"
#include "job.h"
#include "keeper.h"
#include "metrics.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* Results of a stream that nobody has taken yet: beyond, no line is
	 * begun. */
	OUT_MAX = 1 << 20,
	/* So that no worker waits while another has a long line. */
	LINES_PER_WORKER = 4,
};

/* The room that a body begins with: many may never get further. */
enum { CHUNK = 1 << 10 };

/* ---- jobs ---- */

unsigned rv_job_ahead(const struct rv_front *f)
{
	return 1 + LINES_PER_WORKER * f->setup->jobs;
}

bool rv_front_full(const struct rv_front *f)
{
	return f->queued >= f->setup->queue;
}

static void free_job(struct rv_front *f, struct rv_job *j)
{
	f->held -= j->room;
	rv_buf_free(&j->body);
	rv_buf_free(&j->reply);
	rv_grow_free(&j->out);
	for (unsigned i = 0; j->part && i < rv_job_ahead(f); i++)
		rv_buf_free(&j->part[i].reply);
	free(j->part);
	free(j);
	f->jobs--;
}

/* Whoever has been sending a body for longest, @but: false, nobody else is. */
static bool make_room(struct rv_front *f, const struct rv_job *but)
{
	for (struct rv_conn *c = f->conns.next; c != &f->conns; c = c->next) {
		struct rv_job *j = c->job;

		if (!j || j == but || j->state != RV_JOB_READING || !j->room)
			continue;
		f->held -= j->room;
		j->room = 0;
		rv_buf_free(&j->body);
		/* What still comes is passed over. */
		j->status = 503;
		f->count.evicted++;
		rv_conn_end(f, c);
		return true;
	}
	return false;
}

bool rv_job_room(struct rv_front *f, struct rv_job *j, size_t n)
{
	size_t want = j->room ? j->room : CHUNK;
	uint8_t *p;

	while (want - j->body.n < n)
		want *= 2;
	if (want == j->room)
		return true;
	while (f->held != j->room && f->held - j->room + want > RV_HELD_MAX)
		if (!make_room(f, j))
			return false;
	p = realloc(j->body.p, want);
	if (!p)
		return false;
	j->body.p = p;
	f->held += want - j->room;
	j->room = want;
	return true;
}

void rv_job_submit(struct rv_front *f, struct rv_job *j)
{
	j->state = RV_JOB_WAITING;
	j->since = rv_front_now();
	j->next = NULL;
	if (f->last)
		f->last->next = j;
	else
		f->first = j;
	f->last = j;
	f->queued++;
}

static void leave_queue(struct rv_front *f, struct rv_job *j)
{
	struct rv_job *before = NULL;

	for (struct rv_job *i = f->first; i != j; i = i->next)
		before = i;
	if (before)
		before->next = j->next;
	else
		f->first = j->next;
	if (f->last == j)
		f->last = before;
	j->next = NULL;
	j->state = j->working ? RV_JOB_WORKING : RV_JOB_DONE;
	f->queued--;
}

void rv_job_drop(struct rv_front *f, struct rv_job *j)
{
	j->connection = NULL;
	j->conn = NULL;
	if (j->state == RV_JOB_WAITING)
		leave_queue(f, j);
	/* Workers still read its body: it goes with the last reply. */
	if (!j->working)
		free_job(f, j);
}

static struct rv_line_reply *part_of_line(const struct rv_front *f,
					  struct rv_job *j, uint64_t line)
{
	return &j->part[(line - 1) % rv_job_ahead(f)];
}

/* No line is begun for a client that does not take the results, nor far ahead
 * of one that takes long. */
void rv_job_next(struct rv_front *f, struct rv_job *j)
{
	if (j->state != RV_JOB_WAITING && j->at < j->body.n &&
	    j->line - j->put < rv_job_ahead(f) &&
	    j->out.buf.n - j->sent + j->apart < OUT_MAX)
		rv_job_submit(f, j);
}

/* A line with its result; the front itself says why there is none. */
static void put_line(struct rv_front *f, struct rv_job *j,
		     struct rv_line_reply *p)
{
	struct rv_jw w = { .to = &j->out, .compact = true };
	struct rv_err bad = { .code = RV_INPUT }, ignored = { 0 };
	enum rv_code answer;

	j->put++;
	if (p->why) {
		rv_err_set(&bad, RV_INPUT, "%s", p->why);
		if (!rv_result_line(&f->setup->fleet, rv_span(NULL, 0), &bad,
				    j->put, &w, &answer, &ignored))
			j->out.failed = true;
	} else {
		rv_grow_add(&j->out, p->reply.p, p->reply.n);
	}
	j->apart -= p->reply.n;
	rv_buf_free(&p->reply);
	*p = (struct rv_line_reply){ 0 };
}

/* Line @n is answered; all go out whose turn it is. */
static void put_lines(struct rv_front *f, struct rv_job *j, uint64_t n,
		      struct rv_buf *reply, const char *why)
{
	struct rv_line_reply *p = part_of_line(f, j, n);
	uint64_t was = j->put;

	p->done = true;
	p->why = why;
	if (reply)
		p->reply = RV_TAKE(*reply);
	j->apart += p->reply.n;
	while (p = part_of_line(f, j, j->put + 1), p->done)
		put_line(f, j, p);
	if (j->conn && j->put != was)
		rv_conn_theirs(f, j->conn);
	rv_job_next(f, j);
}

/* @reply, which is taken; or NULL and @why. Of a stream it is that of line @n.
 */
static void finish(struct rv_front *f, struct rv_job *j, uint64_t n,
		   unsigned status, struct rv_buf *reply, const char *why)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_err ignored = { 0 };

	if (j->state != RV_JOB_WAITING && !j->working)
		j->state = RV_JOB_DONE;
	if (!j->connection) {
		if (!j->working)
			free_job(f, j);
		return;
	}
	if (j->stream) {
		put_lines(f, j, n, reply, why);
	} else {
		j->status = status;
		if (reply) {
			j->reply = RV_TAKE(*reply);
		} else {
			rv_serve_error(RV_SYSTEM, why, &g);
			if (!rv_grow_take(&g, &j->reply, &ignored))
				j->reply = (struct rv_buf){ 0 };
		}
	}
	rv_job_wake(j);
}

/* ---- workers ---- */

bool rv_crew_new(struct rv_front *f, struct rv_err *err)
{
	f->slot = calloc(f->setup->jobs, sizeof *f->slot);
	if (!f->slot)
		return rv_no_memory(err, "workers");
	for (unsigned i = 0; i < f->setup->jobs; i++)
		f->slot[i].fd = -1;
	return true;
}

void rv_crew_free(struct rv_front *f)
{
	for (unsigned i = 0; i < f->setup->jobs; i++)
		rv_buf_free(&f->slot[i].reply);
	free(f->slot);
}

/* Nothing more is to be had of this worker. */
static void lose(struct rv_front *f, struct rv_slot *s, unsigned status,
		 const char *why)
{
	struct rv_job *j = s->job;
	uint64_t line = s->request.number;

	close(s->fd);
	rv_buf_free(&s->reply);
	*s = (struct rv_slot){ .fd = -1 };
	if (!j)
		return;
	j->working--;
	finish(f, j, line, status, NULL, why);
}

static void gone(struct rv_front *f, struct rv_slot *s)
{
	f->count.crashed += s->job != NULL;
	lose(f, s, 500,
	     "the process that worked on this request ended; no other request"
	     " was touched");
}

void rv_crew_add(struct rv_front *f, unsigned slot, int fd)
{
	struct rv_slot *s;

	if (fd < 0)
		return;
	if (slot >= f->setup->jobs) {
		close(fd);
		return;
	}
	s = &f->slot[slot];
	/* The keeper knew before we did. */
	if (s->state != RV_SLOT_NONE)
		gone(f, s);
	s->fd = fd;
	s->state = RV_SLOT_IDLE;
}

/* The request and then the body, as much as goes. */
static bool put_some(struct rv_slot *s)
{
	const uint8_t *head = (const uint8_t *)&s->request;
	size_t all = sizeof s->request + s->body.n;

	while (s->put < all) {
		bool first = s->put < sizeof s->request;
		size_t at = first ? s->put : s->put - sizeof s->request;
		size_t n = first ? sizeof s->request - at : s->body.n - at;
		ssize_t put = send(s->fd, (first ? head : s->body.p) + at, n,
				   MSG_DONTWAIT | MSG_NOSIGNAL);

		if (put < 0)
			return errno == EAGAIN || errno == EINTR;
		s->put += (size_t)put;
	}
	return true;
}

/* A worker may say anything, if somebody else runs in it. */
static bool believable(const struct rv_serve_reply *r)
{
	return (r->status == 200 || r->status == 400 || r->status == 422) &&
	       r->verdict <= RV_INPUT && r->n <= RV_SERVE_REPLY_MAX;
}

static bool get_head(struct rv_slot *s, ssize_t *got)
{
	uint8_t *head = (uint8_t *)&s->head;

	*got =
	    recv(s->fd, head + s->got, sizeof s->head - s->got, MSG_DONTWAIT);
	if (*got <= 0 || s->got + (size_t)*got < sizeof s->head)
		return true;
	if (!believable(&s->head))
		return false;
	s->reply.p = malloc(s->head.n + 1);
	s->reply.n = s->head.n;
	return s->reply.p != NULL;
}

/* What came; false when no more will. */
static bool get_some(struct rv_slot *s)
{
	for (;;) {
		size_t head = sizeof s->head;
		ssize_t got;

		if (s->got < head) {
			if (!get_head(s, &got))
				return false;
		} else if (s->got < head + s->reply.n) {
			got = recv(s->fd, s->reply.p + (s->got - head),
				   head + s->reply.n - s->got, MSG_DONTWAIT);
		} else {
			return true;
		}
		if (got < 0)
			return errno == EAGAIN || errno == EINTR;
		if (got == 0)
			return false;
		s->got += (size_t)got;
	}
}

static void count_time(struct rv_counts *c, int64_t ms)
{
	size_t i = 0;

	while (ms > rv_metric_upper[i])
		i++;
	c->bucket[i]++;
	c->seconds += (double)ms / 1000;
	c->worked++;
}

static bool has_reply(const struct rv_slot *s)
{
	return s->got >= sizeof s->head && s->got == sizeof s->head + s->head.n;
}

static void take_reply(struct rv_front *f, struct rv_slot *s)
{
	RV_AUTO(rv_buf_free) struct rv_buf reply = RV_TAKE(s->reply);
	struct rv_serve_reply head = s->head;
	uint64_t line = s->request.number;
	struct rv_job *j = s->job;

	count_time(&f->count, rv_front_now() - s->started);
	f->count.verdict[head.verdict]++;
	f->count.lines += j->stream;
	*s = (struct rv_slot){ .fd = s->fd, .state = RV_SLOT_IDLE };
	j->working--;
	finish(f, j, line, head.status, &reply, NULL);
}

void rv_crew_turn(struct rv_front *f, struct rv_slot *s)
{
	uint8_t byte;

	if (s->state == RV_SLOT_NONE)
		return;
	if (s->state == RV_SLOT_IDLE) {
		/* One that was asked nothing has nothing to say. */
		ssize_t n = recv(s->fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);

		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			gone(f, s);
		return;
	}
	if (!put_some(s) || !get_some(s))
		gone(f, s);
	else if (has_reply(s) && s->put == sizeof s->request + s->body.n)
		take_reply(f, s);
}

/* What of @j a worker is asked now. */
static struct rv_span part_of(struct rv_job *j)
{
	struct rv_span all = rv_buf_span(&j->body), rest, line = { 0 };

	if (!j->stream)
		return all;
	rest = rv_span(all.p + j->at, all.n - j->at);
	(void)rv_line(&rest, &line);
	j->at = all.n - rest.n;
	j->line++;
	return line;
}

static void ask(struct rv_front *f, struct rv_slot *s, struct rv_job *j)
{
	j->state = RV_JOB_WORKING;
	j->working++;
	s->state = RV_SLOT_BUSY;
	s->job = j;
	s->body = part_of(j);
	s->request = (struct rv_serve_request){ .kind = j->kind,
						.number = j->line,
						.n = s->body.n };
	memcpy(s->request.type, j->type, sizeof s->request.type);
	s->put = s->got = 0;
	s->started = rv_front_now();
	s->deadline = s->started + (int64_t)f->setup->timeout * 1000;
	/* Behind whoever waits already. */
	if (j->stream)
		rv_job_next(f, j);
	if (!put_some(s))
		gone(f, s);
}

void rv_crew_feed(struct rv_front *f)
{
	for (unsigned i = 0; i < f->setup->jobs && f->first; i++) {
		struct rv_job *j = f->first;

		if (f->slot[i].state != RV_SLOT_IDLE)
			continue;
		leave_queue(f, j);
		ask(f, &f->slot[i], j);
	}
}

/* The keeper ends it; what it still says is not waited for. */
static void too_late(struct rv_front *f, struct rv_slot *s)
{
	const struct rv_keeper_word end = { RV_KEEPER_END,
					    (uint32_t)(s - f->slot) };

	(void)!write(f->control, &end, sizeof end);
	f->count.late++;
	lose(f, s, 504, "no answer in the time that --timeout gives");
}

int64_t rv_crew_late(struct rv_front *f, int64_t now)
{
	int64_t span = (int64_t)f->setup->timeout * 1000, next = now + span;

	for (unsigned i = 0; i < f->setup->jobs; i++) {
		struct rv_slot *s = &f->slot[i];

		if (s->state != RV_SLOT_BUSY)
			continue;
		if (s->deadline <= now)
			too_late(f, s);
		else if (s->deadline < next)
			next = s->deadline;
	}
	while (f->first && f->first->since + span <= now) {
		struct rv_job *j = f->first;

		leave_queue(f, j);
		/* Of a stream it is this line that is not answered. */
		if (j->stream)
			(void)part_of(j);
		finish(f, j, j->line, 503, NULL,
		       "too many requests wait; try later");
	}
	if (f->first && f->first->since + span < next)
		next = f->first->since + span;
	return next;
}
