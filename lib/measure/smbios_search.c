/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smbios_search.c - an SMBIOS event is the digest of a few hundred bytes, of
 * which a host decides two words and two texts: so few that they can be tried.
 */
#include "smbios_search.h"
#include "base.h"
#include "digest.h"
#include "smbios_facts.h"

#include <stdio.h>

enum {
	STEPPINGS = 16,
	TOGGLES = 5,
	CPU_TYPE = 4,
	EAX_AT = 8, /* in the structure */
};

/* Family, model and type of the processors with TDX, above the stepping. */
static const uint32_t models[] = {
	0x806f, /* Sapphire Rapids */
	0xc06f, /* Emerald Rapids */
	0xa06d, /* Granite Rapids */
	0xa06e, /* Granite Rapids-D */
	0xa06f, /* Sierra Forest */
	0xc06d, 0xc06e,
};
enum { MODELS = RV_LEN(models) };

/*
 * QEMU's feature word of -cpu host on Xeons with TDX: CPUID's BFEBFBFF without
 * ACPI (22), HT (28), IA64 (30) and PBE (31). Seen on two machines; other QEMUs
 * may differ in the bits that are toggled.
 */
static const uint32_t usual_edx = 0x2fabfbff;
static const unsigned toggle[TOGGLES] = { 28, 31, 22, 29, 21 };

static uint32_t edx_of(unsigned k)
{
	uint32_t v = usual_edx;

	for (unsigned i = 0; i < TOGGLES; i++)
		if (k >> i & 1)
			v ^= (uint32_t)1 << toggle[i];
	return v;
}

/* Hex digits 3 to 6 of the FMSPC are the processor's, without the stepping. */
static uint32_t model_of(const uint8_t *fmspc)
{
	return (uint32_t)fmspc[1] << 8 | fmspc[2];
}

struct search {
	const struct rv_smbios_asked *asked;
	const struct rv_sha384 *event;
	struct rv_smbios_found *out;
	struct rv_digest *sha; /* owned */
	struct rv_buf table;   /* owned: filtered */
	size_t cpu;	       /* where its EAX and EDX are */
	struct rv_err *err;
};

static void search_free(struct search *s)
{
	rv_digest_free(&s->sha);
	rv_buf_free(&s->table);
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static bool try(struct search *s, uint32_t eax, uint32_t edx)
{
	struct rv_sha384 d = { 0 };

	put32(s->table.p + s->cpu, eax);
	put32(s->table.p + s->cpu + 4, edx);
	s->out->tried++;
	if (!rv_digest_add(s->sha, s->table.p, s->table.n, s->err) ||
	    !rv_digest_end(s->sha, d.b, s->err))
		return false;
	if (memcmp(&d, s->event, sizeof d) != 0)
		return true;
	s->out->found = true;
	s->out->eax = eax;
	s->out->edx = edx;
	return true;
}

static bool try_model(struct search *s, uint32_t model)
{
	for (uint32_t e = 0; e < 1u << TOGGLES; e++)
		for (uint32_t i = 0; i < STEPPINGS && !s->out->found; i++)
			if (!try(s, model << 4 | i, edx_of(e)))
				return false;
	return true;
}

static bool try_cpus(struct search *s)
{
	const struct rv_shape *shape = s->asked->shape;
	uint32_t first = s->asked->fmspc ? model_of(s->asked->fmspc) : 0;

	if (shape->has_cpu_id)
		return try(s, shape->cpu_eax, shape->cpu_edx);
	if (first && !try_model(s, first))
		return false;
	for (size_t i = 0; i < MODELS && !s->out->found; i++)
		if (models[i] != first && !try_model(s, models[i]))
			return false;
	return true;
}

/* Where the first processor's EAX is; the chain was walked by the filter. */
static size_t cpu_at(const struct rv_buf *t)
{
	size_t at = 0;

	while (at + 1 < t->n && t->p[at] != CPU_TYPE) {
		at += t->p[at + 1];
		while (at + 1 < t->n && (t->p[at] || t->p[at + 1]))
			at++;
		at += 2;
	}
	return at + EAX_AT;
}

static bool try_table(struct search *s, struct rv_qemu version,
		      const char *product)
{
	struct rv_smbios_facts f;
	struct rv_shape shape = *s->asked->shape;
	struct rv_err why = { 0 };

	shape.qemu = version;
	rv_smbios_facts(&shape, s->asked->bios, &f);
	rv_smbios_product(&f, product);
	rv_buf_free(&s->table);
	/* A machine that has no such table is none of those looked for. */
	if (!rv_smbios_table(&f.s, true, &s->table, &why) ||
	    !rv_smbios_filter(&s->table, &why)) {
		*s->err = why;
		return why.code == RV_INPUT;
	}
	s->cpu = cpu_at(&s->table);
	if (s->cpu + 8 > s->table.n)
		return true;
	snprintf(s->out->product, sizeof s->out->product, "%s", product);
	s->out->qemu = version;
	return try_cpus(s);
}

bool rv_smbios_search(const struct rv_smbios_asked *asked,
		      const struct rv_sha384 *event,
		      struct rv_smbios_found *out, struct rv_err *err)
{
	const char *given = asked->shape->smbios_product;
	const char *const product[] = { *given ? given
					       : rv_smbios_usual_product,
					"none" };
	size_t products = *given ? 1 : RV_LEN(product);
	struct rv_err why = { 0 };
	RV_AUTO(search_free)
	struct search s = {
		.asked = asked, .event = event, .out = out, .err = &why
	};

	*out = (struct rv_smbios_found){ .found = false };
	if (!rv_digest_new(RV_SHA384, &s.sha, err))
		return false;
	for (size_t p = 0; p < products; p++)
		for (size_t v = 0; v < asked->versions.n && !out->found; v++)
			if (!try_table(&s, asked->versions.at[v], product[p])) {
				*err = why;
				return false;
			}
	return true;
}

size_t rv_smbios_likely(const struct rv_shape *shape, const uint8_t *fmspc,
			uint32_t eax[RV_SMBIOS_LIKELY_MAX], uint32_t *edx)
{
	/* Steppings that were sold, the newest first. */
	static const struct {
		uint32_t model, stepping[RV_SMBIOS_LIKELY_MAX];
		size_t n;
	} sold[] = {
		{ 0x806f, { 8, 7, 6, 5 }, 4 },
		{ 0xc06f, { 2, 1 }, 2 },
		{ 0xa06d, { 1, 0 }, 2 },
		{ 0xa06f, { 3, 2 }, 2 },
	};

	*edx = usual_edx;
	if (shape->has_cpu_id) {
		*edx = shape->cpu_edx;
		eax[0] = shape->cpu_eax;
		return 1;
	}
	for (size_t i = 0; fmspc && i < RV_LEN(sold); i++) {
		if (sold[i].model != model_of(fmspc))
			continue;
		for (size_t k = 0; k < sold[i].n; k++)
			eax[k] = sold[i].model << 4 | sold[i].stepping[k];
		return sold[i].n;
	}
	return 0;
}
