/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decomposed.c - is one name the other with its accents apart? Some file
 * systems store "e" and a combining accent where others keep one letter
 * (Unicode, UAX 15: NFD and NFC); the bytes are not the same.
 */
#include "oci.h"

enum { TEXT = 4 }; /* "\xhh", as a line of refval-tree 1 has a byte */

/* The byte at the front of an escaped name; 0 at its end. */
static uint8_t take(struct rv_span *s)
{
	uint8_t c;
	size_t n = 1;

	if (!s->n)
		return 0;
	c = s->p[0];
	if (c == '\\' && s->n >= TEXT && rv_unhex(rv_span(s->p + 2, 2), &c, 1))
		n = TEXT;
	*s = rv_span(s->p + n, s->n - n);
	return c;
}

/* A letter of two or three bytes of UTF-8. */
static bool take_letter(struct rv_span *s, uint8_t lead)
{
	size_t more = lead >= 0xe1 && lead <= 0xe2   ? 2
		      : lead >= 0xc3 && lead <= 0xca ? 1
						     : 0;

	for (size_t i = 0; i < more; i++)
		if ((take(s) & 0xc0) != 0x80)
			return false;
	return more > 0;
}

/* U+0300 to U+036F, at least one of them. */
static bool take_marks(struct rv_span *s)
{
	size_t n = 0;

	for (;; n++) {
		struct rv_span rest = *s;
		uint8_t lead = take(&rest), next = take(&rest);

		if (!(lead == 0xcc && (next & 0xc0) == 0x80) &&
		    !(lead == 0xcd && next >= 0x80 && next <= 0xaf))
			return n > 0;
		*s = rest;
	}
}

static bool is_plain_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool rv_oci_decomposed(struct rv_span a, struct rv_span b)
{
	bool any = false;

	while (a.n || b.n) {
		uint8_t x = take(&a), y = take(&b);

		if (x == y)
			continue;
		any = true;
		if (!(is_plain_letter(x) && take_marks(&a) &&
		      take_letter(&b, y)) &&
		    !(is_plain_letter(y) && take_marks(&b) &&
		      take_letter(&a, x)))
			return false;
	}
	return any;
}
