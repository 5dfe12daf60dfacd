/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image.c - places that name an image: what compose runs, and what
 * builds and scripts pull on the way.
 */
#include "audit.h"

static bool copy(struct audit *x, struct rv_span s, struct rv_span *out)
{
	*out = rv_span(NULL, 0);
	return !s.p || rv_arena_copy(x->a, s, out, x->err);
}

/* The findings that a reference is worth, and its full name. */
static bool judge(struct audit *x, struct rv_compose_image *im)
{
	RV_AUTO(rv_buf_free) struct rv_buf name = { 0 };
	const struct rv_span none = rv_text("");
	struct rv_image_ref ref;
	struct rv_err e = { 0 };

	if (rv_audit_has_var(im->written))
		return rv_audit_say(x, "C_IMAGE_VAR", none, im->line,
				    "a variable chooses the image");
	if (!rv_image_ref_parse(im->written, &ref, &e))
		return rv_audit_say(x, "C_IMAGE_REF", none, im->line, "%s",
				    e.msg);
	if (!rv_image_ref_name(&ref, &name, x->err) ||
	    !copy(x, rv_buf_span(&name), &im->name) ||
	    !copy(x, ref.digest, &im->digest))
		return false;
	if (ref.digest.p && ref.tag.p)
		return rv_audit_say(x, "I_TAG_IGNORED", none, im->line,
				    "the digest counts, the tag does not");
	if (ref.digest.p)
		return true;
	return rv_audit_say(x, ref.tag.p ? "C_IMAGE_TAG" : "C_IMAGE_NOTAG",
			    none, im->line,
			    ref.tag.p ? "a tag can be moved to another image"
				      : "without tag or digest: whatever is the"
					" latest");
}

static bool append(struct audit *x, struct rv_grow *to,
		   const struct rv_compose_image *im)
{
	if (to->buf.n / sizeof *im >= AUDIT_FINDINGS)
		return rv_fail(x->err, RV_INPUT, "more than %d images",
			       AUDIT_FINDINGS);
	rv_grow_add(to, im, sizeof *im);
	return true;
}

static bool add(struct audit *x, struct rv_grow *to, const char *place,
		struct rv_span text, size_t line, bool built)
{
	struct rv_compose_image im = {
		.service = x->service,
		.place = place,
		.line = line,
		.built = built,
	};

	if (!copy(x, text, &im.written) || !judge(x, &im))
		return false;
	im.pinned = im.digest.p && !built;
	return append(x, to, &im);
}

bool rv_audit_image(struct audit *x, const char *place, struct rv_span text,
		    size_t line, bool built)
{
	return add(x, &x->image, place, text, line, built);
}

bool rv_audit_indirect(struct audit *x, const char *place, struct rv_span text,
		       size_t line)
{
	return add(x, &x->indirect, place, text, line, false);
}

/* A compose file kept as an artifact: listed, and a finding already. */
bool rv_audit_artifact(struct audit *x, const char *place, struct rv_span text,
		       size_t line)
{
	RV_AUTO(rv_buf_free) struct rv_buf name = { 0 };
	struct rv_compose_image im = { .place = place, .line = line };
	struct rv_image_ref ref;
	struct rv_err e = { 0 };

	if (!copy(x, text, &im.written))
		return false;
	if (!rv_audit_has_var(text) &&
	    rv_image_ref_parse(im.written, &ref, &e)) {
		if (!rv_image_ref_name(&ref, &name, x->err) ||
		    !copy(x, rv_buf_span(&name), &im.name) ||
		    !copy(x, ref.digest, &im.digest))
			return false;
		im.pinned = im.digest.p;
	}
	return append(x, &x->indirect, &im);
}

/* ---- words of a line ---- */

/* Take the next word off @s; quotes around a whole word are dropped. */
static bool word(struct rv_span *s, struct rv_span *out)
{
	size_t n = 0;

	while (s->n && (s->p[0] == ' ' || s->p[0] == '\t' || s->p[0] == '\r'))
		*s = rv_span(s->p + 1, s->n - 1);
	while (n < s->n && s->p[n] != ' ' && s->p[n] != '\t' && s->p[n] != '\r')
		n++;
	*out = rv_span(s->p, n);
	*s = rv_span(s->p + n, s->n - n);
	if (n > 1 && (out->p[0] == '"' || out->p[0] == '\'') &&
	    out->p[n - 1] == out->p[0])
		*out = rv_span(out->p + 1, n - 2);
	return n > 0;
}

static bool is_word(struct rv_span w, const char *upper)
{
	size_t n = strlen(upper);

	if (w.n != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		uint8_t c = w.p[i];

		c = (uint8_t)(c >= 'a' && c <= 'z' ? c - 32 : c);
		if (c != (uint8_t)upper[i])
			return false;
	}
	return true;
}

/* What stands behind "--name=", or nothing. */
static bool value_of(struct rv_span w, const char *name, struct rv_span *out)
{
	size_t n = strlen(name);

	if (!rv_audit_starts(w, name))
		return false;
	*out = rv_span(w.p + n, w.n - n);
	return true;
}

/* ---- Dockerfiles ---- */

enum { STAGES = 64 };

struct dockerfile {
	struct audit *x;
	struct rv_span stage[STAGES];
	size_t stages;
	size_t line;
	bool runs;
};

/* The name or number of an earlier stage is no image. */
static bool is_stage(const struct dockerfile *d, struct rv_span name)
{
	uint64_t number;

	if (rv_decimal(name, STAGES, &number))
		return true;
	for (size_t i = 0; i < d->stages; i++)
		if (rv_same(d->stage[i], name))
			return true;
	return false;
}

static bool named(struct dockerfile *d, struct rv_span image)
{
	if (is_stage(d, image) || rv_same_text(image, "scratch"))
		return true;
	return rv_audit_indirect(d->x, "dockerfile", image, d->line);
}

/* FROM [--platform=P] IMAGE [AS NAME] */
static bool from(struct dockerfile *d, struct rv_span rest)
{
	struct rv_span w = { 0 }, as = { 0 };

	while (word(&rest, &w) && rv_audit_starts(w, "--"))
		;
	if (!named(d, w))
		return false;
	if (word(&rest, &as) && is_word(as, "AS") && word(&rest, &as) &&
	    d->stages < STAGES)
		d->stage[d->stages++] = as;
	return true;
}

/* --from=IMAGE of COPY and ADD; --mount=...,from=IMAGE of RUN. */
static bool flags(struct dockerfile *d, struct rv_span rest)
{
	struct rv_span w, v;

	while (word(&rest, &w) && rv_audit_starts(w, "--")) {
		if (value_of(w, "--from=", &v) && !named(d, v))
			return false;
		if (!value_of(w, "--mount=", &v))
			continue;
		while (v.n) {
			const uint8_t *comma = memchr(v.p, ',', v.n);
			size_t n = comma ? (size_t)(comma - v.p) : v.n;
			struct rv_span image;

			if (value_of(rv_span(v.p, n), "from=", &image) &&
			    !named(d, image))
				return false;
			n += n < v.n;
			v = rv_span(v.p + n, v.n - n);
		}
	}
	return true;
}

/* "# syntax=IMAGE": the program that reads the rest of the file. */
static bool directive(struct dockerfile *d, struct rv_span l)
{
	struct rv_span w, v;

	while (l.n && (l.p[0] == '#' || l.p[0] == ' '))
		l = rv_span(l.p + 1, l.n - 1);
	if (!word(&l, &w))
		return true;
	if (value_of(w, "syntax=", &v) && v.n)
		return rv_audit_indirect(d->x, "dockerfile", v, d->line);
	if (is_word(w, "SYNTAX") && word(&l, &w) && rv_same_text(w, "=") &&
	    word(&l, &w))
		return rv_audit_indirect(d->x, "dockerfile", w, d->line);
	return true;
}

static bool dockerfile(struct audit *x, const struct yn *text)
{
	struct dockerfile d = { .x = x, .line = text->line + text->literal };
	struct rv_span rest = text->text, l;

	for (; rv_line(&rest, &l); d.line++) {
		struct rv_span w, args = l;

		if (!word(&args, &w))
			continue;
		if (w.p[0] == '#') {
			if (!directive(&d, l))
				return false;
			continue;
		}
		d.runs |= is_word(w, "RUN") || is_word(w, "ADD");
		if (is_word(w, "FROM") ? !from(&d, args) : !flags(&d, args))
			return false;
	}
	return !d.runs ||
	       rv_audit_say(
		   x, "C_BUILD_RUN", rv_text(""), text->line,
		   "the Dockerfile runs commands or fetches files: what"
		   " comes of them is not measured");
}

/* ---- build sections ---- */

static bool context(struct audit *x, const struct yn *v)
{
	struct rv_span s = rv_yn_text(v);

	if (!s.p || !rv_audit_remote(s))
		return true;
	return rv_audit_say(x, "C_BUILD_REMOTE", s, v->line,
			    "the build's files come from elsewhere");
}

static bool contexts(struct audit *x, const struct yn *list)
{
	for (size_t i = 0; list && i < list->n; i++) {
		const struct yn *v = list->m[i].value;
		struct rv_span s = rv_yn_text(v), image;

		if (list->type == YN_LIST && s.p) {
			const uint8_t *eq = memchr(s.p, '=', s.n);
			size_t n = eq ? (size_t)(eq + 1 - s.p) : 0;

			s = rv_span(s.p + n, s.n - n);
		}
		if (value_of(s, "docker-image://", &image)) {
			if (!rv_audit_indirect(x, "context", image, v->line))
				return false;
		} else if (rv_audit_remote(s) &&
			   !rv_audit_say(x, "C_BUILD_REMOTE", s, v->line,
					 "the build's files come from"
					 " elsewhere")) {
			return false;
		}
	}
	return true;
}

/* A cache is a reference, or "type=registry,ref=IMAGE". */
static bool caches(struct audit *x, const struct yn *list)
{
	for (size_t i = 0; list && i < list->n; i++) {
		const struct yn *v = list->m[i].value;
		struct rv_span s = rv_yn_text(v), image = s;

		if (!s.p)
			continue;
		if (memchr(s.p, '=', s.n)) {
			image = rv_span(NULL, 0);
			while (s.n) {
				const uint8_t *c = memchr(s.p, ',', s.n);
				size_t n = c ? (size_t)(c - s.p) : s.n;

				value_of(rv_span(s.p, n), "ref=", &image);
				n += n < s.n;
				s = rv_span(s.p + n, s.n - n);
			}
		}
		if (image.p && !rv_audit_indirect(x, "cache", image, v->line))
			return false;
	}
	return true;
}

bool rv_audit_build(struct audit *x, const struct yn *build, size_t line)
{
	const struct yn *inl = rv_yn_get(build, "dockerfile_inline");

	if (!rv_audit_say(
		x, "C_BUILD", rv_text(""), line,
		"built inside the machine at every start, of files that"
		" are not measured"))
		return false;
	if (build->type == YN_SCALAR)
		return context(x, build);
	if (build->type != YN_MAP)
		return true;
	return context(x, rv_yn_get(build, "context")) &&
	       (!rv_yn_text(inl).p || dockerfile(x, inl)) &&
	       contexts(x, rv_yn_get(build, "additional_contexts")) &&
	       caches(x, rv_yn_get(build, "cache_from"));
}

/* ---- shell scripts ---- */

/* Options of docker run and docker pull that take no value. */
static bool takes_value(struct rv_span w)
{
	static const char *const flags[] = { "-d",
					     "--detach",
					     "--rm",
					     "-i",
					     "--interactive",
					     "-t",
					     "--tty",
					     "-it",
					     "-ti",
					     "-dit",
					     "--init",
					     "--privileged",
					     "--read-only",
					     "-P",
					     "--publish-all",
					     "-q",
					     "--quiet",
					     "-a",
					     "--all-tags",
					     "--no-healthcheck",
					     "--oom-kill-disable",
					     "--disable-content-trust" };

	for (size_t i = 0; i < RV_LEN(flags); i++)
		if (rv_same_text(w, flags[i]))
			return false;
	return !memchr(w.p, '=', w.n);
}

/* The first operand of "run", "pull" or "create". */
static bool operand(struct rv_span *rest, struct rv_span *out)
{
	while (word(rest, out)) {
		if (out->p[0] != '-')
			return true;
		if (takes_value(*out) && !word(rest, out))
			return false;
	}
	return false;
}

static bool is_verb(struct rv_span w)
{
	return rv_same_text(w, "run") || rv_same_text(w, "pull") ||
	       rv_same_text(w, "create");
}

/*
 * A shell can do anything; this only points at the plain cases, and the whole
 * script is for the auditor to read anyway.
 */
bool rv_audit_script(struct audit *x, struct rv_span script)
{
	struct rv_span rest = script, l;

	for (size_t line = 1; rv_line(&rest, &l); line++) {
		struct rv_span w, image;
		bool docker = false;

		while (word(&l, &w)) {
			if (w.p[0] == '#')
				break;
			if (docker && is_verb(w) && operand(&l, &image) &&
			    !rv_audit_indirect(x, "script", image, line))
				return false;
			docker = rv_same_text(w, "docker") ||
				 rv_same_text(w, "nerdctl") ||
				 rv_same_text(w, "podman") ||
				 (docker && (rv_same_text(w, "image") ||
					     rv_same_text(w, "container")));
		}
	}
	return true;
}
