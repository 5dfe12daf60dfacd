/* SPDX-License-Identifier: Apache-2.0 */
/* blobs.c - the tables, the RSDP and the loader put together. */
#include "tables.h"
#include "digest.h"

#include <stdlib.h>

enum {
	TABLES_BLOCK = 0x20000, /* etc/acpi/tables is a multiple of it */
	TPM_LOG_SIZE = 0x10000,
	HEADER = 36, /* the smallest table but the FACS */
	/* About what the tables take, so that one allocation does. */
	ROOM_BASE = 32768,
	ROOM_PER_CPU = 160,
};

/* Write a table; its place is noted for the RSDT. */
static size_t write_table(struct rv_tables *t,
			  void (*write)(struct rv_tables *),
			  size_t at[RV_ACPI_TABLES_MAX], size_t *n)
{
	size_t start = t->aml.n;

	at[(*n)++] = start;
	write(t);
	return t->aml.n - start;
}

/* All tables, one behind the other. */
static void write_tables(struct rv_tables *t, struct rv_acpi_lengths *len)
{
	size_t at[RV_ACPI_TABLES_MAX], n = 0;

	rv_facs(t);
	rv_dsdt(t);
	len->dsdt = t->aml.n - FACS_SIZE;
	at[n++] = t->aml.n;
	rv_fadt(t, 0, FACS_SIZE);
	len->apic = write_table(t, rv_madt, at, &n);
	len->tpm2 = t->m->tpm ? write_table(t, rv_tpm2, at, &n) : 0;
	len->srat = t->m->nodes ? write_table(t, rv_srat, at, &n) : 0;
	write_table(t, rv_mcfg, at, &n);
	write_table(t, rv_waet, at, &n);
	rv_rsdt(t, at, n);
}

static void tables_free(struct rv_tables *t)
{
	rv_aml_free(&t->aml);
}

static bool find_version(struct rv_tables *t, struct rv_err *err)
{
	const struct rv_qemu *v = &t->m->qemu;
	const struct rv_qemu_row *row = rv_qemu_find(v);

	if (!v->major)
		return rv_fail(err, RV_INPUT, "the QEMU version is not known");
	if (!row)
		return rv_fail(err, RV_INPUT,
			       "QEMU %u.%u.%u: the tables of versions %s to"
			       " %s are known",
			       v->major, v->minor, v->micro, rv_qemu_oldest(),
			       rv_qemu_newest());
	t->qemu = &row->acpi;
	return true;
}

/*
 * The blob as it is read, or unpadded where only lengths are asked for; in the
 * memory of the blob that is in @out, if there is one.
 */
static bool build_tables(const struct rv_acpi_machine *m, bool padded,
			 struct rv_buf *out, struct rv_acpi_lengths *len,
			 struct rv_err *err)
{
	RV_AUTO(tables_free)
	struct rv_tables t = { .m = m, .aml = { .p = out->p, .room = out->n } };
	struct rv_aml *w = &t.aml;
	size_t room;

	*out = (struct rv_buf){ 0 };
	if (!find_version(&t, err))
		return false;
	room = ROOM_BASE + ROOM_PER_CPU * (size_t)m->cpus;
	rv_aml_reserve(w, padded && room < TABLES_BLOCK ? TABLES_BLOCK : room);
	write_tables(&t, len);
	if (w->broken || w->depth)
		return rv_fail(err, RV_SYSTEM, "acpi: AML that cannot be said");
	if (padded && !w->failed)
		rv_aml_zeros(w, (TABLES_BLOCK - w->n % TABLES_BLOCK) %
				    TABLES_BLOCK);
	if (w->failed)
		return rv_no_memory(err, "acpi tables");
	*out = (struct rv_buf){ w->p, w->n };
	t.aml = (struct rv_aml){ 0 };
	return true;
}

bool rv_acpi_lengths(const struct rv_acpi_machine *m,
		     struct rv_acpi_lengths *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf tables = { 0 };

	return rv_acpi_machine_check(m, err) &&
	       build_tables(m, false, &tables, out, err);
}

bool rv_acpi_other_lengths(const struct rv_acpi_machine *m,
			   struct rv_acpi_lengths *out, struct rv_err *err)
{
	RV_AUTO(tables_free) struct rv_tables t = { .m = m };
	struct rv_acpi_lengths len = { 0 };
	size_t at[RV_ACPI_TABLES_MAX], n = 0;

	if (!rv_acpi_machine_check(m, err) || !find_version(&t, err))
		return false;
	len.apic = write_table(&t, rv_madt, at, &n);
	len.tpm2 = m->tpm ? write_table(&t, rv_tpm2, at, &n) : 0;
	len.srat = m->nodes ? write_table(&t, rv_srat, at, &n) : 0;
	if (t.aml.failed)
		return rv_no_memory(err, "acpi tables");
	*out = len;
	return true;
}

/* ACPI 6.5, 5.2.5.3, revision 0. */
void rv_acpi_rsdp(size_t rsdt, const char oem_id[7],
		  uint8_t out[RV_ACPI_RSDP_SIZE])
{
	memcpy(out, "RSD PTR ", 8);
	out[8] = 0; /* checksum */
	memcpy(out + 9, oem_id, 6);
	out[15] = 0; /* revision */
	for (size_t i = 0; i < 4; i++)
		out[16 + i] = (uint8_t)(rsdt >> 8 * i);
}

static bool build_tpm_log(struct rv_buf *out, struct rv_err *err)
{
	uint8_t *p = calloc(1, TPM_LOG_SIZE);

	if (!p)
		return rv_no_memory(err, "TPM log");
	*out = (struct rv_buf){ p, TPM_LOG_SIZE };
	return true;
}

bool rv_acpi_rebuild(const struct rv_acpi_machine *m,
		     struct rv_acpi_blobs *blobs, struct rv_err *err)
{
	RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs b = { 0 };
	struct rv_acpi_lengths len;
	uint8_t rsdp[RV_ACPI_RSDP_SIZE];

	b.tables = RV_TAKE(blobs->tables);
	rv_acpi_blobs_free(blobs);
	if (!rv_acpi_machine_check(m, err) ||
	    !build_tables(m, true, &b.tables, &len, err))
		return false;
	rv_acpi_rsdp(rv_acpi_rsdt(&len), m->oem_id, rsdp);
	if (!rv_buf_copy(rv_span(rsdp, sizeof rsdp), &b.rsdp, err) ||
	    !rv_acpi_loader(&len, &b.loader, err))
		return false;
	if (m->tpm && !build_tpm_log(&b.tpm_log, err))
		return false;
	*blobs = RV_TAKE(b);
	return true;
}

bool rv_acpi_build(const struct rv_acpi_machine *m, struct rv_acpi_blobs *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs b = { 0 };

	if (!rv_acpi_rebuild(m, &b, err))
		return false;
	*out = RV_TAKE(b);
	return true;
}

void rv_acpi_blobs_free(struct rv_acpi_blobs *b)
{
	rv_buf_free(&b->loader);
	rv_buf_free(&b->rsdp);
	rv_buf_free(&b->tables);
	rv_buf_free(&b->tpm_log);
}

bool rv_acpi_hash(const struct rv_acpi_blobs *blobs,
		  struct rv_acpi_digests *out, struct rv_err *err)
{
	struct rv_acpi_digests d = { 0 };

	d.has_tpm_log = blobs->tpm_log.n != 0;
	if (!rv_sha384(rv_buf_span(&blobs->loader), &d.loader, err) ||
	    !rv_sha384(rv_buf_span(&blobs->rsdp), &d.rsdp, err) ||
	    !rv_sha384(rv_buf_span(&blobs->tables), &d.tables, err))
		return false;
	if (d.has_tpm_log &&
	    !rv_sha384(rv_buf_span(&blobs->tpm_log), &d.tpm_log, err))
		return false;
	*out = d;
	return true;
}

bool rv_acpi_tables(struct rv_span blob,
		    struct rv_acpi_table out[RV_ACPI_TABLES_MAX], size_t *n,
		    struct rv_err *err)
{
	struct rv_rd r = rv_rd(blob, "acpi tables");
	size_t count = 0;

	while (rv_rd_left(&r) >= HEADER) {
		struct rv_rd head = r;
		struct rv_span sig = rv_take(&head, 4, "signature");
		uint32_t length = rv_le32(&head, "length");
		struct rv_acpi_table *t = &out[count];

		if (rv_all_zero(sig) && !length)
			break; /* the padding */
		if (count == RV_ACPI_TABLES_MAX)
			return rv_fail(err, RV_INPUT,
				       "acpi tables: more than %d",
				       RV_ACPI_TABLES_MAX);
		if (length < HEADER)
			return rv_fail(err, RV_INPUT,
				       "acpi tables: table %zu: length %u",
				       count, length);
		memcpy(t->signature, sig.p, 4);
		t->signature[4] = '\0';
		t->offset = r.off;
		t->data = rv_take(&r, length, "table");
		if (!rv_rd_ok(&r, err))
			return false;
		count++;
	}
	*n = count;
	return true;
}
