/* SPDX-License-Identifier: Apache-2.0 */
/* sums.h - SHA-256 of several parts of a file, two at once where that pays. */
#ifndef RV_SUMS_H
#define RV_SUMS_H

#include "sha256x2.h"

/* Bytes @off to @end of a file. */
struct rv_part {
	uint64_t off, end;
	struct rv_sha256 sum;
};

/*
 * Each part's sum, in this thread. @two: rv_sha256x2(), or NULL to leave the
 * work to OpenSSL, one part after the other. @fd and @name are borrowed. The
 * parts come back in another order, the longest first.
 */
RV_MUST bool rv_part_sums(int fd, const char *name, rv_sha256x2_fn two,
			  struct rv_part *part, size_t n, struct rv_err *err);

#endif
