/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docker.c - manifest.json, the list that `docker save` and its many relatives
 * write: Config, RepoTags and Layers by file name. Names are hints; only the
 * config's may say a digest, and then it must be the right one.
 */
#include "oci.h"
#include "json.h"

#include <stdlib.h>

/*
 * "HEX.json", "sha256:HEX", "blobs/sha256/HEX": all of them say a digest, and
 * its length says by which algorithm.
 */
static bool name_digest(struct rv_span name, struct rv_oci_digest *out)
{
	struct rv_oci_digest d = { .alg = RV_OCI_SHA256 };
	struct rv_span hex = name, rest;
	size_t dir = rv_path_parent(name).n;

	if (dir)
		hex = rv_span(name.p + dir + 1, name.n - dir - 1);
	if (rv_sub(hex, 0, 7, &rest) &&
	    (rv_same_text(rest, "sha256:") || rv_same_text(rest, "sha512:")))
		hex = rv_span(hex.p + 7, hex.n - 7);
	if (hex.n > 5 && rv_same_text(rv_span(hex.p + hex.n - 5, 5), ".json"))
		hex.n -= 5;
	if (hex.n == 128)
		d.alg = RV_OCI_SHA512;
	if (!rv_unhex(hex, d.b, d.alg == RV_OCI_SHA512 ? 64 : 32))
		return false;
	*out = d;
	return true;
}

static bool config_file(struct image_walk *r, const rv_json *entry,
			struct parts *p, struct rv_oci_image *img,
			rv_json **out, struct rv_err *err)
{
	const rv_json *name = rv_json_get(entry, "Config");
	struct rv_oci_digest said;
	struct rv_span bytes;

	if (!rv_oci_docker_file(r, name, &p->config, err))
		return rv_fault_in(err, "Config");
	if (!rv_archive_bytes(r->s, p->config, &bytes, err) ||
	    !rv_oci_sums_of(bytes, RV_OCI_SHA256, &img->config, err))
		return false;
	if (name_digest(rv_json_text(name), &said) &&
	    !rv_oci_is(&img->config, &said))
		return rv_fault(err, "E_BLOB_DIGEST",
				"what lies under %s has another"
				" digest",
				p->config->name);
	if (!rv_oci_json(bytes, p->config->name, out, err))
		return false;
	if (!rv_json_is_object(*out))
		return rv_fault(err, "E_JSON", "the config is not an object");
	img->has_config = true;
	return rv_buf_copy(bytes, &img->config_json, err) &&
	       rv_oci_platform(*out, &img->platform, err);
}

static bool layer_files(struct image_walk *r, const rv_json *entry,
			struct parts *p, struct rv_oci_image *img,
			struct rv_err *err)
{
	const rv_json *list = rv_json_get(entry, "Layers");
	size_t n = rv_json_size(list);

	if (list && !rv_json_is_array(list) && !rv_json_is_null(list))
		return rv_fault(err, "E_JSON", "Layers is not a list");
	if (n > OCI_LAYERS_MAX)
		return rv_fault(err, "E_LAYERS", "more than %d layers",
				OCI_LAYERS_MAX);
	p->layer = calloc(n + 1, sizeof(*p->layer));
	img->layer = calloc(n + 1, sizeof *img->layer);
	if (!p->layer || !img->layer)
		return rv_no_memory(err, "image");
	img->n_layer = p->n = n;
	for (size_t i = 0; i < n; i++)
		if (!rv_oci_docker_file(r, rv_json_at(list, i), &p->layer[i],
					err) ||
		    !rv_text_copy(rv_text(p->layer[i]->name), "name",
				  &img->layer[i].name, err))
			return rv_fault_in(err, "Layers[%zu]", i);
	return true;
}

static bool tags(const rv_json *entry, struct rv_oci_image *img,
		 struct rv_err *err)
{
	const rv_json *list = rv_json_get(entry, "RepoTags");

	if (list && !rv_json_is_null(list) && !rv_json_is_array(list))
		return rv_fault(err, "E_JSON", "RepoTags is not a list");
	for (size_t i = 0; i < rv_json_size(list); i++) {
		const rv_json *tag = rv_json_at(list, i);

		if (!rv_json_is_string(tag))
			return rv_fault(err, "E_JSON", "a tag is not a string");
		if (!rv_oci_add_tag(img, rv_json_text(tag), err))
			return false;
	}
	return true;
}

static void parts_free(struct parts *p)
{
	free(p->layer);
}

static bool one(struct image_walk *r, const rv_json *entry, struct rv_err *err)
{
	RV_AUTO(rv_oci_image_free) struct rv_oci_image img = { 0 };
	RV_AUTO(parts_free) struct parts p = { 0 };
	RV_AUTO(rv_json_free) rv_json *config = NULL;
	struct rv_err e = { 0 };

	if (!rv_json_is_object(entry))
		return rv_fault(err, "E_JSON", "manifest.json: not an object");
	if (!tags(entry, &img, err))
		return false;
	if (!config_file(r, entry, &p, &img, &config, &e) ||
	    (rv_oci_wanted(r, img.platform) &&
	     !layer_files(r, entry, &p, &img, &e))) {
		if (!rv_is_fault(&e)) {
			*err = e;
			return false;
		}
		img.fault = e;
		return rv_oci_add_image(r, &img, err);
	}
	if (!rv_oci_wanted(r, img.platform))
		return true;
	return rv_oci_image_fill(r, config, &p, &img, err) &&
	       rv_oci_add_image(r, &img, err);
}

bool rv_oci_docker(struct image_walk *r, const rv_json *list,
		   struct rv_err *err)
{
	if (!rv_oci_docker_list(list, err))
		return false;
	for (size_t i = 0; i < rv_json_size(list); i++)
		if (!one(r, rv_json_at(list, i), err))
			return rv_fault_in(err, "manifest.json, image %zu",
					   i + 1);
	return rv_oci_tags(r, NULL, err);
}
