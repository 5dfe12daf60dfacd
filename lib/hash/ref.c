/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ref.c - image references as compose files and docker write them (the
 * grammar of distribution/reference), made whole: domain, path, tag, digest.
 */
#include "oci.h"

#include <stdlib.h>

enum { REF_NAME_MAX = 255, REF_TAG_MAX = 128 };

void rv_oci_ref_free(struct rv_oci_ref *r)
{
	free(r->name);
	free(r->tag);
	*r = (struct rv_oci_ref){ 0 };
}

static bool lower(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool alnum(uint8_t c)
{
	return lower(c) || (c >= 'A' && c <= 'Z');
}

/* Lower-case words, joined by ".", "_", "__" or any number of "-". */
static bool is_component(struct rv_span s)
{
	size_t i = 0;

	while (i < s.n) {
		size_t start = i, join;

		while (i < s.n && lower(s.p[i]))
			i++;
		if (i == start)
			return false;
		if (i == s.n)
			return true;
		join = i;
		if (s.p[i] == '-')
			while (i < s.n && s.p[i] == '-')
				i++;
		else if (s.p[i] == '_')
			while (i < s.n && s.p[i] == '_' && i - join < 2)
				i++;
		else if (s.p[i] == '.')
			i++;
		else
			return false;
	}
	return false;
}

static bool is_port(struct rv_span s)
{
	uint64_t v;

	return s.n && rv_decimal(s, 65535, &v);
}

/* Host names with dots, an address in brackets, and a port. */
static bool is_domain(struct rv_span s)
{
	size_t i = 0, dot = 0;

	if (s.n && s.p[0] == '[') {
		for (i = 1; i < s.n && s.p[i] != ']'; i++)
			if (!alnum(s.p[i]) && s.p[i] != ':')
				return false;
		if (i == s.n || i == 1)
			return false;
		i++;
		return i == s.n || (s.p[i] == ':' &&
				    is_port(rv_span(s.p + i + 1, s.n - i - 1)));
	}
	for (; i < s.n && s.p[i] != ':'; i++) {
		bool edge = i == dot || i + 1 == s.n || s.p[i + 1] == '.' ||
			    s.p[i + 1] == ':';

		if (s.p[i] == '.' && i > dot) {
			dot = i + 1;
			continue;
		}
		if (!alnum(s.p[i]) && (s.p[i] != '-' || edge))
			return false;
	}
	if (i == dot)
		return false;
	return i == s.n || is_port(rv_span(s.p + i + 1, s.n - i - 1));
}

static bool is_tag(struct rv_span s)
{
	if (!s.n || s.n > REF_TAG_MAX || s.p[0] == '.' || s.p[0] == '-')
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!alnum(s.p[i]) && s.p[i] != '_' && s.p[i] != '.' &&
		    s.p[i] != '-')
			return false;
	return true;
}

static bool bad(struct rv_span text, const char *why, struct rv_err *err)
{
	return rv_fail(err, RV_INPUT, "E_REF: \"%.*s\": %s",
		       (int)(text.n < 200 ? text.n : 200),
		       text.p ? (const char *)text.p : "", why);
}

/* The first part is a domain when it cannot be the first of a path. */
static bool has_domain(struct rv_span s, size_t *n)
{
	const uint8_t *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
	struct rv_span first;
	bool upper = false;

	if (!slash)
		return false;
	first = rv_span(s.p, (size_t)(slash - s.p));
	for (size_t i = 0; i < first.n; i++)
		upper |= first.p[i] >= 'A' && first.p[i] <= 'Z';
	*n = first.n;
	return upper || memchr(first.p, '.', first.n) ||
	       memchr(first.p, ':', first.n) || first.p[0] == '[' ||
	       rv_same_text(first, "localhost");
}

static bool full_name(struct rv_span text, struct rv_span s, char **out,
		      struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_span domain = rv_text("docker.io"), path = s, part;
	size_t n = 0, at = 0;

	if (has_domain(s, &n)) {
		domain = rv_span(s.p, n);
		path = rv_span(s.p + n + 1, s.n - n - 1);
		if (!is_domain(domain))
			return bad(text, "the domain is malformed", err);
		if (rv_same_text(domain, "index.docker.io"))
			domain = rv_text("docker.io");
	}
	while (at <= path.n) {
		const uint8_t *slash =
		    at < path.n ? memchr(path.p + at, '/', path.n - at) : NULL;
		size_t end = slash ? (size_t)(slash - path.p) : path.n;

		part = rv_span(path.p + at, end - at);
		if (!is_component(part))
			return bad(text, "the name is malformed", err);
		at = end + 1;
	}
	rv_grow_add(&g, domain.p, domain.n);
	rv_grow_u8(&g, '/');
	if (rv_same_text(domain, "docker.io") && !memchr(path.p, '/', path.n))
		rv_grow_text(&g, "library/");
	rv_grow_add(&g, path.p, path.n);
	if (g.failed)
		return rv_no_memory(err, "reference");
	if (g.buf.n > REF_NAME_MAX)
		return bad(text, "the name is too long", err);
	return rv_text_copy(rv_buf_span(&g.buf), "reference", out, err);
}

bool rv_oci_ref_parse(struct rv_span text, struct rv_oci_ref *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_oci_ref_free) struct rv_oci_ref r = { 0 };
	const uint8_t *at = text.n ? memchr(text.p, '@', text.n) : NULL;
	struct rv_span s = text;
	uint8_t digest[32];
	size_t colon;

	if (at) {
		size_t n = (size_t)(at - text.p);

		if (!oci_digest(rv_span(at + 1, text.n - n - 1), &r.digest,
				err))
			return false;
		r.has_digest = true;
		s.n = n;
	}
	/* A colon behind the last slash starts the tag. */
	for (colon = s.n;
	     colon && s.p[colon - 1] != ':' && s.p[colon - 1] != '/'; colon--)
		;
	if (colon && s.p[colon - 1] == ':') {
		struct rv_span tag = rv_span(s.p + colon, s.n - colon);

		if (!is_tag(tag))
			return bad(text, "the tag is malformed", err);
		if (!rv_text_copy(tag, "tag", &r.tag, err))
			return false;
		s.n = colon - 1;
	}
	if (rv_unhex(s, digest, sizeof digest))
		return bad(text, "64 hex digits are no name", err);
	if (!full_name(text, s, &r.name, err))
		return false;
	*out = RV_TAKE(r);
	return true;
}
