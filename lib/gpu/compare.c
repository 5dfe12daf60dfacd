/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.c - the measurements of a report against the golden values of its
 * manifests. Each active golden value must be there, and equal to one of its
 * alternatives. Index 35 is the video decoder's, and is not there to compare
 * while NVDEC0 is off.
 */
#include "gpu.h"

#include <stdlib.h>

enum { NVDEC_INDEX = 35 };

static bool equal(struct rv_span found, const struct gpu_golden *g)
{
	for (size_t k = 0; k < g->alternatives; k++)
		if (rv_same(found, rv_span(g->value[k], RV_GPU_MEASUREMENT)))
			return true;
	return false;
}

static bool add_mismatch(struct rv_gpu_facts *f, unsigned index, bool vbios,
			 struct rv_span found, const struct gpu_golden *g,
			 struct gpu_why *why)
{
	struct rv_gpu_mismatch *more =
	    realloc(f->mismatch, (f->mismatches + 1) * sizeof *more);
	struct rv_gpu_mismatch *m;

	if (!more)
		return rv_gpu_broken(why, "measurements");
	f->mismatch = more;
	m = &more[f->mismatches++];
	*m = (struct rv_gpu_mismatch){ .index = index, .vbios = vbios };
	m->has_found = found.n == RV_GPU_MEASUREMENT;
	if (m->has_found)
		memcpy(m->found, found.p, RV_GPU_MEASUREMENT);
	m->alternatives = g->alternatives;
	memcpy(m->expected, g->value, sizeof m->expected);
	return true;
}

static const struct gpu_golden *active(const struct gpu_rim *rim, unsigned i)
{
	return rim && rim->golden[i].there && rim->golden[i].active
		   ? &rim->golden[i]
		   : NULL;
}

/* "7, 21, 22 and 9 more" */
static void list_indexes(const struct rv_gpu_facts *f, struct rv_grow *g)
{
	for (size_t i = 0; i < f->mismatches && i < 12; i++)
		rv_grow_printf(g, "%s%u (%s)", i ? ", " : "",
			       f->mismatch[i].index,
			       f->mismatch[i].vbios ? "vbios" : "driver");
	if (f->mismatches > 12)
		rv_grow_printf(g, " and %zu more", f->mismatches - 12);
}

static bool differ(const struct rv_gpu_facts *f, struct gpu_why *why)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf list = { 0 };

	list_indexes(f, &g);
	if (!rv_grow_take(&g, &list, &why->err))
		return rv_gpu_broken(why, "measurements");
	return rv_gpu_no(why, "measurement-mismatch",
			 "%zu of %zu golden values differ: index %s",
			 f->mismatches, f->compared, (const char *)list.p);
}

bool rv_gpu_compare(const struct rv_gpu_report *r, const struct gpu_rim *driver,
		    const struct gpu_rim *vbios, struct rv_gpu_facts *f,
		    struct gpu_why *why)
{
	/* A switch has one manifest, and no driver's. */
	const bool all = vbios && (driver || f->is_switch);

	for (unsigned i = 0; i < RV_GPU_INDEXES; i++) {
		const struct gpu_golden *d = active(driver, i);
		const struct gpu_golden *v = active(vbios, i);
		const struct gpu_golden *g = d ? d : v;

		if (d && v)
			return rv_gpu_no(why, "rim-index-conflict",
					 "both RIMs have a golden value of"
					 " index %u",
					 i);
		if (!g) {
			f->uncovered +=
			    r->value[i].p && all && !rv_all_zero(r->value[i]);
			continue;
		}
		if (i == NVDEC_INDEX && !f->is_switch &&
		    f->nvdec0 == GPU_DISABLED) {
			f->skipped++;
			continue;
		}
		f->compared++;
		if (!equal(r->value[i], g) &&
		    !add_mismatch(f, i, v != NULL, r->value[i], g, why))
			return false;
	}
	return f->mismatches == 0 || differ(f, why);
}
