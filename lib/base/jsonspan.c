/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jsonspan.c - where in a JSON text a value lies. A signature covers the exact
 * bytes of an object, so they are found without reading what they say.
 */
#include "jsonspan.h"

#include <string.h>

struct scan {
	struct rv_span in;
	size_t at;
};

static bool white(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void skip_white(struct scan *s)
{
	while (s->at < s->in.n && white(s->in.p[s->at]))
		s->at++;
}

static bool bad(const struct scan *s, const char *what, struct rv_err *err)
{
	return rv_fail(err, RV_INPUT, "JSON at byte %zu: %s", s->at, what);
}

static bool take(struct scan *s, char c)
{
	skip_white(s);
	if (s->at >= s->in.n || s->in.p[s->at] != (uint8_t)c)
		return false;
	s->at++;
	return true;
}

/* A string, its quotes included. */
static bool skip_string(struct scan *s, struct rv_err *err)
{
	if (!take(s, '"'))
		return bad(s, "a string is missing", err);
	for (; s->at < s->in.n; s->at++) {
		uint8_t c = s->in.p[s->at];

		if (c == '"') {
			s->at++;
			return true;
		}
		if (c < 0x20)
			return bad(s, "a control character in a string", err);
		if (c == '\\')
			s->at++;
	}
	return bad(s, "a string without end", err);
}

/* Nested brackets, matched by kind; at the opening one. */
static bool skip_nested(struct scan *s, struct rv_err *err)
{
	char close[RV_JSON_DEPTH];
	size_t depth = 0;

	do {
		uint8_t c;

		skip_white(s);
		if (s->at >= s->in.n)
			return bad(s, "a bracket without end", err);
		c = s->in.p[s->at];
		if (c == '"') {
			if (!skip_string(s, err))
				return false;
			continue;
		}
		if (c == '{' || c == '[') {
			if (depth == RV_JSON_DEPTH)
				return bad(s, "too deep", err);
			close[depth++] = c == '{' ? '}' : ']';
		} else if (c == '}' || c == ']') {
			if (!depth || close[--depth] != (char)c)
				return bad(s, "brackets that do not match",
					   err);
		}
		s->at++;
	} while (depth);
	return true;
}

static bool skip_value(struct scan *s, struct rv_err *err)
{
	size_t start;

	skip_white(s);
	start = s->at;
	if (s->at < s->in.n && s->in.p[s->at] == '"')
		return skip_string(s, err);
	if (s->at < s->in.n && (s->in.p[s->at] == '{' || s->in.p[s->at] == '['))
		return skip_nested(s, err);
	while (s->at < s->in.n && !white(s->in.p[s->at]) &&
	       !strchr(",}]", s->in.p[s->at]))
		s->at++;
	return s->at > start || bad(s, "a value is missing", err);
}

static void note(struct rv_json_member *m, size_t n, struct rv_span name,
		 struct rv_span value)
{
	for (size_t i = 0; i < n; i++) {
		if (m[i].key && !rv_same_text(name, m[i].key))
			continue;
		m[i].value = m[i].key ? value : name;
		m[i].found++;
		return;
	}
}

/* One member: put its value aside when its key is among @m. */
static bool member(struct scan *s, struct rv_json_member *m, size_t n,
		   struct rv_err *err)
{
	struct rv_span name, value;
	size_t at;

	skip_white(s);
	at = s->at;
	if (!skip_string(s, err))
		return false;
	name = rv_span(s->in.p + at + 1, s->at - at - 2);
	if (!take(s, ':'))
		return bad(s, "a colon is missing", err);
	skip_white(s);
	at = s->at;
	if (!skip_value(s, err))
		return false;
	value = rv_span(s->in.p + at, s->at - at);
	note(m, n, name, value);
	return true;
}

bool rv_json_members(struct rv_span text, struct rv_json_member *m, size_t n,
		     struct rv_err *err)
{
	struct scan s = { text, 0 };

	if (!take(&s, '{'))
		return bad(&s, "not an object", err);
	if (!take(&s, '}')) {
		do {
			if (!member(&s, m, n, err))
				return false;
		} while (take(&s, ','));
		if (!take(&s, '}'))
			return bad(&s, "a comma or brace is missing", err);
	}
	skip_white(&s);
	if (s.at != text.n)
		return bad(&s, "something behind the object", err);
	return true;
}

bool rv_json_object_ok(struct rv_span text, struct rv_err *err)
{
	return rv_json_members(text, NULL, 0, err);
}

bool rv_json_span(struct rv_span text, const char *key, struct rv_span *out,
		  struct rv_err *err)
{
	struct rv_json_member m = { .key = key };

	if (!rv_json_members(text, &m, 1, err))
		return false;
	if (m.found != 1)
		return rv_fail(err, RV_INPUT, "JSON: %zu members named %s",
			       m.found, key);
	*out = m.value;
	return true;
}
