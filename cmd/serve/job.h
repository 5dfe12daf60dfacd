/* SPDX-License-Identifier: Apache-2.0 */
/*
 * job.h - requests on their way through the front: read, waiting for a worker,
 * with one, answered. One thread, no lock: everything happens in turns of one
 * loop.
 */
#ifndef RV_SERVE_JOB_H
#define RV_SERVE_JOB_H

#include "setup.h"
#include "wire.h"

struct MHD_Connection;
struct MHD_Daemon;

enum rv_job_state {
	RV_JOB_READING, /* its body is coming in */
	RV_JOB_WAITING, /* in the queue */
	RV_JOB_WORKING, /* with workers */
	RV_JOB_DONE,	/* of a stream: no line is begun */
};

/* One line of a stream whose result is not among the others yet. */
struct rv_line_reply {
	bool done;
	struct rv_buf reply; /* owned */
	const char *why;     /* there is no reply; a literal */
};

/* One request with a body. */
struct rv_job {
	struct MHD_Connection *connection; /* NULL: who asked is gone */
	enum rv_job_state state;
	uint32_t kind;		 /* enum rv_serve_kind */
	char type[RV_FORM_TYPE]; /* of a form */
	bool stream;
	bool too_long;	    /* the body: what comes is passed over */
	bool suspended;	    /* the connection waits for rv_job_wake() */
	struct rv_buf body; /* owned; @room bytes of it are allocated */
	size_t room;
	uint64_t passed;     /* bytes that were passed over */
	int64_t since;	     /* when it came into the queue, milliseconds */
	struct rv_job *next; /* in the queue */

	/* The answer: of HTTP when there is no stream. */
	unsigned status; /* 0: not yet */
	struct rv_buf reply;

	/* A stream: lines are taken from @at and worked on several at once,
	 * results stand in @out in their order. */
	size_t at;
	uint64_t line;		    /* lines that were begun */
	uint64_t put;		    /* lines whose result is in @out */
	struct rv_line_reply *part; /* owned; rv_job_ahead() of them */
	size_t apart;		    /* bytes of results in @part */
	struct rv_grow out;
	size_t sent;
	unsigned working; /* workers that have some of it */
	struct rv_conn *conn;
};

/* One connection; in a list by who has to do something soonest. */
struct rv_conn {
	struct rv_conn *prev, *next;
	int fd;
	int64_t deadline; /* milliseconds; 0: it waits for us */
	struct rv_job *job;
	bool used;    /* a request came over it */
	bool evicted; /* it is hung up on, and no longer counted */
};

enum rv_slot_state { RV_SLOT_NONE, RV_SLOT_IDLE, RV_SLOT_BUSY };

/* One worker, as the front sees it. */
struct rv_slot {
	enum rv_slot_state state;
	int fd;
	struct rv_job *job; /* whom it works for */
	struct rv_serve_request request;
	struct rv_span body; /* of the job */
	size_t put;	     /* bytes of request and body */
	struct rv_serve_reply head;
	struct rv_buf reply; /* owned */
	size_t got;	     /* bytes of head and reply */
	int64_t started, deadline;
};

/* What /metrics tells. */
struct rv_counts {
	uint64_t status[600]; /* answers, by status */
	uint64_t verdict[RV_SYSTEM + 1];
	uint64_t crashed, late, slow, evicted, connections, lines;
	uint64_t bucket[12]; /* seconds of work, metrics.h */
	double seconds;
	uint64_t worked;
};

struct rv_front {
	const struct rv_serve *setup;
	struct MHD_Daemon *http;
	int control;
	bool draining;
	struct rv_slot *slot; /* owned; setup->jobs of them */
	struct rv_job *first, *last;
	unsigned queued;
	unsigned jobs;	      /* that are not answered yet */
	size_t held;	      /* bytes of bodies */
	struct rv_conn conns; /* the head of a ring */
	unsigned connected;
	struct rv_counts count;
};

/* Bytes of all bodies together; one may always come in. */
enum { RV_HELD_MAX = 256 << 20 };

int64_t rv_front_now(void); /* milliseconds, of no epoch */

/* Is there no place in the queue? */
bool rv_front_full(const struct rv_front *f);
/* How many lines of a stream may be begun, from the oldest without a result. */
unsigned rv_job_ahead(const struct rv_front *f);
/* Put @j into the queue: its body, or the next line of it. */
void rv_job_submit(struct rv_front *f, struct rv_job *j);
/* Who asked is gone, or has the answer: forget @j, or free it. */
void rv_job_drop(struct rv_front *f, struct rv_job *j);
/* Of a stream: into the queue with the next line, if one may be begun. */
void rv_job_next(struct rv_front *f, struct rv_job *j);
/* Room for @n more bytes of body, of which those give up theirs that have been
 * sending for longest; false: there is none. */
RV_MUST bool rv_job_room(struct rv_front *f, struct rv_job *j, size_t n);

/* The daemon finds @c ended, and closes it. */
void rv_conn_end(struct rv_front *f, struct rv_conn *c);
/* The step of @c that is ours (no deadline), or the client's from now on. */
void rv_conn_ours(struct rv_front *f, struct rv_conn *c);
void rv_conn_theirs(struct rv_front *f, struct rv_conn *c);

/* ---- http.c ---- */

/* The daemon, on the listener. RV_SYSTEM. */
RV_MUST bool rv_http_start(struct rv_front *f, struct rv_err *err);
/* @j has something for its connection, which waits. */
void rv_job_wake(struct rv_job *j);

/* ---- crew.c: jobs and workers ---- */

RV_MUST bool rv_crew_new(struct rv_front *f, struct rv_err *err);
void rv_crew_free(struct rv_front *f);
/* A worker came: @fd is owned from here on. */
void rv_crew_add(struct rv_front *f, unsigned slot, int fd);
/* Its socket can be read or written. */
void rv_crew_turn(struct rv_front *f, struct rv_slot *s);
/* Give work to who is idle. */
void rv_crew_feed(struct rv_front *f);
/* What took too long; returns when to look again, in milliseconds. */
int64_t rv_crew_late(struct rv_front *f, int64_t now);

#endif
