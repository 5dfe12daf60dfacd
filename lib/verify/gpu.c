/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu.c - the GPUs that came with the quote: each a genuine device, all of them
 * different, with golden measurements, tied to the quote by its report_data,
 * and as many as the machine has by its shape.
 */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>

enum { REASON = sizeof((struct rv_gpu_row *)0)->reason };

static struct rv_check *add(struct rv_verify_job *j, const char *name,
			    enum rv_verdict verdict)
{
	return rv_report_add(&j->out->report, RV_LAYER_GPU, name, verdict);
}

static void say(struct rv_verify_job *j, const char *name,
		enum rv_verdict verdict, const char *reason)
{
	struct rv_check *c = add(j, name, verdict);

	rv_report_set(&j->out->report, &c->reason, "%s", reason);
}

/* What was required and cannot be shown weighs; else it is listed. */
static enum rv_verdict missing(const struct rv_verify_job *j)
{
	return j->in->gpus ? RV_CANNOT_TELL : RV_UNCHECKED;
}

/* ---- devices ---- */

static bool is_measuring(const struct rv_gpu_row *row)
{
	static const char *const name[] = { "driver-rim", "vbios-rim",
					    "measurements", "uncovered" };

	for (size_t i = 0; i < RV_LEN(name); i++)
		if (strcmp(row->check, name[i]) == 0)
			return true;
	return false;
}

/* Freshness is the binding's, here: the quote carries the nonce or not. */
static bool is_noise(const struct rv_gpu_row *row)
{
	return strcmp(row->check, "nonce") == 0 && row->verdict == RV_UNCHECKED;
}

/* One row of each device: what it is, or what is wrong with it. */
static void device(struct rv_verify_job *j, const struct rv_gpu_result *r,
		   size_t i)
{
	const struct rv_gpu_facts *f = &r->device[i];
	const struct rv_gpu_row *worst = NULL;
	struct rv_report *report = &j->out->report;
	struct rv_check *c;

	for (size_t k = 0; k < r->rows; k++) {
		const struct rv_gpu_row *row = &r->row[k];

		if (row->device == (int)i && !is_measuring(row) &&
		    !is_noise(row) && row->verdict != RV_UNCHECKED &&
		    (!worst || row->verdict > worst->verdict))
			worst = row;
	}
	c = add(j, "gpu_device", worst ? worst->verdict : RV_CANNOT_TELL);
	rv_report_set(report, &c->actual, "%zu%s%s", i, f->chip[0] ? ": " : "",
		      f->chip);
	if (worst && worst->verdict != RV_YES)
		rv_report_set(report, &c->reason, "%s: %s", worst->id,
			      worst->reason);
	else
		rv_report_set(report, &c->reason,
			      "genuine: %s%s%s, VBIOS %s, ueid %s", f->hwmodel,
			      f->driver[0] ? ", driver " : "", f->driver,
			      f->vbios, f->ueid);
}

/* "0, 1, 2": the devices that have this very row. */
static void devices_with(const struct rv_gpu_result *r, size_t at,
			 struct rv_grow *g)
{
	const struct rv_gpu_row *row = &r->row[at];
	bool any = false;

	for (size_t k = at; k < r->rows; k++)
		if (strcmp(r->row[k].check, row->check) == 0 &&
		    strcmp(r->row[k].reason, row->reason) == 0) {
			rv_grow_printf(g, "%s%d", any ? ", " : "",
				       r->row[k].device);
			any = true;
		}
}

static bool seen_before(const struct rv_gpu_result *r, size_t at)
{
	for (size_t k = 0; k < at; k++)
		if (strcmp(r->row[k].check, r->row[at].check) == 0 &&
		    strcmp(r->row[k].reason, r->row[at].reason) == 0)
			return true;
	return false;
}

/* Devices of one kind say the same: one row for all of them. */
static bool measurements(struct rv_verify_job *j, const struct rv_gpu_result *r,
			 struct rv_err *err)
{
	struct rv_report *report = &j->out->report;

	for (size_t k = 0; k < r->rows; k++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf list = { 0 };
		const struct rv_gpu_row *row = &r->row[k];
		bool gone = row->id && strcmp(row->id, "rim-missing") == 0;
		bool rim = row->device >= 0 && is_measuring(row) &&
			   strcmp(row->check, "measurements") != 0 &&
			   row->verdict == RV_YES;
		struct rv_check *c;

		if (row->device < 0 || !is_measuring(row) || rim ||
		    seen_before(r, k))
			continue;
		/* Told by the manifests that are missing. */
		if (strcmp(row->check, "measurements") == 0 &&
		    row->verdict == RV_UNCHECKED)
			continue;
		c = add(j, "gpu_measurements",
			gone ? missing(j) : row->verdict);
		devices_with(r, k, &g);
		if (!rv_grow_take(&g, &list, err))
			return false;
		rv_report_set(report, &c->actual, "devices %s",
			      (const char *)list.p);
		rv_report_set(report, &c->reason, "%s%s%s",
			      row->id ? row->id : "", row->id ? ": " : "",
			      row->reason);
	}
	return true;
}

/* What is said of the whole list. */
static void list(struct rv_verify_job *j, const struct rv_gpu_result *r)
{
	static const struct {
		const char *check, *name;
	} names[] = {
		{ "devices", "gpu_list" },
		{ "nonces", "gpu_list" },
		{ "flags", "gpu_list" },
		{ "topology", "gpu_topology" },
		{ "switches", "gpu_switches" },
		{ "rims", "gpu_rims" },
		{ "revocation", "gpu_revocation" },
		{ "mode", "gpu_mode" },
	};

	for (size_t k = 0; k < r->rows; k++) {
		const struct rv_gpu_row *row = &r->row[k];
		char reason[REASON + 48];

		if (row->device >= 0)
			continue;
		snprintf(reason, sizeof reason, "%s%s%s",
			 row->id ? row->id : "", row->id ? ": " : "",
			 row->reason);
		for (size_t i = 0; i < RV_LEN(names); i++)
			if (strcmp(names[i].check, row->check) == 0)
				say(j, names[i].name, row->verdict, reason);
	}
}

/* ---- the quote and the machine ---- */

/* The certificate of the TLS server, as given, else as recorded. */
static bool certificate(const struct rv_verify_job *j, struct rv_buf *out,
			struct rv_err *err)
{
	const struct rv_binding *b = j->in->binding;

	if (b && b->file.certificate)
		return rv_bind_certificate_der(*b->file.certificate, out, err);
	return rv_buf_copy(rv_buf_span(&j->out->evidence->tls.certificate), out,
			   err);
}

static bool binding(struct rv_verify_job *j, const struct rv_gpu_result *r,
		    struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf cert = { 0 };
	const struct rv_evidence *e = j->out->evidence;
	struct rv_report *report = &j->out->report;
	struct rv_gpu_bound worst = { .scheme = 0 };
	struct rv_span rd = j->report_data;
	struct rv_check *c;
	size_t n = 0;

	if (rd.n != RV_REPORT_DATA) {
		say(j, "gpu_binding", missing(j),
		    "there is no quote to tie the GPUs to");
		return true;
	}
	if (!certificate(j, &cert, err))
		return false;
	for (size_t i = 0; i < r->n; i++) {
		struct rv_gpu_bound b;

		if (!r->device[i].genuine)
			continue;
		if (!rv_gpu_bind(rd.p, r->device[i].nonce, &e->gpu.hints,
				 rv_buf_span(&cert), &b, err))
			return false;
		/* Each must be bound: no, then unknown, then yes. */
		if (n++ == 0 || b.verdict == RV_DIFFERS ||
		    (b.verdict == RV_UNCHECKED && worst.verdict == RV_YES))
			worst = b;
	}
	if (!n)
		return true;
	c = add(j, "gpu_binding",
		worst.verdict == RV_UNCHECKED ? missing(j) : worst.verdict);
	rv_report_rests(c, "quote_signature");
	if (worst.scheme)
		rv_report_set(report, &c->from, "scheme %c", worst.scheme);
	rv_report_set_hex(report, &c->actual, rd);
	rv_report_set(report, &c->reason, "%s%s",
		      worst.verdict == RV_DIFFERS ? "report-data-binding: "
						  : "",
		      worst.reason);
	return true;
}

/* The machine's GPUs by its ACPI tables, which RTMR0 holds. */
static void shape(struct rv_verify_job *j, size_t found)
{
	const struct rv_values *v = j->out->values;
	struct rv_report *report = &j->out->report;
	struct rv_check *c;
	size_t has = v ? v->shape.gpus : 0;

	if (!v || (has == 0 && found == 0) ||
	    !rv_report_is_yes(report, "rtmr0"))
		return;
	c = add(j, "gpu_shape",
		has == found  ? RV_YES
		: found == 0  ? missing(j)
		: found < has ? RV_CANNOT_TELL
			      : RV_DIFFERS);
	rv_report_rests(c, "rtmr0");
	rv_report_set(report, &c->expected, "%zu", has);
	rv_report_set(report, &c->from, "the machine's shape");
	rv_report_set(report, &c->actual, "%zu", found);
	rv_report_set(report, &c->reason,
		      "the machine has %zu GPUs by its ACPI shape, evidence of"
		      " %zu genuine ones",
		      has, found);
}

static void required(struct rv_verify_job *j, size_t found)
{
	struct rv_report *report = &j->out->report;
	struct rv_check *c;

	if (!j->in->gpus)
		return;
	c = add(j, "gpu_count",
		found >= j->in->gpus			 ? RV_YES
		: j->out->evidence->gpu.n >= j->in->gpus ? RV_DIFFERS
							 : RV_CANNOT_TELL);
	rv_report_rests(c, "gpu_device");
	rv_report_rests(c, "gpu_measurements");
	rv_report_rests(c, "gpu_binding");
	if (found > 1)
		rv_report_rests(c, "gpu_list");
	rv_report_set(report, &c->expected, "%u", j->in->gpus);
	rv_report_set(report, &c->from, "required");
	rv_report_set(report, &c->actual, "%zu", found);
	rv_report_set(report, &c->reason, "%zu genuine GPU%s, %u required",
		      found, found == 1 ? "" : "s", j->in->gpus);
}

/* ---- the reference values' manifests ---- */

/* The manifest that a device used, or would have to, against the values'. */
static void golden(struct rv_verify_job *j, const char *id,
		   const struct rv_gpu_rim *used)
{
	const struct rv_values *v = j->out->values;
	const struct rv_values_rim *want = NULL;
	struct rv_report *report = &j->out->report;
	struct rv_check *c;

	for (size_t i = 0; i < v->gpu_rims; i++)
		if (strcmp(v->gpu_rim[i].id, id) == 0)
			want = &v->gpu_rim[i];
	c = add(j, "gpu_golden",
		!want						? RV_DIFFERS
		: !used->id[0]					? RV_CANNOT_TELL
		: memcmp(&want->sha256, &used->sha256, 32) == 0 ? RV_YES
								: RV_DIFFERS);
	rv_report_set(report, &c->from, "the reference values");
	if (want)
		rv_report_set_hex(report, &c->expected,
				  rv_span(want->sha256.b, 32));
	if (used->id[0])
		rv_report_set_hex(report, &c->actual,
				  rv_span(used->sha256.b, 32));
	rv_report_set(report, &c->reason, "%s%s", id,
		      !want	     ? ": the reference values have no"
				       " manifest of this id"
		      : !used->id[0] ? ": the manifest was not given, so that"
				       " nothing was compared with it"
		      : c->verdict == RV_YES
			  ? ": the published manifest was compared with"
			  : ": another issue of it was published");
}

static void golden_all(struct rv_verify_job *j, const struct rv_gpu_result *r)
{
	if (!j->out->values || !j->out->values->gpu_rims)
		return;
	for (size_t i = 0; i < r->n; i++) {
		const struct rv_gpu_facts *f = &r->device[i];
		const char *const id[] = { f->driver_rim, f->vbios_rim };

		for (size_t k = 0; k < RV_LEN(id); k++)
			if (id[k][0] && !rv_gpu_rim_before(r, i, id[k]))
				golden(j, id[k], &f->rim[k]);
	}
}

/* ---- the whole layer ---- */

static bool manifests(const struct rv_verify_job *j, struct rv_gpu_rims **out,
		      struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;

	if (!in->gpu_rims)
		return true;
	if (!rv_gpu_rims_new((struct rv_span){ 0 }, out, err))
		return false;
	for (size_t i = 0; i < in->gpu_rims; i++)
		if (!rv_gpu_rims_add(*out, in->gpu_rim[i].name,
				     in->gpu_rim[i].file, in->gpu_rim[i].meant,
				     err))
			return false;
	return true;
}

static bool answers(const struct rv_verify_job *j,
		    struct rv_gpu_revocation **out, struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;

	if (!in->gpu_answers)
		return true;
	if (!rv_gpu_revocation_new(out, err))
		return false;
	for (size_t i = 0; i < in->gpu_answers; i++)
		if (!rv_gpu_revocation_add(*out, in->gpu_answer[i].name,
					   in->gpu_answer[i].file,
					   in->gpu_answer[i].meant, err))
			return false;
	return true;
}

static bool check(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_gpu_result_free) struct rv_gpu_result r = { 0 };
	RV_AUTO(rv_gpu_rims_free) struct rv_gpu_rims *rims = NULL;
	RV_AUTO(rv_gpu_revocation_free) struct rv_gpu_revocation *known = NULL;
	struct rv_gpu_options o = { .at = j->in->proof.at,
				    .min_driver = j->in->gpu_driver };

	if (!manifests(j, &rims, err) || !answers(j, &known, err))
		return false;
	o.rims = rims;
	o.revocation = known;
	if (!rv_gpu_verify(&j->out->evidence->gpu, &o, &r, err))
		return rv_in(err, "GPU evidence");
	for (size_t i = 0; i < r.n; i++)
		device(j, &r, i);
	if (!measurements(j, &r, err))
		return false;
	list(j, &r);
	golden_all(j, &r);
	if (!binding(j, &r, err))
		return false;
	shape(j, r.gpus);
	required(j, r.gpus);
	return true;
}

bool rv_verify_gpus(struct rv_verify_job *j, struct rv_err *err)
{
	const struct rv_gpu_evidence *e = &j->out->evidence->gpu;

	if (!e->n) {
		if (e->there)
			say(j, "gpu_evidence", missing(j),
			    "no GPU evidence: the list is empty");
		else if (j->in->gpus)
			say(j, "gpu_evidence", RV_CANNOT_TELL,
			    "no GPU evidence came with the quote");
		if (j->out->values && j->out->values->gpu_rims)
			say(j, "gpu_golden", RV_CANNOT_TELL,
			    "the reference values have manifests of GPUs, of"
			    " which no evidence came with the quote");
		shape(j, 0);
		required(j, 0);
		return true;
	}
	if (!j->in->prove) {
		say(j, "gpu_evidence", RV_UNCHECKED,
		    "GPU evidence came with the quote, and was not looked at:"
		    " refval-verify does");
		return true;
	}
	return check(j, err);
}
