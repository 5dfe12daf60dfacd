/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsdt_pci.c - the PCI host bridge: device PCI0, its _OSC and _DSM helper, and
 * the devices of bus 0.
 */
#include "tables.h"

enum {
	OSC_NATIVE = 0x1f,     /* what the OS may control */
	OSC_NO_HOTPLUG = 0x1e, /* ... without native PCIe hotplug */
	OSC_BAD_UUID = 0x04,   /* answers, in the first DWord */
	OSC_BAD_REVISION = 0x08,
	OSC_MASKED = 0x10,

	DSM_QUERY = 0,
	DSM_DEVICE_NAME = 7,
	DSM_QUERY_ANSWER = 0x81, /* functions 0 and 7 are there */
};

/* 33db4d5b-1ff7-401c-9657-7441c03dd766, as ToUUID() lays it out. */
static const uint8_t host_bridge_uuid[16] = {
	0x5b, 0x4d, 0xdb, 0x33, 0xf7, 0x1f, 0x1c, 0x40,
	0x96, 0x57, 0x74, 0x41, 0xc0, 0x3d, 0xd7, 0x66,
};

/* PCI Firmware Specification 3.3, 4.5.1 */
void rv_dsdt_osc(struct rv_aml *w, bool native)
{
	rv_aml_method(w, "_OSC", 4, RV_NOT_SERIALIZED);
	PUT(aml_create_dword(ARG(3), INT(0), NAME("CDW1")));
	rv_aml_if(w, rv_dsdt_is_uuid(w, host_bridge_uuid));
	PUT(aml_create_dword(ARG(3), INT(4), NAME("CDW2")));
	PUT(aml_create_dword(ARG(3), INT(8), NAME("CDW3")));
	PUT(aml_store(NAME("CDW3"), LOCAL(0)));
	PUT(aml_and_to(LOCAL(0), INT(native ? OSC_NATIVE : OSC_NO_HOTPLUG),
		       LOCAL(0)));
	rv_aml_if(w, aml_lnot(aml_lequal(ARG(1), INT(1))));
	PUT(aml_or_to(NAME("CDW1"), INT(OSC_BAD_REVISION), NAME("CDW1")));
	rv_aml_end(w);
	rv_aml_if(w, aml_lnot(aml_lequal(NAME("CDW3"), LOCAL(0))));
	PUT(aml_or_to(NAME("CDW1"), INT(OSC_MASKED), NAME("CDW1")));
	rv_aml_end(w);
	PUT(aml_store(LOCAL(0), NAME("CDW3")));
	rv_aml_end(w);
	rv_aml_else(w);
	PUT(aml_or_to(NAME("CDW1"), INT(OSC_BAD_UUID), NAME("CDW1")));
	rv_aml_end(w);
	PUT(aml_return(ARG(3)));
	rv_aml_end(w);
}

/* EDSM: the _DSM of devices that are not in a hotplug slot. */
static void method_edsm(struct rv_aml *w)
{
	rv_aml_method(w, "EDSM", 5, RV_SERIALIZED);
	rv_aml_if(w, aml_lequal(ARG(2), INT(DSM_QUERY)));
	rv_dsdt_dsm_function0(w);
	PUT(aml_store(INT(DSM_QUERY_ANSWER), aml_index(LOCAL(0), INT(0))));
	PUT(aml_return(LOCAL(0)));
	rv_aml_end(w);
	rv_aml_if(w, aml_lequal(ARG(2), INT(DSM_DEVICE_NAME)));
	PUT(aml_store(aml_package(2, INT(0), STRING("")), LOCAL(0)));
	PUT(aml_store(aml_deref_of(aml_index(ARG(4), INT(0))), LOCAL(1)));
	PUT(aml_store(LOCAL(1), aml_index(LOCAL(0), INT(0))));
	PUT(aml_return(LOCAL(0)));
	rv_aml_end(w);
	rv_aml_end(w);
}

/* The bridge, and DRAC, which claims the PCIe configuration window. */
void rv_dsdt_pci0(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_scope(w, "_SB");
	rv_aml_device(w, "PCI0");
	rv_aml_name_eisaid(w, "_HID", "PNP0A08");
	rv_aml_name_eisaid(w, "_CID", "PNP0A03");
	rv_aml_name_integer(w, "_UID", 0);
	rv_dsdt_osc(w, !t->m->hotplug);
	method_edsm(w);
	rv_aml_end(w);

	rv_aml_device(w, "DRAC");
	rv_aml_name_string(w, "_HID", "PNP0C01");
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_dword_memory(w, RV_NON_CACHEABLE_RW, t->m->ecam,
			    t->m->ecam + (ECAM_SIZE - 1));
	rv_aml_resources_end(w);
	rv_aml_end(w);
	rv_aml_end(w);
}

/* ---- the devices of bus 0 ---- */

static void open_device(struct rv_aml *w, unsigned devfn)
{
	char name[4];

	rv_slot_name(name, devfn);
	rv_aml_device(w, name);
	rv_aml_name_integer(w, "_ADR", devfn >> 3 << 16 | (devfn & 7));
}

static void plain_device(struct rv_aml *w, unsigned devfn)
{
	open_device(w, devfn);
	rv_aml_end(w);
}

/* PXBs lie above the ports; the list has the highest first. */
static void pxb_devices(struct rv_tables *t)
{
	for (unsigned devfn = 0; devfn < LPC_DEVFN; devfn += 8)
		for (size_t i = 0; i < t->m->pxbs; i++)
			if (t->m->pxb[i].devfn == devfn)
				plain_device(&t->aml, devfn);
}

/* One Device for each function of bus 0, in the order of their numbers. */
void rv_dsdt_bus0(struct rv_tables *t)
{
	const struct rv_acpi_machine *m = t->m;
	struct rv_aml *w = &t->aml;

	rv_aml_scope(w, "\\_SB");
	rv_aml_scope(w, "PCI0");
	plain_device(w, 0);
	for (uint32_t i = 1; i <= m->endpoints; i++)
		plain_device(w, i << 3);
	for (uint32_t i = 0; i < m->root_ports; i++) {
		open_device(w, rv_port_devfn(m, i));
		rv_dsdt_port(t, i);
		rv_aml_end(w);
	}
	pxb_devices(t);
	open_device(w, LPC_DEVFN);
	rv_dsdt_isa(t);
	rv_aml_end(w);
	plain_device(w, SATA_DEVFN);
	plain_device(w, SMBUS_DEVFN);
	rv_aml_end(w);
	rv_aml_end(w);
}
