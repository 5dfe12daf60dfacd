/* SPDX-License-Identifier: Apache-2.0 */
/* bios.h - what a firmware calls itself in SMBIOS type 0. */
#ifndef RV_BIOS_H
#define RV_BIOS_H

#include <refval/types.h>

enum { RV_BIOS_TEXTS = 3, RV_BIOS_TEXT_MAX = 80 };

struct rv_bios {
	bool known;
	char text[RV_BIOS_TEXTS][RV_BIOS_TEXT_MAX]; /* vendor, version, date */
};

/*
 * From the file of SmbiosPlatformDxe (OvmfPkg, from edk2 202308 on), whose
 * texts are constants: those a build states, or edk2's own when it states
 * none. Not known for any other arrangement.
 */
struct rv_bios rv_bios_read(struct rv_span driver);

/* edk2's own: what a build without such settings has. */
struct rv_bios rv_bios_default(void);

#endif
