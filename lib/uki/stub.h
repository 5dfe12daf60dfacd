/* SPDX-License-Identifier: Apache-2.0 */
/* stub.h - one row for each systemd whose stub is known: what it measures. */
#ifndef RV_UKI_STUB_H
#define RV_UKI_STUB_H

#include "base.h"

#include <refval/uki.h>

struct rv_stub {
	unsigned version;
	uint32_t parts;	   /* bit of each section that it knows */
	uint32_t passed;   /* bit of each section that becomes a file */
	bool loads_kernel; /* by firmware's LoadImage */
	bool cc;	   /* measures where there is no TPM, too */
	/*
	 * The kernel gets the image's command line and initrd, and nothing
	 * of the machine or of this boot among them.
	 */
	bool hands_on;
	bool hands_line;  /* systemd-boot hands the image its own line */
	bool loader_conf; /* systemd-boot measures loader.conf, PCR 5 */
	bool conf_in_td;  /* it may do so in a TD, into RTMR1 */
};

/* The row of a version, or NULL. */
const struct rv_stub *rv_stub_find(unsigned version);
/* "252, 254 and so on" */
const char *rv_stub_versions(void);

/*
 * What a .sdmagic section calls its program, which must be @program
 * ("systemd-stub"): its whole name, and the version.
 */
RV_MUST bool rv_stub_magic(struct rv_span magic, const char *program,
			   char out[64], unsigned *version, struct rv_err *err);

#endif
