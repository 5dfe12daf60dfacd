/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form.c - multipart/form-data as browsers write it: each part has a
 * Content-Disposition with a name, and stands between lines "--BOUNDARY". What
 * else RFC 2046 allows (a preamble, folded headers) no browser sends, and it is
 * refused.
 */
#include "form.h"

enum { BOUNDARY_MAX = 70, HEAD_MAX = 2048 };

static bool refuse(const char *why, struct rv_err *err)
{
	return rv_fail(err, RV_INPUT, "form: %s", why);
}

/* Letters of either case are one, in names of headers and types. */
static bool same_head(struct rv_span s, const char *want)
{
	size_t n = strlen(want);

	for (size_t i = 0; i < n; i++) {
		uint8_t c = i < s.n ? s.p[i] : 0;

		if (c >= 'A' && c <= 'Z')
			c = (uint8_t)(c + 32);
		if (c != (uint8_t)want[i])
			return false;
	}
	return true;
}

/* The boundary, a token or in quotes: the last parameter, as browsers do. */
static bool find_boundary(const char *type, struct rv_span *out)
{
	static const char mark[] = "boundary=";
	struct rv_span s = rv_text(type);
	const char *at = strstr(type, mark);

	if (!same_head(s, "multipart/form-data;") || !at)
		return false;
	s = rv_text(at + strlen(mark));
	if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		s = rv_span(s.p + 1, s.n - 2);
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 127 || s.p[i] == '"' ||
		    s.p[i] == ';')
			return false;
	*out = s;
	return s.n >= 1 && s.n <= BOUNDARY_MAX;
}

/* Where @what begins in @s; s.n: nowhere. */
static size_t find(struct rv_span s, const char *what, size_t n)
{
	size_t at = 0;

	while (at < s.n && s.n - at >= n) {
		const uint8_t *p = memchr(s.p + at, what[0], s.n - at - n + 1);

		if (!p)
			break;
		at = (size_t)(p - s.p);
		if (memcmp(p, what, n) == 0)
			return at;
		at++;
	}
	return s.n;
}

/* The text in quotes behind @key in a header line; no quote is in a name. */
static bool parameter(struct rv_span line, const char *key, struct rv_span *out)
{
	size_t n = strlen(key), at = find(line, key, n), end;

	if (at == line.n)
		return false;
	*out = rv_span(line.p + at + n, line.n - at - n);
	end = find(*out, "\"", 1);
	if (end == out->n)
		return false;
	out->n = end;
	return true;
}

/* The name of the part whose headers are @head, each line with its CRLF. */
static bool part_name(struct rv_span head, struct rv_span *out)
{
	bool found = false;

	while (head.n) {
		size_t n = find(head, "\r\n", 2);
		struct rv_span line = rv_span(head.p, n);

		if (n == head.n)
			return false;
		head = rv_span(head.p + n + 2, head.n - n - 2);
		if (!same_head(line, "content-disposition: form-data;"))
			continue;
		if (found || !parameter(line, "; name=\"", out))
			return false;
		found = true;
	}
	return found;
}

static bool take(struct rv_form *form, struct rv_span name,
		 struct rv_span value, unsigned *seen, struct rv_err *err)
{
	const struct {
		const char *name;
		struct rv_span *to;
	} field[] = {
		{ "evidence", &form->evidence },
		{ "evidence_text", &form->evidence_text },
		{ "compose", &form->compose },
		{ "compose_text", &form->compose_text },
		{ "release", &form->release },
	};

	for (unsigned i = 0; i < RV_LEN(field); i++) {
		if (!rv_same_text(name, field[i].name))
			continue;
		if (*seen & 1u << i)
			return refuse("a field twice", err);
		*seen |= 1u << i;
		*field[i].to = value;
		return true;
	}
	return refuse("a field that the page does not have", err);
}

/* One part off @s, which begins behind its boundary's CRLF. */
static bool read_part(struct rv_span *s, const char *delimiter, size_t n,
		      struct rv_span *name, struct rv_span *value,
		      struct rv_err *err)
{
	struct rv_span near = rv_span(s->p, s->n < HEAD_MAX ? s->n : HEAD_MAX);
	size_t head = find(near, "\r\n\r\n", 4), end;

	if (head == near.n || !part_name(rv_span(s->p, head + 2), name))
		return refuse("a part without a name", err);
	*s = rv_span(s->p + head + 4, s->n - head - 4);
	end = find(*s, delimiter, n);
	if (end == s->n)
		return refuse("a part without an end", err);
	*value = rv_span(s->p, end);
	*s = rv_span(s->p + end + n, s->n - end - n);
	return true;
}

bool rv_form_read(const char *type, struct rv_span body, struct rv_form *out,
		  struct rv_err *err)
{
	char delimiter[4 + BOUNDARY_MAX] = "\r\n--";
	struct rv_form form = { 0 };
	struct rv_span boundary, name, value;
	unsigned seen = 0;
	size_t n;

	if (!find_boundary(type, &boundary))
		return refuse("no multipart/form-data with a boundary", err);
	memcpy(delimiter + 4, boundary.p, boundary.n);
	n = 4 + boundary.n;
	/* The first one has no line before it. */
	if (body.n < n - 2 || memcmp(body.p, delimiter + 2, n - 2) != 0)
		return refuse("it does not begin with its boundary", err);
	body = rv_span(body.p + n - 2, body.n - n + 2);
	while (rv_starts(body, rv_text("\r\n"))) {
		body = rv_span(body.p + 2, body.n - 2);
		if (!read_part(&body, delimiter, n, &name, &value, err) ||
		    !take(&form, name, value, &seen, err))
			return false;
	}
	if (!rv_same_text(body, "--\r\n") && !rv_same_text(body, "--"))
		return refuse("it does not end with its boundary", err);
	*out = form;
	return true;
}
