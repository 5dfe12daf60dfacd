/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pe.c - the Authenticode digest of a PE/COFF image, as edk2 measures it:
 * "Windows Authenticode Portable Executable Signature Format", without the
 * padding to 8 bytes that signing tools add.
 */
#include "base.h"
#include "kernel.h"
#include "digest.h"

enum {
	SECTIONS_MAX = 96,
	COFF = 20,
	SECTION = 40,
	MAGIC_PE32 = 0x10b,
	MAGIC_PE32_PLUS = 0x20b,
	SECURITY = 4, /* index of the certificate directory */
	DIRECTORIES_MAX = 16,
};

struct piece {
	uint64_t off, n;
};

struct pe {
	uint64_t checksum;  /* offset of the CheckSum field */
	uint64_t directory; /* offset of the certificate entry, or 0 */
	uint64_t headers;   /* SizeOfHeaders */
	uint64_t cert;	    /* bytes of certificates at the end */
	struct piece section[SECTIONS_MAX]; /* by offset, none empty */
	size_t n;
};

static bool read_optional(struct rv_rd *r, uint64_t at, uint16_t size,
			  struct rv_span file, struct pe *pe,
			  struct rv_err *err)
{
	uint16_t magic = rv_le16(r, "optional header magic");
	size_t skip = magic == MAGIC_PE32_PLUS ? 44 : 28;
	uint32_t count, cert_at, cert_n;

	if (!rv_rd_ok(r, err))
		return false;
	if (magic != MAGIC_PE32 && magic != MAGIC_PE32_PLUS)
		return rv_fail(err, RV_INPUT, "pe: optional header magic %#x",
			       magic);
	/* SizeOfHeaders and CheckSum are at 60 and 64 in both forms. */
	rv_take(r, 58, "optional header");
	pe->headers = rv_le32(r, "SizeOfHeaders");
	pe->checksum = at + 64;
	rv_le32(r, "CheckSum");
	rv_take(r, skip - 4, "optional header");
	count = rv_le32(r, "NumberOfRvaAndSizes");
	if (!rv_rd_ok(r, err))
		return false;
	if (count > DIRECTORIES_MAX || size < 68 + skip + 8u * count)
		return rv_fail(err, RV_INPUT,
			       "pe: %u directories in an optional header of %u "
			       "bytes",
			       count, size);
	if (count <= SECURITY)
		return true;
	rv_take(r, 8 * SECURITY, "directories");
	pe->directory = at + 68 + skip + 8 * SECURITY;
	cert_at = rv_le32(r, "certificate offset");
	cert_n = rv_le32(r, "certificate size");
	if (!rv_rd_ok(r, err))
		return false;
	if (cert_n && (uint64_t)cert_at + cert_n != file.n)
		return rv_fail(err, RV_INPUT,
			       "pe: certificates at %u+%u of %zu bytes are not "
			       "at the end",
			       cert_at, cert_n, file.n);
	pe->cert = cert_n;
	return true;
}

/* Sections with bytes in the file, in order of their offset. */
static bool read_sections(struct rv_rd *r, uint16_t count, struct rv_span file,
			  struct pe *pe, struct rv_err *err)
{
	for (uint16_t i = 0; i < count; i++) {
		struct piece p;
		size_t k;

		rv_take(r, 16, "section header");
		p.n = rv_le32(r, "SizeOfRawData");
		p.off = rv_le32(r, "PointerToRawData");
		rv_take(r, SECTION - 24, "section header");
		if (!rv_rd_ok(r, err))
			return false;
		if (p.n == 0)
			continue;
		if (p.off < pe->headers || p.off + p.n > file.n - pe->cert)
			return rv_fail(err, RV_INPUT,
				       "pe: section %u at %" PRIu64 "+%" PRIu64
				       " of %zu bytes",
				       i, p.off, p.n, file.n);
		for (k = pe->n; k > 0 && pe->section[k - 1].off > p.off; k--)
			pe->section[k] = pe->section[k - 1];
		pe->section[k] = p;
		pe->n++;
	}
	for (size_t i = 1; i < pe->n; i++)
		if (pe->section[i - 1].off + pe->section[i - 1].n >
		    pe->section[i].off)
			return rv_fail(err, RV_INPUT,
				       "pe: sections overlap at %" PRIu64,
				       pe->section[i].off);
	return true;
}

static bool read_pe(struct rv_span file, struct pe *out, struct rv_err *err)
{
	struct pe pe = { 0 };
	struct rv_rd r = rv_rd(file, "pe");
	struct rv_span mz = rv_take(&r, 2, "MZ signature");
	uint32_t at;
	uint16_t sections, optional;

	rv_take(&r, 58, "DOS header");
	at = rv_le32(&r, "PE offset");
	if (!rv_rd_ok(&r, err))
		return false;
	if (!rv_same_text(mz, "MZ") || at < 64 || at > file.n)
		return rv_fail(err, RV_INPUT,
			       "pe: no MZ signature, or a PE header at %u", at);
	r.off = at;
	if (rv_le32(&r, "PE signature") != 0x4550 && rv_rd_ok(&r, err))
		return rv_fail(err, RV_INPUT, "pe: no PE signature at %u", at);
	rv_le16(&r, "machine");
	sections = rv_le16(&r, "section count");
	rv_take(&r, 12, "COFF header");
	optional = rv_le16(&r, "optional header size");
	rv_le16(&r, "characteristics");
	if (!rv_rd_ok(&r, err) || !read_optional(&r, (uint64_t)at + 4 + COFF,
						 optional, file, &pe, err))
		return false;
	if (sections > SECTIONS_MAX)
		return rv_fail(err, RV_INPUT, "pe: %u sections", sections);
	if (pe.headers > file.n - pe.cert ||
	    pe.headers < (uint64_t)at + 4 + COFF + optional +
			     (uint64_t)SECTION * sections)
		return rv_fail(err, RV_INPUT,
			       "pe: headers of %" PRIu64 " bytes in a file of "
			       "%zu",
			       pe.headers, file.n);
	r.off = (size_t)at + 4 + COFF + optional;
	if (!read_sections(&r, sections, file, &pe, err))
		return false;
	*out = pe;
	return true;
}

/* Bytes [@from, @to): as @head has them, and behind it as the file has. */
static bool hash(struct rv_digest *d, struct rv_span file, struct rv_span head,
		 uint64_t from, uint64_t to, struct rv_err *err)
{
	struct rv_span s;

	if (from < head.n) {
		uint64_t end = to < head.n ? to : head.n;

		if (!rv_sub(head, from, end - from, &s) ||
		    !rv_digest_add(d, s.p, s.n, err))
			return false;
		from = end;
	}
	if (from >= to)
		return true;
	if (!rv_sub(file, from, to - from, &s))
		return rv_fail(err, RV_INPUT,
			       "pe: bytes %" PRIu64 " to %" PRIu64 " of %zu",
			       from, to, file.n);
	return rv_digest_add(d, s.p, s.n, err);
}

bool rv_authenticode(struct rv_span file, struct rv_span head,
		     struct rv_sha384 *out, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	struct pe pe = { 0 };
	uint64_t sum, rest;

	if (!read_pe(file, &pe, err) || !rv_digest_new(RV_SHA384, &d, err))
		return false;
	rest = pe.directory ? pe.directory + 8 : pe.checksum + 4;
	if (!hash(d, file, head, 0, pe.checksum, err) ||
	    (pe.directory &&
	     !hash(d, file, head, pe.checksum + 4, pe.directory, err)) ||
	    !hash(d, file, head, rest, pe.headers, err))
		return false;
	sum = pe.headers;
	for (size_t i = 0; i < pe.n; i++) {
		const struct piece *p = &pe.section[i];

		if (!hash(d, file, head, p->off, p->off + p->n, err))
			return false;
		sum += p->n;
	}
	/* What is left is counted by size, not by place: so does edk2. */
	if (sum < file.n - pe.cert &&
	    !hash(d, file, head, sum, file.n - pe.cert, err))
		return false;
	return rv_digest_end(d, out->b, err);
}
