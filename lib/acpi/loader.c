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
	FACP_FACS_AT = 36,
	FACP_DSDT_AT = 40,
	FACP_X_DSDT_AT = 140,
	TPM2_LOG_AT = 68,
};

static const char rsdp_file[] = "etc/acpi/rsdp";
static const char tables_file[] = "etc/acpi/tables";
static const char tpm_log_file[] = "etc/tpm/log";

static void zeros(struct rv_grow *g, size_t n)
{
	static const uint8_t block[BLOCK];

	rv_grow_add(g, block, n);
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

static void table_checksum(struct rv_grow *g, size_t at, size_t length)
{
	add_checksum(g, tables_file, at + CHECKSUM_AT, at, length);
}

/* The tables between FADT and RSDT; where the RSDT begins. */
static size_t checksums(struct rv_grow *g, const struct rv_acpi_lengths *n,
			size_t at)
{
	const size_t length[] = { n->apic, n->tpm2, n->srat, MCFG_SIZE,
				  WAET_SIZE };

	for (size_t i = 0; i < RV_LEN(length); i++) {
		if (!length[i])
			continue;
		if (i == 1)
			add_pointer(g, tables_file, tpm_log_file,
				    at + TPM2_LOG_AT, 8);
		table_checksum(g, at, length[i]);
		at += length[i];
	}
	return at;
}

/* FACP, APIC, MCFG and WAET are always there. */
static size_t rsdt_size(const struct rv_acpi_lengths *n)
{
	return RSDT_HEADER + 4 * (4u + (n->tpm2 != 0) + (n->srat != 0));
}

size_t rv_acpi_rsdt(const struct rv_acpi_lengths *n)
{
	return FACS_SIZE + n->dsdt + FADT_SIZE + n->apic + n->tpm2 + n->srat +
	       MCFG_SIZE + WAET_SIZE;
}

bool rv_acpi_loader(const struct rv_acpi_lengths *n, struct rv_buf *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	size_t facp = FACS_SIZE + n->dsdt, rsdt;

	allocate(&g, rsdp_file, RSDP_ALIGN, ZONE_FSEG);
	if (n->tpm2)
		allocate(&g, tpm_log_file, LOG_ALIGN, ZONE_HIGH);
	allocate(&g, tables_file, TABLES_ALIGN, ZONE_HIGH);
	table_checksum(&g, FACS_SIZE, n->dsdt);
	add_pointer(&g, tables_file, tables_file, facp + FACP_FACS_AT, 4);
	add_pointer(&g, tables_file, tables_file, facp + FACP_DSDT_AT, 4);
	add_pointer(&g, tables_file, tables_file, facp + FACP_X_DSDT_AT, 8);
	table_checksum(&g, facp, FADT_SIZE);
	rsdt = checksums(&g, n, facp + FADT_SIZE);
	for (size_t p = RSDT_HEADER; p < rsdt_size(n); p += 4)
		add_pointer(&g, tables_file, tables_file, rsdt + p, 4);
	table_checksum(&g, rsdt, rsdt_size(n));
	add_pointer(&g, rsdp_file, tables_file, RSDP_TABLE_AT, 4);
	add_checksum(&g, rsdp_file, RSDP_CHECKSUM_AT, 0, RV_ACPI_RSDP_SIZE);
	if (!g.failed)
		zeros(&g, (BLOCK - g.buf.n % BLOCK) % BLOCK);
	return rv_grow_take(&g, out, err) || rv_in(err, "acpi loader");
}
