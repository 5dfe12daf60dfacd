/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpt.c - a GUID partition table (UEFI 2.10, 5.3), and what firmware measures
 * of it (TCG PC Client Platform Firmware Profile, UEFI_GPT_DATA): the header,
 * the number of entries in use, and these.
 */
#include "base.h"
#include "crc32.h"

#include <refval/uki.h>

enum {
	MBR_ENTRIES = 446,
	MBR_ENTRY = 16,
	MBR_SIGNATURE = 510,
	PROTECTIVE = 0xee,
	CRC = 16, /* of the header, in it */
};

struct header {
	uint64_t first, last; /* usable sectors */
	uint64_t entries;     /* sector */
	uint32_t count, crc;
};

/* UEFI 5.2.3: one entry for the whole disk, from sector 1. */
static bool protective(struct rv_span head, struct rv_err *err)
{
	const uint8_t *p = head.p;

	if (head.n < 512 || p[MBR_SIGNATURE] != 0x55 ||
	    p[MBR_SIGNATURE + 1] != 0xaa)
		return rv_fail(err, RV_INPUT, "disk: no MBR in sector 0");
	for (size_t i = 0; i < 4; i++) {
		const uint8_t *e = p + MBR_ENTRIES + i * MBR_ENTRY;

		if (e[4] == PROTECTIVE && rv_num(rv_span(e + 8, 4)) == 1)
			return true;
	}
	return rv_fail(err, RV_INPUT,
		       "disk: no protective MBR, so firmware sees no GPT");
}

static bool checksum(struct rv_span header, uint32_t want, struct rv_err *err)
{
	static const uint8_t zero[4];
	uint32_t crc = rv_crc32(0, rv_span(header.p, CRC));

	crc = rv_crc32(crc, rv_span(zero, sizeof zero));
	crc = rv_crc32(crc, rv_span(header.p + CRC + 4, header.n - CRC - 4));
	return crc == want ||
	       rv_fail(err, RV_INPUT,
		       "gpt: the header's CRC-32 is %08x, not %08x", crc, want);
}

static bool read_header(struct rv_span s, struct header *h, struct rv_err *err)
{
	struct rv_rd r = rv_rd(s, "gpt");
	struct rv_span magic = rv_take(&r, 8, "signature");
	uint32_t revision = rv_le32(&r, "revision");
	uint32_t size = rv_le32(&r, "header size");
	uint32_t crc = rv_le32(&r, "CRC"), entry;
	uint64_t mine;

	if (!rv_rd_ok(&r, err))
		return false;
	if (!rv_same_text(magic, "EFI PART") || revision != 0x10000 ||
	    size != RV_GPT_HEADER)
		return rv_fail(err, RV_INPUT,
			       "gpt: no \"EFI PART\" of revision 1.0 with a "
			       "header of %d bytes in sector 1",
			       RV_GPT_HEADER);
	rv_le32(&r, "reserved");
	mine = rv_le64(&r, "own sector");
	rv_le64(&r, "other header");
	h->first = rv_le64(&r, "first usable sector");
	h->last = rv_le64(&r, "last usable sector");
	rv_take(&r, 16, "disk GUID");
	h->entries = rv_le64(&r, "entries");
	h->count = rv_le32(&r, "count");
	entry = rv_le32(&r, "entry size");
	h->crc = rv_le32(&r, "entries' CRC");
	if (!rv_rd_end(&r, err) || !checksum(s, crc, err))
		return false;
	if (mine != 1 || entry != RV_GPT_ENTRY || !h->count ||
	    h->count > RV_GPT_ENTRIES_MAX || h->first > h->last)
		return rv_fail(err, RV_INPUT,
			       "gpt: a header of sector %" PRIu64 ", %u entries"
			       " of %u bytes, sectors %" PRIu64 " to %" PRIu64,
			       mine, h->count, entry, h->first, h->last);
	return true;
}

static bool read_entry(struct rv_span entry, const struct header *h,
		       struct rv_gpt *g, struct rv_err *err)
{
	struct rv_gpt_partition *p = &g->part[g->n];
	uint64_t first = rv_num(rv_span(entry.p + 32, 8));
	uint64_t last = rv_num(rv_span(entry.p + 40, 8));

	/* An entry without a type is not in use, whatever else it holds. */
	if (rv_all_zero(rv_span(entry.p, sizeof p->type)))
		return true;
	if (first < h->first || last > h->last || first > last)
		return rv_fail(err, RV_INPUT,
			       "gpt: partition %zu has sectors %" PRIu64
			       " to %" PRIu64 " of %" PRIu64 " to %" PRIu64,
			       g->n + 1, first, last, h->first, h->last);
	p->entry = entry;
	memcpy(p->type, entry.p, sizeof p->type);
	memcpy(p->id, entry.p + 16, sizeof p->id);
	p->first = first * g->sector;
	p->n = (last - first + 1) * g->sector;
	g->n++;
	return true;
}

bool rv_gpt_read(struct rv_span head, uint64_t size, uint32_t sector,
		 struct rv_gpt *out, struct rv_err *err)
{
	struct rv_gpt g = { .sector = sector };
	struct rv_span entries, entry;
	struct header h = { 0 };

	if (sector != 512 && sector != 4096)
		return rv_fail(err, RV_INPUT, "disk: sectors of %u bytes",
			       sector);
	if (!protective(head, err))
		return false;
	if (head.n > size || !rv_sub(head, sector, RV_GPT_HEADER, &g.header))
		return rv_fail(err, RV_INPUT,
			       "gpt: a disk of %" PRIu64 " bytes has none",
			       size);
	if (!read_header(g.header, &h, err))
		return false;
	if (h.last >= size / sector)
		return rv_fail(err, RV_INPUT,
			       "gpt: up to sector %" PRIu64 ", and the disk "
			       "has %" PRIu64,
			       h.last, size / sector);
	if (h.entries < 2 || h.entries > head.n / sector ||
	    !rv_sub(head, h.entries * sector, (uint64_t)h.count * RV_GPT_ENTRY,
		    &entries))
		return rv_fail(err, RV_INPUT,
			       "gpt: entries at sector %" PRIu64
			       ", not at the disk's start",
			       h.entries);
	if (rv_crc32(0, entries) != h.crc)
		return rv_fail(err, RV_INPUT,
			       "gpt: the entries' CRC-32 is not %08x", h.crc);
	for (uint32_t i = 0; i < h.count; i++)
		if (!rv_sub(entries, (uint64_t)i * RV_GPT_ENTRY, RV_GPT_ENTRY,
			    &entry) ||
		    !read_entry(entry, &h, &g, err))
			return false;
	*out = g;
	return true;
}

bool rv_gpt_event(const struct rv_gpt *gpt, struct rv_buf *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };

	rv_grow_add(&to, gpt->header.p, gpt->header.n);
	rv_grow_le(&to, gpt->n, 8);
	for (size_t i = 0; i < gpt->n; i++)
		rv_grow_add(&to, gpt->part[i].entry.p, gpt->part[i].entry.n);
	return rv_grow_take(&to, out, err);
}

bool rv_gpt_is_event(struct rv_span s)
{
	struct rv_span n;

	return rv_starts(s, rv_text("EFI PART")) &&
	       rv_sub(s, RV_GPT_HEADER, 8, &n) &&
	       rv_num(n) <= RV_GPT_ENTRIES_MAX &&
	       s.n == RV_GPT_HEADER + 8 + rv_num(n) * RV_GPT_ENTRY;
}
