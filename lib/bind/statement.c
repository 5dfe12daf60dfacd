/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement.c - report_data as the digest of a statement. dstack's old agent
 * hashes "prefix:content" with a hash of the caller's choice; an application
 * hashes what it said and hands the digest over, as bytes or as hex text.
 */
#include "bind_text.h"

#include "keccak.h"
#include "digest.h"
#include "json.h"

#include <stdio.h>

enum { RAW, SHA2, KECCAK };

static const struct known {
	struct rv_hash_name h;
	int kind;
	enum rv_alg alg;
} known[] = {
	{ { "sha256", 32 }, SHA2, RV_SHA256 },
	{ { "sha384", 48 }, SHA2, RV_SHA384 },
	{ { "sha512", 64 }, SHA2, RV_SHA512 },
	{ { "sha3-256", 32 }, SHA2, RV_SHA3_256 },
	{ { "sha3-384", 48 }, SHA2, RV_SHA3_384 },
	{ { "sha3-512", 64 }, SHA2, RV_SHA3_512 },
	{ { "keccak256", 32 }, KECCAK, 0 },
	{ { "keccak384", 48 }, KECCAK, 0 },
	{ { "keccak512", 64 }, KECCAK, 0 },
	{ { "raw", 0 }, RAW, 0 },
};

const char *rv_bind_hashes(void)
{
	return "sha256, sha384, sha512, sha3-256, sha3-384, sha3-512,"
	       " keccak256, keccak384, keccak512 or raw";
}

bool rv_hash_find(const char *name, const struct rv_hash_name **out,
		  struct rv_err *err)
{
	for (size_t i = 0; i < RV_LEN(known); i++) {
		if (strcmp(name ? name : "sha256", known[i].h.name) != 0)
			continue;
		*out = &known[i].h;
		return true;
	}
	return rv_fail(err, RV_USAGE, "hash %s: not one of %s", name,
		       rv_bind_hashes());
}

bool rv_hash_of(const struct rv_hash_name *h, struct rv_span s,
		uint8_t out[RV_DIGEST_MAX], struct rv_err *err)
{
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;
	const struct known *k = (const struct known *)h;

	if (k->kind == KECCAK) {
		rv_keccak(s, h->n, out);
		return true;
	}
	return rv_digest_new(k->alg, &d, err) &&
	       rv_digest_add(d, s.p, s.n, err) && rv_digest_end(d, out, err);
}

/*
 * The text that was hashed: the file, or the value at the path as it is
 * written. A value that is a string may have been hashed as what it says, too:
 * *plain.
 */
static bool text_of(const struct rv_statement *s, struct rv_grow *out,
		    struct rv_buf *plain, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *doc = NULL;
	const rv_json *at;

	if (!s->path) {
		rv_grow_add(out, s->file.p, s->file.n);
		return out->failed ? rv_no_memory(err, "statement") : true;
	}
	if (!rv_json_parse(s->file, "statement", &doc, err) ||
	    !rv_path_get(doc, s->path, &at, err) ||
	    !rv_stringify_from(doc, at, s->file, out, err))
		return false;
	return !plain || !rv_json_is_string(at) ||
	       rv_buf_copy(rv_json_text(at), plain, err);
}

/*
 * What report_data starts with: the text itself (raw), or the digest of
 * [prefix ":"] text [tail].
 */
static bool bytes_of(const struct rv_statement *s, struct rv_span text,
		     const char *tail, uint8_t out[RV_REPORT_DATA], size_t *n,
		     struct rv_err *err)
{
	const struct rv_hash_name *h;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (!rv_hash_find(s->hash, &h, err))
		return false;
	if (s->prefix && (!*s->prefix || !h->n))
		return rv_fail(err, RV_USAGE, "%s",
			       h->n ? "an empty prefix" : "raw has no prefix");
	if (!h->n) {
		if (text.n == 0 || text.n > RV_REPORT_DATA)
			return rv_fail(err, RV_INPUT,
				       "statement: raw report_data of %zu"
				       " bytes, not 1 to 64",
				       text.n);
		memcpy(out, text.p, text.n);
		*n = text.n;
		return true;
	}
	if (s->prefix) {
		rv_grow_text(&g, s->prefix);
		rv_grow_u8(&g, ':');
	}
	rv_grow_add(&g, text.p, text.n);
	rv_grow_text(&g, tail);
	if (g.failed)
		return rv_no_memory(err, "statement");
	*n = h->n;
	return rv_hash_of(h, rv_buf_span(&g.buf), out, err);
}

bool rv_bind_report_data(const struct rv_statement *s,
			 uint8_t out[RV_REPORT_DATA], struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	uint8_t b[RV_REPORT_DATA] = { 0 };
	size_t n;

	if (!text_of(s, &g, NULL, err) ||
	    !bytes_of(s, rv_buf_span(&g.buf), "", b, &n, err))
		return false;
	memcpy(out, b, sizeof b);
	return true;
}

bool rv_bound_holds(const uint8_t report_data[RV_REPORT_DATA], struct rv_span s)
{
	return s.n && s.n <= RV_REPORT_DATA &&
	       memcmp(report_data, s.p, s.n) == 0 &&
	       rv_all_zero(rv_span(report_data + s.n, RV_REPORT_DATA - s.n));
}

struct rv_bound *rv_bound_add(struct rv_bound_list *list, const char *name,
			      const uint8_t report_data[RV_REPORT_DATA])
{
	struct rv_bound *b = &list->row[list->n++];

	*b = (struct rv_bound){ 0 };
	snprintf(b->name, sizeof b->name, "%s", name);
	rv_hex(rv_span(report_data, RV_REPORT_DATA), b->actual);
	return b;
}

bool rv_bound_ends(const uint8_t report_data[RV_REPORT_DATA], struct rv_span s)
{
	size_t zeros = RV_REPORT_DATA - s.n;

	return s.n && s.n < RV_REPORT_DATA &&
	       memcmp(report_data + zeros, s.p, s.n) == 0 &&
	       rv_all_zero(rv_span(report_data, zeros));
}

/*
 * The digest as bytes, with the zeros behind it, or in front as the SDKs of
 * dstack's old agent pad it; or as the hex text that some send in its place.
 */
static const char *form_of(const uint8_t *report_data, struct rv_span digest,
			   bool raw)
{
	char hex[2 * RV_REPORT_DATA + 1];

	if (rv_bound_holds(report_data, digest))
		return raw ? "" : ", as bytes";
	if (!raw && rv_bound_ends(report_data, digest))
		return ", as bytes behind zeros";
	rv_hex(digest, hex);
	if (!raw && rv_bound_holds(report_data, rv_text(hex)))
		return ", as hex text";
	return NULL;
}

/* A text that may have been hashed, and what to call it. */
struct text {
	struct rv_span bytes;
	const char *head, *tail; /* around the path in a sentence */
	const char *end;	 /* hashed behind it */
};

static void explain(struct rv_bound *row, const struct rv_statement *s,
		    const struct text *t, const char *form)
{
	snprintf(row->reason, sizeof row->reason,
		 "report_data is the %s of %s%.60s%s%s%.60s%s (%zu bytes)%s",
		 s->hash && strcmp(s->hash, "raw") == 0 ? "bytes"
		 : s->hash				? s->hash
							: "sha256",
		 s->prefix ? "\"" : "", s->prefix ? s->prefix : "",
		 s->prefix ? ":\" and " : "", t->head,
		 s->path ? s->path : "the statement", t->tail, t->bytes.n,
		 form);
}

bool rv_bind_statement(const uint8_t report_data[RV_REPORT_DATA],
		       const struct rv_statement *s, struct rv_bound_list *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf plain = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	bool raw = s->hash && strcmp(s->hash, "raw") == 0;
	/* jq -r ends its line; the hash of a pipe through it has the end. */
	struct text text[] = {
		{ .head = "", .tail = "", .end = "" },
		{ .head = "", .tail = " and a line feed", .end = "\n" },
		{ .head = "the text in ", .tail = "", .end = "" },
		{ .head = "the text in ",
		  .tail = " and a line feed",
		  .end = "\n" },
	};
	uint8_t want[RV_REPORT_DATA] = { 0 }, first[RV_REPORT_DATA] = { 0 };
	size_t n, digest = 0, texts = s->path && !raw ? 2 : 1;
	struct rv_bound *row;

	if (!text_of(s, &g, &plain, err))
		return false;
	for (size_t i = 0; i < RV_LEN(text); i++)
		text[i].bytes = rv_buf_span(i < 2 ? &g.buf : &plain);
	if (plain.p && !raw)
		texts = RV_LEN(text);
	row = rv_bound_add(out, "statement", report_data);
	for (size_t i = 0; i < texts && !row->good; i++) {
		const char *form;

		memset(want, 0, sizeof want);
		if (!bytes_of(s, text[i].bytes, text[i].end, want, &n, err))
			return false;
		if (i == 0) {
			memcpy(first, want, sizeof first);
			digest = n;
			rv_hex(rv_span(first, sizeof first), row->expected);
		}
		form = form_of(report_data, rv_span(want, n), raw);
		row->good = form != NULL;
		if (form)
			explain(row, s, &text[i], form);
	}
	if (row->good)
		return true;
	snprintf(row->reason, sizeof row->reason,
		 memcmp(report_data, first, digest) == 0
		     ? "the statement's digest is there, but what "
		       "follows it is not zero"
		     : "report_data is not made of this statement "
		       "(%zu bytes)",
		 g.buf.n);
	return rv_bind_cause(report_data, s, rv_buf_span(&g.buf), row, err);
}
