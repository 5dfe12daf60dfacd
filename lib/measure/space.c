/* SPDX-License-Identifier: Apache-2.0 */
/* space.c - the shapes that the solver searches, and what is given of them. */
#include "space.h"

#define GiB ((uint64_t)1 << 30)
#define MiB ((uint64_t)1 << 20)

/* As acpi/models.c has them, and what lies between. */
const struct rv_bar_set rv_bar_sets[RV_BAR_SETS] = {
	{ { 16 * MiB, RV_BAR_P64 }, 128 * GiB },
	{ { 16 * MiB, RV_BAR_P64 }, 256 * GiB },
	{ { 64 * MiB, RV_BAR_P64 }, 256 * GiB },
	{ { 64 * MiB, RV_BAR_P64 }, 512 * GiB },
	{ { 16 * MiB, RV_BAR_M32 }, 64 * GiB },
	{ { 16 * MiB, RV_BAR_M32 }, 32 * GiB },
	{ { 16 * MiB, RV_BAR_P64 }, 64 * GiB },
	{ { 64 * MiB, RV_BAR_P64 }, 128 * GiB },
	{ { 16 * MiB, RV_BAR_P64 }, 512 * GiB },
	{ { 16 * MiB, RV_BAR_P64 }, 8 * GiB },
};

const struct rv_bar rv_switch_bars[RV_SWITCH_BARS] = {
	{ 32 * MiB, RV_BAR_M64 },
	{ 32 * MiB, RV_BAR_P64 },
};

/* The default, which is 32 GiB, then the other powers of two to 4 PiB. */
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
	return &s->classes[c->nodes != 0];
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

size_t rv_class_versions(const struct rv_space *s, const struct rv_candidate *c,
			 bool single_pass,
			 struct rv_qemu out[RV_QEMU_CLASSES_MAX])
{
	const struct rv_qemu_classes *classes = rv_space_classes(s, c);
	size_t n = 0;

	if (given(s->given, RV_GIVEN_QEMU)) {
		out[0] = s->given->qemu;
		return 1;
	}
	for (size_t i = 0; i < rv_qemu_rows(); i++) {
		const struct rv_qemu_row *row = rv_qemu_row(i);

		if (rv_qemu_class_of(classes, row) == c->version &&
		    (single_pass || row->page_add == RV_PAGE_ADD_TWO))
			out[n++] = row->shown;
	}
	return n;
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
	       (!given(g, RV_GIVEN_HUGEPAGES) ||
		g->hugepages == (c->nodes != 0)) &&
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

static bool split_ports(const struct rv_candidate *c, const struct rv_shape *g,
			struct rv_shape *s)
{
	s->nvswitches = c->nodes			? c->ports
			: given(g, RV_GIVEN_NVSWITCHES) ? g->nvswitches
							: c->switches;
	if (s->nvswitches > c->ports ||
	    (given(g, RV_GIVEN_NVSWITCHES) && s->nvswitches != g->nvswitches))
		return false;
	s->gpus = c->nodes ? c->gpus[0] + c->gpus[1] : c->ports - s->nvswitches;
	return !given(g, RV_GIVEN_GPUS) || s->gpus == g->gpus;
}

/* Two nodes: the expander that is lower has bus 5, the other one follows. */
static bool split_nodes(const struct rv_candidate *c, const struct rv_shape *g,
			struct rv_shape *s)
{
	enum { FIRST_BUS = 5 };
	uint64_t memory = c->memory ? c->memory : RV_SEARCH_MEMORY;
	unsigned low = c->swapped;

	if (given(g, RV_GIVEN_NUMA) && g->numa_nodes != c->nodes)
		return false;
	s->hugepages = c->nodes != 0;
	if (c->nodes < 2 && !given(g, RV_GIVEN_NUMA))
		return true;
	if (c->cpus % c->nodes || memory % c->nodes)
		return false;
	s->numa_nodes = c->nodes;
	for (unsigned i = 0; i < c->nodes; i++) {
		struct rv_numa *n = &s->numa[i];

		n->first_cpu = c->cpus / c->nodes * i;
		n->last_cpu = c->cpus / c->nodes * (i + 1) - 1;
		n->bytes = memory / c->nodes;
		n->pxb_bus = (uint8_t)(i == low ? FIRST_BUS
						: FIRST_BUS + c->gpus[low] + 1);
		if (given(g, RV_GIVEN_NUMA) && n->pxb_bus != g->numa[i].pxb_bus)
			return false;
	}
	return true;
}

/* What was given, or the candidate's: given BARs are tried once. */
static bool set_bars(const struct rv_candidate *c, const struct rv_shape *g,
		     struct rv_shape *s)
{
	if (g->gpu_bars) {
		memcpy(s->gpu_bar, g->gpu_bar, sizeof s->gpu_bar);
		memcpy(s->gpu_model, g->gpu_model, sizeof s->gpu_model);
		s->gpu_bars = g->gpu_bars;
		if (c->bars > 1)
			return false;
	} else if (c->bars && s->gpus) {
		const struct rv_bar_set *set = &rv_bar_sets[c->bars - 1];

		s->gpu_bar[s->gpu_bars++] = set->control;
		s->gpu_bar[s->gpu_bars++] =
		    (struct rv_bar){ set->large, RV_BAR_P64 };
		s->gpu_bar[s->gpu_bars++] =
		    (struct rv_bar){ 32 * MiB, RV_BAR_P64 };
	}
	if (g->nvswitch_bars) {
		memcpy(s->nvswitch_bar, g->nvswitch_bar,
		       sizeof s->nvswitch_bar);
		s->nvswitch_bars = g->nvswitch_bars;
		return c->switch_bar <= 1;
	}
	if (c->switch_bar && s->nvswitches)
		s->nvswitch_bar[s->nvswitch_bars++] =
		    rv_switch_bars[c->switch_bar - 1];
	return true;
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
	    !split_ports(c, g, &s) || !split_nodes(c, g, &s) ||
	    !set_bars(c, g, &s))
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
	s.pci_hole64 = c->hole;
	s.ovmf = g->ovmf;
	s.edk2 = g->edk2;
	s.has_cpu_id = g->has_cpu_id;
	s.cpu_eax = g->cpu_eax;
	s.cpu_edx = g->cpu_edx;
	memcpy(s.smbios_product, g->smbios_product, sizeof s.smbios_product);
	memcpy(s.smbios_firmware, g->smbios_firmware, sizeof s.smbios_firmware);
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
