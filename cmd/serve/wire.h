/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wire.h - what the front and a worker say to each other over a socket pair:
 * a head of fixed size, and bytes behind it. Same program, same machine:
 * numbers are as in memory. The front believes nothing of a reply that it did
 * not check.
 */
#ifndef RV_SERVE_WIRE_H
#define RV_SERVE_WIRE_H

#include "base.h"
#include "form.h"

#include <refval.h>

enum rv_serve_kind {
	RV_SERVE_REPORT, /* refval.report/1 */
	RV_SERVE_LINE,	 /* refval.result/1, one line */
	RV_SERVE_PEER,	 /* what dstack-verifier answers */
	RV_SERVE_PAGE,	 /* the page of a form */
	RV_SERVE_KINDS
};

struct rv_serve_request {
	uint32_t kind;
	char type[RV_FORM_TYPE]; /* Content-Type of a form, with its NUL */
	uint64_t number;	 /* of the line */
	uint64_t n;		 /* bytes that follow */
};

struct rv_serve_reply {
	uint32_t status;  /* of HTTP */
	uint32_t verdict; /* enum rv_code */
	uint64_t n;	  /* bytes that follow */
};

/* Bytes of a reply: a report of the largest log, and its escapes. */
#define RV_SERVE_REPLY_MAX ((uint64_t)512 << 20)

/* @n bytes, waiting as long as it takes; false at the end, or on failure. */
RV_MUST bool rv_serve_read(int fd, void *to, size_t n);
RV_MUST bool rv_serve_write(int fd, const void *from, size_t n);

#endif
