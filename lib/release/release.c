/* SPDX-License-Identifier: Apache-2.0 */
/* release.c - read a record of images/releases; see images/README.md. */
#include "release.h"

#include "edk2.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

const char rv_release_schema[] = "refval.release/1";

static const char *const from_text[] = {
	[RV_FROM_NOWHERE] = "",
	[RV_FROM_IMAGE] = "computed from the image",
	[RV_FROM_MACHINES] = "captured from machines",
	[RV_FROM_PUBLISHED] = "published",
};

const char *rv_from_name(enum rv_from from)
{
	return from_text[from];
}

void rv_release_free(struct rv_release *r)
{
	rv_buf_free(&r->td_hob);
	free(r->shape);
	*r = (struct rv_release){ 0 };
}

/* Every member of @j is one of @keys, which ends with NULL. */
static bool only(const rv_json *j, const char *const *keys, const char *what,
		 struct rv_err *err)
{
	void *iter = NULL;
	const char *key;
	const rv_json *value;

	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "%s: not an object", what);
	while (rv_json_next(j, &iter, &key, &value)) {
		const char *const *k = keys;

		while (*k && strcmp(*k, key) != 0)
			k++;
		if (!*k)
			return rv_fail(err, RV_INPUT, "%s: unknown member %s",
				       what, key);
	}
	return true;
}

static bool provenance(const rv_json *j, struct rv_provenance *out,
		       struct rv_err *err)
{
	struct rv_span s;

	if (!rv_json_need_text(j, "from", &s, err) ||
	    !rv_json_opt_chars(j, "source", out->source, sizeof out->source,
			       err))
		return false;
	for (size_t i = RV_FROM_IMAGE; i < RV_LEN(from_text); i++)
		if (rv_same_text(s, from_text[i]))
			out->from = (enum rv_from)i;
	if (out->from == RV_FROM_NOWHERE)
		return rv_fail(err, RV_INPUT, "from: unknown provenance");
	if (!*out->source)
		return rv_fail(err, RV_INPUT, "source: missing");
	return true;
}

/* A member { "value": 96 hex, "from", "source" [, more of @keys] }. */
static bool recorded(const rv_json *j, const char *key, struct rv_recorded *out,
		     struct rv_err *err)
{
	static const char *const keys[] = { "value",  "from",	"source",
					    "memory", "events", NULL };
	const rv_json *v = rv_json_get(j, key);

	if (!v)
		return true;
	if (!only(v, keys, key, err))
		return false;
	if (!rv_json_need_hex(v, "value", out->value.b, sizeof out->value.b,
			      err) ||
	    !provenance(v, &out->why, err))
		return rv_in(err, "%s", key);
	out->known = true;
	return true;
}

/* The digest of one event of a recorded register; provenance is shared. */
static bool event(const rv_json *reg, const char *key,
		  const struct rv_recorded *owner, struct rv_recorded *out,
		  struct rv_err *err)
{
	static const char *const keys[] = { "kernel", "cmdline", "initrd",
					    NULL };
	const rv_json *events = rv_json_get(reg, "events");
	bool has;

	if (!events)
		return true;
	if (!only(events, keys, "events", err))
		return false;
	if (!rv_json_opt_hex(events, key, &has, out->value.b,
			     sizeof out->value.b, err))
		return rv_in(err, "events");
	out->known = has;
	out->why = owner->why;
	return true;
}

static bool read_ranges(const rv_json *rtmr1, struct rv_release *r,
			struct rv_err *err)
{
	const rv_json *list = rv_json_get(rtmr1, "memory");
	static const char *const keys[] = { "min", "max", NULL };

	r->ranges = rv_json_size(list);
	if (!rv_json_is_array(list) || r->ranges < 1 ||
	    r->ranges > RV_RELEASE_RANGES)
		return rv_fail(err, RV_INPUT,
			       "rtmr1: memory: not 1 to %d ranges",
			       RV_RELEASE_RANGES);
	for (size_t i = 0; i < r->ranges; i++) {
		const rv_json *range = rv_json_at(list, i);

		r->memory[i].max = UINT64_MAX;
		if (!only(range, keys, "rtmr1: memory", err) ||
		    !rv_json_need_uint(range, "min", INT64_MAX,
				       &r->memory[i].min, err) ||
		    !rv_json_opt_uint(range, "max", INT64_MAX,
				      &r->memory[i].max, err))
			return rv_in(err, "rtmr1: memory");
	}
	return true;
}

static bool read_shape(const rv_json *j, struct rv_recorded_shape *s,
		       struct rv_err *err)
{
	static const char *const keys[] = { "vm_config", "value", "from",
					    "source", NULL };
	RV_AUTO(rv_buf_free) struct rv_buf config = { 0 };

	if (!only(j, keys, "rtmr0", err))
		return false;
	if (!rv_json_is_object(rv_json_get(j, "vm_config")))
		return rv_fail(err, RV_INPUT, "vm_config: not an object");
	if (!rv_json_dump(rv_json_get(j, "vm_config"), &config, err) ||
	    !rv_shape_read(rv_buf_span(&config), &s->shape, err) ||
	    !rv_json_need_hex(j, "value", s->rtmr0.value.b,
			      sizeof s->rtmr0.value.b, err) ||
	    !provenance(j, &s->rtmr0.why, err))
		return false;
	s->rtmr0.known = true;
	return true;
}

static bool read_shapes(const rv_json *list, struct rv_release *r,
			struct rv_err *err)
{
	size_t n = rv_json_size(list);

	if (!list)
		return true;
	if (!rv_json_is_array(list) || n > RV_RELEASE_SHAPES)
		return rv_fail(err, RV_INPUT, "rtmr0: not up to %d shapes",
			       RV_RELEASE_SHAPES);
	r->shape = calloc(n ? n : 1, sizeof *r->shape);
	if (!r->shape)
		return rv_no_memory(err, "release");
	for (; r->shapes < n; r->shapes++)
		if (!read_shape(rv_json_at(list, r->shapes),
				&r->shape[r->shapes], err))
			return rv_in(err, "rtmr0: shape %zu", r->shapes);
	return true;
}

static bool read_files(const rv_json *list, struct rv_release *r,
		       struct rv_err *err)
{
	static const char *const keys[] = { "name", "sha256", NULL };
	size_t n = rv_json_size(list);

	if (!list)
		return true;
	if (!rv_json_is_array(list) || n > RV_RELEASE_FILES)
		return rv_fail(err, RV_INPUT, "files: not up to %d",
			       RV_RELEASE_FILES);
	for (; r->files < n; r->files++) {
		const rv_json *j = rv_json_at(list, r->files);

		if (!only(j, keys, "files", err) ||
		    !rv_json_opt_chars(j, "name", r->file[r->files].name,
				       sizeof r->file[0].name, err) ||
		    !rv_json_need_hex(j, "sha256", r->file[r->files].sha256.b,
				      32, err))
			return rv_in(err, "files: %zu", r->files);
	}
	return true;
}

static bool read_platforms(const rv_json *j, struct rv_release *r,
			   struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	return !j ||
	       (rv_json_dump(j, &text, err) &&
		rv_platforms_read(rv_buf_span(&text), &r->platforms, err));
}

static bool read_firmware(const rv_json *j, struct rv_release *r,
			  struct rv_err *err)
{
	static const char *const keys[] = { "edk2", "ovmf_variant", "td_hob",
					    "cfv", NULL };
	struct rv_span s = { 0 };

	if (!j)
		return true;
	if (!only(j, keys, "firmware", err) ||
	    !rv_json_opt_chars(j, "edk2", r->edk2, sizeof r->edk2, err) ||
	    !rv_json_opt_text(j, "ovmf_variant", &s, err) ||
	    !recorded(j, "cfv", &r->cfv, err))
		return rv_in(err, "firmware");
	r->ovmf = rv_ovmf_named(s);
	if (s.p && !r->ovmf)
		return rv_fail(err, RV_INPUT,
			       "firmware: ovmf_variant: unknown");
	s = (struct rv_span){ 0 };
	if (!rv_json_opt_text(j, "td_hob", &s, err))
		return rv_in(err, "firmware");
	return !s.p || rv_unhex_buf(s, "firmware: td_hob", &r->td_hob, err);
}

/* Where its tarball is, and the hash of its image; either may be absent. */
static bool read_image(const rv_json *j, struct rv_release *r,
		       struct rv_err *err)
{
	static const char *const tar_keys[] = { "url", "sha256", NULL };
	static const char *const hash_keys[] = { "value", "from", "source",
						 NULL };
	const rv_json *tar = rv_json_get(j, "tarball");
	const rv_json *hash = rv_json_get(j, "os_image_hash");

	if (tar &&
	    (!only(tar, tar_keys, "tarball", err) ||
	     !rv_json_opt_chars(tar, "url", r->url, sizeof r->url, err) ||
	     !rv_json_opt_hex(tar, "sha256", &r->has_tarball, r->tarball.b, 32,
			      err)))
		return rv_in(err, "tarball");
	if (!hash)
		return true;
	if (!only(hash, hash_keys, "os_image_hash", err) ||
	    !rv_json_need_hex(hash, "value", r->os_image_hash.b, 32, err) ||
	    !provenance(hash, &r->os_image_hash_why, err))
		return rv_in(err, "os_image_hash");
	r->has_os_image_hash = true;
	return true;
}

static bool read_identity(const rv_json *j, struct rv_release *r,
			  struct rv_err *err)
{
	struct rv_span s;

	if (!rv_json_need_text(j, "schema", &s, err))
		return false;
	if (!rv_same_text(s, rv_release_schema))
		return rv_fail(err, RV_INPUT, "schema: not %s",
			       rv_release_schema);
	if (!rv_json_opt_chars(j, "name", r->name, sizeof r->name, err) ||
	    !rv_json_opt_chars(j, "version", r->version, sizeof r->version,
			       err) ||
	    !rv_json_opt_chars(j, "flavour", r->flavour, sizeof r->flavour,
			       err) ||
	    !rv_json_opt_chars(j, "date", r->date, sizeof r->date, err))
		return false;
	if (!*r->name || !*r->version || !*r->flavour)
		return rv_fail(err, RV_INPUT,
			       "name, version or flavour: missing");
	if (!rv_json_need_text(j, "rootfs", &s, err))
		return false;
	r->iso = rv_same_text(s, "iso");
	if (!r->iso && !rv_same_text(s, "verity"))
		return rv_fail(err, RV_INPUT, "rootfs: neither iso nor verity");
	return read_image(j, r, err);
}

static bool read_registers(const rv_json *j, struct rv_release *r,
			   struct rv_err *err)
{
	static const char *const mrtd_keys[] = { "single_pass", "two_pass",
						 NULL };
	const rv_json *mrtd = rv_json_get(j, "mrtd");
	const rv_json *one = rv_json_get(j, "rtmr1");
	const rv_json *two = rv_json_get(j, "rtmr2");

	if (mrtd && (!only(mrtd, mrtd_keys, "mrtd", err) ||
		     !recorded(mrtd, "single_pass", &r->single_pass, err) ||
		     !recorded(mrtd, "two_pass", &r->two_pass, err)))
		return rv_in(err, "mrtd");
	if (!read_shapes(rv_json_get(j, "rtmr0"), r, err) ||
	    !recorded(j, "rtmr1", &r->rtmr1, err) ||
	    !recorded(j, "rtmr2", &r->rtmr2, err))
		return false;
	if (one && (!read_ranges(one, r, err) ||
		    !event(one, "kernel", &r->rtmr1, &r->kernel, err)))
		return false;
	return !two || (event(two, "cmdline", &r->rtmr2, &r->cmdline, err) &&
			event(two, "initrd", &r->rtmr2, &r->initrd, err));
}

bool rv_release_is(struct rv_span json)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err ignored = { 0 };

	return rv_json_parse(json, "document", &j, &ignored) &&
	       rv_same_text(rv_json_text(rv_json_get(j, "schema")),
			    rv_release_schema);
}

bool rv_release_read(struct rv_span in, struct rv_release *out,
		     struct rv_err *err)
{
	static const char *const keys[] = {
		"schema",	 "name",  "version", "flavour",	 "date",
		"tarball",	 "note",  "files",   "firmware", "mrtd",
		"os_image_hash", "rtmr0", "rtmr1",   "rtmr2",	 "rootfs",
		"platforms",	 NULL
	};
	RV_AUTO(rv_release_free) struct rv_release r = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	if (!rv_json_parse(in, "release record", &j, err))
		return false;
	if (!only(j, keys, "release record", err))
		return false;
	if (!read_identity(j, &r, err) ||
	    !read_files(rv_json_get(j, "files"), &r, err) ||
	    !read_platforms(rv_json_get(j, "platforms"), &r, err) ||
	    !read_firmware(rv_json_get(j, "firmware"), &r, err) ||
	    !read_registers(j, &r, err))
		return rv_in(err, "release record");
	*out = RV_TAKE(r);
	return true;
}

const struct rv_recorded_shape *
rv_release_find_shape(const struct rv_release *r, const struct rv_sha384 *rtmr0)
{
	for (size_t i = 0; i < r->shapes; i++)
		if (memcmp(r->shape[i].rtmr0.value.b, rtmr0->b, 48) == 0)
			return &r->shape[i];
	return NULL;
}
