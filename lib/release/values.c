/* SPDX-License-Identifier: Apache-2.0 */
/* values.c - what a release record says of a machine of a given shape. */
#include <refval.h>

#include "base.h"
#include "edk2.h"

#include <stdio.h>
#include <stdlib.h>

static void set_register(struct rv_register *reg, const struct rv_recorded *rec)
{
	reg->known = true;
	reg->value = rec->value;
	reg->origin = RV_ORIGIN_CAPTURED;
	reg->why[0] = '\0';
}

static void set_mrtd(const struct rv_release *r, struct rv_mrtd *m)
{
	m->has_single = r->single_pass.known;
	m->has_two = r->two_pass.known;
	m->single_pass = r->single_pass.value;
	m->two_pass = r->two_pass.value;
	m->known = m->has_single && m->has_two;
	m->origin = RV_ORIGIN_CAPTURED;
	if (!m->has_single && !m->has_two)
		snprintf(m->why, sizeof m->why, "the record of %s has no MRTD",
			 r->name);
}

/* Two shapes that give the same RTMR0, as far as @a says anything. */
static bool same_shape(const struct rv_shape *a, const struct rv_shape *b)
{
	return a->cpus == b->cpus && a->memory == b->memory &&
	       memcmp(&a->qemu, &b->qemu, sizeof a->qemu) == 0 &&
	       a->gpus == b->gpus && a->nvswitches == b->nvswitches &&
	       a->nics == b->nics && a->volumes == b->volumes &&
	       a->hugepages == b->hugepages &&
	       a->hotplug_off == b->hotplug_off && a->swtpm == b->swtpm &&
	       a->pci_hole64 == b->pci_hole64 &&
	       a->numa_nodes == b->numa_nodes &&
	       (b->pic == RV_UNSET || a->pic == RV_UNSET || a->pic == b->pic);
}

static void set_rtmr0(const struct rv_release *r, const struct rv_shape *shape,
		      struct rv_register *reg)
{
	for (size_t i = 0; i < r->shapes; i++)
		if (same_shape(&r->shape[i].shape, shape))
			set_register(reg, &r->shape[i].rtmr0);
	if (!reg->known)
		snprintf(reg->why, sizeof reg->why,
			 "the record of %s has no machine of this shape",
			 r->name);
}

/* By which rules the record's firmware measures, NULL: not known. */
static const struct rv_edk2 *rules(const struct rv_release *r,
				   const struct rv_shape *shape)
{
	enum rv_ovmf variant = shape->ovmf ? shape->ovmf : r->ovmf;

	return rv_edk2_release(shape->edk2 ? shape->edk2
			       : variant
				   ? rv_dstack_release(variant, r->version)
				   : rv_dstack_edk2(r->version));
}

/* Why the recorded RTMR1 is not that of this QEMU; NULL: it is. */
static const char *other_kernel(const struct rv_release *r,
				const struct rv_shape *shape)
{
	const struct rv_qemu_row *row = rv_qemu_find(&shape->qemu);

	if (!row)
		return NULL;
	if (row->kernel == RV_KERNEL_AS_FILE)
		return "the recorded RTMR1 is for a QEMU before 10.2, which "
		       "writes the kernel's setup header";
	switch (rv_kernel_as_file(row, rules(r, shape))) {
	case RV_TRUE:
		return "the recorded RTMR1 is for a QEMU before 10.0: since "
		       "then this firmware reads the kernel as it is, from "
		       "etc/boot/kernel";
	case RV_UNSET:
		return "the recorded RTMR1 is for a QEMU before 10.0: since "
		       "then whether the firmware reads etc/boot/kernel "
		       "decides, which is not known";
	default:
		return NULL;
	}
}

/* The kernel's setup header carries an address that depends on RAM size. */
static void set_rtmr1(const struct rv_release *r, const struct rv_shape *shape,
		      struct rv_register *reg)
{
	const char *why = other_kernel(r, shape);

	if (!r->rtmr1.known) {
		snprintf(reg->why, sizeof reg->why,
			 "the record of %s has no RTMR1", r->name);
		return;
	}
	if (why) {
		snprintf(reg->why, sizeof reg->why, "%s", why);
		return;
	}
	for (size_t i = 0; i < r->ranges; i++)
		if (!shape->memory || (shape->memory >= r->memory[i].min &&
				       shape->memory <= r->memory[i].max))
			set_register(reg, &r->rtmr1);
	if (!reg->known)
		snprintf(reg->why, sizeof reg->why,
			 "the recorded RTMR1 does not hold for %" PRIu64
			 " bytes of memory",
			 shape->memory);
}

static void set_rtmr2(const struct rv_release *r, struct rv_register *reg)
{
	if (r->rtmr2.known)
		set_register(reg, &r->rtmr2);
	else
		snprintf(reg->why, sizeof reg->why,
			 "the record of %s has no RTMR2", r->name);
}

/*
 * The parts of a record that measurement.tdx.cbor would hold. MRTD goes into no
 * RTMR: the page order that nobody has seen stays zero here, and its value is
 * never taken from the document.
 */
static bool document(const struct rv_release *r, struct rv_document *d)
{
	if ((!r->single_pass.known && !r->two_pass.known) || !r->kernel.known ||
	    !r->cmdline.known || !r->initrd.known || !r->ovmf ||
	    r->td_hob.n < 1 || r->td_hob.n > sizeof d->td_hob)
		return false;
	*d = (struct rv_document){
		.version = 3,
		.cmdline_sha384 = r->cmdline.value,
		.kernel_authenticode = r->kernel.value,
		.initrd_sha384 = r->initrd.value,
		.ovmf = r->ovmf,
		.single_pass = r->single_pass.value,
		.two_pass = r->two_pass.value,
		.td_hob_n = r->td_hob.n,
	};
	memcpy(d->td_hob, r->td_hob.p, r->td_hob.n);
	return true;
}

/*
 * A register both captured and predicted: the capture decides, the prediction
 * tells its events. Where they disagree the capture stands without events.
 */
static void merge(struct rv_register *captured,
		  const struct rv_register *predicted)
{
	if (!captured->known) {
		*captured = *predicted;
		return;
	}
	if (predicted->known &&
	    memcmp(predicted->value.b, captured->value.b, 48) != 0)
		return;
	captured->n = predicted->n;
	memcpy(captured->event, predicted->event, sizeof predicted->event);
}

bool rv_release_input(const struct rv_release *r, struct rv_document *d,
		      struct rv_measure_input *in)
{
	if (!document(r, d))
		return false;
	*in = (struct rv_measure_input){
		.document = d,
		.version = r->version,
		.root_verity = r->iso ? RV_FALSE : RV_TRUE,
	};
	return true;
}

/* Predict what the record does not say outright, event by event. */
static bool predict(const struct rv_release *r, const struct rv_document *d,
		    const struct rv_acpi_digests *acpi, const char *acpi_why,
		    struct rv_values *out, struct rv_err *err)
{
	struct rv_measure_input in = {
		.document = d,
		.version = r->version,
		.acpi = acpi,
		.acpi_origin = RV_ORIGIN_COMPUTED,
		.acpi_why = acpi_why,
	};
	RV_AUTO(rv_free) struct rv_values *v = malloc(sizeof *v);

	if (!v)
		return rv_no_memory(err, "release");
	if (!rv_measure(&in, &out->shape, v, err))
		return rv_in(err, "%s", r->name);
	for (size_t i = 0; i < RV_LEN(v->reg); i++)
		merge(&out->reg[i], &v->reg[i]);
	memcpy(out->edk2, v->edk2, sizeof out->edk2);
	memcpy(out->edk2_from, v->edk2_from, sizeof out->edk2_from);
	memcpy(out->assumed, v->assumed, sizeof out->assumed);
	out->assumptions = v->assumptions;
	return true;
}

void rv_release_shape(const struct rv_release *r, struct rv_shape *shape)
{
	if (!(shape->given & RV_GIVEN_ROOTFS))
		shape->root_verity = r->iso ? RV_FALSE : RV_TRUE;
	if (shape->ovmf == RV_OVMF_UNKNOWN)
		shape->ovmf = r->ovmf;
}

bool rv_release_values(const struct rv_release *r, const struct rv_shape *shape,
		       const struct rv_acpi_digests *acpi, const char *acpi_why,
		       struct rv_values *out, struct rv_err *err)
{
	struct rv_document d;

	*out = (struct rv_values){ .shape = *shape };
	snprintf(out->release, sizeof out->release, "%s", r->name);
	out->mrtd.page_add = shape->page_add;
	set_mrtd(r, &out->mrtd);
	set_rtmr0(r, shape, rv_values_at(out, "rtmr0"));
	set_rtmr1(r, shape, rv_values_at(out, "rtmr1"));
	set_rtmr2(r, rv_values_at(out, "rtmr2"));
	out->has_os_image_hash = r->has_os_image_hash;
	out->os_image_hash = r->os_image_hash;
	if (document(r, &d) && !predict(r, &d, acpi, acpi_why, out, err))
		return false;
	out->platforms = r->platforms;
	return true;
}
