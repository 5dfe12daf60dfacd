/* SPDX-License-Identifier: Apache-2.0 */
/* grubimage.h - grub's EFI image: its version, modules and prefix. */
#ifndef RV_UKI_GRUBIMAGE_H
#define RV_UKI_GRUBIMAGE_H

#include "base.h"

#include <refval/uki.h>

enum { RV_GRUB_MODULES = 512 };

struct rv_grub_image {
	struct rv_pe pe;
	char version[64];			/* "2.12-9+deb13u4" */
	char prefix[128];			/* "/EFI/debian" */
	struct rv_span module[RV_GRUB_MODULES]; /* names */
	size_t modules;
	bool cc; /* measures where there is no TPM, too */
};

/*
 * RV_INPUT: no image of grub's for EFI, of a version of which is not known
 * what it measures, or with something embedded that decides what it reads.
 */
RV_MUST bool rv_grub_image_read(struct rv_span file, struct rv_grub_image *out,
				struct rv_err *err);
bool rv_grub_image_has(const struct rv_grub_image *g, const char *module);

#endif
