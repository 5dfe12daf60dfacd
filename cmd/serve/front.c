/* SPDX-License-Identifier: Apache-2.0 */
/*
 * front.c - the loop of the process that speaks HTTP: connections, workers, the
 * keeper, and the clock.
 */
#define _GNU_SOURCE
#include "front.h"
#include "job.h"
#include "keeper.h"
#include "out.h"
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK = 1000,	  /* milliseconds that nothing waits longer than */
	DRAIN_IDLE = 500, /* for a connection that asked nothing yet */
	OWN_FILES = 64,	  /* descriptors beside connections and workers */
};

int64_t rv_front_now(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- connections by their deadlines ---- */

static void unlink_conn(struct rv_conn *c)
{
	if (!c->next)
		return;
	c->prev->next = c->next;
	c->next->prev = c->prev;
	c->prev = c->next = NULL;
}

void rv_conn_ours(struct rv_front *f, struct rv_conn *c)
{
	(void)f;
	c->deadline = 0;
	unlink_conn(c);
}

/* All have the same time: whoever comes last is due last. */
void rv_conn_theirs(struct rv_front *f, struct rv_conn *c)
{
	unlink_conn(c);
	c->deadline = rv_front_now() + (int64_t)f->setup->timeout * 1000;
	c->prev = f->conns.prev;
	c->next = &f->conns;
	c->prev->next = c;
	f->conns.prev = c;
}

void rv_conn_end(struct rv_front *f, struct rv_conn *c)
{
	(void)shutdown(c->fd, SHUT_RDWR);
	rv_conn_ours(f, c);
}

static int64_t too_slow(struct rv_front *f, int64_t now)
{
	struct rv_conn *c;

	while (c = f->conns.next, c != &f->conns && c->deadline <= now) {
		f->count.slow += c->job != NULL || !c->used;
		rv_conn_end(f, c);
	}
	/* Who was slowest for longest makes room for who comes. */
	while (c = f->conns.next,
	       c != &f->conns && f->connected > f->setup->connections) {
		f->count.evicted++;
		c->evicted = true;
		f->connected--;
		rv_conn_end(f, c);
	}
	return c == &f->conns ? now + TICK : c->deadline;
}

/* ---- the keeper's words ---- */

static void drain(struct rv_front *f)
{
	int64_t soon = rv_front_now() + DRAIN_IDLE;
	int listener = (int)MHD_quiesce_daemon(f->http);

	f->draining = true;
	if (listener >= 0)
		close(listener);
	for (struct rv_conn *c = f->conns.next; c != &f->conns; c = c->next)
		if (!c->job && c->deadline > soon)
			c->deadline = c->used ? 0 : soon;
}

static int passed_fd(struct msghdr *m)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof fd))
		memcpy(&fd, CMSG_DATA(c), sizeof fd);
	return fd;
}

/* False when the keeper is gone. */
static bool listen_to_keeper(struct rv_front *f)
{
	for (;;) {
		struct rv_keeper_word word = { 0 };
		struct iovec v = { &word, sizeof word };
		union {
			struct cmsghdr head;
			char room[CMSG_SPACE(sizeof(int))];
		} c = { 0 };
		struct msghdr m = { .msg_iov = &v,
				    .msg_iovlen = 1,
				    .msg_control = c.room,
				    .msg_controllen = sizeof c.room };
		ssize_t n =
		    recvmsg(f->control, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR;
		if (n != (ssize_t)sizeof word)
			return false;
		if (word.what == RV_KEEPER_DRAIN && !f->draining)
			drain(f);
		else if (word.what == RV_KEEPER_WORKER)
			rv_crew_add(f, word.slot, passed_fd(&m));
	}
}

/* ---- the loop ---- */

/* Milliseconds that there may be nothing to do. */
static int patience(struct rv_front *f, int64_t until, int64_t now)
{
	MHD_UNSIGNED_LONG_LONG http;
	int64_t wait = until > now ? until - now : 0;

	if (MHD_get_timeout(f->http, &http) == MHD_YES &&
	    http < (MHD_UNSIGNED_LONG_LONG)wait)
		wait = (int64_t)http;
	return (int)(wait < TICK ? wait : TICK);
}

static short events_of(const struct rv_slot *s)
{
	if (s->state != RV_SLOT_BUSY)
		return POLLIN;
	return s->put < sizeof s->request + s->body.n ? POLLIN | POLLOUT
						      : POLLIN;
}

static bool turn(struct rv_front *f, struct pollfd *p, int epoll_fd)
{
	unsigned n = f->setup->jobs;
	int64_t now = rv_front_now();
	int64_t until = too_slow(f, now), late = rv_crew_late(f, now);

	p[0] = (struct pollfd){ .fd = epoll_fd, .events = POLLIN };
	p[1] = (struct pollfd){ .fd = f->control, .events = POLLIN };
	for (unsigned i = 0; i < n; i++)
		p[2 + i] = (struct pollfd){ .fd = f->slot[i].fd,
					    .events = events_of(&f->slot[i]) };
	(void)poll(p, 2 + n, patience(f, until < late ? until : late, now));
	for (unsigned i = 0; i < n; i++)
		if (p[2 + i].fd >= 0 && p[2 + i].revents)
			rv_crew_turn(f, &f->slot[i]);
	rv_crew_feed(f);
	if (MHD_run(f->http) != MHD_YES || !listen_to_keeper(f))
		return false;
	rv_crew_feed(f);
	return true;
}

/* One for each connection; fewer are allowed where there are not so many. */
static bool descriptors(const struct rv_serve *s, struct rv_err *err)
{
	rlim_t want = (rlim_t)s->connections + s->jobs + OWN_FILES;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < want) {
		r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	if (getrlimit(RLIMIT_NOFILE, &r) != 0 || r.rlim_cur < want)
		return rv_fail(err, RV_SYSTEM,
			       "--connections %u: this process may open %ju"
			       " files, and needs %ju",
			       s->connections, (uintmax_t)r.rlim_cur,
			       (uintmax_t)want);
	return true;
}

static bool start(struct rv_front *f, int *epoll_fd, struct rv_err *err)
{
	const union MHD_DaemonInfo *i;

	if (!descriptors(f->setup, err) || !rv_crew_new(f, err) ||
	    !rv_http_start(f, err))
		return false;
	i = MHD_get_daemon_info(f->http, MHD_DAEMON_INFO_EPOLL_FD);
	if (!i)
		return rv_fail(err, RV_SYSTEM, "libmicrohttpd: no epoll");
	*epoll_fd = i->epoll_fd;
	return rv_serve_sandbox(RV_ROOM_FRONT, NULL, 0, err);
}

int rv_front_run(const struct rv_serve *s, int control)
{
	struct rv_front f = { .setup = s, .control = control };
	RV_AUTO(rv_free)
	void *room = calloc(2 + (size_t)s->jobs, sizeof(struct pollfd));
	struct rv_err err = { 0 };
	int epoll_fd = -1;
	bool good = room != NULL;

	f.conns.prev = f.conns.next = &f.conns;
	if (!good)
		rv_err_set(&err, RV_SYSTEM, "out of memory");
	if (!good || !start(&f, &epoll_fd, &err)) {
		rv_out_error("refval-serve", err.msg);
		return RV_SYSTEM;
	}
	while (good && !(f.draining && !f.jobs && !f.connected))
		good = turn(&f, room, epoll_fd);
	MHD_stop_daemon(f.http);
	rv_crew_free(&f);
	return good ? 0 : RV_SYSTEM;
}
