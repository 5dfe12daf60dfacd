/* SPDX-License-Identifier: Apache-2.0 */
/*
 * grubimage.c - grub's EFI image as grub-mkimage puts it together: the core,
 * and in the section "mods" a list of ELF modules, the prefix, and more. Which
 * grub it is stands in .sbat (the format of shim).
 */
#include "grubimage.h"

#include <stdio.h>

enum {
	MAGIC = 0x676d696d, /* "mimg" */
	ELF = 0,
	MEMDISK = 1,
	PREFIX = 3,
	MODULE_HEADER = 8,
	SECTION_ENTRY = 64,
	SECTIONS_MAX = 256,
};

/* Distribution and version: of others is not known what they measure. */
static const struct {
	const char *vendor, *version;
} known[] = {
	{ "grub.debian,", "2.12-" },
};

/* EFI_CC_MEASUREMENT_PROTOCOL, 96751a3d-72f4-41a6-a794-ed5d0e67ae6b. */
static const uint8_t cc_protocol[16] = { 0x3d, 0x1a, 0x75, 0x96, 0xf4, 0x72,
					 0xa6, 0x41, 0xa7, 0x94, 0xed, 0x5d,
					 0x0e, 0x67, 0xae, 0x6b };

static struct rv_span section(const struct rv_pe *pe, const char *name)
{
	struct rv_span none = { 0 };

	for (size_t i = 0; i < pe->n; i++)
		if (strcmp(pe->section[i].name, name) == 0)
			return pe->section[i].raw;
	return none;
}

/* ---- which grub it is ---- */

/* The field @k of a line "a,b,c,..."; p NULL: it has not as many. */
static struct rv_span field(struct rv_span line, size_t k)
{
	struct rv_span none = { 0 };

	for (;;) {
		const uint8_t *comma =
		    line.n ? memchr(line.p, ',', line.n) : NULL;
		size_t n = comma ? (size_t)(comma - line.p) : line.n;

		if (!k--)
			return rv_span(line.p, n);
		if (!comma)
			return none;
		line = rv_span(line.p + n + 1, line.n - n - 1);
	}
}

static bool read_version(struct rv_grub_image *g, struct rv_err *err)
{
	struct rv_span all = section(&g->pe, ".sbat"), line;
	bool good = false;

	while (!good && rv_line(&all, &line)) {
		struct rv_span v = field(line, 4);

		for (size_t i = 0; i < RV_LEN(known); i++)
			good |= rv_starts(line, rv_text(known[i].vendor)) &&
				rv_starts(v, rv_text(known[i].version)) &&
				v.n < sizeof g->version;
		if (good)
			snprintf(g->version, sizeof g->version, "%.*s",
				 (int)v.n, (const char *)v.p);
	}
	for (const char *p = g->version; *p; p++)
		good &= *p > ' ' && *p <= '~';
	return good ||
	       rv_fail(err, RV_INPUT,
		       "grub: no grub, or what it measures is not known here:"
		       " only that of Debian's 2.12");
}

/* ---- modules ---- */

/* ELF-64: the section .modname holds the name, with a NUL. */
static bool module_name(struct rv_span elf, struct rv_span *out)
{
	struct rv_span head, names, row, s;
	uint64_t table, count, strings;

	if (!rv_sub(elf, 0, 64, &head) ||
	    !rv_starts(head, rv_text("\x7f"
				     "ELF\x02\x01")))
		return false;
	table = rv_num(rv_span(head.p + 40, 8));
	count = rv_num(rv_span(head.p + 60, 2));
	strings = rv_num(rv_span(head.p + 62, 2));
	if (rv_num(rv_span(head.p + 58, 2)) != SECTION_ENTRY ||
	    count > SECTIONS_MAX || strings >= count || table > elf.n ||
	    !rv_sub(elf, table + strings * SECTION_ENTRY, SECTION_ENTRY,
		    &row) ||
	    !rv_sub(elf, rv_num(rv_span(row.p + 24, 8)),
		    rv_num(rv_span(row.p + 32, 8)), &names))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		if (!rv_sub(elf, table + i * SECTION_ENTRY, SECTION_ENTRY,
			    &row))
			return false;
		if (!rv_sub(names, rv_num(rv_span(row.p, 4)), sizeof ".modname",
			    &s) ||
		    memcmp(s.p, ".modname", s.n) != 0)
			continue;
		return rv_sub(elf, rv_num(rv_span(row.p + 24, 8)),
			      rv_num(rv_span(row.p + 32, 8)), out) &&
		       out->n > 1 && !out->p[out->n - 1];
	}
	return false;
}

static bool contains(struct rv_span s, struct rv_span what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (memcmp(s.p + i, what.p, what.n) == 0)
			return true;
	return false;
}

static bool add_module(struct rv_grub_image *g, struct rv_span elf,
		       struct rv_err *err)
{
	struct rv_span name;

	if (!module_name(elf, &name) || g->modules == RV_GRUB_MODULES)
		return rv_fail(err, RV_INPUT,
			       "grub: module %zu has no name, or is one too"
			       " many",
			       g->modules);
	name.n--;
	g->module[g->modules++] = name;
	if (rv_same_text(name, "tpm"))
		g->cc |=
		    contains(elf, rv_span(cc_protocol, sizeof cc_protocol));
	return true;
}

static bool add_object(struct rv_grub_image *g, uint32_t type, struct rv_span s,
		       struct rv_err *err)
{
	size_t n = 0;

	if (type == ELF)
		return add_module(g, s, err);
	/* Fonts, as Debian has it: nothing is run of it, as it has no config.
	 */
	if (type == MEMDISK && rv_starts(s, rv_text("hsqs")))
		return true;
	while (n < s.n && s.p[n])
		n++;
	if (type != PREFIX || n == s.n || n >= sizeof g->prefix || !n ||
	    s.p[0] != '/')
		return rv_fail(err, RV_INPUT,
			       "grub: it has a configuration or keys embedded"
			       " (object %u), or a prefix on another disk",
			       type);
	snprintf(g->prefix, sizeof g->prefix, "%s", (const char *)s.p);
	return true;
}

static bool read_objects(struct rv_grub_image *g, struct rv_err *err)
{
	struct rv_span all = section(&g->pe, "mods");
	struct rv_rd r = rv_rd(all, "grub: mods");
	uint32_t magic = rv_le32(&r, "magic");
	uint64_t from, size;

	rv_le32(&r, "padding");
	from = rv_le64(&r, "offset");
	size = rv_le64(&r, "size");
	if (!rv_rd_ok(&r, err))
		return false;
	if (magic != MAGIC || from < r.off || size < from || size > all.n)
		return rv_fail(err, RV_INPUT,
			       "grub: mods: magic %#x, from %" PRIu64
			       " to %" PRIu64 " of %zu",
			       magic, from, size, all.n);
	r.off = (size_t)from;
	while (r.off < size) {
		uint32_t type = rv_le32(&r, "type");
		uint32_t n = rv_le32(&r, "object size");
		struct rv_span s;

		if (rv_rd_ok(&r, err) && n < MODULE_HEADER)
			return rv_fail(err, RV_INPUT,
				       "grub: an object of %u bytes", n);
		s = rv_take(&r, n - MODULE_HEADER, "object");
		if (!rv_rd_ok(&r, err) || !add_object(g, type, s, err))
			return false;
	}
	return r.off == size ||
	       rv_fail(err, RV_INPUT, "grub: an object beyond the last");
}

bool rv_grub_image_has(const struct rv_grub_image *g, const char *module)
{
	for (size_t i = 0; i < g->modules; i++)
		if (rv_same_text(g->module[i], module))
			return true;
	return false;
}

bool rv_grub_image_read(struct rv_span file, struct rv_grub_image *out,
			struct rv_err *err)
{
	/* Without one of these it boots, or measures, in another way. */
	static const char *const needs[] = { "tpm",    "peimage", "linux",
					     "normal", "fat",	  "part_gpt" };

	*out = (struct rv_grub_image){ 0 };
	if (!rv_pe_read(file, &out->pe, err) || !read_version(out, err) ||
	    !read_objects(out, err))
		return false;
	if (!*out->prefix)
		return rv_fail(err, RV_INPUT, "grub: it has no prefix");
	for (size_t i = 0; i < RV_LEN(needs); i++)
		if (!rv_grub_image_has(out, needs[i]))
			return rv_fail(err, RV_INPUT,
				       "grub: it has no module %s built in",
				       needs[i]);
	return true;
}
