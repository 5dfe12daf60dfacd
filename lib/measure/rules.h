/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - what edk2 and QEMU measure, by release. The one table that the
 * rest of this folder asks; see edk2.c.
 */
#ifndef RV_RULES_H
#define RV_RULES_H

#include "firmware.h"

#include <refval/measure.h>
#include <refval/shape.h>
#include <refval/types.h>

/* The newest QEMU whose rules are known. */
enum { RV_QEMU_NEWEST_MAJOR = 11, RV_QEMU_NEWEST_MINOR = 1 };

/* Which boot options the firmware registers before a direct kernel boot. */
enum rv_boot_options {
	RV_BOOT_UIAPP,	    /* Boot0000 UiApp */
	RV_BOOT_MENU_SETUP, /* Boot0000 BootManagerMenuApp, Boot0001 Setup */
	RV_BOOT_NONE,	    /* none visible, so no BootOrder either */
	RV_BOOT_MENU,	    /* Boot0000 BootManagerMenuApp */
};

/* One release of edk2, by what it measures. */
struct rv_edk2 {
	uint32_t release;     /* year and month, e.g. 202502 */
	const char *name;     /* "edk2-stable202502" */
	enum rv_ovmf variant; /* dstack's name for it */
	bool acpi;	      /* ACPI blobs are measured */
	bool ready_rtmr0;     /* ReadyToBoot's separator goes to RTMR0 */
	bool named_blobs;     /* etc/boot/kernel wins over the patched one */
	bool fw_cfg;	      /* BootMenu, bootorder ... before SecureBoot */
	bool smbios;	      /* the SMBIOS tables, after ACPI */
	bool prefix;	      /* "initrd=initrd " before the command line */
	enum rv_boot_options boot;
};

/* The rules of a release: "202502", "edk2-stable202502", "202408.01". */
const struct rv_edk2 *rv_edk2_named(const char *name);
const struct rv_edk2 *rv_edk2_release(uint32_t release);

/* The rules chosen for one firmware, and why. */
struct rv_rules {
	struct rv_edk2 edk2;
	char from[120]; /* how the release was told */
	char note[160]; /* what speaks against it, or "" */
	bool silent;	/* measures nothing in a TD, see @note */
	bool inspected; /* @firmware is valid */
	struct rv_firmware firmware;
};

/*
 * Which rules @in's firmware measures by. RV_INPUT, naming --ovmf, when that
 * cannot be told.
 */
RV_MUST bool rv_rules_choose(const struct rv_measure_input *in,
			     const struct rv_shape *shape, struct rv_rules *out,
			     struct rv_err *err);

#endif
