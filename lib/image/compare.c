/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.c - two images beside each other: which digests are the same, and
 * for those that are not which layer, which member of the config, which file.
 */
#include "config_text.h"
#include "oci.h"
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

enum { FINDINGS_MAX = 1000, VALUE_SHOWN = 120, FIELDS = 7 };

const char *rv_oci_kind_name(enum rv_oci_kind kind)
{
	static const char *const name[] = {
		"archive",	  "index",	   "manifest",
		"config",	  "layers",	   "diffids",
		"refval-layer-1", "refval-tree-1", "refval-config-1",
		"refval-image-1",
	};

	return kind < RV_KINDS ? name[kind] : "none";
}

static void findings_free(struct rv_oci_findings *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free(f->item[i].where);
		free(f->item[i].what);
	}
	free(f->item);
}

void rv_oci_compared_free(struct rv_oci_compared *c)
{
	findings_free(&c->layer);
	findings_free(&c->config);
	findings_free(&c->file);
	*c = (struct rv_oci_compared){ 0 };
}

/* Takes both texts when it keeps them. */
static bool add(struct rv_oci_findings *f, struct rv_grow *where,
		struct rv_grow *what, bool minor, struct rv_err *err)
{
	struct rv_buf a = { 0 }, b = { 0 };

	if (f->n == FINDINGS_MAX) {
		f->more++;
		return true;
	}
	if (!rv_array_more(&f->item, f->n, sizeof *f->item, err) ||
	    !rv_grow_take(where, &a, err) || !rv_grow_take(what, &b, err)) {
		rv_buf_free(&a);
		return false;
	}
	f->item[f->n++] =
	    (struct rv_oci_finding){ (char *)a.p, (char *)b.p, minor };
	return true;
}

/* ---- digests ---- */

static enum rv_oci_tri tri(bool has_a, const struct rv_sha256 *a, bool has_b,
			   const struct rv_sha256 *b)
{
	if (!has_a || !has_b)
		return RV_UNKNOWN;
	return memcmp(a, b, sizeof *a) == 0 ? RV_SAME : RV_DIFFER;
}

/* Documents have both digests, whatever names them: one is enough. */
static enum rv_oci_tri documents(bool has_a, const struct rv_oci_sums *a,
				 bool has_b, const struct rv_oci_sums *b)
{
	if (!has_a || !has_b)
		return RV_UNKNOWN;
	return rv_oci_is(a, &b->by[0]) ? RV_SAME : RV_DIFFER;
}

/* Of layers that are not here what names them, by the same algorithm. */
static enum rv_oci_tri names(bool has_a, const struct rv_oci_digest *a,
			     bool has_b, const struct rv_oci_digest *b)
{
	if (!has_a || !has_b || a->alg != b->alg)
		return RV_UNKNOWN;
	return rv_oci_same(a, b) ? RV_SAME : RV_DIFFER;
}

static enum rv_oci_tri blobs(const struct rv_oci_layer *x,
			     const struct rv_oci_layer *y)
{
	enum rv_oci_tri t = tri(x->has_blob, &x->blob, y->has_blob, &y->blob);

	return t != RV_UNKNOWN
		   ? t
		   : names(x->has_named, &x->named, y->has_named, &y->named);
}

static enum rv_oci_tri diffids(const struct rv_oci_layer *x,
			       const struct rv_oci_layer *y)
{
	enum rv_oci_tri t =
	    tri(x->has_diffid, &x->diffid, y->has_diffid, &y->diffid);

	return t != RV_UNKNOWN
		   ? t
		   : names(x->has_said, &x->said, y->has_said, &y->said);
}

static enum rv_oci_tri indexes(const struct rv_oci *a, const struct rv_oci *b)
{
	if (!a->n_index && !b->n_index)
		return RV_UNKNOWN;
	if (a->n_index != b->n_index)
		return a->n_index && b->n_index ? RV_DIFFER : RV_UNKNOWN;
	for (size_t i = 0; i < a->n_index; i++)
		if (!rv_oci_is(&a->index[i], &b->index[i].by[0]))
			return RV_DIFFER;
	return RV_SAME;
}

/* All layers at once: one that is not known leaves the whole unknown. */
static enum rv_oci_tri lists(const struct rv_oci_image *a,
			     const struct rv_oci_image *b,
			     enum rv_oci_kind kind)
{
	enum rv_oci_tri all = RV_SAME;

	if (kind == RV_KIND_LAYERS && (!a->has_manifest || !b->has_manifest))
		return RV_UNKNOWN;
	/* Known to be as many, and still be of another number: they differ. */
	if (a->n_layer != b->n_layer)
		all = RV_DIFFER;
	for (size_t i = 0; i < a->n_layer || i < b->n_layer; i++) {
		static const struct rv_oci_layer none;
		const struct rv_oci_layer *x =
		    i < a->n_layer ? &a->layer[i] : &none;
		const struct rv_oci_layer *y =
		    i < b->n_layer ? &b->layer[i] : &none;
		enum rv_oci_tri t;

		if (x == &none || y == &none)
			break;
		t = kind == RV_KIND_LAYERS ? blobs(x, y)
		    : kind == RV_KIND_DIFFIDS
			? diffids(x, y)
			: tri(x->has_text, &x->text, y->has_text, &y->text);
		if (t == RV_UNKNOWN)
			return RV_UNKNOWN;
		if (t == RV_DIFFER)
			all = RV_DIFFER;
	}
	return all;
}

static void digests(const struct rv_oci *a, const struct rv_oci_image *x,
		    const struct rv_oci *b, const struct rv_oci_image *y,
		    enum rv_oci_tri *k)
{
	k[RV_KIND_ARCHIVE] =
	    tri(a->has_archive, &a->archive, b->has_archive, &b->archive);
	k[RV_KIND_INDEX] = indexes(a, b);
	k[RV_KIND_MANIFEST] = documents(x->has_manifest, &x->manifest,
					y->has_manifest, &y->manifest);
	k[RV_KIND_CONFIG] =
	    documents(x->has_config, &x->config, y->has_config, &y->config);
	k[RV_KIND_LAYERS] = lists(x, y, RV_KIND_LAYERS);
	k[RV_KIND_DIFFIDS] = lists(x, y, RV_KIND_DIFFIDS);
	k[RV_KIND_LAYER] = lists(x, y, RV_KIND_LAYER);
	k[RV_KIND_TREE] = tri(x->has_tree, &x->tree, y->has_tree, &y->tree);
	k[RV_KIND_MEANING] =
	    tri(x->has_meaning, &x->meaning, y->has_meaning, &y->meaning);
	k[RV_KIND_IMAGE] =
	    tri(x->has_image, &x->image, y->has_image, &y->image);
}

/* ---- layers ---- */

static bool layer_finding(struct rv_oci_compared *c, size_t i, const char *what,
			  bool minor, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow where = { 0 }, text = { 0 };

	rv_grow_printf(&where, "layer %zu", i + 1);
	rv_grow_text(&text, what);
	return add(&c->layer, &where, &text, minor, err);
}

static const char *layer_differs(const struct rv_oci_layer *x,
				 const struct rv_oci_layer *y, bool stored)
{
	enum rv_oci_tri diffid = diffids(x, y);
	enum rv_oci_tri text =
	    tri(x->has_text, &x->text, y->has_text, &y->text);

	if (diffid == RV_SAME && stored && blobs(x, y) == RV_DIFFER)
		return x->packing == y->packing
			   ? "the same tar, packed to other bytes"
			   : "the same tar, packed in another way";
	if (diffid != RV_DIFFER)
		return NULL;
	if (text == RV_DIFFER)
		return "other changes";
	if (text == RV_UNKNOWN)
		return "another tar";
	if (memcmp(&x->times, &y->times, sizeof x->times) != 0)
		return "the same changes, with other timestamps";
	if (memcmp(&x->order, &y->order, sizeof x->order) != 0)
		return "the same changes, in another order";
	return "the same changes, in another form of tar";
}

static bool layers(const struct rv_oci_image *x, const struct rv_oci_image *y,
		   struct rv_oci_compared *c, struct rv_err *err)
{
	bool stored = x->has_manifest && y->has_manifest;

	for (size_t i = 0; i < x->n_layer && i < y->n_layer; i++) {
		const char *what =
		    layer_differs(&x->layer[i], &y->layer[i], stored);

		if (what &&
		    !layer_finding(c, i, what,
				   strncmp(what, "the same", 8) == 0, err))
			return false;
	}
	for (size_t i = x->n_layer; i < y->n_layer; i++)
		if (!layer_finding(c, i, "only in the second", false, err))
			return false;
	for (size_t i = y->n_layer; i < x->n_layer; i++)
		if (!layer_finding(c, i, "only in the first", false, err))
			return false;
	return true;
}

/* ---- configs ---- */

static bool show(const rv_json *j, struct rv_grow *to, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_err e = { 0 };

	if (!j) {
		rv_grow_text(to, "absent");
		return true;
	}
	if (!rv_json_canonical(j, &g, &e)) {
		if (!rv_is_fault(&e)) {
			*err = e;
			return false;
		}
		rv_grow_text(&g, "a number that is not whole");
	}
	if (g.failed)
		return rv_no_memory(err, "config");
	rv_grow_add(to, g.buf.p, g.buf.n < VALUE_SHOWN ? g.buf.n : VALUE_SHOWN);
	if (g.buf.n > VALUE_SHOWN)
		rv_grow_text(to, "...");
	return true;
}

static bool same_json(const rv_json *a, const rv_json *b, bool *same,
		      struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow x = { 0 }, y = { 0 };
	struct rv_err e = { 0 };

	*same = false;
	if (!a || !b)
		return true;
	if (!rv_json_canonical(a, &x, &e) || !rv_json_canonical(b, &y, &e)) {
		if (rv_is_fault(&e))
			return true;
		*err = e;
		return false;
	}
	*same = rv_same(rv_buf_span(&x.buf), rv_buf_span(&y.buf));
	return true;
}

/* One member, when it is not the same on both sides. */
static bool member(const char *prefix, const char *key, const rv_json *a,
		   const rv_json *b, struct rv_oci_compared *c,
		   struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow where = { 0 }, what = { 0 };
	bool platform = strcmp(key, "os") == 0 || strcmp(key, "variant") == 0 ||
			strcmp(key, "architecture") == 0;
	bool minor = *prefix ? !rv_config_keeps_run(key, a) &&
				   !rv_config_keeps_run(key, b)
			     : !rv_config_keeps(key) && !platform;
	bool same;

	if (!same_json(a, b, &same, err))
		return false;
	if (same)
		return true;
	rv_grow_printf(&where, "%s%s", prefix, key);
	if (!show(a, &what, err))
		return false;
	rv_grow_text(&what, " | ");
	if (!show(b, &what, err))
		return false;
	return add(&c->config, &where, &what, minor, err);
}

/* Members of @a first, then those that only @b has. */
static bool members(const char *prefix, const rv_json *a, const rv_json *b,
		    struct rv_oci_compared *c, struct rv_err *err)
{
	const rv_json *value;
	const char *key;
	void *iter = NULL;

	while (rv_json_next(a, &iter, &key, &value)) {
		const rv_json *other = rv_json_get(b, key);

		/* Its diff_ids are the layers, which have findings of theirs.
		 */
		if (!*prefix && strcmp(key, "rootfs") == 0 &&
		    c->kind[RV_KIND_DIFFIDS] == RV_DIFFER)
			continue;
		if (!*prefix && strcmp(key, "config") == 0 &&
		    rv_json_is_object(value) && rv_json_is_object(other)) {
			if (!members("config.", value, other, c, err))
				return false;
		} else if (!member(prefix, key, value, other, c, err)) {
			return false;
		}
	}
	iter = NULL;
	while (rv_json_next(b, &iter, &key, &value))
		if (!rv_json_get(a, key) &&
		    !member(prefix, key, NULL, value, c, err))
			return false;
	return true;
}

static bool configs(const struct rv_oci_image *x, const struct rv_oci_image *y,
		    struct rv_oci_compared *c, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *a = NULL;
	RV_AUTO(rv_json_free) rv_json *b = NULL;

	if (c->kind[RV_KIND_CONFIG] != RV_DIFFER)
		return true;
	return rv_json_parse(rv_buf_span(&x->config_json), "config", &a, err) &&
	       rv_json_parse(rv_buf_span(&y->config_json), "config", &b, err) &&
	       members("", a, b, c, err);
}

/* ---- files: two sorted texts, line by line ---- */

struct line {
	struct rv_span all, field[FIELDS], xattrs;
};

static bool next_line(struct rv_span *text, struct line *out)
{
	struct rv_span l;

	if (!rv_line(text, &l))
		return false;
	*out = (struct line){ .all = l };
	for (size_t i = 0; i < FIELDS; i++) {
		const uint8_t *blank = l.n ? memchr(l.p, ' ', l.n) : NULL;
		size_t n = blank ? (size_t)(blank - l.p) : l.n;

		out->field[i] = rv_span(l.p, n);
		l = blank ? rv_span(l.p + n + 1, l.n - n - 1)
			  : rv_span(NULL, 0);
	}
	out->xattrs = l;
	return true;
}

/* Escaped paths sort otherwise than the bytes they stand for. */
static size_t unescape(struct rv_span s, uint8_t *out)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '\\' && s.n - i >= 4 &&
		    rv_unhex(rv_span(s.p + i + 2, 2), &c, 1))
			i += 3;
		out[n++] = c;
	}
	return n;
}

static int line_order(const struct line *a, const struct line *b)
{
	uint8_t x[LAYER_PATH_MAX + 2], y[LAYER_PATH_MAX + 2];

	return rv_path_order(rv_span(x, unescape(a->field[0], x)),
			     rv_span(y, unescape(b->field[0], y)));
}

static bool file_finding(struct rv_oci_compared *c, const struct line *l,
			 struct rv_grow *what, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow where = { 0 };

	rv_grow_add(&where, l->field[0].p, l->field[0].n);
	return add(&c->file, &where, what, false, err);
}

static bool one_side(struct rv_oci_compared *c, const struct line *l,
		     const char *text, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow what = { 0 };

	rv_grow_text(&what, text);
	return file_finding(c, l, &what, err);
}

static void field(struct rv_oci_compared *c, struct rv_grow *what,
		  const char *name, unsigned bit, struct rv_span a,
		  struct rv_span b)
{
	if (rv_same(a, b))
		return;
	c->fields |= bit;
	rv_grow_printf(what, "%s%s ", what->buf.n ? "; " : "", name);
	rv_grow_add(what, a.p, a.n < VALUE_SHOWN ? a.n : VALUE_SHOWN);
	rv_grow_text(what, " | ");
	rv_grow_add(what, b.p, b.n < VALUE_SHOWN ? b.n : VALUE_SHOWN);
}

static bool both_sides(struct rv_oci_compared *c, const struct line *a,
		       const struct line *b, struct rv_err *err)
{
	static const struct {
		const char *name;
		unsigned bit;
	} f[FIELDS] = {
		{ "path", 0 },
		{ "type", RV_FIELD_TYPE },
		{ "mode", RV_FIELD_MODE },
		{ "uid", RV_FIELD_OWNER },
		{ "gid", RV_FIELD_OWNER },
		{ "size", RV_FIELD_CONTENT },
		{ "content", RV_FIELD_CONTENT },
	};
	RV_AUTO(rv_grow_free) struct rv_grow what = { 0 };

	if (rv_same(a->all, b->all))
		return true;
	c->changed++;
	for (size_t i = 1; i < FIELDS; i++)
		field(c, &what, f[i].name, f[i].bit, a->field[i], b->field[i]);
	field(c, &what, "xattrs", RV_FIELD_XATTR, a->xattrs, b->xattrs);
	return file_finding(c, a, &what, err);
}

static bool files(const struct rv_oci_image *x, const struct rv_oci_image *y,
		  struct rv_oci_compared *c, struct rv_err *err)
{
	struct rv_span s = rv_buf_span(&x->tree_text);
	struct rv_span t = rv_buf_span(&y->tree_text);
	struct line a, b;
	bool more_a, more_b;

	if (c->kind[RV_KIND_TREE] != RV_DIFFER || !s.n || !t.n)
		return true;
	/* The first line of each is the heading. */
	more_a = next_line(&s, &a) && next_line(&s, &a);
	more_b = next_line(&t, &b) && next_line(&t, &b);
	while (more_a || more_b) {
		int d = !more_a ? 1 : !more_b ? -1 : line_order(&a, &b);

		if (d < 0) {
			c->removed++;
			if (!one_side(c, &a, "only in the first", err))
				return false;
		} else if (d > 0) {
			c->added++;
			if (!one_side(c, &b, "only in the second", err))
				return false;
		} else if (!both_sides(c, &a, &b, err)) {
			return false;
		}
		if (d <= 0)
			more_a = next_line(&s, &a);
		if (d >= 0)
			more_b = next_line(&t, &b);
	}
	return true;
}

/* ---- the platform, and what has none ---- */

/* Two configs that say the same, or as little, of what they run on. */
static bool as_little(const struct rv_oci_image *x,
		      const struct rv_oci_image *y, enum rv_oci_tri *out,
		      struct rv_err *err)
{
	static const char *const key[] = { "os", "architecture", "variant" };
	RV_AUTO(rv_json_free) rv_json *a = NULL;
	RV_AUTO(rv_json_free) rv_json *b = NULL;

	if (!rv_json_parse(rv_buf_span(&x->config_json), "config", &a, err) ||
	    !rv_json_parse(rv_buf_span(&y->config_json), "config", &b, err))
		return false;
	*out = RV_SAME;
	for (size_t i = 0; i < RV_LEN(key); i++) {
		const rv_json *u = rv_json_get(a, key[i]);
		const rv_json *v = rv_json_get(b, key[i]);

		if ((u && !rv_json_is_string(u)) ||
		    (v && !rv_json_is_string(v)) ||
		    !rv_same(rv_json_text(u), rv_json_text(v)))
			*out = RV_UNKNOWN;
	}
	return true;
}

static bool platforms(const struct rv_oci_image *x,
		      const struct rv_oci_image *y, struct rv_oci_compared *c,
		      struct rv_err *err)
{
	enum rv_oci_tri *k = c->kind;

	if (x->platform && y->platform)
		c->platform =
		    strcmp(x->platform, y->platform) == 0 ? RV_SAME : RV_DIFFER;
	else if (!x->platform && !y->platform && x->config_json.n &&
		 y->config_json.n && !as_little(x, y, &c->platform, err))
		return false;
	/* Without a platform no digest: but the parts of it may be known. */
	if (k[RV_KIND_IMAGE] != RV_UNKNOWN || (x->platform && y->platform))
		return true;
	if (k[RV_KIND_TREE] == RV_DIFFER || k[RV_KIND_MEANING] == RV_DIFFER)
		k[RV_KIND_IMAGE] = RV_DIFFER;
	else if (k[RV_KIND_TREE] == RV_SAME && k[RV_KIND_MEANING] == RV_SAME &&
		 c->platform == RV_SAME)
		k[RV_KIND_IMAGE] = RV_SAME;
	return true;
}

bool rv_oci_compare(const struct rv_oci *a, const struct rv_oci_image *ai,
		    const struct rv_oci *b, const struct rv_oci_image *bi,
		    struct rv_oci_compared *out, struct rv_err *err)
{
	RV_AUTO(rv_oci_compared_free) struct rv_oci_compared c = { 0 };

	digests(a, ai, b, bi, c.kind);
	if (!platforms(ai, bi, &c, err) || !layers(ai, bi, &c, err) ||
	    !configs(ai, bi, &c, err) || !files(ai, bi, &c, err))
		return false;
	*out = RV_TAKE(c);
	return true;
}

/* ---- which images belong beside each other ---- */

/* A name says what an image is for; then the digests say what it is. */
enum sign { SAME_TAG, SAME_MANIFEST, SAME_CONFIG, SAME_PLATFORM, SIGNS };

static bool same_text(const char *a, const char *b)
{
	return a && b && strcmp(a, b) == 0;
}

static bool belong(const struct rv_oci_image *a, const struct rv_oci_image *b,
		   enum sign sign)
{
	switch (sign) {
	case SAME_MANIFEST:
		return documents(a->has_manifest, &a->manifest, b->has_manifest,
				 &b->manifest) == RV_SAME;
	case SAME_CONFIG:
		return documents(a->has_config, &a->config, b->has_config,
				 &b->config) == RV_SAME;
	case SAME_TAG:
		return same_text(a->platform, b->platform) &&
		       rv_oci_same_tag(a, b);
	default:
		return same_text(a->platform, b->platform);
	}
}

bool rv_oci_pairs(const struct rv_oci *a, const struct rv_oci *b, size_t *pair,
		  struct rv_err *err)
{
	RV_AUTO(rv_free) bool *taken = calloc(b->n_image + 1, sizeof *taken);

	if (!taken)
		return rv_no_memory(err, "images");
	for (size_t i = 0; i < a->n_image; i++)
		pair[i] = SIZE_MAX;
	if (a->n_image == 1 && b->n_image == 1) {
		pair[0] = 0;
		return true;
	}
	for (enum sign sign = SAME_TAG; sign < SIGNS; sign++)
		for (size_t i = 0; i < a->n_image; i++)
			for (size_t k = 0;
			     k < b->n_image && pair[i] == SIZE_MAX; k++) {
				if (taken[k] ||
				    !belong(&a->image[i], &b->image[k], sign))
					continue;
				pair[i] = k;
				taken[k] = true;
			}
	return true;
}
