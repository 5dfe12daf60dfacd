/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tee.h - part of a file, read once: a thread hashes each block and hands it
 * on. So the digest and what was made of the bytes are of the same bytes, even
 * of a file that somebody writes to meanwhile.
 */
#ifndef RV_TEE_H
#define RV_TEE_H

#include "stream.h"

struct rv_tee;

/* SHA-256 of bytes @off to @end of @fd; @fd and @name are borrowed. */
RV_MUST bool rv_tee_open(int fd, const char *name, uint64_t off, uint64_t end,
			 struct rv_tee **out, struct rv_err *err);
/* The bytes as a stream: a rv_next_fn, of one thread. */
bool rv_tee_next(void *tee, struct rv_span *block, struct rv_err *err);
/*
 * The sum of all bytes; those that nobody took are read for it. May be called
 * once, and need not be.
 */
RV_MUST bool rv_tee_end(struct rv_tee *t, struct rv_sha256 *out,
			struct rv_err *err);
/* Nothing more is read; it does not wait for the end of the file. */
void rv_tee_free(struct rv_tee **t);

#endif
