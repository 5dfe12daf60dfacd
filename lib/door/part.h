/* SPDX-License-Identifier: Apache-2.0 */
/* part.h - SHA-256 of a part of a file. */
#ifndef RV_PART_H
#define RV_PART_H

#include "watch.h"

/* Bytes @off to @end of a file. */
struct rv_part {
	uint64_t off, end;
	struct rv_sha256 sum;
};

/*
 * The sum of @part, a window at a time. @fd and @name, which is for messages,
 * are borrowed; @watch may be NULL. RV_SYSTEM when the file ends before the
 * part does.
 */
RV_MUST bool rv_part_sum(int fd, const char *name, struct rv_part *part,
			 struct rv_watch *watch, struct rv_err *err);

#endif
