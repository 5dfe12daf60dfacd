/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edk2.h - what is known of edk2's releases, and of dstack's: one row each,
 * with everything that OVMF measures by release.
 */
#ifndef RV_EDK2_H
#define RV_EDK2_H

#include "base.h"
#include "qemu.h"

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
/* The oldest and the newest, as in "202208". */
uint32_t rv_edk2_oldest(void);
uint32_t rv_edk2_newest(void);
/*
 * The release whose rules fit what a firmware was seen to contain: @seen's
 * members from acpi on, ready_rtmr0 excepted. 0: several, with rules that
 * differ.
 */
uint32_t rv_edk2_of_contents(const struct rv_edk2 *seen);

/*
 * Is the kernel measured as the file is? RV_FALSE: with the setup header that
 * QEMU writes. RV_UNSET: that hangs on the firmware, and @edk2 is NULL.
 */
enum rv_tri rv_kernel_as_file(const struct rv_qemu_row *qemu,
			      const struct rv_edk2 *edk2);

/* dstack's name for a variant of OVMF; RV_OVMF_UNKNOWN: it is none. */
enum rv_ovmf rv_ovmf_named(struct rv_span name);

/*
 * The release that dstack's OVMF of @version ("0.5.8", "v0.6.0.a1") measures
 * like; 0: not known. NULL is no version.
 */
uint32_t rv_dstack_edk2(const char *version);
/* The same of a firmware by its sha256; @versions: whose it is, in words. */
uint32_t rv_dstack_firmware(const struct rv_sha256 *id, const char **versions);
/* The release within a variant: that of @version, else the usual one. */
uint32_t rv_dstack_release(enum rv_ovmf variant, const char *version);

/*
 * Where dstack's builds of OVMF accept memory at the start: the layout of the
 * TD HOB as measurement.tdx.cbor writes it, the more frequent one first.
 */
enum { RV_DSTACK_BUILDS = 2 };
struct rv_span rv_dstack_witness(size_t build);

#endif
