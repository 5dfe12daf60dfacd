/* SPDX-License-Identifier: Apache-2.0 */
/* firmware.h - what a firmware contains, as far as it shows what it measures.
 */
#ifndef RV_FIRMWARE_H
#define RV_FIRMWARE_H

#include "bios.h"

#include <refval/types.h>

struct rv_firmware {
	bool measures;	     /* TdTcg2Dxe: events reach the RTMRs of a TD */
	bool acpi;	     /* the event text "ACPI DATA" */
	bool named_blobs;    /* the fw_cfg folder etc/boot/ */
	bool fw_cfg;	     /* the event text "QEMU FW CFG" */
	bool smbios;	     /* SmbiosMeasurementDxe */
	bool prefix;	     /* the text "initrd=initrd " */
	bool suffix;	     /* the text " initrd=initrd" */
	bool secure_boot;    /* SecureBootConfigDxe */
	bool ui_app;	     /* UiApp, in the volume a TD sees */
	bool boot_menu;	     /* BootManagerMenuApp, the same */
	struct rv_bios bios; /* what it calls itself in SMBIOS */
};

/*
 * Unpack the volumes of @image and look. RV_INPUT when it is not built as
 * OVMF is: then nothing can be told from its contents.
 */
RV_MUST bool rv_firmware_inspect(struct rv_span image, struct rv_firmware *out,
				 struct rv_err *err);

#endif
