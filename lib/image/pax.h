/* SPDX-License-Identifier: Apache-2.0 */
/* pax.h - the records of a pax extended header (POSIX.1-2017, pax, "pax
 * Extended Header"). */
#ifndef RV_PAX_H
#define RV_PAX_H

#include "ustar.h"

/* What one extended header says. Spans borrow from its bytes. */
struct pax {
	struct rv_span path, link, mtime; /* p NULL: not said */
	bool has_size, has_uid, has_gid;
	uint64_t size, uid, gid;
	struct ustar_xattr xattr[USTAR_XATTRS_MAX];
	size_t n_xattr;
	struct ustar_xattr other[USTAR_XATTRS_MAX]; /* LIBARCHIVE.xattr. */
	size_t n_other;
	bool sparse;	   /* GNU.sparse.major=1, minor=0 */
	bool sparse_other; /* any other GNU.sparse. version */
	bool sparse_any;   /* any GNU.sparse. record at all */
	struct rv_span sparse_name;
	uint64_t real_size;
	bool has_real_size, has_major, has_minor;
};

/* The records of an 'x' header; *out is zeroed first. */
RV_MUST bool rv_pax_read(struct rv_span bytes, struct pax *out,
			 struct rv_err *err);
/* The records of a 'g' header: only such that change nothing of an entry. */
RV_MUST bool rv_pax_read_global(struct rv_span bytes, struct rv_err *err);

#endif
