/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.c - what a machine of this image and shape must report in MRTD and
 * RTMR0-2. The registers are a file each; here is what they share.
 */
#include "base.h"
#include "predict.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- MRTD ---- */

static bool mrtd(struct rv_job *j)
{
	const struct rv_document *d = j->in->document;
	struct rv_mrtd *m = &j->out->mrtd;

	if (d) {
		*m = (struct rv_mrtd){ .known = true,
				       .single_pass = d->single_pass,
				       .two_pass = d->two_pass,
				       .origin = RV_ORIGIN_GIVEN,
				       .has_single = true,
				       .has_two = true };
	} else if (j->in->firmware.n) {
		if (!rv_cached_mrtd(j->in->cache, j->in->firmware, m, j->err))
			return false;
	} else {
		snprintf(m->why, sizeof m->why, "no firmware was given");
		return true;
	}
	m->page_add = j->shape->page_add;
	if (!m->page_add)
		snprintf(m->why, sizeof m->why,
			 "the page order follows from the QEMU version (two "
			 "passes below 9.0, a single one from there on), which "
			 "is not stated: --qemu or --page-add");
	return true;
}

/* ---- all of it ---- */

static bool rules(struct rv_job *j)
{
	const struct rv_measure_input *in = j->in;
	struct rv_values *v = j->out;

	j->has_rules = rv_rules_choose(in, j->shape, &j->rules, j->err);
	if (!j->has_rules) {
		/* MRTD does not need them: a firmware alone is measured. */
		if (j->err->code != RV_INPUT || in->kernel.n || in->cmdline ||
		    in->has_initrd || in->document)
			return false;
		rv_predict_copy(j->no_rules, sizeof j->no_rules, j->err->msg);
		*j->err = (struct rv_err){ 0 };
		return true;
	}
	rv_predict_copy(v->edk2, sizeof v->edk2, j->rules.edk2.name);
	rv_predict_copy(v->edk2_from, sizeof v->edk2_from, j->rules.from);
	if (*j->rules.note)
		rv_predict_assume(v, j->rules.note);
	return true;
}

/* A firmware that measures nothing in a TD predicts nothing for one. */
static void silence(struct rv_job *j)
{
	for (size_t i = 0; i < RV_LEN(j->out->reg); i++) {
		struct rv_register *reg = &j->out->reg[i];

		if (!j->has_rules || !j->rules.silent)
			continue;
		reg->known = false;
		reg->origin = RV_ORIGIN_NONE;
		rv_predict_copy(reg->why, sizeof reg->why, j->rules.note);
	}
}

static bool aggregates(struct rv_job *j)
{
	struct rv_values *v = j->out;
	const struct rv_sha384 *m = rv_mrtd_value(&v->mrtd);
	struct rv_sha384 rtmr[4] = { 0 };

	for (size_t i = 0; i < RV_LEN(v->reg); i++)
		rtmr[i] = v->reg[i].value;
	v->has_mr_image = m && rv_values_register(v, "rtmr1")->known &&
			  rv_values_register(v, "rtmr2")->known;
	v->has_mr_system =
	    v->has_mr_image && rv_values_register(v, "rtmr0")->known;
	if (v->has_mr_image && !rv_mr_image(m, rtmr, &v->mr_image, j->err))
		return false;
	return !v->has_mr_system ||
	       rv_mr_system(m, rtmr, rv_span(NULL, 0), &v->mr_system, j->err);
}

static bool all(struct rv_job *j)
{
	const struct rv_measure_input *in = j->in;

	if (in->firmware.n && !in->document) {
		if (!rv_tdvf_read(in->firmware, &j->tdvf, j->err))
			return false;
		j->has_tdvf = true;
	}
	if (!mrtd(j) || !rules(j) || !rv_predict_rtmr0(j) ||
	    !rv_predict_rtmr1(j) || !rv_predict_rtmr2(j))
		return false;
	silence(j);
	return aggregates(j);
}

bool rv_measure(const struct rv_measure_input *in, const struct rv_shape *shape,
		struct rv_values *out, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	RV_AUTO(rv_free) struct rv_job *j = calloc(1, sizeof *j);

	if (!v || !j)
		return rv_no_memory(err, "measure");
	v->shape = *shape;
	*j = (struct rv_job){
		.in = in, .shape = &v->shape, .out = v, .err = err
	};
	j->has_qemu = shape->qemu.major || shape->qemu.minor;
	/* Without a version, what follows from it stays unknown. */
	if (j->has_qemu && !rv_shape_resolve(&v->shape, err))
		return false;
	if (!all(j))
		return false;
	*out = *v;
	return true;
}
