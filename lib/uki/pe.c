/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pe.c - PE/COFF images and their Authenticode digest, as edk2 measures it:
 * "Windows Authenticode Portable Executable Signature Format", without the
 * padding to 8 bytes that signing tools add.
 */
#include "base.h"
#include "digest.h"

#include <refval/uki.h>

enum {
	COFF = 20,
	SECTION = 40,
	NAME = 8,
	MAGIC_PE32 = 0x10b,
	MAGIC_PE32_PLUS = 0x20b,
	SECURITY = 4, /* index of the certificate directory */
	DIRECTORIES_MAX = 16,
};

static bool read_optional(struct rv_rd *r, uint64_t at, uint16_t size,
			  struct rv_pe *pe, struct rv_err *err)
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
	rv_take(r, 42, "optional header");
	pe->image_version = rv_le16(r, "MajorImageVersion");
	rv_take(r, 14, "optional header");
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
	if (cert_n && (uint64_t)cert_at + cert_n != pe->file.n)
		return rv_fail(err, RV_INPUT,
			       "pe: certificates at %u+%u of %zu bytes are not "
			       "at the end",
			       cert_at, cert_n, pe->file.n);
	pe->cert = cert_n;
	return true;
}

/* The sections with bytes in the file, by their offset, apart. */
static size_t by_offset(const struct rv_pe *pe,
			struct rv_span out[RV_PE_SECTIONS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < pe->n; i++) {
		struct rv_span raw = pe->section[i].raw;
		size_t k;

		if (!raw.n)
			continue;
		for (k = n; k > 0 && out[k - 1].p > raw.p; k--)
			out[k] = out[k - 1];
		out[k] = raw;
		n++;
	}
	return n;
}

static bool read_sections(struct rv_rd *r, uint16_t count, struct rv_pe *pe,
			  struct rv_err *err)
{
	struct rv_span sorted[RV_PE_SECTIONS_MAX];
	size_t n;

	for (uint16_t i = 0; i < count; i++) {
		struct rv_pe_section *s = &pe->section[i];
		struct rv_span name = rv_take(r, NAME, "section name");
		uint32_t size, off;

		s->virtual_size = rv_le32(r, "VirtualSize");
		s->address = rv_le32(r, "VirtualAddress");
		size = rv_le32(r, "SizeOfRawData");
		off = rv_le32(r, "PointerToRawData");
		rv_take(r, SECTION - NAME - 16, "section header");
		if (!rv_rd_ok(r, err))
			return false;
		memcpy(s->name, name.p, NAME);
		if (size && (off < pe->headers ||
			     (uint64_t)off + size > pe->file.n - pe->cert))
			return rv_fail(err, RV_INPUT,
				       "pe: section %u at %u+%u of %zu bytes",
				       i, off, size, pe->file.n);
		if (size)
			s->raw = rv_span(pe->file.p + off, size);
		pe->n++;
	}
	n = by_offset(pe, sorted);
	for (size_t i = 1; i < n; i++)
		if (sorted[i - 1].p + sorted[i - 1].n > sorted[i].p)
			return rv_fail(err, RV_INPUT,
				       "pe: sections overlap at %zu",
				       (size_t)(sorted[i].p - pe->file.p));
	return true;
}

bool rv_pe_read(struct rv_span file, struct rv_pe *out, struct rv_err *err)
{
	struct rv_pe pe = { .file = file };
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
	pe.machine = rv_le16(&r, "machine");
	sections = rv_le16(&r, "section count");
	rv_take(&r, 12, "COFF header");
	optional = rv_le16(&r, "optional header size");
	rv_le16(&r, "characteristics");
	if (!rv_rd_ok(&r, err) ||
	    !read_optional(&r, (uint64_t)at + 4 + COFF, optional, &pe, err))
		return false;
	if (sections > RV_PE_SECTIONS_MAX)
		return rv_fail(err, RV_INPUT, "pe: %u sections", sections);
	if (pe.headers > file.n - pe.cert ||
	    pe.headers < (uint64_t)at + 4 + COFF + optional +
			     (uint64_t)SECTION * sections)
		return rv_fail(err, RV_INPUT,
			       "pe: headers of %" PRIu64 " bytes in a file of "
			       "%zu",
			       pe.headers, file.n);
	r.off = (size_t)at + 4 + COFF + optional;
	if (!read_sections(&r, sections, &pe, err))
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

bool rv_pe_digest_with(const struct rv_pe *pe, struct rv_span head,
		       enum rv_alg alg, uint8_t *out, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	uint64_t rest = pe->directory ? pe->directory + 8 : pe->checksum + 4;
	struct rv_span sorted[RV_PE_SECTIONS_MAX];
	uint64_t sum = pe->headers;
	size_t n = by_offset(pe, sorted);

	if (!rv_digest_new(alg, &d, err) ||
	    !hash(d, pe->file, head, 0, pe->checksum, err) ||
	    (pe->directory &&
	     !hash(d, pe->file, head, pe->checksum + 4, pe->directory, err)) ||
	    !hash(d, pe->file, head, rest, pe->headers, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		uint64_t at = (uint64_t)(sorted[i].p - pe->file.p);

		if (!hash(d, pe->file, head, at, at + sorted[i].n, err))
			return false;
		sum += sorted[i].n;
	}
	/* What is left is counted by size, not by place: so does edk2. */
	if (sum < pe->file.n - pe->cert &&
	    !hash(d, pe->file, head, sum, pe->file.n - pe->cert, err))
		return false;
	return rv_digest_end(d, out, err);
}

bool rv_pe_digest(const struct rv_pe *pe, enum rv_alg alg, uint8_t *out,
		  struct rv_err *err)
{
	return rv_pe_digest_with(pe, rv_span(NULL, 0), alg, out, err);
}
