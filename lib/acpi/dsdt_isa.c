/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsdt_isa.c - inside the LPC bridge's device: the registers that route the PCI
 * links, and the ISA devices, the one created last first.
 */
#include "tables.h"

enum {
	PIRQ_CONFIG = 0x60, /* PIRQA-D; E-H follow after four bytes */
	PIRQ_LEN = 0x0c,
	STA_ALL = 0x0f,

	KBD_DATA = 0x60,
	KBD_STATUS = 0x64,
	KBD_IRQ = 1,
	MOUSE_IRQ = 12,
	COM1_PORT = 0x3f8,
	COM1_IRQ = 4,
	RTC_PORT = 0x70,
	RTC_IRQ = 8,
};

/* PRQA-PRQH, which the links read and write. */
static void link_registers(struct rv_aml *w)
{
	char name[] = "PRQA";

	rv_aml_operation_region(w, "PIRQ", RV_SPACE_PCI_CONFIG, PIRQ_CONFIG,
				PIRQ_LEN);
	rv_aml_scope(w, "\\_SB");
	rv_aml_field(w, "PCI0.SF8.PIRQ", RV_FIELD_BYTE);
	for (; name[3] <= 'D'; name[3]++)
		rv_aml_field_unit(w, name, 8);
	rv_aml_field_unit(w, NULL, 32);
	for (; name[3] <= 'H'; name[3]++)
		rv_aml_field_unit(w, name, 8);
	rv_aml_end(w);
	rv_aml_end(w);
}

static void keyboard(struct rv_aml *w)
{
	rv_aml_device(w, "KBD");
	rv_aml_name_eisaid(w, "_HID", "PNP0303");
	rv_aml_name_integer(w, "_STA", STA_ALL);
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_io(w, KBD_DATA, 1, 1);
	rv_aml_io(w, KBD_STATUS, 1, 1);
	rv_aml_irq_no_flags(w, KBD_IRQ);
	rv_aml_resources_end(w);
	rv_aml_end(w);
}

static void mouse(struct rv_aml *w)
{
	rv_aml_device(w, "MOU");
	rv_aml_name_eisaid(w, "_HID", "PNP0F13");
	rv_aml_name_integer(w, "_STA", STA_ALL);
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_irq_no_flags(w, MOUSE_IRQ);
	rv_aml_resources_end(w);
	rv_aml_end(w);
}

static void serial(struct rv_aml *w, bool shared)
{
	rv_aml_device(w, "COM1");
	rv_aml_name_eisaid(w, "_HID", "PNP0501");
	rv_aml_name_integer(w, "_UID", 1);
	rv_aml_name_integer(w, "_STA", STA_ALL);
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_io(w, COM1_PORT, 0, 8);
	if (shared)
		rv_aml_irq_shared(w, COM1_IRQ);
	else
		rv_aml_irq_no_flags(w, COM1_IRQ);
	rv_aml_resources_end(w);
	rv_aml_end(w);
}

static void real_time_clock(struct rv_aml *w)
{
	rv_aml_device(w, "RTC");
	rv_aml_name_eisaid(w, "_HID", "PNP0B00");
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_io(w, RTC_PORT, 1, 8);
	rv_aml_irq_no_flags(w, RTC_IRQ);
	rv_aml_resources_end(w);
	rv_aml_end(w);
}

void rv_dsdt_isa(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	link_registers(w);
	if (t->m->tpm)
		rv_dsdt_tpm(t);
	keyboard(w);
	mouse(w);
	if (t->m->serial)
		serial(w, t->qemu->serial_shared);
	real_time_clock(w);
}
