/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsdt_crs.c - what the host bridge PCI0 decodes, and who uses it: bus numbers,
 * ports and memory, less what the expander buses decode themselves.
 */
#include "ranges.h"
#include "tables.h"

enum {
	CONFIG_PORT = 0xcf8,
	CONFIG_LEN = 8,
	IO_LOW_LAST = CONFIG_PORT - 1,
	IO_HIGH = 0xd00,
	IO_LAST = 0xffff,
	VGA_BASE = 0xa0000,
	VGA_LAST = 0xbffff,
	GPE0_OFFSET = 0x20,
	GPE0_LEN = 0x10,
	PCI_HOTPLUG_PORT = 0xcc0,
	PCI_HOTPLUG_LEN = 0x18,
	STA_NO_UI = 0x0b, /* present, enabled, working, not shown */
};

/* What the expander buses take from PCI0. */
struct taken {
	struct rv_ranges io, memory, prefetch;
};

static void taken_free(struct taken *x)
{
	rv_ranges_free(&x->io);
	rv_ranges_free(&x->memory);
	rv_ranges_free(&x->prefetch);
}

static bool add_all(struct rv_ranges *to, const struct rv_ranges *from)
{
	for (size_t i = 0; i < from->n; i++)
		if (!rv_ranges_add(to, from->at[i].first, from->at[i].last))
			return false;
	return true;
}

static bool collect(const struct rv_acpi_machine *m, struct taken *x)
{
	if (!rv_ranges_add(&x->memory, m->ecam, m->ecam + (ECAM_SIZE - 1)))
		return false;
	for (size_t i = 0; i < m->pxbs; i++)
		if (!add_all(&x->io, &m->pxb[i].io) ||
		    !add_all(&x->memory, &m->pxb[i].memory) ||
		    !add_all(&x->prefetch, &m->pxb[i].prefetch))
			return false;
	rv_ranges_merge(&x->io);
	rv_ranges_merge(&x->memory);
	rv_ranges_merge(&x->prefetch);
	return true;
}

/* The buses of the expanders lie above those of PCI0. */
static unsigned last_bus(const struct rv_acpi_machine *m)
{
	unsigned last = 255;

	for (size_t i = 0; i < m->pxbs; i++)
		if (m->pxb[i].bus < last)
			last = m->pxb[i].bus - 1;
	return last;
}

/*
 * The 64-bit window begins at the lowest BAR above 4 GiB and has the size of
 * the hole in whole GiB, or more when firmware went beyond.
 */
static struct rv_range window64(const struct rv_acpi_machine *m)
{
	uint64_t end = (m->mmio64_base + m->hole64 + GiB - 1) & ~(GiB - 1);

	if (m->mmio64_used_end > end)
		end = m->mmio64_used_end;
	return (struct rv_range){ m->mmio64_base, end - 1 };
}

static void free_parts(struct rv_aml *w, const struct taken *x,
		       const struct rv_acpi_machine *m)
{
	struct rv_range window = window64(m), part;
	uint64_t at = IO_HIGH;
	bool done = false;

	while (rv_ranges_free_part(&x->io, &at, IO_LAST, &done, &part))
		rv_aml_word_io(w, (unsigned)part.first, (unsigned)part.last);
	rv_aml_dword_memory(w, RV_CACHEABLE_RW, VGA_BASE, VGA_LAST);
	at = rv_low_mem(m);
	done = false;
	while (
	    rv_ranges_free_part(&x->memory, &at, PCI_MEM32_LAST, &done, &part))
		rv_aml_dword_memory(w, RV_NON_CACHEABLE_RW,
				    (uint32_t)part.first, (uint32_t)part.last);
	at = window.first;
	done = false;
	while (
	    rv_ranges_free_part(&x->prefetch, &at, window.last, &done, &part))
		rv_aml_qword_memory(w, RV_CACHEABLE_RW, part.first, part.last);
}

/* A device that only keeps ports from being used otherwise. */
static void reserve_ports(struct rv_aml *w, const char *name, const char *uid,
			  unsigned base, unsigned len)
{
	rv_aml_device(w, name);
	rv_aml_name_string(w, "_HID", "PNP0A06");
	rv_aml_name_string(w, "_UID", uid);
	rv_aml_name_integer(w, "_STA", STA_NO_UI);
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_io(w, base, 1, len);
	rv_aml_resources_end(w);
	rv_aml_end(w);
}

void rv_dsdt_pci0_crs(struct rv_tables *t)
{
	RV_AUTO(taken_free) struct taken x = { 0 };
	const struct rv_acpi_machine *m = t->m;
	struct rv_aml *w = &t->aml;

	if (!collect(m, &x)) {
		w->failed = true;
		return;
	}
	rv_aml_scope(w, "\\_SB.PCI0");
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_word_bus(w, 0, last_bus(m));
	rv_aml_io(w, CONFIG_PORT, 1, CONFIG_LEN);
	rv_aml_word_io(w, 0, IO_LOW_LAST);
	free_parts(w, &x, m);
	if (m->tpm)
		rv_aml_memory32_fixed(w, TPM_TIS_BASE, TPM_TIS_SIZE);
	rv_aml_resources_end(w);
	reserve_ports(w, "GPE0", "GPE0 resources", m->pm_base + GPE0_OFFSET,
		      GPE0_LEN);
	if (m->hotplug)
		reserve_ports(w, "PHPR", "PCI Hotplug resources",
			      PCI_HOTPLUG_PORT, PCI_HOTPLUG_LEN);
	rv_aml_end(w);
}
