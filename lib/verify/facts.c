/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts.c - which stated facts decided nothing: no other value of theirs would
 * have given other registers, because the evidence, the reference or another
 * fact says it already, or because this machine has no such part.
 */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * The @k-th other value of a fact, into @s; false: there are no more. Every
 * value that some register tells apart from another must be reached.
 */
typedef bool other_fn(struct rv_shape *s, unsigned k);

static void flip(enum rv_tri *t)
{
	*t = *t == RV_TRUE ? RV_FALSE : RV_TRUE;
}

static bool cpus(struct rv_shape *s, unsigned k)
{
	s->cpus = s->cpus > 1 ? s->cpus - 1 : s->cpus + 1;
	return k < 1;
}

static bool memory(struct rv_shape *s, unsigned k)
{
	s->memory = k ? s->memory / 2 : s->memory * 2;
	return k < 2;
}

static bool qemu(struct rv_shape *s, unsigned k)
{
	static const struct rv_qemu some[] = {
		{ 8, 0, 5 }, { 8, 2, 2 }, { 9, 1, 0 }, { 9, 2, 1 }, { 10, 2, 0 }
	};

	if (k < RV_LEN(some))
		s->qemu = some[k];
	return k < RV_LEN(some);
}

static bool page_add(struct rv_shape *s, unsigned k)
{
	s->page_add = s->page_add == RV_PAGE_ADD_TWO ? RV_PAGE_ADD_SINGLE
						     : RV_PAGE_ADD_TWO;
	return k < 1;
}

static bool pic(struct rv_shape *s, unsigned k)
{
	flip(&s->pic);
	return k < 1;
}

static bool edge(struct rv_shape *s, unsigned k)
{
	flip(&s->edge);
	return k < 1;
}

static bool rootfs(struct rv_shape *s, unsigned k)
{
	flip(&s->root_verity);
	return k < 1;
}

static bool gpus(struct rv_shape *s, unsigned k)
{
	s->gpus += s->gpus ? -1u : 1u;
	return k < 1;
}

static bool nvswitches(struct rv_shape *s, unsigned k)
{
	s->nvswitches += s->nvswitches ? -1u : 1u;
	return k < 1;
}

static bool nics(struct rv_shape *s, unsigned k)
{
	s->nics += s->nics ? -1u : 1u;
	return k < 1;
}

static bool volumes(struct rv_shape *s, unsigned k)
{
	s->volumes += s->volumes ? -1u : 1u;
	return k < 1;
}

static bool gpu_bar(struct rv_shape *s, unsigned k)
{
	s->gpu_bars = 0;
	return k < 1;
}

static bool nvswitch_bar(struct rv_shape *s, unsigned k)
{
	s->nvswitch_bars = 0;
	return k < 1;
}

static bool hugepages(struct rv_shape *s, unsigned k)
{
	s->hugepages = !s->hugepages;
	return k < 1;
}

static bool hotplug_off(struct rv_shape *s, unsigned k)
{
	s->hotplug_off = !s->hotplug_off;
	return k < 1;
}

static bool swtpm(struct rv_shape *s, unsigned k)
{
	s->swtpm = !s->swtpm;
	return k < 1;
}

static bool pci_hole64(struct rv_shape *s, unsigned k)
{
	s->pci_hole64 = s->pci_hole64 ? 0 : (uint64_t)1 << 40;
	return k < 1;
}

static bool host_share(struct rv_shape *s, unsigned k)
{
	static const char *const mode[] = { "9p", "vvfat", "vhd" };

	if (k < RV_LEN(mode))
		snprintf(s->host_share, sizeof s->host_share, "%s", mode[k]);
	return k < RV_LEN(mode);
}

static bool ovmf(struct rv_shape *s, unsigned k)
{
	s->edk2 = 0;
	s->ovmf = k ? RV_OVMF_PRE202505 : RV_OVMF_STABLE202505;
	return k < 2;
}

static bool cpu_id(struct rv_shape *s, unsigned k)
{
	s->cpu_eax ^= 1;
	return k < 1;
}

static bool smbios_product(struct rv_shape *s, unsigned k)
{
	snprintf(s->smbios_product, sizeof s->smbios_product, "%s",
		 k ? "none" : "another/product");
	return k < 2;
}

static bool smbios_firmware(struct rv_shape *s, unsigned k)
{
	snprintf(s->smbios_firmware, sizeof s->smbios_firmware,
		 "another|firmware|01/01/1970");
	return k < 1;
}

static const struct {
	const char *name;
	other_fn *other;
} table[] = {
	{ "cpus", cpus },
	{ "memory", memory },
	{ "qemu", qemu },
	{ "page-add", page_add },
	{ "pic", pic },
	{ "edge", edge },
	{ "gpus", gpus },
	{ "gpu-model", gpu_bar },
	{ "gpu-bar", gpu_bar },
	{ "nvswitches", nvswitches },
	{ "nvswitch-bar", nvswitch_bar },
	{ "nics", nics },
	{ "volumes", volumes },
	{ "hugepages", hugepages },
	{ "pci-hole64", pci_hole64 },
	{ "hotplug-off", hotplug_off },
	{ "rootfs", rootfs },
	{ "swtpm", swtpm },
	{ "host-share", host_share },
	{ "ovmf", ovmf },
	{ "cpu-id", cpu_id },
	{ "smbios-product", smbios_product },
	{ "smbios-firmware", smbios_firmware },
};

static bool same_register(const struct rv_register *a,
			  const struct rv_register *b)
{
	if (a->known || b->known)
		return a->known && b->known &&
		       memcmp(a->value.b, b->value.b, 48) == 0;
	if (a->n != b->n)
		return false;
	/* Of one that is not known, the events are compared that are. */
	for (size_t i = 0; i < a->n; i++)
		if (a->event[i].known != b->event[i].known ||
		    strcmp(a->event[i].label, b->event[i].label) != 0 ||
		    (a->event[i].known &&
		     memcmp(a->event[i].digest.b, b->event[i].digest.b, 48) !=
			 0))
			return false;
	return true;
}

static bool same_values(const struct rv_values *a, const struct rv_values *b)
{
	const struct rv_mrtd *m = &a->mrtd, *n = &b->mrtd;

	for (size_t i = 0; i < RV_LEN(a->reg); i++)
		if (!same_register(&a->reg[i], &b->reg[i]))
			return false;
	return m->page_add == n->page_add && m->has_single == n->has_single &&
	       m->has_two == n->has_two &&
	       memcmp(m->single_pass.b, n->single_pass.b, 48) == 0 &&
	       memcmp(m->two_pass.b, n->two_pass.b, 48) == 0;
}

/* Does another value of this fact give other registers, or none? */
static bool decides(struct rv_verify_job *j, other_fn *other, bool *yes,
		    struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);

	if (!v)
		return rv_no_memory(err, "facts");
	*yes = false;
	for (unsigned k = 0; !*yes; k++) {
		struct rv_shape stated = *j->in->shape, shape;
		struct rv_err why = { 0 };

		if (!other(&stated, k))
			break;
		rv_verify_restate(j, &stated, &shape);
		if (rv_verify_values(j, &shape, v, &why)) {
			*yes = !same_values(v, j->out->values);
		} else if (why.code == RV_SYSTEM) {
			*err = why;
			return false;
		} else {
			*yes = true;
		}
	}
	return true;
}

/* The same of ACPI digests. */
static bool acpi_decides(struct rv_verify_job *j, bool *yes, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	struct rv_acpi_digests other;
	bool good;

	*yes = false;
	if (!j->in->acpi)
		return true;
	if (!v)
		return rv_no_memory(err, "facts");
	other = *j->in->acpi;
	other.tables.b[0] ^= 1;
	j->acpi = &other;
	good = rv_verify_values(j, &j->shape, v, err);
	j->acpi = j->in->acpi;
	*yes = good && !same_values(v, j->out->values);
	return good;
}

static other_fn *by_name(const char *name)
{
	for (size_t i = 0; i < RV_LEN(table); i++)
		if (strcmp(table[i].name, name) == 0)
			return table[i].other;
	return NULL;
}

/* What is in @g: the facts that decide nothing. */
static bool note(struct rv_verify_job *j, struct rv_grow *g, struct rv_err *err)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	if (g->failed)
		return rv_no_memory(err, "facts");
	if (!g->buf.n)
		return true;
	c = rv_report_add(r, RV_LAYER_FIRMWARE, "machine_facts", RV_UNCHECKED);
	rv_report_set(r, &c->actual, "%.*s", (int)g->buf.n, (char *)g->buf.p);
	rv_report_set(r, &c->reason,
		      "given, and of no effect here: any other value gives the"
		      " same registers");
	return true;
}

static void put(struct rv_grow *g, const char *name)
{
	rv_grow_printf(g, "%s%s", g->buf.n ? ", " : "", name);
}

bool rv_verify_idle_facts(struct rv_verify_job *j, const char *but,
			  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (j->in->acpi)
		put(&g, "acpi");
	for (size_t i = 0; i < j->in->facts; i++)
		if (!but || strcmp(j->in->fact[i], but) != 0)
			put(&g, j->in->fact[i]);
	return note(j, &g, err);
}

bool rv_verify_facts(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	bool tables;

	if (!j->in->shape || j->in->values || !j->out->values)
		return true;
	if (!acpi_decides(j, &tables, err))
		return false;
	if (j->in->acpi && !tables)
		put(&g, "acpi");
	for (size_t i = 0; i < j->in->facts; i++) {
		other_fn *other = by_name(j->in->fact[i]);
		bool yes = true;

		/* Evidence of GPUs is counted by the shape, too. */
		if (other == gpus && j->out->evidence->gpu.there)
			continue;
		if (other && !decides(j, other, &yes, err))
			return false;
		if (!yes)
			put(&g, j->in->fact[i]);
	}
	return note(j, &g, err);
}
