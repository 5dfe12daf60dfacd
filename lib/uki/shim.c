/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shim.c - shim (rhboot/shim): which one a file is, and the key lists that it
 * mirrors and measures. Equal to real boots and to logs of TDX machines.
 */
#include "efi.h"
#include "shim.h"

enum { POINTER = 12, COUNT = 16, SYMBOL = 18 };

/* Of these is known what they measure, and in which order. */
static const char *const versions[] = { "16.1" };

/* 605dab50-e046-4300-abb6-3dd810dd8b23 */
static const uint8_t owner[16] = { 0x50, 0xab, 0x5d, 0x60, 0x46, 0xe0,
				   0x00, 0x43, 0xab, 0xb6, 0x3d, 0xd8,
				   0x10, 0xdd, 0x8b, 0x23 };
/* UEFI 2.10, 32.4.1: EFI_CERT_X509_GUID, EFI_CERT_SHA256_GUID. */
static const uint8_t x509[16] = { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94,
				  0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15,
				  0x5c, 0x2b, 0xf0, 0x72 };
static const uint8_t sha256[16] = { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50,
				    0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9,
				    0x36, 0x93, 0x43, 0x28 };

/* ---- sections ---- */

/* Names of more than eight characters stand behind the symbols. */
static struct rv_span names_of(const struct rv_pe *pe)
{
	struct rv_span at, symbols, count, all = { 0 };
	uint64_t off;

	if (!rv_sub(pe->file, 0x3c, 4, &at) ||
	    !rv_sub(pe->file, rv_num(at) + POINTER, 4, &symbols) ||
	    !rv_sub(pe->file, rv_num(at) + COUNT, 4, &count) ||
	    !rv_num(symbols))
		return all;
	off = rv_num(symbols) + SYMBOL * rv_num(count);
	if (off <= pe->file.n)
		(void)!rv_sub(pe->file, off, pe->file.n - off, &all);
	return all;
}

static bool is_named(const struct rv_pe_section *s, struct rv_span names,
		     const char *want)
{
	struct rv_span name;
	uint64_t off;

	if (s->name[0] != '/')
		return strcmp(s->name, want) == 0;
	return rv_decimal(rv_text(s->name + 1), UINT32_MAX, &off) &&
	       rv_sub(names, off, strlen(want) + 1, &name) &&
	       memcmp(name.p, want, name.n) == 0;
}

/* The one section of that name; p NULL: none, or several. */
static struct rv_span section(const struct rv_pe *pe, const char *want)
{
	struct rv_span names = names_of(pe), out = { 0 }, none = { 0 };

	for (size_t i = 0; i < pe->n; i++) {
		if (!is_named(&pe->section[i], names, want))
			continue;
		if (out.p)
			return none;
		out = pe->section[i].raw;
	}
	return out;
}

bool rv_shim_is(const struct rv_pe *pe)
{
	return rv_starts(section(pe, ".data.ident"), rv_text("UEFI SHIM\n"));
}

/* ---- reading ---- */

/* "UEFI SHIM\n$Version: 16.1 $\n" */
static bool read_version(struct rv_shim *s, struct rv_err *err)
{
	struct rv_span ident = section(&s->pe, ".data.ident"), line;
	struct rv_span head = rv_text("$Version: "), tail = rv_text(" $");

	if (!rv_shim_is(&s->pe) || !rv_line(&ident, &line) ||
	    !rv_line(&ident, &line) || !rv_starts(line, head) ||
	    line.n <= head.n + tail.n ||
	    line.n - head.n - tail.n >= sizeof s->version ||
	    !rv_same(rv_span(line.p + line.n - tail.n, tail.n), tail))
		return rv_fail(err, RV_INPUT,
			       "shim: a file that does not say which version"
			       " of shim it is");
	memcpy(s->version, line.p + head.n, line.n - head.n - tail.n);
	for (size_t i = 0; i < RV_LEN(versions); i++)
		if (strcmp(s->version, versions[i]) == 0)
			return true;
	return rv_fail(err, RV_INPUT,
		       "shim: what this version measures is not known here,"
		       " only that of shim 16.1");
}

/* DER of just this length: a certificate, and not a list of them. */
static bool is_certificate(struct rv_span s)
{
	return s.n > 4 && s.p[0] == 0x30 && s.p[1] == 0x82 &&
	       s.n == 4u + ((unsigned)s.p[2] << 8 | s.p[3]);
}

/* Sizes and places of both, from the section's start. */
static bool read_keys(struct rv_shim *s, struct rv_err *err)
{
	struct rv_span all = section(&s->pe, ".vendor_cert");
	struct rv_rd r = rv_rd(all, "shim: .vendor_cert");
	uint32_t allowed = rv_le32(&r, "size"), denied = rv_le32(&r, "size");
	uint32_t at = rv_le32(&r, "offset"), denied_at = rv_le32(&r, "offset");

	if (!rv_rd_ok(&r, err))
		return false;
	if (!rv_sub(all, at, allowed, &s->certificate) ||
	    !rv_sub(all, denied_at, denied, &s->forbidden))
		return rv_fail(err, RV_INPUT,
			       "shim: .vendor_cert: %u bytes at %u and %u at "
			       "%u of %zu",
			       allowed, at, denied, denied_at, all.n);
	return is_certificate(s->certificate) ||
	       rv_fail(err, RV_INPUT,
		       "shim: its own key is not one certificate");
}

bool rv_shim_read(struct rv_span file, struct rv_shim *out, struct rv_err *err)
{
	struct rv_shim s = { 0 };

	if (!rv_pe_read(file, &s.pe, err) || !read_version(&s, err) ||
	    !read_keys(&s, err))
		return false;
	*out = s;
	return true;
}

/* ---- what is measured ---- */

/* UEFI 2.10, 32.4.1: EFI_SIGNATURE_LIST with one signature of shim's own. */
static void list_of_one(struct rv_grow *to, const uint8_t type[16],
			struct rv_span s)
{
	rv_grow_add(to, type, 16);
	rv_grow_le(to, 28 + 16 + s.n, 4);
	rv_grow_le(to, 0, 4);
	rv_grow_le(to, 16 + s.n, 4);
	rv_grow_add(to, owner, sizeof owner);
	rv_grow_add(to, s.p, s.n);
}

bool rv_shim_allowed(const struct rv_shim *s, struct rv_buf *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };

	list_of_one(&to, x509, s->certificate);
	return rv_grow_take(&to, out, err);
}

bool rv_shim_forbidden(const struct rv_shim *s, struct rv_buf *out,
		       struct rv_err *err)
{
	static const uint8_t zero[32];
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };

	/* Never empty: then the list has a hash that nothing has. */
	if (s->forbidden.n)
		rv_grow_add(&to, s->forbidden.p, s->forbidden.n);
	else
		list_of_one(&to, sha256, rv_span(zero, sizeof zero));
	return rv_grow_take(&to, out, err);
}

bool rv_shim_level(struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow to = { 0 };

	rv_efi_variable(&to, owner, "SbatLevel",
			rv_text("sbat,1,2021030218\n"));
	return rv_grow_take(&to, out, err);
}
