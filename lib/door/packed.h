/* SPDX-License-Identifier: Apache-2.0 */
/* packed.h - a packed stream, told by its first bytes, as the bytes within. */
#ifndef RV_PACKED_H
#define RV_PACKED_H

#include "inflate.h"
#include "tar.h"

enum rv_packed {
	RV_PACKED_NOT,
	RV_PACKED_GZIP, /* RFC 1952 */
	RV_PACKED_XZ,	/* The .xz File Format 1.1.0, 2.1.1.1 */
	RV_PACKED_ZSTD, /* RFC 8878, 3.1.1 */
};

/* How bytes that start with @head are packed; RV_PACKED_NOT: in no such way. */
enum rv_packed rv_packed_as(struct rv_span head);

/* What unpacks a stream. rv_unpacker_free(). */
struct rv_unpacker {
	struct rv_gunzip *gunzip;     /* owned; NULL unless RV_PACKED_GZIP */
	struct rv_unfilter *unfilter; /* owned; NULL unless xz or zstd */
};

/* What @in borrows must outlive @u; *out is @in itself when it is not packed.
 */
RV_MUST bool rv_unpacker_open(struct rv_unpacker *u, enum rv_packed as,
			      struct rv_stream in, struct rv_stream *out,
			      struct rv_err *err);
void rv_unpacker_free(struct rv_unpacker *u);

#endif
