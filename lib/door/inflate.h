/* SPDX-License-Identifier: Apache-2.0 */
/* inflate.h - the door to zlib: gzip, read as RFC 1952 says and no other way.
 */
#ifndef RV_INFLATE_H
#define RV_INFLATE_H

#include "stream.h"

/*
 * A gzip stream being inflated. Every member's CRC-32 and length are checked.
 * Members may follow each other (RFC 1952, 2.2); anything else behind a member,
 * zeros included, is refused, and so is a stream that ends inside a member.
 */
struct rv_gunzip;

/* @in is read from its first byte; what it borrows must outlive *out. */
RV_MUST bool rv_gunzip_new(struct rv_stream in, struct rv_gunzip **out,
			   struct rv_err *err);
void rv_gunzip_free(struct rv_gunzip **g);
/* A rv_next_fn: inflated bytes, in blocks of at most RV_BLOCK. */
bool rv_gunzip_next(void *gunzip, struct rv_span *block, struct rv_err *err);

/* Why rv_gunzip_next() failed. */
enum rv_gunzip_fault {
	RV_GUNZIP_SOUND,   /* it did not, or the stream below did */
	RV_GUNZIP_DAMAGED, /* header, data, CRC-32 or ISIZE */
	RV_GUNZIP_SHORT,   /* ends inside a member */
	RV_GUNZIP_BEHIND,  /* something is behind the last member */
};

enum rv_gunzip_fault rv_gunzip_fault(const struct rv_gunzip *g); /* or NULL */

/* Does @head, at least two bytes, start a gzip member? */
static inline bool rv_is_gzip(struct rv_span head)
{
	return head.n >= 2 && head.p[0] == 0x1f && head.p[1] == 0x8b;
}

#endif
