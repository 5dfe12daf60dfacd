/* SPDX-License-Identifier: Apache-2.0 */
/* tdvf.c - find the TDX metadata in a firmware image and read its sections. */
#include "base.h"
#include "tdvf.h"

enum {
	MAGIC = 0x46564454, /* "TDVF" */
	HEADER = 16,
	ENTRY = 32,
	PAGE = 4096,
};

/* What all sections together may cover: far above any firmware's need. */
#define COVER_MAX ((uint64_t)256 << 20)

/* 96b582de-1fb2-45f7-baea-a366c55a082d: the table ends 32 bytes before @fw. */
static const uint8_t footer_guid[16] = {
	0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45,
	0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d,
};
/* e47a6535-984a-4798-865e-4685a7bf8ec2: offset of the TDX metadata. */
static const uint8_t metadata_guid[16] = {
	0x35, 0x65, 0x7a, 0xe4, 0x4a, 0x98, 0x98, 0x47,
	0x86, 0x5e, 0x46, 0x85, 0xa7, 0xbf, 0x8e, 0xc2,
};

/*
 * The table sits below the reset vector and is read upwards: each entry is
 * its data, then its whole length (u16), then its GUID.
 */
static bool cut_entry(struct rv_span *table, struct rv_span *guid,
		      struct rv_span *data)
{
	struct rv_span len;

	return rv_cut(table, 16, guid) && rv_cut(table, 2, &len) &&
	       rv_num(len) >= 18 && rv_cut(table, rv_num(len) - 18, data);
}

/* The metadata itself, as far as the end of the image. */
static bool find_metadata(struct rv_span fw, struct rv_span *out,
			  struct rv_err *err)
{
	struct rv_span rest = fw, reset, guid, table, data;

	if (!rv_cut(&rest, 32, &reset) || !cut_entry(&rest, &guid, &table) ||
	    memcmp(guid.p, footer_guid, 16) != 0)
		return rv_fail(err, RV_INPUT,
			       "firmware: no OVMF table at the end of %zu "
			       "bytes",
			       fw.n);
	while (cut_entry(&table, &guid, &data)) {
		if (memcmp(guid.p, metadata_guid, 16) != 0)
			continue;
		if (data.n != 4 || !rv_cut(&fw, rv_num(data), out))
			return rv_fail(err, RV_INPUT,
				       "firmware: TDX metadata lies outside "
				       "the %zu-byte image",
				       fw.n);
		return true;
	}
	return rv_fail(err, RV_INPUT, "firmware: no TDX metadata");
}

/*
 * The bytes that QEMU loads for a section of @raw bytes at @off: as many as the
 * section has in memory, whatever follows in the image. The design guide wants
 * zeros there, so a firmware where the two differ has no certain measurement.
 */
static bool load(struct rv_span fw, uint32_t off, uint32_t raw,
		 struct rv_section *s, struct rv_err *err)
{
	struct rv_span rest;

	if (raw == 0)
		return rv_fail(err, RV_INPUT, "a firmware volume of no bytes");
	if (!rv_sub(fw, off, raw, &rest))
		return rv_fail(err, RV_INPUT, "bytes %u+%u of a %zu-byte image",
			       off, raw, fw.n);
	if (!rv_sub(fw, off, s->size, &s->data))
		return rv_fail(err, RV_INPUT,
			       "%" PRIu64 " bytes in memory from %u bytes at "
			       "%u of a %zu-byte image",
			       s->size, raw, off, fw.n);
	if (!rv_sub(s->data, raw, s->size - raw, &rest) || !rv_all_zero(rest))
		return rv_fail(err, RV_INPUT,
			       "%" PRIu64 " bytes in memory from %u bytes, and "
			       "what follows them in the image is not zero",
			       s->size, raw);
	return true;
}

/* The checks QEMU makes before it starts a machine (hw/i386/tdvf.c). */
static bool check(struct rv_span fw, uint32_t off, uint32_t raw,
		  struct rv_section *s, struct rv_err *err)
{
	if (s->gpa % PAGE || s->size % PAGE)
		return rv_fail(err, RV_INPUT,
			       "%#" PRIx64 "+%#" PRIx64 ": not whole pages",
			       s->gpa, s->size);
	if (s->size < raw || s->size > COVER_MAX || s->gpa > UINT64_MAX / 2)
		return rv_fail(err, RV_INPUT,
			       "%u bytes of data for %" PRIu64
			       " bytes at %#" PRIx64,
			       raw, s->size, s->gpa);
	if (s->attr & ~(uint32_t)(RV_TDVF_EXTEND | RV_TDVF_AUG))
		return rv_fail(err, RV_INPUT, "attributes %#x", s->attr);
	if (s->type == RV_TDVF_BFV || s->type == RV_TDVF_CFV)
		return load(fw, off, raw, s, err);
	if (s->type != RV_TDVF_TD_HOB && s->type != RV_TDVF_TEMP_MEM)
		return rv_fail(err, RV_INPUT, "type %u, which QEMU has not",
			       s->type);
	if (raw != 0)
		return rv_fail(err, RV_INPUT, "type %u with %u bytes of data",
			       s->type, raw);
	if (s->attr & RV_TDVF_EXTEND)
		return rv_fail(err, RV_INPUT,
			       "type %u measured into MRTD: no known firmware "
			       "does that",
			       s->type);
	return true;
}

static bool read_sections(struct rv_span fw, struct rv_span meta,
			  struct rv_tdvf *out, struct rv_err *err)
{
	struct rv_rd r = rv_rd(meta, "tdvf");
	uint32_t magic = rv_le32(&r, "signature");
	uint32_t length = rv_le32(&r, "length");
	uint32_t version = rv_le32(&r, "version");
	uint32_t count = rv_le32(&r, "section count");
	uint64_t cover = 0;

	out->n = 0;
	if (!rv_rd_ok(&r, err))
		return false;
	if (magic != MAGIC || version != 1)
		return rv_fail(err, RV_INPUT, "tdvf: signature %#x, version %u",
			       magic, version);
	if (count < 1 || count > RV_TDVF_MAX ||
	    length != HEADER + ENTRY * count)
		return rv_fail(err, RV_INPUT, "tdvf: %u sections in %u bytes",
			       count, length);
	for (; out->n < count; out->n++) {
		struct rv_section *s = &out->section[out->n];
		uint32_t off = rv_le32(&r, "data offset");
		uint32_t raw = rv_le32(&r, "raw size");

		*s = (struct rv_section){ 0 };
		s->gpa = rv_le64(&r, "memory address");
		s->size = rv_le64(&r, "memory size");
		s->type = rv_le32(&r, "type");
		s->attr = rv_le32(&r, "attributes");
		if (!rv_rd_ok(&r, err) || !check(fw, off, raw, s, err))
			return rv_in(err, "tdvf: section %zu", out->n);
		cover += s->size;
		if (cover > COVER_MAX)
			return rv_fail(err, RV_INPUT,
				       "tdvf: sections cover more than %" PRIu64
				       " bytes",
				       COVER_MAX);
	}
	return true;
}

bool rv_tdvf_read(struct rv_span fw, struct rv_tdvf *out, struct rv_err *err)
{
	struct rv_tdvf t;
	struct rv_span meta;

	if (!find_metadata(fw, &meta, err) || !read_sections(fw, meta, &t, err))
		return false;
	*out = t;
	return true;
}

bool rv_tdvf_one(const struct rv_tdvf *t, enum rv_tdvf_type type,
		 const struct rv_section **out, struct rv_err *err)
{
	const struct rv_section *found = NULL;

	for (size_t i = 0; i < t->n; i++) {
		if (t->section[i].type != type)
			continue;
		if (found)
			return rv_fail(err, RV_INPUT,
				       "tdvf: two sections of type %u", type);
		found = &t->section[i];
	}
	if (!found)
		return rv_fail(err, RV_INPUT, "tdvf: no section of type %u",
			       type);
	*out = found;
	return true;
}
