/* SPDX-License-Identifier: Apache-2.0 */
/* made_up.h - machines that there never were: what they would log and report.
 */
#ifndef TEST_MADE_UP_H
#define TEST_MADE_UP_H

#define GiB ((uint64_t)1 << 30)

/* dstack's firmware build "B", as measurement.tdx.cbor has it. */
static const uint8_t witness[] = { 0x80, 0x10, 0x09, 0x04, 0x00, 0x06,
				   0x09, 0x02, 0x0b, 0x02, 0x10, 0x10 };

/* What a machine of this shape would log and report. */
static inline void make_up(const struct rv_shape *shape, struct rv_log *log,
			   struct rv_solve_input *in)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	struct rv_document d = { .version = 3, .ovmf = RV_OVMF_PRE202505 };
	struct rv_measure_input mi = { .document = &d };
	struct rv_acpi_digests acpi;
	struct rv_err err = { 0 };

	if (shape->ovmf)
		d.ovmf = shape->ovmf;
	memcpy(d.td_hob, witness, sizeof witness);
	d.td_hob_n = sizeof witness;
	if (!rv_acpi_digests(shape, &acpi, NULL, &err))
		fail_msg("%s", err.msg);
	mi.acpi = &acpi;
	assert_true(rv_measure(&mi, shape, v, &err));
	assert_true(v->reg[0].known);
	*in =
	    (struct rv_solve_input){ .log = log, .given = rv_shape_default() };
	assert_true(rv_mrs_set(&in->reg, "rtmr0", RV_SHA384,
			       rv_span(v->reg[0].value.b, 48)));
	log->event = calloc(v->reg[0].n, sizeof *log->event);
	assert_non_null(log->event);
	for (; log->n < v->reg[0].n; log->n++) {
		const struct rv_predicted *p = &v->reg[0].event[log->n];

		log->event[log->n].type = p->type;
		log->event[log->n].has_digest = true;
		log->event[log->n].digest = p->digest;
	}
}

/* Is @f, which was found, the machine of @shape, as far as its blobs say? */
static inline bool is_shape(const struct rv_shape *f,
			    const struct rv_shape *shape)
{
	for (size_t i = 0; i < shape->numa_nodes; i++)
		if (f->numa[i].pxb_bus != shape->numa[i].pxb_bus)
			return false;
	return f->cpus == shape->cpus && f->memory == shape->memory &&
	       f->gpus + f->nvswitches == shape->gpus + shape->nvswitches &&
	       (!shape->hugepages || f->gpus == shape->gpus) &&
	       f->numa_nodes == shape->numa_nodes &&
	       f->nics + f->volumes == shape->nics + shape->volumes &&
	       f->hotplug_off == shape->hotplug_off &&
	       f->hugepages == shape->hugepages && f->swtpm == shape->swtpm &&
	       f->pci_hole64 == shape->pci_hole64;
}

#endif
