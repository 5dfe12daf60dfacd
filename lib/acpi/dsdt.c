/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsdt.c - the Differentiated System Description Table: its parts in order, and
 * those of a few lines.
 */
#include "tables.h"

enum {
	DEBUG_PORT = 0x402,
	FW_CFG_PORT = 0x510,
	FW_CFG_LEN = 0x0c,
	STA_NO_UI = 0x0b,
	NEW_LINE = 0x0a,
};

/* DBUG (value): its hex digits to the debug port, and a new line. */
void rv_dsdt_dbg(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_scope(w, "\\");
	rv_aml_operation_region(w, "DBG", RV_SPACE_IO, DEBUG_PORT, 1);
	rv_aml_field(w, "DBG", RV_FIELD_BYTE);
	rv_aml_field_unit(w, "DBGB", 8);
	rv_aml_end(w);
	rv_aml_method(w, "DBUG", 1, RV_NOT_SERIALIZED);
	PUT(aml_to_hex_string(ARG(0), LOCAL(0)));
	PUT(aml_to_buffer(LOCAL(0), LOCAL(0)));
	PUT(aml_subtract(aml_size_of(LOCAL(0)), INT(1), LOCAL(1)));
	PUT(aml_store(INT(0), LOCAL(2)));
	rv_aml_while(w, aml_lless(LOCAL(2), LOCAL(1)));
	PUT(aml_store(aml_deref_of(aml_index(LOCAL(0), LOCAL(2))),
		      NAME("DBGB")));
	PUT(aml_increment(LOCAL(2)));
	rv_aml_end(w);
	PUT(aml_store(INT(NEW_LINE), NAME("DBGB")));
	rv_aml_end(w);
	rv_aml_end(w);
}

void rv_dsdt_gpe(struct rv_tables *t)
{
	rv_aml_scope(&t->aml, "_GPE");
	rv_aml_name_string(&t->aml, "_HID", "ACPI0006");
	rv_aml_end(&t->aml);
}

/* ACPI 6.5, 7.4.2: what to write into the PM control registers. */
static void sleep_state(struct rv_aml *w, const char *name, unsigned type)
{
	rv_aml_name(w, name);
	rv_aml_package(w, 4);
	rv_aml_integer(w, type);
	rv_aml_integer(w, type);
	rv_aml_integer(w, 0);
	rv_aml_integer(w, 0);
	rv_aml_end(w);
}

void rv_dsdt_sleep(struct rv_tables *t)
{
	rv_aml_scope(&t->aml, "\\");
	sleep_state(&t->aml, "_S3", 1);
	sleep_state(&t->aml, "_S4", 2);
	sleep_state(&t->aml, "_S5", 0);
	rv_aml_end(&t->aml);
}

void rv_dsdt_fw_cfg(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_scope(w, "\\_SB.PCI0");
	rv_aml_device(w, "FWCF");
	rv_aml_name_string(w, "_HID", "QEMU0002");
	rv_aml_name_integer(w, "_STA", STA_NO_UI);
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_io(w, FW_CFG_PORT, 1, FW_CFG_LEN);
	rv_aml_resources_end(w);
	rv_aml_end(w);
	rv_aml_end(w);
}

void rv_dsdt(struct rv_tables *t)
{
	const struct rv_acpi_machine *m = t->m;
	size_t start = rv_table_begin(t, "DSDT", 1);

	rv_dsdt_dbg(t);
	rv_dsdt_pci0(t);
	if (m->hotplug)
		rv_dsdt_hotplug(t);
	rv_dsdt_pic(t);
	rv_dsdt_links(t);
	rv_dsdt_gpe(t);
	rv_dsdt_cpus(t);
	for (size_t i = 0; i < m->pxbs; i++)
		rv_dsdt_pxb(t, &m->pxb[i]);
	rv_dsdt_pci0_crs(t);
	rv_dsdt_sleep(t);
	rv_dsdt_fw_cfg(t);
	rv_dsdt_bus0(t);
	if (m->hotplug && m->root_ports)
		rv_dsdt_port_notify(t);
	if (m->hotplug)
		rv_dsdt_gpe_hotplug(t);
	rv_table_end(t, start);
}
