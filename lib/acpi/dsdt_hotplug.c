/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsdt_hotplug.c - ACPI PCI hotplug: its registers and methods in PCI0, and
 * what a root port gets from it. None of it with hotplug off, except the bare
 * device behind each port.
 */
#include "tables.h"

#include <stdio.h>

enum {
	PCI_HOTPLUG_PORT = 0xcc0,
	EJECT_PORT = PCI_HOTPLUG_PORT + 8,
	BUS_PORT = PCI_HOTPLUG_PORT + 16,

	DSM_QUERY = 0,
	DSM_DEVICE_NAME = 7,
	NOTIFY_DEVICE_CHECK = 1,
	NOTIFY_EJECT = 3,
	FIELD = RV_FIELD_DWORD | RV_FIELD_WRITE_AS_ZEROS,
};

#define ALL_ONES 0xffffffffu

static void registers(struct rv_aml *w)
{
	rv_aml_operation_region(w, "PCST", RV_SPACE_IO, PCI_HOTPLUG_PORT, 8);
	rv_aml_field(w, "PCST", FIELD);
	rv_aml_field_unit(w, "PCIU", 32);
	rv_aml_field_unit(w, "PCID", 32);
	rv_aml_end(w);
	rv_aml_operation_region(w, "SEJ", RV_SPACE_IO, EJECT_PORT, 4);
	rv_aml_field(w, "SEJ", FIELD);
	rv_aml_field_unit(w, "B0EJ", 32);
	rv_aml_end(w);
	rv_aml_operation_region(w, "BNMR", RV_SPACE_IO, BUS_PORT, 8);
	rv_aml_field(w, "BNMR", FIELD);
	rv_aml_field_unit(w, "BNUM", 32);
	rv_aml_field_unit(w, "PIDX", 32);
	rv_aml_end(w);
	rv_aml_mutex(w, "BLCK");
}

/* PCEJ (bus, slot): eject. */
static void method_pcej(struct rv_aml *w)
{
	rv_aml_method(w, "PCEJ", 2, RV_NOT_SERIALIZED);
	rv_aml_acquire(w, "BLCK");
	PUT(aml_store(ARG(0), NAME("BNUM")));
	PUT(aml_store(aml_shift_left(INT(1), ARG(1)), NAME("B0EJ")));
	rv_aml_release(w, "BLCK");
	PUT(aml_return(INT(0)));
	rv_aml_end(w);
}

/* AIDX (bus, slot): the ACPI index of a device. */
static void method_aidx(struct rv_aml *w)
{
	rv_aml_method(w, "AIDX", 2, RV_NOT_SERIALIZED);
	rv_aml_acquire(w, "BLCK");
	PUT(aml_store(ARG(0), NAME("BNUM")));
	PUT(aml_store(aml_shift_left(INT(1), ARG(1)), NAME("PIDX")));
	PUT(aml_store(NAME("PIDX"), LOCAL(0)));
	rv_aml_release(w, "BLCK");
	PUT(aml_return(LOCAL(0)));
	rv_aml_end(w);
}

static void call_aidx(struct rv_aml *w)
{
	PUT(aml_call("AIDX", aml_deref_of(aml_index(ARG(4), INT(0))),
		     aml_deref_of(aml_index(ARG(4), INT(1)))));
}

/* What the registers say where there is no index, and where no device. */
static void no_index(struct rv_aml *w)
{
	PUT(aml_lequal(LOCAL(2), INT(0)));
}

static void no_device(struct rv_aml *w)
{
	PUT(aml_lequal(LOCAL(2), INT(ALL_ONES)));
}

/* PDSM, function 7: the device's index, and from some version on a check. */
static void pdsm_device_name(struct rv_aml *w, bool tests)
{
	rv_aml_if(w, aml_lequal(ARG(2), INT(DSM_DEVICE_NAME)));
	if (tests) {
		PUT(aml_store(call_aidx(w), LOCAL(2)));
		PUT(aml_store(aml_empty_package(2), LOCAL(0)));
		rv_aml_if(w, aml_lnot(aml_lor(no_index(w), no_device(w))));
		PUT(aml_store(LOCAL(2), aml_index(LOCAL(0), INT(0))));
		PUT(aml_store(STRING(""), aml_index(LOCAL(0), INT(1))));
		rv_aml_end(w);
	} else {
		PUT(aml_store(aml_package(2, INT(0), STRING("")), LOCAL(0)));
		PUT(aml_store(call_aidx(w), LOCAL(2)));
		PUT(aml_store(LOCAL(2), aml_index(LOCAL(0), INT(0))));
	}
	PUT(aml_return(LOCAL(0)));
	rv_aml_end(w);
}

/* PDSM: the _DSM of a device in a hotplug slot. */
static void method_pdsm(struct rv_aml *w, bool tests)
{
	rv_aml_method(w, "PDSM", 5, RV_SERIALIZED);
	rv_aml_if(w, aml_lequal(ARG(2), INT(DSM_QUERY)));
	rv_dsdt_dsm_function0(w);
	PUT(aml_store(INT(0), LOCAL(1)));
	PUT(aml_store(call_aidx(w), LOCAL(2)));
	rv_aml_if(w, aml_lnot(aml_or(no_index(w), no_device(w))));
	PUT(aml_or_to(LOCAL(1), INT(1), LOCAL(1)));
	PUT(aml_or_to(LOCAL(1), aml_shift_left(INT(1), INT(7)), LOCAL(1)));
	rv_aml_end(w);
	PUT(aml_store(LOCAL(1), aml_index(LOCAL(0), INT(0))));
	PUT(aml_return(LOCAL(0)));
	rv_aml_end(w);
	pdsm_device_name(w, tests);
	rv_aml_end(w);
}

void rv_dsdt_hotplug(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_scope(w, "_SB.PCI0");
	registers(w);
	method_pcej(w);
	method_aidx(w);
	method_pdsm(w, t->qemu->pdsm_tests_aidx);
	rv_aml_end(w);
}

/* ---- root ports ---- */

/* Bus selectors count from 0 at the port created last. */
static uint32_t bus_selector(const struct rv_acpi_machine *m, uint32_t port)
{
	return m->root_ports - 1 - port;
}

/* The device behind a hotplug port. */
static void hotplug_slot(struct rv_aml *w)
{
	rv_aml_scope(w, "S00");
	rv_aml_name_integer(w, "ASUN", 0);
	rv_aml_method(w, "_DSM", 4, RV_SERIALIZED);
	PUT(aml_store(aml_package(2, INT(0), INT(0)), LOCAL(0)));
	PUT(aml_store(NAME("BSEL"), aml_index(LOCAL(0), INT(0))));
	PUT(aml_store(NAME("ASUN"), aml_index(LOCAL(0), INT(1))));
	PUT(aml_return(
	    aml_call("PDSM", ARG(0), ARG(1), ARG(2), ARG(3), LOCAL(0))));
	rv_aml_end(w);
	rv_aml_name_integer(w, "_SUN", 0);
	rv_aml_method(w, "_EJ0", 1, RV_NOT_SERIALIZED);
	PUT(aml_call("PCEJ", NAME("BSEL"), NAME("_SUN")));
	rv_aml_end(w);
	rv_aml_end(w);
}

/* Inside a port's Device: the one device behind it. */
void rv_dsdt_port(struct rv_tables *t, uint32_t port)
{
	struct rv_aml *w = &t->aml;

	rv_aml_device(w, "S00");
	rv_aml_name_integer(w, "_ADR", 0);
	rv_aml_end(w);
	if (!t->m->hotplug)
		return;
	rv_aml_name_integer(w, "BSEL", bus_selector(t->m, port));
	hotplug_slot(w);
	rv_aml_method(w, "DVNT", 2, RV_NOT_SERIALIZED);
	rv_aml_if(w, aml_and(ARG(0), INT(1)));
	PUT(aml_notify(NAME("S00"), ARG(1)));
	rv_aml_end(w);
	rv_aml_end(w);
}

/* PCNT of one port: tell the devices that came or that shall go. */
static void port_pcnt(struct rv_tables *t, uint32_t port)
{
	struct rv_aml *w = &t->aml;
	char name[4];

	rv_slot_name(name, rv_port_devfn(t->m, port));
	rv_aml_scope(w, name);
	rv_aml_method(w, "PCNT", 0, RV_NOT_SERIALIZED);
	PUT(aml_store(INT(bus_selector(t->m, port)), NAME("BNUM")));
	PUT(aml_call("DVNT", NAME("PCIU"), INT(NOTIFY_DEVICE_CHECK)));
	PUT(aml_call("DVNT", NAME("PCID"), INT(NOTIFY_EJECT)));
	rv_aml_end(w);
	rv_aml_end(w);
}

/* PCNT of each port and of all, the port created last first. */
void rv_dsdt_port_notify(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_scope(w, "\\_SB.PCI0");
	for (uint32_t i = t->m->root_ports; i; i--)
		port_pcnt(t, i - 1);
	rv_aml_method(w, "PCNT", 0, RV_NOT_SERIALIZED);
	for (uint32_t i = t->m->root_ports; i; i--) {
		char name[4], path[16];

		rv_slot_name(name, rv_port_devfn(t->m, i - 1));
		snprintf(path, sizeof path, "^%s.PCNT", name);
		rv_aml_path(w, path);
	}
	rv_aml_end(w);
	rv_aml_end(w);
}

/* _E01: the event of PCI hotplug. */
void rv_dsdt_gpe_hotplug(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_scope(w, "_GPE");
	rv_aml_method(w, "_E01", 0, RV_NOT_SERIALIZED);
	if (t->m->root_ports) {
		rv_aml_acquire(w, "\\_SB.PCI0.BLCK");
		rv_aml_path(w, "\\_SB.PCI0.PCNT");
		rv_aml_release(w, "\\_SB.PCI0.BLCK");
	}
	rv_aml_end(w);
	rv_aml_end(w);
}
