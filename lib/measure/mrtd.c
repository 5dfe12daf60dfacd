/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mrtd.c - MRTD: a SHA-384 over what the TDX module was asked to add and to
 * extend (TDX Module 1.5 ABI, TDH.MEM.PAGE.ADD and TDH.MR.EXTEND).
 */
#include "base.h"
#include "tdvf.h"
#include "digest.h"

#include <refval/measure.h>

enum { PAGE = 4096, CHUNK = 256, BLOCK = 128, NAME = 16 };

/* "MEM.PAGE.ADD" or "MR.EXTEND", the address at 16, zeros up to 128. */
static bool add_block(struct rv_digest *d, const char *name, uint64_t gpa,
		      struct rv_err *err)
{
	uint8_t block[BLOCK] = { 0 };

	memcpy(block, name, strlen(name));
	for (size_t i = 0; i < sizeof gpa; i++)
		block[NAME + i] = (uint8_t)(gpa >> 8 * i);
	return rv_digest_add(d, block, sizeof block, err);
}

static bool add_page(struct rv_digest *d, const struct rv_section *s,
		     uint64_t off, struct rv_err *err)
{
	if (s->attr & RV_TDVF_AUG)
		return true;
	return add_block(d, "MEM.PAGE.ADD", s->gpa + off, err);
}

/* The 16 extends of one page. */
static bool extend_page(struct rv_digest *d, const struct rv_section *s,
			uint64_t off, struct rv_err *err)
{
	struct rv_span page;

	if (!(s->attr & RV_TDVF_EXTEND))
		return true;
	if (!rv_sub(s->data, off, PAGE, &page))
		return rv_fail(err, RV_INPUT, "tdvf: no data at %#" PRIx64,
			       s->gpa + off);
	for (size_t i = 0; i < PAGE; i += CHUNK)
		if (!add_block(d, "MR.EXTEND", s->gpa + off + i, err) ||
		    !rv_digest_add(d, page.p + i, CHUNK, err))
			return false;
	return true;
}

static bool section(struct rv_digest *d, const struct rv_section *s,
		    enum rv_page_add order, struct rv_err *err)
{
	for (uint64_t off = 0; off < s->size; off += PAGE) {
		if (!add_page(d, s, off, err))
			return false;
		if (order == RV_PAGE_ADD_SINGLE && !extend_page(d, s, off, err))
			return false;
	}
	if (order == RV_PAGE_ADD_SINGLE)
		return true;
	for (uint64_t off = 0; off < s->size; off += PAGE)
		if (!extend_page(d, s, off, err))
			return false;
	return true;
}

bool rv_mrtd_order(const struct rv_tdvf *t, enum rv_page_add order,
		   struct rv_sha384 *out, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	if (!rv_digest_new(RV_SHA384, &d, err))
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (!section(d, &t->section[i], order, err))
			return false;
	return rv_digest_end(d, out->b, err);
}

bool rv_mrtd_compute(struct rv_span firmware, struct rv_mrtd *out,
		     struct rv_err *err)
{
	struct rv_mrtd m = { .known = true,
			     .has_single = true,
			     .has_two = true,
			     .origin = RV_ORIGIN_COMPUTED };
	struct rv_tdvf t;

	if (!rv_tdvf_read(firmware, &t, err) ||
	    !rv_mrtd_order(&t, RV_PAGE_ADD_SINGLE, &m.single_pass, err) ||
	    !rv_mrtd_order(&t, RV_PAGE_ADD_TWO, &m.two_pass, err))
		return false;
	*out = m;
	return true;
}

const struct rv_sha384 *rv_mrtd_value(const struct rv_mrtd *m)
{
	if (m->page_add == RV_PAGE_ADD_SINGLE && m->has_single)
		return &m->single_pass;
	if (m->page_add == RV_PAGE_ADD_TWO && m->has_two)
		return &m->two_pass;
	return NULL;
}
