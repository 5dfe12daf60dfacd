/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ref.c - image references by the grammar of distribution/reference,
 * narrowed to digests that can be verified (docs/FORMATS.md, "References").
 */
#include "jtree.h"
#include <refval/hash.h>

enum { PATH_MAX_LENGTH = 255, TAG_MAX_LENGTH = 128 };

static bool lower(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool alnum(uint8_t c)
{
	return lower(c) || (c >= 'A' && c <= 'Z');
}

static bool bad(struct rv_err *err, struct rv_span text, const char *why)
{
	return rv_fail(err, RV_INPUT, "%.*s: %s",
		       (int)(text.n > 120 ? 120 : text.n),
		       text.n ? (const char *)text.p : "", why);
}

/* Where @c is in @s, or @s.n. */
static size_t first(struct rv_span s, char c)
{
	const void *p = s.n ? memchr(s.p, c, s.n) : NULL;

	return p ? (size_t)((const uint8_t *)p - s.p) : s.n;
}

static struct rv_span behind(struct rv_span s, size_t n)
{
	return rv_span(s.p + n, s.n - n);
}

/* What stands in the brackets: letters, digits and colons. */
static bool ipv6_ok(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!alnum(s.p[i]) && s.p[i] != ':')
			return false;
	return s.n > 0;
}

static bool host_ok(struct rv_span host)
{
	for (size_t i = 0; i < host.n; i++) {
		uint8_t c = host.p[i];
		bool edge = i == 0 || i + 1 == host.n || host.p[i - 1] == '.' ||
			    host.p[i + 1] == '.';

		if (!alnum(c) && (edge || (c != '-' && c != '.')))
			return false;
	}
	return host.n > 0;
}

/* Nothing, or ":" and digits. */
static bool port_ok(struct rv_span s)
{
	for (size_t i = 1; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return !s.n || (s.p[0] == ':' && s.n > 1);
}

/* domain-component ("." domain-component)* [":" port], or "[" IPv6 "]". */
static bool domain_ok(struct rv_span s)
{
	size_t end;

	if (!s.n || s.p[0] != '[') {
		end = first(s, ':');
		return host_ok(rv_span(s.p, end)) && port_ok(behind(s, end));
	}
	end = first(s, ']');
	return end < s.n && ipv6_ok(rv_span(s.p + 1, end - 1)) &&
	       port_ok(behind(s, end + 1));
}

/* [a-z0-9]+ ((. | _ | __ | -+) [a-z0-9]+)*, between slashes. */
static bool component_ok(struct rv_span s)
{
	size_t i = 0;

	if (!s.n || !lower(s.p[0]) || !lower(s.p[s.n - 1]))
		return false;
	while (i < s.n) {
		size_t from;

		while (i < s.n && lower(s.p[i]))
			i++;
		for (from = i; i < s.n && !lower(s.p[i]); i++)
			if ((s.p[i] != '.' && s.p[i] != '_' && s.p[i] != '-') ||
			    s.p[i] != s.p[from])
				return false;
		if (i > from && ((s.p[from] == '.' && i - from > 1) ||
				 (s.p[from] == '_' && i - from > 2)))
			return false;
	}
	return true;
}

static bool path_ok(struct rv_span s)
{
	for (;;) {
		size_t slash = first(s, '/');

		if (!component_ok(rv_span(s.p, slash)))
			return false;
		if (slash == s.n)
			return true;
		s = behind(s, slash + 1);
	}
}

static bool tag_ok(struct rv_span s)
{
	if (!s.n || s.n > TAG_MAX_LENGTH || (!alnum(s.p[0]) && s.p[0] != '_'))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (!alnum(s.p[i]) && s.p[i] != '_' && s.p[i] != '.' &&
		    s.p[i] != '-')
			return false;
	return true;
}

static bool digest_ok(struct rv_span s)
{
	static const struct {
		const char *name;
		size_t digits;
	} known[] = { { "sha256:", 64 },
		      { "sha384:", 96 },
		      { "sha512:", 128 } };

	for (size_t k = 0; k < RV_LEN(known); k++) {
		struct rv_span head;

		if (s.n != 7 + known[k].digits || !rv_sub(s, 0, 7, &head) ||
		    !rv_same_text(head, known[k].name))
			continue;
		for (size_t i = 7; i < s.n; i++)
			if (!((s.p[i] >= '0' && s.p[i] <= '9') ||
			      (s.p[i] >= 'a' && s.p[i] <= 'f')))
				return false;
		return true;
	}
	return false;
}

/*
 * The first component is a domain when it has a dot, a colon or an upper case
 * letter, or is "localhost"; else the name is one of docker.io.
 */
static bool is_domain(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '.' || s.p[i] == ':' ||
		    (s.p[i] >= 'A' && s.p[i] <= 'Z'))
			return true;
	return rv_same_text(s, "localhost");
}

static void split_domain(struct rv_span name, struct rv_image_ref *r)
{
	size_t slash = first(name, '/');

	r->domain = rv_text("docker.io");
	r->path = name;
	if (slash < name.n && is_domain(rv_span(name.p, slash))) {
		r->domain = rv_span(name.p, slash);
		r->path = behind(name, slash + 1);
		if (rv_same_text(r->domain, "index.docker.io"))
			r->domain = rv_text("docker.io");
	}
	r->library = rv_same_text(r->domain, "docker.io") &&
		     first(r->path, '/') == r->path.n;
}

/* A colon behind the last slash begins a tag; before it, a port. */
static void split_tag(struct rv_span *name, struct rv_image_ref *r)
{
	for (size_t i = name->n; i-- > 0 && name->p[i] != '/';) {
		if (name->p[i] != ':')
			continue;
		r->tag = behind(*name, i + 1);
		name->n = i;
		return;
	}
}

static bool looks_like_id(struct rv_span s)
{
	uint8_t b[32];

	return s.n == 64 && rv_unhex(s, b, sizeof b);
}

bool rv_image_ref_parse(struct rv_span text, struct rv_image_ref *out,
			struct rv_err *err)
{
	struct rv_image_ref r = { 0 };
	struct rv_span name = text;
	size_t at = first(text, '@');

	if (at < text.n) {
		r.digest = behind(text, at + 1);
		name.n = at;
		if (!digest_ok(r.digest))
			return bad(err, text,
				   "not a sha256, sha384 or sha512 digest in"
				   " lower case and in full");
	}
	split_tag(&name, &r);
	if (r.tag.p && !tag_ok(r.tag))
		return bad(err, text, "not a tag");
	if (looks_like_id(name))
		return bad(err, text, "an image id is no reference");
	split_domain(name, &r);
	if (!domain_ok(r.domain))
		return bad(err, text, "not the name of a registry");
	if (r.path.n + (r.library ? 8 : 0) > PATH_MAX_LENGTH)
		return bad(err, text, "longer than 255 characters");
	if (!path_ok(r.path))
		return bad(err, text, "not the name of an image");
	*out = r;
	return true;
}

bool rv_image_ref_name(const struct rv_image_ref *ref, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_add(&g, ref->domain.p, ref->domain.n);
	rv_grow_text(&g, ref->library ? "/library/" : "/");
	rv_grow_add(&g, ref->path.p, ref->path.n);
	if (ref->digest.p) {
		rv_grow_text(&g, "@");
		rv_grow_add(&g, ref->digest.p, ref->digest.n);
	} else {
		rv_grow_text(&g, ":");
		if (ref->tag.p)
			rv_grow_add(&g, ref->tag.p, ref->tag.n);
		else
			rv_grow_text(&g, "latest");
	}
	return rv_grow_take(&g, out, err);
}
