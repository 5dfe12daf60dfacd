/* SPDX-License-Identifier: Apache-2.0 */
/*
 * changes.c - what one layer's tar does to the file system below it: paths in
 * normal form, whiteouts recognised by name, every path at most once
 * (image-spec, layer.md: "Change Types", "Whiteouts").
 */
#include "layer.h"
#include "ustar.h"
#include "digest.h"

#include <inttypes.h>
#include <stdlib.h>

enum { ARENA_BLOCK = 256 << 10, FIRST_CHANGES = 64 };

struct rv_pool_block {
	struct rv_pool_block *next;
	uint8_t bytes[];
};

uint8_t *rv_pool_take(struct rv_pool *a, size_t n)
{
	uint8_t *p;

	/* Changes and nodes live here too: keep them aligned. */
	n = (n + 7) & ~(size_t)7;
	/* Even nothing lies in a block: NULL means that memory ran out. */
	if (!a->block || n > a->room - a->used) {
		size_t room = n > ARENA_BLOCK ? n : ARENA_BLOCK;
		struct rv_pool_block *b = malloc(sizeof *b + room);

		if (!b)
			return NULL;
		b->next = a->block;
		a->block = b;
		a->used = 0;
		a->room = room;
	}
	p = a->block->bytes + a->used;
	a->used += n;
	return p;
}

void rv_pool_free(struct rv_pool *a)
{
	while (a->block) {
		struct rv_pool_block *next = a->block->next;

		free(a->block);
		a->block = next;
	}
	*a = (struct rv_pool){ 0 };
}

/* A copy of @s that lives as long as the layer. */
static bool keep(struct rv_pool *a, struct rv_span s, struct rv_span *out,
		 struct rv_err *err)
{
	uint8_t *p = rv_pool_take(a, s.n);

	if (!p)
		return rv_no_memory(err, "layer");
	if (s.n)
		memcpy(p, s.p, s.n);
	*out = rv_span(p, s.n);
	return true;
}

/* Split at '/', drop "" and ".", refuse ".."; join again, without ends. */
static bool normal(struct rv_pool *a, struct rv_span name, struct rv_span *out,
		   struct rv_err *err)
{
	uint8_t *p = rv_pool_take(a, name.n);
	size_t at = 0, n = 0;

	if (!p)
		return rv_no_memory(err, "layer");
	while (at < name.n) {
		const uint8_t *slash = memchr(name.p + at, '/', name.n - at);
		size_t end = slash ? (size_t)(slash - name.p) : name.n;
		struct rv_span part = rv_span(name.p + at, end - at);

		at = end + 1;
		if (!part.n || rv_same_text(part, "."))
			continue;
		if (rv_same_text(part, ".."))
			return rv_fault(err, "E_PATH_DOTDOT",
					"%.*s leads out of its"
					" directory",
					(int)(name.n < 200 ? name.n : 200),
					(const char *)name.p);
		if (part.n > LAYER_NAME_MAX)
			return rv_fault(err, "E_PATH_LONG",
					"a name of %zu bytes", part.n);
		if (n)
			p[n++] = '/';
		memcpy(p + n, part.p, part.n);
		n += part.n;
	}
	if (n > LAYER_PATH_MAX)
		return rv_fault(err, "E_PATH_LONG", "a path of %zu bytes", n);
	*out = rv_span(p, n);
	return true;
}

static int by_name(const void *a, const void *b)
{
	const struct ustar_xattr *x = a, *y = b;

	return rv_path_order(x->name, y->name);
}

/*
 * Linux, overlayfs.rst: an overlay keeps its marks in trusted.overlay., or in
 * user.overlay. where it is mounted with userxattr; fuse-overlayfs has its own.
 * A layer that brings such a mark hides what is below or shows it elsewhere, in
 * engines that set it. user. is for files and directories only (xattr(7)): an
 * engine cannot set it elsewhere. In pax, no value is also the end of a record.
 */
static bool same_everywhere(const struct ustar_xattr *x, char type,
			    struct rv_err *err)
{
	static const char *const marks[] = { "trusted.overlay.",
					     "user.overlay.",
					     "user.fuseoverlayfs.",
					     "user.containers." };
	struct rv_span name = x->name;
	int n = (int)(name.n < 100 ? name.n : 100);

	for (size_t i = 0; i < RV_LEN(marks); i++)
		if (rv_starts(name, rv_text(marks[i])))
			return rv_fault(err, "E_XATTR_OVERLAY",
					"%.*s steers the file system that"
					" stacks layers: some engines obey it,"
					" some do not",
					n, (const char *)name.p);
	if (rv_starts(name, rv_text("trusted.")))
		return rv_fault(err, "E_XATTR_TRUSTED",
				"%.*s: some engines set it, some leave it out",
				n, (const char *)name.p);
	if (!x->value.n)
		return rv_fault(err, "E_XATTR_EMPTY",
				"%.*s without a value: some engines set it,"
				" some do not",
				n, (const char *)name.p);
	if (rv_starts(name, rv_text("user.")) && !strchr("fdh", type))
		return rv_fault(err, "E_XATTR_USER",
				"%.*s of what is neither a file nor a"
				" directory: some engines refuse the image,"
				" some leave it out",
				n, (const char *)name.p);
	return true;
}

/* " NAME=HEX" for each, sorted by name. */
static bool xattrs(struct layer *l, const struct ustar_entry *e, char type,
		   struct rv_span *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct ustar_xattr x[USTAR_XATTRS_MAX];

	if (!e->n_xattr)
		return true;
	memcpy(x, e->xattr, e->n_xattr * sizeof *x);
	qsort(x, e->n_xattr, sizeof *x, by_name);
	for (size_t i = 0; i < e->n_xattr; i++) {
		if (!same_everywhere(&x[i], type, err))
			return false;
		rv_grow_u8(&g, ' ');
		rv_tree_field(&g, x[i].name);
		rv_grow_u8(&g, '=');
		for (size_t k = 0; k < x[i].value.n; k++)
			rv_grow_printf(&g, "%02x", x[i].value.p[k]);
	}
	if (g.failed)
		return rv_no_memory(err, "layer");
	return keep(&l->arena, rv_buf_span(&g.buf), out, err);
}

/*
 * ".wh..wh..opq" empties its directory, ".wh.NAME" removes NAME; what else
 * starts with ".wh..wh." belongs to one storage driver, and means nothing.
 * *drop: no change at all.
 */
static bool whiteout(struct layer *l, struct change *c, bool *drop,
		     struct rv_err *err)
{
	size_t dir = rv_path_parent(c->path).n;
	size_t start = dir ? dir + 1 : 0;
	struct rv_span name = rv_span(c->path.p + start, c->path.n - start);
	struct rv_span part = c->path, rest;

	/* Nothing can be below a name that stands for something missing. */
	for (size_t i = 0; i + 4 <= dir; i++)
		if ((i == 0 || part.p[i - 1] == '/') &&
		    memcmp(part.p + i, ".wh.", 4) == 0)
			return rv_fault(err, "E_WHITEOUT_PARENT",
					"an entry below a"
					" whiteout");
	if (!rv_sub(name, 4, name.n - (name.n < 4 ? name.n : 4), &rest) ||
	    memcmp(name.p, ".wh.", 4) != 0)
		return true;
	if (!rest.n)
		return rv_fault(err, "E_WHITEOUT_EMPTY",
				"a whiteout without a name");
	if (rv_same_text(rest, ".") || rv_same_text(rest, ".."))
		return rv_fault(err, "E_WHITEOUT_DOT", "a whiteout of %s",
				rest.n == 1 ? "." : "..");
	if (c->type != 'f' || c->size)
		l->seen |= RV_SAW_WHITEOUT_TYPE;
	if (rv_same_text(rest, ".wh..opq")) {
		*c = (struct change){ .type = 'o',
				      .path = rv_span(c->path.p, dir) };
	} else if (rest.n >= 4 && memcmp(rest.p, ".wh.", 4) == 0) {
		l->seen |= RV_SAW_WHITEOUT_OTHER;
		*drop = true;
	} else {
		struct rv_span p;
		uint8_t *q = rv_pool_take(&l->arena, start + rest.n);

		if (!q)
			return rv_no_memory(err, "layer");
		if (start)
			memcpy(q, c->path.p, start);
		memcpy(q + start, rest.p, rest.n);
		p = rv_span(q, start + rest.n);
		*c = (struct change){ .type = 'w', .path = p };
	}
	return true;
}

/*
 * What Linux cannot keep, engines hand to it all the same, and it takes
 * another: chown(2) has -1 for "as it is", and 32 bits; a device 12 and 20.
 * Device 0,0 is an overlay's own whiteout, as it lies in a directory of a
 * layer.
 */
static bool can_be(const struct ustar_entry *e, char type, struct rv_err *err)
{
	const uint64_t owners = 0xfffffffe, majors = 0xfff, minors = 0xfffff;

	if (e->uid > owners || e->gid > owners)
		return rv_fault(err, "E_TAR_NUMBER",
				"owner %" PRIu64 ", group %" PRIu64
				": no file has one above %" PRIu64,
				e->uid, e->gid, owners);
	if (type != 'b' && type != 'c')
		return true;
	if (e->major > majors || e->minor > minors)
		return rv_fault(err, "E_TAR_NUMBER",
				"a device %" PRIu64 ",%" PRIu64
				": Linux has none above %" PRIu64 ",%" PRIu64
				", and takes another",
				e->major, e->minor, majors, minors);
	if (type == 'c' && !e->major && !e->minor)
		return rv_fault(err, "E_WHITEOUT_DEVICE",
				"a device 0,0: engines that stack layers take"
				" it for a whiteout, others make it");
	return true;
}

/* Header to change: all but the content. */
static bool translate(struct layer *l, const struct ustar_entry *e,
		      struct change *c, struct rv_err *err)
{
	static const char types[] = "fhlcbdp"; /* of '0' to '6' */

	*c = (struct change){ .type = types[e->type - '0'],
			      .mode = e->mode & 07777,
			      .uid = e->uid,
			      .gid = e->gid,
			      .size = e->size,
			      .major = (uint32_t)e->major,
			      .minor = (uint32_t)e->minor };
	for (size_t i = 0; i < e->mtime.n; i++)
		c->time = (c->time ^ e->mtime.p[i]) * 0x100000001b3u;
	if (!normal(&l->arena, e->name, &c->path, err))
		return false;
	if (!c->path.n && c->type != 'd')
		return rv_fault(err, "E_PATH_EMPTY", "an entry without a name");
	if (!can_be(e, c->type, err))
		return false;
	if (c->type == 'h') {
		if (e->link.n && e->link.p[0] == '/')
			l->seen |= RV_SAW_LINK_ABSOLUTE;
		if (!normal(&l->arena, e->link, &c->link, err))
			return false;
	} else if (c->type == 'l') {
		c->mode = 0777;
		if (!e->link.n)
			return rv_fault(err, "E_LINK_TARGET",
					"a symbolic link to"
					" nothing");
		if (e->link.n > LAYER_PATH_MAX)
			return rv_fault(err, "E_PATH_LONG",
					"a symbolic link to a path of %zu"
					" bytes",
					e->link.n);
		if (!keep(&l->arena, e->link, &c->link, err))
			return false;
	}
	return xattrs(l, e, c->type, &c->xattrs, err);
}

static bool content(struct ustar *t, struct rv_digest *d, struct change *c,
		    struct rv_err *err)
{
	struct rv_span b = { 0 };

	do {
		if (!rv_ustar_data(t, &b, err) ||
		    (b.n && !rv_digest_add(d, b.p, b.n, err)))
			return false;
	} while (b.n);
	return rv_digest_end(d, c->sum.b, err);
}

static bool append(struct layer *l, const struct change *c, size_t *room,
		   struct rv_err *err)
{
	if (l->n == *room) {
		size_t more = *room ? *room * 2 : FIRST_CHANGES;
		struct change *p = realloc(l->change, more * sizeof *p);

		if (!p)
			return rv_no_memory(err, "layer");
		l->change = p;
		*room = more;
	}
	if (l->n == LAYER_CHANGES_MAX)
		return rv_fault(err, "E_TAR_ENTRIES", "more than %d entries",
				LAYER_CHANGES_MAX);
	l->change[l->n++] = *c;
	return true;
}

/* 'o', then 'w', then what the path is. */
static int rank(const struct change *c)
{
	return c->type == 'o' ? 0 : c->type == 'w' ? 1 : 2;
}

static int by_path(const void *a, const void *b)
{
	const struct change *const *x = a, *const *y = b;
	int d = rv_path_order((*x)->path, (*y)->path);

	return d ? d : rank(*x) - rank(*y);
}

static bool sort(struct layer *l, struct rv_err *err)
{
	if (!l->n)
		return true;
	l->sorted = calloc(l->n, sizeof(const struct change *));
	if (!l->sorted)
		return rv_no_memory(err, "layer");
	for (size_t i = 0; i < l->n; i++)
		l->sorted[i] = &l->change[i];
	qsort(l->sorted, l->n, sizeof *l->sorted, by_path);
	for (size_t i = 1; i < l->n; i++)
		if (by_path(&l->sorted[i - 1], &l->sorted[i]) == 0)
			return rv_fault(err, "E_DUPLICATE",
					"%.*s is there twice",
					(int)l->sorted[i]->path.n,
					(const char *)l->sorted[i]->path.p);
	return true;
}

static bool collect(struct ustar *t, struct layer *l, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	size_t room = 0;

	if (!rv_digest_new(RV_SHA256, &d, err))
		return false;
	for (;;) {
		struct ustar_entry e;
		struct change c;
		bool end, drop = false;

		if (!rv_ustar_next(t, &end, &e, err))
			return false;
		if (end)
			return true;
		if (!translate(l, &e, &c, err) || !whiteout(l, &c, &drop, err))
			return rv_fault_in(
			    err, "entry %zu, \"%.*s\"", l->n + 1,
			    (int)(e.name.n < 100 ? e.name.n : 100),
			    (const char *)e.name.p);
		if (drop)
			continue;
		if (c.type == 'f' && !content(t, d, &c, err))
			return rv_fault_in(
			    err, "entry %zu, \"%.*s\"", l->n + 1,
			    (int)(e.name.n < 100 ? e.name.n : 100),
			    (const char *)e.name.p);
		if (!append(l, &c, &room, err))
			return false;
	}
}

/* What of a tar is no content, to tell why two tars differ. */
static bool circumstances(struct layer *l, struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *order = NULL, *times = NULL;

	if (!rv_digest_new(RV_SHA256, &order, err) ||
	    !rv_digest_new(RV_SHA256, &times, err))
		return false;
	for (size_t i = 0; i < l->n; i++) {
		const struct change *c = &l->change[i];

		if (!rv_digest_add(order, c->path.p, c->path.n, err) ||
		    !rv_digest_add(order, &c->type, 1, err) ||
		    !rv_digest_add(times, &l->sorted[i]->time, sizeof c->time,
				   err))
			return false;
	}
	return rv_digest_end(order, l->order.b, err) &&
	       rv_digest_end(times, l->times.b, err);
}

bool rv_layer_changes(struct rv_stream tar, uint64_t max, struct layer *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_ustar_free) struct ustar *t = NULL;
	bool ok;

	if (!rv_ustar_new(tar, NULL, &t, err))
		return false;
	rv_ustar_bound_holes(t, max);
	rv_ustar_may_end(t);
	ok = collect(t, out, err);
	out->seen |= rv_ustar_seen(t);
	return ok && sort(out, err) && rv_layer_agreed(out, err) &&
	       circumstances(out, err) &&
	       rv_layer_text(out, NULL, &out->text, err);
}
