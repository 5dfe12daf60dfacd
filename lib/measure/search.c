/* SPDX-License-Identifier: Apache-2.0 */
/* search.c - what both searches do: RTMR0 of a candidate, and noting a match.
 */
#include "search.h"
#include "cache.h"
#include "edk2.h"
#include "tdvf.h"
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>

bool rv_search_hash(struct rv_search *s, struct rv_span bytes,
		    struct rv_sha384 *out)
{
	s->digests++;
	return rv_digest_add(s->sha, bytes.p, bytes.n, s->err) &&
	       rv_digest_end(s->sha, out->b, s->err);
}

static bool index_shape_events(struct rv_template *t)
{
	const struct {
		const char *label;
		size_t *at;
	} row[] = {
		{ "td-hob", &t->hob },
		{ "acpi-loader", &t->loader },
		{ "acpi-rsdp", &t->rsdp },
		{ "acpi-tables", &t->tables },
	};
	size_t found = 0;

	for (size_t k = 0; k < RV_LEN(row); k++)
		for (size_t i = 0; i < t->reg.n; i++)
			if (strcmp(t->reg.event[i].label, row[k].label) == 0) {
				*row[k].at = i;
				found++;
			}
	return found == RV_LEN(row);
}

static bool index_events(struct rv_template *t)
{
	t->smbios = 0;
	while (t->smbios < t->reg.n &&
	       strcmp(t->reg.event[t->smbios].label, "smbios") != 0)
		t->smbios++;
	return index_shape_events(t);
}

/*
 * All but the kernel, which RTMR0 does not hold: what remains of the image is
 * quick to measure.
 */
bool rv_search_template(struct rv_search *s, bool tpm, unsigned expanders,
			struct rv_template *out)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	RV_AUTO(rv_free) struct rv_document *d = calloc(1, sizeof *d);
	struct rv_acpi_digests acpi = { .has_tpm_log = tpm };
	struct rv_measure_input in = { .acpi = &acpi };
	struct rv_shape shape = rv_shape_default();
	static const uint8_t log[65536];

	if (!v || !d)
		return rv_no_memory(s->err, "solve");
	if (s->in->image &&
	    (s->in->image->firmware.n || s->in->image->document)) {
		in.firmware = s->in->image->firmware;
		in.document = s->in->image->document;
		in.version = s->in->image->version;
		in.ovmf_variant = s->in->image->ovmf_variant;
	} else {
		const struct rv_span hob = rv_dstack_witness(0);

		d->version = 3;
		d->ovmf = rv_search_variant(s);
		memcpy(d->td_hob, hob.p, hob.n);
		d->td_hob_n = hob.n;
		in.document = d;
	}
	shape.memory = (uint64_t)2 << 30;
	shape.numa_nodes = expanders;
	for (unsigned i = 0; i < expanders; i++)
		shape.numa[i].pxb_bus = (uint8_t)(5 + i);
	shape.ovmf = s->in->given.ovmf;
	shape.edk2 = s->in->given.edk2;
	if (!rv_sha384(rv_span(log, sizeof log), &acpi.tpm_log, s->err) ||
	    !rv_measure(&in, &shape, v, s->err))
		return false;
	out->reg = *rv_values_register(v, "rtmr0");
	if (!index_events(out))
		return rv_fail(s->err, RV_INPUT,
			       "solve: this firmware does not measure ACPI"
			       " tables: %s",
			       *out->reg.why ? out->reg.why : v->edk2);
	return true;
}

bool rv_search_build(struct rv_search *s, const struct rv_candidate *c)
{
	RV_AUTO(rv_acpi_machine_free) struct rv_acpi_machine m = { 0 };
	struct rv_acpi_assumed assumed;
	struct rv_err err = { 0 };
	struct rv_shape shape;

	if (!rv_candidate_shape(&s->space, c, s->single_pass, &shape))
		return false;
	/* The tables need a size; every large one gives the same. */
	if (!shape.memory)
		shape.memory = RV_SEARCH_MEMORY;
	if (rv_acpi_from_shape(&shape, &m, &assumed, &err) &&
	    rv_acpi_rebuild(&m, &s->blobs, &err))
		return true;
	if (err.code == RV_SYSTEM) {
		s->no_memory = true;
		*s->err = err;
	}
	return false;
}

/* On bus 0 a GPU and an NVSwitch can look alike; on an expander are GPUs. */
static bool same_nodes(const struct rv_shape *a, const struct rv_shape *b)
{
	if (a->numa_nodes != b->numa_nodes ||
	    (a->hugepages && a->gpus != b->gpus))
		return false;
	for (size_t i = 0; i < a->numa_nodes; i++)
		if (a->numa[i].pxb_bus != b->numa[i].pxb_bus)
			return false;
	return true;
}

static bool same_but_version(const struct rv_shape *a, const struct rv_shape *b)
{
	return a->cpus == b->cpus && a->memory == b->memory &&
	       a->pic == b->pic && a->edge == b->edge &&
	       a->gpus + a->nvswitches == b->gpus + b->nvswitches &&
	       same_nodes(a, b) && a->nics == b->nics &&
	       a->volumes == b->volumes && a->root_verity == b->root_verity &&
	       a->hugepages == b->hugepages &&
	       a->hotplug_off == b->hotplug_off && a->swtpm == b->swtpm;
}

/* What else gives the same bytes as a shape that was found. */
static void note_other(const struct rv_search *s, struct rv_solved *f,
		       const struct rv_candidate *c,
		       const struct rv_shape *shape)
{
	static const char hole[] = "; or a PCI hole that the BARs go beyond";
	size_t n = strlen(f->same);
	char v[RV_QEMU_WORDS];

	rv_qemu_words(rv_space_classes(&s->space, c), c->version, v);
	if (!strstr(f->same, v))
		n += (size_t)snprintf(f->same + n, sizeof f->same - n,
				      "; or QEMU %s", v);
	if (shape->pci_hole64 != f->shape.pci_hole64 &&
	    !strstr(f->same, hole) && n < sizeof f->same)
		snprintf(f->same + n, sizeof f->same - n, "%s", hole);
}

static void describe(const struct rv_search *s, struct rv_solved *f,
		     const struct rv_candidate *c)
{
	char versions[RV_QEMU_WORDS];
	int n;

	rv_qemu_words(rv_space_classes(&s->space, c), c->version, versions);
	n = snprintf(f->same, sizeof f->same, "QEMU %s", versions);
	n += snprintf(f->same + n, sizeof f->same - (size_t)n,
		      "; root disk (verity 1, iso 0) + NICs + volumes = %u",
		      c->endpoints - RV_BASE_ENDPOINTS);
	if (!c->hole)
		n += snprintf(f->same + n, sizeof f->same - (size_t)n,
			      "; PCI hole unset or 32 GiB");
	if (c->ports && !c->nodes)
		snprintf(f->same + n, sizeof f->same - (size_t)n,
			 c->bars ? "; GPUs + NVSwitches = %u, BARs that end"
				   " alike"
				 : "; GPUs + NVSwitches = %u, any BARs that"
				   " fit",
			 c->ports);
	if (c->gpus[0] + c->gpus[1])
		snprintf(f->same + n, sizeof f->same - (size_t)n,
			 "; GPUs on the PCI expanders %u + %u, BARs that give"
			 " the same windows",
			 c->gpus[0], c->gpus[1]);
}

void rv_search_found(struct rv_search *s, const struct rv_candidate *c)
{
	struct rv_solution *o = s->out;
	struct rv_shape shape;
	size_t i = 0;

	if (!rv_candidate_shape(&s->space, c, s->single_pass, &shape))
		return;
	while (i < o->n && !same_but_version(&o->found[i].shape, &shape))
		i++;
	if (i < o->n) {
		note_other(s, &o->found[i], c, &shape);
		return;
	}
	if (o->n == RV_SOLVED_MAX) {
		o->more = true;
		return;
	}
	o->found[o->n].shape = shape;
	describe(s, &o->found[o->n++], c);
}

const uint8_t *rv_search_fmspc(const struct rv_search *s)
{
	return s->in->has_fmspc ? s->in->fmspc : NULL;
}

void rv_search_processor(struct rv_solved *f,
			 const struct rv_smbios_found *found)
{
	struct rv_shape *s = &f->shape;
	size_t n = strlen(f->same);

	s->has_cpu_id = true;
	s->cpu_eax = found->eax;
	s->cpu_edx = found->edx;
	snprintf(s->smbios_product, sizeof s->smbios_product, "%s",
		 found->product);
	/* Another of the same tables: the machine type tells them apart. */
	if (s->qemu.major != found->qemu.major ||
	    s->qemu.minor != found->qemu.minor)
		s->qemu = found->qemu;
	snprintf(f->same + n, sizeof f->same - n,
		 "; of these pc-q35-%u.%u, by its SMBIOS tables",
		 found->qemu.major, found->qemu.minor);
}

/* A log of stable202505 firmware measures the SMBIOS tables. */
enum rv_ovmf rv_search_variant(const struct rv_search *s)
{
	const struct rv_log *log = s->in->log;

	if (s->in->given.ovmf)
		return s->in->given.ovmf;
	for (size_t i = 0; log && i < log->n; i++)
		if (log->event[i].imr == 0 &&
		    log->event[i].type == RV_EV_EFI_HANDOFF_TABLES)
			return RV_OVMF_STABLE202505;
	return RV_OVMF_PRE202505;
}
