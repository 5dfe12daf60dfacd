/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tar.h - the door to libarchive: the tar format over a stream, and the xz
 * and zstd filters. libarchive succeeds with exactly ARCHIVE_OK.
 */
#ifndef RV_TAR_H
#define RV_TAR_H

#include "stream.h"

enum rv_tar_kind {
	RV_TAR_FILE,
	RV_TAR_FOLDER,
	RV_TAR_LINK,   /* symbolic or hard */
	RV_TAR_DEVICE, /* or FIFO, or socket, or unknown */
	RV_TAR_SPARSE, /* a file with holes */
};

struct rv_tar_entry {
	const char *name; /* borrows from the reader until the next entry */
	enum rv_tar_kind kind;
	uint64_t size;
};

/* A tar archive being read once, front to back. */
struct rv_tar;

RV_MUST bool rv_tar_new(struct rv_stream in, struct rv_tar **out,
			struct rv_err *err);
void rv_tar_free(struct rv_tar **t);
/*
 * The next entry; *end: there is none, the archive ended with two zero blocks,
 * the stream was read to its end and held nothing but zeros behind them.
 */
RV_MUST bool rv_tar_next(struct rv_tar *t, bool *end, struct rv_tar_entry *out,
			 struct rv_err *err);
/* The next bytes of this entry; an empty block after exactly its size. */
RV_MUST bool rv_tar_data(struct rv_tar *t, struct rv_span *block,
			 struct rv_err *err);

enum rv_filter {
	RV_FILTER_XZ,
	RV_FILTER_ZSTD,
};

/* A compressed stream, with nothing behind its end. */
struct rv_unfilter;

RV_MUST bool rv_unfilter_new(enum rv_filter filter, struct rv_stream in,
			     struct rv_unfilter **out, struct rv_err *err);
void rv_unfilter_free(struct rv_unfilter **u);
bool rv_unfilter_next(void *unfilter, struct rv_span *block,
		      struct rv_err *err); /* a rv_next_fn */

#endif
