/* SPDX-License-Identifier: Apache-2.0 */
/* machine.c - the facts that decide the blobs: defaults, and their limits. */
#include "ranges.h"
#include "tables.h"

#include <stdlib.h>

enum {
	PM_BASE_MAX = 0xff80,
	BUS_MAX = 255,
};

#define MEMORY_MAX   ((uint64_t)1 << 52)
#define HOLE_MAX     ((uint64_t)1 << 52)
#define ADDRESS_MAX  ((uint64_t)1 << 52)
#define ECAM_ALIGN   0x10000000u
#define MMIO64_BASE  0x380000000000u /* OVMF with 46 address bits */
#define HOLE_DEFAULT 0x800000000u

struct rv_acpi_machine rv_acpi_machine_default(void)
{
	return (struct rv_acpi_machine){
		.hotplug = true,
		.serial = true,
		.cpus = 1,
		.memory = 2 * GiB,
		.endpoints = 5,
		.hole64 = HOLE_DEFAULT,
		.mmio64_base = MMIO64_BASE,
		.ecam = 0xe0000000u,
		.pm_base = 0x600,
		.oem_id = "BOCHS ",
		.oem_table_id = "BXPC    ",
	};
}

void rv_acpi_machine_free(struct rv_acpi_machine *m)
{
	for (size_t i = 0; i < m->pxbs; i++) {
		rv_ranges_free(&m->pxb[i].io);
		rv_ranges_free(&m->pxb[i].memory);
		rv_ranges_free(&m->pxb[i].prefetch);
	}
	free(m->pxb);
	free(m->numa);
	m->pxb = NULL;
	m->numa = NULL;
	m->pxbs = m->nodes = 0;
}

static bool in_range(const char *what, uint64_t v, uint64_t min, uint64_t max,
		     struct rv_err *err)
{
	if (v >= min && v <= max)
		return true;
	return rv_fail(err, RV_INPUT,
		       "acpi: %s: %" PRIu64 " is not from %" PRIu64
		       " to %" PRIu64,
		       what, v, min, max);
}

/* Each CPU on one node, and the nodes' memory is the machine's. */
static bool check_nodes(const struct rv_acpi_machine *m, struct rv_err *err)
{
	uint64_t bytes = 0;
	uint64_t cpus = 0;

	if (!m->nodes)
		return true;
	if (m->nodes > RV_ACPI_NODES_MAX)
		return rv_fail(err, RV_INPUT, "acpi: %zu NUMA nodes, above %d",
			       m->nodes, RV_ACPI_NODES_MAX);
	for (size_t i = 0; i < m->nodes; i++) {
		const struct rv_numa *n = &m->numa[i];

		if (n->first_cpu > n->last_cpu || n->last_cpu >= m->cpus)
			return rv_fail(err, RV_INPUT,
				       "acpi: NUMA node %zu: CPUs %u-%u of %u",
				       i, n->first_cpu, n->last_cpu, m->cpus);
		for (size_t k = 0; k < i; k++)
			if (n->first_cpu <= m->numa[k].last_cpu &&
			    m->numa[k].first_cpu <= n->last_cpu)
				return rv_fail(err, RV_INPUT,
					       "acpi: NUMA nodes %zu and %zu"
					       " share a CPU",
					       k, i);
		if (n->bytes > MEMORY_MAX)
			return rv_fail(err, RV_INPUT,
				       "acpi: NUMA node %zu: %" PRIu64
				       " bytes of memory",
				       i, n->bytes);
		cpus += (uint64_t)n->last_cpu - n->first_cpu + 1;
		bytes += n->bytes;
	}
	if (cpus != m->cpus)
		return rv_fail(err, RV_INPUT,
			       "acpi: %" PRIu64 " of %u CPUs are on a node",
			       cpus, m->cpus);
	if (bytes != m->memory)
		return rv_fail(err, RV_INPUT,
			       "acpi: the NUMA nodes have %" PRIu64
			       " bytes of %" PRIu64,
			       bytes, m->memory);
	return true;
}

static bool check_ranges(const struct rv_ranges *r, const char *what,
			 uint64_t max, struct rv_err *err)
{
	if (r->n > RV_ACPI_RANGES_MAX)
		return rv_fail(err, RV_INPUT, "%s: %zu ranges, above %d", what,
			       r->n, RV_ACPI_RANGES_MAX);
	for (size_t i = 0; i < r->n; i++)
		if (r->at[i].first > r->at[i].last || r->at[i].last > max)
			return rv_fail(err, RV_INPUT,
				       "%s: range %zu: %#" PRIx64 "-%#" PRIx64
				       ", at most %#" PRIx64,
				       what, i, r->at[i].first, r->at[i].last,
				       max);
	return true;
}

static bool check_pxb(const struct rv_acpi_machine *m, size_t i,
		      struct rv_err *err)
{
	const struct rv_acpi_pxb *p = &m->pxb[i];
	unsigned slot = p->devfn >> 3;

	if ((p->devfn & 7) != 0 || slot > RV_ACPI_SLOT_MAX ||
	    slot <= m->endpoints + m->root_ports)
		return rv_fail(err, RV_INPUT,
			       "devfn %#x is not the free slot of bus 0"
			       " behind %u devices",
			       p->devfn, m->endpoints + m->root_ports);
	if (!in_range("bus", p->bus, 1, BUS_MAX, err) ||
	    !in_range("last bus", p->last_bus, p->bus, BUS_MAX, err))
		return false;
	for (size_t k = 0; k < i; k++)
		if (m->pxb[k].devfn == p->devfn || m->pxb[k].bus == p->bus)
			return rv_fail(err, RV_INPUT,
				       "slot or bus of pxb %zu again", k);
	if (p->has_node && p->node >= m->nodes)
		return rv_fail(err, RV_INPUT, "node %u of %zu", p->node,
			       m->nodes);
	return check_ranges(&p->io, "io", 0xffff, err) &&
	       check_ranges(&p->memory, "memory", UINT32_MAX, err) &&
	       check_ranges(&p->prefetch, "prefetch", ADDRESS_MAX, err);
}

bool rv_acpi_machine_check(const struct rv_acpi_machine *m, struct rv_err *err)
{
	if (!in_range("cpus", m->cpus, 1, RV_CPUS_MAX, err) ||
	    !in_range("memory", m->memory, MiB, MEMORY_MAX, err) ||
	    !in_range("endpoints", m->endpoints, 0, RV_ACPI_SLOT_MAX, err) ||
	    !in_range("root ports", m->root_ports, 0,
		      RV_ACPI_SLOT_MAX - m->endpoints, err) ||
	    !in_range("hole64", m->hole64, 0, HOLE_MAX, err) ||
	    !in_range("mmio64_base", m->mmio64_base, 1, ADDRESS_MAX, err) ||
	    !in_range("mmio64_used_end", m->mmio64_used_end, 0, ADDRESS_MAX,
		      err) ||
	    !in_range("ecam", m->ecam, 0, UINT32_MAX - (ECAM_SIZE - 1), err) ||
	    !in_range("pm_base", m->pm_base, 0, PM_BASE_MAX, err) ||
	    !in_range("pxb", m->pxbs, 0, RV_ACPI_PXBS_MAX, err))
		return false;
	if (m->ecam % ECAM_ALIGN)
		return rv_fail(err, RV_INPUT, "acpi: ecam: %#x is not aligned",
			       m->ecam);
	if (m->mmio64_base + m->hole64 == m->mmio64_base &&
	    m->mmio64_used_end <= m->mmio64_base)
		return rv_fail(err, RV_INPUT, "acpi: an empty 64-bit window");
	for (size_t i = 0; i < m->pxbs; i++)
		if (!check_pxb(m, i, err))
			return rv_in(err, "acpi: pxb %zu", i);
	return check_nodes(m, err);
}
