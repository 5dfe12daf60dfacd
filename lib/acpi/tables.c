/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables.c - the header that all tables have, and the tables of a few bytes:
 * FACS, MCFG, WAET, TPM2, RSDT. Checksums stay 0: the loader script asks the
 * firmware to fill them in. Pointers hold offsets into the blob.
 */
#include "tables.h"

enum {
	LENGTH_AT = 4,
	CREATOR_REVISION = 1,
	OEM_REVISION = 1,
	TPM2_TIS = 6, /* start method: memory mapped I/O */
	TPM_LOG_SIZE = 0x10000,
};

/* ACPI 6.5, 5.2.6 */
size_t rv_table_begin(struct rv_tables *t, const char *signature,
		      unsigned revision)
{
	struct rv_aml *w = &t->aml;
	size_t start = w->n;

	rv_aml_bytes(w, signature, 4);
	rv_aml_le(w, 0, 4); /* length */
	rv_aml_u8(w, revision);
	rv_aml_u8(w, 0); /* checksum */
	rv_aml_bytes(w, t->m->oem_id, 6);
	rv_aml_bytes(w, t->m->oem_table_id, 8);
	rv_aml_le(w, OEM_REVISION, 4);
	rv_aml_bytes(w, "BXPC", 4);
	rv_aml_le(w, CREATOR_REVISION, 4);
	return start;
}

void rv_table_end(struct rv_tables *t, size_t start)
{
	size_t n = t->aml.n - start;

	if (t->aml.failed)
		return;
	for (size_t i = 0; i < 4; i++, n >>= 8)
		t->aml.p[start + LENGTH_AT + i] = (uint8_t)n;
}

/* ACPI 6.5, 5.2.10: no header of the common kind. */
void rv_facs(struct rv_tables *t)
{
	rv_aml_bytes(&t->aml, "FACS", 4);
	rv_aml_le(&t->aml, FACS_SIZE, 4);
	rv_aml_zeros(&t->aml, FACS_SIZE - 8);
}

/* PCI Firmware Specification 3.3, 4.1.2: one segment, buses 0 to 255. */
void rv_mcfg(struct rv_tables *t)
{
	size_t start = rv_table_begin(t, "MCFG", 1);

	rv_aml_zeros(&t->aml, 8);
	rv_aml_le(&t->aml, t->m->ecam, 8);
	rv_aml_le(&t->aml, 0, 2);
	rv_aml_u8(&t->aml, 0);
	rv_aml_u8(&t->aml, 0xff);
	rv_aml_zeros(&t->aml, 4);
	rv_table_end(t, start);
}

/* Windows ACPI Emulated Devices Table: the PM timer reads well. */
void rv_waet(struct rv_tables *t)
{
	size_t start = rv_table_begin(t, "WAET", 1);

	rv_aml_le(&t->aml, 1 << 1, 4);
	rv_table_end(t, start);
}

/* TCG ACPI Specification 1.2, section 7: TPM2. */
void rv_tpm2(struct rv_tables *t)
{
	size_t start = rv_table_begin(t, "TPM2", 4);

	rv_aml_zeros(&t->aml, 4 + 8); /* platform class, control area */
	rv_aml_le(&t->aml, TPM2_TIS, 4);
	rv_aml_zeros(&t->aml, 12); /* start method parameters */
	rv_aml_le(&t->aml, TPM_LOG_SIZE, 4);
	rv_aml_le(&t->aml, 0, 8); /* log address: the loader's business */
	rv_table_end(t, start);
}

/* ACPI 6.5, 5.2.7 */
void rv_rsdt(struct rv_tables *t, const size_t *table, size_t n)
{
	size_t start = rv_table_begin(t, "RSDT", 1);

	for (size_t i = 0; i < n; i++)
		rv_aml_le(&t->aml, table[i], 4);
	rv_table_end(t, start);
}
