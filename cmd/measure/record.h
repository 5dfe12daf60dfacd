/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - refval-measure --record: the record of a release. */
#ifndef RV_MEASURE_RECORD_H
#define RV_MEASURE_RECORD_H

#include "cmd.h"
#include <refval.h>

struct rv_record_opts {
	bool record;
	const char *name, *url, *date, *update, *hashes;
};

/* clang-format off */
#define RV_RECORD_OPTS(o)						\
	RV_OPT_FLAG("record", &(o).record,				\
		    "print the image's record, for images/releases"),	\
	RV_OPT_TEXT("image-hashes", "FILE", &(o).hashes,		\
		    "upstream's list of the image's hashes"),		\
	RV_OPT_TEXT("name", "NAME", &(o).name,				\
		    "of the release, as in dstack-dev-0.5.9"),		\
	RV_OPT_TEXT("url", "URL", &(o).url, "where its tarball is"),	\
	RV_OPT_TEXT("date", "DATE", &(o).date,				\
		    "of its tag, as in 2026-01-31"),			\
	RV_OPT_TEXT("update", "FILE|DIR", &(o).update,			\
		    "the record to complete, or its folder")
/* clang-format on */

#define RV_RECORD_NAMES "record image-hashes name url date update"

/*
 * Print the record of @image, which was read from @path, or without one (both
 * NULL) of --image-hashes; or write it to --update. *answer is RV_NO when the
 * two, or a record that is there, say otherwise: then nothing is written.
 */
RV_MUST bool rv_measure_record(const struct rv_record_opts *o,
			       const struct rv_image *image, const char *path,
			       enum rv_code *answer, struct rv_err *err);

#endif
