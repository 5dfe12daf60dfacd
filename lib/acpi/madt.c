/* SPDX-License-Identifier: Apache-2.0 */
/* madt.c - the Multiple APIC Description Table (ACPI 6.5, 5.2.12). */
#include "tables.h"

enum {
	LOCAL_APIC = 0,
	IO_APIC = 1,
	OVERRIDE = 2,
	LOCAL_NMI = 4,
	LOCAL_X2APIC = 9,
	X2APIC_NMI = 10,

	ENABLED = 1,
	EDGE_HIGH = 0x0005,
	LEVEL_HIGH = 0x000d,
	ISA_IRQS = 16,
	LINT1 = 1,
};

#define APIC_BASE    0xfee00000u
#define IO_APIC_BASE 0xfec00000u

static uint8_t *le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++, v >>= 8)
		*p++ = (uint8_t)v;
	return p;
}

/* The APIC id is the CPU's number; ids of 255 and more need x2APIC. */
size_t rv_madt_cpu(uint32_t cpu, uint8_t out[MADT_CPU_MAX])
{
	uint8_t *p = out;

	if (cpu < XAPIC_IDS) {
		*p++ = LOCAL_APIC;
		*p++ = 8;
		*p++ = (uint8_t)cpu; /* processor uid */
		*p++ = (uint8_t)cpu; /* APIC id */
		p = le32(p, ENABLED);
	} else {
		*p++ = LOCAL_X2APIC;
		*p++ = 16;
		*p++ = 0;
		*p++ = 0;
		p = le32(p, cpu);
		p = le32(p, ENABLED);
		p = le32(p, cpu);
	}
	return (size_t)(p - out);
}

static void override(struct rv_aml *w, unsigned irq, unsigned gsi,
		     unsigned flags)
{
	rv_aml_u8(w, OVERRIDE);
	rv_aml_u8(w, 10);
	rv_aml_u8(w, 0); /* ISA */
	rv_aml_u8(w, irq);
	rv_aml_le(w, gsi, 4);
	rv_aml_le(w, flags, 2);
}

/*
 * The timer arrives at pin 2. The interrupts that PCI links may use are level
 * triggered; with the pre-upstream TDX patches all are edge triggered.
 */
static void overrides(struct rv_aml *w, bool edge)
{
	static const unsigned pci[] = { 5, 9, 10, 11 };

	override(w, 0, 2, edge ? EDGE_HIGH : 0);
	if (edge) {
		for (unsigned i = 1; i < ISA_IRQS; i++)
			override(w, i, i, EDGE_HIGH);
		return;
	}
	for (size_t i = 0; i < RV_LEN(pci); i++)
		override(w, pci[i], pci[i], LEVEL_HIGH);
}

/* LINT1 of every CPU is the NMI. */
static void nmi(struct rv_aml *w, bool x2apic)
{
	rv_aml_u8(w, x2apic ? X2APIC_NMI : LOCAL_NMI);
	rv_aml_u8(w, x2apic ? 12 : 6);
	if (!x2apic)
		rv_aml_u8(w, 0xff); /* all processors */
	rv_aml_le(w, 0, 2);
	if (x2apic)
		rv_aml_le(w, 0xffffffff, 4);
	rv_aml_u8(w, LINT1);
	if (x2apic)
		rv_aml_zeros(w, 3);
}

void rv_madt(struct rv_tables *t)
{
	const struct rv_acpi_machine *m = t->m;
	struct rv_aml *w = &t->aml;
	size_t start = rv_table_begin(t, "APIC", t->qemu->madt_revision);

	rv_aml_le(w, APIC_BASE, 4);
	rv_aml_le(w, m->pic ? 1 : 0, 4); /* PCAT_COMPAT */
	for (uint32_t i = 0; i < m->cpus; i++) {
		uint8_t b[MADT_CPU_MAX];
		size_t n = rv_madt_cpu(i, b);

		rv_aml_bytes(w, b, n);
	}
	rv_aml_u8(w, IO_APIC);
	rv_aml_u8(w, 12);
	rv_aml_le(w, 0, 2); /* id, reserved */
	rv_aml_le(w, IO_APIC_BASE, 4);
	rv_aml_le(w, 0, 4); /* first interrupt */
	overrides(w, m->edge);
	nmi(w, m->cpus > XAPIC_IDS);
	rv_table_end(t, start);
}
