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

static void put_string(struct rv_span s, struct rv_grow *to)
{
	static const char letter[] = "btnvfr"; /* of 8 to 13; \v has none */

	rv_grow_u8(to, '"');
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = s.p[i];

		if (c == '"' || c == '\\')
			rv_grow_printf(to, "\\%c", c);
		else if (c >= 8 && c <= 13 && c != 11)
			rv_grow_printf(to, "\\%c", letter[c - 8]);
		else if (c < 0x20)
			rv_grow_printf(to, "\\u%04x", c);
		else
			rv_grow_u8(to, c);
	}
	rv_grow_u8(to, '"');
}

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

static void put(const rv_json *j, struct rv_grow *to)
{
	const rv_json *v;
	const char *key;
	void *it = NULL;
	double d;

	if (rv_json_is_string(j)) {
		put_string(rv_json_text(j), to);
	} else if (rv_json_number(j, &d)) {
		put_number(d, to);
	} else if (rv_json_is_array(j)) {
		rv_grow_u8(to, '[');
		for (size_t i = 0; i < rv_json_size(j); i++) {
			if (i)
				rv_grow_u8(to, ',');
			put(rv_json_at(j, i), to);
		}
		rv_grow_u8(to, ']');
	} else if (rv_json_is_object(j)) {
		rv_grow_u8(to, '{');
		for (bool some = false; rv_json_next(j, &it, &key, &v);
		     some = true) {
			if (some)
				rv_grow_u8(to, ',');
			put_string(rv_text(key), to);
			rv_grow_u8(to, ':');
			put(v, to);
		}
		rv_grow_u8(to, '}');
	} else {
		rv_grow_text(to, rv_json_is_null(j) ? "null"
				 : rv_json_true(j)  ? "true"
						    : "false");
	}
}

bool rv_stringify(const rv_json *j, struct rv_grow *to, struct rv_err *err)
{
	put(j, to);
	return to->failed ? rv_no_memory(err, "statement") : true;
}

static bool word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_';
}

/* One step at *p, which is moved behind it: .name, ["name"] or [N]. */
static bool step(const char **p, const rv_json **j)
{
	const char *s = *p;
	char name[NAME_MAX_LEN];
	size_t n = 0;

	if (*s == '.' && word(s[1]) && !(s[1] >= '0' && s[1] <= '9')) {
		for (s++; word(*s) && n < sizeof name - 1; s++)
			name[n++] = *s;
	} else {
		s += *s == '.' ? 1 : 0;
		if (*s++ != '[')
			return false;
		if (*s >= '0' && *s <= '9') {
			uint64_t i;

			for (n = 0; s[n] >= '0' && s[n] <= '9'; n++)
				;
			if (!rv_decimal(rv_span(s, n), INDEX_MAX, &i) ||
			    s[n] != ']')
				return false;
			*j = rv_json_is_array(*j) ? rv_json_at(*j, (size_t)i)
						  : NULL;
			*p = s + n + 1;
			return true;
		}
		if (*s++ != '"')
			return false;
		for (; *s && *s != '"' && *s != '\\' && n < sizeof name - 1;
		     s++)
			name[n++] = *s;
		if (s[0] != '"' || s[1] != ']')
			return false;
		s += 2;
	}
	name[n] = '\0';
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
