/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vars.c - variables that docker compose puts into values:
 * $V ${V} ${V:-d} ${V-d} ${V:?e} ${V?e} ${V:+a} ${V+a}, nested; $$ is a '$',
 * and so is one that neither a name nor a brace follows, as a shell's "$1".
 */
#include "audit.h"

#include <stdlib.h>

enum { NESTING = 16 };

static bool starts_name(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t name_length(struct rv_span s)
{
	size_t n = 0;

	if (!s.n || !starts_name(s.p[0]))
		return 0;
	while (n < s.n &&
	       (starts_name(s.p[n]) || (s.p[n] >= '0' && s.p[n] <= '9')))
		n++;
	return n;
}

static int by_name(const void *a, const void *b)
{
	return rv_jt_key_order(*(const struct rv_span *)a,
			       *(const struct rv_span *)b);
}

/* Sorted: a manifest may list a million, and the file name as many. */
bool rv_audit_envs(struct audit *x, const struct rv_jt *list)
{
	x->envs = rv_arena_alloc(x->a, (list->n + 1) * sizeof *x->envs, x->err);
	if (!x->envs)
		return false;
	for (size_t i = 0; i < list->n; i++)
		if (list->m[i].value->type == RV_JT_STRING)
			x->envs[x->n_envs++] = list->m[i].value->text;
	qsort(x->envs, x->n_envs, sizeof *x->envs, by_name);
	return true;
}

static bool allowed(const struct audit *x, struct rv_span name)
{
	return x->n_envs &&
	       bsearch(&name, x->envs, x->n_envs, sizeof name, by_name);
}

/* In a literal block, count the lines up to the name. */
static size_t line_of(const struct yn *v, struct rv_span name)
{
	size_t line = v->line + v->literal;

	for (const uint8_t *p = v->text.p; v->literal && p < name.p; p++)
		line += *p == '\n';
	return line;
}

static bool note(struct audit *x, struct rv_span name, const struct yn *in)
{
	struct rv_compose_var v = { .name = name, .judged = x->judged };
	const struct rv_compose_var *seen = (const void *)x->var.buf.p;

	for (size_t i = 0; i < x->var.buf.n / sizeof *seen; i++)
		if (rv_same(seen[i].name, name))
			return true;
	if (x->var.buf.n / sizeof v >= AUDIT_FINDINGS)
		return rv_fail(x->err, RV_INPUT, "more than %d variables",
			       AUDIT_FINDINGS);
	v.line = line_of(in, name);
	v.allowed = allowed(x, name);
	rv_grow_add(&x->var, &v, sizeof v);
	return rv_audit_say(x, "C_VAR", name, v.line,
			    !x->judged ? "its value is not measured"
			    : v.allowed
				? "in allowed_envs: the deployer chooses"
				  " the value, and it is not measured"
				: "not in allowed_envs: empty, unless"
				  " something in the guest sets it");
}

/* The '}' that ends what is inside of "${", or @s.n. */
static size_t closing(struct rv_span s)
{
	size_t depth = 1;

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '{' && i && s.p[i - 1] == '$')
			depth++;
		else if (s.p[i] == '}' && --depth == 0)
			return i;
	}
	return s.n;
}

static bool malformed(struct audit *x, const struct yn *in)
{
	return rv_audit_say(x, "E_VAR", rv_text(""), in->line,
			    "a '${' that compose cannot read: cannot judge");
}

static bool scan(struct audit *x, struct rv_span s, const struct yn *in,
		 unsigned depth);

/* Behind "${"; *used: up to and with the '}'. */
static bool braced(struct audit *x, struct rv_span s, const struct yn *in,
		   unsigned depth, size_t *used)
{
	size_t end = closing(s), n;
	struct rv_span body = rv_span(s.p, end), rest;

	*used = end + 1;
	n = name_length(body);
	if (end == s.n || !n || depth == NESTING) {
		*used = s.n;
		return malformed(x, in);
	}
	if (!note(x, rv_span(body.p, n), in))
		return false;
	rest = rv_span(body.p + n, body.n - n);
	if (!rest.n)
		return true;
	if (rest.p[0] == ':')
		rest = rv_span(rest.p + 1, rest.n - 1);
	if (!rest.n ||
	    (rest.p[0] != '-' && rest.p[0] != '?' && rest.p[0] != '+'))
		return malformed(x, in);
	return scan(x, rv_span(rest.p + 1, rest.n - 1), in, depth + 1);
}

static bool scan(struct audit *x, struct rv_span s, const struct yn *in,
		 unsigned depth)
{
	while (s.n) {
		const uint8_t *d = memchr(s.p, '$', s.n);
		size_t used;

		if (!d)
			return true;
		s = rv_span(d + 1, s.n - (size_t)(d + 1 - s.p));
		used = name_length(s);
		if (s.n && s.p[0] == '$') {
			used = 1;
		} else if (s.n && s.p[0] == '{') {
			s = rv_span(s.p + 1, s.n - 1);
			if (!braced(x, s, in, depth, &used))
				return false;
		} else if (used && !note(x, rv_span(s.p, used), in)) {
			return false;
		}
		s = rv_span(s.p + used, s.n - used);
	}
	return true;
}

bool rv_audit_has_var(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '$')
			continue;
		/* Behind "$$" and "$1" nothing begins, either. */
		if (++i < s.n && (starts_name(s.p[i]) || s.p[i] == '{'))
			return true;
	}
	return false;
}

bool rv_audit_vars(struct audit *x, const struct yn *v)
{
	if (v->type == YN_SCALAR)
		return scan(x, v->text, v, 0);
	for (size_t i = 0; i < v->n; i++)
		if (!rv_audit_vars(x, v->m[i].value))
			return false;
	return true;
}
