/* SPDX-License-Identifier: Apache-2.0 */
/*
 * windows.c - edk2's PCI allocator: PciBusDxe collects what each bus asks for,
 * OvmfPkg's PciHostBridge hands out ranges to the root buses.
 *
 * A bus asks for a range of each kind, as long as what is on it needs: BARs,
 * the ranges of the bridges, and a reservation for whatever may be plugged into
 * a port later. Each list is laid out in descending alignment.
 */
#include "base.h"

#include <refval/pci.h>

#include <stdlib.h>

enum {
	KINDS = 5, /* enum rv_bar_kind */
	ROOT_KINDS = 3,
	PAGE = 0x1000,
	IO_BASE = 0x6000,
	IO_LIMIT = 0xffff,
	BUS_MAX = 255,
	NO_DEVICE = -1,
	/* Of 46 with 4-level paging, which all TDX firmware is built with. */
	ADDRESS_BITS_MAX = 46,
	AMD_BITS = 40,
};

#define MiB	   ((uint64_t)1 << 20)
#define GiB	   ((uint64_t)1 << 30)
#define FOUR_GiB   ((uint64_t)1 << 32)
#define ECAM	   ((uint64_t)0xe0000000)
#define PAD32	   (2 * MiB)
#define MMIO64_MIN (32 * GiB)
/* Below 1 TiB on AMD: what QEMU keeps for the IOMMU. */
#define AMD_HOLE     ((uint64_t)0xfd00000000)
#define AMD_HOLE_END ((uint64_t)1 << 40)

/* The kinds that a root bus is left with: io, 32-bit and 64-bit memory. */
static const enum rv_bar_kind root_kind[ROOT_KINDS] = { RV_BAR_IO, RV_BAR_M32,
							RV_BAR_M64 };

enum what { BAR, WINDOW, PAD, ROM };

/* One request for a range of a kind. */
struct request {
	uint64_t length, mask; /* the alignment less one */
	uint64_t offset;       /* in the range of whoever it is in */
	struct request *next;
	struct request *first; /* WINDOW: what is in it */
	int device;	       /* whose it is; NO_DEVICE: a root bus */
	enum what what;
	unsigned index; /* BAR: its register; WINDOW: its kind */
};

/* What a root bus asked for, and where that came to lie. */
struct outcome {
	struct request *range[KINDS];
	bool asked[KINDS], failed[KINDS];
	uint64_t base[KINDS];
};

struct job {
	struct rv_pci_tree *t;
	struct rv_err *err;
	uint64_t reserve;	 /* prefetch memory kept for a port; 0: none */
	struct request *request; /* owned: as many as any try can need */
	size_t used;
	bool *no_pad; /* owned: ports whose reservation was given up */
	struct outcome root[RV_PCI_ROOTS_MAX];
	unsigned bus; /* the number given last */
};

static void job_free(struct job *j)
{
	free(j->request);
	free(j->no_pad);
}

void rv_pci_tree_free(struct rv_pci_tree *t)
{
	free(t->device);
	t->device = NULL;
	t->n = 0;
}

static uint64_t round_up(uint64_t v, uint64_t mask)
{
	return (v + mask) & ~mask;
}

static uint64_t power_below(uint64_t v)
{
	while (v & (v - 1))
		v &= v - 1;
	return v;
}

/* ---- the apertures (OvmfPkg/PlatformPei) ---- */

static bool believed(const struct rv_pci_tree *t)
{
	unsigned w = t->address_bits;

	/* Since 202505 a size that the user gave decides alone. */
	if (t->mmio64 && t->edk2 >= 202505)
		return false;
	/* QEMU's default of 40 bits is believed on AMD only. */
	return w > AMD_BITS || (t->amd ? w == AMD_BITS : w == 36 || w == 39);
}

static void apertures(struct rv_pci_tree *t)
{
	uint64_t size = round_up(t->mmio64 ? t->mmio64 : MMIO64_MIN, GiB - 1);
	uint64_t ram = t->ram_end > FOUR_GiB ? t->ram_end : FOUR_GiB;
	uint64_t base = round_up(round_up(ram, GiB - 1), power_below(size) - 1);
	unsigned w = t->address_bits < ADDRESS_BITS_MAX ? t->address_bits
							: ADDRESS_BITS_MAX;
	uint64_t space = (uint64_t)1 << w, eighth = space >> 3;

	if (believed(t) && size < eighth && base + eighth < space) {
		size = eighth;
		base = space - eighth;
		if (t->amd && base < AMD_HOLE_END && AMD_HOLE < base + size)
			base = (AMD_HOLE - size) & ~(size - 1);
	}
	t->aperture32.first = FOUR_GiB - power_below(FOUR_GiB - t->low_mem);
	t->aperture32.last = ECAM - 1;
	t->aperture64.first = base;
	t->aperture64.last = base + size - 1;
}

/* ---- lists of requests ---- */

static struct request *make(struct job *j, uint64_t length, uint64_t mask,
			    int device, enum what what, unsigned index)
{
	struct request *r = &j->request[j->used++];

	*r = (struct request){ .length = length,
			       .mask = mask,
			       .device = device,
			       .what = what,
			       .index = index };
	return r;
}

/*
 * In descending alignment. Among equals the later one comes first, unless it
 * leaves more of its last unit unused.
 */
static void insert(struct request **list, struct request *r)
{
	for (; *list; list = &(*list)->next) {
		uint64_t rest = r->length & r->mask;
		uint64_t old = (*list)->length & (*list)->mask;

		if (r->mask > (*list)->mask ||
		    (r->mask == (*list)->mask && (rest == 0 || rest >= old)))
			break;
	}
	r->next = *list;
	*list = r;
}

/* All of @from, one by one, into @to. */
static void merge(struct request *to, struct request *from)
{
	while (from->first) {
		struct request *r = from->first;

		from->first = r->next;
		insert(&to->first, r);
	}
}

/* Lay out a range: reservations lie over the rest, not behind it. */
static void lay_out(struct request *range)
{
	uint64_t end = 0, pads = 0;

	for (struct request *r = range->first; r; r = r->next) {
		uint64_t *at = r->what == PAD ? &pads : &end;

		r->offset = round_up(*at, r->mask);
		*at = r->offset + r->length;
	}
	end = round_up(end, range->mask);
	pads = round_up(pads, range->mask);
	range->length = end > pads ? end : pads;
	if (range->first && range->first->mask > range->mask)
		range->mask = range->first->mask;
}

/* ---- what a bus asks for ---- */

static void make_ranges(struct job *j, int device, struct request *out[KINDS])
{
	for (unsigned k = 0; k < KINDS; k++)
		out[k] = make(j, 0, k == RV_BAR_IO ? PAGE - 1 : MiB - 1, device,
			      WINDOW, k);
}

static void add_bars(struct job *j, int device, struct request *range[KINDS])
{
	const struct rv_pci_device *d = &j->t->device[device];

	for (unsigned i = 0; i < RV_PCI_BARS; i++) {
		uint64_t mask = d->bar[i].size - 1;

		if (!d->bar[i].size)
			continue;
		if (d->bar[i].kind != RV_BAR_IO && mask < PAGE - 1)
			mask = PAGE - 1;
		insert(&range[d->bar[i].kind]->first,
		       make(j, d->bar[i].size, mask, device, BAR, i));
	}
}

/* OvmfPkg/PciHotPlugInitDxe. */
static void add_pads(struct job *j, int port, struct request *range[KINDS])
{
	insert(&range[RV_BAR_M32]->first,
	       make(j, PAD32, PAD32 - 1, port, PAD, 0));
	if (j->reserve)
		insert(&range[RV_BAR_P64]->first,
		       make(j, j->reserve, j->reserve - 1, port, PAD, 0));
}

/* A bridge has three windows, and 64-bit memory there is prefetchable. */
static void degrade(const struct job *j, bool root,
		    struct request *range[KINDS])
{
	if (root) {
		merge(range[RV_BAR_M32], range[RV_BAR_P32]);
		merge(range[RV_BAR_M64], range[RV_BAR_P64]);
		return;
	}
	/* stable202602 alone (f6489621b8, reverted in 202605). */
	if (j->t->edk2 == 202602)
		merge(range[RV_BAR_P64], range[RV_BAR_M64]);
	else
		merge(range[RV_BAR_M32], range[RV_BAR_M64]);
	if (range[RV_BAR_P64]->first)
		merge(range[RV_BAR_M32], range[RV_BAR_P32]);
}

/* What is behind a bridge comes right after it. */
static void skip_below(const struct rv_pci_tree *t, int bridge, size_t *at)
{
	while (*at < t->n && t->device[*at].port >= bridge)
		++*at;
}

/*
 * The devices behind @port (or, without one, on the root bus), from index *@at
 * on; *@at moves behind them.
 */
static bool map_bus(struct job *j, unsigned root, int port, size_t *at,
		    struct request *range[KINDS])
{
	struct rv_pci_tree *t = j->t;
	unsigned bus = j->bus;

	while (*at < t->n && t->device[*at].root == root &&
	       t->device[*at].port == port) {
		int i = (int)(*at)++;
		struct rv_pci_device *d = &t->device[i];
		struct request *mine[KINDS];

		d->bus = (uint8_t)bus;
		if (d->left_out) {
			skip_below(t, i, at);
			continue;
		}
		add_bars(j, i, range);
		if (!d->is_bridge)
			continue;
		if (j->bus == BUS_MAX)
			return rv_fail(j->err, RV_INPUT,
				       "pci: more buses than numbers");
		d->secondary = (uint8_t)++j->bus;
		make_ranges(j, i, mine);
		if (!map_bus(j, root, i, at, mine))
			return false;
		d->subordinate = (uint8_t)j->bus;
		for (unsigned k = 0; k < KINDS; k++)
			if (mine[k]->first || mine[k]->length)
				insert(&range[k]->first, mine[k]);
	}
	if (port >= 0 && t->device[port].hotplug && !j->no_pad[port])
		add_pads(j, port, range);
	degrade(j, port < 0, range);
	for (unsigned k = 0; k < KINDS; k++)
		lay_out(range[k]);
	return true;
}

/* Outside a TD, room for the largest option ROM of the root bus. */
static void add_rom(struct job *j, unsigned root, struct request *range)
{
	uint64_t rom = 0;

	for (size_t i = 0; i < j->t->n; i++)
		if (j->t->device[i].root == root && j->t->device[i].rom > rom)
			rom = j->t->device[i].rom;
	if (rom)
		insert(&range->first, make(j, rom, rom - 1, NO_DEVICE, ROM, 0));
}

/* ---- handing out ---- */

/* First fit: what earlier root buses took is @taken. */
static bool take(const struct rv_pci_window *aperture,
		 struct rv_pci_window *taken, size_t *n,
		 const struct request *r, uint64_t *at)
{
	uint64_t base = round_up(aperture->first, r->mask);

	for (size_t i = 0; i < *n;) {
		if (taken[i].first < base + r->length &&
		    base <= taken[i].last) {
			base = round_up(taken[i].last + 1, r->mask);
			i = 0;
		} else {
			i++;
		}
	}
	if (base < aperture->first || base + r->length > aperture->last + 1)
		return false;
	taken[(*n)++] = (struct rv_pci_window){ base, base + r->length - 1 };
	*at = base;
	return true;
}

struct space {
	struct rv_pci_window io[RV_PCI_ROOTS_MAX], low[2 * RV_PCI_ROOTS_MAX],
	    high[RV_PCI_ROOTS_MAX];
	size_t ios, lows, highs;
};

static void hand_out(struct job *j, struct space *s, struct outcome *o)
{
	static const struct rv_pci_window io = { IO_BASE, IO_LIMIT };

	for (size_t i = 0; i < ROOT_KINDS; i++) {
		enum rv_bar_kind k = root_kind[i];
		const struct request *r = o->range[k];
		uint64_t *at = &o->base[k];
		bool good;

		o->asked[k] = r->length != 0;
		if (!o->asked[k])
			continue;
		if (k == RV_BAR_IO)
			good = take(&io, s->io, &s->ios, r, at);
		else if (k == RV_BAR_M32)
			good = take(&j->t->aperture32, s->low, &s->lows, r, at);
		else
			good = take(&j->t->aperture64, s->high, &s->highs, r,
				    at) ||
			       take(&j->t->aperture32, s->low, &s->lows, r, at);
		o->failed[k] = !good;
	}
}

static bool attempt(struct job *j)
{
	struct rv_pci_tree *t = j->t;
	struct space s = { .ios = 0 };
	size_t at = 0;

	j->used = 0;
	t->fits = true;
	for (unsigned i = 0; i < t->roots; i++) {
		struct outcome *o = &j->root[i];

		*o = (struct outcome){ .range = { NULL } };
		j->bus = t->root_bus[i];
		make_ranges(j, NO_DEVICE, o->range);
		add_rom(j, i, o->range[RV_BAR_M32]);
		if (!map_bus(j, i, RV_PCI_ON_ROOT, &at, o->range))
			return false;
		t->last_bus[i] = j->bus;
		if (i + 1 < t->roots && j->bus >= t->root_bus[i + 1])
			return rv_fail(j->err, RV_INPUT,
				       "pci: the ports of bus %u need the"
				       " numbers up to %u, and %u is another"
				       " root bus",
				       t->root_bus[i], j->bus,
				       t->root_bus[i + 1]);
		hand_out(j, &s, o);
		for (size_t k = 0; k < KINDS; k++)
			t->fits &= !o->failed[k];
	}
	return at == t->n ||
	       rv_fail(j->err, RV_INPUT, "pci: device %zu is out of order", at);
}

/* ---- when it does not fit ---- */

/*
 * The largest request that can be given up, the last one among equals: no
 * device of bus 0 is.
 */
static struct request *largest(const struct job *j, struct request *list)
{
	struct request *best = NULL;

	for (struct request *r = list; r; r = r->next) {
		struct request *c = r;

		if (r->what == WINDOW)
			c = largest(j, r->first);
		else if (r->what == ROM ||
			 (r->what == BAR && j->t->device[r->device].bus == 0))
			c = NULL;
		if (c && (!best || best->length <= c->length))
			best = c;
	}
	return best;
}

/* Give up one request of a kind; false when there is none. */
static bool give_up(struct job *j, enum rv_bar_kind k)
{
	struct request *pool = NULL, *best = NULL;

	for (size_t i = 0; i < j->t->roots; i++)
		insert(&pool, j->root[i].range[k]);
	for (struct request *r = pool; r; r = r->next) {
		struct request *c = largest(j, r->first);

		if (c && (!best || best->length <= c->length))
			best = c;
	}
	if (!best)
		return false;
	if (best->what == PAD) {
		j->no_pad[best->device] = true;
		return true;
	}
	if (j->t->device[best->device].left_out)
		return false;
	j->t->device[best->device].left_out = true;
	return true;
}

/* A kind is looked at when the last root bus that asked for it had none. */
static bool give_something_up(struct job *j)
{
	bool removed = false;

	for (size_t i = 0; i < ROOT_KINDS; i++) {
		enum rv_bar_kind k = root_kind[i];
		bool failed = false;

		for (size_t r = 0; r < j->t->roots; r++)
			if (j->root[r].asked[k])
				failed = j->root[r].failed[k];
		if (failed && give_up(j, k))
			removed = true;
	}
	return removed;
}

/* ---- addresses ---- */

static void program(struct rv_pci_tree *t, const struct request *range,
		    uint64_t base)
{
	for (const struct request *r = range->first; r; r = r->next) {
		struct rv_pci_device *d =
		    r->device < 0 ? NULL : &t->device[r->device];
		uint64_t at = base + r->offset;
		struct rv_pci_window w = { at, at + r->length - 1 };

		if (!d || r->what == PAD || r->what == ROM)
			continue;
		if (r->what == BAR) {
			d->address[r->index] = at;
			continue;
		}
		program(t, r, at);
		if (!r->length)
			continue;
		if (r->index == RV_BAR_IO)
			d->io = w;
		else if (r->index == RV_BAR_M32 || r->index == RV_BAR_M64)
			d->memory = w;
		else
			d->prefetch = w;
	}
}

/* ---- the tree ---- */

static bool good_bar(const struct rv_bar *b)
{
	uint64_t max = b->kind == RV_BAR_IO ? 256
		       : b->kind == RV_BAR_M32 || b->kind == RV_BAR_P32
			   ? 2 * GiB
			   : RV_PCI_BAR_MAX;

	return b->size <= max && !(b->size & (b->size - 1));
}

static bool check_device(const struct rv_pci_tree *t, size_t i,
			 struct rv_err *err)
{
	const struct rv_pci_device *d = &t->device[i];

	if (d->root >= t->roots || d->port >= (int)i ||
	    (d->port >= 0 && (!t->device[d->port].is_bridge ||
			      t->device[d->port].root != d->root)))
		return rv_fail(err, RV_INPUT,
			       "pci: device %zu: no such bus before it", i);
	if (d->slot > 31 || d->function > 7 || d->rom > PAD32 * 8 ||
	    (d->rom & (d->rom - 1)))
		return rv_fail(err, RV_INPUT,
			       "pci: device %zu: slot, function or ROM", i);
	for (size_t k = 0; k < RV_PCI_BARS; k++)
		if (!good_bar(&d->bar[k]))
			return rv_fail(err, RV_INPUT,
				       "pci: device %zu: BAR %zu of %" PRIu64
				       " bytes: no power of two, or too large",
				       i, k, d->bar[k].size);
	return true;
}

static bool check_tree(const struct rv_pci_tree *t, struct rv_err *err)
{
	if (t->n > RV_PCI_DEVICES_MAX || t->roots < 1 ||
	    t->roots > RV_PCI_ROOTS_MAX)
		return rv_fail(err, RV_INPUT,
			       "pci: %zu devices on %zu root buses", t->n,
			       t->roots);
	if (t->low_mem >= ECAM || t->ram_end > (uint64_t)1 << 52 ||
	    t->address_bits < 32 || t->address_bits > 52 ||
	    t->mmio64 > (uint64_t)1 << 46)
		return rv_fail(err, RV_INPUT,
			       "pci: RAM, address bits or the size of the"
			       " 64-bit window");
	for (size_t i = 0; i < t->roots; i++)
		if (t->root_bus[i] > BUS_MAX ||
		    (i && t->root_bus[i] <= t->root_bus[i - 1]))
			return rv_fail(err, RV_INPUT,
				       "pci: root bus %u: not in ascending"
				       " order",
				       t->root_bus[i]);
	for (size_t i = 0; i < t->n; i++)
		if (!check_device(t, i, err))
			return false;
	return true;
}

/* What an earlier placement decided is no fact. */
static void forget(struct rv_pci_tree *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct rv_pci_device *d = &t->device[i];

		memset(d->address, 0, sizeof d->address);
		d->io = d->memory = d->prefetch = (struct rv_pci_window){ 0 };
		d->secondary = d->subordinate = 0;
		d->left_out = false;
	}
}

bool rv_pci_place(struct rv_pci_tree *t, struct rv_err *err)
{
	RV_AUTO(job_free) struct job j = { .t = t, .err = err };
	bool all = true;
	uint64_t size;

	if (!check_tree(t, err))
		return false;
	forget(t);
	apertures(t);
	size = t->aperture64.last - t->aperture64.first + 1;
	/* A 256th, as a power of two. */
	if (size > MMIO64_MIN) {
		j.reserve = power_below(size >> 8);
		j.reserve <<= j.reserve < size >> 8;
	}
	/* Six BARs, or one with five ranges and two reservations. */
	j.request =
	    calloc(t->n * (RV_PCI_BARS + KINDS + 2) + t->roots * (KINDS + 1),
		   sizeof *j.request);
	j.no_pad = calloc(t->n + 1, sizeof *j.no_pad);
	if (!j.request || !j.no_pad)
		return rv_no_memory(err, "pci");
	for (;;) {
		if (!attempt(&j))
			return false;
		if (t->fits || !give_something_up(&j))
			break;
		all = false;
	}
	t->fits &= all;
	for (size_t i = 0; i < t->roots; i++)
		for (size_t k = 0; k < ROOT_KINDS; k++) {
			enum rv_bar_kind kind = root_kind[k];

			if (j.root[i].asked[kind] && !j.root[i].failed[kind])
				program(t, j.root[i].range[kind],
					j.root[i].base[kind]);
		}
	return true;
}
