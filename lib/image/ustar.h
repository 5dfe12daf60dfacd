/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ustar.h - a strict reader of tar: POSIX.1-2017 pax (ustar and extended
 * headers), v7, GNU long names and sparse files. What readers in the wild
 * disagree about is refused. Every fault has an id, "E_TAR_...".
 */
#ifndef RV_USTAR_H
#define RV_USTAR_H

#include "stream.h"

enum {
	USTAR_BLOCK = 512,
	/* One extended header: pax records, or a GNU long name. */
	USTAR_META_MAX = 1 << 20,
	/* Extended attributes of one entry. */
	USTAR_XATTRS_MAX = 256,
	/* Pieces of data in one sparse file. */
	USTAR_PIECES_MAX = 1 << 16,
};

/* What was seen that another reader may take otherwise; as RV_SAW_... */
enum {
	USTAR_PAX_GLOBAL = 1 << 0,
	USTAR_SPARSE = 1 << 1,
	USTAR_LIBARCHIVE_XATTR = 1 << 2, /* alone: no runtime applies it */
	USTAR_NO_END = 1 << 11,
};

/* Zeros that one archive has only as holes: a header makes any number. */
#define USTAR_HOLES_MAX (UINT64_C(64) << 30)

struct ustar_xattr {
	struct rv_span name, value;
};

/* Every span borrows from the reader until the next entry. */
struct ustar_entry {
	struct rv_span name, link; /* as written; never with a NUL */
	char type; /* '0' file, '1' hard link, '2' symbolic link, '3' '4'
		      device, '5' directory, '6' fifo */
	uint32_t mode;
	uint64_t uid, gid;
	struct rv_span mtime; /* as written, of pax or of the header */
	uint64_t size;	      /* of the content, holes included */
	uint64_t major, minor;
	const struct ustar_xattr *xattr; /* as in the archive, names unique */
	size_t n_xattr;
	uint64_t at;	  /* where its header starts */
	uint64_t data_at; /* where its data start, unless sparse */
	bool sparse;
};

struct ustar;

/* Pass over @n bytes; how many there were. NULL in rv_ustar_new(): by reading.
 */
typedef uint64_t (*rv_skip_fn)(void *arg, uint64_t n);

/* @in is read from the first header on; what it borrows must outlive *out. */
RV_MUST bool rv_ustar_new(struct rv_stream in, rv_skip_fn skip,
			  struct ustar **out, struct rv_err *err);
/* Another bound of all holes; 0: as it is. */
void rv_ustar_bound_holes(struct ustar *t, uint64_t max);
/* Let it end behind an entry, with no zero block or one (USTAR_NO_END). */
void rv_ustar_may_end(struct ustar *t);
void rv_ustar_free(struct ustar **t);
/*
 * The next entry, its unread data passed over. *end: the two zero blocks came,
 * and nothing but zeros behind them to the end of the stream; or, where it may,
 * the stream ended.
 */
RV_MUST bool rv_ustar_next(struct ustar *t, bool *end, struct ustar_entry *out,
			   struct rv_err *err);
/* A rv_next_fn: the content of the entry, holes as zeros. */
bool rv_ustar_data(void *ustar, struct rv_span *block, struct rv_err *err);
/* What was seen so far, USTAR_... flags. */
unsigned rv_ustar_seen(const struct ustar *t);

#endif
