/* SPDX-License-Identifier: Apache-2.0 */
/*
 * topology.c - do the GPUs and the switches of one list belong to one machine?
 * Each GPU tells the PDIs of the switches its links go to, each switch its own
 * and those of its GPUs. NVIDIA's machines have 8 and 4; here all must agree,
 * whatever the count. A GPU does not tell its own PDI, so that which GPU is
 * which cannot be asked, only how many there are.
 */
#include "gpu.h"

#include <stdlib.h>

enum { LINKS = 18, SWITCH_GPUS = 8, SET_MAX = LINKS };

/* A set of PDIs, sorted, each in the order of bytes that switches use. */
struct set {
	uint64_t pdi[SET_MAX];
	size_t n;
};

static void put(struct set *s, uint64_t pdi)
{
	size_t i = 0;

	while (i < s->n && s->pdi[i] < pdi)
		i++;
	if (pdi == 0 || s->n == SET_MAX || (i < s->n && s->pdi[i] == pdi))
		return;
	memmove(&s->pdi[i + 1], &s->pdi[i], (s->n - i) * sizeof s->pdi[0]);
	s->pdi[i] = pdi;
	s->n++;
}

static bool same_set(const struct set *a, const struct set *b)
{
	return a->n == b->n &&
	       memcmp(a->pdi, b->pdi, a->n * sizeof a->pdi[0]) == 0;
}

static bool in_set(const struct set *s, uint64_t pdi)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->pdi[i] == pdi)
			return true;
	return false;
}

/* @n PDIs of @field into @s; GPUs write them the other way round. */
static bool read_set(const struct rv_gpu_report *r, uint16_t field, size_t n,
		     bool reversed, struct set *s)
{
	struct rv_span all = rv_gpu_report_field(r, field), one;

	*s = (struct set){ .n = 0 };
	if (all.n < n * GPU_PDI_SIZE)
		return false;
	for (size_t i = 0; i < n; i++)
		if (rv_sub(all, i * GPU_PDI_SIZE, GPU_PDI_SIZE, &one))
			put(s, reversed ? rv_num(one) : rv_num_be(one));
	return true;
}

/* What the GPUs say: all the same switches. */
static bool gpu_side(const struct rv_gpu_report *const *report,
		     const struct rv_gpu_facts *facts, size_t n,
		     struct set *switches, struct gpu_why *why)
{
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		struct set s;

		if (facts[i].is_switch)
			continue;
		if (!read_set(report[i], GPU_PDI, LINKS, true, &s))
			return rv_gpu_no(
			    why, "topology-gpu",
			    "device %zu does not tell what its links"
			    " go to",
			    i);
		if (first)
			*switches = s;
		if (!same_set(switches, &s))
			return rv_gpu_no(
			    why, "topology-gpu",
			    "device %zu has links to other switches"
			    " than the GPUs before it",
			    i);
		first = false;
	}
	return true;
}

/* What the switches say: themselves among those, and all the same GPUs. */
static bool switch_side(const struct rv_gpu_report *const *report,
			const struct rv_gpu_facts *facts, size_t n,
			const struct set *switches, struct set *own,
			struct set *gpus, struct gpu_why *why)
{
	bool first = true;

	for (size_t i = 0; i < n; i++) {
		struct set me, s;

		if (!facts[i].is_switch)
			continue;
		if (!read_set(report[i], GPU_PDI, 1, false, &me) || me.n != 1 ||
		    in_set(own, me.pdi[0]) || !in_set(switches, me.pdi[0]))
			return rv_gpu_no(
			    why, "topology-switch",
			    "device %zu is not one of the switches"
			    " that the GPUs have links to, or is there"
			    " twice",
			    i);
		put(own, me.pdi[0]);
		if (!read_set(report[i], GPU_SWITCH_PDIS, SWITCH_GPUS, false,
			      &s))
			return rv_gpu_no(why, "topology-switch-gpus",
					 "device %zu does not tell its GPUs",
					 i);
		if (first)
			*gpus = s;
		if (!same_set(gpus, &s))
			return rv_gpu_no(why, "topology-switch-gpus",
					 "device %zu has other GPUs than the"
					 " switches before it",
					 i);
		first = false;
	}
	return true;
}

bool rv_gpu_topology(const struct rv_gpu_report *const *report,
		     const struct rv_gpu_facts *facts, size_t n,
		     struct gpu_why *why)
{
	struct set switches = { .n = 0 }, own = { .n = 0 }, gpus = { .n = 0 };
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += !facts[i].is_switch;
	if (!gpu_side(report, facts, n, &switches, why) ||
	    !switch_side(report, facts, n, &switches, &own, &gpus, why))
		return false;
	if (own.n != switches.n)
		return rv_gpu_no(
		    why, "topology-switch",
		    "the GPUs have links to %zu switches, %zu are in"
		    " the list",
		    switches.n, own.n);
	if (gpus.n != count)
		return rv_gpu_no(
		    why, "topology-switch-gpus",
		    "the switches have links to %zu GPUs, %zu are in"
		    " the list",
		    gpus.n, count);
	return true;
}
