/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inclusion.c - is an entry in a log? The path from its leaf to the root of
 * the log's tree (RFC 9162, 2.1.3), and the log's signature over that root (a
 * signed note, C2SP's tlog-checkpoint).
 */
#include "image_judge.h"
#include "json.h"

enum {
	PATH_MAX_HASHES = 64, /* a tree of 64-bit numbers is no deeper */
	NOTE_MAX = 16 << 10,
	HINT = 4, /* bytes of a key's hash in front of its signature */
};

static const char dash[] = "\xe2\x80\x94 ";

bool rv_log_number(const rv_json *j, const char *key, int64_t *out,
		   struct rv_err *err)
{
	const rv_json *v = rv_json_get(j, key);
	uint64_t n = 0;

	if (rv_json_is_string(v) ? !rv_decimal(rv_json_text(v), INT64_MAX, &n)
				 : !rv_json_uint(v, INT64_MAX, &n))
		return rv_fail(err, RV_INPUT, "%s: no whole number", key);
	*out = (int64_t)n;
	return true;
}

/* RFC 9162, 2.1.1. */
static bool node(const struct rv_sha256 *left, const struct rv_sha256 *right,
		 struct rv_sha256 *out, struct rv_err *err)
{
	uint8_t b[1 + 2 * sizeof left->b] = { 1 };

	memcpy(b + 1, left->b, sizeof left->b);
	memcpy(b + 1 + sizeof left->b, right->b, sizeof right->b);
	return rv_sha256(rv_span(b, sizeof b), out, err);
}

static bool leaf(struct rv_span body, struct rv_sha256 *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	rv_grow_u8(&g, 0);
	rv_grow_add(&g, body.p, body.n);
	if (g.failed)
		return rv_no_memory(err, "log entry");
	return rv_sha256(rv_buf_span(&g.buf), out, err);
}

static bool sum_of(struct rv_span text, struct rv_sha256 *out,
		   struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (!rv_unbase64(text, "hash", &b, err))
		return false;
	if (b.n != sizeof out->b)
		return rv_fail(err, RV_INPUT, "a hash of %zu bytes", b.n);
	memcpy(out->b, b.p, sizeof out->b);
	return true;
}

/* RFC 9162, 2.1.3.2, steps 3 to 5; *good: the path leads to @root. */
static bool climb(const rv_json *path, uint64_t index, uint64_t size,
		  struct rv_sha256 r, const struct rv_sha256 *root, bool *good,
		  struct rv_err *err)
{
	uint64_t fn = index, sn = size - 1;

	*good = false;
	for (size_t i = 0; i < rv_json_size(path); i++) {
		struct rv_span text = rv_json_text(rv_json_at(path, i));
		struct rv_sha256 p;

		if (sn == 0)
			return true;
		if (!sum_of(text, &p, err))
			return rv_in(err, "hashes: %zu", i);
		if (fn & 1 || fn == sn) {
			if (!node(&p, &r, &r, err))
				return false;
			while (!(fn & 1) && fn) {
				fn >>= 1;
				sn >>= 1;
			}
		} else if (!node(&r, &p, &r, err)) {
			return false;
		}
		fn >>= 1;
		sn >>= 1;
	}
	*good = sn == 0 && memcmp(r.b, root->b, sizeof r.b) == 0;
	return true;
}

/* One signature line of a note: is it @key's over @text? */
static bool signs(struct rv_span line, struct rv_span text,
		  const struct rv_sign_key *key, const struct rv_sha256 *id,
		  bool *good, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	struct rv_err ignored = { 0 };
	const uint8_t *space;
	size_t head = sizeof dash - 1;

	*good = false;
	if (!rv_starts(line, rv_span(dash, head)))
		return true;
	line = rv_span(line.p + head, line.n - head);
	space = line.n ? memchr(line.p, ' ', line.n) : NULL;
	if (!space)
		return true;
	head = (size_t)(space - line.p) + 1;
	if (!rv_unbase64(rv_span(line.p + head, line.n - head), "signature", &b,
			 &ignored) ||
	    b.n <= HINT || memcmp(b.p, id->b, HINT) != 0)
		return true;
	return rv_sign_check(key, RV_SHA256, RV_SIGN_DER, text,
			     rv_span(b.p + HINT, b.n - HINT), good, err);
}

/* Its text: an origin, the tree's size, its root, and what else there is. */
static bool says(struct rv_span text, uint64_t size,
		 const struct rv_sha256 *root)
{
	struct rv_err ignored = { 0 };
	struct rv_span line;
	struct rv_sha256 r;
	uint64_t n;

	return rv_line(&text, &line) && line.n && rv_line(&text, &line) &&
	       rv_decimal(line, INT64_MAX, &n) && n == size &&
	       rv_line(&text, &line) && sum_of(line, &r, &ignored) &&
	       memcmp(r.b, root->b, sizeof r.b) == 0;
}

/* Did the log sign a note with this root and size? */
static bool is_noted(struct rv_span note, uint64_t size,
		     const struct rv_sha256 *root,
		     const struct rv_sign_key *key, bool *good,
		     struct rv_err *err)
{
	struct rv_span rest = note, line, text;
	struct rv_sha256 id;

	*good = false;
	if (!rv_sign_id(key, &id, err))
		return false;
	while (rv_line(&rest, &line) && line.n)
		;
	/* Up to the line end ahead of the empty line. */
	text = rv_span(note.p, note.n - rest.n - (rest.n ? 1 : 0));
	if (!rest.n || !says(text, size, root))
		return true;
	while (rv_line(&rest, &line) && !*good)
		if (!signs(line, text, key, &id, good, err))
			return false;
	return true;
}

bool rv_inclusion_check(const rv_json *proof, struct rv_span body,
			const struct rv_sign_key *key, bool *good,
			struct rv_err *err)
{
	const rv_json *path;
	struct rv_span note, text;
	struct rv_sha256 root, r;
	int64_t index, size;

	*good = false;
	if (!rv_log_number(proof, "logIndex", &index, err) ||
	    !rv_log_number(proof, "treeSize", &size, err) ||
	    !rv_json_need_text(proof, "rootHash", &text, err) ||
	    !rv_json_need_list(proof, "hashes", PATH_MAX_HASHES, &path, err) ||
	    !rv_json_need_text(rv_json_get(proof, "checkpoint"), "envelope",
			       &note, err) ||
	    !sum_of(text, &root, err) || !leaf(body, &r, err))
		return rv_in(err, "inclusionProof");
	if (index >= size || note.n > NOTE_MAX)
		return true;
	if (!climb(path, (uint64_t)index, (uint64_t)size, r, &root, good, err))
		return rv_in(err, "inclusionProof");
	return !*good || is_noted(note, (uint64_t)size, &root, key, good, err);
}
