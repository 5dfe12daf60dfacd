/* SPDX-License-Identifier: Apache-2.0 */
/* fadt.c - the Fixed ACPI Description Table (ACPI 6.5, 5.2.9), revision 3. */
#include "tables.h"

enum {
	INT_MODEL = 1, /* both PIC and APIC */
	SCI = 9,
	SMI_PORT = 0xb2,
	ACPI_ENABLE = 2,
	ACPI_DISABLE = 3,
	CENTURY = 0x32, /* where the CMOS clock keeps it */
	BOOT_ARCH_8042 = 2,
	LATENCY_NONE = 0xfff, /* C2 and C3 are not there */
	RESET_PORT = 0xcf9,
	RESET_VALUE = 0x0f,

	FLAGS = 0x84a5,
	/* More than eight CPUs need logical APIC ids in clusters. */
	FLAG_CLUSTER = 1 << 18,
	FLAT_CPUS = 8,
};

/* Lengths of the register blocks behind the PM base, and where they begin. */
enum {
	PM1_EVT = 0,
	PM1_CNT = 4,
	PM_TMR = 8,
	GPE0 = 0x20,
	PM1_EVT_LEN = 4,
	PM1_CNT_LEN = 2,
	PM_TMR_LEN = 4,
	GPE0_LEN = 0x10,
};

/* Generic Address Structure (5.2.3.2) in I/O space. */
static void gas(struct rv_aml *w, unsigned bits, uint64_t port)
{
	rv_aml_u8(w, 1);
	rv_aml_u8(w, bits);
	rv_aml_u8(w, 0);
	rv_aml_u8(w, 0);
	rv_aml_le(w, port, 8);
}

/* The 32-bit register blocks and what surrounds them: offsets 46 to 111. */
static void fixed_blocks(struct rv_aml *w, const struct rv_acpi_machine *m)
{
	rv_aml_le(w, SCI, 2);
	rv_aml_le(w, m->smm ? SMI_PORT : 0, 4);
	rv_aml_u8(w, m->smm ? ACPI_ENABLE : 0);
	rv_aml_u8(w, m->smm ? ACPI_DISABLE : 0);
	rv_aml_zeros(w, 2);
	rv_aml_le(w, m->pm_base + PM1_EVT, 4);
	rv_aml_le(w, 0, 4);
	rv_aml_le(w, m->pm_base + PM1_CNT, 4);
	rv_aml_zeros(w, 8);
	rv_aml_le(w, m->pm_base + PM_TMR, 4);
	rv_aml_le(w, m->pm_base + GPE0, 4);
	rv_aml_le(w, 0, 4);
	rv_aml_u8(w, PM1_EVT_LEN);
	rv_aml_u8(w, PM1_CNT_LEN);
	rv_aml_u8(w, 0);
	rv_aml_u8(w, PM_TMR_LEN);
	rv_aml_u8(w, GPE0_LEN);
	rv_aml_zeros(w, 3);
	rv_aml_le(w, LATENCY_NONE, 2);
	rv_aml_le(w, LATENCY_NONE, 2);
	rv_aml_zeros(w, 8);
	rv_aml_u8(w, CENTURY);
	rv_aml_le(w, BOOT_ARCH_8042, 2);
	rv_aml_u8(w, 0);
}

/* The same blocks as 64-bit addresses: offsets 148 to 243. */
static void wide_blocks(struct rv_aml *w, const struct rv_acpi_machine *m)
{
	gas(w, 8 * PM1_EVT_LEN, m->pm_base + PM1_EVT);
	rv_aml_zeros(w, 12);
	gas(w, 8 * PM1_CNT_LEN, m->pm_base + PM1_CNT);
	rv_aml_zeros(w, 12);
	rv_aml_zeros(w, 12);
	gas(w, 8 * PM_TMR_LEN, m->pm_base + PM_TMR);
	gas(w, 8 * GPE0_LEN, m->pm_base + GPE0);
	rv_aml_zeros(w, 12);
}

void rv_fadt(struct rv_tables *t, size_t facs, size_t dsdt)
{
	const struct rv_acpi_machine *m = t->m;
	struct rv_aml *w = &t->aml;
	size_t start = rv_table_begin(t, "FACP", 3);

	rv_aml_le(w, facs, 4);
	rv_aml_le(w, dsdt, 4);
	rv_aml_u8(w, INT_MODEL);
	rv_aml_u8(w, 0);
	fixed_blocks(w, m);
	rv_aml_le(w, FLAGS | (m->cpus > FLAT_CPUS ? FLAG_CLUSTER : 0u), 4);
	gas(w, 8, RESET_PORT);
	rv_aml_u8(w, RESET_VALUE);
	rv_aml_zeros(w, 3);
	rv_aml_le(w, 0, 8); /* FACS: the 32-bit field has it */
	rv_aml_le(w, dsdt, 8);
	wide_blocks(w, m);
	rv_table_end(t, start);
}
