/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rebuild.c - builds that should have given the same image: at which level
 * they did, and when not at the strictest, the causes with what removes them.
 */
#include "config_text.h"
#include "oci.h"
#include "json.h"

#include <stdlib.h>

enum cause {
	CAUSE_ALGORITHM,
	CAUSE_ATTESTATION,
	CAUSE_INDEX,
	CAUSE_COMPRESSION,
	CAUSE_MANIFEST,
	CAUSE_CREATED,
	CAUSE_HISTORY,
	CAUSE_CONFIG,
	CAUSE_LINE_FEED,
	CAUSE_MEMBERS,
	CAUSE_FORM,
	CAUSE_TIMESTAMPS,
	CAUSE_ORDER,
	CAUSE_TAR,
	CAUSE_SPLIT,
	CAUSE_ENTRIES,
	CAUSE_PERMISSIONS,
	CAUSE_OWNERS,
	CAUSE_XATTRS,
	CAUSE_NAMES,
	CAUSE_CONTENT,
	CAUSE_ARCHIVE,
	CAUSES,
};

static const struct {
	const char *name, *fix;
} texts[CAUSES] = {
	[CAUSE_ALGORITHM] = { "digest algorithm",
			      "name content by the same algorithm (sha256 or"
			      " sha512) in both builds" },
	[CAUSE_ATTESTATION] = { "attestation index",
				"build with --provenance=false --sbom=false, or"
				" compare the manifest of one platform" },
	[CAUSE_INDEX] = { "index", "compare the manifest of one platform" },
	[CAUSE_COMPRESSION] = { "compression",
				"compress with the same tool, version and"
				" level, or compare the config" },
	[CAUSE_MANIFEST] = { "manifest",
			     "write the same media types and annotations" },
	[CAUSE_CREATED] = { "creation time",
			    "set SOURCE_DATE_EPOCH for the build" },
	[CAUSE_HISTORY] = { "history text",
			    "build with the same version of the same tool: it"
			    " writes down each step in its own words" },
	[CAUSE_CONFIG] = { "config", "use the same Dockerfile and the same"
				     " build arguments" },
	[CAUSE_LINE_FEED] = { "line feed",
			      "write the config without one at its end (jq -j,"
			      " not jq)" },
	[CAUSE_MEMBERS] = { "member order",
			    "write the config with the same tool in both"
			    " builds" },
	[CAUSE_FORM] = { "form of the config",
			 "write the config with the same tool in both builds" },
	[CAUSE_TIMESTAMPS] = { "timestamps",
			       "set SOURCE_DATE_EPOCH and export with"
			       " rewrite-timestamp=true" },
	[CAUSE_ORDER] = { "order of entries",
			  "sort what is copied or packed (tar --sort=name)" },
	[CAUSE_TAR] = { "tar format",
			"build with the same version of the same tool" },
	[CAUSE_SPLIT] = { "layer split",
			  "use the same steps, or squash both builds" },
	[CAUSE_ENTRIES] = { "directory entries and whiteouts",
			    "build with the same version of the same tool, on"
			    " the same kind of file system" },
	[CAUSE_PERMISSIONS] = { "permissions",
				"set them in the build (COPY --chmod, umask"
				" 022): a checkout follows the builder's umask" },
	[CAUSE_OWNERS] = { "owners", "set them in the build (COPY --chown)" },
	[CAUSE_XATTRS] = { "extended attributes",
			   "remove them, or build on the same file system" },
	[CAUSE_NAMES] = { "Unicode form of names",
			  "check out and build on file systems that keep names"
			  " as they are: some take accents apart (NFD)" },
	[CAUSE_CONTENT] = { "content",
			    "pin base images, packages and downloads by"
			    " digest; build without clocks and random names" },
	[CAUSE_ARCHIVE] = { "archive",
			    "never compare archives: compare manifests" },
};

void rv_oci_rebuild_free(struct rv_oci_rebuild *r)
{
	for (size_t i = 0; i < r->n_cause; i++)
		free(r->cause[i].detail);
	free(r->cause);
	*r = (struct rv_oci_rebuild){ 0 };
}

/* Each cause once, with what was seen first. */
static bool add(struct rv_oci_rebuild *r, enum cause cause, const char *where,
		const char *what, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_buf b;

	for (size_t i = 0; i < r->n_cause; i++)
		if (r->cause[i].name == texts[cause].name)
			return true;
	rv_grow_text(&g, where);
	if (*what)
		rv_grow_printf(&g, ": %s", what);
	if (!rv_array_more(&r->cause, r->n_cause, sizeof *r->cause, err) ||
	    !rv_grow_take(&g, &b, err))
		return false;
	r->cause[r->n_cause++] =
	    (struct rv_oci_cause){ texts[cause].name, (char *)b.p,
				   texts[cause].fix };
	return true;
}

static bool first_file(struct rv_oci_rebuild *r, enum cause cause,
		       const struct rv_oci_compared *c, struct rv_err *err)
{
	const struct rv_oci_finding *f = c->file.n ? &c->file.item[0] : NULL;

	return add(r, cause, f ? f->where : "the root file system",
		   f ? f->what : "", err);
}

static bool only_in(const struct rv_oci_finding *f, const char *side)
{
	return strncmp(f->what, "only in the ", 12) == 0 &&
	       strcmp(f->what + 12, side) == 0;
}

/* How many files of one are in the other under a name with accents apart. */
static size_t renamed(const struct rv_oci_compared *c,
		      const struct rv_oci_finding **first)
{
	size_t n = 0;

	for (size_t i = 0; i < c->file.n; i++) {
		const struct rv_oci_finding *a = &c->file.item[i];
		bool there = false;

		if (!only_in(a, "first"))
			continue;
		for (size_t k = 0; k < c->file.n && !there; k++)
			there =
			    only_in(&c->file.item[k], "second") &&
			    rv_oci_decomposed(rv_text(a->where),
					      rv_text(c->file.item[k].where));
		if (there && !n++)
			*first = a;
	}
	return n;
}

static bool file_causes(struct rv_oci_rebuild *r,
			const struct rv_oci_compared *c, struct rv_err *err)
{
	const struct rv_oci_finding *first = NULL;
	size_t n;
	static const struct {
		unsigned field;
		enum cause cause;
	} map[] = {
		{ RV_FIELD_MODE, CAUSE_PERMISSIONS },
		{ RV_FIELD_OWNER, CAUSE_OWNERS },
		{ RV_FIELD_XATTR, CAUSE_XATTRS },
		{ RV_FIELD_CONTENT | RV_FIELD_TYPE, CAUSE_CONTENT },
	};

	for (size_t i = 0; i < RV_LEN(map); i++)
		if (c->fields & map[i].field &&
		    !first_file(r, map[i].cause, c, err))
			return false;
	if (!c->added && !c->removed)
		return true;
	n = renamed(c, &first);
	if (n && !add(r, CAUSE_NAMES, first->where, first->what, err))
		return false;
	return (n == c->added && n == c->removed) ||
	       first_file(r, CAUSE_CONTENT, c, err);
}

/* Layers with the same changes: what else is in a tar? */
static bool tar_causes(struct rv_oci_rebuild *r, const struct rv_oci_image *a,
		       const struct rv_oci_image *b, struct rv_err *err)
{
	for (size_t i = 0; i < a->n_layer && i < b->n_layer; i++) {
		const struct rv_oci_layer *x = &a->layer[i];
		const struct rv_oci_layer *y = &b->layer[i];
		bool times = memcmp(&x->times, &y->times, sizeof x->times);
		bool order = memcmp(&x->order, &y->order, sizeof x->order);

		if (!x->has_text || !y->has_text ||
		    memcmp(&x->diffid, &y->diffid, sizeof x->diffid) == 0 ||
		    memcmp(&x->text, &y->text, sizeof x->text) != 0)
			continue;
		if (times &&
		    !add(r, CAUSE_TIMESTAMPS, "a layer's entries", "", err))
			return false;
		if (order && !add(r, CAUSE_ORDER, "a layer's entries", "", err))
			return false;
		if (!times && !order &&
		    !add(r, CAUSE_TAR, "a layer with the same entries", "",
			 err))
			return false;
	}
	return true;
}

/* What one build names by SHA-256 and the other by SHA-512. */
enum { NAMED_STORED = 1 << 0, NAMED_DIFFIDS = 1 << 1 };

static unsigned named_otherwise(const struct rv_oci_image *a,
				const struct rv_oci_image *b)
{
	bool manifests = a->has_manifest && b->has_manifest;
	unsigned out = 0;

	if (manifests && a->config.named != b->config.named)
		out |= NAMED_STORED;
	for (size_t i = 0; i < a->n_layer && i < b->n_layer; i++) {
		const struct rv_oci_layer *x = &a->layer[i], *y = &b->layer[i];

		if (manifests && x->has_named && y->has_named &&
		    x->named.alg != y->named.alg)
			out |= NAMED_STORED;
		if (x->has_said && y->has_said && x->said.alg != y->said.alg)
			out |= NAMED_DIFFIDS;
	}
	return out;
}

static bool algorithm_causes(struct rv_oci_rebuild *r, unsigned named,
			     struct rv_err *err)
{
	return !named ||
	       add(r, CAUSE_ALGORITHM,
		   named & NAMED_DIFFIDS ? "the diff_ids of the config"
					 : "the descriptors of the manifest",
		   "", err);
}

/* The steps without their times. */
static bool steps(const struct rv_oci_image *img, struct rv_grow *to,
		  struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	const rv_json *list;

	if (!rv_json_parse(rv_buf_span(&img->config_json), "config", &j, err))
		return false;
	list = rv_json_get(j, "history");
	for (size_t i = 0; i < rv_json_size(list); i++) {
		struct rv_err e = { 0 };
		const rv_json *value;
		const char *key;
		void *iter = NULL;

		rv_grow_u8(to, '\n');
		while (rv_json_next(rv_json_at(list, i), &iter, &key, &value)) {
			if (strcmp(key, "created") == 0)
				continue;
			rv_grow_printf(to, "%s ", key);
			if (rv_json_canonical(value, to, &e))
				continue;
			if (!rv_is_fault(&e)) {
				*err = e;
				return false;
			}
			rv_grow_u8(to, '?');
		}
	}
	return true;
}

/* Is it only when the steps were made, or also what they were? */
static bool history_cause(const struct rv_oci_image *a,
			  const struct rv_oci_image *b, enum cause *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow x = { 0 }, y = { 0 };

	if (!steps(a, &x, err) || !steps(b, &y, err))
		return false;
	if (x.failed || y.failed)
		return rv_no_memory(err, "history");
	*out = rv_same(rv_buf_span(&x.buf), rv_buf_span(&y.buf))
		   ? CAUSE_CREATED
		   : CAUSE_HISTORY;
	return true;
}

/* A JSON text without the blanks that mean nothing. */
static void pack(struct rv_span s, struct rv_grow *to)
{
	bool text = false;

	for (size_t i = 0; i < s.n; i++) {
		if (!text && strchr(" \t\r\n", s.p[i]))
			continue;
		if (s.p[i] == '"')
			text = !text;
		rv_grow_u8(to, s.p[i]);
		if (text && s.p[i] == '\\' && i + 1 < s.n)
			rv_grow_u8(to, s.p[++i]);
	}
}

static struct rv_span without_end(struct rv_span s)
{
	while (s.n && (s.p[s.n - 1] == '\n' || s.p[s.n - 1] == '\r'))
		s.n--;
	return s;
}

/* Two configs of the same members: what then makes their bytes differ? */
static bool form_cause(struct rv_oci_rebuild *r, const struct rv_oci_image *a,
		       const struct rv_oci_image *b, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow x = { 0 }, y = { 0 };
	struct rv_span s = rv_buf_span(&a->config_json);
	struct rv_span t = rv_buf_span(&b->config_json);

	if (rv_same(without_end(s), without_end(t)))
		return add(r, CAUSE_LINE_FEED,
			   "the same config with a line feed at its end", "",
			   err);
	pack(s, &x);
	pack(t, &y);
	if (x.failed || y.failed)
		return rv_no_memory(err, "config");
	if (rv_same(rv_buf_span(&x.buf), rv_buf_span(&y.buf)))
		return add(r, CAUSE_FORM,
			   "the same config with blanks or line ends in other"
			   " places",
			   "", err);
	if (x.buf.n == y.buf.n)
		return add(r, CAUSE_MEMBERS,
			   "the same members of the config in another order",
			   "", err);
	return add(r, CAUSE_FORM,
		   "the same members of the config, written differently", "",
		   err);
}

static bool config_causes(struct rv_oci_rebuild *r,
			  const struct rv_oci_image *a,
			  const struct rv_oci_image *b,
			  const struct rv_oci_compared *c, unsigned named,
			  struct rv_err *err)
{
	bool split = a->n_layer != b->n_layer;

	for (size_t i = 0; i < c->config.n; i++) {
		const struct rv_oci_finding *f = &c->config.item[i];
		bool history = strcmp(f->where, "history") == 0;
		enum cause cause = strcmp(f->where, "created") == 0
				       ? CAUSE_CREATED
				       : CAUSE_CONFIG;

		/* As many steps as layers: no cause of its own then. */
		if (split && history)
			continue;
		/* It holds the diff_ids, which have a cause already. */
		if (named & NAMED_DIFFIDS && strcmp(f->where, "rootfs") == 0)
			continue;
		if ((history && !history_cause(a, b, &cause, err)) ||
		    !add(r, cause, f->where, f->what, err))
			return false;
	}
	return c->kind[RV_KIND_CONFIG] != RV_DIFFER || c->config.n ||
	       c->kind[RV_KIND_DIFFIDS] != RV_SAME || form_cause(r, a, b, err);
}

static bool layer_causes(struct rv_oci_rebuild *r, const struct rv_oci_image *a,
			 const struct rv_oci_image *b,
			 const struct rv_oci_compared *c, struct rv_err *err)
{
	if (c->kind[RV_KIND_DIFFIDS] != RV_DIFFER)
		return true;
	if (!tar_causes(r, a, b, err))
		return false;
	if (c->kind[RV_KIND_TREE] == RV_DIFFER)
		return file_causes(r, c, err);
	return c->kind[RV_KIND_LAYER] != RV_DIFFER ||
	       add(r, a->n_layer == b->n_layer ? CAUSE_ENTRIES : CAUSE_SPLIT,
		   "the same files, described by other entries", "", err);
}

static bool outer_causes(struct rv_oci_rebuild *r, const struct rv_oci *a,
			 const struct rv_oci *b,
			 const struct rv_oci_compared *c, unsigned named,
			 struct rv_err *err)
{
	const enum rv_oci_tri *k = c->kind;
	bool attested = a->n_attestation || b->n_attestation;

	if (k[RV_KIND_LAYERS] == RV_DIFFER && k[RV_KIND_DIFFIDS] == RV_SAME &&
	    !add(r, CAUSE_COMPRESSION, "the same layers, packed otherwise", "",
		 err))
		return false;
	if (k[RV_KIND_MANIFEST] == RV_DIFFER && k[RV_KIND_CONFIG] == RV_SAME &&
	    k[RV_KIND_LAYERS] == RV_SAME && !(named & NAMED_STORED) &&
	    !add(r, CAUSE_MANIFEST, "the same config and layers", "", err))
		return false;
	if (k[RV_KIND_MANIFEST] == RV_SAME &&
	    (k[RV_KIND_INDEX] == RV_DIFFER || a->n_index != b->n_index) &&
	    !add(r, attested ? CAUSE_ATTESTATION : CAUSE_INDEX,
		 "the same manifest in another index", "", err))
		return false;
	return k[RV_KIND_ARCHIVE] != RV_DIFFER ||
	       k[RV_KIND_MANIFEST] == RV_DIFFER ||
	       k[RV_KIND_CONFIG] == RV_DIFFER || r->n_cause ||
	       add(r, CAUSE_ARCHIVE, "the same image in other archives", "",
		   err);
}

static void merge(enum rv_oci_tri *all, const enum rv_oci_tri *one)
{
	for (size_t i = 0; i < RV_KINDS; i++) {
		if (all[i] == RV_DIFFER || one[i] == RV_DIFFER)
			all[i] = RV_DIFFER;
		else if (one[i] == RV_UNKNOWN)
			all[i] = RV_UNKNOWN;
	}
}

/* From the strictest to the weakest; refval-config 1 alone says too little. */
static enum rv_oci_kind level(const enum rv_oci_tri *k)
{
	static const enum rv_oci_kind order[] = {
		RV_KIND_ARCHIVE, RV_KIND_INDEX,	  RV_KIND_MANIFEST,
		RV_KIND_CONFIG,	 RV_KIND_DIFFIDS, RV_KIND_IMAGE,
		RV_KIND_TREE,
	};

	for (size_t i = 0; i < RV_LEN(order); i++)
		if (k[order[i]] == RV_SAME)
			return order[i];
	return RV_KINDS;
}

bool rv_oci_rebuild(const struct rv_oci *build, size_t n,
		    struct rv_oci_rebuild *out, struct rv_err *err)
{
	RV_AUTO(rv_oci_rebuild_free) struct rv_oci_rebuild r = { 0 };

	for (size_t i = 0; i < RV_KINDS; i++)
		r.kind[i] = RV_SAME;
	for (size_t i = 0; i < n; i++) {
		if (build[i].n_image != 1)
			return rv_fail(err, RV_USAGE,
				       "build %zu has %zu images: choose one"
				       " with --platform",
				       i + 1, build[i].n_image);
		/* Without a platform all else is known, and may decide. */
		if (build[i].image[0].fault.code != RV_OK &&
		    !rv_oci_no_platform(&build[i].image[0])) {
			*err = build[i].image[0].fault;
			return rv_fault_in(err, "build %zu", i + 1);
		}
	}
	for (size_t i = 1; i < n; i++) {
		const struct rv_oci_image *a = &build[0].image[0];
		const struct rv_oci_image *b = &build[i].image[0];
		RV_AUTO(rv_oci_compared_free) struct rv_oci_compared c = { 0 };
		unsigned named = named_otherwise(a, b);

		if (!rv_oci_compare(&build[0], a, &build[i], b, &c, err) ||
		    !algorithm_causes(&r, named, err) ||
		    !layer_causes(&r, a, b, &c, err) ||
		    !config_causes(&r, a, b, &c, named, err) ||
		    !outer_causes(&r, &build[0], &build[i], &c, named, err))
			return false;
		merge(r.kind, c.kind);
	}
	r.level = level(r.kind);
	*out = RV_TAKE(r);
	return true;
}
