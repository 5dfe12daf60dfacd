/* SPDX-License-Identifier: Apache-2.0 */
/*
 * solve_register.c - the search without a log: RTMR0 of each shape of a smaller
 * space. What costs is hashing the tables, so each distinct blob is hashed
 * once, and the sizes of RAM that give the same blob share its digest: for each
 * only the chain of extends differs.
 *
 * The machines are listed first, the usual ones in front, and then shared out
 * to threads. The first of the list that fits is the answer, whichever thread
 * was quicker.
 */
#include "job.h"
#include "search.h"
#include "digest.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define GiB ((uint64_t)1 << 30)
#define LOW ((uint64_t)2816 << 20)

enum {
	CANDIDATES_MAX = 1 << 16,
	CPU_COUNTS = 56,
};

/* RTMR0 before the ACPI events, for one RAM size and firmware build. */
struct prefix {
	uint64_t memory;
	struct rv_sha384 value;
};

/* A machine with each size of RAM of the class @c.memory, and what came out. */
struct trial {
	struct rv_candidate c;
	uint32_t shapes, digests;
};

struct by_register {
	struct rv_search *s;
	struct rv_template t[2]; /* without and with a TPM */
	struct prefix prefix[RV_LAYOUTS_MAX * RV_MEMORIES_MAX];
	size_t prefixes;
	struct trial *trial; /* owned */
	size_t n, room;

	/* Shared by the threads. */
	atomic_size_t next, found; /* found: the first that fits, or @n */
	atomic_bool failed;
	struct rv_err err; /* of the one that failed */
};

static void by_register_free(struct by_register **b)
{
	if (*b)
		free((*b)->trial);
	rv_free(b);
}

/* register = SHA-384(register || digest), with the search's own digest. */
static bool extend(struct rv_search *s, struct rv_sha384 *reg,
		   const struct rv_sha384 *d)
{
	return rv_digest_add(s->sha, reg->b, sizeof reg->b, s->err) &&
	       rv_digest_add(s->sha, d->b, sizeof d->b, s->err) &&
	       rv_digest_end(s->sha, reg->b, s->err);
}

static bool add_prefix(struct by_register *b, const struct rv_hob_layout *l,
		       uint64_t memory)
{
	const struct rv_template *t = &b->t[0];
	struct rv_err ignored = { 0 };
	struct prefix p = { .memory = memory };
	struct rv_sha384 hob;

	/* Too little RAM for the firmware: no machine. */
	if (!rv_hob_digest(l, memory, &hob, &ignored))
		return true;
	for (size_t i = 0; i < t->loader; i++)
		if (!extend(b->s, &p.value,
			    i == t->hob ? &hob : &t->reg.event[i].digest))
			return false;
	b->prefix[b->prefixes++] = p;
	return true;
}

static bool list_prefixes(struct by_register *b)
{
	const struct rv_shape *g = &b->s->in->given;
	uint64_t memory[RV_MEMORIES_MAX] = { g->memory };
	size_t n = g->given & RV_GIVEN_MEMORY ? 1 : rv_usual_memory(memory);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < b->s->layouts; k++)
			if (!add_prefix(b, &b->s->layout[k], memory[i]))
				return false;
	return true;
}

/* RAM that gives the same tables: 2 GiB, and 2816 MiB or more. */
static uint64_t memory_class(uint64_t memory)
{
	return memory >= LOW ? 2 * GiB : memory;
}

static bool try_prefix(const struct by_register *b, struct rv_search *s,
		       const struct prefix *p, const struct rv_acpi_digests *d,
		       const struct rv_template *t, bool *match)
{
	struct rv_sha384 r = p->value;

	for (size_t i = t->loader; i < t->reg.n; i++) {
		const struct rv_sha384 *e = i == t->loader ? &d->loader
					    : i == t->rsdp ? &d->rsdp
					    : i == t->tables
						? &d->tables
						: &t->reg.event[i].digest;

		if (!extend(s, &r, e))
			return false;
	}
	*match = rv_digests_equal(&r, &b->s->in->rtmr[0]);
	return true;
}

/* Note that trial @i fits, unless an earlier one does. */
static void note_found(struct by_register *b, size_t i)
{
	size_t was = atomic_load(&b->found);

	while (i < was && !atomic_compare_exchange_weak(&b->found, &was, i))
		;
}

static bool try_one(struct by_register *b, struct rv_search *s, size_t i)
{
	RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs blobs = { 0 };
	struct trial *t = &b->trial[i];
	uint64_t class = t->c.memory, before = s->digests;
	struct rv_acpi_digests d;
	bool match = false;

	if (s->in->given.given & RV_GIVEN_MEMORY)
		t->c.memory = s->in->given.memory;
	if (!rv_search_build(s, &t->c, &blobs))
		return !s->no_memory;
	if (!rv_search_hash(s, rv_buf_span(&blobs.tables), &d.tables) ||
	    !rv_search_hash(s, rv_buf_span(&blobs.rsdp), &d.rsdp) ||
	    !rv_search_hash(s, rv_buf_span(&blobs.loader), &d.loader))
		return false;
	t->digests = (uint32_t)(s->digests - before);
	for (size_t k = 0; k < b->prefixes && !match; k++) {
		const struct prefix *p = &b->prefix[k];

		if (memory_class(p->memory) != class)
			continue;
		t->shapes++;
		if (!try_prefix(b, s, p, &d, &b->t[t->c.tpm], &match))
			return false;
		if (match)
			t->c.memory = p->memory;
	}
	if (match)
		note_found(b, i);
	return true;
}

static bool try_until_found(struct by_register *b, struct rv_search *s)
{
	if (!rv_digest_new(RV_SHA384, &s->sha, s->err))
		return false;
	while (!atomic_load(&b->failed)) {
		size_t i = atomic_fetch_add(&b->next, 1);

		if (i >= atomic_load(&b->found))
			break;
		if (!try_one(b, s, i))
			return false;
	}
	return true;
}

/* What one thread does: it has its own digest and its own error. */
static void run(void *by_register)
{
	struct by_register *b = by_register;
	struct rv_err err = { 0 };
	struct rv_search s = *b->s;

	s.err = &err;
	s.sha = NULL;
	if (!try_until_found(b, &s) && !atomic_exchange(&b->failed, true))
		b->err = err;
	rv_digest_free(&s.sha);
}

/* Counted as if one thread had stopped at the first that fits. */
static bool try_all(struct by_register *b)
{
	size_t found;

	atomic_init(&b->next, 0);
	atomic_init(&b->found, b->n);
	atomic_init(&b->failed, false);
	rv_job_share(b->s->in->threads, run, b);
	if (atomic_load(&b->failed)) {
		*b->s->err = b->err;
		return false;
	}
	found = atomic_load(&b->found);
	for (size_t i = 0; i < b->n && i <= found; i++) {
		b->s->out->space += b->trial[i].shapes;
		b->s->digests += b->trial[i].digests;
	}
	/* All others give other blobs. */
	if (found < b->n)
		rv_search_found(b->s, &b->trial[found].c);
	return true;
}

/* ---- the machines, the usual ones first ---- */

static bool add(struct by_register *b, struct rv_candidate c)
{
	const struct rv_shape *g = &b->s->in->given;
	struct trial *more;

	c.tpm = g->given & RV_GIVEN_SWTPM && g->swtpm;
	c.huge = g->given & RV_GIVEN_HUGEPAGES && g->hugepages;
	if (g->given & RV_GIVEN_PCI_HOLE64)
		c.hole = g->pci_hole64;
	if (b->n == b->room) {
		size_t room = b->room ? 2 * b->room : 1024;

		if (room > CANDIDATES_MAX)
			return rv_fail(b->s->err, RV_INPUT,
				       "solve: more than %d machines",
				       CANDIDATES_MAX);
		more = realloc(b->trial, room * sizeof *more);
		if (!more)
			return rv_no_memory(b->s->err, "solve");
		b->trial = more;
		b->room = room;
	}
	b->trial[b->n++] = (struct trial){ .c = c };
	return true;
}

static bool add_version(struct by_register *b, struct rv_candidate c,
			const struct rv_qemu_row *row, bool edge)
{
	const struct rv_shape *g = &b->s->in->given;

	c.huge = g->given & RV_GIVEN_HUGEPAGES && g->hugepages;
	c.version = rv_qemu_class_of(rv_space_classes(&b->s->space, &c), row);
	c.pic = row->pic;
	c.edge = edge;
	return add(b, c);
}

/* The first row of each class, from @first on, as it comes. */
static bool add_since(struct by_register *b, const struct rv_candidate *c,
		      const struct rv_qemu_row *first)
{
	const struct rv_qemu_classes *classes = &b->s->space.classes[0];
	size_t before = classes->n;

	for (size_t i = 0; i < rv_qemu_rows(); i++) {
		const struct rv_qemu_row *row = rv_qemu_row(i);
		size_t class = rv_qemu_class_of(classes, row);

		if (row < first || class == before)
			continue;
		before = class;
		if (!add_version(b, *c, row, row->edge))
			return false;
	}
	return true;
}

/*
 * Versions with interrupt settings that were seen together, or follow from
 * defaults. The first is most hosts'; then all from 9.2.1 to the newest.
 */
static bool add_versions(struct by_register *b, struct rv_candidate c)
{
	static const struct rv_qemu first = { 8, 2, 2 }, next = { 9, 2, 1 };
	static const struct {
		struct rv_qemu version;
		bool edge;
	} rest[] = {
		{ { 9, 1, 0 }, true },	{ { 8, 2, 2 }, false },
		{ { 9, 2, 0 }, false }, { { 8, 2, 9 }, true },
		{ { 8, 0, 0 }, true },
	};

	if (!add_version(b, c, rv_qemu_find(&first), true) ||
	    !add_since(b, &c, rv_qemu_find(&next)))
		return false;
	for (size_t i = 0; i < RV_LEN(rest); i++)
		if (!add_version(b, c, rv_qemu_find(&rest[i].version),
				 rest[i].edge))
			return false;
	return true;
}

static const uint16_t cpu_counts[CPU_COUNTS] = {
	1,  2,	4,   8,	  16,  32,  64,	 3,   5,   6,	7,   9,	  10,  11,
	12, 13, 14,  15,  17,  18,  19,	 20,  21,  22,	23,  24,  25,  26,
	27, 28, 29,  30,  31,  36,  40,	 44,  48,  52,	56,  60,  72,  80,
	88, 96, 112, 120, 128, 144, 160, 176, 192, 208, 224, 240, 255, 256,
};

/* A fact that is given takes the place of the usual values. */
static size_t usual_cpus(const struct rv_shape *g, const uint16_t *usual,
			 size_t n, uint32_t out[CPU_COUNTS])
{
	for (size_t i = 0; i < n; i++)
		out[i] = usual[i];
	if (!(g->given & RV_GIVEN_CPUS))
		return n;
	out[0] = g->cpus;
	return 1;
}

/* Plain machines with so many disks and NICs: every CPU count. */
static bool add_plain(struct by_register *b, unsigned endpoints,
		      uint64_t memory)
{
	const struct rv_shape *g = &b->s->in->given;
	bool given = g->given & (RV_GIVEN_CPUS | RV_GIVEN_MEMORY);
	uint32_t cpus[CPU_COUNTS];
	size_t n = usual_cpus(g, cpu_counts, RV_LEN(cpu_counts), cpus);

	for (size_t i = 0; i < n; i++)
		for (unsigned h = 0; h < 2; h++) {
			struct rv_candidate c = {
				.cpus = cpus[i],
				.memory = memory,
				.endpoints = endpoints,
				.hotplug = h == 0,
			};

			/* Little RAM goes with few CPUs. */
			if (!given && memory != 2 * GiB && c.cpus > 4)
				continue;
			if (!add_versions(b, c))
				return false;
		}
	return true;
}

/* As many disks and NICs as were given, when that is not usual. */
static bool add_given(struct by_register *b, unsigned root, uint64_t memory)
{
	const struct rv_shape *g = &b->s->in->given;
	uint64_t nics = g->given & RV_GIVEN_NICS ? g->nics : 1;
	uint64_t volumes = g->given & RV_GIVEN_VOLUMES ? g->volumes : 0;
	uint64_t n = RV_BASE_ENDPOINTS + root + nics + volumes;

	return (n >= 4 && n <= 7) || n > RV_ACPI_SLOT_MAX ||
	       add_plain(b, (unsigned)n, memory);
}

/* The usual machines first: 5 endpoints, or 4 with an iso root disk. */
static bool add_all_plain(struct by_register *b)
{
	static const unsigned endpoints[] = { 5, 4, 6, 7 };
	uint64_t memory[] = { 2 * GiB, GiB / 2, GiB, GiB + GiB / 2,
			      2 * GiB + GiB / 2 };
	const struct rv_shape *g = &b->s->in->given;
	size_t n = RV_LEN(memory);

	if (g->given & RV_GIVEN_MEMORY) {
		memory[0] = memory_class(g->memory);
		n = 1;
	}
	for (size_t e = 0; e < RV_LEN(endpoints); e++)
		for (size_t i = 0; i < n; i++)
			if (!add_plain(b, endpoints[e], memory[i]))
				return false;
	return !(g->given & (RV_GIVEN_NICS | RV_GIVEN_VOLUMES)) ||
	       (add_given(b, 1, memory[0]) && add_given(b, 0, memory[0]));
}

/* Machines with so many root ports: a hole of 32 GiB or 16 TiB. */
static bool add_ports(struct by_register *b, unsigned ports)
{
	static const uint16_t usual[] = { 8,  16,  24,	32,  48,  64,
					  96, 128, 160, 192, 224, 256 };
	const struct rv_shape *g = &b->s->in->given;
	uint32_t cpus[CPU_COUNTS];
	size_t n = usual_cpus(g, usual, RV_LEN(usual), cpus);

	for (size_t i = 0; i < n; i++)
		for (unsigned k = 0; k < 4; k++) {
			struct rv_candidate c = {
				.cpus = cpus[i],
				.memory = 2 * GiB,
				.endpoints = 5,
				.ports = ports,
				.hotplug = k >= 2,
				.hole = k % 2 ? 0 : 16384 * GiB,
				.bar = 128 * GiB,
			};

			if (!add_versions(b, c))
				return false;
		}
	return true;
}

static bool add_gpus(struct by_register *b)
{
	static const unsigned ports[] = { 1, 8, 2, 4, 12 };
	const struct rv_shape *g = &b->s->in->given;
	uint64_t n = (uint64_t)g->gpus +
		     (g->given & RV_GIVEN_NVSWITCHES ? g->nvswitches : 0);

	if (g->given & RV_GIVEN_GPUS)
		return n == 0 || n > RV_ACPI_SLOT_MAX ||
		       add_ports(b, (unsigned)n);
	for (size_t i = 0; i < RV_LEN(ports); i++)
		if (!add_ports(b, ports[i]))
			return false;
	return true;
}

static bool search(struct by_register *b)
{
	if (!rv_search_template(b->s, false, &b->t[0]) ||
	    !rv_search_template(b->s, true, &b->t[1]))
		return false;
	for (size_t i = 0; i < b->t[0].reg.n; i++)
		if (!b->t[0].reg.event[i].known)
			return rv_fail(b->s->err, RV_INPUT,
				       "solve: without an event log the event"
				       " %s, which cannot be computed, leaves"
				       " nothing to search with",
				       b->t[0].reg.event[i].label);
	return list_prefixes(b) && add_all_plain(b) && add_gpus(b) &&
	       try_all(b);
}

bool rv_search_register(struct rv_search *s)
{
	RV_AUTO(by_register_free) struct by_register *b = calloc(1, sizeof *b);

	if (!b)
		return rv_no_memory(s->err, "solve");
	b->s = s;
	if (!search(b))
		return false;
	if (!s->out->n)
		snprintf(s->out->why, sizeof s->out->why,
			 "RTMR0 is that of no shape in the space; an event log"
			 " would allow a larger search");
	return true;
}
