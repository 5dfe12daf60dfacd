/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plug.c - the devices that a dstack VMM of this shape plugs: which function
 * sits where, and what it asks firmware for.
 */
#include "plug.h"
#include "tables.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	HOST_DEVICES = 4, /* host bridge, LPC, SATA, SMBus */
	LPC_SLOT = 31,
	GUEST_ADDRESS_BITS = 46, /* of a TD on all hardware so far, or more */
	PORT_BAR = 0x1000,
	SLOTS_OF_EXPANDER = 32,
	/* Before this, firmware reserves I/O for each port, too. */
	IO_RESERVED_BEFORE = 202308,
};
#define GPU_BAR_MAX ((uint64_t)1 << 42)

/* A virtio device of a TD has no legacy I/O BAR: MSI-X, and its registers. */
static const struct rv_bar virtio_bar[RV_PCI_BARS] = {
	[1] = { 0x1000, RV_BAR_M32 },
	[4] = { 0x4000, RV_BAR_P64 },
};
static const struct rv_bar sata_bar[RV_PCI_BARS] = {
	[4] = { 32, RV_BAR_IO },
	[5] = { 0x1000, RV_BAR_M32 },
};
static const struct rv_bar smbus_bar[RV_PCI_BARS] = {
	[4] = { 64, RV_BAR_IO },
};
static const struct rv_bar port_bar[RV_PCI_BARS] = {
	[0] = { PORT_BAR, RV_BAR_M32 },
};
static const struct rv_bar no_bar[RV_PCI_BARS];

/* BARs in the order of their registers: a 64-bit one takes two of them. */
static bool registers(const struct rv_bar *bar, size_t n, const char *what,
		      struct rv_bar out[RV_PCI_BARS], struct rv_err *err)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		bool wide =
		    bar[i].kind == RV_BAR_M64 || bar[i].kind == RV_BAR_P64;
		uint64_t max = wide			  ? GPU_BAR_MAX
			       : bar[i].kind == RV_BAR_IO ? 256
							  : 2 * GiB;

		if (!bar[i].size || bar[i].size > max ||
		    (bar[i].size & (bar[i].size - 1)))
			return rv_fail(err, RV_INPUT,
				       "acpi: %s BAR of %" PRIu64
				       " bytes: not a power of two up to"
				       " %" PRIu64,
				       what, bar[i].size, max);
		if (at + (wide ? 2 : 1) > RV_PCI_BARS)
			return rv_fail(err, RV_INPUT,
				       "acpi: %s BARs: more than the %d"
				       " registers of a function",
				       what, RV_PCI_BARS);
		out[at] = bar[i];
		at += wide ? 2 : 1;
	}
	return true;
}

struct plug {
	const struct rv_shape *s;
	const struct rv_plug_pxb *pxb;
	size_t pxbs;
	struct rv_pci_tree *t;
	struct rv_bar gpu[RV_PCI_BARS], nvswitch[RV_PCI_BARS];
};

static int add(struct plug *p, unsigned root, int port, unsigned slot,
	       unsigned function, const struct rv_bar bar[RV_PCI_BARS],
	       const char *name)
{
	struct rv_pci_device *d = &p->t->device[p->t->n];

	d->root = root;
	d->port = port;
	d->slot = (uint8_t)slot;
	d->function = (uint8_t)function;
	memcpy(d->bar, bar, sizeof d->bar);
	d->name = name;
	return (int)p->t->n++;
}

/* A root port with one device in it. Its slot can be filled while it runs. */
static void add_port(struct plug *p, unsigned root, unsigned slot,
		     const struct rv_bar bar[RV_PCI_BARS], const char *name)
{
	int port = add(p, root, RV_PCI_ON_ROOT, slot, 0, port_bar, "root port");

	p->t->device[port].is_bridge = true;
	p->t->device[port].hotplug = true;
	add(p, root, port, 0, 0, bar, name);
}

static void add_bus0(struct plug *p, uint32_t endpoints)
{
	unsigned slot = 1;

	add(p, 0, RV_PCI_ON_ROOT, 0, 0, no_bar, "host bridge");
	for (uint32_t i = 0; i < endpoints; i++)
		add(p, 0, RV_PCI_ON_ROOT, slot++, 0, virtio_bar, "virtio");
	for (uint32_t i = 0; i < p->s->gpus && !p->pxbs; i++)
		add_port(p, 0, slot++, p->gpu, "GPU");
	for (uint32_t i = 0; i < p->s->nvswitches; i++)
		add_port(p, 0, slot++, p->nvswitch, "NVSwitch");
	for (size_t i = 0; i < p->pxbs; i++)
		add(p, 0, RV_PCI_ON_ROOT, p->pxb[i].slot, 0, no_bar,
		    "expander");
	add(p, 0, RV_PCI_ON_ROOT, LPC_SLOT, 0, no_bar, "LPC");
	add(p, 0, RV_PCI_ON_ROOT, LPC_SLOT, 2, sata_bar, "SATA");
	add(p, 0, RV_PCI_ON_ROOT, LPC_SLOT, 3, smbus_bar, "SMBus");
}

/* An expander that nothing is on is no root bus to firmware. */
static void add_expanders(struct plug *p)
{
	struct rv_pci_tree *t = p->t;

	for (size_t i = 0; i < p->pxbs; i++) {
		unsigned root = (unsigned)t->roots;

		if (!p->pxb[i].gpus)
			continue;
		t->root_bus[t->roots++] = p->pxb[i].bus;
		for (uint32_t k = 0; k < p->pxb[i].gpus; k++)
			add_port(p, root, k, p->gpu, "GPU");
	}
}

static bool check(const struct plug *p, uint32_t endpoints, struct rv_err *err)
{
	const struct rv_shape *s = p->s;
	uint64_t ports = (p->pxbs ? 0u : s->gpus) + (uint64_t)s->nvswitches;

	if (endpoints + ports > RV_ACPI_SLOT_MAX)
		return rv_fail(err, RV_INPUT,
			       "acpi: %u disks, NICs and volumes and %" PRIu64
			       " ports: bus 0 has room for %d",
			       endpoints, ports, RV_ACPI_SLOT_MAX);
	for (size_t i = 0; i < p->pxbs; i++)
		if (p->pxb[i].gpus > SLOTS_OF_EXPANDER)
			return rv_fail(err, RV_INPUT,
				       "acpi: %u GPUs on one PCI expander,"
				       " above %d",
				       p->pxb[i].gpus, SLOTS_OF_EXPANDER);
	if (p->pxbs && s->gpus && s->edk2 && s->edk2 < IO_RESERVED_BEFORE)
		return rv_fail(err, RV_INPUT,
			       "acpi: what edk2 %u reserves for ports on a PCI"
			       " expander is not known",
			       s->edk2);
	return true;
}

bool rv_plug(const struct rv_shape *s, uint32_t endpoints,
	     const struct rv_plug_pxb *pxb, size_t pxbs,
	     struct rv_pci_tree *out, struct rv_err *err)
{
	uint64_t low = s->memory < LOW_MEM_LIMIT ? s->memory : LOW_MEM_SPLIT;
	RV_AUTO(rv_pci_tree_free)
	struct rv_pci_tree t = {
		.low_mem = low,
		.ram_end = FOUR_GiB + s->memory - low,
		.address_bits = GUEST_ADDRESS_BITS,
		.edk2 = s->edk2,
		.roots = 1,
	};
	struct plug p = { .s = s, .pxb = pxb, .pxbs = pxbs, .t = &t };

	if (!registers(s->gpu_bar, s->gpu_bars, "GPU", p.gpu, err) ||
	    !registers(s->nvswitch_bar, s->nvswitch_bars, "NVSwitch",
		       p.nvswitch, err) ||
	    !check(&p, endpoints, err))
		return false;
	t.device = calloc(HOST_DEVICES + endpoints + pxbs +
			      2 * ((size_t)s->gpus + s->nvswitches),
			  sizeof *t.device);
	if (!t.device)
		return rv_no_memory(err, "pci");
	add_bus0(&p, endpoints);
	add_expanders(&p);
	if (!rv_pci_place(&t, err))
		return rv_in(err, "acpi");
	*out = RV_TAKE(t);
	return true;
}
