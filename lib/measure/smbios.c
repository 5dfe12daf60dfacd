/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smbios.c - the SMBIOS structures of a q35 machine (DSP0134, chapter 7), in
 * the order QEMU writes them, and what firmware adds and measures.
 */
#include "base.h"
#include "digest.h"
#include "qemu.h"

#include <refval/smbios.h>

#include <stdio.h>

enum {
	HEADER = 4,
	CPU_2X = 42, /* length of type 4 with a 2.x entry point */
	CPU_3 = 48,
	COUNT_MAX = 255,
	TABLE_2X_MAX = 0xffff,
	DIMMS_MAX = 0x200, /* handles from 0x1100 up to type 19's */
	NOT_PROVIDED = 0xfffe,
	NONE = 0xffff,
};

#define MiB	   ((uint64_t)1 << 20)
#define GiB	   ((uint64_t)1 << 30)
#define TiB	   ((uint64_t)1 << 40)
#define LOW_LIMIT  0xb0000000u
#define LOW_SPLIT  0x80000000u
#define FOUR_GiB   ((uint64_t)1 << 32)
#define MEMORY_MAX ((uint64_t)1 << 46)

/* What one build of the table needs. */
struct job {
	const struct rv_smbios *s;
	char name[32]; /* "pc-q35-8.2" */
	enum rv_smbios_entry entry;
	uint64_t dimm; /* bytes of the largest memory device */
	unsigned family;
	struct rv_grow *to;
	const char *string[RV_SMBIOS_TEXTS]; /* of the structure at hand */
	size_t strings;
	char socket[16]; /* "CPU 0", one of them */
};

static bool rules(const struct rv_smbios *s, struct job *j, struct rv_err *err)
{
	struct rv_qemu m = s->machine.major ? s->machine : s->qemu;
	const struct rv_qemu_row *program = rv_qemu_find(&s->qemu);
	const struct rv_qemu_row *machine = rv_qemu_find(&m);

	if (!program || !machine)
		return rv_fail(err, RV_INPUT,
			       "smbios: machine type %u.%u of QEMU %u.%u: known"
			       " from %s to %s",
			       m.major, m.minor, s->qemu.major, s->qemu.minor,
			       rv_qemu_oldest(), rv_qemu_newest());
	j->entry = machine->machine.smbios;
	j->dimm = machine->machine.dimm_max;
	j->family = program->cpu_family;
	snprintf(j->name, sizeof j->name, "pc-q35-%u.%u", m.major, m.minor);
	return true;
}

/* ---- one structure ---- */

static void u8(struct job *j, unsigned v)
{
	rv_grow_u8(j->to, v);
}

static void le(struct job *j, uint64_t v, size_t n)
{
	rv_grow_le(j->to, v, n);
}

static void begin(struct job *j, unsigned type, unsigned length,
		  unsigned handle)
{
	j->strings = 0;
	u8(j, type);
	u8(j, length);
	le(j, handle, 2);
}

/* A string's number, counted from 1; 0 for none. Its text follows at end(). */
static void text(struct job *j, const char *s)
{
	if (!s || !*s) {
		u8(j, 0);
		return;
	}
	j->string[j->strings++] = s;
	u8(j, (unsigned)j->strings);
}

static void end(struct job *j)
{
	for (size_t i = 0; i < j->strings; i++) {
		rv_grow_text(j->to, j->string[i]);
		u8(j, 0);
	}
	if (!j->strings)
		u8(j, 0);
	u8(j, 0);
}

/* What an option says, else @otherwise. */
static const char *option(const struct job *j, unsigned type, size_t i,
			  const char *otherwise)
{
	const char *s = j->s->given[type] ? j->s->text[type][i] : NULL;

	return s ? s : otherwise;
}

/* ---- the structures ---- */

/* Type 0 when QEMU was told one; else firmware makes its own. */
static void bios(struct job *j)
{
	if (!j->s->given[0])
		return;
	begin(j, 0, 24, 0);
	text(j, option(j, 0, 0, NULL));
	text(j, option(j, 0, 1, NULL));
	le(j, 0xe800, 2);
	text(j, option(j, 0, 2, NULL));
	u8(j, 0);
	le(j, 8, 8);
	le(j, 0x1400, 2);
	u8(j, j->s->bios_major);
	u8(j, j->s->bios_minor);
	le(j, NONE, 2);
	end(j);
}

static void firmware_bios(struct job *j)
{
	if (j->s->given[0])
		return;
	begin(j, 0, 26, 0);
	text(j, j->s->firmware[0]);
	text(j, j->s->firmware[1]);
	le(j, 0xe800, 2);
	text(j, j->s->firmware[2]);
	u8(j, 0);
	le(j, 8, 8);
	le(j, 0x1c00, 2);
	le(j, 0, 2);
	le(j, NONE, 2);
	le(j, 0, 2);
	end(j);
}

static const char manufacturer[] = "QEMU";
static const char product[] = "Standard PC (Q35 + ICH9, 2009)";

static void machine(struct job *j)
{
	begin(j, 1, 27, 0x100);
	text(j, option(j, 1, 0, manufacturer));
	text(j, option(j, 1, 1, product));
	text(j, option(j, 1, 2, j->name));
	text(j, option(j, 1, 3, NULL));
	/* The UUID, which is not measured. */
	le(j, 0, 8);
	le(j, 0, 8);
	u8(j, 6);
	text(j, option(j, 1, 4, NULL));
	text(j, option(j, 1, 5, NULL));
	end(j);
}

static void board(struct job *j)
{
	if (!j->s->given[2])
		return;
	begin(j, 2, 15, 0x200);
	text(j, option(j, 2, 0, manufacturer));
	text(j, option(j, 2, 1, product));
	text(j, option(j, 2, 2, j->name));
	text(j, option(j, 2, 3, NULL));
	text(j, option(j, 2, 4, NULL));
	u8(j, 1);
	text(j, option(j, 2, 5, NULL));
	le(j, 0x300, 2);
	u8(j, 10);
	u8(j, 0);
	end(j);
}

static void chassis(struct job *j)
{
	begin(j, 3, 22, 0x300);
	text(j, option(j, 3, 0, manufacturer));
	u8(j, 1);
	text(j, option(j, 3, 1, j->name));
	text(j, option(j, 3, 2, NULL));
	text(j, option(j, 3, 3, NULL));
	le(j, 0x02030303, 4);
	le(j, 0, 8);
	text(j, option(j, 3, 4, NULL));
	end(j);
}

static uint32_t at_least_one(uint32_t n)
{
	return n ? n : 1;
}

static void processor(struct job *j, uint32_t socket)
{
	const struct rv_smbios *s = j->s;
	uint32_t threads = s->cpus / at_least_one(s->sockets);
	uint32_t cores = threads / at_least_one(s->threads);
	uint32_t few = cores < COUNT_MAX ? cores : COUNT_MAX;

	snprintf(j->socket, sizeof j->socket, "CPU%2x", socket & 0xffu);
	begin(j, 4, j->entry == RV_SMBIOS_3 ? CPU_3 : CPU_2X, 0x400 + socket);
	text(j, j->socket);
	u8(j, 3);
	u8(j, j->family);
	text(j, manufacturer);
	le(j, s->eax, 4);
	le(j, s->edx, 4);
	text(j, j->name);
	u8(j, 0);
	le(j, 0, 2);
	le(j, 2000, 2);
	le(j, 2000, 2);
	u8(j, 0x41);
	u8(j, 1);
	for (int cache = 0; cache < 3; cache++)
		le(j, NONE, 2);
	/* Serial, asset tag and part number. */
	le(j, 0, 3);
	u8(j, few);
	u8(j, few);
	u8(j, threads < COUNT_MAX ? threads : COUNT_MAX);
	le(j, 2, 2);
	le(j, 1, 2);
	if (j->entry == RV_SMBIOS_3) {
		le(j, cores, 2);
		le(j, cores, 2);
		le(j, threads, 2);
	}
	end(j);
}

static void memory_array(struct job *j, uint64_t dimms)
{
	uint64_t bytes = j->s->memory, kib = bytes >> 10;
	bool large = kib >= (uint64_t)1 << 31;

	begin(j, 16, 23, 0x1000);
	u8(j, 1);
	u8(j, 3);
	u8(j, 6);
	le(j, large ? (uint64_t)1 << 31 : kib, 4);
	le(j, NOT_PROVIDED, 2);
	le(j, dimms, 2);
	le(j, large ? bytes : 0, 8);
	end(j);
}

static void memory_device(struct job *j, uint64_t i, uint64_t dimms)
{
	enum { EXTENDED = 0x7fff };
	uint64_t last = (j->s->memory - 1) % j->dimm + 1;
	uint64_t mib = (i + 1 < dimms ? j->dimm : last) / MiB;
	char name[32];

	snprintf(name, sizeof name, "DIMM %" PRIu64, i);
	begin(j, 17, 40, 0x1100 + (unsigned)i);
	le(j, 0x1000, 2);
	le(j, NOT_PROVIDED, 2);
	le(j, NONE, 2);
	le(j, NONE, 2);
	le(j, mib < EXTENDED ? mib : EXTENDED, 2);
	u8(j, 9);
	u8(j, 0);
	text(j, name);
	u8(j, 0);
	u8(j, 7);
	le(j, 2, 2);
	le(j, 0, 2);
	text(j, manufacturer);
	le(j, 0, 4);
	le(j, mib < EXTENDED ? 0 : mib, 4);
	le(j, 0, 8);
	end(j);
}

static void memory_range(struct job *j, unsigned i, uint64_t base,
			 uint64_t bytes)
{
	uint64_t last = base + bytes - 1;
	bool large = last >> 10 >= UINT32_MAX;

	begin(j, 19, 31, 0x1300 + i);
	le(j, large ? UINT32_MAX : base >> 10, 4);
	le(j, large ? UINT32_MAX : last >> 10, 4);
	le(j, 0x1000, 2);
	u8(j, 1);
	le(j, large ? base : 0, 8);
	le(j, large ? last : 0, 8);
	end(j);
}

static void memory(struct job *j)
{
	uint64_t bytes = j->s->memory;
	uint64_t low = bytes < LOW_LIMIT ? bytes : LOW_SPLIT;
	uint64_t dimms = (bytes + j->dimm - 1) / j->dimm;

	memory_array(j, dimms);
	for (uint64_t i = 0; i < dimms; i++)
		memory_device(j, i, dimms);
	memory_range(j, 0, 0, low);
	if (bytes > low)
		memory_range(j, 1, FOUR_GiB, bytes - low);
}

/* All but the end, and firmware's own. */
static void qemu(struct job *j)
{
	bios(j);
	machine(j);
	board(j);
	chassis(j);
	for (uint32_t i = 0; i < at_least_one(j->s->sockets); i++)
		processor(j, i);
	memory(j);
	begin(j, 32, 11, 0x2000);
	le(j, 0, 7);
	end(j);
}

/* Since 9.0: the old entry point as long as the machine fits it. */
static bool choose_entry(struct job *j)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_grow *to = j->to;

	if (j->entry != RV_SMBIOS_AUTO)
		return true;
	j->entry = RV_SMBIOS_3;
	if (j->s->cpus / at_least_one(j->s->sockets) > COUNT_MAX)
		return true;
	j->entry = RV_SMBIOS_2;
	j->to = &g;
	qemu(j);
	j->to = to;
	/* With the six bytes of the end. */
	if (g.buf.n + 6 > TABLE_2X_MAX)
		j->entry = RV_SMBIOS_3;
	return !g.failed;
}

static bool check(const struct rv_smbios *s, struct rv_err *err)
{
	if (!s->cpus || s->cpus > RV_CPUS_MAX ||
	    s->sockets > RV_SMBIOS_SOCKETS_MAX || s->threads > s->cpus ||
	    s->sockets > s->cpus)
		return rv_fail(err, RV_INPUT,
			       "smbios: %u CPUs on %u sockets, %u threads each",
			       s->cpus, s->sockets, s->threads);
	if (s->memory < MiB || s->memory > MEMORY_MAX)
		return rv_fail(err, RV_INPUT,
			       "smbios: %" PRIu64 " bytes of memory",
			       s->memory);
	for (size_t t = 0; t < RV_SMBIOS_OPTIONS; t++)
		for (size_t i = 0; i < RV_SMBIOS_TEXTS; i++)
			if (s->text[t][i] &&
			    strlen(s->text[t][i]) > RV_SMBIOS_TEXT_MAX)
				return rv_fail(err, RV_INPUT,
					       "smbios: a text of more than %d"
					       " bytes",
					       RV_SMBIOS_TEXT_MAX);
	return true;
}

bool rv_smbios_table(const struct rv_smbios *s, bool guest, struct rv_buf *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct job j = { .s = s, .to = &g };

	if (!check(s, err) || !rules(s, &j, err))
		return false;
	/* Above it, the handles of the ranges move. */
	if (s->memory > DIMMS_MAX * j.dimm)
		return rv_fail(err, RV_INPUT,
			       "smbios: %" PRIu64
			       " bytes in memory devices of 16 GiB: how those"
			       " are numbered then is not known",
			       s->memory);
	if (!choose_entry(&j))
		return rv_no_memory(err, "smbios");
	qemu(&j);
	if (guest)
		firmware_bios(&j);
	begin(&j, 127, HEADER, guest ? 0xfeff : 0x7f00);
	end(&j);
	return rv_grow_take(&g, out, err);
}

/* ---- what is measured (MdeModulePkg/Universal/SmbiosMeasurementDxe) ---- */

/* Fields that are blanked: a string's text becomes spaces. */
static const struct {
	uint8_t type, offset, size;
	bool string;
} blanked[] = {
	{ 1, 7, 1, true },   /* serial number */
	{ 1, 8, 16, false }, /* UUID */
	{ 1, 24, 1, false }, /* wake-up type */
	{ 2, 7, 1, true },   /* serial number */
	{ 2, 10, 1, true },  /* location */
	{ 3, 7, 1, true },   /* serial number */
	{ 3, 8, 1, true },   /* asset tag */
	{ 4, 32, 1, true },  /* serial number */
	{ 4, 33, 1, true },  /* asset tag */
	{ 4, 34, 1, true },  /* part number */
	{ 4, 35, 1, false }, /* counts of cores and threads */
	{ 4, 36, 1, false }, { 4, 37, 1, false },
	{ 4, 42, 2, false }, { 4, 44, 2, false },
	{ 4, 46, 2, false }, { 4, 17, 1, false }, /* voltage */
	{ 4, 22, 2, false },			  /* current speed */
	{ 17, 24, 1, true },			  /* serial number */
	{ 17, 25, 1, true },			  /* asset tag */
	{ 17, 26, 1, true },			  /* part number */
};

/* The end of the structure at @at, behind its strings' 00 00; 0: none. */
static size_t end_of(const struct rv_buf *t, size_t at)
{
	size_t i;

	if (t->n - at < HEADER || t->p[at + 1] < HEADER)
		return 0;
	for (i = at + t->p[at + 1]; i + 1 < t->n; i++)
		if (!t->p[i] && !t->p[i + 1])
			return i + 2;
	return 0;
}

/* Spaces in place of string @number of the structure at @at. */
static void blank_string(struct rv_buf *t, size_t at, size_t end,
			 unsigned number)
{
	size_t i = at + t->p[at + 1];

	for (unsigned n = 1; n < number && i < end; n++) {
		while (i < end && t->p[i])
			i++;
		i++;
	}
	for (; i < end && t->p[i]; i++)
		t->p[i] = ' ';
}

static void blank(struct rv_buf *t, size_t at, size_t end)
{
	for (size_t i = 0; i < RV_LEN(blanked); i++) {
		size_t field = at + blanked[i].offset;

		if (blanked[i].type != t->p[at] ||
		    blanked[i].offset + blanked[i].size > t->p[at + 1])
			continue;
		if (blanked[i].string && t->p[field])
			blank_string(t, at, end, t->p[field]);
		memset(t->p + field, 0, blanked[i].size);
	}
}

bool rv_smbios_filter(struct rv_buf *table, struct rv_err *err)
{
	enum { LAST = 127 };
	size_t at = 0;

	for (;;) {
		size_t end = at < table->n ? end_of(table, at) : 0;

		if (!end)
			return rv_fail(err, RV_INPUT,
				       "smbios: no structure at byte %zu of"
				       " %zu",
				       at, table->n);
		blank(table, at, end);
		if (table->p[at] == LAST) {
			table->n = end;
			return true;
		}
		at = end;
	}
}

bool rv_smbios_digest(const struct rv_smbios *s, struct rv_sha384 *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf t = { 0 };

	return rv_smbios_table(s, true, &t, err) && rv_smbios_filter(&t, err) &&
	       rv_sha384(rv_buf_span(&t), out, err);
}
