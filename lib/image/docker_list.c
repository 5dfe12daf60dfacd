/* SPDX-License-Identifier: Apache-2.0 */
/* docker_list.c - the list in manifest.json: its form, files and tags. */
#include "oci.h"
#include "json.h"
#include <stdlib.h>

bool rv_oci_docker_file(struct image_walk *r, const rv_json *name,
			struct archive_file **out, struct rv_err *err)
{
	RV_AUTO(rv_free) char *path = NULL;

	if (!rv_json_is_string(name))
		return rv_fault(err, "E_JSON", "a file name is not a string");
	if (!rv_text_copy(rv_json_text(name), "name", &path, err))
		return rv_as_fault(err, "E_JSON");
	if (!rv_archive_find(r->s, path, out, err))
		return false;
	if (!*out)
		return rv_fault(err, "E_BLOB_MISSING", "%s is not here", path);
	return true;
}

bool rv_oci_docker_list(const rv_json *list, struct rv_err *err)
{
	if (!rv_json_is_array(list))
		return rv_fault(err, "E_JSON", "manifest.json is not a list");
	if (rv_json_size(list) > OCI_MANIFESTS_MAX)
		return rv_fault(err, "E_MANIFESTS", "more than %d images",
				OCI_MANIFESTS_MAX);
	return true;
}

bool rv_oci_add_tag(struct rv_oci_image *img, struct rv_span tag,
		    struct rv_err *err)
{
	for (size_t i = 0; i < img->n_tag; i++)
		if (rv_same_text(tag, img->tag[i]))
			return true;
	if (img->n_tag == OCI_TAGS_MAX)
		return rv_fault(err, "E_TAGS", "more than %d tags",
				OCI_TAGS_MAX);
	if (!rv_array_more(&img->tag, img->n_tag, sizeof(*img->tag), err) ||
	    !rv_text_copy(tag, "tag", &img->tag[img->n_tag], err))
		return rv_as_fault(err, "E_JSON");
	img->n_tag++;
	return true;
}
