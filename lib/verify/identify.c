/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identify.c - what is this machine? Which recorded release its registers are,
 * of which shape, under which TDX module; and for each layer the command that
 * would check it. Nothing here is an expected value: the answer stays "cannot
 * tell", because nothing was named to compare with.
 */
#include "verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAMES = 3, WORD = 256 };

/* What the records say of this machine. */
struct fits {
	struct rv_release_said said;
	bool any;
	const struct rv_release *one; /* the first of @n */
	size_t n;
	struct rv_grow names;
	const struct rv_release *near; /* has its RTMR2, but does not fit */
	unsigned near_other;
	const struct rv_release *hash; /* has its os_image_hash, no registers */
};

static void fits_free(struct fits *f)
{
	rv_grow_free(&f->names);
}

static bool look(struct rv_verify_job *j, struct fits *f, struct rv_err *err)
{
	const struct rv_verified *out = j->out;

	if (!rv_verifier_records(j->v, &j->known, err))
		return false;
	f->any = rv_release_said(out->has_quote ? &out->quote : NULL,
				 &out->evidence->claimed,
				 out->has_log ? &out->replay : NULL, &f->said);
	for (size_t i = 0; f->any && j->known && i < j->known->n; i++) {
		const struct rv_release *r = &j->known->item[i];
		struct rv_release_fit fit = rv_release_fit(r, &f->said);

		if (rv_release_fits(&fit)) {
			if (!f->n++)
				f->one = r;
			if (f->n <= NAMES)
				rv_grow_printf(&f->names, "%s%s",
					       f->n > 1 ? " or " : "", r->name);
		} else if (fit.same & 1u << RV_FIT_RTMR2) {
			f->near = r;
			f->near_other = fit.other;
		} else if (fit.same & 1u << RV_FIT_OS_IMAGE_HASH &&
			   !r->rtmr2.known) {
			f->hash = r;
		}
	}
	if (f->n > NAMES)
		rv_grow_printf(&f->names, " and %zu more", f->n - NAMES);
	return !f->names.failed || rv_no_memory(err, "releases");
}

/* "rtmr1 and mrtd" */
static void names_of(unsigned set, char out[64])
{
	size_t n = 0;

	*out = '\0';
	for (unsigned i = 0; i < RV_FITS; i++)
		if (set & 1u << i)
			n += (size_t)snprintf(out + n, 64 - n, "%s%s",
					      n ? " and " : "", rv_fit_name(i));
}

/* Nothing but the machine's own word speaks for another record. */
static void no_fit(struct rv_report *r, struct rv_check *c,
		   const struct fits *f, size_t known)
{
	char other[64];

	if (!f->any) {
		rv_report_set(r, &c->reason,
			      "not looked for: the evidence says no registers");
	} else if (f->near) {
		names_of(f->near_other, other);
		rv_report_set(r, &c->reason,
			      "not among the %zu records: its RTMR2 (command"
			      " line, initramfs) is that of %s, but %s %s not",
			      known, f->near->name, *other ? other : "RTMR1",
			      *other ? "is" : "is not recorded there, and so");
	} else if (f->hash) {
		rv_report_set(r, &c->actual, "%s", f->hash->name);
		rv_report_set(r, &c->reason,
			      "by its own word: RTMR3 recorded this"
			      " os_image_hash; the record has no registers to"
			      " confirm it, the image decides%s%s",
			      *f->hash->url ? ": " : "", f->hash->url);
	} else {
		rv_report_set(r, &c->reason, "not among the %zu records",
			      known);
	}
}

static void row_release(struct rv_verify_job *j, const struct fits *f)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_OS, "release", RV_UNCHECKED);

	if (!f->n) {
		no_fit(r, c, f, j->known ? j->known->n : 0);
		return;
	}
	rv_report_set(r, &c->actual, "%.*s", (int)f->names.buf.n,
		      (char *)f->names.buf.p);
	rv_report_set(r, &c->reason,
		      "%sits RTMR1 and RTMR2 (kernel, command line with the"
		      " root file system's hash, initramfs) are those of this"
		      " record, and nothing recorded differs",
		      j->out->has_quote ? ""
					: "by somebody's word, without a"
					  " quote: ");
}

/* Does the identified image give this RTMR0 on a machine of this shape? */
static bool row_shape(struct rv_verify_job *j, const struct fits *f,
		      struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	const struct rv_register *rtmr0;
	struct rv_report *r = &j->out->report;
	struct rv_err why = { 0 };
	struct rv_shape shape;
	struct rv_span got = { 0 };
	struct rv_check *c;

	j->identified = calloc(1, sizeof *j->identified);
	if (!v || !j->identified)
		return rv_no_memory(err, "reference values");
	if (f->n == 1) {
		j->release = f->one;
		if (!rv_sha256(rv_text(f->one->name), &j->files_id, err))
			return false;
		if (!rv_release_input(f->one, j->identified, &j->files))
			j->files = (struct rv_measure_input){ 0 };
	}
	if (!rv_verify_shape(j, &shape, &why)) {
		if (why.code != RV_INPUT) {
			*err = why;
			return false;
		}
		c = rv_report_add(r, RV_LAYER_FIRMWARE, "machine_shape",
				  RV_UNCHECKED);
		rv_report_set(r, &c->reason, "not known: %s", why.msg);
		return true;
	}
	if (j->out->has_quote)
		got = rv_quote_field(&j->out->quote, "rtmr0");
	if (f->n != 1 || got.n != 48 || !shape.cpus)
		return true;
	c = rv_report_add(r, RV_LAYER_FIRMWARE, "shape_of_rtmr0", RV_UNCHECKED);
	rtmr0 = rv_values_register(v, "rtmr0");
	if (!rv_verify_values(j, &shape, v, &why) || !rtmr0->known) {
		if (why.code == RV_SYSTEM) {
			*err = why;
			return false;
		}
		rv_report_set(r, &c->reason,
			      "what %s gives as RTMR0 on such a machine is not"
			      " known: %s",
			      f->one->name, why.code ? why.msg : rtmr0->why);
		return true;
	}
	rv_report_set(r, &c->reason,
		      "RTMR0 of the quote is %swhat %s gives on a machine"
		      " of this shape",
		      rv_same(got, rv_span(rtmr0->value.b, 48)) ? "" : "not ",
		      f->one->name);
	return true;
}

static void row_module(struct rv_verify_job *j)
{
	const struct rv_quote *q = &j->out->quote;
	const struct rv_quote_verdict *v = &j->out->proof.verdict;
	struct rv_span svn, seam;
	struct rv_report *r = &j->out->report;
	struct rv_check *c;
	const char *name, *status;

	if (!j->out->has_quote)
		return;
	svn = rv_quote_field(q, "tee_tcb_svn");
	seam = rv_quote_field(q, "mr_seam");
	if (svn.n < 2 || !seam.n)
		return;
	name = rv_tdx_module(q);
	status = v->verified ? rv_tcb_status_name(v->launch.tdx_module) : NULL;
	c = rv_report_add(r, RV_LAYER_HARDWARE, "tdx_module", RV_UNCHECKED);
	rv_report_rests(c, "quote_signature");
	if (name)
		rv_report_set(r, &c->actual, "TDX module %s", name);
	else
		rv_report_set_hex(r, &c->actual, seam);
	/* TCB info names module identities TDX_NN by the major version. */
	rv_report_set(r, &c->reason,
		      "%s; TDX_%02X with SVN %u by tee_tcb_svn%s%s",
		      name ? "MRSEAM is that of this version in Intel's list"
			   : "MRSEAM is not among those that Intel lists",
		      svn.p[1], svn.p[0], status ? "; by TCB info " : "",
		      status ? status : "");
}

/* ---- what would have to be given ---- */

static void to_check(struct rv_report *r, enum rv_layer layer, const char *fmt,
		     ...) RV_PRINTF(3, 4);

static void to_check(struct rv_report *r, enum rv_layer layer, const char *fmt,
		     ...)
{
	struct rv_check *c = rv_report_add(r, layer, "to_check", RV_UNCHECKED);
	char text[900];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	rv_report_set(r, &c->reason, "%s", text);
}

static void commands(struct rv_verify_job *j, const struct fits *f)
{
	const struct rv_verified *out = j->out;
	struct rv_report *r = &j->out->report;
	char evidence[WORD] = "", given[WORD];
	bool no_record = !f->n && !f->hash;

	if (j->in->evidence_name)
		rv_shell_word(j->in->evidence_name, evidence, sizeof evidence);
	if (!*evidence)
		snprintf(evidence, sizeof evidence, "EVIDENCE");
	snprintf(given, sizeof given, "%s %s", f->n ? "--release" : "--image",
		 f->n ? f->one->name : "IMAGE");
	if (*out->proof.hint)
		to_check(r, RV_LAYER_HARDWARE,
			 "refval-fetch %s --collateral-from intel -o"
			 " evidence.json",
			 evidence);
	to_check(r, RV_LAYER_FIRMWARE, "refval-verify %s %s%s", evidence, given,
		 no_record ? " (the folder or tarball of the image that it"
			     " should run)"
			   : "");
	to_check(r, RV_LAYER_OS, "refval-verify %s %s", evidence, given);
	/* What was named has its verdict: nothing is left to give. */
	if (!rv_verify_app_asked(j))
		to_check(r, RV_LAYER_APP,
			 "refval-verify %s %s --compose app-compose.json%s",
			 evidence, given,
			 out->evidence->app_compose.n
			     ? " (the manifest that you reviewed; refval-fetch"
			       " EVIDENCE --extract DIR writes the machine's"
			       " own)"
			     : " (the manifest that you reviewed)");
	if (!rv_verify_binding_asked(j))
		to_check(r, RV_LAYER_REPORT_DATA,
			 "refval-verify %s %s --report-data HEX (the nonce that"
			 " was asked with), or --statement FILE, --public-key"
			 " PEM, --tls-certificate PEM",
			 evidence, given);
}

bool rv_verify_identify(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(fits_free) struct fits f = { 0 };
	struct rv_report *r = &j->out->report;
	struct rv_check *c;

	if (!j->in->identify)
		return true;
	if (!look(j, &f, err))
		return false;
	row_module(j);
	row_release(j, &f);
	if (!row_shape(j, &f, err))
		return false;
	commands(j, &f);
	c = rv_report_add(r, RV_LAYER_OS, "reference", RV_CANNOT_TELL);
	if (f.n)
		rv_report_set(r, &c->actual, "%.*s", (int)f.names.buf.n,
			      (char *)f.names.buf.p);
	rv_report_set(r, &c->reason, "nothing was named to compare with%s",
		      f.n ? ": whether it should run this, only you can say"
			  : "");
	return true;
}
