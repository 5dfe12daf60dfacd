/* SPDX-License-Identifier: Apache-2.0 */
/* yaml_node.c - looking into a YAML document that was read. */
#include "yaml_tree.h"

const struct yn_member *rv_yn_find(const struct yn *map, const char *key)
{
	for (size_t i = 0; map && map->type == YN_MAP && i < map->n; i++)
		if (rv_same_text(map->m[i].key, key))
			return &map->m[i];
	return NULL;
}

const struct yn *rv_yn_get(const struct yn *map, const char *key)
{
	const struct yn_member *m = rv_yn_find(map, key);

	return m ? m->value : NULL;
}

struct rv_span rv_yn_text(const struct yn *v)
{
	return v && v->type == YN_SCALAR ? v->text : rv_span(NULL, 0);
}

/* YAML 1.2 core schema, which compose's reader follows. */
bool rv_yn_is_null(const struct yn *v)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	if (!v)
		return true;
	for (size_t i = 0; i < RV_LEN(words); i++)
		if (v->type == YN_SCALAR && v->plain &&
		    rv_same_text(v->text, words[i]))
			return true;
	return false;
}

static bool all_of(struct rv_span s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (!s.p[i] || !strchr(set, s.p[i]))
			return false;
	return true;
}

/*
 * Wider than the numbers and dates that compose's reader knows: text that
 * only looks like one is not judged either.
 */
static bool looks_like_number(struct rv_span s)
{
	struct rv_span head;

	if (s.n && (s.p[0] == '+' || s.p[0] == '-'))
		s = rv_span(s.p + 1, s.n - 1);
	if (!s.n || ((s.p[0] < '0' || s.p[0] > '9') && s.p[0] != '.'))
		return false;
	if (all_of(s, "0123456789_+-.:eEtTzZ "))
		return true;
	if (!rv_sub(s, 0, 2, &head) || s.p[0] != '0' ||
	    !strchr("xXoObB", s.p[1]))
		return false;
	return all_of(rv_span(s.p + 2, s.n - 2), "0123456789abcdefABCDEF_");
}

bool rv_yn_is_text(const struct yn *v)
{
	static const char *const words[] = { "true",  "True",  "TRUE",	"false",
					     "False", "FALSE", ".inf",	".Inf",
					     ".INF",  "+.inf", "+.Inf", "+.INF",
					     "-.inf", "-.Inf", "-.INF", ".nan",
					     ".NaN",  ".NAN",  "<<" };

	if (!v || v->type != YN_SCALAR)
		return false;
	if (!v->plain)
		return true;
	for (size_t i = 0; i < RV_LEN(words); i++)
		if (rv_same_text(v->text, words[i]))
			return false;
	return !rv_yn_is_null(v) && !looks_like_number(v->text);
}
