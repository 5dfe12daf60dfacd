/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cause.c - why report_data is not made of a statement: what it is made of
 * instead, when that can be found out. An explanation, and no yes.
 */
#include "bind_text.h"

#include <refval/hash_compose.h>

#include <stdio.h>

enum { SHA256 = 32, LEVELS = 3 };

/* The 32 bytes that report_data can stand for: bytes padded with zeros in front
 * or behind, or 64 hex digits. */
static bool digest_in(const uint8_t rd[RV_REPORT_DATA], struct rv_sha256 *out)
{
	if (rv_all_zero(rv_span(rd + SHA256, SHA256)))
		memcpy(out->b, rd, SHA256);
	else if (rv_all_zero(rv_span(rd, SHA256)))
		memcpy(out->b, rd + SHA256, SHA256);
	else
		return rv_unhex(rv_span(rd, RV_REPORT_DATA), out->b, SHA256);
	return !rv_all_zero(rv_span(out->b, SHA256));
}

/* The name of a member of @j, or of an object in it, that is @want in hex. */
static bool names_it(const rv_json *j, const struct rv_sha256 *want,
		     unsigned level, char out[64])
{
	void *at = NULL;
	const char *key;
	const rv_json *v;
	struct rv_sha256 got;

	if (!rv_json_is_object(j) || !level)
		return false;
	while (rv_json_next(j, &at, &key, &v)) {
		struct rv_span s = rv_json_text(v);

		if (rv_starts(s, rv_text("0x")))
			s = rv_span(s.p + 2, s.n - 2);
		/* That of the quote's own reply says nothing of its own. */
		if (rv_json_is_string(v) && s.n == 2 * SHA256 &&
		    strcmp(key, "report_data") != 0 &&
		    rv_unhex(s, got.b, SHA256) &&
		    memcmp(got.b, want->b, SHA256) == 0) {
			snprintf(out, 64, "%s", key);
			return true;
		}
		if (names_it(v, want, level - 1, out))
			return true;
	}
	return false;
}

/* The same content as another program writes it. */
static bool other_form(struct rv_span text, const struct rv_sha256 *want,
		       struct rv_bound *row, struct rv_err *err)
{
	RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
	RV_AUTO(rv_compose_forms_free) struct rv_compose_forms f = { 0 };
	const struct rv_compose_form *form;
	const char *tool = NULL;
	struct rv_err why = { 0 };

	if (!rv_compose_read(text, &c, &why)) {
		if (why.code != RV_SYSTEM)
			return true;
		*err = why;
		return false;
	}
	if (!rv_compose_find(text, c, want, NULL, 0, &f, err))
		return false;
	if (!f.n)
		return true;
	form = &f.form[0];
	for (size_t i = 0; form->style && rv_compose_style(i); i++)
		if (strcmp(rv_compose_style(i)->name, form->style) == 0)
			tool = rv_compose_style(i)->tool;
	snprintf(row->reason, sizeof row->reason,
		 "report_data is the sha256 of the same content%s%.80s%s%.60s"
		 "%s%.60s: hash that text",
		 tool ? " as written by " : "", tool ? tool : "",
		 form->content ? ", " : "", form->content ? form->content : "",
		 form->bytes ? ", " : "", form->bytes ? form->bytes : "");
	return true;
}

bool rv_bind_cause(const uint8_t report_data[RV_REPORT_DATA],
		   const struct rv_statement *s, struct rv_span text,
		   struct rv_bound *row, struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *doc = NULL;
	struct rv_sha256 want;
	struct rv_err none = { 0 };
	char key[64];

	if (!digest_in(report_data, &want))
		return true;
	if (rv_json_parse(s->file, "statement", &doc, &none) &&
	    names_it(doc, &want, LEVELS, key))
		snprintf(row->reason, sizeof row->reason,
			 "report_data is the %s of this document, which is not "
			 "the digest of this statement (%zu bytes)",
			 key, text.n);
	/* What the same content hashes to says more than who claims it. */
	return (s->hash && strcmp(s->hash, "sha256") != 0) || s->prefix ||
	       other_form(text, &want, row, err);
}
