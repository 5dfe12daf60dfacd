/* SPDX-License-Identifier: Apache-2.0 */
/* records.h - the release records that came with the program, or others. */
#ifndef RV_RECORDS_H
#define RV_RECORDS_H

#include <refval.h>

/*
 * The folder of records @dir, borrowed. NULL: the one installed with the
 * program, or images/releases of its source tree; looked for when it is read.
 */
struct rv_folder rv_records_at(const char *dir);

/* Is there one of this name? RV_USAGE: none, and perhaps what was meant. What
 * keeps them from being read is said by who reads them. */
RV_MUST bool rv_records_named(const char *dir, const char *name,
			      struct rv_err *err);

/*
 * Where they are: @dir, or the folder that is found now. RV_INPUT: there is
 * none; RV_USAGE: @dir is no folder.
 */
RV_MUST bool rv_records_where(const char *dir, char *out, size_t room,
			      struct rv_err *err);

/* Read all of them. */
RV_MUST bool rv_records_load(const char *dir, struct rv_releases *out,
			     struct rv_err *err);

#endif
