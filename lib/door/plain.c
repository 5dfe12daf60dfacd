/* SPDX-License-Identifier: Apache-2.0 */
/* plain.c - gzip, UTF-16 and byte order marks around a document, undone. */
#include "plain.h"
#include "gunzip.h"

enum { LAYERS_MAX = 4 };

enum packing { NOT, GZIP, MARK, UTF16_LE, UTF16_BE };

static enum packing packing_of(struct rv_span in)
{
	if (rv_starts(in, rv_text("\x1f\x8b\x08")))
		return GZIP;
	if (rv_starts(in, rv_text("\xef\xbb\xbf")))
		return MARK;
	/* A document starts with ASCII; noise seldom does. */
	if (rv_starts(in, rv_text("\xff\xfe")) && in.n >= 4 && in.p[3] == 0)
		return UTF16_LE;
	return rv_starts(in, rv_text("\xfe\xff")) && in.n >= 4 && in.p[2] == 0
		   ? UTF16_BE
		   : NOT;
}

/* RFC 3629, section 3. */
static void put_utf8(struct rv_grow *g, uint32_t c)
{
	unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
	static const unsigned head[] = { 0, 0xc0, 0xe0, 0xf0 };

	rv_grow_u8(g, head[more] | c >> 6 * more);
	while (more--)
		rv_grow_u8(g, 0x80 | (c >> 6 * more & 0x3f));
}

static uint32_t unit(struct rv_span in, size_t at, bool big)
{
	struct rv_span s = rv_span(in.p + at, 2);

	return (uint32_t)(big ? rv_num_be(s) : rv_num(s));
}

/* RFC 2781, section 2.2; a half of a pair alone is refused. */
static bool from_utf16(struct rv_span in, bool big, struct rv_buf *out,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (in.n % 2)
		return rv_fail(err, RV_INPUT,
			       "UTF-16 of %zu bytes, an odd number", in.n);
	for (size_t i = 2; i < in.n; i += 2) {
		uint32_t c = unit(in, i, big), low;

		if (c >= 0xd800 && c < 0xe000) {
			low = i + 2 < in.n ? unit(in, i + 2, big) : 0;
			if (c >= 0xdc00 || low < 0xdc00 || low >= 0xe000)
				return rv_fail(err, RV_INPUT,
					       "UTF-16: half of a pair at byte"
					       " %zu",
					       i);
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			i += 2;
		}
		put_utf8(&g, c);
	}
	return rv_grow_take(&g, out, err);
}

static bool undo(enum packing p, struct rv_span in, size_t max,
		 struct rv_buf *out, struct rv_err *err)
{
	switch (p) {
	case GZIP:
		return rv_gunzip(in, max, out, err);
	case MARK:
		return rv_buf_copy(rv_span(in.p + 3, in.n - 3), out, err);
	case UTF16_LE:
	case UTF16_BE:
		return from_utf16(in, p == UTF16_BE, out, err);
	case NOT:
		break;
	}
	return rv_buf_copy(in, out, err);
}

bool rv_plain(struct rv_span in, size_t max, bool *was, struct rv_buf *out,
	      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf now = { 0 };
	unsigned layers = 0;
	enum packing p;

	*was = false;
	for (; (p = packing_of(in)) != NOT; layers++) {
		RV_AUTO(rv_buf_free) struct rv_buf within = { 0 };

		if (layers == LAYERS_MAX)
			return rv_fail(err, RV_INPUT,
				       "packed more than %d times", LAYERS_MAX);
		if (!undo(p, in, max, &within, err))
			return false;
		rv_buf_free(&now);
		now = RV_TAKE(within);
		in = rv_buf_span(&now);
	}
	*was = layers > 0;
	if (*was)
		*out = RV_TAKE(now);
	return true;
}
