/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcp_opts.h - how a machine of Google Cloud is judged: what --collateral and
 * --image mean for it.
 */
#ifndef RV_GCP_OPTS_H
#define RV_GCP_OPTS_H

#include "dcap_opts.h"

#include <refval.h>

enum { RV_GCP_FILES = 16 };

/* What was read. Owned; it borrows from itself: never copied. */
struct rv_gcp_read {
	struct rv_gcp_rules rules;
	struct rv_buf file[RV_GCP_FILES];
	struct rv_span span[RV_GCP_FILES];
	struct rv_gcp_boot *boot; /* of a disk, or NULL */
};

/*
 * What of --collateral is Google's: of a folder some files, a file or not.
 * *@all is true when nothing of it can be Intel's.
 */
RV_MUST bool rv_gcp_opts_read(const struct rv_dcap_opts *dcap, bool *all,
			      struct rv_gcp_read *out, struct rv_err *err);
/* Does the file at @path begin as a disk with a partition table does? */
bool rv_gcp_is_disk(const char *path);
/* The disk at @path, or disk.raw of the folder there, if there is one. */
RV_MUST bool rv_gcp_disk_read(const char *path, struct rv_gcp_read *out,
			      struct rv_err *err);
void rv_gcp_read_free(struct rv_gcp_read *r);

#endif
