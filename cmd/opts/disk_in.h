/* SPDX-License-Identifier: Apache-2.0 */
/* disk_in.h - a disk in a file, for the library to read in pieces. */
#ifndef RV_DISK_IN_H
#define RV_DISK_IN_H

#include "base.h"

#include <refval/gcp.h>

/*
 * The regular file at @path as @out, which borrows *@fd; rv_close() it. False,
 * with *@fd -1: there is none that can be read.
 */
RV_MUST bool rv_disk_open(const char *path, int *fd, struct rv_disk *out);

#endif
