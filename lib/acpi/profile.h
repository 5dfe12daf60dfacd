/* SPDX-License-Identifier: Apache-2.0 */
/* profile.h - what differs between QEMU versions. */
#ifndef RV_ACPI_PROFILE_H
#define RV_ACPI_PROFILE_H

#include "base.h"
#include <refval/acpi.h>

/* Everything in the blobs that depends on the version of QEMU. */
struct rv_profile {
	unsigned madt_revision;
	bool pdsm_tests_aidx; /* PDSM function 7 looks before it answers */
	bool static_pxb_prt;  /* routing of a pxb: a package, not a loop */
	bool eject_list;      /* CSCN collects CPUs to eject */
	bool pres_ini;	      /* PRES has an _INI method */
	bool serial_shared;   /* COM1's interrupt is level, low, shared */
};

/* RV_INPUT for a version that the model does not know. */
RV_MUST bool rv_profile_of(struct rv_qemu v, struct rv_profile *out,
			   struct rv_err *err);

#endif
