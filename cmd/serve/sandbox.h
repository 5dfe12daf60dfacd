/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sandbox.h - what a process can no longer do, whoever runs in it. Once on, it
 * stays. Not on every machine: seccomp (x86-64, aarch64) must be there, and
 * without Landlock (Linux 5.13) seccomp alone has to do.
 */
#ifndef RV_SERVE_SANDBOX_H
#define RV_SERVE_SANDBOX_H

#include <refval.h>

enum rv_serve_room {
	RV_ROOM_KEEPER, /* starts processes; no new socket, no program */
	RV_ROOM_FRONT,	/* speaks with who called; no file, no process */
	RV_ROOM_WORKER, /* reads files of the folders; no socket, no process */
};

/* The version of the kernel's Landlock; 0: there is none. */
unsigned rv_serve_landlock(void);

/*
 * From here on only what @room needs. Files can be read below @folder (NULL:
 * below none; @n of them, and NULL is passed over). Then what must not work is
 * tried: a connection, a program, a file elsewhere. RV_SYSTEM: it could not be
 * put on, or something worked.
 */
RV_MUST bool rv_serve_sandbox(enum rv_serve_room room,
			      const char *const *folder, size_t n,
			      struct rv_err *err);

#endif
