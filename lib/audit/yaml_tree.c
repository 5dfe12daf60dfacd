/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_tree.c - YAML events into a tree, with the rules that libyaml leaves
 * to its callers: unique keys, aliases that end, merge keys.
 */
#include "yaml_tree.h"
#include "yaml_in.h"

#include <stdlib.h>

enum { ANCHORS = 4096 };

/* A list or map that is being read. */
struct level {
	struct yn *node;
	struct rv_grow list; /* struct yn_member */
	bool has_key;
	struct rv_span key;
	size_t key_line;
	const struct yn *merge; /* the value of "<<" */
	bool key_merges;
};

struct reader {
	struct rv_arena *a;
	struct level level[RV_YAML_DEPTH + 1];
	size_t depth;
	struct {
		struct rv_span name;
		const struct yn *node;
	} anchor[ANCHORS];
	size_t anchors;
	struct yn_doc doc;
	const struct yn *root; /* of the current document */
	struct rv_err *err;
};

/* ---- looking ---- */

/* ---- reading ---- */

static bool too_large(struct reader *r, const struct yn *v)
{
	if (v->size <= YN_NODES)
		return false;
	rv_err_fault_line(r->err, "E_YAML_ALIASES", v->line,
			  "more than %d nodes once aliases are"
			  " expanded",
			  YN_NODES);
	return true;
}

/* Put a finished node where it belongs: as key, value, element or root. */
static bool place(struct reader *r, const struct yn *v, size_t line)
{
	struct level *l;
	struct yn_member m = { .line = line, .value = v };

	if (r->depth == 0) {
		r->root = v;
		return true;
	}
	l = &r->level[r->depth - 1];
	if (l->node->type == YN_MAP && !l->has_key) {
		bool merges = v->type == YN_SCALAR && v->plain &&
			      rv_same_text(v->text, "<<");

		if (!merges && !rv_yn_is_text(v))
			return rv_fault_line(r->err, "E_YAML", line,
					     "a key that is not"
					     " text");
		l->has_key = true;
		l->key = v->text;
		l->key_line = line;
		l->key_merges = merges;
		return true;
	}
	l->node->size += v->size;
	if (too_large(r, l->node))
		return false;
	if (l->node->type == YN_MAP) {
		m.key = l->key;
		m.line = l->key_line;
		l->has_key = false;
		if (l->key_merges && !l->merge) {
			l->merge = v;
			return true;
		}
	}
	rv_grow_add(&l->list, &m, sizeof m);
	return true;
}

static bool remember(struct reader *r, struct rv_span name,
		     const struct yn *node)
{
	struct rv_span copy;

	if (!name.p)
		return true;
	if (r->anchors == ANCHORS)
		return rv_fault_line(r->err, "E_YAML", node->line,
				     "more than %d anchors", ANCHORS);
	if (!rv_arena_copy(r->a, name, &copy, r->err))
		return false;
	r->anchor[r->anchors].name = copy;
	r->anchor[r->anchors++].node = node;
	return true;
}

/* The last anchor of that name counts. */
static bool alias(struct reader *r, const struct rv_yaml_event *e)
{
	for (size_t i = r->anchors; i-- > 0;) {
		const struct yn *v = r->anchor[i].node;

		if (!rv_same(r->anchor[i].name, e->text))
			continue;
		if (!v->complete)
			return rv_fault_line(r->err, "E_YAML_CYCLE", e->line,
					     "an alias"
					     " inside of what it means");
		return place(r, v, e->line);
	}
	return rv_fault_line(r->err, "E_YAML", e->line, "unknown alias");
}

/*
 * Tags that say what is there anyway are passed over; compose's own two are
 * kept. Any other could change the type of a value: cannot judge.
 */
static bool read_tag(struct reader *r, const struct rv_yaml_event *e,
		     struct yn *v)
{
	static const char *const harmless[] = { "tag:yaml.org,2002:str",
						"tag:yaml.org,2002:map",
						"tag:yaml.org,2002:seq", "!" };

	if (!e->tag.p)
		return true;
	for (size_t i = 0; i < RV_LEN(harmless); i++) {
		if (rv_same_text(e->tag, harmless[i])) {
			v->plain = false;
			return true;
		}
	}
	if (!rv_same_text(e->tag, "!reset") &&
	    !rv_same_text(e->tag, "!override"))
		return rv_fault_line(r->err, "E_YAML", e->line,
				     "tag %.*s: cannot judge what"
				     " compose makes of it",
				     (int)(e->tag.n > 40 ? 40 : e->tag.n),
				     (const char *)e->tag.p);
	for (size_t i = 0; i < r->depth; i++)
		if (r->level[i].node->tag.n)
			return rv_fault_line(
			    r->err, "E_YAML", e->line,
			    "a tag inside of"
			    " another: cannot judge which counts");
	if (!r->doc.tag_line)
		r->doc.tag_line = e->line;
	return rv_arena_copy(r->a, e->tag, &v->tag, r->err);
}

static bool begin(struct reader *r, const struct rv_yaml_event *e)
{
	struct yn *v = rv_arena_alloc(r->a, sizeof *v, r->err);
	struct level *l;

	if (!v)
		return false;
	v->line = e->line;
	v->size = 1;
	v->plain = e->plain;
	v->literal = e->literal;
	v->type = e->type == RV_YAML_SCALAR ? YN_SCALAR
		  : e->type == RV_YAML_LIST ? YN_LIST
					    : YN_MAP;
	if (!read_tag(r, e, v) || !remember(r, e->anchor, v))
		return false;
	if (v->type == YN_SCALAR) {
		v->complete = true;
		return rv_arena_copy(r->a, e->text, &v->text, r->err) &&
		       place(r, v, e->line);
	}
	l = &r->level[r->depth++];
	memset(l, 0, sizeof *l);
	l->node = v;
	return true;
}

/* ---- maps ---- */

static bool holds(const struct rv_grow *list, struct rv_span key)
{
	const struct yn_member *m = (const void *)list->buf.p;

	for (size_t i = 0; i < list->buf.n / sizeof *m; i++)
		if (rv_same(m[i].key, key))
			return true;
	return false;
}

static int by_key(const void *a, const void *b)
{
	const struct yn_member *x = *(const struct yn_member *const *)a;
	const struct yn_member *y = *(const struct yn_member *const *)b;
	size_t n = x->key.n < y->key.n ? x->key.n : y->key.n;
	int d = n ? memcmp(x->key.p, y->key.p, n) : 0;

	d = d ? d : (x->key.n > y->key.n) - (x->key.n < y->key.n);
	return d ? d : (x > y) - (x < y);
}

static bool no_twins(struct reader *r, const struct level *l)
{
	const struct yn_member *m = (const void *)l->list.buf.p;
	size_t n = l->list.buf.n / sizeof *m;
	RV_AUTO(rv_free) const struct yn_member **s = NULL;

	if (l->node->type != YN_MAP || n < 2)
		return true;
	s = calloc(n, sizeof *s);
	if (!s)
		return rv_no_memory(r->err, "yaml");
	for (size_t i = 0; i < n; i++)
		s[i] = &m[i];
	qsort(s, n, sizeof *s, by_key);
	for (size_t i = 1; i < n; i++) {
		if (!rv_same(s[i - 1]->key, s[i]->key))
			continue;
		return rv_fault_line(r->err, "E_YAML_DUPKEY", s[i]->line,
				     "key %.*s is there"
				     " since line %zu",
				     (int)(s[i]->key.n > 64 ? 64 : s[i]->key.n),
				     (const char *)s[i]->key.p, s[i - 1]->line);
	}
	return true;
}

/* "<<: *a": what is not said here comes from there. */
static bool merge_one(struct reader *r, struct level *l, const struct yn *from)
{
	if (from->type != YN_MAP)
		return rv_fault_line(r->err, "E_YAML", from->line,
				     "<< merges what is no map");
	if (!rv_yn_spend(&r->doc.spent,
			 l->list.buf.n / sizeof *from->m * from->n, from->line,
			 r->err))
		return false;
	for (size_t i = 0; i < from->n; i++)
		if (!holds(&l->list, from->m[i].key))
			rv_grow_add(&l->list, &from->m[i], sizeof from->m[i]);
	return true;
}

static bool merge(struct reader *r, struct level *l)
{
	const struct yn *from = l->merge;
	const struct yn_member *m = (const void *)l->list.buf.p;

	if (!from)
		return true;
	for (size_t i = 0; i < l->list.buf.n / sizeof *m; i++)
		if (m[i].value->tag.n)
			return rv_fault_line(r->err, "E_YAML", m[i].line,
					     "a tag beside <<:"
					     " cannot judge which counts");
	if (from->type != YN_LIST)
		return merge_one(r, l, from);
	/* The first of the list wins. */
	for (size_t i = 0; i < from->n; i++)
		if (!merge_one(r, l, from->m[i].value))
			return false;
	return true;
}

/* The end of a list or map: its members become its own. */
static bool seal(struct reader *r, struct level *l)
{
	struct yn *v = l->node;

	if (l->has_key)
		return rv_fault_line(r->err, "E_YAML", v->line,
				     "a key without value");
	if (!no_twins(r, l) || !merge(r, l))
		return false;
	if (l->list.failed)
		return rv_no_memory(r->err, "yaml");
	v->n = l->list.buf.n / sizeof *v->m;
	v->m = rv_arena_alloc(r->a, l->list.buf.n ? l->list.buf.n : 1, r->err);
	if (!v->m)
		return false;
	if (l->list.buf.n)
		memcpy(v->m, l->list.buf.p, l->list.buf.n);
	rv_grow_free(&l->list);
	v->complete = true;
	r->depth--;
	return place(r, v, v->line);
}

/* ---- several documents ---- */

static bool end_document(struct reader *r)
{
	const struct yn *all = r->doc.root;

	if (!r->root)
		return true;
	if (r->root->type != YN_MAP)
		return rv_fault_line(r->err, "E_YAML", r->root->line,
				     "the document is no map");
	if (!all)
		r->doc.root = r->root;
	else if (!rv_yn_merge(all, r->root, r->a, &r->doc.spent, &r->doc.root,
			      r->err))
		return false;
	r->root = NULL;
	return true;
}

static bool event(void *arg, const struct rv_yaml_event *e, struct rv_err *err)
{
	struct reader *r = arg;

	r->err = err;
	switch (e->type) {
	case RV_YAML_DOCUMENT:
		if (!end_document(r))
			return false;
		if (++r->doc.documents == 2)
			r->doc.second_line = e->line;
		r->anchors = 0;
		return true;
	case RV_YAML_ALIAS:
		return alias(r, e);
	case RV_YAML_END:
		return seal(r, &r->level[r->depth - 1]);
	default:
		return begin(r, e);
	}
}

bool rv_yn_read(struct rv_span text, struct rv_arena *a, struct yn_doc *out,
		struct rv_err *err)
{
	struct reader *r = calloc(1, sizeof *r);
	bool ok;

	if (!r)
		return rv_no_memory(err, "yaml");
	r->a = a;
	r->err = err;
	ok = rv_yaml_read(text, event, r, err) && end_document(r);
	if (ok && r->doc.tag_line && r->doc.root)
		ok = rv_yn_strip(r->doc.root, a, &r->doc.root, err);
	for (size_t i = 0; i <= RV_YAML_DEPTH; i++)
		rv_grow_free(&r->level[i].list);
	if (ok)
		*out = r->doc;
	else
		rv_err_as_fault(err, "E_YAML");
	free(r);
	return ok;
}
