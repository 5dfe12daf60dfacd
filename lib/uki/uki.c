/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uki.c - a unified kernel image: systemd-stub, a PE file, with a kernel and
 * what it boots with in sections of its own. The stub looks at sections in
 * memory, so what it measures is as long as VirtualSize.
 */
#include "stub.h"

enum { X86_64 = 0x8664 };

static const char *const names[RV_UKI_PARTS] = {
	".linux", ".osrel", ".cmdline", ".initrd", ".ucode",   ".splash",
	".dtb",	  ".uname", ".sbat",	".pcrsig", ".pcrpkey",
};

/* Sections that choose: between profiles, or by the machine. */
static const char *const choosing[] = { ".profile", ".dtbauto", ".hwids",
					".efifw" };

const char *rv_uki_part_name(enum rv_uki_part part)
{
	return names[part];
}

/* ---- the stub ---- */

static bool apply_stub(struct rv_uki *u, struct rv_err *err)
{
	const struct rv_stub *row = rv_stub_find(u->version);

	if (!row)
		return rv_fail(err, RV_INPUT,
			       "uki: what %s measures is not known here, only "
			       "that of %s",
			       u->stub, rv_stub_versions());
	for (size_t i = 0; i < RV_UKI_PARTS; i++)
		u->measured[i] =
		    u->part[i].p && i != RV_UKI_PCRSIG && row->parts & 1u << i;
	u->loads_kernel = row->loads_kernel;
	return true;
}

/* ---- sections ---- */

/* What the stub sees of it: as many bytes as it takes in memory. */
static bool content(const struct rv_pe_section *s, struct rv_span *out,
		    struct rv_err *err)
{
	if (s->virtual_size > s->raw.n)
		return rv_fail(err, RV_INPUT,
			       "uki: %s has %u bytes in memory, and %zu in the "
			       "file",
			       s->name, s->virtual_size, s->raw.n);
	*out = rv_span(s->raw.p, s->virtual_size);
	return true;
}

/*
 * Which section @name is, RV_UKI_PARTS: none. Older stubs compare only as many
 * bytes as the name they look for has.
 */
static bool which(const char *name, enum rv_uki_part *out, struct rv_err *err)
{
	*out = RV_UKI_PARTS;
	for (size_t i = 0; i < RV_LEN(choosing); i++)
		if (strcmp(name, choosing[i]) == 0)
			return rv_fail(err, RV_INPUT,
				       "uki: %s: images for several machines "
				       "or profiles are not supported",
				       name);
	for (size_t i = 0; i < RV_UKI_PARTS; i++) {
		if (strncmp(name, names[i], strlen(names[i])) != 0)
			continue;
		if (strcmp(name, names[i]) != 0)
			return rv_fail(err, RV_INPUT,
				       "uki: section %s: stubs differ in "
				       "whether it is %s",
				       name, names[i]);
		*out = (enum rv_uki_part)i;
	}
	return true;
}

static bool printable(const char *name)
{
	for (; *name; name++)
		if (*name < 0x21 || *name > 0x7e)
			return false;
	return true;
}

static bool read_section(struct rv_uki *u, const struct rv_pe_section *s,
			 struct rv_span *magic, struct rv_err *err)
{
	enum rv_uki_part part;
	bool sdmagic = strcmp(s->name, ".sdmagic") == 0;
	struct rv_span *to;

	if (!printable(s->name))
		return rv_fail(err, RV_INPUT,
			       "uki: a section's name is not "
			       "printable");
	if (!which(s->name, &part, err))
		return false;
	if (part == RV_UKI_PARTS && !sdmagic)
		return true;
	to = sdmagic ? magic : &u->part[part];
	if (to->p)
		return rv_fail(err, RV_INPUT, "uki: section %s twice", s->name);
	if (!s->virtual_size)
		return rv_fail(err, RV_INPUT, "uki: section %s is empty",
			       s->name);
	return content(s, to, err);
}

/* What firmware loads of it: bytes without a size in memory, too. */
static uint64_t loaded(const struct rv_pe_section *s)
{
	return s->virtual_size ? s->virtual_size : s->raw.n;
}

/* No section lies on another one in memory. */
static bool apart(const struct rv_pe *pe, struct rv_err *err)
{
	for (size_t i = 0; i < pe->n; i++) {
		const struct rv_pe_section *a = &pe->section[i];

		for (size_t k = 0; k < i; k++) {
			const struct rv_pe_section *b = &pe->section[k];

			if (a->address < b->address + loaded(b) &&
			    b->address < a->address + loaded(a))
				return rv_fail(err, RV_INPUT,
					       "uki: %s and %s overlap in "
					       "memory",
					       b->name, a->name);
		}
	}
	return true;
}

bool rv_uki_read(struct rv_span file, struct rv_uki *out, struct rv_err *err)
{
	struct rv_uki u = { 0 };
	struct rv_span magic = { 0 };

	if (!rv_pe_read(file, &u.pe, err))
		return false;
	if (u.pe.machine != X86_64)
		return rv_fail(err, RV_INPUT,
			       "uki: for machine %#x, not x86-64",
			       u.pe.machine);
	for (size_t i = 0; i < u.pe.n; i++)
		if (!read_section(&u, &u.pe.section[i], &magic, err))
			return false;
	if (!magic.p || !u.part[RV_UKI_LINUX].p)
		return rv_fail(err, RV_INPUT,
			       "uki: no %s section: not a unified kernel image "
			       "of systemd's",
			       magic.p ? ".linux" : ".sdmagic");
	if (!apart(&u.pe, err) ||
	    !rv_stub_magic(magic, "systemd-stub", u.stub, &u.version, err) ||
	    !apply_stub(&u, err))
		return false;
	*out = u;
	return true;
}

size_t rv_uki_events(const struct rv_uki *u,
		     struct rv_uki_event out[RV_UKI_EVENTS])
{
	size_t n = 0;

	for (size_t i = 0; i < RV_UKI_PARTS; i++) {
		enum rv_uki_part part = (enum rv_uki_part)i;

		if (!u->measured[i])
			continue;
		out[n++] = (struct rv_uki_event){ part,
						  false,
						  { (const uint8_t *)names[i],
						    strlen(names[i]) + 1 } };
		out[n++] = (struct rv_uki_event){ part, true, u->part[i] };
	}
	return n;
}
