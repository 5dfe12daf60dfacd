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
#include "smbios_facts.h"
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
	uint32_t smbios; /* 1 + index of the SMBIOS event that fits */
};

/* An SMBIOS event that a machine may have, and what gives it. */
struct option {
	struct rv_sha384 digest;
	uint32_t eax, edx;
	struct rv_qemu qemu;
	const char *product; /* static, or of @given */
};

/* Those of one size of RAM and one class of QEMUs. */
struct options {
	size_t first, n;
};

struct by_register {
	struct rv_search *s;
	struct rv_template t[2]; /* without and with a TPM */
	struct prefix prefix[RV_LAYOUTS_MAX * RV_MEMORIES_MAX];
	size_t prefixes;
	/* By prefix, with or without expanders, and class of versions. */
	struct options of[RV_LAYOUTS_MAX * RV_MEMORIES_MAX][2]
			 [RV_QEMU_CLASSES_MAX];
	struct option *option; /* owned */
	size_t options, option_room;
	struct trial *trial; /* owned */
	size_t n, room;

	/* Shared by the threads. */
	atomic_size_t next, found; /* found: the first that fits, or @n */
	atomic_bool failed;
	struct rv_err err; /* of the one that failed */
};

static void by_register_free(struct by_register **b)
{
	if (*b) {
		free((*b)->trial);
		free((*b)->option);
	}
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

/* The events from @from on, up to @end. */
static bool extend_events(struct rv_search *s, const struct rv_template *t,
			  const struct rv_acpi_digests *d, size_t from,
			  size_t end, struct rv_sha384 *r)
{
	for (size_t i = from; i < end; i++) {
		const struct rv_sha384 *e = i == t->loader ? &d->loader
					    : i == t->rsdp ? &d->rsdp
					    : i == t->tables
						? &d->tables
						: &t->reg.event[i].digest;

		if (!extend(s, r, e))
			return false;
	}
	return true;
}

/* With each SMBIOS event that such a machine may have. */
static bool try_options(const struct by_register *b, struct rv_search *s,
			size_t prefix, struct trial *trial,
			const struct rv_acpi_digests *d,
			const struct rv_sha384 *before, bool *match)
{
	const struct rv_template *t = &b->t[trial->c.tpm];
	const struct options *o =
	    &b->of[prefix][trial->c.nodes != 0][trial->c.version];

	for (size_t i = o->first; i < o->first + o->n && !*match; i++) {
		struct rv_sha384 r = *before;

		if (!extend(s, &r, &b->option[i].digest) ||
		    !extend_events(s, t, d, t->smbios + 1, t->reg.n, &r))
			return false;
		*match = rv_digests_equal(&r, &b->s->rtmr0);
		if (*match)
			trial->smbios = (uint32_t)i + 1;
	}
	return true;
}

static bool try_prefix(const struct by_register *b, struct rv_search *s,
		       size_t prefix, struct trial *trial,
		       const struct rv_acpi_digests *d, bool *match)
{
	const struct rv_template *t = &b->t[trial->c.tpm];
	struct rv_sha384 r = b->prefix[prefix].value;

	if (!extend_events(s, t, d, t->loader, t->smbios, &r))
		return false;
	if (t->smbios < t->reg.n)
		return try_options(b, s, prefix, trial, d, &r, match);
	*match = rv_digests_equal(&r, &b->s->rtmr0);
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
	const struct rv_acpi_blobs *built = &s->blobs;
	struct trial *t = &b->trial[i];
	uint64_t class = t->c.memory, before = s->digests;
	struct rv_acpi_digests d;
	bool match = false;

	if (s->in->given.given & RV_GIVEN_MEMORY)
		t->c.memory = s->in->given.memory;
	if (!rv_search_build(s, &t->c))
		return !s->no_memory;
	if (!rv_search_hash(s, rv_buf_span(&built->tables), &d.tables) ||
	    !rv_search_hash(s, rv_buf_span(&built->rsdp), &d.rsdp) ||
	    !rv_search_hash(s, rv_buf_span(&built->loader), &d.loader))
		return false;
	t->digests = (uint32_t)(s->digests - before);
	for (size_t k = 0; k < b->prefixes && !match; k++) {
		const struct prefix *p = &b->prefix[k];

		if (memory_class(p->memory) != class)
			continue;
		t->shapes++;
		if (!try_prefix(b, s, k, t, &d, &match))
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
	s.blobs = (struct rv_acpi_blobs){ 0 };
	if (!try_until_found(b, &s) && !atomic_exchange(&b->failed, true))
		b->err = err;
	rv_digest_free(&s.sha);
	rv_acpi_blobs_free(&s.blobs);
}

static void note_solution(struct by_register *b, const struct trial *t)
{
	struct rv_smbios_found f = { .found = true };
	const struct option *o;

	rv_search_found(b->s, &t->c);
	if (!t->smbios || !b->s->out->n)
		return;
	o = &b->option[t->smbios - 1];
	f.eax = o->eax;
	f.edx = o->edx;
	f.qemu = o->qemu;
	snprintf(f.product, sizeof f.product, "%s", o->product);
	rv_search_processor(&b->s->out->found[0], &f);
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
		note_solution(b, &b->trial[found]);
	return true;
}

/* ---- the machines, the usual ones first ---- */

static bool add(struct by_register *b, struct rv_candidate c)
{
	const struct rv_shape *g = &b->s->in->given;
	struct trial *more;

	c.tpm = g->given & RV_GIVEN_SWTPM && g->swtpm;
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

	if (g->given & RV_GIVEN_HUGEPAGES && g->hugepages && !c.nodes &&
	    !c.ports)
		c.nodes = 1;
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
		{ { 8, 0, 0 }, true },	{ { 9, 1, 3 }, true },
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

/* Holes that were seen: QEMU's default, 16 TiB, 1 PiB. */
static const uint64_t usual_holes[] = { 0, 16384 * GiB, 1048576 * GiB };

/* Each set of BARs where they decide: with a small hole. */
static bool add_bars(struct by_register *b, struct rv_candidate c)
{
	enum { USUAL_SETS = 2 };

	if (c.hole >= 8192 * GiB)
		return add_versions(b, c);
	for (c.bars = 1; c.bars <= USUAL_SETS; c.bars++)
		if (!add_versions(b, c))
			return false;
	return true;
}

/* Machines with so many root ports. */
static bool add_ports(struct by_register *b, unsigned ports)
{
	static const uint16_t usual[] = { 8,  16,  24,	32,  48,  64,
					  96, 128, 160, 192, 224, 256 };
	const struct rv_shape *g = &b->s->in->given;
	uint32_t cpus[CPU_COUNTS];
	size_t n = usual_cpus(g, usual, RV_LEN(usual), cpus);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 2 * RV_LEN(usual_holes); k++) {
			struct rv_candidate c = {
				.cpus = cpus[i],
				.memory = 2 * GiB,
				.endpoints = 5,
				.ports = ports,
				.hotplug = k >= RV_LEN(usual_holes),
				.hole = usual_holes[k % RV_LEN(usual_holes)],
			};

			if (!add_bars(b, c))
				return false;
		}
	return true;
}

/*
 * GPUs on expanders. The SRAT has the sizes of the nodes, so that RAM must be
 * known; else there would be a set of tables for each size.
 */
static bool add_expanders(struct by_register *b)
{
	static const unsigned char spread[][2] = { { 8, 0 }, { 4, 4 }, { 4, 0 },
						   { 1, 0 }, { 2, 0 }, { 2, 2 },
						   { 1, 1 } };
	static const uint16_t usual[] = { 8, 16, 32, 64, 96, 128, 192 };
	const struct rv_shape *g = &b->s->in->given;
	uint32_t cpus[CPU_COUNTS];
	size_t n = usual_cpus(g, usual, RV_LEN(usual), cpus);

	if (!(g->given & RV_GIVEN_MEMORY))
		return true;
	for (size_t i = 0; i < RV_LEN(spread) * 4; i++)
		for (size_t k = 0; k < n * RV_LEN(usual_holes); k++) {
			const unsigned char *s = spread[i / 4];
			struct rv_candidate c = {
				.cpus = cpus[k / RV_LEN(usual_holes)],
				.memory = memory_class(g->memory),
				.endpoints = 5,
				.ports = i % 2 ? 4 : 0,
				.switch_bar = i % 2,
				.nodes = s[1] ? 2 : 1,
				.gpus = { s[0], s[1] },
				.hotplug = i % 4 >= 2,
				.hole = usual_holes[k % RV_LEN(usual_holes)],
			};

			for (c.bars = 1; c.bars <= 4; c.bars++)
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

/* Hosts with GPUs give a large hole to machines without one, too. */
static bool add_large_hole(struct by_register *b)
{
	const struct rv_shape *g = &b->s->in->given;
	uint32_t cpus[CPU_COUNTS];
	size_t n = usual_cpus(g, cpu_counts, RV_LEN(cpu_counts), cpus);

	if (g->given & RV_GIVEN_PCI_HOLE64)
		return true;
	for (size_t i = 0; i < n; i++) {
		struct rv_candidate c = {
			.cpus = cpus[i],
			.memory = memory_class(
			    g->given & RV_GIVEN_MEMORY ? g->memory : 2 * GiB),
			.endpoints = 5,
			.hole = usual_holes[2],
		};

		if (!add_versions(b, c))
			return false;
	}
	return true;
}

/* ---- SMBIOS events ---- */

static bool add_option(struct by_register *b, const struct option *o)
{
	if (b->options == b->option_room) {
		size_t room = b->option_room ? 2 * b->option_room : 1024;
		struct option *more =
		    realloc(b->option, room * sizeof *b->option);

		if (!more)
			return rv_no_memory(b->s->err, "solve");
		b->option = more;
		b->option_room = room;
	}
	b->option[b->options++] = *o;
	return true;
}

/* Of one size of RAM and one QEMU: the likely processors and products. */
static bool add_processors(struct by_register *b, uint64_t memory,
			   struct rv_qemu version)
{
	enum { HYPER_THREADING = 1 << 28 };
	const struct rv_qemu_row *row = rv_qemu_find(&version);
	struct rv_shape shape = b->s->in->given;
	const char *given = b->s->in->given.smbios_product;
	uint32_t eax[RV_SMBIOS_LIKELY_MAX], edx;
	size_t n = rv_smbios_likely(&shape, rv_search_fmspc(b->s), eax, &edx);
	struct rv_smbios_facts f;

	shape.memory = memory;
	shape.qemu = version;
	shape.cpus = 1;
	rv_smbios_facts(&shape, &b->s->bios, &f);
	if (row && row->cpu_hyper_threading && !shape.has_cpu_id)
		edx |= HYPER_THREADING;
	for (size_t k = 0; k < 2 * n; k++) {
		struct option o = { .eax = eax[k / 2],
				    .edx = edx,
				    .qemu = version };
		struct rv_err ignored = { 0 };

		o.product = *given  ? given
			    : k % 2 ? "none"
				    : rv_smbios_usual_product;
		if (*given && k % 2)
			continue;
		rv_smbios_product(&f, o.product);
		f.s.eax = o.eax;
		f.s.edx = o.edx;
		if (rv_smbios_digest(&f.s, &o.digest, &ignored) &&
		    !add_option(b, &o))
			return false;
	}
	return true;
}

/* Of several versions those that hosts are known to run, if there are any. */
static size_t keep_met(struct rv_qemu *version, size_t n)
{
	size_t met = 0;

	for (size_t i = 0; i < n; i++) {
		const struct rv_qemu_row *row = rv_qemu_find(&version[i]);

		if (row && row->met)
			version[met++] = version[i];
	}
	return met ? met : n;
}

/* Of one size of RAM and one class of versions. */
static bool add_class(struct by_register *b, size_t prefix,
		      const struct rv_candidate *c)
{
	struct options *o = &b->of[prefix][c->nodes][c->version];
	struct rv_qemu version[RV_QEMU_CLASSES_MAX];
	size_t n =
	    rv_class_versions(&b->s->space, c, b->s->single_pass, version);

	n = keep_met(version, n);
	o->first = b->options;
	for (size_t k = 0; k < n; k++)
		if (!add_processors(b, b->prefix[prefix].memory, version[k]))
			return false;
	o->n = b->options - o->first;
	return true;
}

static bool list_options(struct by_register *b)
{
	struct rv_candidate c = { .nodes = 0 };

	if (b->t[0].smbios == b->t[0].reg.n)
		return true;
	for (size_t i = 0; i < b->prefixes; i++)
		for (c.nodes = 0; c.nodes < 2; c.nodes++)
			for (c.version = 0;
			     c.version < b->s->space.classes[c.nodes].n;
			     c.version++)
				if (!add_class(b, i, &c))
					return false;
	if (!b->options)
		return rv_fail(b->s->err, RV_INPUT,
			       "solve: without an event log the event smbios"
			       " needs the processor (--cpu-id), which the"
			       " quote's certificate does not name either");
	return true;
}

static bool search(struct by_register *b)
{
	if (!rv_search_template(b->s, false, 0, &b->t[0]) ||
	    !rv_search_template(b->s, true, 0, &b->t[1]))
		return false;
	for (size_t i = 0; i < b->t[0].reg.n; i++)
		if (!b->t[0].reg.event[i].known && i != b->t[0].smbios)
			return rv_fail(b->s->err, RV_INPUT,
				       "solve: without an event log the event"
				       " %s, which cannot be computed, leaves"
				       " nothing to search with",
				       b->t[0].reg.event[i].label);
	return list_prefixes(b) && list_options(b) && add_all_plain(b) &&
	       add_gpus(b) && add_large_hole(b) && add_expanders(b) &&
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
