/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dsdt_cpu.c - the CPUs, and CPU hotplug: its registers (PRES), its methods
 * (CPUS) and its event.
 */
#include "tables.h"

#define PRES   "\\_SB.PCI0.PRES."
#define P(reg) NAME(PRES reg)

enum {
	CPU_HOTPLUG_PORT = 0xcd8,
	CPU_HOTPLUG_LEN = 0x0c,

	CMD_NEXT_EVENT = 0, /* what CCMD makes CDAT mean */
	CMD_OST_EVENT = 1,
	CMD_OST_STATUS = 2,
	STA_PRESENT = 0x0f,
	NOTIFY_DEVICE_CHECK = 1,
	NOTIFY_EJECT = 3,
	LIST = 255, /* CPUs that one scan can collect */
};

static void registers(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_device(w, "\\_SB.PCI0.PRES");
	rv_aml_name_eisaid(w, "_HID", "PNP0A06");
	rv_aml_name_string(w, "_UID", "CPU Hotplug resources");
	rv_aml_mutex(w, "CPLK");
	rv_aml_name(w, "_CRS");
	rv_aml_resources(w);
	rv_aml_io(w, CPU_HOTPLUG_PORT, 1, CPU_HOTPLUG_LEN);
	rv_aml_resources_end(w);
	rv_aml_operation_region(w, "PRST", RV_SPACE_IO, CPU_HOTPLUG_PORT,
				CPU_HOTPLUG_LEN);
	rv_aml_field(w, "PRST", RV_FIELD_BYTE | RV_FIELD_WRITE_AS_ZEROS);
	rv_aml_field_unit(w, NULL, 32);
	rv_aml_field_unit(w, "CPEN", 1);
	rv_aml_field_unit(w, "CINS", 1);
	rv_aml_field_unit(w, "CRMV", 1);
	rv_aml_field_unit(w, "CEJ0", 1);
	rv_aml_field_unit(w, "CEJF", 1);
	rv_aml_field_unit(w, NULL, 3);
	rv_aml_field_unit(w, "CCMD", 8);
	rv_aml_end(w);
	rv_aml_field(w, "PRST", RV_FIELD_DWORD);
	rv_aml_field_unit(w, "CSEL", 32);
	rv_aml_field_unit(w, NULL, 32);
	rv_aml_field_unit(w, "CDAT", 32);
	rv_aml_end(w);
	if (t->qemu->pres_ini) {
		rv_aml_method(w, "_INI", 0, RV_SERIALIZED);
		PUT(aml_store(INT(0), NAME("CSEL")));
		rv_aml_end(w);
	}
	rv_aml_end(w);
}

/* "C0FF" */
static void cpu_name(char out[8], uint32_t cpu)
{
	static const char digit[] = "0123456789ABCDEF";

	out[0] = 'C';
	out[1] = digit[cpu >> 8 & 15];
	out[2] = digit[cpu >> 4 & 15];
	out[3] = digit[cpu & 15];
	out[4] = '\0';
}

/* CTFY (cpu, event): notify one CPU's device. */
static void method_ctfy(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_method(w, "CTFY", 2, RV_NOT_SERIALIZED);
	for (uint32_t i = 0; i < t->m->cpus; i++) {
		char name[8];

		cpu_name(name, i);
		rv_aml_if(w, aml_lequal(ARG(0), INT(i)));
		PUT(aml_notify(NAME(name), ARG(1)));
		rv_aml_end(w);
	}
	rv_aml_end(w);
}

/* CSTA (cpu): status. CEJ0 (cpu): eject. */
static void methods_csta_cej0(struct rv_aml *w)
{
	rv_aml_method(w, "CSTA", 1, RV_SERIALIZED);
	rv_aml_acquire(w, PRES "CPLK");
	PUT(aml_store(ARG(0), P("CSEL")));
	PUT(aml_store(INT(0), LOCAL(0)));
	rv_aml_if(w, aml_lequal(P("CPEN"), INT(1)));
	PUT(aml_store(INT(STA_PRESENT), LOCAL(0)));
	rv_aml_end(w);
	rv_aml_release(w, PRES "CPLK");
	PUT(aml_return(LOCAL(0)));
	rv_aml_end(w);

	rv_aml_method(w, "CEJ0", 1, RV_SERIALIZED);
	rv_aml_acquire(w, PRES "CPLK");
	PUT(aml_store(ARG(0), P("CSEL")));
	PUT(aml_store(INT(1), P("CEJ0")));
	rv_aml_release(w, PRES "CPLK");
	rv_aml_end(w);
}

/* Does the list that Local @count counts have no room? */
static void list_full(struct rv_aml *w, unsigned count)
{
	PUT(aml_lequal(LOCAL(count), INT(LIST)));
}

/*
 * CSCN's inner loop: walk the CPUs with an event and collect the new ones in
 * CNEW (Local1 of them). CPUs to eject are collected in CEJL (Local5) too, or
 * by older versions notified on the spot.
 */
static void cscn_collect(struct rv_aml *w, uint32_t cpus, bool eject_list)
{
	rv_aml_while(w, aml_land(aml_lequal(LOCAL(0), INT(1)),
				 aml_lless(LOCAL(3), INT(cpus))));
	PUT(aml_store(INT(0), LOCAL(0)));
	PUT(aml_store(LOCAL(3), P("CSEL")));
	PUT(aml_store(INT(CMD_NEXT_EVENT), P("CCMD")));
	rv_aml_if(w, aml_lless(P("CDAT"), LOCAL(3)));
	PUT(aml_break());
	rv_aml_end(w);
	if (eject_list)
		rv_aml_if(w, aml_lor(list_full(w, 1), list_full(w, 5)));
	else
		rv_aml_if(w, list_full(w, 1));
	PUT(aml_store(INT(1), LOCAL(4)));
	PUT(aml_break());
	rv_aml_end(w);
	PUT(aml_store(P("CDAT"), LOCAL(3)));
	rv_aml_if(w, aml_lequal(P("CINS"), INT(1)));
	PUT(aml_store(LOCAL(3), aml_index(NAME("CNEW"), LOCAL(1))));
	PUT(aml_increment(LOCAL(1)));
	PUT(aml_store(INT(1), LOCAL(0)));
	rv_aml_end(w);
	if (!eject_list)
		rv_aml_else(w);
	rv_aml_if(w, aml_lequal(P("CRMV"), INT(1)));
	if (eject_list) {
		PUT(aml_store(LOCAL(3), aml_index(NAME("CEJL"), LOCAL(5))));
		PUT(aml_increment(LOCAL(5)));
	} else {
		PUT(aml_call("CTFY", LOCAL(3), INT(NOTIFY_EJECT)));
		PUT(aml_store(INT(1), P("CRMV")));
	}
	PUT(aml_store(INT(1), LOCAL(0)));
	rv_aml_end(w);
	if (!eject_list)
		rv_aml_end(w);
	PUT(aml_increment(LOCAL(3)));
	rv_aml_end(w);
}

/* Notify the CPUs of @list, which Local @count counts, and clear @reg. */
static void cscn_notify(struct rv_aml *w, const char *list, unsigned count,
			unsigned event, const char *reg)
{
	PUT(aml_store(INT(0), LOCAL(2)));
	rv_aml_while(w, aml_lless(LOCAL(2), LOCAL(count)));
	PUT(aml_store(aml_deref_of(aml_index(NAME(list), LOCAL(2))), LOCAL(3)));
	PUT(aml_call("CTFY", LOCAL(3), INT(event)));
	if (event == NOTIFY_DEVICE_CHECK)
		PUT(aml_store(LOCAL(3), aml_debug()));
	PUT(aml_store(LOCAL(3), P("CSEL")));
	PUT(aml_store(INT(1), NAME(reg)));
	PUT(aml_increment(LOCAL(2)));
	rv_aml_end(w);
}

/* CSCN: look for CPUs with events, at most LIST at a time. */
static void method_cscn(struct rv_tables *t)
{
	bool eject_list = t->qemu->eject_list;
	struct rv_aml *w = &t->aml;

	rv_aml_method(w, "CSCN", 0, RV_SERIALIZED);
	rv_aml_acquire(w, PRES "CPLK");
	rv_aml_name(w, "CNEW");
	rv_aml_package(w, LIST);
	rv_aml_end(w);
	if (eject_list) {
		rv_aml_name(w, "CEJL");
		rv_aml_package(w, LIST);
		rv_aml_end(w);
	}
	PUT(aml_store(INT(0), LOCAL(3)));
	PUT(aml_store(INT(1), LOCAL(4)));
	rv_aml_while(w, aml_lequal(LOCAL(4), INT(1)));
	PUT(aml_store(INT(0), LOCAL(4)));
	PUT(aml_store(INT(1), LOCAL(0)));
	PUT(aml_store(INT(0), LOCAL(1)));
	if (eject_list)
		PUT(aml_store(INT(0), LOCAL(5)));
	cscn_collect(w, t->m->cpus, eject_list);
	cscn_notify(w, "CNEW", 1, NOTIFY_DEVICE_CHECK, PRES "CINS");
	if (eject_list)
		cscn_notify(w, "CEJL", 5, NOTIFY_EJECT, PRES "CRMV");
	rv_aml_end(w);
	rv_aml_release(w, PRES "CPLK");
	rv_aml_end(w);
}

/* COST (cpu, event, status, ...): the OS tells how it went. */
static void method_cost(struct rv_aml *w)
{
	rv_aml_method(w, "COST", 4, RV_SERIALIZED);
	rv_aml_acquire(w, PRES "CPLK");
	PUT(aml_store(ARG(0), P("CSEL")));
	PUT(aml_store(INT(CMD_OST_EVENT), P("CCMD")));
	PUT(aml_store(ARG(1), P("CDAT")));
	PUT(aml_store(INT(CMD_OST_STATUS), P("CCMD")));
	PUT(aml_store(ARG(2), P("CDAT")));
	rv_aml_release(w, PRES "CPLK");
	rv_aml_end(w);
}

/* One CPU: a Processor, or a Device where the id does not fit a byte. */
static void cpu_device(struct rv_tables *t, uint32_t cpu)
{
	struct rv_aml *w = &t->aml;
	uint8_t mat[MADT_CPU_MAX];
	size_t mat_size = rv_madt_cpu(cpu, mat);
	char name[8];

	cpu_name(name, cpu);
	if (cpu < XAPIC_IDS) {
		rv_aml_processor(w, name, cpu);
	} else {
		rv_aml_device(w, name);
		rv_aml_name_string(w, "_HID", "ACPI0007");
		rv_aml_name_integer(w, "_UID", cpu);
	}
	rv_aml_method(w, "_STA", 0, RV_SERIALIZED);
	PUT(aml_return(aml_call("CSTA", INT(cpu))));
	rv_aml_end(w);
	rv_aml_name(w, "_MAT");
	rv_aml_buffer(w, mat, mat_size);
	if (cpu > 0) { /* the boot processor stays */
		rv_aml_method(w, "_EJ0", 1, RV_NOT_SERIALIZED);
		PUT(aml_call("CEJ0", INT(cpu)));
		rv_aml_end(w);
	}
	rv_aml_method(w, "_OST", 3, RV_SERIALIZED);
	PUT(aml_call("COST", INT(cpu), ARG(0), ARG(1), ARG(2)));
	rv_aml_end(w);
	if (t->m->nodes)
		rv_aml_name_integer(w, "_PXM", rv_cpu_node(t->m, cpu));
	rv_aml_end(w);
}

void rv_dsdt_cpus(struct rv_tables *t)
{
	struct rv_aml *w = &t->aml;

	rv_aml_scope(w, "_SB");
	registers(t);
	rv_aml_device(w, "\\_SB.CPUS");
	rv_aml_name_string(w, "_HID", "ACPI0010");
	rv_aml_name_eisaid(w, "_CID", "PNP0A05");
	method_ctfy(t);
	methods_csta_cej0(w);
	method_cscn(t);
	method_cost(w);
	for (uint32_t i = 0; i < t->m->cpus; i++)
		cpu_device(t, i);
	rv_aml_end(w);
	rv_aml_end(w);

	rv_aml_method(w, "\\_GPE._E02", 0, RV_NOT_SERIALIZED);
	rv_aml_path(w, "\\_SB.CPUS.CSCN");
	rv_aml_end(w);
}
