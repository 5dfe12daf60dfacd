/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checksums.c - sha256sum.txt, in one strict grammar (docs/FORMATS.md): what
 * sha256sum prints for plain names, and nothing else that its --check reads.
 */
#include "unpack.h"
#include "digest.h"

enum { HEX = 64 };

static bool lower_hex(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] >= 'A' && s.p[i] <= 'F')
			return false;
	return true;
}

/* 64 digits, two blanks, the name. @first: decides about "./". */
static bool read_line(struct rv_span line, bool first, bool *dotted,
		      struct rv_checksum *out, struct rv_err *err)
{
	struct rv_rd r = rv_rd(line, "line");
	struct rv_span hex = rv_take(&r, HEX, "digest");
	struct rv_span gap = rv_take(&r, 2, "two blanks");
	struct rv_span name = rv_take(&r, rv_rd_left(&r), "name");
	bool dot = name.n > 2 && name.p[0] == '.' && name.p[1] == '/';

	if (!rv_rd_ok(&r, err))
		return false;
	if (!lower_hex(hex) ||
	    !rv_unhex(hex, out->sha256.b, sizeof out->sha256.b))
		return rv_fail(err, RV_INPUT, "not 64 lower-case hex digits");
	if (!rv_same_text(gap, "  "))
		return rv_fail(err, RV_INPUT,
			       "no two blanks behind the digest");
	if (dot)
		name = rv_span(name.p + 2, name.n - 2);
	if (!rv_name_ok(name))
		return rv_fail(err, RV_INPUT, "not a plain name");
	if (!first && dot != *dotted)
		return rv_fail(err, RV_INPUT,
			       "some names with ./, some without");
	*dotted = dot;
	memcpy(out->name, name.p, name.n);
	out->name[name.n] = '\0';
	return true;
}

const struct rv_checksum *rv_checksums_find(const struct rv_checksums *sums,
					    const char *name)
{
	for (size_t i = 0; i < sums->n; i++)
		if (strcmp(sums->line[i].name, name) == 0)
			return &sums->line[i];
	return NULL;
}

static bool add_line(struct rv_span line, struct rv_checksums *s,
		     struct rv_err *err)
{
	struct rv_checksum got = { { 0 }, { { 0 } } };

	if (s->n == RV_IMAGE_FILES_MAX)
		return rv_fail(err, RV_INPUT, "more than %d lines",
			       RV_IMAGE_FILES_MAX);
	if (!read_line(line, s->n == 0, &s->dotted, &got, err))
		return false;
	if (rv_checksums_find(s, got.name))
		return rv_fail(err, RV_INPUT, "%s: a second time", got.name);
	s->line[s->n++] = got;
	return true;
}

bool rv_checksums_parse(struct rv_span text, struct rv_checksums *out,
			struct rv_err *err)
{
	struct rv_checksums s = { .n = 0 };
	struct rv_span left = text, line;

	if (text.n == 0)
		return rv_fail(err, RV_INPUT, "sha256sum.txt: empty");
	if (text.p[text.n - 1] != '\n')
		return rv_fail(err, RV_INPUT,
			       "sha256sum.txt: no line feed at the end");
	while (rv_line(&left, &line))
		if (!add_line(line, &s, err))
			return rv_in(err, "sha256sum.txt: line %zu", s.n + 1);
	*out = s;
	return true;
}

bool rv_digest_txt_parse(struct rv_span text, struct rv_sha256 *out,
			 struct rv_err *err)
{
	struct rv_span hex = text, lf;
	struct rv_sha256 got = { 0 };

	if (text.n != HEX + 1 || !rv_cut(&hex, 1, &lf) ||
	    !rv_same_text(lf, "\n") || !lower_hex(hex) ||
	    !rv_unhex(hex, got.b, sizeof got.b))
		return rv_fail(err, RV_INPUT,
			       "digest.txt: not 64 lower-case hex digits and a"
			       " line feed");
	*out = got;
	return true;
}
