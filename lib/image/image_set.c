/* SPDX-License-Identifier: Apache-2.0 */
/* image_set.c - which container format it is, and the images in it. */
#include "oci.h"
#include "json.h"

#include <stdlib.h>

const char *rv_oci_saw_name(unsigned bit)
{
	static const char *const name[] = {
		"pax-global",	    "sparse",	     "libarchive-xattr",
		"whiteout-nothing", "whiteout-type", "whiteout-other",
		"packing",	    "platform",	     "tag-twice",
		"other-tags",	    "other-images",  "no-end-mark",
		"link-absolute",
	};

	return bit < RV_LEN(name) ? name[bit] : "";
}

const char *rv_oci_saw_text(unsigned bit)
{
	static const char *const text[] = {
		"a global extended header: some tools refuse it",
		"a sparse file, expanded: some tools refuse it",
		"attributes that no container runtime applies",
		"a whiteout of what is not there",
		"a whiteout that is not an empty file",
		"a marker of one storage driver, without meaning",
		"a layer is packed otherwise than its media type says",
		"the index promises another platform than the config has",
		"another image in it has the same tag: which one that is"
		" depends on who loads it",
		"index.json and manifest.json give it other tags: under which"
		" it is loaded depends on who loads it",
		"index.json lists it, manifest.json does not: whether it is"
		" loaded depends on who loads it",
		"a layer that ends without two zero blocks, as some builders"
		" write them",
		"a hard link to an absolute path, which engines take from the"
		" root of the image",
	};

	return bit < RV_LEN(text) ? text[bit] : "";
}

struct rv_span rv_oci_code(const struct rv_err *fault)
{
	return rv_text(fault->id ? fault->id : "");
}

static void missing_free(struct rv_oci_missing *m)
{
	free(m->platform);
	if (m->known)
		rv_oci_image_free(m->known);
	free(m->known);
}

void rv_oci_free(struct rv_oci *o)
{
	for (size_t i = 0; i < o->n_image; i++)
		rv_oci_image_free(&o->image[i]);
	for (size_t i = 0; i < o->n_missing; i++)
		missing_free(&o->missing[i]);
	for (size_t i = 0; i < o->n_served; i++)
		free(o->served[i].tag);
	free(o->index);
	free(o->image);
	for (size_t i = 0; i < o->n_unread; i++) {
		free(o->unread[i].platform);
		free(o->unread[i].above);
	}
	free(o->unread);
	free(o->missing);
	free(o->attestation);
	free(o->other);
	free(o->served);
	*o = (struct rv_oci){ 0 };
}

static void reader_free(struct image_walk *r)
{
	for (size_t i = 0; i < r->n_manifest; i++)
		free(r->manifest[i].layer);
	free(r->manifest);
	for (size_t i = 0; i < r->n_visited; i++)
		free(r->listed_for[i].platform);
	free(r->listed_for);
	free(r->visited);
	free(r->edge);
}

static bool document(struct image_walk *r, struct archive_file *i,
		     rv_json **out, struct rv_err *err)
{
	struct rv_span bytes;

	return rv_archive_bytes(r->s, i, &bytes, err) &&
	       rv_oci_json(bytes, i->name, out, err);
}

/* The version of the layout; absent in older archives of some tools. */
static bool check_layout(struct image_walk *r, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct archive_file *i;

	if (!rv_archive_find(r->s, "oci-layout", &i, err))
		return false;
	if (!i)
		return true;
	if (!document(r, i, &j, err))
		return false;
	if (!rv_same_text(rv_json_text(rv_json_get(j, "imageLayoutVersion")),
			  "1.0.0"))
		return rv_fault(err, "E_LAYOUT_VERSION",
				"imageLayoutVersion is not"
				" \"1.0.0\"");
	return true;
}

static bool read_layout(struct image_walk *r, const rv_json *index,
			const rv_json *list, struct rv_err *err)
{
	r->o->format = list	      ? "docker-archive+oci-layout"
		       : r->s->folder ? "oci-layout"
				      : "oci-archive";
	if (!check_layout(r, err))
		return false;
	/* Docker 25.0 wrote null here when it saved by digest (moby#47210). */
	if (list && rv_json_is_null(rv_json_get(index, "manifests")))
		return rv_oci_docker(r, list, err);
	return rv_oci_walk(r, index, err) &&
	       (!list || rv_oci_docker_agrees(r, index, list, err));
}

/* Often the folder was packed, and not what is in it. */
static bool no_list(const struct archive_index *s, struct rv_err *err)
{
	for (size_t i = 0; i < s->n; i++) {
		struct rv_span name = rv_text(s->file[i]->name);
		struct rv_span above = rv_path_parent(name), base;

		if (!above.n ||
		    !rv_sub(name, above.n + 1, name.n - above.n - 1, &base))
			continue;
		if (rv_same_text(base, "index.json") ||
		    rv_same_text(base, "manifest.json"))
			return rv_fault(err, "E_NO_IMAGE",
					"neither index.json nor manifest.json"
					" is in it; it has %s: pack what is in"
					" the folder %.*s, and not the folder",
					s->file[i]->name, (int)above.n,
					s->file[i]->name);
	}
	return rv_fault(err, "E_NO_IMAGE",
			"neither index.json nor manifest.json is in it");
}

static bool read_all(struct image_walk *r, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *index = NULL;
	RV_AUTO(rv_json_free) rv_json *docker = NULL;
	struct archive_file *i, *m;

	if (!rv_archive_find(r->s, "index.json", &i, err) ||
	    !rv_archive_find(r->s, "manifest.json", &m, err) ||
	    (m && !document(r, m, &docker, err)) ||
	    (i && !document(r, i, &index, err)))
		return false;
	if (i)
		return read_layout(r, index, docker, err);
	if (!m)
		return no_list(r->s, err);
	if (rv_json_is_object(docker)) {
		r->o->format = "dir";
		return rv_oci_read_dir(r, m, err);
	}
	r->o->format = "docker-archive";
	return rv_oci_docker(r, docker, err);
}

/* Nothing to show is a reason to say, not an empty answer. */
static bool check_any(struct image_walk *r, struct rv_err *err)
{
	struct rv_oci *o = r->o;
	const char *want = r->opts->platform;

	/* Better what is known of one than nothing of any. */
	for (size_t i = 0; i < o->n_missing && !o->n_image; i++) {
		struct rv_oci_missing *m = &o->missing[i];

		if (!m->known || !rv_oci_wanted(r, m->platform))
			continue;
		if (!rv_oci_add_image(r, m->known, err))
			return false;
		missing_free(m);
		*m = o->missing[--o->n_missing];
	}
	if (o->n_image)
		return true;
	for (size_t i = 0; i < o->n_missing; i++) {
		const struct rv_oci_missing *m = &o->missing[i];

		if (m->found && rv_oci_wanted(r, m->platform)) {
			*err = m->fault;
			return false;
		}
	}
	if (want)
		return rv_fault(err, "E_NO_IMAGE",
				"no image for the platform %s", want);
	return rv_fault(err, "E_NO_IMAGE", "%s",
			o->n_missing ? "no manifest that it lists is here"
			: o->n_other ? "it lists no image, only what stands"
				       " beside one (an SBOM, a signature)"
				     : "it lists no image");
}

static void explain_served(struct rv_oci *o)
{
	if (o->made_up)
		o->not_served = "the manifest was made up while saving: its"
				" layers are not those of a registry";
	else if (!o->n_served)
		o->not_served = "this format keeps no manifest: push it, or"
				" save it with a tool that keeps one";
	if (!o->not_served)
		return;
	for (size_t i = 0; i < o->n_served; i++)
		free(o->served[i].tag);
	o->n_served = 0;
}

bool rv_oci_read(const char *path, const struct rv_oci_opts *opts,
		 struct rv_oci *out, struct rv_err *err)
{
	RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };
	RV_AUTO(rv_archive_free) struct archive_index s = { .fd = -1 };
	RV_AUTO(reader_free) struct image_walk r = { .opts = opts };

	if (!rv_archive_open(path, opts, &s, err))
		return rv_fault_in(err, "%s", path);
	r.s = &s;
	r.o = &o;
	if (!read_all(&r, err) || !check_any(&r, err) ||
	    !rv_oci_origins(&r, err) || !rv_archive_digest(&s, err))
		return rv_fault_in(err, "%s", path);
	o.archive = s.archive;
	o.has_archive = s.has_archive;
	explain_served(&o);
	*out = RV_TAKE(o);
	return true;
}
