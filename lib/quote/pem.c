/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem.c - PEM as Intel writes it, RFC 7468 section 3 strictly: blocks of
 * base64 lines, nothing but white space between them, NULs at the very end.
 */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>

enum { LABEL_MAX = 64 };

static bool blank(uint8_t c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
}

static bool starts(struct rv_span s, const char *text)
{
	size_t n = strlen(text);

	return s.n >= n && memcmp(s.p, text, n) == 0;
}

static void skip(struct rv_span *s, size_t n)
{
	*s = rv_span(s->p + n, s->n - n);
}

/* The end of the text: only NULs may be left. */
bool rv_pem_end(struct rv_span *in)
{
	while (in->n && blank(in->p[0]))
		skip(in, 1);
	return rv_all_zero(*in);
}

bool rv_pem_next(struct rv_span *in, const char *label, struct rv_buf *der,
		 struct rv_err *err)
{
	RV_AUTO(rv_free) uint8_t *digits = NULL;
	char begin[LABEL_MAX], end[LABEL_MAX];
	struct rv_span s = *in;
	size_t n = 0;

	snprintf(begin, sizeof begin, "-----BEGIN %s-----", label);
	snprintf(end, sizeof end, "-----END %s-----", label);
	while (s.n && blank(s.p[0]))
		skip(&s, 1);
	if (!starts(s, begin))
		return rv_fail(err, RV_INPUT, "PEM: no %s", begin);
	skip(&s, strlen(begin));
	digits = malloc(s.n + 1);
	if (!digits)
		return rv_no_memory(err, "PEM");
	for (; s.n && s.p[0] != '-'; skip(&s, 1))
		if (s.p[0] != '\n' && s.p[0] != '\r')
			digits[n++] = s.p[0];
	if (!starts(s, end))
		return rv_fail(err, RV_INPUT, "PEM: no %s", end);
	skip(&s, strlen(end));
	if (!rv_unbase64(rv_span(digits, n), "PEM", der, err))
		return false;
	*in = s;
	return true;
}
