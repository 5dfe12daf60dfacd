/* SPDX-License-Identifier: Apache-2.0 */
/* space.c - the shapes that the solver searches, and what is given of them. */
#include "space.h"

#define GiB ((uint64_t)1 << 30)
#define MiB ((uint64_t)1 << 20)

const struct rv_profile_class rv_profile_classes[RV_PROFILES] = {
	{ "8.1.0 to 8.2.8, 9.0.0 to 9.1.2, 9.2.0",
	  { 8, 2, 2 },
	  { 9, 1, 0 },
	  false },
	{ "8.2.9 and later of 8.2, 9.1.3 and later of 9.1, 9.2.1 and later of "
	  "9.2",
	  { 8, 2, 9 },
	  { 9, 2, 1 },
	  false },
	{ "10.0 to 10.2", { 0 }, { 10, 0, 0 }, false },
	{ "11.0", { 0 }, { 11, 0, 0 }, false },
	{ "11.1", { 0 }, { 11, 1, 0 }, false },
	{ "8.0", { 8, 0, 0 }, { 0 }, false },
	{ "9.2.0", { 0 }, { 9, 2, 0 }, true },
	{ "8.2.9 and later of 8.2, 9.1.3 and later of 9.1",
	  { 8, 2, 9 },
	  { 9, 1, 3 },
	  true },
};

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

static bool same_version(struct rv_qemu a, struct rv_qemu b)
{
	return a.major == b.major && a.minor == b.minor && a.micro == b.micro;
}

/* Does this version give the tables of that class? */
static bool in_class(struct rv_qemu v, unsigned profile, bool pxb)
{
	bool v8 = v.major == 8;
	bool pdsm = rv_qemu_since(&v, 9, 3) ||
		    (v.major == 9 && v.minor == 2 && v.micro >= 1) ||
		    (v.major == 9 && v.minor == 1 && v.micro >= 3) ||
		    (v8 && v.minor == 2 && v.micro >= 9);
	bool v92 = v.major == 9 && v.minor == 2;

	switch (profile) {
	case 2:
		return v.major == 10;
	case 3:
		return v.major == 11 && v.minor == 0;
	case 4:
		return v.major == 11 && v.minor == 1;
	case 5:
		return v8 && v.minor == 0;
	case 6:
		return pxb && same_version(v, (struct rv_qemu){ 9, 2, 0 });
	case 7:
		return pxb && pdsm && v.major < 10 && !v92;
	default:
		if (v.major > 9 || (v8 && v.minor == 0))
			return false;
		if (pxb && v92 != (profile == 1))
			return false;
		return pdsm == (profile == 1);
	}
}

static bool tri_allows(enum rv_tri t, bool value)
{
	return t == RV_UNSET || (t == RV_TRUE) == value;
}

bool rv_given_allows(const struct rv_shape *g, const struct rv_candidate *c)
{
	if (given(g, RV_GIVEN_QEMU) && !in_class(g->qemu, c->profile, c->huge))
		return false;
	if (rv_profile_classes[c->profile].pxb_only && !c->huge)
		return false;
	return rv_given_cpus(g, c->cpus) &&
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

bool rv_candidate_shape(const struct rv_candidate *c, const struct rv_shape *g,
			bool single_pass, struct rv_shape *out)
{
	const struct rv_profile_class *p = &rv_profile_classes[c->profile];
	struct rv_shape s = rv_shape_default();
	bool single = (single_pass && p->single.major) || !p->two_pass.major;

	if (!rv_given_allows(g, c) || !split_endpoints(c->endpoints, g, &s) ||
	    !split_ports(c->ports, g, &s))
		return false;
	s.cpus = c->cpus;
	s.memory = c->memory;
	s.qemu = given(g, RV_GIVEN_QEMU) ? g->qemu
		 : single		 ? p->single
					 : p->two_pass;
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
