/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hashes.c - image-hashes.txt of a release of dstack's mkosi images
 * (Dstack-TEE/dstack, .github/workflows/mkosi-build.yml at 312dc605): five
 * lines of a name and a value, and a line of sha256sum's for each archive.
 */
#include "release.h"

#include "digest.h"

#include <stdio.h>

enum { LINES_MAX = 64, WORD_MAX = 128 };

struct words {
	char first[WORD_MAX], second[WORD_MAX];
};

static bool blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

/* The next word of @s, which is cut off of it. */
static bool word(struct rv_span *s, char out[WORD_MAX])
{
	size_t skip = 0, n = 0;

	while (skip < s->n && blank(s->p[skip]))
		skip++;
	while (skip + n < s->n && !blank(s->p[skip + n]))
		n++;
	if (!n || n >= WORD_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (s->p[skip + i] <= ' ' || s->p[skip + i] > '~')
			return false;
	memcpy(out, s->p + skip, n);
	out[n] = '\0';
	*s = rv_span(s->p + skip + n, s->n - skip - n);
	return true;
}

static bool split(struct rv_span line, struct words *out)
{
	return word(&line, out->first) && word(&line, out->second) && !line.n;
}

static bool hex(const char *text, uint8_t *out, size_t n, bool *has,
		struct rv_err *err)
{
	if (*has)
		return rv_fail(err, RV_INPUT, "said twice");
	*has = rv_unhex(rv_text(text), out, n);
	return *has || rv_fail(err, RV_INPUT, "no %zu hex digits", 2 * n);
}

/* "dstack-0.6.0.tar.gz" or "dstack-0.6.0-uki.tar.gz" to "dstack-0.6.0". */
static bool archive(const char *file, char out[WORD_MAX], bool *uki)
{
	static const char tail[] = ".tar.gz", cloud[] = "-uki";
	size_t n = strlen(file);

	if (n <= strlen(tail) || strcmp(file + n - strlen(tail), tail) != 0)
		return false;
	n -= strlen(tail);
	*uki = n > strlen(cloud) &&
	       strncmp(file + n - strlen(cloud), cloud, strlen(cloud)) == 0;
	n -= *uki ? strlen(cloud) : 0;
	memcpy(out, file, n);
	out[n] = '\0';
	return true;
}

static bool take_archive(const struct words *w, struct rv_image_hashes *h,
			 struct rv_err *err)
{
	char name[WORD_MAX];
	bool uki;

	if (!archive(w->second, name, &uki) || strlen(name) >= sizeof h->name)
		return rv_fail(err, RV_INPUT,
			       "%s: not the name of an image's archive",
			       w->second);
	if (*h->name && strcmp(h->name, name) != 0)
		return rv_fail(err, RV_INPUT, "of %s, and of %s", h->name,
			       name);
	snprintf(h->name, sizeof h->name, "%s", name);
	return hex(w->first, uki ? h->uki.b : h->tarball.b, 32,
		   uki ? &h->has_uki : &h->has_tarball, err);
}

/* What a line says; what none of these is, is for others. */
static bool take(const struct words *w, struct rv_image_hashes *h,
		 struct rv_err *err)
{
	uint8_t digest[32];

	if (rv_unhex(rv_text(w->first), digest, sizeof digest))
		return take_archive(w, h, err);
	if (strcmp(w->first, "os_image_hash") == 0)
		return hex(w->second, h->os_image_hash.b, 32,
			   &h->has_os_image_hash, err);
	if (strcmp(w->first, "tdx_mrtd") == 0)
		return hex(w->second, h->single_pass.b, 48, &h->has_mrtd, err);
	if (strcmp(w->first, "git_revision") != 0 &&
	    strcmp(w->first, "gcp_uki_auth") != 0 &&
	    strcmp(w->first, "aws_boot_pcr") != 0 && !*h->unknown)
		snprintf(h->unknown, sizeof h->unknown, "%.47s", w->first);
	return true;
}

bool rv_image_hashes_read(struct rv_span text, struct rv_image_hashes *out,
			  struct rv_err *err)
{
	struct rv_image_hashes h = { 0 };
	struct words w;

	if (!rv_sha256(text, &h.sha256, err))
		return false;
	for (size_t line = 1; text.n; line++) {
		const uint8_t *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;

		if (line > LINES_MAX)
			return rv_fail(err, RV_INPUT, "more than %d lines",
				       LINES_MAX);
		if (!split(rv_span(text.p, n), &w))
			return rv_fail(err, RV_INPUT,
				       "line %zu: not a name and a value",
				       line);
		if (!take(&w, &h, err))
			return rv_in(err, "line %zu: %s", line, w.first);
		n += end ? 1 : 0;
		text = rv_span(text.p + n, text.n - n);
	}
	if (!h.has_os_image_hash || !*h.name)
		return rv_fail(err, RV_INPUT,
			       "no image-hashes.txt: it says no os_image_hash,"
			       " or names no archive");
	*out = h;
	return true;
}

bool rv_release_from_hashes(const struct rv_image_hashes *h,
			    struct rv_release *out, struct rv_err *err)
{
	RV_AUTO(rv_release_free) struct rv_release r = { 0 };
	struct rv_provenance why = { .from = RV_FROM_PUBLISHED };
	char digest[65];

	if (!rv_release_named(h->name, &r, err) || !*r.version)
		return rv_fail(err, RV_INPUT,
			       "image-hashes.txt: %s: not the name of a"
			       " release",
			       h->name);
	rv_hex(rv_span(h->sha256.b, 32), digest);
	snprintf(why.source, sizeof why.source, "image-hashes.txt, sha256 %s",
		 digest);
	r.has_os_image_hash = true;
	r.os_image_hash = h->os_image_hash;
	r.os_image_hash_why = why;
	r.has_tarball = h->has_tarball;
	r.tarball = h->tarball;
	r.single_pass.known = h->has_mrtd;
	r.single_pass.value = h->single_pass;
	r.single_pass.why = why;
	*out = RV_TAKE(r);
	return true;
}
