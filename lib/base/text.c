/* SPDX-License-Identifier: Apache-2.0 */
/* text.c - hex, base64, decimal, UTF-8 and times, each one grammar. */
#include "base.h"

#include <stdio.h>
#include <stdlib.h>

void rv_hex(struct rv_span s, char *out)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < s.n; i++) {
		out[2 * i] = digit[s.p[i] >> 4];
		out[2 * i + 1] = digit[s.p[i] & 15];
	}
	out[2 * s.n] = '\0';
}

/* The value of each hex digit, with IS_DIGIT added; 0: none. */
enum { IS_DIGIT = 0x10 };

static const uint8_t digit_of[256] = {
	['0'] = 0x10, ['1'] = 0x11, ['2'] = 0x12, ['3'] = 0x13, ['4'] = 0x14,
	['5'] = 0x15, ['6'] = 0x16, ['7'] = 0x17, ['8'] = 0x18, ['9'] = 0x19,
	['a'] = 0x1a, ['b'] = 0x1b, ['c'] = 0x1c, ['d'] = 0x1d, ['e'] = 0x1e,
	['f'] = 0x1f, ['A'] = 0x1a, ['B'] = 0x1b, ['C'] = 0x1c, ['D'] = 0x1d,
	['E'] = 0x1e, ['F'] = 0x1f,
};

bool rv_unhex(struct rv_span text, uint8_t *out, size_t n)
{
	uint8_t all = IS_DIGIT;

	if (text.n % 2 != 0 || text.n / 2 != n)
		return false;
	for (size_t i = 0; i < text.n; i++)
		all &= digit_of[text.p[i]];
	if (!(all & IS_DIGIT))
		return false;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(digit_of[text.p[2 * i]] << 4 |
				   (digit_of[text.p[2 * i + 1]] & 15));
	return true;
}

bool rv_unhex_buf(struct rv_span text, const char *what, struct rv_buf *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	b.n = text.n / 2;
	b.p = malloc(b.n + 1);
	if (!b.p)
		return rv_no_memory(err, what);
	b.p[b.n] = '\0';
	if (!rv_unhex(text, b.p, b.n))
		return rv_fail(err, RV_INPUT,
			       "%s: not an even number of hex digits", what);
	*out = RV_TAKE(b);
	return true;
}

static int sextet(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

bool rv_unbase64(struct rv_span text, const char *what, struct rv_buf *out,
		 struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
	size_t pad = 0, digits;

	while (pad < 2 && pad < text.n && text.p[text.n - 1 - pad] == '=')
		pad++;
	if (text.n % 4 != 0)
		return rv_fail(err, RV_INPUT, "%s: base64 of %zu characters",
			       what, text.n);
	digits = text.n - pad;
	b.p = malloc(text.n / 4 * 3 + 1);
	if (!b.p)
		return rv_no_memory(err, what);
	for (size_t i = 0, bits = 0; i < digits; i++) {
		int v = sextet(text.p[i]);

		if (v < 0)
			return rv_fail(err, RV_INPUT,
				       "%s: no base64 digit at %zu", what, i);
		bits = bits << 6 | (size_t)v;
		if (i % 4 == 3 || i + 1 == digits) {
			size_t have = i % 4 * 6 + 6, whole = have / 8;

			if (have % 8 && bits & ((1u << have % 8) - 1))
				return rv_fail(err, RV_INPUT,
					       "%s: base64 pad bits not zero",
					       what);
			for (size_t k = 0; k < whole; k++)
				b.p[b.n++] =
				    (uint8_t)(bits >> (have - 8 - 8 * k));
			bits = 0;
		}
	}
	b.p[b.n] = '\0';
	*out = RV_TAKE(b);
	return true;
}

bool rv_unbase64_any(struct rv_span text, const char *what, struct rv_buf *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf usual = { 0 };

	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = text.p[i];

		rv_grow_u8(&g, c == '-' ? '+' : c == '_' ? '/' : c);
	}
	while (text.n && text.p[text.n - 1] != '=' && g.buf.n % 4 && !g.failed)
		rv_grow_u8(&g, '=');
	return rv_grow_take(&g, &usual, err) &&
	       rv_unbase64(rv_buf_span(&usual), what, out, err);
}

bool rv_unbase64url(struct rv_span text, const char *what, struct rv_buf *out,
		    struct rv_err *err)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] && strchr("+/=", text.p[i]))
			return rv_fail(err, RV_INPUT, "%s: not in base64url",
				       what);
	return rv_unbase64_any(text, what, out, err);
}

bool rv_base64(struct rv_span s, struct rv_buf *out, struct rv_err *err)
{
	static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	for (size_t i = 0; i < s.n; i += 3) {
		size_t left = s.n - i;
		unsigned v = (unsigned)s.p[i] << 16 |
			     (left > 1 ? (unsigned)s.p[i + 1] << 8 : 0) |
			     (left > 2 ? s.p[i + 2] : 0);

		rv_grow_u8(&g, (unsigned char)digit[v >> 18]);
		rv_grow_u8(&g, (unsigned char)digit[v >> 12 & 63]);
		rv_grow_u8(&g,
			   left > 1 ? (unsigned char)digit[v >> 6 & 63] : '=');
		rv_grow_u8(&g, left > 2 ? (unsigned char)digit[v & 63] : '=');
	}
	return rv_grow_take(&g, out, err);
}

bool rv_decimal(struct rv_span text, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (text.n == 0 || (text.n > 1 && text.p[0] == '0'))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned d = (unsigned)text.p[i] - '0';

		if (d > 9 || d > max || v > (max - d) / 10)
			return false;
		v = v * 10 + d;
	}
	*out = v;
	return true;
}

/*
 * One code point at @s, RFC 3629 section 4: no overlong form, no surrogate,
 * nothing above U+10FFFF. Returns its length in bytes, 0 when malformed.
 */
size_t rv_code_point(struct rv_span s, uint32_t *out)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint8_t c = s.p[0];
	size_t n = c < 0x80	  ? 1
		   : c >> 5 == 6  ? 2
		   : c >> 4 == 14 ? 3
		   : c >> 3 == 30 ? 4
				  : 0;
	uint32_t v = n == 1 ? c : c & (0xffu >> (n + 1));

	if (n == 0 || n > s.n)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if (s.p[i] >> 6 != 2)
			return 0;
		v = v << 6 | (s.p[i] & 63);
	}
	if (n > 1 &&
	    (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff)))
		return 0;
	*out = v;
	return n;
}

bool rv_unseen(uint32_t v)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0, 0x1f },	      { 0x7f, 0x9f },	  { 0xad, 0xad },
		{ 0x34f, 0x34f },     { 0x61c, 0x61c },	  { 0x115f, 0x1160 },
		{ 0x17b4, 0x17b5 },   { 0x180b, 0x180f }, { 0x200b, 0x200f },
		{ 0x2028, 0x202e },   { 0x2060, 0x206f }, { 0x3164, 0x3164 },
		{ 0xfdd0, 0xfdef },   { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < RV_LEN(ranges) && v >= ranges[i].first; i++)
		if (v <= ranges[i].last)
			return true;
	/* The last two of each plane are no characters. */
	return (v & 0xfffe) == 0xfffe;
}

bool rv_utf8_ok(struct rv_span s)
{
	while (s.n) {
		uint32_t v;
		size_t n = s.p[0] < 0x80 ? 1 : rv_code_point(s, &v);

		if (!n)
			return false;
		s = rv_span(s.p + n, s.n - n);
	}
	return true;
}

static int days_in(int64_t year, int64_t month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30,
				    31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01 to @year-@month-01; years 1 to 9999. */
static int64_t days_to(int64_t year, int64_t month)
{
	int64_t y = year - 1;
	int64_t d = y * 365 + y / 4 - y / 100 + y / 400 - 719162;

	for (int64_t m = 1; m < month; m++)
		d += days_in(year, m);
	return d;
}

bool rv_time_parse(struct rv_span text, int64_t *out)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	static const int start[] = { 0, 5, 8, 11, 14, 17 };
	int64_t f[6] = { 0 };

	if (text.n != sizeof form - 1)
		return false;
	for (size_t i = 0; i < text.n; i++) {
		bool digit = text.p[i] >= '0' && text.p[i] <= '9';

		if (form[i] == 'd' ? !digit : text.p[i] != (uint8_t)form[i])
			return false;
	}
	for (size_t k = 0; k < 6; k++)
		for (int i = start[k]; i < start[k] + (k ? 2 : 4); i++)
			f[k] = f[k] * 10 + (text.p[i] - '0');
	if (f[0] < 1 || f[1] < 1 || f[1] > 12 || f[2] < 1 ||
	    f[2] > days_in(f[0], f[1]) || f[3] > 23 || f[4] > 59 || f[5] > 59)
		return false;
	*out = ((days_to(f[0], f[1]) + f[2] - 1) * 24 + f[3]) * 3600 +
	       f[4] * 60 + f[5];
	return true;
}

void rv_time_text(int64_t t, char out[32])
{
	int64_t days = t / 86400, s = t % 86400, year, month = 1;
	char text[96];

	if (s < 0) {
		s += 86400;
		days--;
	}
	/* 400 years have 146097 days: one off at most, however far away. */
	year = 1970 + days * 400 / 146097;
	while (year > 1 && days_to(year, 1) > days)
		year--;
	while (days_to(year + 1, 1) <= days)
		year++;
	while (month < 12 && days_to(year, month + 1) <= days)
		month++;
	snprintf(text, sizeof text, "%04lld-%02d-%02dT%02d:%02d:%02dZ",
		 (long long)year, (int)month,
		 (int)(days - days_to(year, month) + 1), (int)(s / 3600),
		 (int)(s / 60 % 60), (int)(s % 60));
	snprintf(out, 32, "%.31s", text);
}
