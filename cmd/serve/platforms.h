/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platforms.h - collateral by platform, out of the folder that refval-fetch
 * --cache fills. A file is read again when it is another one.
 */
#ifndef RV_SERVE_PLATFORMS_H
#define RV_SERVE_PLATFORMS_H

#include <refval.h>

struct rv_platforms;

/* @folder is borrowed. Owned; rv_platforms_free(). */
RV_MUST bool rv_platforms_new(const char *folder, struct rv_platforms **out,
			      struct rv_err *err);
void rv_platforms_free(struct rv_platforms **p);

/*
 * What the folder has for the platform of @quote; valid until the next call.
 * *out is NULL where it has nothing, or the quote names no platform; *why says
 * why when there is a file that cannot be used, else it is NULL.
 */
void rv_platforms_find(struct rv_platforms *p, struct rv_span quote,
		       const struct rv_collateral **out,
		       const struct rv_err **why);

#endif
