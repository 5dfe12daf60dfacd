/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edk2.c - what OVMF measures into RTMR0-2, by edk2 release, and which release
 * a firmware is of.
 */
#include "base.h"
#include "rules.h"

/* dstack has names for two kinds; what measures otherwise has none. */
#define NONE RV_OVMF_UNKNOWN
#define OLD  RV_OVMF_PRE202505
#define NEW  RV_OVMF_STABLE202505

/*
 * Each row adds what changed since the one above it:
 *   202208  first measurements, IntelTdxX64 only, without ACPI
 *   202302  ACPI blobs as fw_cfg hands them out (935343cf16)
 *   202411  ReadyToBoot's separator moves to RTMR1 (efaf8931bb)
 *   202502  named blobs etc/boot/kernel (20df7c42bd)
 *   202505  fw_cfg items (2eac71a1ee), SMBIOS (cd76265f1a), boot options
 *   202508  the initrd argument goes in front (a2ac0fea49)
 *   202605  firmware applications are invisible in a TD (03a07cb0f5)
 *   202608  the boot menu is visible again (f272dd7ea3)
 */
static const struct rv_edk2 rules[] = {
	{ 202208, "edk2-stable202208", NONE, 0, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202211, "edk2-stable202211", NONE, 0, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202302, "edk2-stable202302", NONE, 1, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202305, "edk2-stable202305", NONE, 1, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202308, "edk2-stable202308", NONE, 1, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202311, "edk2-stable202311", NONE, 1, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202402, "edk2-stable202402", NONE, 1, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202405, "edk2-stable202405", NONE, 1, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202408, "edk2-stable202408", NONE, 1, 1, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202411, "edk2-stable202411", OLD, 1, 0, 0, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202502, "edk2-stable202502", OLD, 1, 0, 1, 0, 0, 0, RV_BOOT_UIAPP },
	{ 202505, "edk2-stable202505", NEW, 1, 0, 1, 1, 1, 0,
	  RV_BOOT_MENU_SETUP },
	{ 202508, "edk2-stable202508", NONE, 1, 0, 1, 1, 1, 1,
	  RV_BOOT_MENU_SETUP },
	{ 202511, "edk2-stable202511", NONE, 1, 0, 1, 1, 1, 1,
	  RV_BOOT_MENU_SETUP },
	{ 202602, "edk2-stable202602", NONE, 1, 0, 1, 1, 1, 1,
	  RV_BOOT_MENU_SETUP },
	{ 202605, "edk2-stable202605", NONE, 1, 0, 1, 1, 1, 1, RV_BOOT_NONE },
	{ 202608, "edk2-stable202608", NONE, 1, 0, 1, 1, 1, 1, RV_BOOT_MENU },
};

const struct rv_edk2 *rv_edk2_release(uint32_t release)
{
	for (size_t i = 0; i < RV_LEN(rules); i++)
		if (rules[i].release == release)
			return &rules[i];
	return NULL;
}

const struct rv_edk2 *rv_edk2_named(const char *name)
{
	static const char prefix[] = "edk2-stable";
	uint64_t release = 0;

	if (strncmp(name, prefix, sizeof prefix - 1) == 0)
		name += sizeof prefix - 1;
	/* The one point release there was: it measures as its parent does. */
	if (strcmp(name, "202408.01") == 0)
		name = "202408";
	if (!rv_decimal(rv_text(name), 999999, &release))
		return NULL;
	return rv_edk2_release((uint32_t)release);
}
