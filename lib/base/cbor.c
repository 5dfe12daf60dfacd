/* SPDX-License-Identifier: Apache-2.0 */
/* cbor.c - CBOR items, read strictly and written deterministically. */
#include "cbor.h"

enum major {
	UINT = RV_CBOR_UINT,
	NINT = RV_CBOR_NINT,
	BYTES = RV_CBOR_BYTES,
	TEXT = RV_CBOR_TEXT,
	ARRAY = RV_CBOR_ARRAY,
	MAP = RV_CBOR_MAP,
	TAG = RV_CBOR_TAG,
	SIMPLE = RV_CBOR_SIMPLE,
};
enum { FALSE_VALUE = 20, TRUE_VALUE = 21, INDEFINITE = 31 };

/* RFC 8949, section 3: the head of an item, in its shortest form only. */
static bool head(struct rv_rd *r, const char *field, enum major want,
		 uint64_t *value, struct rv_err *err)
{
	size_t at = r->off;
	uint8_t b = rv_u8(r, field);
	unsigned major = b >> 5, info = b & 31;
	uint64_t v = info, least = 0;

	if (info >= 24 && info <= 27) {
		size_t n = (size_t)1 << (info - 24);

		v = rv_num_be(rv_take(r, n, field));
		least = n == 1 ? 24 : (uint64_t)1 << 4 * n;
	}
	if (!rv_rd_ok(r, err))
		return false;
	if (major != want || info > 27)
		return rv_fail(err, RV_INPUT,
			       "%s: %s: at byte %zu an item of type %u%s",
			       r->what, field, at, major,
			       info == INDEFINITE ? " without a length" : "");
	if (v < least)
		return rv_fail(err, RV_INPUT,
			       "%s: %s: at byte %zu a number longer than "
			       "needed",
			       r->what, field, at);
	*value = v;
	return true;
}

bool rv_cbor_uint(struct rv_rd *r, const char *field, uint64_t max,
		  uint64_t *out, struct rv_err *err)
{
	uint64_t v;

	if (!head(r, field, UINT, &v, err))
		return false;
	if (v > max)
		return rv_fail(err, RV_INPUT,
			       "%s: %s: %" PRIu64 " is above %" PRIu64, r->what,
			       field, v, max);
	*out = v;
	return true;
}

bool rv_cbor_bool(struct rv_rd *r, const char *field, bool *out,
		  struct rv_err *err)
{
	uint64_t v;

	if (!head(r, field, SIMPLE, &v, err))
		return false;
	if (v != FALSE_VALUE && v != TRUE_VALUE)
		return rv_fail(err, RV_INPUT, "%s: %s: neither true nor false",
			       r->what, field);
	*out = v == TRUE_VALUE;
	return true;
}

static bool string(struct rv_rd *r, const char *field, enum major type,
		   struct rv_span *out, struct rv_err *err)
{
	struct rv_span s;
	uint64_t n;

	if (!head(r, field, type, &n, err))
		return false;
	s = rv_take(r, n > SIZE_MAX ? SIZE_MAX : (size_t)n, field);
	if (!rv_rd_ok(r, err))
		return false;
	*out = s;
	return true;
}

bool rv_cbor_bytes(struct rv_rd *r, const char *field, struct rv_span *out,
		   struct rv_err *err)
{
	return string(r, field, BYTES, out, err);
}

bool rv_cbor_text(struct rv_rd *r, const char *field, struct rv_span *out,
		  struct rv_err *err)
{
	struct rv_span s;

	if (!string(r, field, TEXT, &s, err))
		return false;
	if (!rv_utf8_ok(s))
		return rv_fail(err, RV_INPUT, "%s: %s: not UTF-8", r->what,
			       field);
	*out = s;
	return true;
}

bool rv_cbor_key(struct rv_rd *r, const char *want, struct rv_err *err)
{
	struct rv_span s;

	return rv_cbor_text(r, want, &s, err) &&
	       (rv_same_text(s, want) ||
		rv_fail(err, RV_INPUT, "%s: %.*s where %s belongs", r->what,
			(int)(s.n < 40 ? s.n : 40), (const char *)s.p, want));
}

bool rv_cbor_map(struct rv_rd *r, const char *field, uint64_t max,
		 uint64_t *out, struct rv_err *err)
{
	uint64_t n;

	if (!head(r, field, MAP, &n, err))
		return false;
	if (n > max)
		return rv_fail(err, RV_INPUT,
			       "%s: %s: a map of %" PRIu64 ", more than "
			       "%" PRIu64,
			       r->what, field, n, max);
	*out = n;
	return true;
}

int rv_cbor_peek(const struct rv_rd *r)
{
	return rv_rd_left(r) ? r->in.p[r->off] >> 5 : -1;
}

bool rv_cbor_int(struct rv_rd *r, const char *field, int64_t *out,
		 struct rv_err *err)
{
	bool negative = rv_cbor_peek(r) == NINT;
	uint64_t v;

	if (!head(r, field, negative ? NINT : UINT, &v, err))
		return false;
	if (v > INT64_MAX)
		return rv_fail(err, RV_INPUT, "%s: %s: beyond 63 bits", r->what,
			       field);
	*out = negative ? -1 - (int64_t)v : (int64_t)v;
	return true;
}

bool rv_cbor_array(struct rv_rd *r, const char *field, uint64_t max,
		   uint64_t *out, struct rv_err *err)
{
	uint64_t n;

	if (!head(r, field, ARRAY, &n, err))
		return false;
	if (n > max)
		return rv_fail(err, RV_INPUT,
			       "%s: %s: an array of %" PRIu64 ", more than "
			       "%" PRIu64,
			       r->what, field, n, max);
	*out = n;
	return true;
}

bool rv_cbor_tag(struct rv_rd *r, const char *field, uint64_t *out,
		 struct rv_err *err)
{
	return head(r, field, TAG, out, err);
}

/*
 * Items still to come are counted, not recursed into: @depth bounds how many
 * containers may be open at once.
 */
bool rv_cbor_skip(struct rv_rd *r, const char *field, struct rv_span *out,
		  struct rv_err *err)
{
	uint64_t left[RV_CBOR_DEPTH] = { 1 }, n;
	size_t start = r->off, depth = 0;

	for (;;) {
		int type = rv_cbor_peek(r);

		if (type < 0)
			type = UINT;
		if (!head(r, field, (enum major)type, &n, err))
			return false;
		left[depth]--;
		if (type == BYTES || type == TEXT)
			rv_take(r, n > SIZE_MAX ? SIZE_MAX : (size_t)n, field);
		if (!rv_rd_ok(r, err))
			return false;
		if (type == ARRAY || type == MAP || type == TAG) {
			/* No item is shorter than a byte. */
			if (depth + 1 == RV_CBOR_DEPTH ||
			    (type != TAG && n > rv_rd_left(r)))
				return rv_fail(err, RV_INPUT,
					       "%s: %s: more than %d deep, or "
					       "longer than the rest",
					       r->what, field, RV_CBOR_DEPTH);
			left[++depth] = type == TAG   ? 1
					: type == MAP ? 2 * n
						      : n;
		}
		while (left[depth] == 0) {
			if (depth == 0) {
				if (out)
					*out = rv_span(r->in.p + start,
						       r->off - start);
				return true;
			}
			depth--;
		}
	}
}

static void put(struct rv_grow *to, enum major major, uint64_t v)
{
	unsigned info = v < 24		  ? (unsigned)v
			: v < 1u << 8	  ? 24
			: v < 1u << 16	  ? 25
			: v <= UINT32_MAX ? 26
					  : 27;

	rv_grow_u8(to, (unsigned)major << 5 | info);
	for (size_t n = info < 24 ? 0 : (size_t)1 << (info - 24); n; n--)
		rv_grow_u8(to, (unsigned)(v >> 8 * (n - 1)) & 0xff);
}

void rv_cbor_put_uint(struct rv_grow *to, uint64_t v)
{
	put(to, UINT, v);
}

void rv_cbor_put_bool(struct rv_grow *to, bool v)
{
	put(to, SIMPLE, v ? TRUE_VALUE : FALSE_VALUE);
}

void rv_cbor_put_bytes(struct rv_grow *to, struct rv_span s)
{
	put(to, BYTES, s.n);
	rv_grow_add(to, s.p, s.n);
}

void rv_cbor_put_text(struct rv_grow *to, struct rv_span s)
{
	put(to, TEXT, s.n);
	rv_grow_add(to, s.p, s.n);
}

void rv_cbor_put_map(struct rv_grow *to, uint64_t pairs)
{
	put(to, MAP, pairs);
}

void rv_cbor_put_int(struct rv_grow *to, int64_t v)
{
	if (v < 0)
		put(to, NINT, (uint64_t)(-1 - v));
	else
		put(to, UINT, (uint64_t)v);
}

void rv_cbor_put_array(struct rv_grow *to, uint64_t n)
{
	put(to, ARRAY, n);
}

void rv_cbor_put_tag(struct rv_grow *to, uint64_t tag)
{
	put(to, TAG, tag);
}
