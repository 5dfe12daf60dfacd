/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keeper.c - processes: one front, workers, and who replaces which. The keeper
 * reads nothing of a client's; it has one thread, so that it may fork.
 */
#define _GNU_SOURCE
#include "keeper.h"
#include "front.h"
#include "out.h"
#include "sandbox.h"
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* One that ends this soon waits so long for the next: milliseconds. */
enum { SOON = 1000, PAUSE = 200 };

struct child {
	pid_t pid;	 /* 0: there is none */
	int64_t started; /* milliseconds */
	int64_t due;	 /* when the next may be started */
};

struct keeper {
	struct rv_serve *setup;
	struct child *worker; /* owned; setup->jobs of them */
	pid_t front;
	int control; /* to the front */
	int signals; /* a pipe: one byte for each signal */
	bool draining;
	struct rv_err err;
};

/* A handler has no other way to reach anything. */
static int signal_pipe = -1;

static void on_signal(int number)
{
	const uint8_t b = (uint8_t)number;
	int was = errno;

	(void)!write(signal_pipe, &b, 1);
	errno = was;
}

static int64_t now_ms(void)
{
	struct timespec t = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static bool catch_signals(struct keeper *k, struct rv_err *err)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGCHLD };
	struct sigaction a = { .sa_handler = on_signal };
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) != 0)
		return rv_fail(err, RV_SYSTEM, "pipe: %s", strerror(errno));
	k->signals = p[0];
	signal_pipe = p[1];
	sigemptyset(&a.sa_mask);
	for (size_t i = 0; i < RV_LEN(caught); i++)
		(void)sigaction(caught[i], &a, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	return true;
}

/*
 * In a child: no signal but the keeper's end reaches it, for whoever stops a
 * service signals all its processes at once, and these have work to finish.
 */
static void settle(pid_t parent)
{
	(void)signal(SIGTERM, SIG_IGN);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGCHLD, SIG_DFL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	/* It may have ended before that was said. */
	if (getppid() != parent)
		_exit(RV_SYSTEM);
}

static pid_t begin(struct keeper *k, int keep, int shut, bool front)
{
	pid_t self = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	settle(self);
	close(shut);
	close(k->signals);
	close(signal_pipe);
	if (!front) {
		close(k->control);
		close(k->setup->listener);
	}
	_exit(front ? rv_front_run(k->setup, keep)
		    : rv_worker_run(k->setup, keep));
}

static bool pair(int type, int out[2], struct rv_err *err)
{
	return socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, out) == 0 ||
	       rv_fail(err, RV_SYSTEM, "socketpair: %s", strerror(errno));
}

/* The front gets the worker's socket; a front that is gone needs none. */
static void hand_over(const struct keeper *k, unsigned slot, int fd)
{
	struct rv_keeper_word word = { RV_KEEPER_WORKER, slot };
	struct iovec v = { &word, sizeof word };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} c = { 0 };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = c.room,
			    .msg_controllen = sizeof c.room };

	c.head.cmsg_level = SOL_SOCKET;
	c.head.cmsg_type = SCM_RIGHTS;
	c.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&c.head), &fd, sizeof fd);
	(void)sendmsg(k->control, &m, MSG_NOSIGNAL);
}

static bool start_worker(struct keeper *k, unsigned slot, struct rv_err *err)
{
	struct child *c = &k->worker[slot];
	int p[2];

	c->started = now_ms();
	if (!pair(SOCK_STREAM, p, err))
		return false;
	c->pid = begin(k, p[1], p[0], false);
	close(p[1]);
	if (c->pid > 0)
		hand_over(k, slot, p[0]);
	close(p[0]);
	if (c->pid > 0)
		return true;
	c->pid = 0;
	c->due = c->started + PAUSE;
	return rv_fail(err, RV_SYSTEM, "fork: %s", strerror(errno));
}

static bool start_all(struct keeper *k, struct rv_err *err)
{
	int p[2];

	if (!pair(SOCK_SEQPACKET, p, err))
		return false;
	k->control = p[0];
	k->front = begin(k, p[1], p[0], true);
	close(p[1]);
	if (k->front < 0)
		return rv_fail(err, RV_SYSTEM, "fork: %s", strerror(errno));
	close(k->setup->listener);
	k->setup->listener = -1;
	if (!rv_serve_sandbox(RV_ROOM_KEEPER, NULL, 0, err))
		return false;
	for (unsigned i = 0; i < k->setup->jobs; i++)
		if (!start_worker(k, i, err))
			return false;
	rv_out_note("refval-serve: %s; %s", k->setup->shown,
		    rv_serve_landlock()
			? "in a sandbox of seccomp and Landlock"
			: "in a sandbox of seccomp alone: this kernel has no"
			  " Landlock, and files elsewhere can be read");
	return true;
}

static void say_end(const char *who, int status)
{
	if (WIFSIGNALED(status))
		rv_out_note("refval-serve: %s ended by signal %d", who,
			    WTERMSIG(status));
	else
		rv_out_note("refval-serve: %s ended with %d", who,
			    WEXITSTATUS(status));
}

/* True when the front ended: then all is over. */
static bool reap(struct keeper *k)
{
	bool over = false;
	int status;
	pid_t pid;

	while (pid = waitpid(-1, &status, WNOHANG), pid > 0) {
		int64_t now = now_ms();

		if (pid == k->front) {
			k->front = 0;
			over = true;
			if (!k->draining || status != 0) {
				say_end("the front", status);
				rv_err_set(&k->err, RV_SYSTEM,
					   "the process that speaks HTTP"
					   " ended");
			}
			continue;
		}
		for (unsigned i = 0; i < k->setup->jobs; i++) {
			struct child *c = &k->worker[i];

			if (c->pid != pid)
				continue;
			if (!over && !k->draining)
				say_end("a worker", status);
			c->pid = 0;
			c->due = now - c->started < SOON ? now + PAUSE : now;
		}
	}
	return over;
}

static void listen_to_front(struct keeper *k)
{
	struct rv_keeper_word word;

	while (recv(k->control, &word, sizeof word, MSG_DONTWAIT) ==
	       (ssize_t)sizeof word)
		if (word.what == RV_KEEPER_END && word.slot < k->setup->jobs &&
		    k->worker[word.slot].pid > 0)
			(void)kill(k->worker[word.slot].pid, SIGKILL);
}

/* True when it is all over. */
static bool on_signals(struct keeper *k)
{
	const struct rv_keeper_word drain = { RV_KEEPER_DRAIN, 0 };
	uint8_t b[64];
	ssize_t n;
	bool stop = false;

	while (n = read(k->signals, b, sizeof b), n > 0)
		for (ssize_t i = 0; i < n; i++)
			stop = stop || b[i] == SIGTERM || b[i] == SIGINT;
	if (stop && !k->draining) {
		k->draining = true;
		(void)send(k->control, &drain, sizeof drain, MSG_NOSIGNAL);
	} else if (stop) {
		/* Asked twice: without waiting for anybody. */
		return true;
	}
	return reap(k);
}

/* Milliseconds until a worker is to be started; those due are. */
static int start_due(struct keeper *k)
{
	struct rv_err err = { 0 };
	int64_t now = now_ms(), next = -1;

	for (unsigned i = 0; i < k->setup->jobs; i++) {
		struct child *c = &k->worker[i];

		if (c->pid)
			continue;
		if (c->due <= now && !start_worker(k, i, &err))
			rv_out_error("refval-serve", err.msg);
		if (!c->pid && (next < 0 || c->due - now < next))
			next = c->due > now ? c->due - now : 1;
	}
	return (int)next;
}

static void end_all(struct keeper *k)
{
	for (unsigned i = 0; i < k->setup->jobs; i++)
		if (k->worker[i].pid > 0)
			(void)kill(k->worker[i].pid, SIGKILL);
	if (k->front > 0)
		(void)kill(k->front, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static void keep(struct keeper *k)
{
	bool over = false;

	while (!over) {
		struct pollfd p[] = { { .fd = k->signals, .events = POLLIN },
				      { .fd = k->control, .events = POLLIN } };

		(void)poll(p, RV_LEN(p), start_due(k));
		listen_to_front(k);
		over = on_signals(k);
	}
}

bool rv_keeper_run(struct rv_serve *s, struct rv_err *err)
{
	struct keeper k = { .setup = s, .control = -1, .signals = -1 };
	RV_AUTO(rv_free) void *workers = calloc(s->jobs, sizeof *k.worker);
	bool good;

	k.worker = workers;
	if (!workers)
		return rv_no_memory(err, "workers");
	good = catch_signals(&k, err) && start_all(&k, err);
	if (good)
		keep(&k);
	end_all(&k);
	if (s->unlink)
		(void)unlink(s->unlink);
	if (k.err.code) {
		*err = k.err;
		return false;
	}
	return good;
}
