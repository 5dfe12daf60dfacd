/* SPDX-License-Identifier: Apache-2.0 */
/*
 * document.c - measurement.snp.cbor of a dstack image: a map with just these
 * keys in this order (dstack 0.6, image build; docs/FORMATS.md).
 */
#include "snp.h"
#include "cbor.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 3, KEYS = 8, SECTION_KEYS = 3, CMDLINE_MAX = 4096 };

static bool bytes(struct rv_rd *r, const char *name, uint8_t *out, size_t n,
		  struct rv_err *err)
{
	struct rv_span s;

	if (!rv_cbor_key(r, name, err) || !rv_cbor_bytes(r, name, &s, err))
		return false;
	if (s.n != n)
		return rv_fail(err, RV_INPUT, "%s: %s: %zu bytes, not %zu",
			       r->what, name, s.n, n);
	memcpy(out, s.p, n);
	return true;
}

static bool number(struct rv_rd *r, const char *name, uint64_t max,
		   uint64_t *out, struct rv_err *err)
{
	return rv_cbor_key(r, name, err) &&
	       rv_cbor_uint(r, name, max, out, err);
}

static bool read_sections(struct rv_rd *r, struct rv_snp_image *i,
			  struct rv_err *err)
{
	size_t hashes = 0;
	uint64_t n;

	if (!rv_cbor_key(r, "ovmf_sections", err) ||
	    !rv_cbor_array(r, "ovmf_sections", RV_SNP_SECTIONS, &n, err))
		return false;
	for (size_t k = 0; k < n; k++) {
		uint64_t pairs, gpa, size, type;

		if (!rv_cbor_map(r, "section", SECTION_KEYS, &pairs, err))
			return false;
		if (pairs != SECTION_KEYS)
			return rv_fail(err, RV_INPUT,
				       "%s: section %zu has %" PRIu64 " keys",
				       r->what, k, pairs);
		if (!number(r, "gpa", UINT32_MAX, &gpa, err) ||
		    !number(r, "size", UINT32_MAX, &size, err) ||
		    !number(r, "type", UINT32_MAX, &type, err))
			return rv_in(err, "section %zu", k);
		i->section[k].gpa = (uint32_t)gpa;
		i->section[k].size = (uint32_t)size;
		i->section[k].type = (uint32_t)type;
		hashes += type == RV_SNP_SECTION_HASHES;
	}
	i->sections = (size_t)n;
	if (hashes != 1)
		return rv_fail(err, RV_INPUT,
			       "%s: %zu sections for the kernel's hashes",
			       r->what, hashes);
	return true;
}

bool rv_snp_cmdline(struct rv_span line, struct rv_sha256 *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	return rv_digest_new(RV_SHA256, &d, err) &&
	       rv_digest_add(d, line.p, line.n, err) &&
	       rv_digest_add(d, "", 1, err) && rv_digest_end(d, out->b, err);
}

/* Just one word names the root file system's hash. */
static bool one_rootfs(struct rv_span line)
{
	static const char name[] = "dstack.rootfs_hash=";
	size_t n = sizeof name - 1, found = 0;

	for (size_t i = 0; i + n <= line.n; i++) {
		struct rv_span word = { 0 };
		uint8_t hash[32];

		if (memcmp(line.p + i, name, n) != 0)
			continue;
		if ((i && line.p[i - 1] != ' ') ||
		    !rv_sub(line, i + n, 64, &word) ||
		    !rv_unhex(word, hash, sizeof hash) ||
		    (i + n + 64 < line.n && line.p[i + n + 64] != ' '))
			return false;
		found++;
	}
	return found == 1;
}

static bool read_fields(struct rv_rd *r, struct rv_snp_image *i,
			struct rv_span *cmdline, struct rv_err *err)
{
	uint64_t n, version, eip;

	if (!rv_cbor_map(r, "map", KEYS, &n, err) ||
	    !number(r, "version", UINT64_MAX, &version, err))
		return false;
	if (n != KEYS || version != VERSION)
		return rv_fail(err, RV_INPUT,
			       "%s: version %" PRIu64 " of %" PRIu64
			       " keys, not %d of %d",
			       r->what, version, n, VERSION, KEYS);
	if (!rv_cbor_key(r, "cmdline", err) ||
	    !rv_cbor_text(r, "cmdline", cmdline, err) ||
	    !bytes(r, "ovmf_hash", i->firmware.b, 48, err) ||
	    !bytes(r, "kernel_hash", i->kernel.b, 32, err) ||
	    !bytes(r, "initrd_hash", i->initrd.b, 32, err) ||
	    !number(r, "hashes_table_gpa", UINT64_MAX, &i->hashes_gpa, err) ||
	    !number(r, "reset_eip", UINT32_MAX, &eip, err))
		return false;
	if (!i->hashes_gpa || !eip)
		return rv_fail(err, RV_INPUT,
			       "%s: hashes_table_gpa and reset_eip are never 0",
			       r->what);
	if (cmdline->n > CMDLINE_MAX || memchr(cmdline->p, 0, cmdline->n))
		return rv_fail(err, RV_INPUT,
			       "%s: cmdline of %zu bytes, or"
			       " with a NUL",
			       r->what, cmdline->n);
	if (!one_rootfs(*cmdline))
		return rv_fail(err, RV_INPUT,
			       "%s: cmdline: not one dstack.rootfs_hash of 64"
			       " hex digits",
			       r->what);
	i->reset_eip = (uint32_t)eip;
	return read_sections(r, i, err);
}

bool rv_snp_is_document(struct rv_span bytes)
{
	return rv_starts(bytes, rv_text("\xa8\x67version"));
}

bool rv_snp_document(struct rv_span cbor, struct rv_snp_image *out,
		     struct rv_span *cmdline, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_snp_image *i = calloc(1, sizeof *i);
	struct rv_rd r = rv_rd(cbor, "measurement.snp.cbor");
	struct rv_span line = { 0 };

	if (!i)
		return rv_no_memory(err, "measurement.snp.cbor");
	if (!read_fields(&r, i, &line, err) || !rv_rd_end(&r, err) ||
	    !rv_snp_cmdline(line, &i->cmdline, err))
		return false;
	i->has_hashes = true;
	*out = *i;
	*cmdline = line;
	return true;
}
