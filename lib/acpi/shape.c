/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape.c - from a dstack machine shape to the facts behind its tables. Where
 * firmware puts what is plugged is place.c's.
 */
#include "plug.h"
#include "tables.h"

#include <stdlib.h>

enum {
	/* The data disk, vhost-vsock and the host share are always there. */
	BASE_ENDPOINTS = 3,
	PXB_FIRST_BUS = 5,
};

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
static bool expanders(struct rv_acpi_machine *m, struct rv_err *err)
{
	unsigned slot = RV_PXB_FIRST_SLOT;
	size_t n = 0;

	for (size_t i = 0; i < m->nodes; i++)
		n += m->numa[i].pxb_bus != 0;
	if (!n)
		return true;
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
static bool edge_assumed(const struct rv_shape *s)
{
	const struct rv_qemu_row *row = rv_qemu_find(&s->qemu);

	return s->edge == RV_UNSET && row && row->edge;
}

static bool need(bool known, const char *what, struct rv_err *err)
{
	return known ||
	       rv_fail(err, RV_INPUT, "acpi: the shape does not say %s", what);
}

/* All but what firmware decides. */
static bool facts(struct rv_shape *s, struct rv_acpi_machine *m,
		  struct rv_acpi_assumed *a, struct rv_err *err)
{
	if (!need(s->cpus != 0, "how many CPUs", err) ||
	    !need(s->memory != 0, "how much memory", err) ||
	    !need(s->qemu.major != 0, "which QEMU version", err) ||
	    !rv_shape_resolve(s, err))
		return false;
	if (edge_assumed(s))
		rv_assume(a, "pre-upstream TDX patch set (edge), as all known"
			     " hosts below QEMU 9.2");
	m->qemu = s->qemu;
	m->edge = s->edge == RV_TRUE || edge_assumed(s);
	m->pic = s->pic == RV_TRUE;
	m->hotplug = !s->hotplug_off;
	m->tpm = s->swtpm;
	m->cpus = s->cpus;
	m->memory = s->memory;
	m->endpoints = endpoints(s);
	if (s->pci_hole64)
		m->hole64 = s->pci_hole64;
	if (s->hugepages && s->memory % GiB)
		return rv_fail(err, RV_INPUT,
			       "acpi: huge pages and %" PRIu64
			       " bytes of memory: the VMM rounds to whole GiB,"
			       " and the shape does not say to how many",
			       s->memory);
	if (s->memory >= m->mmio64_base - FOUR_GiB)
		return rv_fail(err, RV_INPUT,
			       "acpi: %" PRIu64 " bytes of memory: where OVMF"
			       " then puts its 64-bit window is not known",
			       s->memory);
	if (s->hugepages && !s->numa_nodes)
		rv_assume(a, "huge pages: one NUMA node, with a PCI expander on"
			     " bus 5");
	if (!nodes(s, m, err) || !expanders(m, err))
		return false;
	m->root_ports = (m->pxbs ? 0 : s->gpus) + s->nvswitches;
	return rv_acpi_machine_check(m, err);
}

bool rv_acpi_from_shape(const struct rv_shape *shape,
			struct rv_acpi_machine *out,
			struct rv_acpi_assumed *assumed, struct rv_err *err)
{
	RV_AUTO(rv_acpi_machine_free)
	struct rv_acpi_machine m = rv_acpi_machine_default();
	struct rv_acpi_assumed a = { .n = 0 };
	struct rv_shape s = *shape;

	if (!facts(&s, &m, &a, err) || !rv_windows(&s, &m, &a, err) ||
	    !rv_acpi_machine_check(&m, err))
		return false;
	*out = RV_TAKE(m);
	*assumed = a;
	return true;
}

bool rv_pci_from_shape(const struct rv_shape *shape, struct rv_pci_tree *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_acpi_machine_free)
	struct rv_acpi_machine m = rv_acpi_machine_default();
	struct rv_acpi_assumed unused = { .n = 0 };
	struct rv_shape s = *shape;

	return facts(&s, &m, &unused, err) &&
	       rv_place(&s, &m, &unused, out, err);
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
	out->assumed = a;
	if (assumed)
		*assumed = a;
	return true;
}
