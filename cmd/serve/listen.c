/* SPDX-License-Identifier: Apache-2.0 */
/* listen.c - addresses: loopback and Unix sockets, others only when told so. */
#include "listen.h"
#include "base.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The first descriptor that systemd passes: sd_listen_fds(3). */
enum { BACKLOG = 1024, FIRST_PASSED = 3 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
};

/* Can only this machine reach it? */
static bool is_local(const union address *a)
{
	if (a->any.sa_family == AF_UNIX)
		return true;
	if (a->any.sa_family == AF_INET)
		return ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
	return a->any.sa_family == AF_INET6 &&
	       IN6_IS_ADDR_LOOPBACK(&a->v6.sin6_addr);
}

static bool allowed(const union address *a, const char *what, bool open,
		    struct rv_err *err)
{
	return open || is_local(a) ||
	       rv_fail(err, RV_USAGE,
		       "%s: other machines reach this address: --public says"
		       " that they may",
		       what);
}

static bool tcp_address(const struct rv_listen *l, union address *out,
			socklen_t *n)
{
	*out = (union address){ 0 };
	if (inet_pton(AF_INET, l->host, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons((uint16_t)l->port);
		*n = sizeof out->v4;
		return true;
	}
	out->v6.sin6_family = AF_INET6;
	out->v6.sin6_port = htons((uint16_t)l->port);
	*n = sizeof out->v6;
	return inet_pton(AF_INET6, l->host, &out->v6.sin6_addr) == 1;
}

static bool read_tcp(const char *text, struct rv_listen *out,
		     union address *address)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	bool six = n > 2 && text[0] == '[' && text[n - 1] == ']';
	uint64_t port;
	socklen_t ignored;

	if (!n || !rv_decimal(rv_text(colon + 1), 65535, &port))
		return false;
	if (six) {
		text++;
		n -= 2;
	}
	if (n >= sizeof out->host || (!six && memchr(text, ':', n)))
		return false;
	memcpy(out->host, text, n);
	out->host[n] = '\0';
	out->port = (unsigned)port;
	return tcp_address(out, address, &ignored) &&
	       (address->any.sa_family == AF_INET6) == six;
}

bool rv_listen_read(const char *text, bool open, struct rv_listen *out,
		    struct rv_err *err)
{
	union address a = { 0 };

	*out = (struct rv_listen){ .text = text };
	if (strcmp(text, "systemd") == 0) {
		out->kind = RV_LISTEN_SYSTEMD;
		return true;
	}
	if (strncmp(text, "unix:", 5) == 0) {
		out->kind = RV_LISTEN_UNIX;
		out->path = text + 5;
		if (!*out->path || strlen(out->path) >= sizeof a.un.sun_path)
			return rv_fail(err, RV_USAGE,
				       "--listen %s: a path of 1 to %zu bytes"
				       " is needed",
				       text, sizeof a.un.sun_path - 1);
		return !open || rv_fail(err, RV_USAGE,
					"--public: other machines do not reach"
					" --listen %s",
					text);
	}
	if (!read_tcp(text, out, &a))
		return rv_fail(err, RV_USAGE,
			       "--listen %s: neither ADDRESS:PORT (a name is no"
			       " address) nor unix:PATH nor systemd",
			       text);
	if (open && is_local(&a))
		return rv_fail(err, RV_USAGE,
			       "--public: other machines do not reach --listen"
			       " %s",
			       text);
	return allowed(&a, text, open, err);
}

static void show(const union address *a, char shown[128])
{
	char host[INET6_ADDRSTRLEN] = "";

	if (a->any.sa_family == AF_UNIX) {
		snprintf(shown, 128, "unix:%.*s", (int)sizeof a->un.sun_path,
			 a->un.sun_path);
	} else if (a->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof host);
		snprintf(shown, 128, "http://%s:%u", host,
			 ntohs(a->v4.sin_port));
	} else {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof host);
		snprintf(shown, 128, "http://[%s]:%u", host,
			 ntohs(a->v6.sin6_port));
	}
}

/* sd_listen_fds(3): for this process, and exactly one. */
static bool take_passed(int *fd, struct rv_err *err)
{
	const char *pid = getenv("LISTEN_PID"), *n = getenv("LISTEN_FDS");
	int is = 0;
	socklen_t size = sizeof is;
	uint64_t number, count;

	if (!pid || !rv_decimal(rv_text(pid), INT32_MAX, &number) ||
	    number != (uint64_t)getpid() || !n ||
	    !rv_decimal(rv_text(n), INT32_MAX, &count))
		return rv_fail(err, RV_USAGE,
			       "--listen systemd: no socket was passed"
			       " (LISTEN_FDS, LISTEN_PID)");
	if (count != 1)
		return rv_fail(err, RV_USAGE,
			       "--listen systemd: %s sockets were passed; one"
			       " is taken",
			       n);
	if (getsockopt(FIRST_PASSED, SOL_SOCKET, SO_ACCEPTCONN, &is, &size) ||
	    !is || fcntl(FIRST_PASSED, F_SETFD, FD_CLOEXEC) != 0)
		return rv_fail(err, RV_USAGE,
			       "--listen systemd: what was passed is no stream"
			       " socket that listens");
	*fd = FIRST_PASSED;
	return true;
}

static bool make(const struct rv_listen *l, int *fd, struct rv_err *err)
{
	union address a = { 0 };
	socklen_t n = sizeof a.un;
	mode_t mask;
	int one = 1, bound;

	if (l->kind == RV_LISTEN_UNIX) {
		a.un.sun_family = AF_UNIX;
		memcpy(a.un.sun_path, l->path, strlen(l->path) + 1);
	} else {
		(void)tcp_address(l, &a, &n);
	}
	*fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (*fd < 0)
		return rv_fail(err, RV_SYSTEM, "--listen %s: %s", l->text,
			       strerror(errno));
	(void)setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	/* Owner and group may call, nobody else. */
	mask = umask(0117);
	bound = bind(*fd, &a.any, n);
	(void)umask(mask);
	if (bound != 0 || listen(*fd, BACKLOG) != 0)
		return rv_fail(err, RV_SYSTEM, "--listen %s: %s", l->text,
			       strerror(errno));
	return true;
}

bool rv_listen_open(const struct rv_listen *l, bool open, int *fd,
		    char shown[128], struct rv_err *err)
{
	union address a = { 0 };
	socklen_t n = sizeof a;
	int flags;

	if (!(l->kind == RV_LISTEN_SYSTEMD ? take_passed(fd, err)
					   : make(l, fd, err)))
		return false;
	if (getsockname(*fd, &a.any, &n) != 0)
		return rv_fail(err, RV_SYSTEM, "--listen %s: %s", l->text,
			       strerror(errno));
	show(&a, shown);
	flags = fcntl(*fd, F_GETFL);
	if (flags < 0 || fcntl(*fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return rv_fail(err, RV_SYSTEM, "--listen %s: %s", l->text,
			       strerror(errno));
	return allowed(&a, shown, open, err);
}
