/* SPDX-License-Identifier: Apache-2.0 */
/* stub.h - one row for each systemd whose stub is known: what it measures. */
#ifndef RV_UKI_STUB_H
#define RV_UKI_STUB_H

#include "base.h"

#include <refval/uki.h>

struct rv_stub {
	unsigned version;
	uint32_t parts;	   /* bit of each section that it knows */
	bool loads_kernel; /* by firmware's LoadImage */
};

/* The row of a version, or NULL. */
const struct rv_stub *rv_stub_find(unsigned version);
/* "252, 254, 257" */
const char *rv_stub_versions(void);

#endif
