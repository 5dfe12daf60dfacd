/* SPDX-License-Identifier: Apache-2.0 */
/*
 * qemu.c - the table of QEMU's versions.
 *
 * A row holds from its first version to the one before the next row's, or to
 * the end of the branch MAJOR.MINOR. A branch that got a change later has a
 * second row, from the micro version on that has it. Sources: QEMU's history
 * for what changed; its tables driven as a judge for 8.2, 10.0 and 11.1
 * (tests/vectors/acpi); boots of real firmware for the kernel's rule on 7.2,
 * 10.0 and 11.1; captures of 8.2.2 and 9.2.1.
 */
#include "qemu.h"

#define GiB ((uint64_t)1 << 30)
#define TiB ((uint64_t)1 << 40)

#define TWO	 RV_PAGE_ADD_TWO
#define SINGLE	 RV_PAGE_ADD_SINGLE
#define DIMM_9_1 (2047 * TiB)

/*
 *   8.1    MADT revision 3 (May 2023; 8.0.x is not proven)
 *   8.2.9, 9.1.3, 9.2.1   PDSM function 7 tests the index
 *   9.0    one pass, pic off: TDX as it went upstream; SMBIOS family FEh
 *   9.2    routing of an expander written out; interrupts as upstream
 *   10.0   CSCN's list of CPUs; fw_cfg's etc/boot/kernel
 *   10.2   the kernel's header is left alone (a7542a38f399)
 *   11.0   PRES without _INI
 *   11.1   COM1's interrupt shared
 *
 * ACPI: MADT revision, pdsm_tests_aidx, static_pxb_prt, eject_list, pres_ini,
 * serial_shared. Then page order, pic, edge, kernel; the SMBIOS family and
 * the HTT bit; and what the machine type decides: SMBIOS entry, DIMM size.
 */
/* clang-format off */
static const struct rv_qemu_row rows[] = {
	{ "8.0",  { 8, 0, 0 },  { 8, 0, 0 },  false, { 1, 0, 0, 0, 1, 0 },
	  TWO,    1, 1, RV_KERNEL_PATCHED, 0x01, 0, { RV_SMBIOS_2, 16 * GiB } },
	{ "8.1",  { 8, 1, 0 },  { 8, 1, 0 },  false, { 3, 0, 0, 0, 1, 0 },
	  TWO,    1, 1, RV_KERNEL_PATCHED, 0x01, 0, { RV_SMBIOS_3, 16 * GiB } },
	{ "8.2",  { 8, 2, 0 },  { 8, 2, 2 },  true,  { 3, 0, 0, 0, 1, 0 },
	  TWO,    1, 1, RV_KERNEL_PATCHED, 0x01, 0, { RV_SMBIOS_3, 16 * GiB } },
	{ "8.2",  { 8, 2, 9 },  { 8, 2, 9 },  false, { 3, 1, 0, 0, 1, 0 },
	  TWO,    1, 1, RV_KERNEL_PATCHED, 0x01, 0, { RV_SMBIOS_3, 16 * GiB } },
	{ "9.0",  { 9, 0, 0 },  { 9, 0, 0 },  false, { 3, 0, 0, 0, 1, 0 },
	  SINGLE, 0, 1, RV_KERNEL_PATCHED, 0xfe, 0, { RV_SMBIOS_AUTO, 16 * GiB } },
	{ "9.1",  { 9, 1, 0 },  { 9, 1, 0 },  true,  { 3, 0, 0, 0, 1, 0 },
	  SINGLE, 0, 1, RV_KERNEL_PATCHED, 0xfe, 0, { RV_SMBIOS_AUTO, DIMM_9_1 } },
	{ "9.1",  { 9, 1, 3 },  { 9, 1, 3 },  false, { 3, 1, 0, 0, 1, 0 },
	  SINGLE, 0, 1, RV_KERNEL_PATCHED, 0xfe, 0, { RV_SMBIOS_AUTO, DIMM_9_1 } },
	{ "9.2",  { 9, 2, 0 },  { 9, 2, 0 },  false, { 3, 0, 1, 0, 1, 0 },
	  SINGLE, 0, 0, RV_KERNEL_PATCHED, 0xfe, 0, { RV_SMBIOS_AUTO, DIMM_9_1 } },
	{ "9.2",  { 9, 2, 1 },  { 9, 2, 1 },  true,  { 3, 1, 1, 0, 1, 0 },
	  SINGLE, 0, 0, RV_KERNEL_PATCHED, 0xfe, 0, { RV_SMBIOS_AUTO, DIMM_9_1 } },
	{ "10.0", { 10, 0, 0 }, { 10, 0, 0 }, false, { 3, 1, 1, 1, 1, 0 },
	  SINGLE, 0, 0, RV_KERNEL_NAMED,   0xfe, 1, { RV_SMBIOS_AUTO, DIMM_9_1 } },
	{ "10.1", { 10, 1, 0 }, { 10, 1, 0 }, false, { 3, 1, 1, 1, 1, 0 },
	  SINGLE, 0, 0, RV_KERNEL_NAMED,   0xfe, 1, { RV_SMBIOS_AUTO, DIMM_9_1 } },
	{ "10.2", { 10, 2, 0 }, { 10, 2, 0 }, false, { 3, 1, 1, 1, 1, 0 },
	  SINGLE, 0, 0, RV_KERNEL_AS_FILE, 0xfe, 1, { RV_SMBIOS_AUTO, 2 * TiB } },
	{ "11.0", { 11, 0, 0 }, { 11, 0, 0 }, false, { 3, 1, 1, 1, 0, 0 },
	  SINGLE, 0, 0, RV_KERNEL_AS_FILE, 0xfe, 1, { RV_SMBIOS_AUTO, 2 * TiB } },
	{ "11.1", { 11, 1, 0 }, { 11, 1, 0 }, false, { 3, 1, 1, 1, 0, 1 },
	  SINGLE, 0, 0, RV_KERNEL_AS_FILE, 0xfe, 1, { RV_SMBIOS_AUTO, 2 * TiB } },
};
/* clang-format on */

_Static_assert(RV_LEN(rows) <= RV_QEMU_CLASSES_MAX, "room for each row");

/* Below 0, 0 or above 0: @a is older, the same, or newer. */
static int compare(const struct rv_qemu *a, const struct rv_qemu *b)
{
	if (a->major != b->major)
		return a->major < b->major ? -1 : 1;
	if (a->minor != b->minor)
		return a->minor < b->minor ? -1 : 1;
	return a->micro < b->micro ? -1 : a->micro > b->micro;
}

size_t rv_qemu_rows(void)
{
	return RV_LEN(rows);
}

const struct rv_qemu_row *rv_qemu_row(size_t i)
{
	return &rows[i];
}

const struct rv_qemu_row *rv_qemu_find(const struct rv_qemu *version)
{
	const struct rv_qemu_row *found = NULL;

	for (size_t i = 0; i < RV_LEN(rows); i++)
		if (rows[i].first.major == version->major &&
		    rows[i].first.minor == version->minor &&
		    rows[i].first.micro <= version->micro)
			found = &rows[i];
	return found;
}

bool rv_qemu_too_old(const struct rv_qemu *version)
{
	return compare(version, &rows[0].first) < 0;
}

bool rv_qemu_too_new(const struct rv_qemu *version)
{
	const struct rv_qemu *last = &rows[RV_LEN(rows) - 1].first;

	return version->major > last->major ||
	       (version->major == last->major && version->minor > last->minor);
}

const char *rv_qemu_oldest(void)
{
	return rows[0].name;
}

const char *rv_qemu_newest(void)
{
	return rows[RV_LEN(rows) - 1].name;
}

const char *rv_qemu_single_since(void)
{
	size_t i = 0;

	while (rows[i].page_add != RV_PAGE_ADD_SINGLE)
		i++;
	return rows[i].name;
}
