/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stringify.c - a value of a JSON document, found by a path as jq has them, and
 * written as JSON.stringify does (ECMA-262, 25.5.2): what an application that
 * hashes its own statement has hashed.
 */
#include "bind_text.h"
#include "json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAME_MAX_LEN = 256, INDEX_MAX = 1000000, DIGITS = 17 };

/* ECMA-262, 6.1.6.1.20: the shortest digits that read back as the number. */
static void put_number(double v, struct rv_grow *to)
{
	char text[40], digit[DIGITS + 1] = "";
	int k = 0, n;

	if (v == 0) {
		rv_grow_u8(to, '0');
		return;
	}
	for (int p = 0; p < DIGITS; p++) {
		snprintf(text, sizeof text, "%.*e", p, fabs(v));
		if (strtod(text, NULL) == fabs(v))
			break;
	}
	for (const char *c = text; *c != 'e'; c++)
		if (*c != '.')
			digit[k++] = *c;
	n = (int)strtol(strchr(text, 'e') + 1, NULL, 10) + 1;
	if (v < 0)
		rv_grow_u8(to, '-');
	if (n > 21 || n <= -6) {
		rv_grow_printf(to, "%c%s%se%+d", digit[0], k > 1 ? "." : "",
			       digit + 1, n - 1);
	} else if (n <= 0) {
		rv_grow_printf(to, "0.%.*s%s", -n, "000000", digit);
	} else if (n >= k) {
		rv_grow_printf(to, "%s%.*s", digit, n - k,
			       "000000000000000000000");
	} else {
		rv_grow_printf(to, "%.*s.%s", n, digit, digit + n);
	}
}

/* The numbers of a document as they stand in its text, in their order. */
struct numbers {
	struct rv_span rest;
	struct rv_span odd; /* the first that would be written otherwise */
	struct rv_buf as;   /* and how it would; owned */
};

static void numbers_free(struct numbers *n)
{
	rv_buf_free(&n->as);
}

static struct rv_span next_number(struct numbers *n)
{
	struct rv_span s = n->rest, number = { 0 };
	size_t i = 0, end;

	for (; i < s.n; i++) {
		if (s.p[i] == '"')
			for (i++; i < s.n && s.p[i] != '"'; i++)
				i += s.p[i] == '\\';
		else if (s.p[i] == '-' || (s.p[i] >= '0' && s.p[i] <= '9'))
			break;
	}
	for (end = i;
	     end < s.n && s.p[end] && strchr("+-.0123456789eE", s.p[end]);)
		end++;
	if (!rv_sub(s, i, end - i, &number) ||
	    !rv_sub(s, end, s.n - end, &n->rest))
		n->rest = rv_span(NULL, 0);
	return number;
}

/*
 * What a program that wrote this with JSON.stringify had in hand is known of a
 * number only where its text is the one that JSON.stringify writes: 2^53 + 1,
 * 1.0 and 1e2 are read as some other number's text.
 */
static void check_number(double v, struct numbers *n)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span text = next_number(n);
	struct rv_err ignored = { 0 };

	put_number(v, &g);
	if (!n->odd.p && !rv_same(text, rv_buf_span(&g.buf))) {
		n->odd = text;
		if (!rv_grow_take(&g, &n->as, &ignored))
			n->odd = rv_span("", 0);
	}
}

static void put(const rv_json *j, struct numbers *n, struct rv_grow *to)
{
	const rv_json *v;
	const char *key;
	void *it = NULL;
	double d;

	if (rv_json_is_string(j)) {
		rv_json_stringify(to, rv_json_text(j));
	} else if (rv_json_number(j, &d)) {
		if (n)
			check_number(d, n);
		put_number(d, to);
	} else if (rv_json_is_array(j)) {
		rv_grow_u8(to, '[');
		for (size_t i = 0; i < rv_json_size(j); i++) {
			if (i)
				rv_grow_u8(to, ',');
			put(rv_json_at(j, i), n, to);
		}
		rv_grow_u8(to, ']');
	} else if (rv_json_is_object(j)) {
		rv_grow_u8(to, '{');
		for (bool some = false; rv_json_next(j, &it, &key, &v);
		     some = true) {
			if (some)
				rv_grow_u8(to, ',');
			rv_json_stringify(to, rv_text(key));
			rv_grow_u8(to, ':');
			put(v, n, to);
		}
		rv_grow_u8(to, '}');
	} else {
		rv_grow_text(to, rv_json_is_null(j) ? "null"
				 : rv_json_true(j)  ? "true"
						    : "false");
	}
}

/* Pass over the numbers that stand before @at. True: it was reached. */
static bool seek(const rv_json *j, const rv_json *at, struct numbers *n)
{
	const rv_json *v;
	const char *key;
	void *it = NULL;
	double d;

	if (j == at)
		return true;
	if (rv_json_number(j, &d))
		(void)next_number(n);
	for (size_t i = 0; rv_json_is_array(j) && i < rv_json_size(j); i++)
		if (seek(rv_json_at(j, i), at, n))
			return true;
	while (rv_json_is_object(j) && rv_json_next(j, &it, &key, &v))
		if (seek(v, at, n))
			return true;
	return false;
}

bool rv_stringify(const rv_json *j, struct rv_grow *to, struct rv_err *err)
{
	put(j, NULL, to);
	return to->failed ? rv_no_memory(err, "statement") : true;
}

bool rv_stringify_from(const rv_json *doc, const rv_json *at,
		       struct rv_span text, struct rv_grow *to,
		       struct rv_err *err)
{
	RV_AUTO(numbers_free) struct numbers n = { .rest = text };

	if (!seek(doc, at, &n))
		return rv_fail(err, RV_INPUT, "statement: not in its document");
	put(at, &n, to);
	if (to->failed || (n.odd.p && !n.as.p))
		return rv_no_memory(err, "statement");
	if (n.odd.p)
		return rv_fail(err, RV_INPUT,
			       "statement: JSON.stringify writes the number"
			       " %.*s as %.*s: what was hashed cannot be told",
			       n.odd.n < 80 ? (int)n.odd.n : 80,
			       (const char *)n.odd.p, (int)n.as.n,
			       (const char *)n.as.p);
	return true;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || digit(c) ||
	       c == '_';
}

/* N] at @s, which is moved behind it. */
static bool step_index(const char **s, const rv_json **j)
{
	size_t n = 0;
	uint64_t i;

	while (digit((*s)[n]))
		n++;
	if (!rv_decimal(rv_span(*s, n), INDEX_MAX, &i) || (*s)[n] != ']')
		return false;
	*j = rv_json_is_array(*j) ? rv_json_at(*j, (size_t)i) : NULL;
	*s += n + 1;
	return true;
}

/* What is in quotes and ends in "]; no escapes. */
static bool step_quoted(const char **s, char name[NAME_MAX_LEN])
{
	size_t n = strcspn(*s, "\"\\");

	if (n >= NAME_MAX_LEN || strncmp(*s + n, "\"]", 2) != 0)
		return false;
	memcpy(name, *s, n);
	name[n] = '\0';
	*s += n + 2;
	return true;
}

/* One step at *p, which is moved behind it: .name, ["name"] or [N]. */
static bool step(const char **p, const rv_json **j)
{
	const char *s = *p;
	char name[NAME_MAX_LEN];
	size_t n = 0;

	if (*s == '.' && word(s[1]) && !digit(s[1])) {
		for (s++; word(*s) && n < sizeof name - 1; s++)
			name[n++] = *s;
		name[n] = '\0';
	} else {
		s += *s == '.' ? 1 : 0;
		if (*s++ != '[')
			return false;
		if (digit(*s)) {
			*p = s;
			return step_index(p, j);
		}
		if (*s++ != '"' || !step_quoted(&s, name))
			return false;
	}
	*j = rv_json_get(*j, name);
	*p = s;
	return true;
}

bool rv_path_get(const rv_json *doc, const char *path, const rv_json **out,
		 struct rv_err *err)
{
	const rv_json *j = doc;
	const char *p = path;

	if (strcmp(path, ".") == 0) {
		*out = doc;
		return true;
	}
	while (*p) {
		const char *at = p;
		const rv_json *before = j;

		if ((at == path && *p != '.') || !step(&p, &j))
			return rv_fail(err, RV_USAGE,
				       "path %s: not a jq path at \"%s\"", path,
				       at);
		if (!j && before)
			return rv_fail(err, RV_INPUT,
				       "path %s: nothing there at \"%.*s\"",
				       path, (int)(p - at), at);
	}
	if (p == path)
		return rv_fail(err, RV_USAGE, "an empty path");
	*out = j;
	return true;
}
