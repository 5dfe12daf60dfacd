/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_list.h - a list of pins: the SHA-256 of each file that a verdict reads,
 * written and read as sha256sum(1) does.
 */
#ifndef RV_PIN_LIST_H
#define RV_PIN_LIST_H

#include "pin_files.h"

/*
 * Compare @files with the list in the file @path, and add a row "pin" to
 * @report for each that differs, is not pinned, or is pinned and not there;
 * for each of the @n arguments that names only pinned files, a yes. *good:
 * every row is a yes. RV_INPUT when there is no list, or a malformed one.
 */
RV_MUST bool rv_pin_list_check(const char *path,
			       const struct rv_pin_files *files,
			       const char *const *paths, size_t n,
			       struct rv_report *report, bool *good,
			       struct rv_err *err);

/*
 * Write the list of @files to @path. RV_INPUT when one of them is no plain
 * file; RV_USAGE when @path is, or lies in, one of the @n arguments.
 */
RV_MUST bool rv_pin_list_write(const char *path,
			       const struct rv_pin_files *files,
			       const char *const *paths, size_t n,
			       struct rv_err *err);

#endif
