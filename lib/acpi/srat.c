/* SPDX-License-Identifier: Apache-2.0 */
/* srat.c - the System Resource Affinity Table (ACPI 6.5, 5.2.16). */
#include "tables.h"

enum {
	CPU_AFFINITY = 0,
	MEMORY_AFFINITY = 1,
	X2APIC_AFFINITY = 2,
	ENABLED = 1,
	/* QEMU keeps room for this many entries besides one per node. */
	SPARE_ENTRIES = 2,
};

#define VGA_HOLE     0xa0000u
#define VGA_HOLE_END 0x100000u

uint32_t rv_cpu_node(const struct rv_acpi_machine *m, uint32_t cpu)
{
	for (size_t i = 0; i < m->nodes; i++)
		if (cpu >= m->numa[i].first_cpu && cpu <= m->numa[i].last_cpu)
			return (uint32_t)i;
	return 0;
}

static void cpu_affinity(struct rv_aml *w, uint32_t cpu, uint32_t node)
{
	if (cpu < XAPIC_IDS) {
		rv_aml_u8(w, CPU_AFFINITY);
		rv_aml_u8(w, 16);
		rv_aml_u8(w, node & 0xff);
		rv_aml_u8(w, cpu);
		rv_aml_le(w, ENABLED, 4);
		/* local SAPIC EID, the node's other bytes, clock domain */
		rv_aml_zeros(w, 8);
		return;
	}
	rv_aml_u8(w, X2APIC_AFFINITY);
	rv_aml_u8(w, 24);
	rv_aml_le(w, 0, 2);
	rv_aml_le(w, node, 4);
	rv_aml_le(w, cpu, 4);
	rv_aml_le(w, ENABLED, 4);
	rv_aml_zeros(w, 8);
}

static void memory_affinity(struct rv_aml *w, uint32_t node, uint64_t base,
			    uint64_t length, unsigned flags)
{
	rv_aml_u8(w, MEMORY_AFFINITY);
	rv_aml_u8(w, 40);
	rv_aml_le(w, node, 4);
	rv_aml_le(w, 0, 2);
	rv_aml_le(w, base, 8);
	rv_aml_le(w, length, 8);
	rv_aml_le(w, 0, 4);
	rv_aml_le(w, flags, 4);
	rv_aml_le(w, 0, 8);
}

/*
 * The nodes' memory fills RAM one after the other. RAM is addresses 0 to low
 * memory, then 4 GiB and up; what lies under the VGA hole is nobody's.
 * Returns how many entries that took.
 */
static size_t memory(struct rv_aml *w, const struct rv_acpi_machine *m)
{
	uint64_t low = rv_low_mem(m), first = 0;
	const struct {
		uint64_t first, end; /* a stretch of RAM */
		uint64_t moved;	     /* how much higher its addresses are */
	} ram[] = {
		{ 0, VGA_HOLE, 0 },
		{ VGA_HOLE_END, low, 0 },
		{ low, UINT64_MAX, FOUR_GiB - low },
	};
	size_t entries = 0;

	for (size_t node = 0; node < m->nodes; node++) {
		uint64_t end = first + m->numa[node].bytes;

		for (size_t i = 0; i < RV_LEN(ram); i++) {
			uint64_t from =
			    first > ram[i].first ? first : ram[i].first;
			uint64_t to = end < ram[i].end ? end : ram[i].end;

			if (from >= to)
				continue;
			memory_affinity(w, (uint32_t)node, from + ram[i].moved,
					to - from, ENABLED);
			entries++;
		}
		first = end;
	}
	return entries;
}

void rv_srat(struct rv_tables *t)
{
	const struct rv_acpi_machine *m = t->m;
	struct rv_aml *w = &t->aml;
	size_t start = rv_table_begin(t, "SRAT", 1);

	rv_aml_le(w, 1, 4);
	rv_aml_le(w, 0, 8);
	for (uint32_t i = 0; i < m->cpus; i++)
		cpu_affinity(w, i, rv_cpu_node(m, i));
	for (size_t n = memory(w, m); n < m->nodes + SPARE_ENTRIES; n++)
		memory_affinity(w, 0, 0, 0, 0);
	rv_table_end(t, start);
}
