/* SPDX-License-Identifier: Apache-2.0 */
/* buf.c - owned bytes: from files, by copying, by growing. */
#include "base.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_ROOM = 4096 };

void rv_free(void *pp)
{
	void **p = pp;

	free(*p);
	*p = NULL;
}

void rv_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

void rv_buf_free(struct rv_buf *b)
{
	free(b->p);
	*b = (struct rv_buf){ 0 };
}

bool rv_buf_copy(struct rv_span s, struct rv_buf *out, struct rv_err *err)
{
	uint8_t *p = malloc(s.n + 1);

	if (!p)
		return rv_fail(err, RV_SYSTEM, "out of memory for %zu bytes",
			       s.n);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	*out = (struct rv_buf){ p, s.n };
	return true;
}

bool rv_text_copy(struct rv_span s, const char *what, char **out,
		  struct rv_err *err)
{
	struct rv_buf b;

	if (s.n && memchr(s.p, '\0', s.n))
		return rv_fail(err, RV_INPUT, "%s: a NUL inside", what);
	if (!rv_buf_copy(s, &b, err))
		return rv_in(err, "%s", what);
	*out = (char *)b.p;
	return true;
}

/* Make room for @n more bytes and a NUL. */
static bool grow(struct rv_grow *g, size_t n)
{
	size_t room = g->room ? g->room : FIRST_ROOM;
	uint8_t *p;

	if (g->failed || n >= SIZE_MAX / 4 - g->buf.n) {
		g->failed = true;
		return false;
	}
	if (g->room && g->buf.n + n < g->room)
		return true;
	while (room <= g->buf.n + n)
		room *= 2;
	p = realloc(g->buf.p, room);
	if (!p) {
		g->failed = true;
		return false;
	}
	g->buf.p = p;
	g->room = room;
	return true;
}

void rv_grow_add(struct rv_grow *g, const void *p, size_t n)
{
	if (!grow(g, n))
		return;
	if (n)
		memcpy(g->buf.p + g->buf.n, p, n);
	g->buf.n += n;
}

void rv_grow_u8(struct rv_grow *g, unsigned v)
{
	uint8_t b = (uint8_t)v;

	rv_grow_add(g, &b, 1);
}

void rv_grow_le(struct rv_grow *g, uint64_t v, size_t n)
{
	uint8_t b[8];

	for (size_t i = 0; i < n && i < sizeof b; i++, v >>= 8)
		b[i] = (uint8_t)v;
	rv_grow_add(g, b, n < sizeof b ? n : sizeof b);
}

void rv_grow_text(struct rv_grow *g, const char *s)
{
	rv_grow_add(g, s, strlen(s));
}

void rv_grow_printf(struct rv_grow *g, const char *fmt, ...)
{
	va_list ap, again;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0) {
		g->failed = true;
	} else if (grow(g, (size_t)n + 1)) {
		vsnprintf((char *)g->buf.p + g->buf.n, (size_t)n + 1, fmt,
			  again);
		g->buf.n += (size_t)n;
	}
	va_end(again);
	va_end(ap);
}

bool rv_grow_take(struct rv_grow *g, struct rv_buf *out, struct rv_err *err)
{
	if (!grow(g, 0))
		return rv_no_memory(err, "growing a buffer");
	g->buf.p[g->buf.n] = '\0';
	*out = g->buf;
	*g = (struct rv_grow){ 0 };
	return true;
}

void rv_grow_free(struct rv_grow *g)
{
	rv_buf_free(&g->buf);
	*g = (struct rv_grow){ 0 };
}

static bool read_all(int fd, const char *name, size_t max, struct rv_buf *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	for (;;) {
		ssize_t got;

		if (!grow(&g, FIRST_ROOM))
			return rv_no_memory(err, name);
		got = read(fd, g.buf.p + g.buf.n, g.room - g.buf.n - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return rv_fail(err, rv_errno_code(errno), "%s: %s",
				       name, strerror(errno));
		if (got == 0)
			break;
		g.buf.n += (size_t)got;
		if (g.buf.n > max)
			return rv_fail(err, RV_INPUT,
				       "%s: longer than %zu bytes", name, max);
	}
	return rv_grow_take(&g, out, err);
}

bool rv_buf_read(const char *path, size_t max, struct rv_buf *out,
		 struct rv_err *err)
{
	bool in = strcmp(path, "-") == 0;
	const char *name = in ? "standard input" : path;
	RV_AUTO(rv_close) int own = in ? -1 : open(path, O_RDONLY | O_CLOEXEC);
	int fd = in ? STDIN_FILENO : own;

	if (fd < 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", name,
			       strerror(errno));
	return read_all(fd, name, max, out, err);
}

bool rv_buf_read_plain(const char *path, size_t max, bool *found,
		       struct rv_buf *out, struct rv_err *err)
{
	/* O_NONBLOCK: a pipe must not make us wait before we see it is one. */
	RV_AUTO(rv_close)
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	*found = false;
	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0 && errno == ELOOP)
		return rv_fail(err, RV_INPUT,
			       "%s: a link: only plain files are read here",
			       path);
	if (fd < 0 && errno != ENXIO)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", path,
			       strerror(errno));
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return rv_fail(err, RV_INPUT,
			       "%s: no plain file: only those are read here",
			       path);
	if (!read_all(fd, path, max, out, err))
		return false;
	*found = true;
	return true;
}
