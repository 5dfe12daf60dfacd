/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pci.c - any tree of PCI devices: placed or refused, and what was placed
 * is aligned, inside the window above it, and nowhere twice. Any shape: the
 * machine and its SMBIOS structures, or a reason. Any bytes as such structures.
 */
// seeds: tests/vectors/acpi/trees/*
#include "base.h"

#include <refval.h>

#include <stdlib.h>
#include <string.h>

struct reader {
	const uint8_t *p;
	size_t n;
};

static unsigned byte(struct reader *r)
{
	unsigned v = r->n ? *r->p : 0;

	r->p += r->n != 0;
	r->n -= r->n != 0;
	return v;
}

static struct rv_bar bar(struct reader *r)
{
	enum rv_bar_kind kind = (enum rv_bar_kind)(byte(r) % 5);
	unsigned bits = kind == RV_BAR_IO			   ? 9
			: kind == RV_BAR_M32 || kind == RV_BAR_P32 ? 32
								   : 45;

	return (struct rv_bar){ (uint64_t)1 << byte(r) % bits, kind };
}

/* ---- trees ---- */

enum { DEVICES = 64 };

static void add(struct reader *r, struct rv_pci_tree *t, unsigned root,
		int port, int depth)
{
	unsigned count = byte(r) % 8;

	for (unsigned i = 0; i < count && t->n < DEVICES; i++) {
		struct rv_pci_device *d = &t->device[t->n];
		int at = (int)t->n++;
		unsigned bars = byte(r);

		d->root = root;
		d->port = port;
		d->slot = (uint8_t)(i & 31);
		d->name = "device";
		for (unsigned k = 0; k < RV_PCI_BARS; k++)
			if (bars >> k & 1)
				d->bar[k] = bar(r);
		d->rom = bars & 64 ? 4096 : 0;
		if (!(bars & 128) || depth > 6)
			continue;
		d->is_bridge = true;
		d->hotplug = byte(r) & 1;
		add(r, t, root, at, depth + 1);
	}
}

static struct rv_pci_window window_of(const struct rv_pci_device *d, size_t i)
{
	return (struct rv_pci_window){ d->address[i],
				       d->address[i] + d->bar[i].size - 1 };
}

static bool inside(const struct rv_pci_window *in,
		   const struct rv_pci_window *out)
{
	return out->last && in->first >= out->first && in->last <= out->last;
}

static void check_bar(const struct rv_pci_tree *t, size_t d, size_t i)
{
	const struct rv_pci_device *self = &t->device[d];
	struct rv_pci_window w = window_of(self, i);

	if (!self->bar[i].size || !self->address[i])
		return;
	if (self->address[i] & (self->bar[i].size - 1))
		abort();
	if (self->port >= 0) {
		const struct rv_pci_device *p = &t->device[self->port];

		if (!inside(&w, self->bar[i].kind == RV_BAR_IO ? &p->io
				: inside(&w, &p->memory)       ? &p->memory
							       : &p->prefetch))
			abort();
	} else if (self->bar[i].kind != RV_BAR_IO &&
		   !inside(&w, &t->aperture32) && !inside(&w, &t->aperture64)) {
		abort();
	}
	for (size_t e = 0; e <= d; e++)
		for (size_t k = 0; k < RV_PCI_BARS && (e < d || k < i); k++) {
			const struct rv_pci_device *o = &t->device[e];
			struct rv_pci_window x = window_of(o, k);
			bool io = o->bar[k].kind == RV_BAR_IO;

			if (o->bar[k].size && o->address[k] &&
			    io == (self->bar[i].kind == RV_BAR_IO) &&
			    w.first <= x.last && x.first <= w.last)
				abort();
		}
}

static void check_tree(const struct rv_pci_tree *t)
{
	for (size_t d = 0; d < t->n; d++)
		for (size_t i = 0; i < RV_PCI_BARS; i++) {
			if (t->fits && t->device[d].bar[i].size &&
			    !t->device[d].address[i])
				abort();
			check_bar(t, d, i);
		}
}

static void tree(struct reader *r)
{
	RV_AUTO(rv_pci_tree_free) struct rv_pci_tree t = { 0 };
	struct rv_err err = { 0 };
	unsigned flags = byte(r);
	unsigned bus = 0;

	t.low_mem = (uint64_t)(1 + byte(r)) << 24;
	t.ram_end = ((uint64_t)1 << 32) + ((uint64_t)byte(r) << 32);
	t.address_bits = 32 + byte(r) % 22;
	t.amd = flags & 1;
	t.edk2 = flags & 2 ? 202602 : flags & 4 ? 202505 : 0;
	t.mmio64 = flags & 8 ? (uint64_t)byte(r) << 34 : 0;
	t.device = calloc(DEVICES, sizeof *t.device);
	if (!t.device)
		return;
	do {
		t.root_bus[t.roots] = bus;
		add(r, &t, (unsigned)t.roots++, RV_PCI_ON_ROOT, 0);
		bus += 1 + byte(r) % 64;
	} while (r->n && t.roots < 8);
	if (rv_pci_place(&t, &err))
		check_tree(&t);
	else if (!err.code || !err.msg[0])
		abort();
}

/* ---- shapes ---- */

static void smbios(const struct rv_shape *s, struct reader *r)
{
	static const char *const text[] = { NULL, "", "dstack", "a b" };
	RV_AUTO(rv_buf_free) struct rv_buf table = { 0 };
	struct rv_err err = { 0 };
	struct rv_smbios m = {
		.qemu = s->qemu,
		.machine = { byte(r) % 13, byte(r) % 4, 0 },
		.memory = s->memory,
		.cpus = s->cpus,
		.sockets = byte(r) % 5,
		.threads = byte(r) % 3,
		.firmware = { "EDK II", "unknown", "02/02/2022" },
	};

	for (size_t t = 0; t < RV_SMBIOS_OPTIONS; t++) {
		m.given[t] = byte(r) & 1;
		for (size_t i = 0; i < RV_SMBIOS_TEXTS; i++)
			m.text[t][i] = text[byte(r) % 4];
	}
	/* Whatever was built can be walked to its end. */
	if (rv_smbios_table(&m, true, &table, &err)) {
		size_t n = table.n;

		if (!rv_smbios_filter(&table, &err) || table.n != n)
			abort();
	} else if (!err.code || !err.msg[0]) {
		abort();
	}
}

static void shape(struct reader *r)
{
	struct rv_shape s = rv_shape_default();
	struct rv_acpi_machine m;
	struct rv_acpi_assumed assumed;
	struct rv_err err = { 0 };
	unsigned flags = byte(r);

	s.cpus = 1 + byte(r);
	s.memory = (uint64_t)(1 + byte(r)) << (20 + byte(r) % 24);
	s.qemu = (struct rv_qemu){ 8 + byte(r) % 5, byte(r) % 4, 0 };
	s.gpus = byte(r) % 40;
	s.nvswitches = byte(r) % 8;
	s.nics = byte(r) % 6;
	s.hugepages = flags & 1;
	s.hotplug_off = flags & 2;
	s.pci_hole64 = flags & 4 ? (uint64_t)1 << byte(r) % 53 : 0;
	for (s.gpu_bars = 0; s.gpu_bars < (flags >> 3 & 3); s.gpu_bars++)
		s.gpu_bar[s.gpu_bars] = bar(r);
	if (flags & 32)
		s.nvswitch_bar[s.nvswitch_bars++] = bar(r);
	s.numa_nodes = flags & 64 ? byte(r) % 4 : 0;
	for (size_t i = 0; i < s.numa_nodes; i++) {
		uint32_t per = s.cpus / (uint32_t)s.numa_nodes;

		s.numa[i] = (struct rv_numa){ (uint32_t)i * per,
					      (uint32_t)(i + 1) * per - 1,
					      s.memory / s.numa_nodes,
					      (uint8_t)byte(r) };
	}
	if (rv_acpi_from_shape(&s, &m, &assumed, &err)) {
		RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs b = { 0 };

		if (!rv_acpi_build(&m, &b, &err))
			abort();
		rv_acpi_machine_free(&m);
	} else if (!err.code || !err.msg[0]) {
		abort();
	}
	smbios(&s, r);
}

/* Any bytes as a table: refused, or no longer than they were. */
static void filter(const struct reader *r)
{
	RV_AUTO(rv_buf_free) struct rv_buf table = { .n = r->n };
	struct rv_err err = { 0 };

	table.p = malloc(r->n ? r->n : 1);
	if (!table.p)
		return;
	if (r->n)
		memcpy(table.p, r->p, r->n);
	if (!rv_smbios_filter(&table, &err) && (!err.code || !err.msg[0]))
		abort();
	if (table.n > r->n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct reader r = { data, size };
	unsigned what = byte(&r);

	if (what & 2)
		filter(&r);
	else if (what & 1)
		shape(&r);
	else
		tree(&r);
	return 0;
}
