/* SPDX-License-Identifier: Apache-2.0 */
/*
 * firmware.c - the volumes, files and sections of a firmware image (UEFI PI
 * 1.8, volume 3, chapters 2 and 3), searched for what tells its rules.
 */
#include "base.h"
#include "firmware.h"
#include "lzma.h"

enum {
	PAGE = 4096,
	FV_FIXED = 56,
	FFS_HEADER = 24,
	FFS_LARGE = 1,
	SECTION_GUIDED = 0x02,
	SECTION_VOLUME = 0x17,
	FILE_VOLUME = 0x0b,
	DEPTH_MAX = 4,
	UNPACKED_MAX = 64 << 20,
};

/* ee4e5898-3914-4259-9d6e-dc7bd79403cf: LZMA. */
static const uint8_t lzma_guid[16] = {
	0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42,
	0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf,
};
/* 7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1: the volume with the DXE drivers. */
static const uint8_t dxe_guid[16] = {
	0xc9, 0xbd, 0xb8, 0x7c, 0xeb, 0xf8, 0x34, 0x4f,
	0xaa, 0xea, 0x3e, 0xe4, 0xaf, 0x65, 0x16, 0xa1,
};
/* f062221e-c607-44c2-b0b4-c3886331d351 */
static const uint8_t td_tcg2_guid[16] = {
	0x1e, 0x22, 0x62, 0xf0, 0x07, 0xc6, 0xc2, 0x44,
	0xb0, 0xb4, 0xc3, 0x88, 0x63, 0x31, 0xd3, 0x51,
};
/* d27fed59-abb4-4fed-bead-2a878c7e4a7e */
static const uint8_t smbios_guid[16] = {
	0x59, 0xed, 0x7f, 0xd2, 0xb4, 0xab, 0xed, 0x4f,
	0xbe, 0xad, 0x2a, 0x87, 0x8c, 0x7e, 0x4a, 0x7e,
};
/* 4110465d-5ff3-4f4b-b580-24ed0d06747a */
static const uint8_t smbios_texts_guid[16] = {
	0x5d, 0x46, 0x10, 0x41, 0xf3, 0x5f, 0x4b, 0x4f,
	0xb5, 0x80, 0x24, 0xed, 0x0d, 0x06, 0x74, 0x7a,
};
/* f0e6a44f-7195-41c3-ac64-54f202cd0a21 */
static const uint8_t secure_guid[16] = {
	0x4f, 0xa4, 0xe6, 0xf0, 0x95, 0x71, 0xc3, 0x41,
	0xac, 0x64, 0x54, 0xf2, 0x02, 0xcd, 0x0a, 0x21,
};
/* 462caa21-7614-4503-836e-8ab6f4662331 */
static const uint8_t ui_guid[16] = {
	0x21, 0xaa, 0x2c, 0x46, 0x14, 0x76, 0x03, 0x45,
	0x83, 0x6e, 0x8a, 0xb6, 0xf4, 0x66, 0x23, 0x31,
};
/* eec25bdc-67f2-4d95-b1d5-f81b2039d11d */
static const uint8_t menu_guid[16] = {
	0xdc, 0x5b, 0xc2, 0xee, 0xf2, 0x67, 0x95, 0x4d,
	0xb1, 0xd5, 0xf8, 0x1b, 0x20, 0x39, 0xd1, 0x1d,
};

/* What is kept while walking. */
struct walk {
	struct rv_firmware *out;
	bool has_dxe; /* the DXE volume was found */
};

static bool contains(struct rv_span s, const char *word)
{
	size_t n = strlen(word);

	while (s.n >= n) {
		const uint8_t *p = memchr(s.p, word[0], s.n - n + 1);

		if (!p)
			return false;
		if (memcmp(p, word, n) == 0)
			return true;
		s = rv_span(p + 1, s.n - (size_t)(p - s.p) - 1);
	}
	return false;
}

static bool sections(struct walk *w, struct rv_span body, int depth,
		     struct rv_err *err);

/* A driver or application of the DXE volume. */
static void look_at_file(struct walk *w, const uint8_t *guid,
			 struct rv_span body)
{
	const struct {
		const uint8_t *guid;
		bool *found;
	} known[] = {
		{ td_tcg2_guid, &w->out->measures },
		{ smbios_guid, &w->out->smbios },
		{ secure_guid, &w->out->secure_boot },
		{ ui_guid, &w->out->ui_app },
		{ menu_guid, &w->out->boot_menu },
	};

	for (size_t i = 0; i < RV_LEN(known); i++)
		if (memcmp(known[i].guid, guid, 16) == 0)
			*known[i].found = true;
	if (memcmp(smbios_texts_guid, guid, 16) == 0)
		w->out->bios = rv_bios_read(body);
}

/* One FFS file at the reader; false at the end of the volume as well. */
static bool next_file(struct rv_rd *r, struct rv_span *guid, uint8_t *type,
		      struct rv_span *body)
{
	static const uint8_t erased[16] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					    0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					    0xff, 0xff, 0xff, 0xff };
	size_t header = FFS_HEADER;
	struct rv_span size3;
	uint8_t attributes;
	uint64_t size;

	rv_take(r, -r->off & 7, "alignment");
	if (rv_rd_left(r) < FFS_HEADER)
		return false;
	*guid = rv_take(r, 16, "file name");
	rv_le16(r, "file check");
	*type = rv_u8(r, "file type");
	attributes = rv_u8(r, "file attributes");
	size3 = rv_take(r, 3, "file size");
	rv_u8(r, "file state");
	if (memcmp(guid->p, erased, 16) == 0)
		return false;
	size = rv_num(size3);
	if (attributes & FFS_LARGE) {
		size = rv_le64(r, "file size");
		header += 8;
	}
	if (size < header || size - header > rv_rd_left(r)) {
		rv_take(r, SIZE_MAX, "file");
		return false;
	}
	*body = rv_take(r, (size_t)size - header, "file");
	return r->field == NULL;
}

static bool is_volume(struct rv_span s)
{
	struct rv_span sig;

	return rv_sub(s, 40, 4, &sig) && rv_same_text(sig, "_FVH");
}

/* One firmware volume; *@length is how much of @s it takes. */
static bool volume(struct walk *w, struct rv_span s, int depth,
		   uint64_t *length, struct rv_err *err)
{
	struct rv_rd r = rv_rd(s, "firmware volume");
	struct rv_span fv, name, guid, body;
	uint16_t header, extended;
	bool dxe = false;
	uint8_t type;

	rv_take(&r, 32, "header");
	*length = rv_le64(&r, "length");
	rv_take(&r, 8, "signature");
	header = rv_le16(&r, "header length");
	rv_le16(&r, "checksum");
	extended = rv_le16(&r, "extended header");
	if (!rv_rd_ok(&r, err))
		return false;
	if (header < FV_FIXED || *length < header ||
	    !rv_sub(s, 0, *length, &fv))
		return rv_fail(err, RV_INPUT,
			       "firmware volume of %" PRIu64
			       " bytes, header %u, in %zu",
			       *length, header, s.n);
	r = rv_rd(fv, "firmware volume");
	r.off = header;
	if (extended) {
		r.off = extended;
		name = rv_take(&r, 16, "name");
		dxe = name.n == 16 && memcmp(name.p, dxe_guid, 16) == 0;
		/* Its size counts from its own start. */
		header = (uint16_t)rv_le32(&r, "extended header size");
		rv_take(&r, header >= 20 ? header - 20u : SIZE_MAX,
			"extended header");
		if (!rv_rd_ok(&r, err))
			return false;
	}
	if (dxe) {
		w->has_dxe = true;
		w->out->acpi = contains(fv, "ACPI DATA");
		w->out->named_blobs = contains(fv, "etc/boot/");
		w->out->prefix = contains(fv, "initrd=initrd ");
		w->out->suffix = contains(fv, " initrd=initrd");
	}
	while (next_file(&r, &guid, &type, &body)) {
		if (dxe)
			look_at_file(w, guid.p, body);
		if (type == FILE_VOLUME && !sections(w, body, depth + 1, err))
			return false;
	}
	return rv_rd_ok(&r, err);
}

static bool guided(struct walk *w, struct rv_span section, size_t header,
		   int depth, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf plain = { 0 };
	struct rv_rd r = rv_rd(section, "guided section");
	struct rv_span guid, data;
	uint16_t at;

	rv_take(&r, header, "header");
	guid = rv_take(&r, 16, "GUID");
	at = rv_le16(&r, "data offset");
	if (!rv_rd_ok(&r, err))
		return false;
	if (memcmp(guid.p, lzma_guid, 16) != 0)
		return true;
	if (!rv_sub(section, at, section.n - (at < section.n ? at : section.n),
		    &data))
		return rv_fail(err, RV_INPUT,
			       "guided section: data at %u of %zu", at,
			       section.n);
	if (!rv_lzma_decode(data, UNPACKED_MAX, &plain, err))
		return false;
	w->out->fw_cfg |= contains(rv_buf_span(&plain), "QEMU FW CFG");
	return sections(w, rv_buf_span(&plain), depth + 1, err);
}

static bool sections(struct walk *w, struct rv_span body, int depth,
		     struct rv_err *err)
{
	size_t off = 0;

	if (depth > DEPTH_MAX)
		return true;
	while (body.n - off >= 4) {
		uint64_t size = rv_num(rv_span(body.p + off, 3)), skip;
		uint8_t type = body.p[off + 3];
		struct rv_span s, in, wide;
		size_t header = 4;

		if (size == 0xffffff && rv_sub(body, off + 4, 4, &wide)) {
			size = rv_num(wide);
			header = 8;
		}
		if (size < header || !rv_sub(body, off, size, &s) ||
		    !rv_sub(s, header, size - header, &in))
			return rv_fail(err, RV_INPUT,
				       "firmware section of %" PRIu64
				       " bytes at %zu of %zu",
				       size, off, body.n);
		if (type == SECTION_GUIDED && !guided(w, s, header, depth, err))
			return false;
		if (type == SECTION_VOLUME && is_volume(in) &&
		    !volume(w, in, depth, &skip, err))
			return false;
		off += (size_t)size;
		off += -off & 3;
		if (off > body.n)
			break;
	}
	return true;
}

bool rv_firmware_inspect(struct rv_span image, struct rv_firmware *out,
			 struct rv_err *err)
{
	struct rv_firmware f = { 0 };
	struct walk w = { .out = &f };
	uint64_t length;

	f.fw_cfg = contains(image, "QEMU FW CFG");
	for (struct rv_span rest = image; rest.n >= FV_FIXED;) {
		length = PAGE;
		if (is_volume(rest) && !volume(&w, rest, 0, &length, err))
			return rv_in(err, "firmware");
		if (length >= rest.n)
			break;
		rest = rv_span(rest.p + length, rest.n - (size_t)length);
	}
	if (!w.has_dxe)
		return rv_fail(err, RV_INPUT,
			       "firmware: no volume of OVMF's drivers in it");
	*out = f;
	return true;
}
