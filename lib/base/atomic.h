/* SPDX-License-Identifier: Apache-2.0 */
/* atomic.h - a file that is there whole, or not at all. */
#ifndef RV_ATOMIC_H
#define RV_ATOMIC_H

#include "base.h"

/*
 * Write @s to @path by way of a temporary file beside it. RV_SYSTEM on every
 * failure; then @path is what it was before.
 */
RV_MUST bool rv_atomic_write(const char *path, struct rv_span s,
			     struct rv_err *err);

#endif
