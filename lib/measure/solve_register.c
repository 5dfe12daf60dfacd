/* SPDX-License-Identifier: Apache-2.0 */
/*
 * solve_register.c - the search without a log: RTMR0 of each shape of a smaller
 * space. What costs is hashing the tables, so each distinct blob is hashed
 * once, and the sizes of RAM that give the same blob share its digest: for each
 * only the chain of extends differs.
 */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>

#define GiB ((uint64_t)1 << 30)
#define LOW ((uint64_t)2816 << 20)

/* RTMR0 before the ACPI events, for one RAM size and firmware build. */
struct prefix {
	uint64_t memory;
	struct rv_sha384 value;
};

struct by_register {
	struct rv_search *s;
	struct rv_template t[2]; /* without and with a TPM */
	struct prefix prefix[RV_LAYOUTS_MAX * RV_MEMORIES_MAX];
	size_t prefixes;
	bool done;
};

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

static bool try_prefix(struct by_register *b, const struct prefix *p,
		       const struct rv_acpi_digests *d,
		       const struct rv_template *t, bool *match)
{
	struct rv_sha384 r = p->value;

	for (size_t i = t->loader; i < t->reg.n; i++) {
		const struct rv_sha384 *e = i == t->loader ? &d->loader
					    : i == t->rsdp ? &d->rsdp
					    : i == t->tables
						? &d->tables
						: &t->reg.event[i].digest;

		if (!extend(b->s, &r, e))
			return false;
	}
	*match = rv_digests_equal(&r, &b->s->in->rtmr[0]);
	return true;
}

/* One machine with each size of RAM of the class @c->memory. */
static bool try_candidate(struct by_register *b, struct rv_candidate c)
{
	RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs blobs = { 0 };
	uint64_t class = c.memory;
	struct rv_acpi_digests d;

	if (b->done)
		return true;
	if (b->s->in->given.given & RV_GIVEN_MEMORY)
		c.memory = b->s->in->given.memory;
	if (!rv_search_build(b->s, &c, &blobs))
		return !b->s->no_memory;
	if (!rv_search_hash(b->s, rv_buf_span(&blobs.tables), &d.tables) ||
	    !rv_search_hash(b->s, rv_buf_span(&blobs.rsdp), &d.rsdp) ||
	    !rv_search_hash(b->s, rv_buf_span(&blobs.loader), &d.loader))
		return false;
	for (size_t i = 0; i < b->prefixes && !b->done; i++) {
		const struct prefix *p = &b->prefix[i];
		bool match;

		if (memory_class(p->memory) != class)
			continue;
		b->s->out->space++;
		if (!try_prefix(b, p, &d, &b->t[c.tpm], &match))
			return false;
		if (!match)
			continue;
		c.memory = p->memory;
		rv_search_found(b->s, &c);
		b->done = true; /* all others give other blobs */
	}
	return true;
}

/* Interrupt settings that were seen together, or follow from defaults. */
static bool try_versions(struct by_register *b, struct rv_candidate c)
{
	static const struct {
		unsigned profile;
		bool pic, edge;
	} row[] = {
		{ 0, true, true },   { 1, false, false }, { 2, false, false },
		{ 3, false, false }, { 4, false, false }, { 0, false, true },
		{ 0, true, false },  { 0, false, false }, { 1, true, true },
		{ 5, true, true },
	};

	for (size_t i = 0; i < RV_LEN(row); i++) {
		c.profile = row[i].profile;
		c.pic = row[i].pic;
		c.edge = row[i].edge;
		if (!try_candidate(b, c))
			return false;
	}
	return true;
}

static const uint16_t cpu_counts[] = {
	1,  2,	4,   8,	  16,  32,  64,	 3,   5,   6,	7,   9,	  10,  11,
	12, 13, 14,  15,  17,  18,  19,	 20,  21,  22,	23,  24,  25,  26,
	27, 28, 29,  30,  31,  36,  40,	 44,  48,  52,	56,  60,  72,  80,
	88, 96, 112, 120, 128, 144, 160, 176, 192, 208, 224, 240, 255, 256,
};

/* Plain machines with so many disks and NICs: every CPU count. */
static bool try_plain(struct by_register *b, unsigned endpoints,
		      uint64_t memory)
{
	for (size_t i = 0; i < RV_LEN(cpu_counts); i++)
		for (unsigned h = 0; h < 2; h++) {
			struct rv_candidate c = {
				.cpus = cpu_counts[i],
				.memory = memory,
				.endpoints = endpoints,
				.hotplug = h == 0,
			};

			/* Little RAM goes with few CPUs. */
			if (memory != 2 * GiB && c.cpus > 4)
				continue;
			if (!try_versions(b, c))
				return false;
		}
	return true;
}

/* The usual machines first: 5 endpoints, or 4 with an iso root disk. */
static bool try_all_plain(struct by_register *b)
{
	static const unsigned endpoints[] = { 5, 4, 6, 7 };
	static const uint64_t memory[] = { 2 * GiB, GiB / 2, GiB, GiB + GiB / 2,
					   2 * GiB + GiB / 2 };

	for (size_t e = 0; e < RV_LEN(endpoints); e++)
		for (size_t i = 0; i < RV_LEN(memory); i++)
			if (!try_plain(b, endpoints[e], memory[i]))
				return false;
	return true;
}

/* Machines with GPUs: hotplug off, a hole of 32 GiB or 16 TiB. */
static bool try_gpus(struct by_register *b)
{
	static const unsigned ports[] = { 1, 8, 2, 4, 12 };
	static const uint16_t cpus[] = { 8,  16,  24,  32,  48,	 64,
					 96, 128, 160, 192, 224, 256 };

	for (size_t p = 0; p < RV_LEN(ports); p++)
		for (size_t i = 0; i < RV_LEN(cpus); i++)
			for (unsigned k = 0; k < 4; k++) {
				struct rv_candidate c = {
					.cpus = cpus[i],
					.memory = 2 * GiB,
					.endpoints = 5,
					.ports = ports[p],
					.hotplug = k >= 2,
					.hole = k % 2 ? 0 : 16384 * GiB,
					.bar = 128 * GiB,
				};

				if (!try_versions(b, c))
					return false;
			}
	return true;
}

bool rv_search_register(struct rv_search *s)
{
	RV_AUTO(rv_free) struct by_register *b = calloc(1, sizeof *b);

	if (!b)
		return rv_no_memory(s->err, "solve");
	b->s = s;
	if (!rv_search_template(s, false, &b->t[0]) ||
	    !rv_search_template(s, true, &b->t[1]))
		return false;
	for (size_t i = 0; i < b->t[0].reg.n; i++)
		if (!b->t[0].reg.event[i].known)
			return rv_fail(s->err, RV_INPUT,
				       "solve: without an event log the event"
				       " %s, which cannot be computed, leaves"
				       " nothing to search with",
				       b->t[0].reg.event[i].label);
	if (!list_prefixes(b) || !try_all_plain(b) || !try_gpus(b))
		return false;
	if (!s->out->n)
		snprintf(s->out->why, sizeof s->out->why,
			 "RTMR0 is that of no shape in the space; an event log"
			 " would allow a larger search");
	return true;
}
