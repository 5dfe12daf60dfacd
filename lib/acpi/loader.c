/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader.c - etc/table-loader: what the firmware shall do with the other files.
 * Commands of 128 bytes: get memory for a file, put the address of one file
 * into another, fill in a checksum.
 */
#include "tables.h"

enum {
	COMMAND = 128,
	FILE_NAME = 56,
	BLOCK = 4096, /* the blob's size is a multiple of it */

	ALLOCATE = 1,
	ADD_POINTER = 2,
	ADD_CHECKSUM = 3,
	ZONE_HIGH = 1,
	ZONE_FSEG = 2, /* where the OS looks for the RSDP */
	RSDP_ALIGN = 16,
	TABLES_ALIGN = 64,
	LOG_ALIGN = 1,

	CHECKSUM_AT = 9, /* in every table's header */
	RSDP_CHECKSUM_AT = 8,
	RSDP_TABLE_AT = 16,
	RSDP_SIZE = 20,
	FACP_FACS_AT = 36,
	FACP_DSDT_AT = 40,
	FACP_X_DSDT_AT = 140,
	TPM2_LOG_AT = 68,
	RSDT_ENTRIES_AT = 36,
};

static const char rsdp_file[] = "etc/acpi/rsdp";
static const char tables_file[] = "etc/acpi/tables";
static const char tpm_log_file[] = "etc/tpm/log";

static void zeros(struct rv_grow *g, size_t n)
{
	while (n--)
		rv_grow_u8(g, 0);
}

static void file_name(struct rv_grow *g, const char *name)
{
	rv_grow_text(g, name);
	zeros(g, FILE_NAME - strlen(name));
}

static void allocate(struct rv_grow *g, const char *file, unsigned align,
		     unsigned zone)
{
	rv_grow_le(g, ALLOCATE, 4);
	file_name(g, file);
	rv_grow_le(g, align, 4);
	rv_grow_u8(g, zone);
	zeros(g, COMMAND - 4 - FILE_NAME - 4 - 1);
}

static void add_pointer(struct rv_grow *g, const char *file,
			const char *pointee, size_t at, unsigned size)
{
	rv_grow_le(g, ADD_POINTER, 4);
	file_name(g, file);
	file_name(g, pointee);
	rv_grow_le(g, at, 4);
	rv_grow_u8(g, size);
	zeros(g, COMMAND - 4 - 2 * FILE_NAME - 4 - 1);
}

static void add_checksum(struct rv_grow *g, const char *file, size_t result,
			 size_t start, size_t length)
{
	rv_grow_le(g, ADD_CHECKSUM, 4);
	file_name(g, file);
	rv_grow_le(g, result, 4);
	rv_grow_le(g, start, 4);
	rv_grow_le(g, length, 4);
	zeros(g, COMMAND - 4 - FILE_NAME - 3 * 4);
}

static void table_checksum(struct rv_grow *g, size_t at, size_t end)
{
	add_checksum(g, tables_file, at + CHECKSUM_AT, at, end - at);
}

/* The tables one behind the other: each ends where the next begins. */
static void checksums(struct rv_grow *g, const struct rv_layout *at)
{
	size_t after_tpm2 = at->srat ? at->srat : at->mcfg;

	table_checksum(g, at->apic, at->tpm2 ? at->tpm2 : after_tpm2);
	if (at->tpm2) {
		add_pointer(g, tables_file, tpm_log_file,
			    at->tpm2 + TPM2_LOG_AT, 8);
		table_checksum(g, at->tpm2, after_tpm2);
	}
	if (at->srat)
		table_checksum(g, at->srat, at->mcfg);
	table_checksum(g, at->mcfg, at->waet);
	table_checksum(g, at->waet, at->rsdt);
}

bool rv_loader(const struct rv_layout *at, struct rv_buf *out,
	       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	allocate(&g, rsdp_file, RSDP_ALIGN, ZONE_FSEG);
	if (at->tpm2)
		allocate(&g, tpm_log_file, LOG_ALIGN, ZONE_HIGH);
	allocate(&g, tables_file, TABLES_ALIGN, ZONE_HIGH);
	table_checksum(&g, at->dsdt, at->facp);
	add_pointer(&g, tables_file, tables_file, at->facp + FACP_FACS_AT, 4);
	add_pointer(&g, tables_file, tables_file, at->facp + FACP_DSDT_AT, 4);
	add_pointer(&g, tables_file, tables_file, at->facp + FACP_X_DSDT_AT, 8);
	table_checksum(&g, at->facp, at->apic);
	checksums(&g, at);
	for (size_t p = at->rsdt + RSDT_ENTRIES_AT; p < at->end; p += 4)
		add_pointer(&g, tables_file, tables_file, p, 4);
	table_checksum(&g, at->rsdt, at->end);
	add_pointer(&g, rsdp_file, tables_file, RSDP_TABLE_AT, 4);
	add_checksum(&g, rsdp_file, RSDP_CHECKSUM_AT, 0, RSDP_SIZE);
	if (!g.failed)
		zeros(&g, (BLOCK - g.buf.n % BLOCK) % BLOCK);
	return rv_grow_take(&g, out, err) || rv_in(err, "acpi loader");
}
