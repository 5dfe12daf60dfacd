/* SPDX-License-Identifier: Apache-2.0 */
/* hold.c - what usually ends a process waits for us. */
#include "hold.h"

#include <errno.h>

static const int ending[] = { SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
			      SIGPIPE, SIGALRM, SIGXCPU };

/* One that is ignored stays so: once blocked it would wait. */
static bool ends(int signal, const sigset_t *before)
{
	struct sigaction now;

	return sigismember(before, signal) == 0 &&
	       sigaction(signal, NULL, &now) == 0 && now.sa_handler != SIG_IGN;
}

void rv_hold(struct rv_hold *h)
{
	sigemptyset(&h->held);
	h->on = pthread_sigmask(SIG_BLOCK, NULL, &h->before) == 0;
	for (size_t i = 0; h->on && i < RV_LEN(ending); i++)
		if (ends(ending[i], &h->before))
			sigaddset(&h->held, ending[i]);
	h->on = h->on && pthread_sigmask(SIG_BLOCK, &h->held, NULL) == 0;
}

void rv_let_go(struct rv_hold *h)
{
	int why = errno;

	if (h->on)
		pthread_sigmask(SIG_SETMASK, &h->before, NULL);
	h->on = false;
	errno = why;
}

bool rv_hold_on(const struct rv_hold *h, struct rv_err *err)
{
	sigset_t waiting;

	if (!h->on || sigpending(&waiting) != 0)
		return true;
	for (size_t i = 0; i < RV_LEN(ending); i++)
		if (sigismember(&waiting, ending[i]) == 1 &&
		    sigismember(&h->held, ending[i]) == 1)
			return rv_fail(err, RV_SYSTEM, "ended by a signal");
	return true;
}
