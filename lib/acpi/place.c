/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.c - what firmware's PCI allocator decides, as far as it reaches the
 * tables: where PCI0's 64-bit window lies, and what each expander decodes.
 */
#include "plug.h"
#include "ranges.h"
#include "tables.h"

#include <stdio.h>

/* What OVMF can hand out in 64 bits: an eighth of the address space. */
#define MMIO64_SIZE ((uint64_t)1 << 43)

void rv_assume(struct rv_acpi_assumed *a, const char *what)
{
	if (a->n < RV_ACPI_ASSUMED_MAX)
		snprintf(a->text[a->n++], sizeof a->text[0], "%s", what);
}

/* The expanders by ascending bus number. */
static void by_bus(const struct rv_acpi_machine *m, struct rv_plug_pxb *out)
{
	for (size_t i = 0; i < m->pxbs; i++) {
		struct rv_plug_pxb x = { .slot = m->pxb[i].devfn >> 3,
					 .bus = m->pxb[i].bus };
		size_t k = i;

		for (; k && out[k - 1].bus > x.bus; k--)
			out[k] = out[k - 1];
		out[k] = x;
	}
}

/*
 * How the GPUs are spread over the expanders: the VMM numbers these so that
 * the ports of each have room up to the next.
 */
static bool spread(const struct rv_shape *s, struct rv_plug_pxb *pxb, size_t n,
		   struct rv_acpi_assumed *a, struct rv_err *err)
{
	uint32_t rest = s->gpus;

	for (size_t i = 0; i < n; i++) {
		uint32_t room =
		    i + 1 < n ? pxb[i + 1].bus - pxb[i].bus - 1 : rest;

		if (room > rest)
			return rv_fail(err, RV_INPUT,
				       "acpi: %u GPUs, and the numbers of the"
				       " PCI expanders leave room for %u on bus"
				       " %u: how they are spread is not known",
				       s->gpus, room, pxb[i].bus);
		pxb[i].gpus = room;
		rest -= room;
	}
	if (n > 1 && s->gpus)
		rv_assume(a, "the GPUs are spread as the bus numbers of the PCI"
			     " expanders leave room for their ports");
	return true;
}

static bool missing(const char *what, const char *option, const char *why,
		    struct rv_err *err)
{
	return rv_fail(err, RV_INPUT,
		       "acpi: the BARs of the %s are missing (%s): %s", what,
		       option, why);
}

/* Are the BARs known that reach the tables? */
static bool bars_known(const struct rv_shape *s,
		       const struct rv_acpi_machine *m,
		       struct rv_acpi_assumed *a, struct rv_err *err)
{
	static const char option[] = "--gpu-model NAME or --gpu-bar SIZE";
	const struct rv_gpu_model *model = rv_gpu_model(s->gpu_model);
	char why[100];

	if (s->gpus && !s->gpu_bars && m->pxbs)
		return missing("GPU", option,
			       "on a PCI expander they reach the tables", err);
	if (s->gpus && !s->gpu_bars) {
		snprintf(why, sizeof why,
			 m->hole64 >= MMIO64_SIZE
			     ? "no address is known without them"
			     : "with a PCI hole of %" PRIu64
			       " GiB they reach the tables",
			 m->hole64 / GiB);
		return missing("GPU", option, why, err);
	}
	if (s->gpus && m->pxbs && s->nvswitches && !s->nvswitch_bars)
		return missing("NVSwitch", "--nvswitch-bar SIZE",
			       "beside GPUs on a PCI expander they reach the"
			       " tables",
			       err);
	if (s->nvswitches && !s->nvswitch_bars)
		rv_assume(a,
			  "the BARs of an NVSwitch fit the 32 GiB that firmware"
			  " reserves for its port");
	if (s->gpus && model && model->assumed) {
		char text[160];

		snprintf(text, sizeof text, "GPU %s: %s", model->name,
			 model->assumed);
		rv_assume(a, text);
	}
	return true;
}

/* What firmware cannot place it leaves out, and the machine is another. */
static bool all_placed(const struct rv_pci_tree *t, struct rv_err *err)
{
	if (t->fits)
		return true;
	for (size_t i = 0; i < t->n; i++)
		if (t->device[i].left_out)
			return rv_fail(err, RV_INPUT,
				       "acpi: the BARs do not fit: firmware"
				       " leaves out the %s on bus %u, and which"
				       " tables such a machine has is not"
				       " known",
				       t->device[i].name, t->device[i].bus);
	return rv_fail(err, RV_INPUT,
		       "acpi: the BARs and what firmware reserves for ports do"
		       " not fit");
}

static uint64_t window_end(const struct rv_pci_window *w)
{
	return w->last >> 32 ? w->last + 1 : 0;
}

/* PCI0's window begins at the lowest address, of all buses, above 4 GiB. */
static void span64(const struct rv_pci_tree *t, struct rv_acpi_machine *m)
{
	uint64_t first = UINT64_MAX, end = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct rv_pci_device *d = &t->device[i];
		const struct rv_pci_window *w = &d->prefetch;

		for (size_t k = 0; k < RV_PCI_BARS; k++) {
			uint64_t at = d->address[k];

			if (!(at >> 32))
				continue;
			first = at < first ? at : first;
			at += d->bar[k].size;
			end = at > end ? at : end;
		}
		if (w->first >> 32 && w->first < first)
			first = w->first;
		if (window_end(w) > end)
			end = window_end(w);
	}
	if (end) {
		m->mmio64_base = first;
		m->mmio64_used_end = end;
	}
}

static bool add_range(struct rv_acpi_pxb *p, bool io, uint64_t first,
		      uint64_t last)
{
	return !last || rv_ranges_add(io		   ? &p->io
				      : last <= UINT32_MAX ? &p->memory
							   : &p->prefetch,
				      first, last);
}

/* BARs and windows of what sits on the expander's bus itself. */
static bool ranges_of(const struct rv_pci_tree *t, struct rv_acpi_pxb *p,
		      struct rv_err *err)
{
	bool good = true;

	for (size_t i = 0; i < t->n; i++) {
		const struct rv_pci_device *d = &t->device[i];

		if (d->bus != p->bus)
			continue;
		for (size_t k = 0; k < RV_PCI_BARS; k++)
			if (d->address[k])
				good &= add_range(
				    p, d->bar[k].kind == RV_BAR_IO,
				    d->address[k],
				    d->address[k] + d->bar[k].size - 1);
		good &=
		    add_range(p, true, d->io.first, d->io.last) &&
		    add_range(p, false, d->memory.first, d->memory.last) &&
		    add_range(p, false, d->prefetch.first, d->prefetch.last);
	}
	for (size_t i = 0; i < t->roots; i++)
		if (t->root_bus[i] == p->bus)
			p->last_bus = t->last_bus[i];
	rv_ranges_merge(&p->io);
	rv_ranges_merge(&p->memory);
	rv_ranges_merge(&p->prefetch);
	return good || rv_no_memory(err, "acpi pxb");
}

bool rv_place(const struct rv_shape *s, const struct rv_acpi_machine *m,
	      struct rv_acpi_assumed *a, struct rv_pci_tree *out,
	      struct rv_err *err)
{
	struct rv_plug_pxb pxb[RV_NUMA_MAX] = { { 0 } };

	by_bus(m, pxb);
	return (!s->gpus || !m->pxbs || spread(s, pxb, m->pxbs, a, err)) &&
	       bars_known(s, m, a, err) &&
	       rv_plug(s, m->endpoints, pxb, m->pxbs, out, err) &&
	       all_placed(out, err);
}

bool rv_windows(const struct rv_shape *s, struct rv_acpi_machine *m,
		struct rv_acpi_assumed *a, struct rv_err *err)
{
	RV_AUTO(rv_pci_tree_free) struct rv_pci_tree t = { 0 };

	if (!m->root_ports && !s->gpus)
		return true;
	/* A hole as large as all that firmware can hand out decides alone. */
	if (!m->pxbs && !s->gpu_bars && m->hole64 >= MMIO64_SIZE)
		return true;
	if (!rv_place(s, m, a, &t, err))
		return false;
	span64(&t, m);
	for (size_t i = 0; i < m->pxbs; i++)
		if (!ranges_of(&t, &m->pxb[i], err))
			return false;
	return true;
}
