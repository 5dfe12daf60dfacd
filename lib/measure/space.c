/* SPDX-License-Identifier: Apache-2.0 */
/* space.c - the shapes that the solver searches, and what is given of them. */
#include "space.h"

#define GiB ((uint64_t)1 << 30)
#define MiB ((uint64_t)1 << 20)

const uint64_t rv_bars[RV_BARS] = { 0, 64 * GiB, 128 * GiB, 256 * GiB,
				    512 * GiB };

/* The default, which is 32 GiB, then the other powers of two to 64 TiB. */
uint64_t rv_hole(size_t i)
{
	return i == 0 ? 0 : i <= 5 ? GiB << (i - 1) : GiB << i;
}

static bool given(const struct rv_shape *g, uint32_t fact)
{
	return (g->given & fact) != 0;
}

bool rv_given_cpus(const struct rv_shape *g, uint32_t cpus)
{
	return !given(g, RV_GIVEN_CPUS) || g->cpus == cpus;
}

void rv_space_init(struct rv_space *s, const struct rv_shape *given)
{
	s->given = given;
	rv_qemu_classify(false, &s->classes[0]);
	rv_qemu_classify(true, &s->classes[1]);
}

const struct rv_qemu_classes *rv_space_classes(const struct rv_space *s,
					       const struct rv_candidate *c)
{
	return &s->classes[c->huge];
}

/* Is the QEMU version that is given, if any, of the candidate's class? */
static bool version_allows(const struct rv_space *s,
			   const struct rv_candidate *c)
{
	const struct rv_qemu_classes *classes = rv_space_classes(s, c);
	const struct rv_qemu_row *row;

	if (!given(s->given, RV_GIVEN_QEMU))
		return c->version < classes->n;
	row = rv_qemu_find(&s->given->qemu);
	return row && rv_qemu_class_of(classes, row) == c->version;
}

static bool tri_allows(enum rv_tri t, bool value)
{
	return t == RV_UNSET || (t == RV_TRUE) == value;
}

static bool allows(const struct rv_space *s, const struct rv_candidate *c)
{
	const struct rv_shape *g = s->given;

	return version_allows(s, c) && rv_given_cpus(g, c->cpus) &&
	       (!given(g, RV_GIVEN_PIC) || (g->pic == RV_TRUE) == c->pic) &&
	       tri_allows(g->edge, c->edge) &&
	       (!given(g, RV_GIVEN_HOTPLUG_OFF) ||
		g->hotplug_off == !c->hotplug) &&
	       (!given(g, RV_GIVEN_SWTPM) || g->swtpm == c->tpm) &&
	       (!given(g, RV_GIVEN_HUGEPAGES) || g->hugepages == c->huge) &&
	       (!given(g, RV_GIVEN_PCI_HOLE64) || g->pci_hole64 == c->hole) &&
	       (!given(g, RV_GIVEN_MEMORY) || !c->memory ||
		g->memory == c->memory);
}

/* Split the endpoints into root disk, NICs and volumes, as given, or usual. */
static bool split_endpoints(unsigned endpoints, const struct rv_shape *g,
			    struct rv_shape *s)
{
	static const uint32_t nics[] = { 1, 0, 2, 3, 4, 5, 6, 7, 8 };
	unsigned rest = endpoints - RV_BASE_ENDPOINTS;

	if (endpoints < RV_BASE_ENDPOINTS)
		return false;
	/* Volumes come with verity; the usual machine has none. */
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned iso = 0; iso < 2; iso++)
			for (size_t i = 0; i < RV_LEN(nics); i++) {
				uint32_t n =
				    given(g, RV_GIVEN_NICS) ? g->nics : nics[i];
				uint32_t root = iso ? 0 : 1;

				if (root + n > rest ||
				    (given(g, RV_GIVEN_ROOTFS) &&
				     (g->root_verity == RV_FALSE) !=
					 (iso == 1)))
					continue;
				s->root_verity = iso ? RV_FALSE : RV_TRUE;
				s->nics = n;
				s->volumes = rest - root - n;
				if (given(g, RV_GIVEN_VOLUMES)
					? s->volumes == g->volumes
					: pass || (!s->volumes && n == 1))
					return true;
			}
	return false;
}

static bool split_ports(unsigned ports, const struct rv_shape *g,
			struct rv_shape *s)
{
	s->nvswitches = given(g, RV_GIVEN_NVSWITCHES) ? g->nvswitches : 0;
	s->gpus = ports - s->nvswitches;
	return s->nvswitches <= ports &&
	       (!given(g, RV_GIVEN_GPUS) || given(g, RV_GIVEN_HUGEPAGES) ||
		s->gpus == g->gpus);
}

/* The version that stands for a class, of the quote's page order if it can. */
static struct rv_qemu stands_for(const struct rv_qemu_class *c,
				 bool single_pass)
{
	bool single = (single_pass && c->single.major) || !c->two_pass.major;

	return single ? c->single : c->two_pass;
}

bool rv_candidate_shape(const struct rv_space *space,
			const struct rv_candidate *c, bool single_pass,
			struct rv_shape *out)
{
	const struct rv_qemu_classes *classes = rv_space_classes(space, c);
	const struct rv_shape *g = space->given;
	struct rv_shape s = rv_shape_default();

	if (!allows(space, c) || !split_endpoints(c->endpoints, g, &s) ||
	    !split_ports(c->ports, g, &s))
		return false;
	s.cpus = c->cpus;
	s.memory = c->memory;
	s.qemu = given(g, RV_GIVEN_QEMU)
		     ? g->qemu
		     : stands_for(&classes->class[c->version], single_pass);
	s.pic = c->pic ? RV_TRUE : RV_FALSE;
	s.edge = c->edge ? RV_TRUE : RV_FALSE;
	s.page_add = given(g, RV_GIVEN_PAGE_ADD) ? g->page_add : s.page_add;
	s.hotplug_off = !c->hotplug;
	s.swtpm = c->tpm;
	s.hugepages = c->huge;
	s.pci_hole64 = c->hole;
	s.ovmf = g->ovmf;
	s.edk2 = g->edk2;
	memcpy(s.gpu_bar, g->gpu_bar, sizeof s.gpu_bar);
	s.gpu_bars = g->gpu_bars;
	/* A GPU has a small BAR beside its large one. */
	if (s.gpus && !s.gpu_bars) {
		s.gpu_bar[s.gpu_bars++] = c->bar ? c->bar : 16 * GiB;
		s.gpu_bar[s.gpu_bars++] = 32 * MiB;
	}
	*out = s;
	return true;
}

size_t rv_usual_memory(uint64_t out[RV_MEMORIES_MAX])
{
	static const uint16_t gib[] = {
		2,    4,   8,	 16,   32,   64,   3,	 6,    12,   24,
		48,   96,  128,	 192,  256,  384,  512,	 768,  1024, 1536,
		2048, 5,   7,	 10,   14,   20,   28,	 40,   56,   60,
		80,   100, 112,	 120,  160,  180,  200,	 224,  240,  250,
		300,  320, 360,	 400,  448,  480,  500,	 640,  720,  800,
		900,  960, 1000, 1200, 1280, 1792, 1920, 2000,
	};
	size_t n = 0;

	for (size_t i = 0; i < RV_LEN(gib); i++)
		out[n++] = gib[i] * GiB;
	out[n++] = GiB;
	out[n++] = GiB / 2;
	out[n++] = GiB + GiB / 2;
	out[n++] = 2 * GiB + GiB / 2;
	return n;
}
