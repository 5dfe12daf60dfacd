/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files.c - an in-toto statement about files that were released: their names
 * and digests as sha256sum(1) lists them, under in-toto's release predicate
 * v0.1, which names the release by a purl.
 */
#include "publish.h"

static const char release_type[] =
    "https://in-toto.io/attestation/release/v0.1";

enum { HEX = 64, PATH_MAX_BYTES = 4096 };

/* One line: 64 digits, a blank, a blank or "*" for binary, the name. */
static bool read_line(struct rv_span line, size_t number, struct rv_span *name,
		      struct rv_sha256 *digest, struct rv_err *err)
{
	bool lower = true;

	if (line.n < HEX + 3 || line.p[HEX] != ' ' ||
	    (line.p[HEX + 1] != ' ' && line.p[HEX + 1] != '*'))
		return rv_fail(err, RV_INPUT,
			       "line %zu is not as sha256sum writes it",
			       number);
	for (size_t i = 0; i < HEX; i++)
		lower = lower && !(line.p[i] >= 'A' && line.p[i] <= 'F');
	if (!lower ||
	    !rv_unhex(rv_span(line.p, HEX), digest->b, sizeof digest->b))
		return rv_fail(err, RV_INPUT, "line %zu: no SHA-256", number);
	*name = rv_span(line.p + HEX + 2, line.n - HEX - 2);
	if (name->n > PATH_MAX_BYTES)
		return rv_fail(err, RV_INPUT,
			       "line %zu: a name of more than %d bytes", number,
			       PATH_MAX_BYTES);
	for (size_t i = 0; i < name->n; i++)
		if (name->p[i] < 0x20 || name->p[i] == 0x7f)
			return rv_fail(err, RV_INPUT,
				       "line %zu: a control character in the "
				       "name",
				       number);
	return rv_utf8_ok(*name) ||
	       rv_fail(err, RV_INPUT, "line %zu: the name is no UTF-8", number);
}

/* Each is named once: who looks a name up finds one digest. */
static bool is_new(const struct rv_span *names, size_t n, struct rv_span name,
		   struct rv_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (rv_same(names[i], name))
			return rv_fail(err, RV_INPUT,
				       "line %zu: the name of line %zu again",
				       n + 1, i + 1);
	return true;
}

static bool put_files(struct rv_jw *w, struct rv_span list, struct rv_err *err)
{
	struct rv_span names[RV_PUBLISH_FILES_MAX];
	size_t n = 0;

	while (list.n) {
		const uint8_t *end = memchr(list.p, '\n', list.n);
		struct rv_sha256 digest;
		size_t used;

		if (!end)
			return rv_fail(err, RV_INPUT,
				       "line %zu has no end: the list is cut",
				       n + 1);
		if (n == RV_PUBLISH_FILES_MAX)
			return rv_fail(err, RV_INPUT, "more than %d files",
				       RV_PUBLISH_FILES_MAX);
		used = (size_t)(end - list.p);
		if (!read_line(rv_span(list.p, used), n + 1, &names[n], &digest,
			       err) ||
		    !is_new(names, n, names[n], err))
			return false;
		rv_jw_open(w, NULL, '{');
		rv_jw_text(w, "name", names[n++]);
		rv_jw_open(w, "digest", '{');
		rv_jw_hex(w, "sha256", rv_span(digest.b, sizeof digest.b));
		rv_jw_close(w);
		rv_jw_close(w);
		list = rv_span(list.p + used + 1, list.n - used - 1);
	}
	return n > 0 || rv_fail(err, RV_INPUT, "an empty list names no file");
}

bool rv_files_statement(struct rv_span list, const char *purl,
			struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };

	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "_type", RV_STATEMENT_TYPE);
	rv_jw_open(&w, "subject", '[');
	if (!put_files(&w, list, err))
		return false;
	rv_jw_close(&w);
	rv_jw_str(&w, "predicateType", release_type);
	rv_jw_open(&w, "predicate", '{');
	rv_jw_str(&w, "purl", purl);
	rv_jw_close(&w);
	rv_jw_close(&w);
	if (g.buf.n)
		g.buf.n--; /* the LF behind a document is no part of it */
	return rv_grow_take(&g, out, err);
}
