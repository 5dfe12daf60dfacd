/* SPDX-License-Identifier: Apache-2.0 */
/* hash_print.c - an image's digests as JSON and as text. */
#include "hash_print.h"
#include "out.h"

#include <stdio.h>

static const char *digest(const struct rv_sha256 *d, char out[72])
{
	memcpy(out, "sha256:", 7);
	rv_hex(rv_span(d->b, sizeof d->b), out + 7);
	return out;
}

void hash_json_digest(struct rv_jw *w, const char *key, bool has,
		      const struct rv_sha256 *d)
{
	char text[72];

	rv_jw_str(w, key, has ? digest(d, text) : NULL);
}

void hash_json_oci(struct rv_jw *w, const char *key, bool has,
		   const struct rv_oci_digest *d)
{
	char text[RV_OCI_TEXT];

	if (has)
		rv_oci_digest_text(d, text);
	rv_jw_str(w, key, has ? text : NULL);
}

static void digests(struct rv_jw *w, const char *key,
		    const struct rv_oci_digest *d, size_t n)
{
	rv_jw_open(w, key, '[');
	for (size_t i = 0; i < n; i++)
		hash_json_oci(w, NULL, true, &d[i]);
	rv_jw_close(w);
}

/* By what names it, and by SHA-256, which may be the same. */
static void document(struct rv_jw *w, const char *key, const char *key_sha256,
		     bool has, const struct rv_oci_sums *s)
{
	hash_json_oci(w, key, has, &s->by[s->named]);
	hash_json_oci(w, key_sha256, has, &s->by[RV_OCI_SHA256]);
}

static void indexes(struct rv_jw *w, const struct rv_oci *o)
{
	rv_jw_open(w, "index", '[');
	for (size_t i = 0; i < o->n_index; i++)
		hash_json_oci(w, NULL, true,
			      &o->index[i].by[o->index[i].named]);
	rv_jw_close(w);
	rv_jw_open(w, "index_sha256", '[');
	for (size_t i = 0; i < o->n_index; i++)
		hash_json_oci(w, NULL, true, &o->index[i].by[RV_OCI_SHA256]);
	rv_jw_close(w);
}

/* Where a format has no descriptors, a layer is named by nothing but this. */
static void stored_digest(struct rv_jw *w, const char *key,
			  const struct rv_oci_layer *l)
{
	if (l->has_named)
		hash_json_oci(w, key, true, &l->named);
	else
		hash_json_digest(w, key, l->has_blob, &l->blob);
}

static const char *packing(enum rv_packing p)
{
	static const char *const name[] = { "none", "gzip", "zstd", "other" };

	return name[p];
}

static void fault(struct rv_jw *w, const struct rv_err *e)
{
	if (e->code == RV_OK) {
		rv_jw_null(w, "error");
		return;
	}
	rv_jw_open(w, "error", '{');
	rv_jw_text(w, "code", rv_oci_code(e));
	rv_jw_str(w, "message", e->msg);
	rv_jw_close(w);
}

enum which { NAMED, BLOBS, SAID, DIFFIDS, CHAINIDS, TEXTS };

/* One list per kind of digest, as the minimum fields have it. */
static void layer_list(struct rv_jw *w, const char *key, enum which which,
		       const struct rv_oci_image *img)
{
	/* A docker archive has no blobs that a registry would know. */
	if (which <= BLOBS && !img->has_manifest) {
		rv_jw_null(w, key);
		return;
	}
	rv_jw_open(w, key, '[');
	for (size_t i = 0; i < img->n_layer; i++) {
		const struct rv_oci_layer *l = &img->layer[i];

		if (which == NAMED)
			stored_digest(w, NULL, l);
		else if (which == SAID)
			hash_json_oci(w, NULL, l->has_said, &l->said);
		else
			hash_json_digest(w, NULL,
					 which == BLOBS	  ? l->has_blob
					 : which == TEXTS ? l->has_text
							  : l->has_diffid,
					 which == BLOBS	     ? &l->blob
					 : which == DIFFIDS  ? &l->diffid
					 : which == CHAINIDS ? &l->chainid
							     : &l->text);
	}
	rv_jw_close(w);
}

static void stored(struct rv_jw *w, const struct rv_oci_image *img)
{
	rv_jw_open(w, "stored", '[');
	for (size_t i = 0; i < img->n_layer; i++) {
		const struct rv_oci_layer *l = &img->layer[i];

		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "name", l->name);
		rv_jw_str(w, "media_type", l->media_type);
		stored_digest(w, "digest", l);
		rv_jw_u64(w, "size", l->size);
		rv_jw_str(w, "packing",
			  l->has_blob ? packing(l->packing) : NULL);
		rv_jw_u64(w, "tar_size", l->tar_size);
		rv_jw_open(w, "urls", '[');
		for (size_t k = 0; k < l->n_url; k++)
			rv_jw_str(w, NULL, l->url[k]);
		rv_jw_close(w);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void one_image(struct rv_jw *w, const struct rv_oci_image *img)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "platform", img->platform);
	rv_jw_open(w, "tags", '[');
	for (size_t i = 0; i < img->n_tag; i++)
		rv_jw_str(w, NULL, img->tag[i]);
	rv_jw_close(w);
	rv_jw_str(w, "via", img->via);
	document(w, "manifest", "manifest_sha256", img->has_manifest,
		 &img->manifest);
	document(w, "config", "config_sha256", img->has_config, &img->config);
	layer_list(w, "layers", NAMED, img);
	layer_list(w, "layers_sha256", BLOBS, img);
	layer_list(w, "diffids", DIFFIDS, img);
	layer_list(w, "diffids_named", SAID, img);
	layer_list(w, "chainids", CHAINIDS, img);
	layer_list(w, "refval-layer-1", TEXTS, img);
	hash_json_digest(w, "refval-tree-1", img->has_tree, &img->tree);
	hash_json_digest(w, "refval-config-1", img->has_meaning, &img->meaning);
	hash_json_digest(w, "refval-image-1", img->has_image, &img->image);
	stored(w, img);
	rv_jw_open(w, "warnings", '[');
	for (unsigned i = 0; i < RV_SAW_BITS; i++)
		if (img->saw & 1u << i)
			rv_jw_str(w, NULL, rv_oci_saw_name(i));
	rv_jw_close(w);
	fault(w, &img->fault);
	rv_jw_close(w);
}

static void served(struct rv_jw *w, const struct rv_oci *o)
{
	rv_jw_open(w, "registry", '[');
	for (size_t i = 0; i < o->n_served; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "tag", o->served[i].tag);
		hash_json_oci(w, "digest", true, &o->served[i].digest);
		rv_jw_str(w, "kind", o->served[i].index ? "index" : "manifest");
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_str(w, "registry_reason", o->not_served);
}

void hash_json_images(struct rv_jw *w, const struct rv_oci *o)
{
	rv_jw_str(w, "format", o->format);
	hash_json_digest(w, "archive", o->has_archive, &o->archive);
	indexes(w, o);
	rv_jw_open(w, "images", '[');
	for (size_t i = 0; i < o->n_image; i++)
		one_image(w, &o->image[i]);
	rv_jw_close(w);
	rv_jw_open(w, "incomplete", '[');
	for (size_t i = 0; i < o->n_missing; i++) {
		rv_jw_open(w, NULL, '{');
		hash_json_oci(w, "manifest", true, &o->missing[i].manifest);
		rv_jw_str(w, "platform", o->missing[i].platform);
		rv_jw_str(w, "error", o->missing[i].fault.msg);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	digests(w, "attestations", o->attestation, o->n_attestation);
	digests(w, "others", o->other, o->n_other);
	served(w, o);
}

bool hash_print_json(const struct rv_oci *o, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.hash/1");
	hash_json_images(&w, o);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

/* ---- text ---- */

#define IMAGE_ID "(the image ID where docker stores images itself)"

/* @d is NULL where there is none. */
static void line(const char *label, const struct rv_sha256 *d, const char *note)
{
	char text[72];

	rv_out("  %-16s %s%s%s\n", label, d ? digest(d, text) : "-",
	       *note ? "  " : "", note);
}

static void oci_line(const char *label, const struct rv_oci_digest *d,
		     const char *note)
{
	char text[RV_OCI_TEXT];

	rv_oci_digest_text(d, text);
	rv_out("  %-16s %s%s%s\n", label, text, *note ? "  " : "", note);
}

/* Other tools may know it by SHA-256: said when it is named otherwise. */
static void document_line(const char *label, const struct rv_oci_sums *s,
			  const char *note)
{
	if (s->named != RV_OCI_SHA256) {
		oci_line(label, &s->by[s->named], "");
		label = "  as SHA-256";
	}
	oci_line(label, &s->by[RV_OCI_SHA256], note);
}

static void print_layer(size_t i, const struct rv_oci_image *img)
{
	const struct rv_oci_layer *l = &img->layer[i];
	char size[96];

	snprintf(size, sizeof size,
		 "%" PRIu64 " bytes, %s, %" PRIu64 " unpacked", l->size,
		 packing(l->packing), l->tar_size);
	rv_out("  layer %zu of %zu    ", i + 1, img->n_layer);
	rv_out_str(l->name ? l->name : "-");
	rv_out("\n");
	if (!l->has_blob)
		snprintf(size, sizeof size, "%" PRIu64 " bytes, not %s",
			 l->size, l->name ? "read" : "here");
	if (l->has_named)
		oci_line("  stored", &l->named, size);
	if (l->has_blob && !l->has_named)
		line("  stored", &l->blob, size);
	else if (l->has_blob && l->named.alg != RV_OCI_SHA256)
		line("    as SHA-256", &l->blob, "");
	for (size_t k = 0; k < l->n_url; k++) {
		rv_out("  %-16s ", "  url");
		rv_out_str(l->url[k]);
		rv_out("\n");
	}
	line("  diffID", l->has_diffid ? &l->diffid : NULL, "");
	if (l->has_said && (!l->has_diffid || l->said.alg != RV_OCI_SHA256))
		oci_line("    config says", &l->said, "");
	line("  chainID", l->has_diffid ? &l->chainid : NULL, "");
	if (l->has_text)
		line("  refval-layer-1", &l->text, "");
}

static void print_image(const struct rv_oci_image *img)
{
	rv_out_tone(RV_TONE_BOLD, "\nimage ");
	rv_out_str(img->platform ? img->platform : "of an unknown platform");
	for (size_t i = 0; i < img->n_tag; i++) {
		rv_out(" ");
		rv_out_str(img->tag[i]);
	}
	rv_out("\n");
	if (img->has_manifest)
		document_line("manifest", &img->manifest, "");
	else
		line("manifest", NULL, "(this format has none)");
	if (img->has_config)
		document_line("config", &img->config, IMAGE_ID);
	else
		line("config", NULL, IMAGE_ID);
	for (size_t i = 0; i < img->n_layer; i++)
		print_layer(i, img);
	if (img->has_tree)
		line("refval-tree-1", &img->tree, "(root file system)");
	if (img->has_meaning)
		line("refval-config-1", &img->meaning, "(how it runs)");
	if (img->has_image)
		line("refval-image-1", &img->image, "(both, and the platform)");
	for (unsigned i = 0; i < RV_SAW_BITS; i++)
		if (img->saw & 1u << i)
			rv_out("  note: %s: %s\n", rv_oci_saw_name(i),
			       rv_oci_saw_text(i));
	if (img->fault.code != RV_OK) {
		rv_out_tone(RV_TONE_BAD, "  fault: ");
		rv_out_str(img->fault.msg);
		rv_out("\n");
	}
}

static void print_served(const struct rv_oci *o)
{
	rv_out("\na registry that holds it unchanged serves\n");
	for (size_t i = 0; i < o->n_served; i++) {
		oci_line(o->served[i].index ? "index" : "manifest",
			 &o->served[i].digest, "");
		if (o->served[i].tag) {
			rv_out("  %-16s ", "  as");
			rv_out_str(o->served[i].tag);
			rv_out("\n");
		}
	}
	if (o->not_served)
		rv_out("  nothing that can be known from here: %s\n",
		       o->not_served);
}

void hash_print_text(const char *name, const struct rv_oci *o)
{
	rv_out_str(name);
	rv_out(": %s\n", o->format);
	if (o->has_archive)
		line("archive", &o->archive, "(of the file)");
	for (size_t i = 0; i < o->n_index; i++)
		document_line("index", &o->index[i], "");
	for (size_t i = 0; i < o->n_image; i++)
		print_image(&o->image[i]);
	for (size_t i = 0; i < o->n_missing; i++) {
		oci_line("\nnot all here", &o->missing[i].manifest, "");
		rv_out("  ");
		rv_out_str(o->missing[i].fault.msg);
		rv_out("\n");
	}
	for (size_t i = 0; i < o->n_attestation; i++)
		oci_line("attestation", &o->attestation[i], "");
	for (size_t i = 0; i < o->n_other; i++)
		oci_line("no image", &o->other[i], "");
	print_served(o);
}

/* ---- two images ---- */

static const char *const tri_name[] = { "unknown", "same", "differ" };

void hash_json_kinds(struct rv_jw *w, const enum rv_oci_tri *kind)
{
	static const enum rv_oci_tri order[] = { RV_SAME, RV_DIFFER,
						 RV_UNKNOWN };

	for (size_t i = 0; i < RV_LEN(order); i++) {
		rv_jw_open(w, tri_name[order[i]], '[');
		for (unsigned k = 0; k < RV_KINDS; k++)
			if (kind[k] == order[i])
				rv_jw_str(
				    w, NULL,
				    rv_oci_kind_name((enum rv_oci_kind)k));
		rv_jw_close(w);
	}
}

void hash_print_kinds(const enum rv_oci_tri *kind)
{
	for (unsigned k = 0; k < RV_KINDS; k++) {
		rv_out("  %-16s ", rv_oci_kind_name((enum rv_oci_kind)k));
		rv_out_tone(kind[k] == RV_SAME	   ? RV_TONE_GOOD
			    : kind[k] == RV_DIFFER ? RV_TONE_BAD
						   : RV_TONE_DIM,
			    "%s", tri_name[kind[k]]);
		rv_out("\n");
	}
}

static void json_findings(struct rv_jw *w, const char *key,
			  const struct rv_oci_findings *f)
{
	rv_jw_open(w, key, '[');
	for (size_t i = 0; i < f->n; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_str(w, "where", f->item[i].where);
		rv_jw_str(w, "what", f->item[i].what);
		rv_jw_bool(w, "build_only", f->item[i].minor);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

void hash_json_compared(struct rv_jw *w, const struct rv_oci_compared *c)
{
	json_findings(w, "layer_differences", &c->layer);
	json_findings(w, "config_differences", &c->config);
	json_findings(w, "file_differences", &c->file);
	rv_jw_u64(w, "files_added", c->added);
	rv_jw_u64(w, "files_removed", c->removed);
	rv_jw_u64(w, "files_changed", c->changed);
}

static void print_findings(const char *head, const struct rv_oci_findings *f)
{
	if (f->n)
		rv_out_tone(RV_TONE_BOLD, "%s\n", head);
	for (size_t i = 0; i < f->n; i++) {
		rv_out("  ");
		rv_out_str(f->item[i].where);
		rv_out(": ");
		rv_out_str(f->item[i].what);
		rv_out("%s\n", f->item[i].minor ? " (of the build only)" : "");
	}
	if (f->more)
		rv_out("  ... and %zu more\n", f->more);
}

void hash_print_compared(const struct rv_oci_compared *c)
{
	print_findings("layers", &c->layer);
	print_findings("config (first | second)", &c->config);
	print_findings("files (first | second)", &c->file);
}
