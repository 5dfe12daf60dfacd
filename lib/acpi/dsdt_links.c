/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsdt_links.c - interrupt routing of bus 0 (ACPI 6.5, 6.2.13 and 6.2.16): to
 * the PIC through the links LNKA-LNKH, to the I/O APIC through GSIA-GSIH.
 */
#include "tables.h"

enum {
	LINKS = 8,
	GSI_BASE = 0x10,
	LINK_DISABLED = 0x80,
	STA_DISABLED = 9,
	STA_ENABLED = 0xb,
	IRQ_MASK = 0x0f,
	IRQ_AT = 5, /* the interrupt number's place in the descriptor */
};

/* PICF: 0 before the OS says that it uses the I/O APIC. */
void rv_dsdt_pic(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_name_integer(w, "PICF", 0);
	rv_aml_method(w, "_PIC", 1, RV_NOT_SERIALIZED);
	PUT(aml_store(ARG(0), NAME("PICF")));
	rv_aml_end(w);
}

/* The link of @slot's first pin; links A-D and E-H are two rings. */
static unsigned first_link(unsigned slot)
{
	if (slot < 24)
		return 4 + (slot & 3);
	if (slot == 24 || slot == 30)
		return 4;
	return 0;
}

/*
 * Package (4) { slot, any function; pin; link; 0 }, ACPI 6.5, 6.2.13. There are
 * hundreds of them, so this writes in place what rv_aml_package() would.
 */
void rv_dsdt_route(struct rv_aml *w, unsigned slot, unsigned pin,
		   const char link[5])
{
	enum { PACKAGE = 0x12, HEAD = 3, MAX = HEAD + 9 + 9 + 4 + 9 };
	size_t n = HEAD;
	uint8_t *p;

	if (!rv_aml_room(w, MAX))
		return;
	p = w->p + w->n;
	n += rv_aml_integer_bytes(slot << 16 | 0xffff, p + n);
	n += rv_aml_integer_bytes(pin, p + n);
	memcpy(p + n, link, 4); /* a NameSeg */
	n += 4;
	n += rv_aml_integer_bytes(0, p + n);
	p[0] = PACKAGE;
	p[1] = (uint8_t)(n - 1);
	p[2] = 4;
	w->n += n;
}

static void routes(struct rv_aml *w, const char *name, const char *prefix)
{
	char link[5];

	memcpy(link, prefix, 3);
	link[4] = '\0';
	rv_aml_name(w, name);
	rv_aml_package(w, SLOTS * PINS);
	for (unsigned slot = 0; slot < SLOTS; slot++)
		for (unsigned pin = 0; pin < PINS; pin++) {
			unsigned first = first_link(slot);

			link[3] =
			    (char)('A' + (first & 4) + ((first + pin) & 3));
			rv_dsdt_route(w, slot, pin, link);
		}
	rv_aml_end(w);
}

static void method_prt(struct rv_aml *w)
{
	rv_aml_method(w, "_PRT", 0, RV_NOT_SERIALIZED);
	rv_aml_if(w, aml_lequal(NAME("PICF"), INT(0)));
	PUT(aml_return(NAME("PRTP")));
	rv_aml_end(w);
	rv_aml_else(w);
	PUT(aml_return(NAME("PRTA")));
	rv_aml_end(w);
	rv_aml_end(w);
}

static void interrupts(struct rv_aml *w, const char *name,
		       enum rv_aml_trigger trigger, const uint32_t *irq,
		       unsigned count)
{
	rv_aml_name(w, name);
	rv_aml_resources(w);
	rv_aml_interrupt(w, trigger, irq, count);
	rv_aml_resources_end(w);
}

/* IQST (register): status; IQCR (register): resources of a link. */
static void link_methods(struct rv_aml *w, enum rv_aml_trigger trigger)
{
	static const uint32_t none[] = { 0 };

	rv_aml_method(w, "IQST", 1, RV_NOT_SERIALIZED);
	rv_aml_if(w, aml_and(INT(LINK_DISABLED), ARG(0)));
	PUT(aml_return(INT(STA_DISABLED)));
	rv_aml_end(w);
	PUT(aml_return(INT(STA_ENABLED)));
	rv_aml_end(w);

	rv_aml_method(w, "IQCR", 1, RV_SERIALIZED);
	interrupts(w, "PRR0", trigger, none, 1);
	PUT(aml_create_dword(NAME("PRR0"), INT(IRQ_AT), NAME("PRRI")));
	PUT(aml_store(aml_and(ARG(0), INT(IRQ_MASK)), NAME("PRRI")));
	PUT(aml_return(NAME("PRR0")));
	rv_aml_end(w);
}

/* LNKx: routed by the register PRQx of the LPC bridge. */
static void link_device(struct rv_aml *w, unsigned i,
			enum rv_aml_trigger trigger)
{
	static const uint32_t possible[] = { 5, 10, 11 };
	char name[] = "LNKA", reg[] = "PRQA";

	name[3] = reg[3] = (char)('A' + i);
	rv_aml_device(w, name);
	rv_aml_name_eisaid(w, "_HID", "PNP0C0F");
	rv_aml_name_integer(w, "_UID", i);
	interrupts(w, "_PRS", trigger, possible, RV_LEN(possible));
	rv_aml_method(w, "_STA", 0, RV_NOT_SERIALIZED);
	PUT(aml_return(aml_call("IQST", NAME(reg))));
	rv_aml_end(w);
	rv_aml_method(w, "_DIS", 0, RV_NOT_SERIALIZED);
	PUT(aml_or_to(NAME(reg), INT(LINK_DISABLED), NAME(reg)));
	rv_aml_end(w);
	rv_aml_method(w, "_CRS", 0, RV_NOT_SERIALIZED);
	PUT(aml_return(aml_call("IQCR", NAME(reg))));
	rv_aml_end(w);
	rv_aml_method(w, "_SRS", 1, RV_NOT_SERIALIZED);
	PUT(aml_create_dword(ARG(0), INT(IRQ_AT), NAME("PRRI")));
	PUT(aml_store(NAME("PRRI"), NAME(reg)));
	rv_aml_end(w);
	rv_aml_end(w);
}

/* GSIx: wired to one pin of the I/O APIC. */
static void gsi_device(struct rv_aml *w, unsigned i,
		       enum rv_aml_trigger trigger)
{
	uint32_t gsi = GSI_BASE + i;
	char name[] = "GSIA";

	name[3] = (char)('A' + i);
	rv_aml_device(w, name);
	rv_aml_name_eisaid(w, "_HID", "PNP0C0F");
	rv_aml_name_integer(w, "_UID", gsi);
	interrupts(w, "_PRS", trigger, &gsi, 1);
	interrupts(w, "_CRS", trigger, &gsi, 1);
	rv_aml_method(w, "_DIS", 0, RV_NOT_SERIALIZED);
	rv_aml_end(w);
	rv_aml_method(w, "_SRS", 1, RV_NOT_SERIALIZED);
	rv_aml_end(w);
	rv_aml_end(w);
}

void rv_dsdt_links(struct rv_tables *t)
{
	enum rv_aml_trigger trigger =
	    t->m->edge ? RV_EDGE_SHARED : RV_LEVEL_SHARED;
	struct rv_aml *w = &t->aml;

	rv_aml_scope(w, "_SB");
	rv_aml_scope(w, "PCI0");
	routes(w, "PRTP", "LNK");
	routes(w, "PRTA", "GSI");
	method_prt(w);
	rv_aml_end(w);
	link_methods(w, trigger);
	for (unsigned i = 0; i < LINKS; i++)
		link_device(w, i, trigger);
	for (unsigned i = 0; i < LINKS; i++)
		gsi_device(w, i, trigger);
	rv_aml_end(w);
}
