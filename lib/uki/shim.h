/* SPDX-License-Identifier: Apache-2.0 */
/* shim.h - shim, and what it measures of the keys that it came with. */
#ifndef RV_UKI_SHIM_H
#define RV_UKI_SHIM_H

#include "base.h"

#include <refval/uki.h>

struct rv_shim {
	struct rv_pe pe;
	char version[32]; /* "16.1" */
	/* The vendor's certificate, and its list of what is forbidden. */
	struct rv_span certificate, forbidden;
};

/* Does the file say that it is shim? */
bool rv_shim_is(const struct rv_pe *pe);
/*
 * RV_INPUT: it is not, of a version of which is not known what it measures, or
 * its own keys are in a form that is not known.
 */
RV_MUST bool rv_shim_read(struct rv_span file, struct rv_shim *out,
			  struct rv_err *err);
/* MokList and MokListX where the machine has none: as signature lists. Owned.
 */
RV_MUST bool rv_shim_allowed(const struct rv_shim *s, struct rv_buf *out,
			     struct rv_err *err);
RV_MUST bool rv_shim_forbidden(const struct rv_shim *s, struct rv_buf *out,
			       struct rv_err *err);
/* SbatLevel without Secure Boot, as the variable's event has it. Owned. */
RV_MUST bool rv_shim_level(struct rv_buf *out, struct rv_err *err);

#endif
