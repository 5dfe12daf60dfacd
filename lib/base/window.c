/* SPDX-License-Identifier: Apache-2.0 */
/* window.c - a file's bytes as memory, a stretch at a time, without a copy. */
#define _GNU_SOURCE
#include "window.h"

#include "range.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Mapping costs a call each time, and the processor's caches have an end. */
enum { MAP_SIZE = 1 << 20, READ_SIZE = 128 << 10 };

static _Thread_local struct rv_window *open_here;
static struct sigaction before;
static pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER;

/* Put zeros where a file was. Linux: mmap(2) is a plain system call. */
static void on_sigbus(int sig, siginfo_t *info, void *context)
{
	uintptr_t at = (uintptr_t)info->si_addr;

	(void)context;
	for (struct rv_window *w = open_here; w; w = w->next) {
		if (at - (uintptr_t)w->map >= w->mapped)
			continue;
		w->lost = 1;
		if (mmap(w->map, w->mapped, PROT_READ,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
			 0) != MAP_FAILED)
			return;
	}
	/* The instruction is tried again, and faults as it would have. */
	sigaction(sig, &before, NULL);
}

/* Each time, as somebody else may have taken it since. */
static bool take_sigbus(void)
{
	struct sigaction ours = { .sa_sigaction = on_sigbus,
				  .sa_flags = SA_SIGINFO };
	struct sigaction now;
	bool ok;

	sigemptyset(&ours.sa_mask);
	if (pthread_mutex_lock(&taking) != 0)
		return false;
	ok = sigaction(SIGBUS, NULL, &now) == 0;
	if (ok && now.sa_sigaction != on_sigbus) {
		before = now;
		ok = sigaction(SIGBUS, &ours, NULL) == 0;
	}
	pthread_mutex_unlock(&taking);
	return ok;
}

static bool is_regular(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

static bool map(struct rv_window *w, uint64_t off, uint64_t end)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE),
		 start = off & ~(page - 1);
	uint64_t n = end - start < MAP_SIZE ? end - start : MAP_SIZE;
	void *p;

	if (!is_regular(w->fd) || !take_sigbus())
		return false;
	p = mmap(NULL, (size_t)n, PROT_READ, MAP_SHARED | MAP_POPULATE, w->fd,
		 (off_t)start);
	if (p == MAP_FAILED)
		return false;
	w->map = p;
	w->mapped = (size_t)n;
	w->lost = 0;
	w->bytes = rv_span((const uint8_t *)p + (off - start),
			   (size_t)(n - (off - start)));
	w->next = open_here;
	open_here = w;
	return true;
}

static bool read_in(struct rv_window *w, uint64_t off, uint64_t end,
		    struct rv_err *err)
{
	struct rv_range r = {
		.fd = w->fd, .name = w->name, .off = off, .end = end
	};
	size_t n = 0, got = 1;

	if (!w->buf && !(w->buf = malloc(READ_SIZE)))
		return rv_no_memory(err, w->name);
	for (; got && n < READ_SIZE; n += got)
		if (!rv_range_read(&r, w->buf + n, READ_SIZE - n, &got, err))
			return false;
	w->bytes = rv_span(w->buf, n);
	return true;
}

bool rv_window_open(struct rv_window *w, uint64_t off, uint64_t end,
		    struct rv_err *err)
{
	w->bytes = (struct rv_span){ 0 };
	if (off < end && !map(w, off, end) && !read_in(w, off, end, err))
		return false;
	w->end = off + w->bytes.n;
	return true;
}

static void unmap(struct rv_window *w)
{
	struct rv_window **at = &open_here;

	if (!w->map)
		return;
	while (*at != w)
		at = &(*at)->next;
	*at = w->next;
	munmap(w->map, w->mapped);
	w->map = NULL;
}

bool rv_window_close(struct rv_window *w, struct rv_err *err)
{
	bool mapped = w->map != NULL;
	struct stat st;

	unmap(w);
	w->bytes = (struct rv_span){ 0 };
	if (!mapped)
		return true;
	if (fstat(w->fd, &st) != 0)
		return rv_fail(err, RV_SYSTEM, "%s: %s", w->name,
			       strerror(errno));
	/* The last page of a file goes on with zeros, without a fault. */
	if ((uint64_t)st.st_size < w->end)
		return rv_fail(err, RV_SYSTEM,
			       "%s: became shorter while being read", w->name);
	if (w->lost)
		return rv_fail(err, RV_SYSTEM,
			       "%s: was cut, or could not be read", w->name);
	return true;
}

void rv_window_free(struct rv_window *w)
{
	unmap(w);
	free(w->buf);
	w->buf = NULL;
}
