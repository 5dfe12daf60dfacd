/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsdt_pxb.c - a root bus of a PCI expander (pxb-pcie): its own host bridge,
 * with its own interrupt routing and resources.
 */
#include "ranges.h"
#include "tables.h"

#include <stdio.h>

enum { LINKS = 4 };

/* Four links take turns, beginning with D: slot 0 pin A is LNKD. */
static const char *const links[LINKS] = { "LNKD", "LNKA", "LNKB", "LNKC" };

/* Since 9.2: all routes written out. */
static void prt_package(struct rv_aml *w)
{
	rv_aml_u8(w, 0xa4); /* Return */
	rv_aml_package(w, SLOTS * PINS);
	for (unsigned slot = 0; slot < SLOTS; slot++)
		for (unsigned pin = 0; pin < PINS; pin++)
			rv_dsdt_route(w, slot, pin,
				      links[(slot + pin) % LINKS]);
	rv_aml_end(w);
}

/* Before 9.2: the same routes, made by a loop when the OS asks. */
static void prt_loop(struct rv_aml *w)
{
	PUT(aml_store(aml_empty_package(SLOTS * PINS), LOCAL(0)));
	PUT(aml_store(INT(0), LOCAL(1)));
	rv_aml_while(w, aml_lless(LOCAL(1), INT(SLOTS * PINS)));
	PUT(aml_store(aml_shift_right(LOCAL(1), INT(2)), LOCAL(2)));
	PUT(aml_store(aml_and(aml_add(LOCAL(1), LOCAL(2)), INT(LINKS - 1)),
		      LOCAL(3)));
	for (unsigned i = 0; i < LINKS; i++) {
		rv_aml_if(w, aml_lequal(LOCAL(3), INT(i)));
		PUT(aml_store(
		    aml_package(4, INT(0), INT(0), NAME(links[i]), INT(0)),
		    LOCAL(4)));
		rv_aml_end(w);
	}
	PUT(aml_store(aml_or(aml_shift_left(LOCAL(2), INT(16)), INT(0xffff)),
		      aml_index(LOCAL(4), INT(0))));
	PUT(aml_store(aml_and(LOCAL(1), INT(PINS - 1)),
		      aml_index(LOCAL(4), INT(1))));
	PUT(aml_store(LOCAL(4), aml_index(LOCAL(0), LOCAL(1))));
	PUT(aml_increment(LOCAL(1)));
	rv_aml_end(w);
	PUT(aml_return(LOCAL(0)));
}

/* A merged copy, so that the machine stays as it was given. */
static bool merged(const struct rv_ranges *r, struct rv_ranges *out)
{
	for (size_t i = 0; i < r->n; i++)
		if (!rv_ranges_add(out, r->at[i].first, r->at[i].last))
			return false;
	rv_ranges_merge(out);
	return true;
}

static void resources(struct rv_aml *w, const struct rv_acpi_pxb *pxb)
{
	RV_AUTO(rv_ranges_free) struct rv_ranges io = { 0 };
	RV_AUTO(rv_ranges_free) struct rv_ranges memory = { 0 };
	RV_AUTO(rv_ranges_free) struct rv_ranges prefetch = { 0 };

	if (!merged(&pxb->io, &io) || !merged(&pxb->memory, &memory) ||
	    !merged(&pxb->prefetch, &prefetch)) {
		w->failed = true;
		return;
	}
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	for (size_t i = 0; i < io.n; i++)
		rv_aml_dword_io(w, (uint32_t)io.at[i].first,
				(uint32_t)io.at[i].last);
	for (size_t i = 0; i < memory.n; i++)
		rv_aml_dword_memory(w, RV_NON_CACHEABLE_RW,
				    (uint32_t)memory.at[i].first,
				    (uint32_t)memory.at[i].last);
	for (size_t i = 0; i < prefetch.n; i++)
		rv_aml_qword_memory(w, RV_NON_CACHEABLE_RW,
				    prefetch.at[i].first, prefetch.at[i].last);
	rv_aml_word_bus(w, pxb->bus, pxb->last_bus);
	rv_aml_resources_end(w);
}

void rv_dsdt_pxb(struct rv_tables *t, const struct rv_acpi_pxb *pxb)
{
	struct rv_aml *w = &t->aml;
	char name[8];

	snprintf(name, sizeof name, "PC%02X", pxb->bus & 0xff);
	rv_aml_scope(w, "\\_SB");
	rv_aml_device(w, name);
	rv_aml_name_integer(w, "_UID", pxb->bus);
	rv_aml_name_integer(w, "_BBN", pxb->bus);
	rv_aml_name_eisaid(w, "_HID", "PNP0A08");
	rv_aml_name_eisaid(w, "_CID", "PNP0A03");
	rv_dsdt_osc(w, true);
	if (pxb->has_node)
		rv_aml_name_integer(w, "_PXM", pxb->node);
	rv_aml_method(w, "_PRT", 0, RV_NOT_SERIALIZED);
	if (t->qemu->static_pxb_prt)
		prt_package(w);
	else
		prt_loop(w);
	rv_aml_end(w);
	resources(w, pxb);
	rv_aml_end(w);
	rv_aml_end(w);
}
