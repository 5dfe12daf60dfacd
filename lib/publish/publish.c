/* SPDX-License-Identifier: Apache-2.0 */
/* publish.c - reference values to each of the formats. */
#include "publish.h"
#include "digest.h"

#include <stdio.h>

static const struct {
	const char *name;
	bool signs, must_sign;
} format_row[RV_FORMATS] = {
	[RV_FORMAT_VALUES] = { "values", false, false },
	[RV_FORMAT_IN_TOTO] = { "in-toto", true, false },
	[RV_FORMAT_SIGSTORE_BUNDLE] = { "sigstore-bundle", true, true },
	[RV_FORMAT_CORIM] = { "corim", false, false },
	[RV_FORMAT_CORIM_SIGNED] = { "corim-signed", true, true },
	[RV_FORMAT_RVPS] = { "rvps", false, false },
	[RV_FORMAT_DSTACK] = { "dstack", false, false },
	[RV_FORMAT_TCG2] = { "tcg2", false, false },
};

const char *rv_format_name(enum rv_format f)
{
	return (size_t)f < RV_LEN(format_row) ? format_row[f].name : NULL;
}

bool rv_format_parse(const char *name, enum rv_format *out)
{
	for (size_t i = 0; i < RV_LEN(format_row); i++)
		if (strcmp(name, format_row[i].name) == 0) {
			*out = (enum rv_format)i;
			return true;
		}
	return false;
}

bool rv_format_signs(enum rv_format f)
{
	return format_row[f].signs;
}

bool rv_format_must_sign(enum rv_format f)
{
	return format_row[f].must_sign;
}

void rv_publication_free(struct rv_publication *p)
{
	rv_buf_free(&p->document);
	rv_buf_free(&p->checksums);
}

bool rv_publish_id(const struct rv_values *v, char out[33], struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf values = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };
	struct rv_sha256 d;

	if (!rv_values_write(v, &values, err))
		return false;
	rv_jw_json(&w, NULL, rv_buf_span(&values));
	if (g.failed)
		return rv_no_memory(err, "values");
	if (!rv_sha256(rv_buf_span(&g.buf), &d, err))
		return false;
	rv_hex(rv_span(d.b, 16), out);
	return true;
}

void rv_publish_leave_out(char *left_out, size_t room, const char *what)
{
	size_t n = strlen(left_out);

	snprintf(left_out + n, room - n, "%s%s", n ? ", " : "", what);
}

const struct rv_predicted *rv_publish_event(const struct rv_register *reg,
					    const char *label)
{
	for (size_t i = 0; i < reg->n; i++)
		if (reg->event[i].known &&
		    strcmp(reg->event[i].label, label) == 0)
			return &reg->event[i];
	return NULL;
}

static bool write_signed_corim(const struct rv_values *v,
			       const struct rv_sign_key *key,
			       struct rv_publication *p, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf corim = { 0 };

	return rv_corim_write(v, p->left_out, sizeof p->left_out, &corim,
			      err) &&
	       rv_cose_write(rv_buf_span(&corim), key, &p->document, err);
}

static bool write_format(enum rv_format f, const struct rv_values *v,
			 const struct rv_sign_key *key,
			 struct rv_publication *p, struct rv_err *err)
{
	struct rv_buf *to = &p->document;
	char *out = p->left_out;
	size_t room = sizeof p->left_out;

	switch (f) {
	case RV_FORMAT_VALUES:
		return rv_values_write(v, to, err);
	case RV_FORMAT_IN_TOTO:
	case RV_FORMAT_SIGSTORE_BUNDLE:
		return rv_dsse_write(v, key, f == RV_FORMAT_SIGSTORE_BUNDLE, to,
				     err);
	case RV_FORMAT_CORIM:
		return rv_corim_write(v, out, room, to, err);
	case RV_FORMAT_CORIM_SIGNED:
		return write_signed_corim(v, key, p, err);
	case RV_FORMAT_RVPS:
		return rv_rvps_write(v, out, room, to, err);
	case RV_FORMAT_DSTACK:
		return rv_dstack_write(v, to, &p->checksums, err);
	case RV_FORMAT_TCG2:
		return rv_tcg2_write(v, out, room, to, err);
	case RV_FORMATS:
		break;
	}
	return rv_fail(err, RV_USAGE, "no such format");
}

bool rv_publish(enum rv_format f, const struct rv_values *v,
		struct rv_span private_pem, struct rv_publication *out,
		struct rv_err *err)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_sign_free) struct rv_sign_key *key = NULL;

	if (private_pem.n && !rv_format_signs(f))
		return rv_fail(err, RV_USAGE, "%s has no place for a signature",
			       rv_format_name(f));
	if (!private_pem.n && rv_format_must_sign(f))
		return rv_fail(err, RV_USAGE, "%s is signed: a key is needed",
			       rv_format_name(f));
	if (private_pem.n && !rv_sign_private(private_pem, &key, err))
		return false;
	if (!write_format(f, v, key, &p, err))
		return rv_in(err, "%s", rv_format_name(f));
	if (key && !rv_sign_id(key, &p.key_id, err))
		return false;
	p.signed_by = key ? rv_sign_name(rv_sign_type(key)) : NULL;
	*out = RV_TAKE(p);
	return true;
}
