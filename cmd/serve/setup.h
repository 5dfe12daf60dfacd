/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup.h - what a service is told once, before it begins. Three kinds of
 * process share it: the keeper starts the others and waits for signals; the
 * front speaks HTTP, and looks at nothing that it carries; workers, one request
 * at a time each, do all that reads what clients sent.
 */
#ifndef RV_SERVE_SETUP_H
#define RV_SERVE_SETUP_H

#include "result_out.h"

enum {
	RV_SERVE_PATH = 4096,
	RV_SERVE_JOBS_MAX = 256,
	RV_SERVE_QUEUE_MAX = 65536,
	RV_SERVE_CONNECTIONS_MAX = 1 << 20,
	RV_SERVE_TIMEOUT_MAX = 3600,
	RV_SERVE_MIB_MAX = 1024,
};

struct rv_serve {
	unsigned jobs;	      /* workers */
	unsigned queue;	      /* requests that wait for one */
	unsigned connections; /* beyond: the one that was idle longest ends */
	unsigned timeout;     /* seconds for each step of a request */
	size_t body;	      /* bytes of a request's body */
	int listener;	      /* a socket that listens; owned */
	const char *shown;    /* where that is, in words */
	const char *unlink;   /* NULL, or the path of the socket we made */
	const char
	    *collateral;      /* NULL, or the folder of refval-fetch --cache */
	const char *releases; /* as given, or NULL: those of the program */
	char records[RV_SERVE_PATH]; /* the folder that is read then */
	/* How every request is answered, but for its verifier. */
	struct rv_fleet fleet;
	const struct rv_verify_input *in;
};

#endif
