/* SPDX-License-Identifier: Apache-2.0 */
/*
 * solve_log.c - the search with an event log: each digest is decided on its
 * own, the cheapest first.
 *
 * The RSDP holds nothing but the RSDT's offset, so its digest is inverted by
 * trying offsets. The loader depends on the tables' lengths only, of which the
 * MADT's follows from the CPUs: with the offset known that leaves one digest of
 * 4 KiB per number of CPUs. The DSDT's length then leaves a few combinations of
 * devices and versions, and only their tables are built and hashed. RAM is
 * decided by the TD HOB alone.
 */
#include "search.h"
#include "digest.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	RSDT_MIN = 0x1000,
	RSDT_MAX = 0xe0000,
	/* A CPU takes this many bytes of DSDT, and the rest that many. */
	DSDT_CPU_MIN = 60,
	DSDT_CPU_MAX = 140,
	DSDT_REST_MIN = 4000,
	DSDT_REST_MAX = 24000,
	TABLES_MAX = 12000, /* blobs of 128 KiB and more that are hashed */
	FOREIGN_CPUS_MAX = 80,
	EV_SEPARATOR = 4,
	EV_PLATFORM_CONFIG_FLAGS = 0xa,
};

#define MiB ((uint64_t)1 << 20)
#define GiB ((uint64_t)1 << 30)

/* The DSDT's length with one CPU, for each combination of what else is in it.
 */
struct rest {
	struct rv_candidate c;
	size_t dsdt;
};

struct by_log {
	struct rv_search *s;
	struct rv_shape none; /* nothing is given */
	struct rv_space open; /* of @none */
	struct rv_template t;
	const struct rv_sha384 *want[RV_EVENTS_MAX]; /* the log's digests */
	size_t n;
	bool tpm;
	bool has_hob, has_rsdp, has_loader, has_tables;
	uint64_t memory; /* 0: the HOB fits none */
	size_t rsdt;
	struct rest *rest; /* owned */
	size_t rests;
	bool any; /* trying machines whatever the loader says */
	bool listed[RV_NODES_MAX + 1]; /* rests of so many nodes are there */
	size_t hashed;		       /* tables blobs */
	struct rv_buf match; /* owned: the tables blob that has the digest */
	struct rv_smbios_found smbios;
	bool nearest_is_set; /* of the solution, from what was matched last */
	struct rv_candidate nearest;
};

static void by_log_free(struct by_log *b)
{
	free(b->rest);
	rv_buf_free(&b->match);
}

/* ---- the log ---- */

/* RTMR0's digests in order; ACPI events are those behind the separator. */
static bool read_log(struct by_log *b)
{
	const struct rv_log *log = b->s->in->log;
	bool separated = false;
	size_t acpi = 0;

	for (size_t i = 0; i < log->n; i++) {
		const struct rv_event *e = &log->event[i];

		if (e->imr != 0)
			continue;
		if (!e->has_digest || b->n == RV_EVENTS_MAX)
			return rv_fail(b->s->err, RV_INPUT,
				       "solve: event %zu: %s", i,
				       e->has_digest ? "more events than any"
						       " firmware measures"
						     : "no digest");
		separated |= e->type == EV_SEPARATOR;
		acpi += separated && e->type == EV_PLATFORM_CONFIG_FLAGS;
		b->want[b->n++] = &e->digest;
	}
	b->tpm = acpi == 4;
	return true;
}

/* ---- RAM, by the TD HOB ---- */

static bool try_memory(struct by_log *b, uint64_t memory)
{
	const struct rv_sha384 *want = b->want[b->t.hob];
	const struct rv_shape *g = &b->s->in->given;

	if ((g->given & RV_GIVEN_MEMORY) && g->memory != memory)
		return false;
	for (size_t i = 0; i < b->s->layouts; i++) {
		struct rv_err ignored = { 0 };
		struct rv_sha384 d;

		b->s->digests++;
		if (rv_hob_digest(&b->s->layout[i], memory, &d, &ignored) &&
		    rv_digests_equal(&d, want)) {
			b->memory = memory;
			b->has_hob = true;
			return true;
		}
	}
	return false;
}

static void solve_memory(struct by_log *b)
{
	const struct rv_shape *g = &b->s->in->given;
	uint64_t usual[RV_MEMORIES_MAX];
	size_t n = rv_usual_memory(usual);

	if (g->given & RV_GIVEN_MEMORY) {
		try_memory(b, g->memory);
		return;
	}
	for (size_t i = 0; i < n; i++)
		if (try_memory(b, usual[i]))
			return;
	for (uint64_t m = 64 * MiB; m <= 64 * GiB; m += MiB)
		if (try_memory(b, m))
			return;
	for (uint64_t m = 65 * GiB; m <= 8192 * GiB; m += GiB)
		if (try_memory(b, m))
			return;
}

/* ---- the RSDT's offset, by the RSDP ---- */

static bool solve_rsdp(struct by_log *b)
{
	const struct rv_sha384 *want = b->want[b->t.rsdp];

	for (size_t at = RSDT_MIN; at < RSDT_MAX; at++) {
		uint8_t rsdp[RV_ACPI_RSDP_SIZE];
		struct rv_sha384 d;

		rv_acpi_rsdp(at, "BOCHS ", rsdp);
		if (!rv_search_hash(b->s, rv_span(rsdp, sizeof rsdp), &d))
			return false;
		if (rv_digests_equal(&d, want)) {
			b->has_rsdp = true;
			b->rsdt = at;
			break;
		}
	}
	return true;
}

/* ---- lengths ---- */

/* Lengths of a candidate's tables; false when it cannot be launched. */
static bool lengths(const struct by_log *b, const struct rv_candidate *c,
		    bool dsdt, struct rv_acpi_lengths *out)
{
	RV_AUTO(rv_acpi_machine_free) struct rv_acpi_machine m = { 0 };
	struct rv_acpi_assumed assumed;
	struct rv_err ignored = { 0 };
	struct rv_shape shape;

	/* What is given was looked at when the candidate was made. */
	if (!rv_candidate_shape(&b->open, c, false, &shape))
		return false;
	shape.memory = 4 * GiB;
	if (!rv_acpi_from_shape(&shape, &m, &assumed, &ignored))
		return false;
	return dsdt ? rv_acpi_lengths(&m, out, &ignored)
		    : rv_acpi_other_lengths(&m, out, &ignored);
}

static bool add_rest(struct by_log *b, const struct rv_candidate *c)
{
	struct rv_acpi_lengths n;
	struct rv_shape unused;
	struct rv_candidate any = *c;

	/* CPUs, interrupts and memory are still open. */
	any.cpus = b->s->in->given.given & RV_GIVEN_CPUS ? b->s->in->given.cpus
							 : c->cpus;
	any.pic = b->s->in->given.pic == RV_TRUE;
	any.edge = b->s->in->given.edge == RV_TRUE;
	any.hole = b->s->in->given.pci_hole64;
	if (!rv_candidate_shape(&b->s->space, &any, false, &unused) ||
	    !lengths(b, c, true, &n))
		return true;
	if (b->rests % 1024 == 0) {
		struct rest *r =
		    realloc(b->rest, (b->rests + 1024) * sizeof *r);

		if (!r)
			return rv_no_memory(b->s->err, "solve");
		b->rest = r;
	}
	b->rest[b->rests++] = (struct rest){ *c, n.dsdt };
	return true;
}

/* The versions, with ACPI hot-plug and without it. */
static bool add_classes(struct by_log *b, struct rv_candidate c)
{
	const size_t n = rv_space_classes(&b->s->space, &c)->n;

	for (int without = 0; without < 2; without++)
		for (size_t k = 0; k < n; k++) {
			c.version = k;
			c.hotplug = !without;
			if (!add_rest(b, &c))
				return false;
		}
	return true;
}

/* GPUs on one expander, or on two as VMMs spread them. */
static const unsigned char spreads[][2] = {
	{ 0, 0 }, { 1, 0 }, { 2, 0 }, { 4, 0 }, { 8, 0 }, { 1, 1 }, { 2, 2 },
	{ 4, 4 }, { 0, 1 }, { 0, 2 }, { 0, 4 }, { 0, 8 }, { 1, 2 }, { 2, 1 },
};

/* GPUs, and switches beside them: their BARs are in the DSDT's windows. */
static bool add_expander_bars(struct by_log *b, struct rv_candidate c)
{
	const unsigned switches[] = { 0, 4, 1, 2, 6 };
	size_t usual = c.nodes > 1 ? 2 : RV_LEN(switches);
	bool gpus = c.gpus[0] + c.gpus[1] != 0;

	for (size_t s = 0; s < usual; s++)
		for (c.bars = gpus; c.bars <= (gpus ? RV_BAR_SETS : 0);
		     c.bars++)
			for (c.switch_bar = gpus && switches[s];
			     c.switch_bar <=
			     (gpus && switches[s] ? RV_SWITCH_BARS : 0);
			     c.switch_bar++) {
				c.ports = switches[s];
				if (!add_classes(b, c))
					return false;
			}
	return true;
}

/* Behind the highest BAR a large hole leaves a window of PCI0's own. */
static bool add_expander_holes(struct by_log *b, struct rv_candidate c)
{
	bool gpus = c.gpus[0] + c.gpus[1] != 0;

	c.hole = rv_hole(RV_HOLES - 1);
	if (!add_expander_bars(b, c))
		return false;
	c.hole = rv_hole(0);
	return !gpus || add_expander_bars(b, c);
}

/* Machines with so many NUMA nodes, each with an expander. */
static bool list_expander_rests(struct by_log *b, unsigned nodes)
{
	enum { FIRST = 4, LAST = 7, LAST_WITHOUT_GPUS = 15 };

	for (size_t i = 0; i < RV_LEN(spreads); i++)
		for (unsigned k = 0; k < nodes; k++)
			for (unsigned e = FIRST;
			     e <= (i ? LAST : LAST_WITHOUT_GPUS); e++) {
				struct rv_candidate c = {
					.cpus = nodes,
					.endpoints = e,
					.tpm = b->tpm,
					.nodes = nodes,
					.gpus = { spreads[i][0],
						  spreads[i][1] },
					.swapped = k != 0,
				};

				if (nodes == 1 && c.gpus[1])
					continue;
				if (!add_expander_holes(b, c))
					return false;
			}
	b->listed[nodes] = true;
	return true;
}

/* Without NUMA: all combinations of devices, the usual ones first. */
static bool list_rests(struct by_log *b)
{
	for (unsigned ports = 0; ports <= RV_PORTS_MAX; ports++)
		for (unsigned e = RV_BASE_ENDPOINTS; e <= RV_ENDPOINTS_MAX; e++)
			if (e + ports <= RV_ACPI_SLOT_MAX &&
			    !add_classes(b, (struct rv_candidate){
						.cpus = 1,
						.endpoints = e,
						.ports = ports,
						.tpm = b->tpm,
						/* any hole will do here */
						.hole = rv_hole(RV_HOLES - 1),
					    }))
				return false;
	b->listed[0] = true;
	return true;
}

static bool list_for(struct by_log *b, unsigned nodes)
{
	return b->listed[nodes] ||
	       (nodes ? list_expander_rests(b, nodes) : list_rests(b));
}

/* What CPUs add to the DSDT of one CPU. */
static size_t cpu_part(const struct by_log *b, struct rv_candidate c,
		       uint32_t cpus)
{
	struct rv_acpi_lengths one, all;

	c.cpus = c.nodes ? c.nodes : 1;
	if (!lengths(b, &c, true, &one))
		return 0;
	c.cpus = cpus;
	return lengths(b, &c, true, &all) ? all.dsdt - one.dsdt : 0;
}

/* ---- the tables ---- */

/* RAM sizes that differ in the tables, when the HOB does not tell. */
static size_t table_memories(const struct by_log *b, uint64_t out[32])
{
	size_t n = 0;

	if (b->memory) {
		out[n++] = b->memory;
		return n;
	}
	out[n++] = 0; /* 2 GiB, and 2816 MiB or more */
	for (uint64_t m = 256 * MiB; m < 2816 * MiB; m += 128 * MiB)
		if (m != 2 * GiB)
			out[n++] = m;
	return n;
}

/* Once a blob has the digest, others need only be compared with it. */
static bool same_as_match(struct by_log *b, bool *same)
{
	struct rv_buf *tables = &b->s->blobs.tables;
	struct rv_sha384 d;

	if (b->match.p) {
		*same = rv_same(rv_buf_span(&b->match), rv_buf_span(tables));
		return true;
	}
	b->hashed++;
	if (!rv_search_hash(b->s, rv_buf_span(tables), &d))
		return false;
	*same = rv_digests_equal(&d, b->want[b->t.tables]);
	if (*same)
		b->match = RV_TAKE(*tables);
	return true;
}

/* How far from the usual machine: the nearest of equals is the plainest. */
static unsigned odd(const struct rv_candidate *c)
{
	enum { USUAL = 5 };

	return (c->endpoints > USUAL ? c->endpoints - USUAL
				     : USUAL - c->endpoints) +
	       c->ports + 2 * c->nodes + c->tpm + !c->hotplug + (c->hole != 0);
}

static bool try_tables(struct by_log *b, const struct rv_candidate *c)
{
	bool same;

	if (b->hashed >= TABLES_MAX || !rv_search_build(b->s, c))
		return !b->s->no_memory;
	if (!same_as_match(b, &same))
		return false;
	if (!b->nearest_is_set || (same && !b->has_tables) ||
	    (!same && !b->has_tables && odd(c) < odd(&b->nearest)))
		b->nearest = *c;
	b->nearest_is_set = true;
	b->has_tables |= same;
	if (same && b->has_hob && b->has_rsdp && b->has_loader)
		rv_search_found(b->s, c);
	return true;
}

/*
 * On bus 0 the BARs of GPUs decide where the windows end, unless the hole is as
 * large as all that firmware hands out. Then nothing tells them.
 */
static bool try_ports(struct by_log *b, struct rv_candidate c)
{
	static const unsigned switches[] = { 0, 4, 1, 2, 6 };

	if (c.nodes || !c.ports || c.hole >= 8192 * GiB)
		return try_tables(b, &c);
	/* When the loader is wrong, the usual ones must do. */
	c.bars = 1;
	if (b->any)
		return try_tables(b, &c);
	for (size_t s = 0; s < RV_LEN(switches); s++) {
		c.switches = switches[s];
		for (c.bars = 1; c.bars <= RV_BAR_SETS; c.bars++) {
			if (c.switches >= c.ports)
				continue;
			if (!try_tables(b, &c))
				return false;
		}
	}
	c.switches = c.ports;
	c.bars = 0;
	return try_tables(b, &c);
}

/* What the lengths leave open: pic, the hole, GPU BARs, RAM. */
static bool try_open_facts(struct by_log *b, struct rv_candidate c)
{
	uint64_t memory[32];
	size_t memories = table_memories(b, memory);
	bool usual_pic =
	    rv_space_classes(&b->s->space, &c)->class[c.version].pic;

	for (size_t m = 0; m < memories; m++)
		for (unsigned p = 0; p < 2; p++)
			for (size_t h = 0; h < RV_HOLES; h++) {
				c.memory = memory[m];
				c.pic = (p == 0) == usual_pic;
				c.hole = rv_hole(h);
				if (b->any && h && c.hole != 16384 * GiB &&
				    c.hole != 1048576 * GiB)
					continue;
				if (!try_ports(b, c))
					return false;
				if (b->has_tables && !b->s->out->n)
					return true;
			}
	return true;
}

/* ---- the loader ---- */

static bool loader_matches(struct by_log *b, const struct rv_acpi_lengths *n,
			   bool *match)
{
	RV_AUTO(rv_buf_free) struct rv_buf loader = { 0 };
	struct rv_sha384 d;

	if (!rv_acpi_loader(n, &loader, b->s->err) ||
	    !rv_search_hash(b->s, rv_buf_span(&loader), &d))
		return false;
	*match = rv_digests_equal(&d, b->want[b->t.loader]);
	return true;
}

/* The combinations whose DSDT is @dsdt bytes long with these CPUs. */
static bool try_rests(struct by_log *b, uint32_t cpus, bool edge,
		      unsigned nodes, size_t dsdt)
{
	size_t part[RV_QEMU_CLASSES_MAX] = { 0 };

	for (size_t i = 0; i < b->rests; i++) {
		struct rv_candidate c = b->rest[i].c;

		if (c.nodes != nodes)
			continue;
		if (cpus > 1 && !part[c.version])
			part[c.version] = cpu_part(b, c, cpus);
		if (b->rest[i].dsdt + part[c.version] != dsdt)
			continue;
		c.cpus = cpus;
		c.edge = edge;
		if (!try_open_facts(b, c))
			return false;
	}
	return true;
}

static bool plausible(size_t dsdt, uint32_t cpus)
{
	return dsdt >= DSDT_REST_MIN + (size_t)DSDT_CPU_MIN * cpus &&
	       dsdt <= DSDT_REST_MAX + (size_t)DSDT_CPU_MAX * cpus;
}

/*
 * With the RSDT's place known, the CPUs decide the DSDT's length. Where the
 * loader agrees, or with @any whatever it says, look for what has that length.
 */
static bool solve_with_offset(struct by_log *b, bool any)
{
	enum { VARIANTS = 2 * (RV_NODES_MAX + 1) };

	b->any = any;
	for (uint32_t k = 0; k < VARIANTS * RV_CPUS_MAX; k++) {
		struct rv_candidate c = {
			.cpus = k / VARIANTS + 1,
			.endpoints = 5,
			.hotplug = true,
			.edge = k % 2 == 0,
			.tpm = b->tpm,
			.nodes = k % VARIANTS / 2,
		};
		struct rv_acpi_lengths n;
		bool match = any;
		size_t others;

		/* Whatever the loader says, try the usual machines only. */
		if ((any && c.nodes) ||
		    !rv_given_cpus(&b->s->in->given, c.cpus) ||
		    !plausible(b->rsdt, c.cpus) || !lengths(b, &c, false, &n))
			continue;
		n.dsdt = 0;
		others = rv_acpi_rsdt(&n);
		if (others >= b->rsdt || !plausible(b->rsdt - others, c.cpus))
			continue;
		n.dsdt = b->rsdt - others;
		if (!any && !loader_matches(b, &n, &match))
			return false;
		if (!match)
			continue;
		b->has_loader |= !any;
		if (!list_for(b, c.nodes) ||
		    !try_rests(b, c.cpus, c.edge, c.nodes, n.dsdt))
			return false;
		if (any && b->has_tables)
			break;
	}
	return true;
}

/* Without the RSDP: the loader of the usual machines. */
static bool solve_without_offset(struct by_log *b)
{
	if (!list_for(b, 0))
		return false;
	for (uint32_t cpus = 1; cpus <= FOREIGN_CPUS_MAX; cpus++) {
		size_t part[RV_QEMU_CLASSES_MAX] = { 0 }, last = 0;

		if (!rv_given_cpus(&b->s->in->given, cpus))
			continue;
		for (size_t i = 0; i < b->rests; i++) {
			struct rv_candidate c = b->rest[i].c;
			struct rv_acpi_lengths n;
			bool match;

			if (c.nodes || c.ports || c.endpoints > 8)
				continue;
			if (cpus > 1 && !part[c.version])
				part[c.version] = cpu_part(b, c, cpus);
			if (b->rest[i].dsdt + part[c.version] == last)
				continue;
			last = b->rest[i].dsdt + part[c.version];
			c.cpus = cpus;
			for (unsigned e = 0; e < 2; e++) {
				c.edge = e == 0;
				if (!lengths(b, &c, false, &n))
					continue;
				n.dsdt = last;
				if (!loader_matches(b, &n, &match))
					return false;
				if (!match)
					continue;
				b->has_loader = true;
				return try_rests(b, cpus, c.edge, 0, last);
			}
		}
	}
	return true;
}

/* ---- the processor, by the SMBIOS event ---- */

/* Versions with the tables that were found, or all that there are. */
static size_t versions(const struct by_log *b,
		       struct rv_qemu out[RV_QEMU_CLASSES_MAX])
{
	const struct rv_space *space = &b->s->space;
	struct rv_candidate c = { .nodes = 0 };
	size_t n = 0;

	if (b->has_tables)
		return rv_class_versions(space, &b->nearest, b->s->single_pass,
					 out);
	if (space->given->given & RV_GIVEN_QEMU)
		return rv_class_versions(space, &c, b->s->single_pass, out);
	for (; c.version < space->classes[0].n; c.version++)
		n += rv_class_versions(space, &c, b->s->single_pass, out + n);
	return n;
}

static bool solve_smbios(struct by_log *b)
{
	struct rv_qemu version[RV_QEMU_CLASSES_MAX];
	struct rv_shape shape = b->s->in->given;
	struct rv_smbios_asked asked = {
		.shape = &shape,
		.bios = &b->s->bios,
		.fmspc = rv_search_fmspc(b->s),
	};

	if (b->t.smbios == b->t.reg.n || !b->memory)
		return true;
	shape.memory = b->memory;
	/* Their number is not measured, as long as it is no more than 255. */
	shape.cpus = b->nearest_is_set ? b->nearest.cpus : 1;
	asked.versions.at = version;
	asked.versions.n = versions(b, version);
	if (!rv_smbios_search(&asked, b->want[b->t.smbios], &b->smbios,
			      b->s->err))
		return false;
	b->s->digests += b->smbios.tried;
	for (size_t i = 0; b->smbios.found && i < b->s->out->n; i++)
		rv_search_processor(&b->s->out->found[i], &b->smbios);
	return true;
}

static void explain_smbios(const struct by_log *b, struct rv_solve_event *e)
{
	const struct rv_smbios_found *f = &b->smbios;

	if (f->found) {
		e->state = RV_EVENT_EXPLAINED;
		snprintf(e->by, sizeof e->by,
			 "processor %08" PRIx32 ":%08" PRIx32
			 ", product %.60s, pc-q35-%u.%u, memory",
			 f->eax, f->edx, f->product, f->qemu.major,
			 f->qemu.minor);
		return;
	}
	e->state = RV_EVENT_NOT_CHECKED;
	if (!f->tried)
		snprintf(e->by, sizeof e->by,
			 "not searched, without the memory size: taken from the"
			 " log");
	else
		snprintf(e->by, sizeof e->by,
			 "none of %" PRIu64 " processors, products and QEMUs"
			 " gives it: taken from the log",
			 f->tried);
}

/* ---- the answer ---- */

static void explain(struct rv_solve_event *e, enum rv_explained state,
		    const char *by)
{
	e->state = state;
	snprintf(e->by, sizeof e->by, "%s", by);
}

static void explain_shape_event(const struct by_log *b, size_t i,
				struct rv_solve_event *e)
{
	const struct {
		size_t at;
		bool good;
		const char *yes, *no;
	} row[] = {
		{ b->t.hob, b->has_hob, "the memory size",
		  "no memory size gives it" },
		{ b->t.loader, b->has_loader, "the tables' lengths",
		  "no machine's tables have these lengths" },
		{ b->t.rsdp, b->has_rsdp, "the tables' length",
		  "no length of the tables gives it" },
		{ b->t.tables, b->has_tables, "the shape",
		  "no shape gives these tables" },
	};

	for (size_t k = 0; k < RV_LEN(row); k++)
		if (row[k].at == i)
			explain(e,
				row[k].good ? RV_EVENT_EXPLAINED
					    : RV_EVENT_UNEXPLAINED,
				row[k].good ? row[k].yes : row[k].no);
}

/* Each event of the log; returns how many are not explained. */
static size_t explain_all(struct by_log *b)
{
	struct rv_solution *o = b->s->out;
	size_t bad = 0;

	for (size_t i = 0; i < b->n; i++) {
		struct rv_solve_event *e = &o->event[o->events++];
		const struct rv_predicted *p = &b->t.reg.event[i];
		bool shape = i == b->t.hob || i == b->t.loader ||
			     i == b->t.rsdp || i == b->t.tables;

		e->digest = *b->want[i];
		e->type = p->type;
		memcpy(e->label, p->label, sizeof e->label);
		if (shape)
			explain_shape_event(b, i, e);
		else if (i == b->t.smbios)
			explain_smbios(b, e);
		else if (!p->known)
			explain(e, RV_EVENT_NOT_CHECKED,
				"cannot be computed: taken from the log");
		else if (rv_digests_equal(&p->digest, b->want[i]))
			explain(e, RV_EVENT_EXPLAINED, p->depends);
		else
			explain(e, RV_EVENT_UNEXPLAINED,
				"not what this firmware measures");
		bad += e->state == RV_EVENT_UNEXPLAINED;
	}
	return bad;
}

static bool replays(struct by_log *b, bool *same)
{
	struct rv_sha384 r = { { 0 } };

	for (size_t i = 0; i < b->n; i++)
		if (!rv_extend(&r, b->want[i], b->s->err))
			return false;
	*same = rv_digests_equal(&r, &b->s->rtmr0);
	return true;
}

/* A shape counts as found when nothing speaks against it. */
static bool conclude(struct by_log *b)
{
	struct rv_solution *o = b->s->out;
	size_t bad = explain_all(b);
	bool same;

	if (!replays(b, &same))
		return false;
	o->other_log = !same;
	if (bad || !same)
		o->n = 0;
	if (bad)
		snprintf(
		    o->why, sizeof o->why,
		    "%zu of %zu events of RTMR0 are not explained%s", bad, b->n,
		    same ? "" : ", and the log does not give the register");
	else if (!same)
		snprintf(o->why, sizeof o->why,
			 "the log's events do not give the quote's RTMR0");
	if (!o->n && b->nearest_is_set) {
		b->nearest.memory = b->memory;
		o->has_nearest = rv_candidate_shape(
		    &b->s->space, &b->nearest, b->s->single_pass, &o->nearest);
	}
	return true;
}

/* How many shapes the search decides about, RAM sizes not counted. */
static uint64_t space(const struct rv_space *s)
{
	const struct rv_shape *g = s->given;
	uint64_t n = g->given & RV_GIVEN_CPUS ? 1 : RV_CPUS_MAX;

	n *= g->given & RV_GIVEN_PIC ? 1 : 2;
	n *= g->edge ? 1 : 2;
	n *= g->given & RV_GIVEN_HOTPLUG_OFF ? 1 : 2;
	n *= g->given & RV_GIVEN_PCI_HOLE64 ? 1 : RV_HOLES;
	n *= g->given & RV_GIVEN_QEMU ? 1 : s->classes[0].n;
	n *= RV_ENDPOINTS_MAX - RV_BASE_ENDPOINTS + 1;
	return n * (RV_PORTS_MAX + 1);
}

/*
 * The template that this log fits: since 202505 firmware measures the number of
 * PCI expanders, when there are some. None fits: the one without them.
 */
static bool find_template(struct by_log *b)
{
	static const char label[] = "fw-cfg-extra-pci-roots";

	for (unsigned n = 1; n <= RV_NODES_MAX; n++) {
		if (!rv_search_template(b->s, b->tpm, n, &b->t))
			return false;
		for (size_t i = 0; i < b->t.reg.n && b->t.reg.n == b->n; i++)
			if (strcmp(b->t.reg.event[i].label, label) == 0 &&
			    rv_digests_equal(&b->t.reg.event[i].digest,
					     b->want[i]))
				return true;
	}
	return rv_search_template(b->s, b->tpm, 0, &b->t);
}

bool rv_search_log(struct rv_search *s)
{
	RV_AUTO(by_log_free)
	struct by_log b = { .s = s, .none = rv_shape_default() };

	rv_space_init(&b.open, &b.none);
	s->out->space = space(&s->space);
	if (!read_log(&b) || !find_template(&b))
		return false;
	if (b.n != b.t.reg.n) {
		snprintf(s->out->why, sizeof s->out->why,
			 "the log has %zu events of RTMR0, and this firmware"
			 " measures %zu",
			 b.n, b.t.reg.n);
		return true;
	}
	solve_memory(&b);
	if (!solve_rsdp(&b))
		return false;
	if (b.has_rsdp) {
		if (!solve_with_offset(&b, false) ||
		    (!b.has_loader && !solve_with_offset(&b, true)))
			return false;
	} else if (!solve_without_offset(&b)) {
		return false;
	}
	return solve_smbios(&b) && conclude(&b);
}
