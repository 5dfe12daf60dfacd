/* SPDX-License-Identifier: Apache-2.0 */
/* sign_opts.c - signatures of an app's images, from files and folders. */
#include "sign_opts.h"

#include "base.h"
#include "folder.h"
#include "values_in.h"

#include <stdlib.h>

void rv_signatures_free(struct rv_signatures *s)
{
	for (size_t i = 0; i < s->n; i++) {
		rv_image_signature_free(&s->judged[i]);
		free(s->name[i]);
	}
	free(s->name);
	free(s->judged);
	free(s->given);
	rv_stored_free(&s->stored);
	*s = (struct rv_signatures){ 0 };
}

/* A document by what it holds; whatever else it is, its reader says. */
static enum rv_stored_form form_of(struct rv_span bytes)
{
	const char *form = rv_publish_form(bytes);

	return form && strcmp(form, rv_format_name(RV_FORMAT_IN_TOTO)) == 0
		   ? RV_STORED_ENVELOPE
		   : RV_STORED_BUNDLE;
}

static bool add_document(struct rv_stored_list *l, const char *name,
			 const struct rv_buf *b, struct rv_err *err)
{
	struct rv_stored_parts p = { .bytes = rv_buf_span(b) };

	p.form = form_of(p.bytes);
	return rv_stored_add(l, name, &p, err);
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

/* Of a folder, what is called as tools call their bundles and envelopes. */
static bool add_folder(struct rv_stored_list *l, const char *path,
		       struct rv_err *err)
{
	RV_AUTO(rv_names_free) struct rv_names names = { 0 };
	struct rv_folder folder = rv_folder_at(path);
	size_t before = l->n;

	if (!folder.list(folder.arg, &names, err))
		return false;
	for (size_t i = 0; i < names.n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		const char *name = names.name[i];

		if (!ends_in(name, ".json") && !ends_in(name, ".sigstore") &&
		    !ends_in(name, ".bundle"))
			continue;
		if (!folder.read(folder.arg, name, RV_STORED_BYTES, &b, err) ||
		    !add_document(l, name, &b, err))
			return false;
	}
	return l->n > before ||
	       rv_fail(err, RV_INPUT,
		       "%s: no *.json, *.sigstore or *.bundle in it", path);
}

static bool add_path(struct rv_stored_list *l, const char *path,
		     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	bool layout = false;

	if (strcmp(path, "-") != 0 && !rv_oci_is_image(path, &layout, err))
		return false;
	if (layout)
		return rv_oci_signatures_read(path, l, err);
	if (rv_is_folder(path))
		return add_folder(l, path, err);
	return rv_buf_read(path, RV_STORED_BYTES, &b, err) &&
	       add_document(l, path, &b, err);
}

/* What @path gave, from @s->n on; @meant: it was named itself. */
static bool judge(struct rv_signatures *s, const char *path, bool meant,
		  const struct rv_image_trust *trust, struct rv_err *err)
{
	for (; s->n < s->stored.n; s->n++) {
		const struct rv_stored *f = &s->stored.item[s->n];
		RV_AUTO(rv_image_signature_free)
		struct rv_image_signature judged = { 0 };

		if (!rv_image_signature_read(f, trust, &judged, err))
			return meant ? false : rv_in(err, "%s", path);
		if (!rv_text_copy(rv_text(path), "name", &s->name[s->n], err))
			return false;
		s->judged[s->n] = RV_TAKE(judged);
		s->given[s->n] = (struct rv_given_signature){
			.name = s->name[s->n],
			.judged = &s->judged[s->n],
			.meant = meant,
		};
	}
	return true;
}

bool rv_signatures_read(const struct rv_sign_opts *o, struct rv_signatures *out,
			struct rv_verify_input *in, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf key = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf ca = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf log_key = { 0 };
	struct rv_image_trust trust = { .identity = o->identity,
					.issuer = o->issuer };

	if (!o->files.n)
		return true;
	out->name = calloc(RV_STORED_MAX, sizeof *out->name);
	out->judged = calloc(RV_STORED_MAX, sizeof *out->judged);
	out->given = calloc(RV_STORED_MAX, sizeof *out->given);
	if (!out->name || !out->judged || !out->given)
		return rv_no_memory(err, "signatures");
	if (!rv_values_key(o->key, &key, err) ||
	    !rv_values_key(o->ca, &ca, err) ||
	    !rv_values_key(o->log_key, &log_key, err))
		return false;
	trust.key = rv_buf_span(&key);
	trust.authorities = rv_buf_span(&ca);
	trust.log_key = rv_buf_span(&log_key);
	for (size_t i = 0; i < o->files.n; i++) {
		const char *path = o->files.item[i];

		if (!add_path(&out->stored, path, err) ||
		    !judge(out, path, !rv_is_folder(path), &trust, err))
			return false;
	}
	in->signature = out->given;
	in->signatures = out->n;
	return true;
}
