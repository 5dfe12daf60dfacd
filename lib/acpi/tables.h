/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables.h - the parts of etc/acpi/tables. Each function appends its table or
 * its part of the DSDT to the writer; blobs.c and dsdt.c put them in order.
 */
#ifndef RV_ACPI_TABLES_H
#define RV_ACPI_TABLES_H

#include "aml.h"
#include "base.h"
#include "qemu.h"
#include <refval/acpi.h>

enum {
	MiB = 1 << 20,

	SLOTS = 32,	   /* of a PCI bus */
	PINS = 4,	   /* interrupt pins of a slot */
	LPC_DEVFN = 0xf8,  /* 1f.0 */
	SATA_DEVFN = 0xfa, /* 1f.2 */
	SMBUS_DEVFN = 0xfb,

	TPM_TIS_SIZE = 0x5000,
	/* APIC ids below this fit the old xAPIC structures. */
	XAPIC_IDS = 255,
};

#define GiB	       ((uint64_t)1 << 30)
#define FOUR_GiB       ((uint64_t)1 << 32)
#define TPM_TIS_BASE   0xfed40000u
#define ECAM_SIZE      0x10000000u
#define PCI_MEM32_LAST 0xfebfffffu
#define LOW_MEM_LIMIT  0xb0000000u /* less RAM than this lies in one piece */
#define LOW_MEM_SPLIT  0x80000000u /* else this much lies below 4 GiB */

/* Everything a table's writer may ask. */
struct rv_tables {
	struct rv_aml aml;
	const struct rv_acpi_machine *m;
	const struct rv_qemu_acpi *qemu; /* what the version decides */
};

/* RAM below 4 GiB. */
static inline uint64_t rv_low_mem(const struct rv_acpi_machine *m)
{
	return m->memory < LOW_MEM_LIMIT ? m->memory : LOW_MEM_SPLIT;
}

/* ---- tables ---- */

/* A header without its length, which rv_table_end() fills in. */
size_t rv_table_begin(struct rv_tables *t, const char *signature,
		      unsigned revision);
void rv_table_end(struct rv_tables *t, size_t start);

void rv_facs(struct rv_tables *t);
void rv_dsdt(struct rv_tables *t);
void rv_fadt(struct rv_tables *t, size_t facs, size_t dsdt);
void rv_madt(struct rv_tables *t);
void rv_srat(struct rv_tables *t);
void rv_tpm2(struct rv_tables *t);
void rv_mcfg(struct rv_tables *t);
void rv_waet(struct rv_tables *t);
void rv_rsdt(struct rv_tables *t, const size_t *table, size_t n);

enum { MADT_CPU_MAX = 16 };
/* The MADT's entry of one CPU, which is its _MAT too; returns its length. */
size_t rv_madt_cpu(uint32_t cpu, uint8_t out[MADT_CPU_MAX]);
/* The NUMA node of a CPU. */
uint32_t rv_cpu_node(const struct rv_acpi_machine *m, uint32_t cpu);

/* ---- parts of the DSDT ---- */

void rv_dsdt_dbg(struct rv_tables *t);
void rv_dsdt_pci0(struct rv_tables *t);
/* _OSC of a root bridge; @native: native PCIe hotplug is offered. */
void rv_dsdt_osc(struct rv_aml *w, bool native);
/* What a _DSM begins with: an empty answer, in Local0, to anybody else. */
/* Is Arg0 this UUID? The operand of an If. */
void rv_dsdt_is_uuid(struct rv_aml *w, const uint8_t uuid[16]);
void rv_dsdt_dsm_function0(struct rv_aml *w);
void rv_dsdt_hotplug(struct rv_tables *t);
void rv_dsdt_pic(struct rv_tables *t);
void rv_dsdt_links(struct rv_tables *t);
/* One entry of a _PRT: @pin of @slot leads to @link. */
void rv_dsdt_route(struct rv_aml *w, unsigned slot, unsigned pin,
		   const char link[5]);
void rv_dsdt_gpe(struct rv_tables *t);
void rv_dsdt_cpus(struct rv_tables *t);
void rv_dsdt_pxb(struct rv_tables *t, const struct rv_acpi_pxb *pxb);
void rv_dsdt_pci0_crs(struct rv_tables *t);
void rv_dsdt_sleep(struct rv_tables *t);
void rv_dsdt_fw_cfg(struct rv_tables *t);
void rv_dsdt_bus0(struct rv_tables *t);
void rv_dsdt_isa(struct rv_tables *t);
void rv_dsdt_tpm(struct rv_tables *t);
void rv_dsdt_port(struct rv_tables *t, uint32_t port);
void rv_dsdt_port_notify(struct rv_tables *t);
void rv_dsdt_gpe_hotplug(struct rv_tables *t);

/* "S08": the device of one devfn of bus 0. */
void rv_slot_name(char out[4], unsigned devfn);
static inline unsigned rv_port_devfn(const struct rv_acpi_machine *m,
				     uint32_t port)
{
	return (m->endpoints + 1 + port) << 3;
}

/* ---- other blobs ---- */

/* Facts in range and in agreement; RV_INPUT names the one that is not. */
RV_MUST bool rv_acpi_machine_check(const struct rv_acpi_machine *m,
				   struct rv_err *err);

enum {
	FACS_SIZE = 64,
	FADT_SIZE = 244,
	MCFG_SIZE = 60,
	WAET_SIZE = 40,
	RSDT_HEADER = 36,
};

#endif
