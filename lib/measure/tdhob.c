/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tdhob.c - the hand-off list of a TD (UEFI PI specification, volume 3,
 * chapter 5; QEMU hw/i386/tdvf-hob.c) and its digest.
 */
#include "tdhob.h"
#include "kernel.h"
#include "digest.h"

enum {
	HANDOFF = 56,
	RESOURCE = 48,
	END = 8, /* the end marker is counted, but not measured */
	SYSTEM_MEMORY = 0,
	UNACCEPTED = 7,
	ATTRIBUTES = 7, /* present, initialised, tested */
	PAGE = 4096,
};

#define FOUR_GIB ((uint64_t)4 << 30)

/* Keep the ranges by start; two that overlap are refused. */
static bool insert(struct rv_hob_layout *l, uint64_t start, uint64_t size,
		   struct rv_err *err)
{
	size_t k = l->n;

	if (l->n == RV_LEN(l->accepted))
		return rv_fail(err, RV_INPUT, "td_hob: more than %zu ranges",
			       RV_LEN(l->accepted));
	if (size == 0 || start + size < start || start + size > FOUR_GIB)
		return rv_fail(err, RV_INPUT,
			       "td_hob: range %#" PRIx64 "+%#" PRIx64, start,
			       size);
	for (; k > 0 && l->accepted[k - 1].start > start; k--)
		l->accepted[k] = l->accepted[k - 1];
	l->accepted[k] = (struct rv_hob_range){ start, size };
	l->n++;
	for (size_t i = 1; i < l->n; i++)
		if (l->accepted[i - 1].start + l->accepted[i - 1].size >
		    l->accepted[i].start)
			return rv_fail(err, RV_INPUT,
				       "td_hob: ranges overlap at %#" PRIx64,
				       l->accepted[i].start);
	return true;
}

bool rv_hob_layout(const struct rv_tdvf *t, struct rv_hob_layout *out,
		   struct rv_err *err)
{
	struct rv_hob_layout l = { 0 };
	const struct rv_section *hob;

	if (!rv_tdvf_one(t, RV_TDVF_TD_HOB, &hob, err))
		return false;
	l.base = hob->gpa;
	for (size_t i = 0; i < t->n; i++) {
		const struct rv_section *s = &t->section[i];

		if (s->type != RV_TDVF_TD_HOB && s->type != RV_TDVF_TEMP_MEM)
			continue;
		if (!insert(&l, s->gpa, s->size, err))
			return false;
	}
	/* The longest list: every range between two unaccepted ones. */
	if (HANDOFF + RESOURCE * (2 * l.n + 2) + END > hob->size)
		return rv_fail(err, RV_INPUT,
			       "td_hob: a section of %" PRIu64
			       " bytes for %zu ranges",
			       hob->size, l.n);
	*out = l;
	return true;
}

/* ---- the witness: page numbers as LEB128 ---- */

static uint64_t leb128(struct rv_rd *r, bool *fits)
{
	uint64_t v = 0;

	for (unsigned shift = 0;; shift += 7) {
		uint8_t b = rv_u8(r, "number");

		/* Longer than 64 bits, or written longer than need be. */
		if (shift > 63 || (shift == 63 && b > 1) ||
		    (shift && b == 0 && !r->field)) {
			*fits = false;
			return 0;
		}
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
	}
}

bool rv_hob_unpack(struct rv_span witness, struct rv_hob_layout *out,
		   struct rv_err *err)
{
	const uint64_t max = FOUR_GIB / PAGE;
	struct rv_rd r = rv_rd(witness, "td_hob witness");
	struct rv_hob_layout l = { 0 };
	bool fits = true;
	uint64_t base = leb128(&r, &fits), hob = leb128(&r, &fits);
	uint64_t n = leb128(&r, &fits);

	if (!rv_rd_ok(&r, err))
		return false;
	if (!fits || base > max || hob > max || n > RV_TDVF_MAX)
		return rv_fail(err, RV_INPUT,
			       "td_hob witness: a number out of range");
	for (uint64_t i = 0; i < n; i++) {
		uint64_t start = leb128(&r, &fits), pages = leb128(&r, &fits);

		if (!rv_rd_ok(&r, err))
			return false;
		if (!fits || start > max || pages > max)
			return rv_fail(err, RV_INPUT,
				       "td_hob witness: a number out of "
				       "range");
		if (l.n && (base + start) * PAGE < l.accepted[l.n - 1].start)
			return rv_fail(err, RV_INPUT,
				       "td_hob witness: not sorted");
		if (!insert(&l, (base + start) * PAGE, pages * PAGE, err))
			return rv_in(err, "td_hob witness");
	}
	l.base = (base + hob) * PAGE;
	if (!rv_rd_end(&r, err))
		return false;
	*out = l;
	return true;
}

static void put_leb128(struct rv_grow *to, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		rv_grow_u8(to, (unsigned)(v & 0x7f) | 0x80);
	rv_grow_u8(to, (unsigned)v);
}

void rv_hob_pack(const struct rv_hob_layout *l, struct rv_grow *to)
{
	uint64_t base = l->n ? l->accepted[0].start / PAGE : l->base / PAGE;

	if (l->base / PAGE < base)
		base = l->base / PAGE;
	put_leb128(to, base);
	put_leb128(to, l->base / PAGE - base);
	put_leb128(to, l->n);
	for (size_t i = 0; i < l->n; i++) {
		put_leb128(to, l->accepted[i].start / PAGE - base);
		put_leb128(to, l->accepted[i].size / PAGE);
	}
}

/* ---- the list itself ---- */

static void resource(struct rv_grow *g, unsigned *n, uint32_t type,
		     uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	rv_grow_le(g, 3, 2);
	rv_grow_le(g, RESOURCE, 2);
	rv_grow_le(g, 0, 4);
	rv_grow_le(g, 0, 8); /* owner */
	rv_grow_le(g, 0, 8);
	rv_grow_le(g, type, 4);
	rv_grow_le(g, ATTRIBUTES, 4);
	rv_grow_le(g, start, 8);
	rv_grow_le(g, end - start, 8);
	(*n)++;
}

static void handoff(struct rv_grow *g, uint64_t base, unsigned n)
{
	uint64_t zero[5] = { 0 };

	rv_grow_le(g, 1, 2);
	rv_grow_le(g, HANDOFF, 2);
	rv_grow_le(g, 0, 4);
	rv_grow_le(g, 9, 4); /* version */
	rv_grow_add(g, zero, 4 + 32);
	rv_grow_le(g, base + HANDOFF + RESOURCE * (uint64_t)n + END, 8);
}

bool rv_hob_digest(const struct rv_hob_layout *l, uint64_t memory,
		   struct rv_sha384 *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow list = { 0 };
	uint64_t low = rv_below_4g(memory), at = 0;
	unsigned n = 0;

	for (size_t i = 0; i < l->n; i++) {
		uint64_t start = l->accepted[i].start;
		uint64_t end = start + l->accepted[i].size;

		if (end > low)
			return rv_fail(err, RV_INPUT,
				       "td_hob: the firmware's memory at "
				       "%#" PRIx64 " is above the %" PRIu64
				       " bytes of RAM",
				       start, low);
		resource(&list, &n, UNACCEPTED, at, start);
		resource(&list, &n, SYSTEM_MEMORY, start, end);
		at = end;
	}
	resource(&list, &n, UNACCEPTED, at, low);
	resource(&list, &n, UNACCEPTED, FOUR_GIB, FOUR_GIB + memory - low);
	handoff(&g, l->base, n);
	rv_grow_add(&g, list.buf.p, list.buf.n);
	if (g.failed || list.failed)
		return rv_no_memory(err, "td_hob");
	return rv_sha384(rv_buf_span(&g.buf), out, err);
}
