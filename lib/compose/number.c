/* SPDX-License-Identifier: Apache-2.0 */
/*
 * number.c - a JSON number as JavaScript, Python, Go or Rust writes it
 * back: whole numbers and doubles, the shortest digits that read back alike.
 */
#include "compose.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A positive double as 0.d1d2d3... * 10^point, n digits. */
struct shortest {
	char digit[24];
	int n, point;
};

bool rv_jt_is_whole(struct rv_span t)
{
	for (size_t i = 0; i < t.n; i++)
		if (t.p[i] == '.' || t.p[i] == 'e' || t.p[i] == 'E')
			return false;
	return true;
}

/* @digits as "d.ddde+x" plus @step in the last place; the double it gives. */
static double near_by(const char *digits, int n, int exponent, int step,
		      char *out)
{
	char text[48];
	int64_t v = strtoll(digits, NULL, 10) + step;

	snprintf(out, 24, "%" PRId64, v);
	snprintf(text, sizeof text, "%se%d", out, exponent - n + 1);
	return strtod(text, NULL);
}

/*
 * At most 17 digits are needed. The candidate nearest to the value comes
 * first; at a power of two only a neighbour of it may read back.
 */
static void shorten(double v, struct shortest *s)
{
	static const int step[] = { 0, 1, -1 };

	for (int n = 1; n <= 17; n++) {
		char e[48], d[24] = "", try[24];
		int exponent, k = 0;

		snprintf(e, sizeof e, "%.*e", n - 1, v);
		for (const char *c = e; *c && *c != 'e'; c++)
			if (*c != '.')
				d[k++] = *c;
		exponent = atoi(strchr(e, 'e') + 1);
		for (size_t i = 0; i < RV_LEN(step); i++) {
			if (near_by(d, n, exponent, step[i], try) != v)
				continue;
			/* 9.99 + 1 became 10.00: one more before the point. */
			s->point = exponent + 1 + (int)strlen(try) - n;
			s->n = (int)strlen(try);
			while (s->n > 1 && try[s->n - 1] == '0')
				s->n--;
			memcpy(s->digit, try, sizeof s->digit);
			return;
		}
	}
}

static void zeros(struct rv_grow *to, int n)
{
	for (; n > 0; n--)
		rv_grow_u8(to, '0');
}

/* All digits, without exponent; @tail behind whole numbers. */
static void plain(const struct shortest *s, const char *tail,
		  struct rv_grow *to)
{
	if (s->point <= 0) {
		rv_grow_text(to, "0.");
		zeros(to, -s->point);
		rv_grow_add(to, s->digit, (size_t)s->n);
	} else if (s->n <= s->point) {
		rv_grow_add(to, s->digit, (size_t)s->n);
		zeros(to, s->point - s->n);
		rv_grow_text(to, tail);
	} else {
		rv_grow_add(to, s->digit, (size_t)s->point);
		rv_grow_u8(to, '.');
		rv_grow_add(to, s->digit + s->point, (size_t)(s->n - s->point));
	}
}

static void scientific(const struct shortest *s, enum json_numbers kind,
		       struct rv_grow *to)
{
	rv_grow_add(to, s->digit, 1);
	if (s->n > 1) {
		rv_grow_u8(to, '.');
		rv_grow_add(to, s->digit + 1, (size_t)(s->n - 1));
	}
	rv_grow_u8(to, 'e');
	if (kind == NUMBERS_RUST)
		rv_grow_printf(to, "%d", s->point - 1);
	else if (kind == NUMBERS_PYTHON)
		rv_grow_printf(to, "%+03d", s->point - 1);
	else
		rv_grow_printf(to, "%+d", s->point - 1);
}

/*
 * ECMA-262 Number::toString; Go's encoding/json follows it (its exponents lose
 * a leading zero). Python's repr and serde_json's ryu turn to exponents
 * elsewhere, and mark whole doubles with ".0".
 */
static void write_double(double v, enum json_numbers kind, struct rv_grow *to)
{
	struct shortest s = { 0 };
	bool js = kind == NUMBERS_JS || kind == NUMBERS_GO;
	bool rust = kind == NUMBERS_RUST;
	int low = js ? -5 : rust ? -4 : -3, high = js ? 21 : 16;

	if (v == 0) {
		/* JavaScript writes -0 as 0, Go and the others as it is. */
		rv_grow_text(to, signbit(v) && kind != NUMBERS_JS ? "-0" : "0");
		rv_grow_text(to, js ? "" : ".0");
		return;
	}
	if (v < 0)
		rv_grow_u8(to, '-');
	shorten(fabs(v), &s);
	if (s.point >= low && s.point <= high)
		plain(&s, js ? "" : ".0", to);
	else
		scientific(&s, kind, to);
}

/* Whole numbers keep every digit in Python, and in Rust while they fit. */
static bool keeps_digits(struct rv_span t, enum json_numbers kind)
{
	struct rv_span d = t;
	bool minus = t.n && t.p[0] == '-';
	uint64_t v;

	if (!rv_jt_is_whole(t))
		return false;
	if (kind == NUMBERS_PYTHON)
		return true;
	if (kind != NUMBERS_RUST)
		return false;
	if (minus)
		d = rv_span(t.p + 1, t.n - 1);
	return rv_decimal(d, minus ? (uint64_t)1 << 63 : UINT64_MAX, &v) &&
	       !(minus && v == 0);
}

bool rv_jt_number(struct rv_span text, enum json_numbers kind,
		  struct rv_grow *to, struct rv_err *err)
{
	RV_AUTO(rv_free) char *z = NULL;
	double v;

	if (kind == NUMBERS_GIVEN) {
		rv_grow_add(to, text.p, text.n);
		return true;
	}
	if (keeps_digits(text, kind)) {
		rv_grow_text(to, rv_same_text(text, "-0") ? "0" : "");
		if (!rv_same_text(text, "-0"))
			rv_grow_add(to, text.p, text.n);
		return true;
	}
	if (!rv_text_copy(text, "number", &z, err))
		return false;
	v = strtod(z, NULL);
	if (isinf(v)) {
		if (kind == NUMBERS_GO || kind == NUMBERS_RUST)
			return rv_fail(err, RV_INPUT,
				       "%.40s: no double holds this number", z);
		/* Infinity, which both SDKs turn into null. */
		rv_grow_text(to, "null");
		return true;
	}
	write_double(v, kind, to);
	return true;
}
