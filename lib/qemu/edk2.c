/* SPDX-License-Identifier: Apache-2.0 */
/*
 * edk2.c - what OVMF measures into RTMR0-2, by edk2 release.
 */
#include "edk2.h"

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
/* clang-format off */
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
	{ 202505, "edk2-stable202505", NEW, 1, 0, 1, 1, 1, 0, RV_BOOT_MENU_SETUP },
	{ 202508, "edk2-stable202508", NONE, 1, 0, 1, 1, 1, 1, RV_BOOT_MENU_SETUP },
	{ 202511, "edk2-stable202511", NONE, 1, 0, 1, 1, 1, 1, RV_BOOT_MENU_SETUP },
	{ 202602, "edk2-stable202602", NONE, 1, 0, 1, 1, 1, 1, RV_BOOT_MENU_SETUP },
	{ 202605, "edk2-stable202605", NONE, 1, 0, 1, 1, 1, 1, RV_BOOT_NONE },
	{ 202608, "edk2-stable202608", NONE, 1, 0, 1, 1, 1, 1, RV_BOOT_MENU },
};
/* clang-format on */

static const struct {
	const char *name;
	enum rv_ovmf variant;
} variants[] = {
	{ "pre202505", OLD },
	{ "stable202505", NEW },
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

uint32_t rv_edk2_oldest(void)
{
	return rules[0].release;
}

uint32_t rv_edk2_newest(void)
{
	return rules[RV_LEN(rules) - 1].release;
}

uint32_t rv_edk2_of_contents(const struct rv_edk2 *seen)
{
	if (!seen->acpi)
		return 202211;
	if (!seen->named_blobs)
		return 0;
	if (!seen->fw_cfg)
		return 202502;
	if (!seen->prefix)
		return 202505;
	return seen->boot == RV_BOOT_MENU_SETUP ? 202508
	       : seen->boot == RV_BOOT_MENU	? 202608
						: 202605;
}

enum rv_tri rv_kernel_as_file(const struct rv_qemu_row *qemu,
			      const struct rv_edk2 *edk2)
{
	if (qemu->kernel != RV_KERNEL_NAMED)
		return qemu->kernel == RV_KERNEL_AS_FILE ? RV_TRUE : RV_FALSE;
	return !edk2 ? RV_UNSET : edk2->named_blobs ? RV_TRUE : RV_FALSE;
}

/* ---- dstack's names ---- */

enum rv_ovmf rv_ovmf_named(struct rv_span name)
{
	for (size_t i = 0; i < RV_LEN(variants); i++)
		if (rv_same_text(name, variants[i].name))
			return variants[i].variant;
	return RV_OVMF_UNKNOWN;
}

const char *rv_ovmf_name(enum rv_ovmf o)
{
	for (size_t i = 0; i < RV_LEN(variants); i++)
		if (variants[i].variant == o)
			return variants[i].name;
	return NULL;
}

bool rv_ovmf_parse(const char *text, enum rv_ovmf *ovmf, uint32_t *edk2,
		   struct rv_err *err)
{
	enum rv_ovmf variant = rv_ovmf_named(rv_text(text));
	const struct rv_edk2 *e = variant ? NULL : rv_edk2_named(text);

	if (!variant && !e)
		return rv_fail(err, RV_INPUT,
			       "ovmf variant %.40s: no rules are known for it "
			       "(known: %s, %s, %u to %u)",
			       text, variants[0].name, variants[1].name,
			       rv_edk2_oldest(), rv_edk2_newest());
	*ovmf = e ? e->variant : variant;
	*edk2 = e ? e->release : 0;
	return true;
}
