/* SPDX-License-Identifier: Apache-2.0 */
/* cbor.c - CBOR items, read strictly and written deterministically. */
#include "cbor.h"

enum major { UINT = 0, BYTES = 2, TEXT = 3, MAP = 5, SIMPLE = 7 };
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
