/* SPDX-License-Identifier: Apache-2.0 */
/* listen.h - where a service is to be found: --listen, and what it may be. */
#ifndef RV_SERVE_LISTEN_H
#define RV_SERVE_LISTEN_H

#include <refval.h>

enum rv_listen_kind { RV_LISTEN_TCP, RV_LISTEN_UNIX, RV_LISTEN_SYSTEMD };

struct rv_listen {
	enum rv_listen_kind kind;
	const char *text; /* as it was given; borrowed */
	char host[64];	  /* of TCP: an address, never a name */
	unsigned port;	  /* 0: any that is free */
	const char *path; /* of a Unix socket; borrowed */
};

/*
 * "127.0.0.1:8080", "[::1]:8080", "unix:PATH" or "systemd". RV_USAGE: another
 * form; or an address that other machines reach, unless @open.
 */
RV_MUST bool rv_listen_read(const char *text, bool open, struct rv_listen *out,
			    struct rv_err *err);

/*
 * A socket that listens there, owned, in *fd; @shown is where it is in words,
 * the port too when any was asked for. What systemd passes must be one socket
 * that listens, on an address that @open allows.
 */
RV_MUST bool rv_listen_open(const struct rv_listen *l, bool open, int *fd,
			    char shown[128], struct rv_err *err);

#endif
