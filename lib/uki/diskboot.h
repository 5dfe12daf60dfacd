/* SPDX-License-Identifier: Apache-2.0 */
/* diskboot.h - the registers of a disk that boots through shim and grub. */
#ifndef RV_UKI_DISKBOOT_H
#define RV_UKI_DISKBOOT_H

#include "registers.h"

RV_MUST bool rv_boot_disk(struct rv_boot_job *j);

#endif
