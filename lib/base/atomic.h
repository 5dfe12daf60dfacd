/* SPDX-License-Identifier: Apache-2.0 */
/* atomic.h - a file that is there whole, or not at all. */
#ifndef RV_ATOMIC_H
#define RV_ATOMIC_H

#include "base.h"

/*
 * Write @s to @path, a device or pipe as it is. RV_SYSTEM on every failure;
 * then @path is what it was before, and no other file is there. A write beyond
 * the limit on the size of files is such a failure only where SIGXFSZ is
 * ignored, as commands do.
 */
RV_MUST bool rv_atomic_write(const char *path, struct rv_span s,
			     struct rv_err *err);
/* A new file @name in the open folder @dir: it never replaces another. */
RV_MUST bool rv_atomic_new(int dir, const char *name, struct rv_span s,
			   struct rv_err *err);

/*
 * A new file without a name, for writing, in the file system of the open folder
 * @dir. -1: errno says why; *can is false where there are no such files, or
 * they cannot get a name later.
 */
RV_MUST int rv_nameless(int dir, unsigned mode, bool *can);
/* Name it, in that file system; a name that is taken is not replaced. */
RV_MUST bool rv_nameless_link(int fd, int dir, const char *name);

#endif
