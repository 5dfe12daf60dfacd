/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yaml_merge.c - one part of a compose file laid over another: documents of
 * one file, and what a service extends. Maps merge, lists follow each other,
 * values are replaced; three commands are replaced whole.
 */
#include "yaml_tree.h"

struct merger {
	struct rv_arena *a;
	struct rv_err *err;
	struct yn_spent *spent;
};

bool rv_yn_spend(struct yn_spent *spent, size_t pairs, size_t line,
		 struct rv_err *err)
{
	spent->pairs += pairs;
	return spent->pairs <= YN_PAIRS ||
	       rv_fault_line(err, "E_YAML_ALIASES", line,
			     "more than %d keys to compare in this file",
			     YN_PAIRS);
}

static bool merge(struct merger *m, const struct yn *base,
		  const struct yn *over, struct rv_span key,
		  const struct yn **out);

static struct yn *empty(struct merger *m, const struct yn *like, size_t room)
{
	struct yn *v;

	m->spent->nodes += room + 1;
	if (m->spent->nodes > YN_NODES) {
		rv_err_fault_line(m->err, "E_YAML_ALIASES", like->line,
				  "more than %d nodes once"
				  " merged",
				  YN_NODES);
		return NULL;
	}
	v = rv_arena_alloc(m->a, sizeof *v, m->err);
	if (!v)
		return NULL;
	*v = *like;
	v->n = 0;
	v->tag = rv_span(NULL, 0);
	v->m = rv_arena_alloc(m->a, (room + 1) * sizeof *v->m, m->err);
	return v->m ? v : NULL;
}

static bool replaced_whole(struct rv_span key)
{
	static const char *const keys[] = { "command", "entrypoint", "test" };

	for (size_t i = 0; i < RV_LEN(keys); i++)
		if (rv_same_text(key, keys[i]))
			return true;
	return false;
}

static struct yn_member *find(struct yn *map, struct rv_span key)
{
	for (size_t i = 0; i < map->n; i++)
		if (rv_same(map->m[i].key, key))
			return &map->m[i];
	return NULL;
}

static void drop(struct yn *map, struct yn_member *m)
{
	memmove(m, m + 1, (size_t)(map->m + map->n - m - 1) * sizeof *m);
	map->n--;
}

static bool maps(struct merger *m, const struct yn *base, const struct yn *over,
		 const struct yn **out)
{
	struct yn *v = empty(m, over, base->n + over->n);

	if (!v || !rv_yn_spend(m->spent, base->n * over->n, over->line, m->err))
		return false;
	memcpy(v->m, base->m, base->n * sizeof *v->m);
	v->n = base->n;
	for (size_t i = 0; i < over->n; i++) {
		struct yn_member *at = find(v, over->m[i].key);
		const struct yn *value = over->m[i].value;

		if (rv_same_text(value->tag, "!reset")) {
			if (at)
				drop(v, at);
			continue;
		}
		if (!at) {
			v->m[v->n++] = over->m[i];
			continue;
		}
		if (!rv_same_text(value->tag, "!override") &&
		    !merge(m, at->value, value, over->m[i].key, &value))
			return false;
		at->value = value;
		at->line = over->m[i].line;
	}
	*out = v;
	return true;
}

static bool lists(struct merger *m, const struct yn *base,
		  const struct yn *over, const struct yn **out)
{
	struct yn *v = empty(m, over, base->n + over->n);

	if (!v)
		return false;
	memcpy(v->m, base->m, base->n * sizeof *v->m);
	memcpy(v->m + base->n, over->m, over->n * sizeof *v->m);
	v->n = base->n + over->n;
	*out = v;
	return true;
}

static bool merge(struct merger *m, const struct yn *base,
		  const struct yn *over, struct rv_span key,
		  const struct yn **out)
{
	if (rv_yn_is_null(over) && over->plain) {
		*out = base;
		return true;
	}
	if (rv_yn_is_null(base) || replaced_whole(key) ||
	    (base->type == YN_SCALAR && over->type == YN_SCALAR)) {
		*out = over;
		return true;
	}
	if (base->type == YN_MAP && over->type == YN_MAP)
		return maps(m, base, over, out);
	if (base->type == YN_LIST && over->type == YN_LIST)
		return lists(m, base, over, out);
	return rv_fault_line(
	    m->err, "E_YAML", over->line,
	    "%.*s is merged with another form of"
	    " it (line %zu): cannot judge what compose makes of it",
	    (int)(key.n > 40 ? 40 : key.n), key.p ? (const char *)key.p : "",
	    base->line);
}

/*
 * The tree without what is tagged !reset. Only files that have such a tag are
 * copied; aliases are copied out, which the bound on nodes has allowed for.
 */
static bool strip(struct merger *m, const struct yn *v, const struct yn **out)
{
	struct yn *c;

	if (v->type == YN_SCALAR) {
		*out = v;
		return true;
	}
	c = empty(m, v, v->n);
	if (!c)
		return false;
	for (size_t i = 0; i < v->n; i++) {
		if (rv_same_text(v->m[i].value->tag, "!reset"))
			continue;
		c->m[c->n] = v->m[i];
		if (!strip(m, v->m[i].value, &c->m[c->n].value))
			return false;
		c->n++;
	}
	*out = c;
	return true;
}

bool rv_yn_strip(const struct yn *v, struct rv_arena *a, const struct yn **out,
		 struct rv_err *err)
{
	struct yn_spent spent = { 0 };
	struct merger m = { a, err, &spent };

	return strip(&m, v, out);
}

bool rv_yn_merge(const struct yn *base, const struct yn *over,
		 struct rv_arena *a, struct yn_spent *spent,
		 const struct yn **out, struct rv_err *err)
{
	struct merger m = { a, err, spent };

	return merge(&m, base, over, rv_span(NULL, 0), out);
}
