/* SPDX-License-Identifier: Apache-2.0 */
/* boot.h - BootOrder and Boot#### as the firmware makes them at first boot. */
#ifndef RV_BOOT_H
#define RV_BOOT_H

#include "rules.h"

enum { RV_BOOT_MAX = 2 };

/* The options that @set registers; 0 to RV_BOOT_MAX. */
size_t rv_boot_count(enum rv_boot_options set);
/* sha384 of BootOrder's data, and of Boot####'s, number @i. */
RV_MUST bool rv_boot_order(enum rv_boot_options set, struct rv_sha384 *out,
			   struct rv_err *err);
RV_MUST bool rv_boot_option(enum rv_boot_options set, size_t i,
			    struct rv_sha384 *out, struct rv_err *err);

#endif
