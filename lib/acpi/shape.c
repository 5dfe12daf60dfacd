/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.c - from a dstack machine shape to the facts behind its tables: which
 * devices the VMM plugs, and where OVMF puts what it plugs.
 */
#include "tables.h"

#include <stdlib.h>

enum {
	/* The data disk, vhost-vsock and the host share are always there. */
	BASE_ENDPOINTS = 3,
	PXB_FIRST_SLOT = 0x10,
	PXB_FIRST_BUS = 5,
};

/* OVMF with 46 address bits: its 64-bit window, and what a port reserves. */
#define MMIO64_SIZE   ((uint64_t)1 << 43)
#define PORT_RESERVED (MMIO64_SIZE / 256)
#define ENDPOINT_BAR  0x4000u
#define BAR_MAX	      (MMIO64_SIZE / 2)
#define BRIDGE_ALIGN  ((uint64_t)MiB)

static uint64_t round_up(uint64_t v, uint64_t align)
{
	return (v + align - 1) & ~(align - 1);
}

/* The prefetch window of a GPU's port: its size, and how it is aligned. */
static bool gpu_window(const struct rv_shape *s, uint64_t *size,
		       uint64_t *align, struct rv_err *err)
{
	uint64_t sum = 0, largest = PORT_RESERVED;

	for (size_t i = 0; i < s->gpu_bars; i++) {
		uint64_t bar = s->gpu_bar[i];

		if (!bar || bar > BAR_MAX || (bar & (bar - 1)))
			return rv_fail(err, RV_INPUT,
				       "acpi: GPU BAR of %" PRIu64
				       " bytes: not a power of two up to 4 TiB",
				       bar);
		sum += bar;
		if (bar > largest)
			largest = bar;
	}
	sum = round_up(sum, BRIDGE_ALIGN);
	*size = sum > PORT_RESERVED ? sum : PORT_RESERVED;
	*align = largest;
	return true;
}

/*
 * Where OVMF's 64-bit BARs end: largest alignment first, so the GPUs' ports,
 * the other ports, then 16 KiB for each endpoint.
 */
static bool mmio64_used_end(const struct rv_shape *s, struct rv_acpi_machine *m,
			    struct rv_err *err)
{
	uint32_t gpus = s->gpus, others = m->root_ports - gpus;
	uint64_t at = m->mmio64_base, size = 0, align = 0;

	/* A hole as large as all that firmware can hand out decides alone. */
	if (!m->root_ports || m->hole64 >= MMIO64_SIZE)
		return true;
	if (gpus && !s->gpu_bars)
		return rv_fail(err, RV_INPUT,
			       "acpi: the sizes of the GPU's 64-bit BARs are"
			       " missing (--gpu-bar SIZE): with a PCI hole of"
			       " %" PRIu64 " GiB they reach the tables",
			       m->hole64 / GiB);
	if (!gpu_window(s, &size, &align, err))
		return false;
	for (uint32_t i = 0; i < gpus; i++)
		at = round_up(at, align) + size;
	if (others && size > PORT_RESERVED && align == PORT_RESERVED)
		return rv_fail(err, RV_INPUT,
			       "acpi: in which order OVMF places the ports of"
			       " GPUs and NVSwitches is not known");
	if (others)
		at = round_up(at, PORT_RESERVED) + others * PORT_RESERVED;
	at += (uint64_t)m->endpoints * ENDPOINT_BAR;
	if (at - m->mmio64_base > MMIO64_SIZE)
		return rv_fail(err, RV_INPUT,
			       "acpi: the GPU BARs do not fit OVMF's 64-bit"
			       " window of 8 TiB");
	m->mmio64_used_end = at;
	return true;
}

/* The endpoints: an iso root file system is a SATA disk, and takes no slot. */
static uint32_t endpoints(const struct rv_shape *s)
{
	return BASE_ENDPOINTS + (s->root_verity == RV_FALSE ? 0u : 1u) +
	       s->volumes + s->nics;
}

/* Explicit nodes, or with huge pages one node of all CPUs and memory. */
static bool nodes(const struct rv_shape *s, struct rv_acpi_machine *m,
		  struct rv_err *err)
{
	size_t n = s->numa_nodes ? s->numa_nodes : s->hugepages ? 1 : 0;

	if (!n)
		return true;
	m->numa = calloc(n, sizeof *m->numa);
	if (!m->numa)
		return rv_no_memory(err, "acpi nodes");
	m->nodes = n;
	for (size_t i = 0; i < n; i++)
		m->numa[i] = s->numa_nodes
				 ? s->numa[i]
				 : (struct rv_numa){ .last_cpu = s->cpus - 1,
						     .bytes = s->memory,
						     .pxb_bus = PXB_FIRST_BUS };
	return true;
}

/* An expander bus per node, at slot 10h and up; the last one comes first. */
static bool expanders(const struct rv_shape *s, struct rv_acpi_machine *m,
		      struct rv_err *err)
{
	unsigned slot = PXB_FIRST_SLOT;
	size_t n = 0;

	for (size_t i = 0; i < m->nodes; i++)
		n += m->numa[i].pxb_bus != 0;
	if (!n)
		return true;
	if (s->gpus)
		return rv_fail(err, RV_INPUT,
			       "acpi: GPUs on a PCI expander (hugepages): the"
			       " windows that firmware gives them are missing"
			       " (refval-acpi --shape FILE takes them as"
			       " \"pxb\")");
	m->pxb = calloc(n, sizeof *m->pxb);
	if (!m->pxb)
		return rv_no_memory(err, "acpi pxb");
	m->pxbs = n;
	for (size_t i = 0; i < m->nodes; i++) {
		unsigned bus = m->numa[i].pxb_bus;

		if (!bus)
			continue;
		m->pxb[--n] = (struct rv_acpi_pxb){
			.devfn = slot++ << 3,
			.bus = bus,
			.last_bus = bus,
			.has_node = true,
			.node = (uint32_t)i,
		};
	}
	return true;
}

/*
 * QEMU has TDX since 10.1; hosts with an older one run patch sets, of which
 * the oldest made all interrupts edge triggered, as far as is known: no field
 * of vm_config says it.
 */
static bool assume_edge(const struct rv_shape *s)
{
	const struct rv_qemu_row *row = rv_qemu_find(&s->qemu);

	return s->edge == RV_UNSET && row && row->edge;
}

static bool need(bool known, const char *what, struct rv_err *err)
{
	return known ||
	       rv_fail(err, RV_INPUT, "acpi: the shape does not say %s", what);
}

bool rv_acpi_from_shape(const struct rv_shape *shape,
			struct rv_acpi_machine *out,
			struct rv_acpi_assumed *assumed, struct rv_err *err)
{
	RV_AUTO(rv_acpi_machine_free)
	struct rv_acpi_machine m = rv_acpi_machine_default();
	struct rv_acpi_assumed a = { 0 };
	struct rv_shape s = *shape;

	if (!need(s.cpus != 0, "how many CPUs", err) ||
	    !need(s.memory != 0, "how much memory", err) ||
	    !need(s.qemu.major != 0, "which QEMU version", err) ||
	    !rv_shape_resolve(&s, err))
		return false;
	a.edge = assume_edge(&s);
	m.qemu = s.qemu;
	m.edge = s.edge == RV_TRUE || a.edge;
	m.pic = s.pic == RV_TRUE;
	m.hotplug = !s.hotplug_off;
	m.tpm = s.swtpm;
	m.cpus = s.cpus;
	m.memory = s.memory;
	m.endpoints = endpoints(&s);
	if (s.pci_hole64)
		m.hole64 = s.pci_hole64;
	if (s.hugepages && s.memory % GiB)
		return rv_fail(err, RV_INPUT,
			       "acpi: huge pages and %" PRIu64
			       " bytes of memory: the VMM rounds to whole GiB,"
			       " and the shape does not say to how many",
			       s.memory);
	if (s.memory >= m.mmio64_base - FOUR_GiB)
		return rv_fail(err, RV_INPUT,
			       "acpi: %" PRIu64 " bytes of memory: where OVMF"
			       " then puts its 64-bit window is not known",
			       s.memory);
	if (!nodes(&s, &m, err) || !expanders(&s, &m, err))
		return false;
	m.root_ports = (m.pxbs ? 0 : s.gpus) + s.nvswitches;
	if (!rv_acpi_machine_check(&m, err) || !mmio64_used_end(&s, &m, err))
		return false;
	*out = RV_TAKE(m);
	*assumed = a;
	return true;
}

bool rv_acpi_digests(const struct rv_shape *shape, struct rv_acpi_digests *out,
		     struct rv_acpi_assumed *assumed, struct rv_err *err)
{
	RV_AUTO(rv_acpi_machine_free) struct rv_acpi_machine m = { 0 };
	RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs b = { 0 };
	struct rv_acpi_assumed a;

	if (!rv_acpi_from_shape(shape, &m, &a, err) ||
	    !rv_acpi_build(&m, &b, err) || !rv_acpi_hash(&b, out, err))
		return false;
	if (assumed)
		*assumed = a;
	return true;
}
