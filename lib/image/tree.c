/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.c - apply layers (docs/FORMATS.md, "refval-tree 1"). The paths are kept
 * in one balanced tree in the order of their bytes, where a directory's
 * content is one range; it is an AA tree (A. Andersson, 1993), so that no
 * choice of names by whoever made the image makes it slow.
 */
#include "tree.h"

#include <stdlib.h>

/* What a path has that no entry described. */
static const struct change implied = { .type = 'd', .mode = 0755 };

void rv_tree_free(struct tree *t)
{
	rv_pool_free(&t->arena);
	*t = (struct tree){ 0 };
}

/* ---- the balanced tree ---- */

static struct node *skew(struct node *n)
{
	struct node *l = n ? n->kid[0] : NULL;

	if (!l || l->level != n->level)
		return n;
	n->kid[0] = l->kid[1];
	l->kid[1] = n;
	return l;
}

static struct node *split(struct node *n)
{
	struct node *r = n ? n->kid[1] : NULL;

	if (!r || !r->kid[1] || r->kid[1]->level != n->level)
		return n;
	n->kid[1] = r->kid[0];
	r->kid[0] = n;
	r->level++;
	return r;
}

/* Depth is at most twice the logarithm of the count: recursion is safe. */
static struct node *insert(struct node *at, struct node *new)
{
	int d;

	if (!at)
		return new;
	d = rv_path_order(new->path, at->path);
	at->kid[d > 0] = insert(at->kid[d > 0], new);
	return split(skew(at));
}

static struct node *rebalance(struct node *n)
{
	unsigned l = n->kid[0] ? n->kid[0]->level : 0;
	unsigned r = n->kid[1] ? n->kid[1]->level : 0;

	if (l + 1 >= n->level && r + 1 >= n->level)
		return n;
	n->level--;
	if (r > n->level)
		n->kid[1]->level = n->level;
	n = skew(n);
	if (n->kid[1]) {
		n->kid[1] = skew(n->kid[1]);
		if (n->kid[1]->kid[1])
			n->kid[1]->kid[1] = skew(n->kid[1]->kid[1]);
	}
	n = split(n);
	if (n->kid[1])
		n->kid[1] = split(n->kid[1]);
	return n;
}

/* Take the smallest node off @at. */
static struct node *take_first(struct node *at, struct node **first)
{
	if (!at->kid[0]) {
		*first = at;
		return at->kid[1];
	}
	at->kid[0] = take_first(at->kid[0], first);
	return rebalance(at);
}

static struct node *take(struct node *at, struct rv_span path,
			 struct node **taken)
{
	int d;

	if (!at)
		return NULL;
	d = rv_path_order(path, at->path);
	if (d) {
		at->kid[d > 0] = take(at->kid[d > 0], path, taken);
	} else {
		struct node *next;

		*taken = at;
		if (!at->kid[0] || !at->kid[1])
			return at->kid[!at->kid[0]];
		at->kid[1] = take_first(at->kid[1], &next);
		next->kid[0] = at->kid[0];
		next->kid[1] = at->kid[1];
		next->level = at->level;
		at = next;
	}
	return rebalance(at);
}

static struct node *find(const struct tree *t, struct rv_span path)
{
	struct node *n = t->root;
	int d;

	while (n && (d = rv_path_order(path, n->path)) != 0)
		n = n->kid[d > 0];
	return n;
}

/* Is @path below @dir? Everything but / itself is below /. */
static bool below(struct rv_span path, struct rv_span dir)
{
	if (!dir.n)
		return path.n > 0;
	return path.n > dir.n && path.p[dir.n] == '/' &&
	       memcmp(path.p, dir.p, dir.n) == 0;
}

/* How @path lies to the range of what is below @dir: <0, 0 in it, >0. */
static int against(struct rv_span path, struct rv_span dir)
{
	struct rv_span head = path;
	int d;

	if (below(path, dir))
		return 0;
	if (path.n > dir.n)
		head.n = dir.n;
	d = rv_path_order(head, dir);
	if (d)
		return d;
	/* It starts with dir: dir itself, "dir-x" or "dirx". */
	return path.n == dir.n ? -1 : path.p[dir.n] < '/' ? -1 : 1;
}

/* Any node below @dir, or NULL. */
static struct node *any_below(const struct tree *t, struct rv_span dir)
{
	struct node *n = t->root;
	int d;

	while (n && (d = against(n->path, dir)) != 0)
		n = n->kid[d < 0];
	return n;
}

static void drop(struct tree *t, struct rv_span path)
{
	struct node *n = NULL;

	t->root = take(t->root, path, &n);
	if (n) {
		n->kid[0] = t->spare;
		t->spare = n;
		t->n--;
	}
}

static bool add(struct tree *t, struct rv_span path, struct inode *inode,
		struct rv_err *err)
{
	struct node *n = t->spare;

	if (n)
		t->spare = n->kid[0];
	else
		n = (struct node *)(void *)rv_pool_take(&t->arena, sizeof *n);
	if (!n)
		return rv_no_memory(err, "tree");
	*n = (struct node){ .path = path, .inode = inode, .level = 1 };
	t->root = insert(t->root, n);
	t->n++;
	return true;
}

static bool new_inode(struct tree *t, const struct change *c,
		      struct inode **out, struct rv_err *err)
{
	struct inode *i =
	    (struct inode *)(void *)rv_pool_take(&t->arena, sizeof *i);

	if (!i)
		return rv_no_memory(err, "tree");
	*i = (struct inode){ .c = c };
	*out = i;
	return true;
}

/* ---- layers ---- */

static void drop_below(struct tree *t, struct rv_span dir)
{
	for (struct node *n = any_below(t, dir); n; n = any_below(t, dir))
		drop(t, n->path);
}

static bool fault(struct rv_err *err, const char *code, const char *what,
		  struct rv_span path)
{
	return rv_fault(err, code, "/%.*s: %s",
			(int)(path.n < 200 ? path.n : 200),
			(const char *)path.p, what);
}

static bool in_layer(const struct layer *l, const struct change *c)
{
	return c >= l->change && c < l->change + l->n;
}

/*
 * Engines that stack layers make a directory that the layer does not describe,
 * as plain ones are, and it hides the attributes of the one below.
 */
static bool kept(const struct layer *l, const struct node *n,
		 struct rv_err *err)
{
	const struct change *c = n->inode->c;

	if ((c->mode == implied.mode && !c->uid && !c->gid && !c->xattrs.n) ||
	    in_layer(l, c) || rv_layer_entry(l, n->path))
		return true;
	return fault(err, "E_PARENT_ATTRIBUTES",
		     "a directory with a mode, owner or attributes of its own,"
		     " of which this layer has the content and no entry: some"
		     " engines keep them, some do not",
		     n->path);
}

/*
 * The directories above @path. Some runtimes follow a symbolic link there and
 * some replace it, so neither is right. *here: all of them exist.
 */
static bool parents(const struct tree *t, const struct layer *l,
		    struct rv_span path, bool *here, struct rv_err *err)
{
	*here = true;
	for (struct rv_span p = rv_path_parent(path); p.n;
	     p = rv_path_parent(p)) {
		const struct node *n = find(t, p);

		if (!n)
			*here = false;
		else if (n->inode->c->type == 'l')
			return fault(err, "E_PARENT_SYMLINK",
				     "a directory above it is a symbolic link",
				     path);
		else if (n->inode->c->type != 'd')
			return fault(err, "E_PARENT_NOTDIR",
				     "what is above it is no directory", path);
		else if (!kept(l, n, err))
			return false;
	}
	return true;
}

static bool add_parents(struct tree *t, struct rv_span path, struct rv_err *err)
{
	for (struct rv_span p = rv_path_parent(path);; p = rv_path_parent(p)) {
		struct inode *i = NULL;

		if (find(t, p))
			return true;
		if (!new_inode(t, &implied, &i, err) || !add(t, p, i, err))
			return false;
		if (!p.n)
			return true;
	}
}

/*
 * An opaque whiteout in what was no directory: sound where the layer made a
 * directory of it before, as "rm x && mkdir x" does.
 */
static bool replaced(const struct layer *l, const struct change *mark)
{
	const struct change *c = rv_layer_entry(l, mark->path);

	return c && c->type == 'd' && c < mark;
}

static bool empty_one(struct tree *t, const struct layer *l,
		      const struct change *c, struct rv_err *err)
{
	const struct node *n = find(t, c->path);

	if (n && n->inode->c->type != 'd') {
		if (!replaced(l, c))
			return fault(err,
				     n->inode->c->type == 'l'
					 ? "E_PARENT_SYMLINK"
					 : "E_PARENT_NOTDIR",
				     "an opaque whiteout in what is no"
				     " directory",
				     c->path);
		drop(t, c->path);
		return true;
	}
	if (n && n->path.n && !kept(l, n, err))
		return false;
	drop_below(t, c->path);
	return true;
}

/* Whiteouts act on what is below the layer, whatever their position in it. */
static bool remove_one(struct tree *t, const struct layer *l,
		       const struct change *c, struct rv_err *err)
{
	const struct node *was;
	const struct change *new;
	bool here;

	if (!parents(t, l, c->path, &here, err))
		return false;
	if (c->type == 'o')
		return empty_one(t, l, c, err);
	was = find(t, c->path);
	new = rv_layer_entry(l, c->path);
	if (was && was->inode->c->type == 'd' && new &&new->type == 'd')
		return fault(err, "E_WHITEOUT_PRESENT",
			     "one layer removes a directory and has it:"
			     " engines that stack layers keep what was in it,"
			     " those that unpack them one over the other do"
			     " not",
			     c->path);
	if (!was)
		t->seen |= RV_SAW_WHITEOUT_NOTHING;
	drop_below(t, c->path);
	drop(t, c->path);
	return true;
}

/*
 * Engines that stack layers make the directory that a mark is in, others do
 * not; and in a directory that is in one layer only they show the name of what
 * is removed. So before the entries of the layer, and after all its marks, the
 * directory of a whiteout is there; that of an opaque one is in the end.
 */
static bool mark_has_place(const struct tree *t, const struct change *c,
			   struct rv_err *err)
{
	const struct node *n =
	    find(t, c->type == 'o' ? c->path : rv_path_parent(c->path));

	if (n && n->inode->c->type == 'd')
		return true;
	return fault(err, "E_WHITEOUT_NOWHERE",
		     "a whiteout in a directory that the layers below do not"
		     " have: engines that stack layers show what others do"
		     " not",
		     c->path);
}

/*
 * Engines set what the header of a hard link says, or keep what its target
 * has: both must be the same. A header without attributes sets none.
 */
static bool same_file(const struct change *target, const struct change *c)
{
	return c->mode == target->mode && c->uid == target->uid &&
	       c->gid == target->gid &&
	       (!c->xattrs.n || rv_same(c->xattrs, target->xattrs));
}

static bool link_to(struct tree *t, const struct layer *l,
		    const struct change *c, struct inode **out,
		    struct rv_err *err)
{
	const struct node *n = find(t, c->link);

	if (!n)
		return fault(err, "E_LINK_TARGET",
			     "a hard link to what is not there (yet)", c->path);
	if (n->inode->c->type == 'd')
		return fault(err, "E_LINK_DIR", "a hard link to a directory",
			     c->path);
	if (!in_layer(l, n->inode->c))
		return fault(err, "E_LINK_LOWER",
			     "a hard link to a file of a layer below: some"
			     " engines find it there, others refuse the image",
			     c->path);
	if (!same_file(n->inode->c, c))
		return fault(err, "E_LINK_ATTRIBUTES",
			     "a hard link with another mode, owner or"
			     " attributes than its file: some engines set them,"
			     " some do not",
			     c->path);
	*out = n->inode;
	return true;
}

/* The next of " NAME=HEX"..., as the line of a path ends with them. */
static bool next_xattr(struct rv_span *rest, struct rv_span *name)
{
	const uint8_t *eq, *blank;

	if (!rest->n)
		return false;
	*rest = rv_span(rest->p + 1, rest->n - 1);
	eq = memchr(rest->p, '=', rest->n);
	blank = memchr(rest->p, ' ', rest->n);
	*name = rv_span(rest->p, eq ? (size_t)(eq - rest->p) : rest->n);
	*rest = blank ? rv_span(blank, rest->n - (size_t)(blank - rest->p))
		      : rv_span(NULL, 0);
	return true;
}

/* Engines that unpack one layer over the other set what an entry has only. */
static bool keeps_xattrs(const struct change *old, const struct change *c,
			 struct rv_err *err)
{
	struct rv_span rest = old->xattrs, name;

	while (next_xattr(&rest, &name)) {
		struct rv_span mine = c->xattrs, other;
		bool there = false;

		while (!there && next_xattr(&mine, &other))
			there = rv_same(name, other);
		if (!there)
			return fault(err, "E_XATTR_LOWER",
				     "a directory with an attribute below that"
				     " this layer's entry has not: some engines"
				     " keep it, some do not",
				     c->path);
	}
	return true;
}

static bool apply_one(struct tree *t, const struct layer *l,
		      const struct change *c, struct rv_err *err)
{
	struct node *old;
	struct inode *i = NULL;
	bool here;

	if (!parents(t, l, c->path, &here, err))
		return false;
	old = find(t, c->path);
	if (old && c->type == 'd' && old->inode->c->type == 'd') {
		if (!keeps_xattrs(old->inode->c, c, err) ||
		    !new_inode(t, c, &i, err))
			return false;
		old->inode = i;
		return true;
	}
	if (old) {
		drop_below(t, c->path);
		drop(t, c->path);
	}
	if (!(c->type == 'h' ? link_to(t, l, c, &i, err)
			     : new_inode(t, c, &i, err)))
		return false;
	if (c->path.n && !here && !add_parents(t, c->path, err))
		return false;
	return add(t, c->path, i, err);
}

static bool is_mark(const struct change *c)
{
	return c->type == 'w' || c->type == 'o';
}

bool rv_tree_apply(struct tree *t, const struct layer *l, struct rv_err *err)
{
	struct inode *i = NULL;

	if (!find(t, rv_span("", 0)) && (!new_inode(t, &implied, &i, err) ||
					 !add(t, rv_span("", 0), i, err)))
		return false;
	t->seen |= l->seen;
	for (size_t k = 0; k < l->n; k++)
		if (is_mark(&l->change[k]) &&
		    !remove_one(t, l, &l->change[k], err))
			return false;
	for (size_t k = 0; k < l->n; k++)
		if (l->change[k].type == 'w' &&
		    !mark_has_place(t, &l->change[k], err))
			return false;
	for (size_t k = 0; k < l->n; k++)
		if (!is_mark(&l->change[k]) &&
		    !apply_one(t, l, &l->change[k], err))
			return false;
	for (size_t k = 0; k < l->n; k++)
		if (l->change[k].type == 'o' &&
		    !mark_has_place(t, &l->change[k], err))
			return false;
	return true;
}

/* ---- reading it ---- */

struct walk {
	bool (*fn)(void *arg, const struct node *n, struct rv_err *err);
	void *arg;
};

static bool in_order(struct node *n, const struct walk *w, struct rv_err *err)
{
	struct inode *i = n ? n->inode : NULL;

	if (!n)
		return true;
	if (!in_order(n->kid[0], w, err))
		return false;
	if (!i->led) {
		i->led = true;
		i->leader = n->path;
	}
	return w->fn(w->arg, n, err) && in_order(n->kid[1], w, err);
}

static void unlead(struct node *n)
{
	if (!n)
		return;
	unlead(n->kid[0]);
	n->inode->led = false;
	unlead(n->kid[1]);
}

bool rv_tree_walk(struct tree *t,
		  bool (*fn)(void *arg, const struct node *n,
			     struct rv_err *err),
		  void *arg, struct rv_err *err)
{
	struct walk w = { fn, arg };

	unlead(t->root);
	return in_order(t->root, &w, err);
}

static bool write_node(void *arg, const struct node *n, struct rv_err *err)
{
	struct text_sum *t = arg;
	bool first = rv_same(n->inode->leader, n->path);

	rv_tree_line(&t->part, n->inode->c, n->path,
		     first ? NULL : &n->inode->leader);
	return rv_text_sum_add(t, err);
}

bool rv_tree_text(struct tree *t, struct rv_grow *keep, struct rv_sha256 *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_text_sum_free) struct text_sum text = { 0 };

	return rv_text_sum_begin(&text, "refval-tree 1", keep, err) &&
	       rv_tree_walk(t, write_node, &text, err) &&
	       rv_text_sum_end(&text, out, err);
}
