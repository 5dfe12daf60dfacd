/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reference.c - the expected registers: of a release's record, of an OS image,
 * or read from a document, with a word on who stands behind it.
 */
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- ACPI digests, once for each shape ---- */

/*
 * Of the struct's own bytes: where padding differs, a shape is computed once
 * more; no two shapes are ever taken for one.
 */
static bool shape_key(const struct rv_shape *shape, struct rv_cache_key *key,
		      struct rv_err *err)
{
	key->kind = RV_KEPT_ACPI;
	return rv_sha256(rv_span(shape, sizeof *shape), &key->id, err);
}

static bool acpi(struct rv_verify_job *j, const struct rv_shape *shape,
		 struct rv_acpi_source *out, struct rv_err *err)
{
	struct rv_cache *kept = rv_verifier_cache(j->v);
	struct rv_measure_input ignored = { 0 };
	struct rv_cache_key key;
	struct rv_cache_entry *e;
	struct rv_acpi_source *s;

	if (!shape_key(shape, &key, err))
		return false;
	e = rv_cache_find(kept, &key);
	if (e) {
		*out = *(const struct rv_acpi_source *)rv_cache_object(e);
		rv_cache_release(kept, e);
		return true;
	}
	s = calloc(1, sizeof *s);
	if (!s)
		return rv_no_memory(err, "ACPI");
	if (!rv_acpi_for(NULL, shape, s, &ignored, err)) {
		free(s);
		return false;
	}
	*out = *s;
	e = rv_cache_add(kept, &key, s, free);
	if (e)
		rv_cache_release(kept, e);
	return true;
}

/* ---- values, once for each reference, shape and ACPI ---- */

static bool values_key(const struct rv_verify_job *j,
		       const struct rv_shape *shape,
		       const struct rv_acpi_source *acpi,
		       struct rv_cache_key *key, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	key->kind = RV_KEPT_VALUES;
	rv_grow_u8(&g, j->release != NULL);
	rv_grow_u8(&g, j->acpi != NULL);
	rv_grow_add(&g, j->files_id.b, sizeof j->files_id.b);
	rv_grow_add(&g, shape, sizeof *shape);
	rv_grow_add(&g, &acpi->digests, sizeof acpi->digests);
	rv_grow_text(&g, acpi->why.msg);
	if (g.failed)
		return rv_no_memory(err, "reference values");
	return rv_sha256(rv_buf_span(&g.buf), &key->id, err);
}

static bool compute(struct rv_verify_job *j, const struct rv_shape *shape,
		    const struct rv_acpi_source *acpi, struct rv_values *out,
		    struct rv_err *err)
{
	bool known = acpi->why.code == RV_OK;
	const struct rv_acpi_digests *digests = known ? &acpi->digests : NULL;
	const char *why = known ? NULL : acpi->why.msg;
	struct rv_measure_input in = j->files;

	if (j->release)
		return rv_release_values(j->release, shape, digests, why, out,
					 err);
	in.acpi = digests;
	in.acpi_origin = j->acpi ? RV_ORIGIN_GIVEN : RV_ORIGIN_COMPUTED;
	in.acpi_why = why;
	return rv_measure(&in, shape, out, err);
}

/* The values for a machine of this shape, in which nothing is missing. */
static bool values_for(struct rv_verify_job *j, const struct rv_shape *shape,
		       struct rv_values *out, struct rv_err *err)
{
	struct rv_cache *kept = rv_verifier_cache(j->v);
	struct rv_acpi_source source = { 0 };
	struct rv_values *v;
	struct rv_cache_entry *e;
	struct rv_cache_key key;

	if (j->acpi)
		source.digests = *j->acpi;
	else if (!acpi(j, shape, &source, err))
		return false;
	if (!values_key(j, shape, &source, &key, err))
		return false;
	e = rv_cache_find(kept, &key);
	if (!e) {
		v = calloc(1, sizeof *v);
		if (!v)
			return rv_no_memory(err, "reference values");
		if (!compute(j, shape, &source, v, err)) {
			free(v);
			return false;
		}
		*out = *v;
		e = rv_cache_add(kept, &key, v, free);
	} else {
		*out = *(const struct rv_values *)rv_cache_object(e);
	}
	if (e)
		rv_cache_release(kept, e);
	return true;
}

bool rv_verify_values(struct rv_verify_job *j, const struct rv_shape *shape,
		      struct rv_values *out, struct rv_err *err)
{
	struct rv_shape s = *shape;

	if (!j->release) {
		rv_measure_shape(&j->files, &s);
		return values_for(j, &s, out, err);
	}
	rv_release_shape(j->release, &s);
	return (!s.qemu.major || rv_shape_resolve(&s, err)) &&
	       values_for(j, &s, out, err);
}

/* ---- the three kinds of reference ---- */

bool rv_verify_release(struct rv_verify_job *j, struct rv_err *err)
{
	if (!rv_verifier_records(j->v, &j->known, err))
		return false;
	if (!j->known)
		return rv_fail(err, RV_USAGE,
			       "%s: there are no release records",
			       j->in->release);
	return rv_releases_find(j->known, j->in->release, &j->release, err);
}

static bool from_release(struct rv_verify_job *j, struct rv_err *err)
{
	struct rv_shape shape;

	if (!rv_verify_release(j, err) ||
	    !rv_sha256(rv_text(j->release->name), &j->files_id, err))
		return false;
	/* What a record does not say enough of, no shape is solved with. */
	if (!rv_release_input(j->release, j->document, &j->files))
		j->files = (struct rv_measure_input){ 0 };
	if (!rv_verify_shape(j, &shape, err))
		return false;
	memcpy(j->image_version, j->release->version, sizeof j->image_version);
	return rv_verify_values(j, &shape, j->out->values, err);
}

/* The files that are measured, by the digests of their contents. */
static bool identify(struct rv_verify_job *j, const struct rv_values *note,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	for (size_t i = 0; i < note->inputs; i++) {
		rv_grow_text(&g, note->input[i].role);
		rv_grow_u8(&g, 0);
		rv_grow_le(&g, note->input[i].size, 8);
		rv_grow_add(&g, note->input[i].sha256.b, 32);
	}
	if (g.failed)
		return rv_no_memory(err, "image");
	return rv_sha256(rv_buf_span(&g.buf), &j->files_id, err);
}

static bool from_image(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_values *note = calloc(1, sizeof *note);
	const char *version;
	struct rv_shape shape;

	if (!note)
		return rv_no_memory(err, "image");
	if (!rv_measure_image(j->in->image, &j->files, note, err))
		return j->in->image_name ? rv_in(err, "%s", j->in->image_name)
					 : false;
	if (!identify(j, note, err) || !rv_verify_shape(j, &shape, err) ||
	    !rv_verify_values(j, &shape, j->out->values, err))
		return false;
	version = j->files.version;
	if (version && strlen(version) < sizeof j->image_version)
		memcpy(j->image_version, version, strlen(version) + 1);
	j->out->values->has_os_image_hash = note->has_os_image_hash;
	j->out->values->platforms = note->platforms;
	j->out->values->os_image_hash = note->os_image_hash;
	return true;
}

static const char *values_name(const struct rv_verify_job *j)
{
	return j->in->values_name ? j->in->values_name : "values";
}

/* What somebody else may have written is compared with nothing. */
/* Empty where they are not signed by the key. */
static bool published(struct rv_verify_job *j, struct rv_values_list *out,
		      struct rv_err *err)
{
	const struct rv_span *key = j->in->values_key;

	if (key && !key->n)
		return rv_fail(err, RV_INPUT, "%s: the key is empty",
			       values_name(j));
	return rv_publish_read_all(*j->in->values,
				   key ? *key : rv_span(NULL, 0), out,
				   &j->signature, err) ||
	       rv_in(err, "%s", values_name(j));
}

static bool from_values(struct rv_verify_job *j, struct rv_err *err)
{
	RV_AUTO(rv_values_list_free) struct rv_values_list all = { 0 };

	if (!published(j, &all, err))
		return false;
	if (!all.n)
		return true;
	rv_verify_choose_values(j, &all);
	*j->out->values = all.item[j->machine];
	return rv_verify_app_of_values(j, j->out->values, err) ||
	       rv_in(err, "%s", values_name(j));
}

bool rv_verify_image_of_values(struct rv_verify_job *j, struct rv_values *out,
			       struct rv_err *err)
{
	RV_AUTO(rv_values_list_free) struct rv_values_list all = { 0 };
	const struct rv_values *v;

	*out = (struct rv_values){ 0 };
	if (!published(j, &all, err))
		return false;
	if (!all.n)
		return true;
	v = all.item;
	for (size_t i = 1; i < all.n; i++)
		if (v[i].has_os_image_hash != v->has_os_image_hash ||
		    memcmp(&v[i].os_image_hash, &v->os_image_hash,
			   sizeof v->os_image_hash) != 0 ||
		    memcmp(&v[i].platforms, &v->platforms,
			   sizeof v->platforms) != 0)
			return rv_fail(err, RV_INPUT,
				       "%s: they are of more than one image",
				       values_name(j));
	*out = *v;
	return rv_verify_app_of_values(j, v, err) ||
	       rv_in(err, "%s", values_name(j));
}

bool rv_verify_one_reference(const struct rv_verify_input *in, bool *any,
			     struct rv_err *err)
{
	int n =
	    (in->release != NULL) + (in->image != NULL) + (in->values != NULL);

	*any = n > 0;
	return n < 2 || rv_fail(err, RV_USAGE,
				"more than one of release, image and values");
}

bool rv_verify_reference(struct rv_verify_job *j, struct rv_err *err)
{
	const struct rv_verify_input *in = j->in;
	bool good, any;

	if (!rv_verify_one_reference(in, &any, err))
		return false;
	if (!any)
		return true;
	j->document = calloc(1, sizeof *j->document);
	j->out->values = calloc(1, sizeof *j->out->values);
	if (!j->document || !j->out->values)
		return rv_no_memory(err, "reference values");
	good = in->release ? from_release(j, err)
	       : in->image ? from_image(j, err)
			   : from_values(j, err);
	if (j->signature.state == RV_SIGNED_BAD) {
		free(j->out->values);
		j->out->values = NULL;
	}
	return good;
}

/* The first record that the quote's registers are of, or NULL. */
static const struct rv_release *another(const struct rv_verify_job *j)
{
	const struct rv_verified *out = j->out;
	struct rv_release_said said;

	if (!rv_release_said(out->has_quote ? &out->quote : NULL, NULL,
			     out->has_log ? &out->replay : NULL, &said))
		return NULL;
	for (size_t i = 0; j->known && i < j->known->n; i++) {
		struct rv_release_fit fit =
		    rv_release_fit(&j->known->item[i], &said);

		if (rv_release_fits(&fit))
			return &j->known->item[i];
	}
	return NULL;
}

/*
 * A record that only says where the image is: once, with what to do about it,
 * in place of a row for each register that it does not have.
 */
void rv_verify_location(const struct rv_verify_job *j, size_t from)
{
	static const char *const rows[] = { "mrtd", "rtmr0", "rtmr1", "rtmr2" };
	const struct rv_release *r = j->release;
	struct rv_report *report = &j->out->report;
	const struct rv_release *other;
	struct rv_check *c;

	if (!j->in->release || rv_release_has_registers(r))
		return;
	for (size_t i = from; i < report->n; i++)
		for (size_t k = 0; k < RV_LEN(rows); k++) {
			c = &report->check[i];
			if (!c->name || strcmp(c->name, rows[k]) != 0 ||
			    c->verdict != RV_CANNOT_TELL || !c->from)
				continue;
			c->verdict = RV_UNCHECKED;
			rv_report_set(report, &c->reason, "not in the record");
		}
	c = rv_report_add(report, RV_LAYER_OS, "reference", RV_CANNOT_TELL);
	rv_report_set(report, &c->expected, "%s", r->name);
	other = another(j);
	if (other)
		rv_report_set(report, &c->actual, "%s by its registers",
			      other->name);
	rv_report_set(report, &c->reason,
		      "the record of %s only says where the image is; get it,"
		      " and --image decides%s%s",
		      r->name, *r->url ? ": " : "", r->url);
}

/* ---- who stands behind a document ---- */

static void window(const struct rv_signature *sig, int64_t at,
		   struct rv_report *r)
{
	bool early = at<sig->not_before, late = at> sig->not_after;
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_FIRMWARE, "reference_validity",
			  early || late ? RV_CANNOT_TELL : RV_YES);
	int64_t t = early ? sig->not_before : sig->not_after;
	char text[32] = "ever";

	if (t != INT64_MAX)
		rv_time_text(t, text);
	rv_report_set(r, &c->actual, "%s", text);
	rv_report_set(r, &c->reason, "the reference values %s %s",
		      early  ? "do not hold before"
		      : late ? "no longer hold: they ended at"
			     : "hold until",
		      text);
}

void rv_verify_no_reference(const struct rv_verify_job *j, const char *what,
			    const char *more)
{
	struct rv_report *r = &j->out->report;
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_OS, "reference", RV_CANNOT_TELL);

	rv_report_set(r, &c->reason, "nothing was named to compare with: %s%s",
		      what, more);
}

void rv_verify_unsigned(struct rv_verify_job *j, const char *form)
{
	struct rv_signature *sig = &j->signature;

	sig->state = RV_SIGNED_NOT;
	snprintf(sig->form, sizeof sig->form, "%s", form);
	snprintf(sig->said, sizeof sig->said, "unsigned");
}

void rv_verify_signature(const struct rv_verify_job *j)
{
	static const enum rv_verdict verdict[] = {
		[RV_SIGNED_NOT] = RV_UNCHECKED,
		[RV_SIGNED_UNCHECKED] = RV_UNCHECKED,
		[RV_SIGNED_GOOD] = RV_YES,
		[RV_SIGNED_BAD] = RV_DIFFERS,
	};
	const struct rv_signature *sig = &j->signature;
	struct rv_report *r = &j->out->report;
	bool missing = j->in->values_key && sig->state == RV_SIGNED_NOT;
	struct rv_check *c;

	if (!j->in->values)
		return;
	c = rv_report_add(r, RV_LAYER_FIRMWARE, "reference_signature",
			  missing ? RV_CANNOT_TELL : verdict[sig->state]);
	rv_report_set(r, &c->from, "%s", sig->form);
	rv_report_set(r, &c->reason, "%s: %s", values_name(j), sig->said);
	if (sig->has_window)
		window(sig, j->in->proof.at, r);
	rv_verify_chosen(j);
}
