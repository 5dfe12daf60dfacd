/* SPDX-License-Identifier: Apache-2.0 */
/* release_dir.h - the release records that came with the program. */
#ifndef RV_RELEASE_DIR_H
#define RV_RELEASE_DIR_H

#include <refval.h>

/* All records of a folder; owned, rv_releases_free(). */
struct rv_releases {
	struct rv_release *item;
	size_t n;
};

/*
 * Read every *.json of @dir, in the order of their names. @dir NULL: the
 * folder installed with the program, or images/releases of its source tree.
 * RV_INPUT when there is no such folder or a record is malformed.
 */
RV_MUST bool rv_releases_load(const char *dir, struct rv_releases *out,
			      struct rv_err *err);
void rv_releases_free(struct rv_releases *r);

/* The record called @name, e.g. "dstack-dev-0.5.8"; RV_INPUT when none is. */
RV_MUST bool rv_releases_find(const struct rv_releases *r, const char *name,
			      const struct rv_release **out,
			      struct rv_err *err);

#endif
