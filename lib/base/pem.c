/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem.c - PEM, RFC 7468: as Intel writes it, section 3 strictly (blocks of
 * base64 lines, nothing but white space between them, NULs at the very end),
 * and as people's files have it.
 */
#include "pem.h"

#include <stdio.h>
#include <stdlib.h>

enum { LABEL_MAX = 64 };

static bool blank(uint8_t c)
{
	return c == '\n' || c == '\r' || c == ' ' || c == '\t';
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
	if (!rv_starts(s, rv_text(begin)))
		return rv_fail(err, RV_INPUT, "PEM: no %s", begin);
	skip(&s, strlen(begin));
	digits = malloc(s.n + 1);
	if (!digits)
		return rv_no_memory(err, "PEM");
	for (; s.n && s.p[0] != '-'; skip(&s, 1))
		if (s.p[0] != '\n' && s.p[0] != '\r')
			digits[n++] = s.p[0];
	if (!rv_starts(s, rv_text(end)))
		return rv_fail(err, RV_INPUT, "PEM: no %s", end);
	skip(&s, strlen(end));
	if (!rv_unbase64(rv_span(digits, n), "PEM", der, err))
		return false;
	*in = s;
	return true;
}

/* ---- loosely ---- */

/* Where "-----BEGIN label-----" (or END) starts in @s, or s.n. */
static size_t find_rule(struct rv_span s, const char *what, const char *label)
{
	struct rv_span rule;
	char text[80];

	snprintf(text, sizeof text, "-----%s %s-----", what, label);
	rule = rv_text(text);
	for (size_t i = 0; i < s.n; i++)
		if (rv_starts(rv_span(s.p + i, s.n - i), rule))
			return i;
	return s.n;
}

bool rv_pem_has(struct rv_span text, const char *label)
{
	bool der = text.n > 1 && text.p[0] == 0x30 && text.p[1] >= 0x80;

	return !der && find_rule(text, "BEGIN", label) < text.n;
}

bool rv_pem_walk(struct rv_span *text, const char *label, struct rv_buf *out,
		 struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf b64 = { 0 };
	size_t rule = strlen(label) + strlen("-----BEGIN -----");
	size_t at = find_rule(*text, "BEGIN", label), end;
	struct rv_span body, rest;

	if (at == text->n ||
	    !rv_sub(*text, at + rule, text->n - at - rule, &body))
		return rv_fail(err, RV_INPUT, "no PEM block \"%s\"", label);
	end = find_rule(body, "END", label);
	if (end == body.n ||
	    !rv_sub(body, end + rule - 2, body.n - end - rule + 2, &rest))
		return rv_fail(err, RV_INPUT, "PEM block \"%s\" does not end",
			       label);
	for (size_t i = 0; i < end; i++) {
		if (!blank(body.p[i]))
			rv_grow_u8(&g, body.p[i]);
	}
	if (!rv_grow_take(&g, &b64, err) ||
	    !rv_unbase64(rv_buf_span(&b64), label, out, err))
		return false;
	*text = rest;
	return true;
}

bool rv_pem_first(struct rv_span text, const char *label, struct rv_buf *out,
		  struct rv_err *err)
{
	return rv_pem_walk(&text, label, out, err);
}

bool rv_pem_certificates(struct rv_span text,
			 bool (*take)(void *to, struct rv_span der,
				      struct rv_err *err),
			 void *to, bool *any, struct rv_err *err)
{
	static const char *const label[] = { "CERTIFICATE", "X509 CRL" };

	*any = false;
	for (size_t i = 0; i < RV_LEN(label); i++) {
		struct rv_span rest = text;

		while (rv_pem_has(rest, label[i])) {
			RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };

			*any = true;
			if (!rv_pem_walk(&rest, label[i], &der, err) ||
			    !take(to, rv_buf_span(&der), err))
				return false;
		}
	}
	return true;
}
