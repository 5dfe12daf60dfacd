/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_opts.h - the options --pins and --write-pins: whether what a run reads
 * is what somebody reviewed.
 */
#ifndef RV_PIN_OPTS_H
#define RV_PIN_OPTS_H

#include "cmd.h"
#include "pin_files.h"

/* The arguments as they were given; NULL: not given. */
struct rv_pin_opts {
	const char *pins, *write;
};

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_PIN_OPTS(o)							\
	RV_OPT_TEXT("pins", "FILE", &(o).pins,				\
		    "no, unless every file read is pinned here"),	\
	RV_OPT_TEXT("write-pins", "FILE", &(o).write,			\
		    "pin every file read, beside the verdict")
/* clang-format on */

enum { RV_PIN_PATHS = 4 * RV_LIST_MAX + 32 };

/* The arguments that name something to read, and their files; owned. */
struct rv_pinned {
	const char *path[RV_PIN_PATHS]; /* borrowed; for the caller to fill */
	size_t n;
	struct rv_pin_files files;
};

/*
 * Before anything is read: hash the files, and with --pins add its rows to
 * @report. *good: they are all pinned, or nobody asked.
 */
RV_MUST bool rv_pin_first(const struct rv_pin_opts *o, struct rv_pinned *p,
			  struct rv_report *report, bool *good,
			  struct rv_err *err);
/*
 * Without either option the files are hashed all the same, for the report to
 * name them: those that are files or folders; a pipe can be read only once.
 */
RV_MUST bool rv_pin_seen(struct rv_pinned *p, struct rv_err *err);
/*
 * After everything was read: these were the files that were hashed. With
 * --write-pins, their list is written.
 */
RV_MUST bool rv_pin_last(const struct rv_pin_opts *o, const struct rv_pinned *p,
			 struct rv_err *err);
void rv_pinned_free(struct rv_pinned *p);

#endif
