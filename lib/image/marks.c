/* SPDX-License-Identifier: Apache-2.0 */
/*
 * marks.c - what engines disagree about within one layer. Some stack layers
 * (overlay), some unpack one over the other, and image-spec, layer.md
 * ("Whiteouts") says only that a whiteout hides what is in the layers below:
 * where the two ways lead to two trees, the layer has no content digest.
 */
#include "layer.h"

static bool fault(struct rv_err *err, const char *code, struct rv_span path,
		  const char *what)
{
	return rv_fault(err, code, "/%.*s: %s",
			(int)(path.n < 200 ? path.n : 200),
			(const char *)path.p, what);
}

/* The first of the changes of @path; NULL: the layer has none. */
static const struct change *const *changes_of(const struct layer *l,
					      struct rv_span path)
{
	size_t from = 0, to = l->n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (rv_path_order(l->sorted[mid]->path, path) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	if (from == l->n || !rv_same(l->sorted[from]->path, path))
		return NULL;
	return &l->sorted[from];
}

const struct change *rv_layer_entry(const struct layer *l, struct rv_span path)
{
	const struct change *const *c = changes_of(l, path);
	const struct change *const *end = l->sorted + l->n;

	/* Behind the marks of a path is what the path is. */
	while (c && c < end && ((*c)->type == 'o' || (*c)->type == 'w'))
		c++;
	return c && c < end && rv_same((*c)->path, path) ? *c : NULL;
}

/* The mark of kind @type at @path; NULL: there is none. */
static const struct change *mark(const struct layer *l, struct rv_span path,
				 char type)
{
	const struct change *const *c = changes_of(l, path);
	const struct change *const *end = l->sorted + l->n;

	for (; c && c < end && rv_same((*c)->path, path); c++)
		if ((*c)->type == type)
			return *c;
	return NULL;
}

/* Removed first and then made anew: what engines that do both agree on. */
static bool made_anew(const struct change *removal, const struct change *entry)
{
	return entry && removal < entry;
}

static bool not_a_directory(struct rv_err *err, const struct change *above,
			    struct rv_span path)
{
	return above->type == 'l'
		   ? fault(err, "E_PARENT_SYMLINK", path,
			   "a directory above it is a symbolic link in the"
			   " same layer: which comes first decides where an"
			   " engine goes")
		   : fault(err, "E_PARENT_NOTDIR", path,
			   "what is above it is no directory in the same"
			   " layer: which comes first decides what an engine"
			   " keeps");
}

/* Nothing lies below what its own layer removes, or makes no directory. */
static bool check_above(const struct layer *l, const struct change *c,
			struct rv_err *err)
{
	for (struct rv_span p = rv_path_parent(c->path); p.n;
	     p = rv_path_parent(p)) {
		const struct change *above = rv_layer_entry(l, p);
		const struct change *w = mark(l, p, 'w');

		if (w && made_anew(w, above) && c < w)
			return fault(err, "E_WHITEOUT_PRESENT", p,
				     "one layer has something below it and"
				     " then removes it: some engines refuse the"
				     " image");
		if (w && !made_anew(w, above))
			return fault(err, "E_WHITEOUT_PRESENT", p,
				     "one layer removes it and has something"
				     " below it: engines that stack layers"
				     " keep what was in it, those that unpack"
				     " them one over the other do not");
		if (above && above->type != 'd')
			return not_a_directory(err, above, c->path);
	}
	return true;
}

/*
 * What an opaque whiteout hides needs no whiteout; in such a directory engines
 * that stack layers show the name of what is removed.
 */
static bool not_hidden(const struct layer *l, const struct change *c,
		       struct rv_err *err)
{
	for (struct rv_span p = rv_path_parent(c->path); p.n;
	     p = rv_path_parent(p))
		if (mark(l, p, 'o'))
			return fault(err, "E_WHITEOUT_NOWHERE", c->path,
				     "a whiteout below an opaque one of the"
				     " same layer: engines that stack layers"
				     " show a name there, others do not");
	return true;
}

/*
 * An opaque whiteout spares what its layer has before it, but some engines
 * know only entries: a directory that none describes goes, with its content.
 */
static bool not_late(const struct layer *l, const struct change *c,
		     struct rv_err *err)
{
	const struct change *latest = c; /* of it and what is above it */

	for (struct rv_span p = rv_path_parent(c->path); p.n;
	     p = rv_path_parent(p)) {
		const struct change *o = mark(l, p, 'o');
		const struct change *above = rv_layer_entry(l, p);

		if (o && c < o && !(latest && latest < o))
			return fault(err, "E_WHITEOUT_LATE", p,
				     "an opaque whiteout behind what lies in a"
				     " directory that is no entry before it:"
				     " some engines remove that, some keep"
				     " it");
		if (!above || (latest && latest < above))
			latest = latest ? above : NULL;
	}
	return true;
}

static bool check_mark(const struct layer *l, const struct change *c,
		       struct rv_err *err)
{
	const struct change *same = rv_layer_entry(l, c->path);

	if (c->type == 'w')
		return (!same || made_anew(c, same))
			   ? not_hidden(l, c, err)
			   : fault(
				 err, "E_WHITEOUT_PRESENT", c->path,
				 "one layer has it and then removes it: some"
				 " engines keep it, some do not, some refuse the"
				 " image");
	if (!c->path.n)
		return fault(err, "E_WHITEOUT_ROOT", c->path,
			     "an opaque whiteout in the root: engines that"
			     " stack layers ignore it, those that unpack them"
			     " one over the other remove everything");
	if (mark(l, c->path, 'w'))
		return fault(err, "E_WHITEOUT_PRESENT", c->path,
			     "one layer removes it and has an opaque whiteout"
			     " in it: engines disagree whether it is there");
	return !same || same->type == 'd' ||
	       not_a_directory(err, same, c->path);
}

bool rv_layer_agreed(const struct layer *l, struct rv_err *err)
{
	struct rv_span last = { 0 };
	bool any = false, opaque = false, removed = false;

	for (size_t i = 0; i < l->n; i++) {
		opaque |= l->change[i].type == 'o';
		removed |= l->change[i].type == 'w';
	}
	for (size_t i = 0; i < l->n; i++) {
		const struct change *c = l->sorted[i];
		struct rv_span dir = rv_path_parent(c->path);

		/*
		 * What lies beside the one before is below the same; before or
		 * behind a whiteout there it may be for itself.
		 */
		if ((!any || removed || !rv_same(last, dir)) &&
		    !check_above(l, c, err))
			return false;
		any = true;
		last = dir;
		if (c->type == 'w' || c->type == 'o') {
			if (!check_mark(l, c, err))
				return false;
		} else if (opaque && !not_late(l, c, err)) {
			return false;
		}
	}
	return true;
}
