/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.c - what a launch needs to know of an OVMF build: the table at its
 * end (OVMF: ResetVectorVtf0.asm), read from its footer backwards, and the list
 * of sections that one of its entries points to (OvmfSevMetadata.asm).
 */
#include "snp.h"

#include <stdlib.h>

enum {
	FIRMWARE_MAX = 64 << 20,
	PAGE = 4096,
	RESET_VECTOR = 32, /* bytes behind the table */
	TAIL = 18,	   /* length and GUID, of the table and each entry */
	ENTRIES = 32,
};

/* GUIDs as their bytes lie in memory. */
static const uint8_t footer_guid[16] = { 0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f,
					 0xf7, 0x45, 0xba, 0xea, 0xa3, 0x66,
					 0xc5, 0x5a, 0x08, 0x2d };
static const uint8_t hashes_guid[16] = { 0x1f, 0x37, 0x55, 0x72, 0x3b, 0x3a,
					 0x04, 0x4b, 0x92, 0x7b, 0x1d, 0xa6,
					 0xef, 0xa8, 0xd4, 0x54 };
static const uint8_t reset_guid[16] = { 0xde, 0x71, 0xf7, 0x00, 0x7e, 0x1a,
					0xcb, 0x4f, 0x89, 0x0e, 0x68, 0xc7,
					0x7e, 0x2f, 0xb4, 0x4e };
static const uint8_t metadata_guid[16] = { 0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98,
					   0x98, 0x47, 0xa7, 0x5e, 0x55, 0x85,
					   0xa7, 0xbf, 0x67, 0xcc };

static const struct {
	const uint8_t *guid;
	size_t length;
} known[] = { { hashes_guid, 4 }, { reset_guid, 4 }, { metadata_guid, 4 } };

struct found {
	struct rv_span hashes, reset, metadata; /* empty: not there */
};

static bool keep(struct found *f, struct rv_span guid, struct rv_span data,
		 struct rv_err *err)
{
	struct rv_span *const to[] = { &f->hashes, &f->reset, &f->metadata };

	for (size_t i = 0; i < RV_LEN(known); i++) {
		if (!rv_same(guid, rv_span(known[i].guid, 16)))
			continue;
		if (to[i]->n)
			return rv_fail(err, RV_INPUT,
				       "firmware: an entry of its table is"
				       " there twice");
		/* The hashes' entry has a size behind the address. */
		if (data.n < known[i].length)
			return rv_fail(err, RV_INPUT,
				       "firmware: an entry of %zu bytes",
				       data.n);
		*to[i] = data;
	}
	return true;
}

/* One entry off the end of @table: its data, its length with both, its GUID. */
static bool take_entry(struct rv_span *table, struct found *f,
		       struct rv_err *err)
{
	struct rv_span guid, size, data;
	uint64_t n;

	if (!rv_cut(table, 16, &guid) || !rv_cut(table, 2, &size))
		return rv_fail(err, RV_INPUT,
			       "firmware: its table is cut short");
	n = rv_num(size);
	if (n < TAIL || !rv_cut(table, n - TAIL, &data))
		return rv_fail(err, RV_INPUT,
			       "firmware: an entry of its table says %" PRIu64
			       " bytes",
			       n);
	return keep(f, guid, data, err);
}

static bool read_table(struct rv_span file, struct found *f, struct rv_err *err)
{
	struct rv_span vector, guid, size, table;
	size_t n = 0;
	uint64_t length;

	if (!rv_cut(&file, RESET_VECTOR, &vector) ||
	    !rv_cut(&file, 16, &guid) || !rv_cut(&file, 2, &size) ||
	    !rv_same(guid, rv_span(footer_guid, 16)))
		return rv_fail(err, RV_INPUT,
			       "firmware: no table at its end, as OVMF has it");
	length = rv_num(size);
	if (length < TAIL || !rv_cut(&file, length - TAIL, &table))
		return rv_fail(err, RV_INPUT,
			       "firmware: its table says %" PRIu64 " bytes",
			       length);
	while (table.n) {
		if (++n > ENTRIES)
			return rv_fail(err, RV_INPUT,
				       "firmware: over %d entries", ENTRIES);
		if (!take_entry(&table, f, err))
			return false;
	}
	return true;
}

/* "ASEV", size, version 1, count, { address, size, type } ... */
static bool read_sections(struct rv_span file, struct rv_span pointer,
			  struct rv_snp_image *out, struct rv_err *err)
{
	uint64_t back = rv_num(rv_span(pointer.p, 4));
	struct rv_span meta = { 0 };
	struct rv_rd r;
	uint32_t size, version, count;

	if (back > file.n || !rv_sub(file, file.n - back, back, &meta))
		return rv_fail(err, RV_INPUT,
			       "firmware: SEV metadata %" PRIu64
			       " bytes from its end, of %zu",
			       back, file.n);
	r = rv_rd(meta, "SEV metadata");
	if (!rv_same_text(rv_take(&r, 4, "signature"), "ASEV"))
		return rv_fail(err, RV_INPUT,
			       "firmware: SEV metadata without ASEV");
	size = rv_le32(&r, "size");
	version = rv_le32(&r, "version");
	count = rv_le32(&r, "count");
	if (!rv_rd_ok(&r, err))
		return rv_in(err, "firmware");
	if (version != 1 || count > RV_SNP_SECTIONS || size < 16 + 12 * count)
		return rv_fail(err, RV_INPUT,
			       "firmware: SEV metadata: version %" PRIu32
			       ", %" PRIu32 " sections in %" PRIu32 " bytes",
			       version, count, size);
	for (uint32_t i = 0; i < count; i++) {
		out->section[i].gpa = rv_le32(&r, "address");
		out->section[i].size = rv_le32(&r, "size");
		out->section[i].type = rv_le32(&r, "type");
	}
	out->sections = count;
	return rv_rd_ok(&r, err) || rv_in(err, "firmware");
}

bool rv_snp_firmware(struct rv_span file, struct rv_snp_image *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_snp_image *i = calloc(1, sizeof *i);
	struct found f = { 0 };

	if (!i)
		return rv_no_memory(err, "firmware");
	if (!file.n || file.n % PAGE || file.n > FIRMWARE_MAX)
		return rv_fail(err, RV_INPUT,
			       "firmware: %zu bytes, not whole pages of up to"
			       " 64 MiB",
			       file.n);
	if (!read_table(file, &f, err))
		return false;
	if (!f.metadata.n || !f.reset.n)
		return rv_fail(err, RV_INPUT,
			       "firmware: built without SEV-SNP: no %s in its"
			       " table",
			       f.reset.n ? "SEV metadata" : "reset address");
	i->reset_eip = (uint32_t)rv_num(rv_span(f.reset.p, 4));
	if (f.hashes.n)
		i->hashes_gpa = rv_num(rv_span(f.hashes.p, 4));
	if (!read_sections(file, f.metadata, i, err) ||
	    !rv_snp_pages(file, (1ull << 32) - file.n, &i->firmware, err))
		return false;
	*out = *i;
	return true;
}
