/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stored.c - signatures that lie in an OCI layout beside an image: layers of
 * manifests, told by their media types, each proven by its digest.
 */
#include "oci.h"

#include <refval/hash_signature.h>

#include <stdlib.h>

enum { DOCUMENTS_MAX = 1024 }; /* read, each as often as it is listed */

struct store {
	struct image_walk walk;
	struct rv_stored_list list; /* owned */
	size_t documents;
};

static void stored_clear(struct rv_stored *s)
{
	free(s->name);
	rv_buf_free(&s->bytes);
	rv_buf_free(&s->signature);
	rv_buf_free(&s->certificate);
	rv_buf_free(&s->log);
}

void rv_stored_free(struct rv_stored_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		stored_clear(&l->item[i]);
	free(l->item);
	*l = (struct rv_stored_list){ 0 };
}

bool rv_stored_add(struct rv_stored_list *l, const char *name,
		   const struct rv_stored_parts *p, struct rv_err *err)
{
	RV_AUTO(stored_clear) struct rv_stored s = { .form = p->form };

	if (l->n == RV_STORED_MAX)
		return rv_fail(err, RV_INPUT, "more than %d signatures",
			       RV_STORED_MAX);
	if (p->bytes.n > RV_STORED_BYTES)
		return rv_fail(err, RV_INPUT, "%s: longer than %d bytes", name,
			       RV_STORED_BYTES);
	if (!rv_text_copy(rv_text(name), "name", &s.name, err) ||
	    !rv_buf_copy(p->bytes, &s.bytes, err) ||
	    !rv_buf_copy(p->signature, &s.signature, err) ||
	    !rv_buf_copy(p->certificate, &s.certificate, err) ||
	    !rv_buf_copy(p->log, &s.log, err) ||
	    !rv_array_more(&l->item, l->n, sizeof s, err))
		return false;
	l->item[l->n++] = RV_TAKE(s);
	return true;
}

static void store_free(struct store *s)
{
	rv_stored_free(&s->list);
}

/* *known: a layer of this media type is a signature. */
static enum rv_stored_form form_of(struct rv_span media, bool *known)
{
	static const struct {
		const char *media;
		enum rv_stored_form form;
	} forms[] = {
		{ "application/vnd.dev.cosign.simplesigning.v1+json",
		  RV_STORED_PAYLOAD },
		{ "application/vnd.dsse.envelope.v1+json", RV_STORED_ENVELOPE },
		{ "application/vnd.dev.sigstore.bundle.v0.3+json",
		  RV_STORED_BUNDLE },
	};

	*known = true;
	for (size_t i = 0; i < RV_LEN(forms); i++)
		if (rv_same_text(media, forms[i].media))
			return forms[i].form;
	*known = false;
	return RV_STORED_BUNDLE;
}

/* The bytes that @d names, and no others; @out borrows from the archive. */
static bool blob(struct store *s, const struct descriptor *d,
		 struct rv_span *out, struct rv_err *err)
{
	struct rv_oci_sums sums;
	struct archive_file *file;

	if (!rv_oci_find(&s->walk, d, &file, err))
		return false;
	if (!file)
		return rv_oci_blob_missing(d, err);
	if (!rv_archive_bytes(s->walk.s, file, out, err) ||
	    !rv_oci_sums_of(*out, d->digest.alg, &sums, err))
		return false;
	return rv_oci_is(&sums, &d->digest) ||
	       rv_fault(err, "E_BLOB_DIGEST", "%s has another digest",
			file->name);
}

static bool take_layer(struct store *s, const rv_json *layer,
		       struct rv_err *err)
{
	struct rv_stored_parts p = { 0 };
	struct descriptor d;
	char name[RV_OCI_TEXT];
	bool known;

	if (!rv_oci_descriptor(layer, &d, err))
		return false;
	p.form = form_of(d.media_type, &known);
	if (!known)
		return true;
	rv_oci_digest_text(&d.digest, name);
	if (!blob(s, &d, &p.bytes, err))
		return false;
	p.signature =
	    rv_oci_annotation(&d, "dev.cosignproject.cosign/signature");
	p.certificate =
	    rv_oci_annotation(&d, "dev.sigstore.cosign/certificate");
	p.log = rv_oci_annotation(&d, "dev.sigstore.cosign/bundle");
	return rv_stored_add(&s->list, name, &p, err);
}

static bool take_layers(struct store *s, const rv_json *layers,
			struct rv_err *err)
{
	if (rv_json_size(layers) > OCI_LAYERS_MAX)
		return rv_fault(err, "E_LAYERS", "more than %d layers",
				OCI_LAYERS_MAX);
	for (size_t i = 0; i < rv_json_size(layers); i++)
		if (!take_layer(s, rv_json_at(layers, i), err))
			return rv_fault_in(err, "layers[%zu]", i);
	return true;
}

static bool walk(struct store *s, const rv_json *index, unsigned depth,
		 struct rv_err *err);

/* What the index lists and is not here, is an image's that was not saved. */
static bool listed(struct store *s, const rv_json *entry, unsigned depth,
		   struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_oci_sums sums;
	struct archive_file *file;
	struct descriptor d;

	if (++s->documents > DOCUMENTS_MAX)
		return rv_fault(err, "E_MANIFESTS", "more than %d manifests",
				DOCUMENTS_MAX);
	if (!rv_oci_descriptor(entry, &d, err) ||
	    !rv_oci_find(&s->walk, &d, &file, err))
		return false;
	if (!file)
		return true;
	if (!rv_oci_document(&s->walk, &d, file, &sums, &j, err))
		return false;
	return rv_json_is_array(rv_json_get(j, "manifests"))
		   ? walk(s, j, depth + 1, err)
		   : take_layers(s, rv_json_get(j, "layers"), err);
}

static bool walk(struct store *s, const rv_json *index, unsigned depth,
		 struct rv_err *err)
{
	const rv_json *list = rv_json_get(index, "manifests");

	if (depth > OCI_INDEX_DEPTH)
		return rv_fault(err, "E_MANIFESTS", "indexes %u deep", depth);
	if (!rv_json_is_array(list))
		return rv_fault(err, "E_JSON", "manifests is not a list");
	for (size_t i = 0; i < rv_json_size(list); i++)
		if (!listed(s, rv_json_at(list, i), depth, err))
			return rv_fault_in(err, "manifests[%zu]", i);
	return true;
}

static bool read_index(struct store *s, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *index = NULL;
	struct archive_file *file;
	struct rv_span bytes;

	if (!rv_archive_find(s->walk.s, "index.json", &file, err))
		return false;
	if (!file)
		return rv_fault(err, "E_NO_IMAGE",
				"no OCI layout: index.json is not in it");
	if (!rv_archive_bytes(s->walk.s, file, &bytes, err) ||
	    !rv_oci_json(bytes, "index.json", &index, err) ||
	    !walk(s, index, 0, err))
		return false;
	return s->list.n ||
	       rv_fault(err, "E_NO_IMAGE", "it holds no signature");
}

bool rv_oci_signatures_read(const char *path, struct rv_stored_list *out,
			    struct rv_err *err)
{
	RV_AUTO(rv_archive_free) struct archive_index s = { .fd = -1 };
	RV_AUTO(store_free) struct store store = { 0 };
	struct rv_oci_opts opts = { .strict = true };

	if (!rv_archive_open(path, &opts, &s, err))
		return rv_fault_in(err, "%s", path);
	store.walk = (struct image_walk){ .s = &s, .opts = &opts };
	if (!read_index(&store, err))
		return rv_fault_in(err, "%s", path);
	for (size_t i = 0; i < store.list.n; i++) {
		const struct rv_stored *f = &store.list.item[i];
		struct rv_stored_parts p = { f->form, rv_buf_span(&f->bytes),
					     rv_buf_span(&f->signature),
					     rv_buf_span(&f->certificate),
					     rv_buf_span(&f->log) };

		if (!rv_stored_add(out, f->name, &p, err))
			return rv_in(err, "%s", path);
	}
	return true;
}
