/* SPDX-License-Identifier: Apache-2.0 */
/* release.h - what the files of this stage share. */
#ifndef RV_RELEASE_RELEASE_H
#define RV_RELEASE_RELEASE_H

#include "base.h"
#include <refval.h>

/* "refval.release/1" */
extern const char rv_release_schema[];
/* "published" ...; "" for nowhere. */
const char *rv_from_name(enum rv_from from);

/*
 * What a name such as "dstack-nvidia-dev-0.5.8" says. RV_USAGE: it is none, or
 * too long.
 */
RV_MUST bool rv_release_named(const char *name, struct rv_release *out,
			      struct rv_err *err);

#endif
