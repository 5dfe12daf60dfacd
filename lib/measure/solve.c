/* SPDX-License-Identifier: Apache-2.0 */
/*
 * solve.c - which machine shape gives these registers? What is common to the
 * search by log (solve_log.c) and by RTMR0 alone (solve_register.c), and the
 * other registers once a shape was found.
 */
#include "search.h"

#include "cache.h"
#include "edk2.h"
#include "tdvf.h"
#include "digest.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- the firmware ---- */

static bool add_layout(struct rv_search *s, struct rv_span witness)
{
	return rv_hob_unpack(witness, &s->layout[s->layouts++], s->err);
}

/*
 * The image's own firmware, else the two that dstack has built: the older one
 * not from 202505 on.
 */
static bool find_layouts(struct rv_search *s)
{
	const struct rv_measure_input *image = s->in->image;
	const struct rv_release *r = s->in->release;
	RV_AUTO(rv_free) struct rv_tdvf *tdvf = NULL;

	if (r && r->td_hob.n)
		return add_layout(s, rv_buf_span(&r->td_hob));
	if (image && image->document)
		return add_layout(s, rv_span(image->document->td_hob,
					     image->document->td_hob_n));
	if (!image || !image->firmware.n)
		return add_layout(s, rv_dstack_witness(0)) &&
		       (rv_search_variant(s) == RV_OVMF_STABLE202505 ||
			add_layout(s, rv_dstack_witness(1)));
	tdvf = calloc(1, sizeof *tdvf);
	if (!tdvf)
		return rv_no_memory(s->err, "solve");
	s->layouts = 1;
	return rv_tdvf_read(image->firmware, tdvf, s->err) &&
	       rv_hob_layout(tdvf, &s->layout[0], s->err);
}

/* ---- candidates ---- */

/* ---- the other registers ---- */

/* Is @v this register of the quote? */
static bool quoted(const struct rv_solve_input *in, const char *name,
		   const struct rv_sha384 *v)
{
	const struct rv_mr *mr = rv_mrs_find(&in->reg, name);

	return mr && rv_same(rv_span(mr->b, mr->n), rv_span(v->b, sizeof v->b));
}

static enum rv_solve_check check(const struct rv_search *s, const char *name,
				 const struct rv_sha384 *want)
{
	return !want			   ? RV_NOT_CHECKED
	       : quoted(s->in, name, want) ? RV_AGREES
					   : RV_DISAGREES;
}

static bool expected(struct rv_search *s, const struct rv_shape *shape,
		     struct rv_values *v)
{
	struct rv_measure_input in = { 0 };
	struct rv_acpi_digests acpi;

	if (!rv_acpi_digests(shape, &acpi, NULL, s->err))
		return false;
	if (!s->in->image)
		return rv_release_values(s->in->release, shape, &acpi, NULL, v,
					 s->err);
	in = *s->in->image;
	in.acpi = &acpi;
	in.acpi_origin = RV_ORIGIN_COMPUTED;
	return rv_measure(&in, shape, v, s->err);
}

/* What the image or the release gives on the first shape found. */
static bool check_registers(struct rv_search *s)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	struct rv_solution *o = s->out;
	struct rv_shape shape = o->found[0].shape;
	const struct rv_sha384 *mrtd;

	if (!v)
		return rv_no_memory(s->err, "solve");
	if (!rv_shape_resolve(&shape, s->err) || !expected(s, &shape, v))
		return false;
	mrtd = rv_mrtd_value(&v->mrtd);
	o->reg[0].state = check(s, "mrtd", mrtd);
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		o->reg[1 + i].state =
		    check(s, rv_values_name(i),
			  v->reg[i].known ? &v->reg[i].value : NULL);
	return true;
}

/* The order follows from the QEMU version: the quote's MRTD tells. */
static bool find_page_order(struct rv_search *s)
{
	const struct rv_measure_input *image = s->in->image;
	struct rv_mrtd m = { 0 };

	if (s->in->given.page_add) {
		s->single_pass = s->in->given.page_add == RV_PAGE_ADD_SINGLE;
		return true;
	}
	if (s->in->release)
		m.single_pass = s->in->release->single_pass.value;
	else if (!image)
		return true;
	else if (image->document)
		m.single_pass = image->document->single_pass;
	else if (image->firmware.n &&
		 !rv_mrtd_compute(image->firmware, &m, s->err))
		return false;
	s->single_pass = quoted(s->in, "mrtd", &m.single_pass);
	return true;
}

/* Read from the image's firmware; else as dstack's builds. */
static bool find_bios(struct rv_search *s)
{
	const struct rv_measure_input *image = s->in->image;
	struct rv_firmware f = { .bios = rv_bios_default() };
	struct rv_err ignored = { 0 };

	if (image && image->firmware.n &&
	    !rv_cached_inspect(image->cache, image->firmware, &f, &ignored))
		f.bios = rv_bios_default();
	s->bios = f.bios;
	return true;
}

static bool log_has_rtmr0(const struct rv_log *log)
{
	for (size_t i = 0; log && i < log->n; i++)
		if (log->event[i].imr == 0 && log->event[i].has_digest)
			return true;
	return false;
}

static void search_free(struct rv_search *s)
{
	rv_digest_free(&s->sha);
	rv_acpi_blobs_free(&s->blobs);
}

/* The image's root file system is as certain as a fact that was given. */
static struct rv_solve_input with_root(const struct rv_solve_input *in)
{
	struct rv_solve_input facts = *in;

	if (in->release)
		rv_release_shape(in->release, &facts.given);
	else if (in->image)
		rv_measure_shape(in->image, &facts.given);
	if (in->release || (in->image && in->image->root_verity != RV_UNSET))
		facts.given.given |= RV_GIVEN_ROOTFS;
	return facts;
}

/* What is searched, in words. */
static void say_space(struct rv_solution *o)
{
	if (o->by_log)
		snprintf(o->searched, sizeof o->searched,
			 "1 to %d CPUs; QEMU %s to %s, with pic and the TDX"
			 " patch set on or off; up to %d disks, NICs and"
			 " volumes; up to %d GPUs and NVSwitches; hotplug on or"
			 " off; TPM; huge pages on one or two nodes, with"
			 " usual numbers of GPUs; PCI holes of 1 GiB"
			 " to 4 PiB; every MiB of RAM up to 64 GiB, every GiB"
			 " up to 8 TiB",
			 RV_CPUS_MAX, rv_qemu_oldest(), rv_qemu_newest(),
			 RV_ENDPOINTS_MAX - RV_BASE_ENDPOINTS, RV_PORTS_MAX);
	else
		snprintf(
		    o->searched, sizeof o->searched,
		    "1 to 32 CPUs and usual sizes up to 256; QEMU %s to %s"
		    " with the usual interrupt settings; up to 7 disks,"
		    " NICs and volumes; up to 8 GPUs; hotplug on or off;"
		    " PCI holes of 32 GiB, 16 TiB and 1 PiB; usual sizes of RAM"
		    " up to 2 TiB; given facts instead of usual ones",
		    rv_qemu_oldest(), rv_qemu_newest());
}

static void start_registers(struct rv_search *s)
{
	const struct rv_mr *rtmr0 = rv_mrs_find(&s->in->reg, "rtmr0");

	s->out->reg[0].name = "mrtd";
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		s->out->reg[1 + i].name = rv_values_name(i);
	if (rtmr0 && rtmr0->n == sizeof s->rtmr0.b)
		memcpy(s->rtmr0.b, rtmr0->b, sizeof s->rtmr0.b);
}

/*
 * What was found gives RTMR0 itself, or every event of a log that does. Without
 * an image or a record nothing else says so.
 */
static void check_rtmr0(struct rv_solution *o)
{
	struct rv_solve_register *rtmr0 = &o->reg[1];

	for (size_t i = 0; i < o->events; i++)
		if (o->event[i].state != RV_EVENT_EXPLAINED)
			return;
	if (o->n && rtmr0->state == RV_NOT_CHECKED)
		rtmr0->state = RV_AGREES;
}

/* Once, with what is known of the firmware. */
static bool search_once(const struct rv_solve_input *facts,
			struct rv_solution *o, struct rv_err *err)
{
	RV_AUTO(search_free)
	struct rv_search s = { .in = facts, .out = o, .err = err };

	rv_space_init(&s.space, &facts->given);
	start_registers(&s);
	if (!rv_digest_new(RV_SHA384, &s.sha, err) || !find_layouts(&s) ||
	    !find_page_order(&s) || !find_bios(&s) ||
	    !(o->by_log ? rv_search_log(&s) : rv_search_register(&s)))
		return false;
	o->digests += s.digests;
	if (o->n && (facts->image || facts->release) && !check_registers(&s))
		return false;
	check_rtmr0(o);
	return true;
}

/*
 * A log tells the firmware's kind, a register alone does not: of the newer one
 * it has the SMBIOS event in it, which needs a processor.
 */
static bool may_be_newer(const struct rv_solve_input *facts,
			 const struct rv_solution *o)
{
	return !o->n && !o->by_log && !facts->given.ovmf && !facts->image &&
	       !facts->release && (facts->given.has_cpu_id || facts->has_fmspc);
}

bool rv_solve(const struct rv_solve_input *in, struct rv_solution *out,
	      struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_solution *o = calloc(1, sizeof *o);
	struct rv_solve_input facts = with_root(in);

	if (!o)
		return rv_no_memory(err, "solve");
	o->by_log = log_has_rtmr0(in->log);
	say_space(o);
	if (!search_once(&facts, o, err))
		return false;
	if (may_be_newer(&facts, o)) {
		facts.given.ovmf = RV_OVMF_STABLE202505;
		o->why[0] = '\0';
		if (!search_once(&facts, o, err))
			return false;
	}
	*out = *o;
	return true;
}

static const struct rv_sha384 *smbios_event(const struct rv_log *log)
{
	for (size_t i = 0; log && i < log->n; i++)
		if (log->event[i].imr == 0 && log->event[i].has_digest &&
		    log->event[i].type == RV_EV_EFI_HANDOFF_TABLES)
			return &log->event[i].digest;
	return NULL;
}

bool rv_solve_processor(const struct rv_solve_input *in, struct rv_shape *shape,
			bool *found, struct rv_err *err)
{
	const struct rv_sha384 *event = smbios_event(in->log);
	struct rv_search s = { .in = in, .err = err };
	struct rv_smbios_asked asked = {
		.shape = shape,
		.versions = { &shape->qemu, 1 },
		.bios = &s.bios,
		.fmspc = rv_search_fmspc(&s),
	};
	struct rv_smbios_found f;

	*found = false;
	if (!event || shape->has_cpu_id || !shape->cpus || !shape->memory ||
	    !shape->qemu.major)
		return true;
	if (!find_bios(&s) || !rv_smbios_search(&asked, event, &f, err))
		return false;
	*found = f.found;
	if (!f.found)
		return true;
	shape->has_cpu_id = true;
	shape->cpu_eax = f.eax;
	shape->cpu_edx = f.edx;
	snprintf(shape->smbios_product, sizeof shape->smbios_product, "%s",
		 f.product);
	return true;
}
