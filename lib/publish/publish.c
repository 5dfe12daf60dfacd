/* SPDX-License-Identifier: Apache-2.0 */
/* publish.c - reference values to each of the formats. */
#include "publish.h"

const char *rv_format_name(enum rv_format f)
{
	return (size_t)f < RV_FORMATS ? rv_publish_row(f)->option : NULL;
}

bool rv_format_parse(const char *name, enum rv_format *out)
{
	for (size_t i = 0; i < RV_FORMATS; i++)
		if (strcmp(name, rv_publish_row(i)->option) == 0) {
			*out = (enum rv_format)i;
			return true;
		}
	return false;
}

bool rv_format_signs(enum rv_format f)
{
	return rv_publish_row(f)->signs;
}

bool rv_format_must_sign(enum rv_format f)
{
	return rv_publish_row(f)->must_sign;
}

bool rv_format_whole(enum rv_format f)
{
	return rv_publish_row(f)->whole;
}

void rv_publication_free(struct rv_publication *p)
{
	rv_buf_free(&p->document);
	rv_buf_free(&p->checksums);
}

/* Has it words for as many machines? */
static bool has_room(enum rv_format f, size_t n, struct rv_err *err)
{
	if (n < 1 || n > RV_VALUES_LIST_MAX)
		return rv_fail(err, RV_USAGE,
			       "values of %zu machines: not 1 to %d", n,
			       RV_VALUES_LIST_MAX);
	if (n > 1 && !rv_publish_row(f)->many)
		return rv_fail(err, RV_INPUT,
			       "%s: it is of one machine, and these are the"
			       " values of %zu",
			       rv_format_name(f), n);
	return true;
}

/* *@key stays NULL where nothing is to be signed. */
static bool get_key(enum rv_format f, struct rv_span private_pem,
		    struct rv_sign_key **key, struct rv_err *err)
{
	if ((size_t)f >= RV_FORMATS)
		return rv_fail(err, RV_USAGE, "no such format");
	if (private_pem.n && !rv_format_signs(f))
		return rv_fail(err, RV_USAGE, "%s has no place for a signature",
			       rv_format_name(f));
	if (!private_pem.n && rv_format_must_sign(f))
		return rv_fail(err, RV_USAGE, "%s is signed: a key is needed",
			       rv_format_name(f));
	return !private_pem.n || rv_sign_private(private_pem, key, err);
}

static bool finish(struct rv_publication *p, const struct rv_sign_key *key,
		   struct rv_publication *out, struct rv_err *err)
{
	if (key && !rv_sign_id(key, &p->key_id, err))
		return false;
	p->signed_by = key ? rv_sign_name(rv_sign_type(key)) : NULL;
	*out = RV_TAKE(*p);
	return true;
}

bool rv_publish(enum rv_format f, const struct rv_values *v,
		struct rv_span private_pem, struct rv_publication *out,
		struct rv_err *err)
{
	return rv_publish_all(f, v, 1, private_pem, out, err);
}

bool rv_publish_all(enum rv_format f, const struct rv_values *v, size_t n,
		    struct rv_span private_pem, struct rv_publication *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_sign_free) struct rv_sign_key *key = NULL;

	if (!get_key(f, private_pem, &key, err))
		return false;
	if (!has_room(f, n, err) || !rv_values_one_app(v, n, err))
		return false;
	if (!rv_publish_row(f)->write(v, n, key, &p, err))
		return rv_in(err, "%s", rv_format_name(f));
	for (size_t i = 0; i < n && !rv_format_whole(f); i++) {
		if (v[i].gpu_rims)
			rv_publish_leave_out(p.left_out, sizeof p.left_out,
					     "gpu_rims");
		if (v[i].platforms.has_snp || v[i].platforms.has_gcp ||
		    v[i].platforms.has_aws)
			rv_publish_leave_out(p.left_out, sizeof p.left_out,
					     "platforms");
		if (v[i].app.there)
			rv_publish_leave_out(p.left_out, sizeof p.left_out,
					     "app");
	}
	return finish(&p, key, out, err);
}

/* As far as it matters here: what is not plain is percent-encoded. */
static bool is_purl(const char *s)
{
	if (strncmp(s, "pkg:", 4) != 0 || !s[4])
		return false;
	while (*s > 0x20 && *s < 0x7f)
		s++;
	return !*s;
}

bool rv_publish_files(enum rv_format f, struct rv_span list, const char *purl,
		      struct rv_span private_pem, struct rv_publication *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_sign_free) struct rv_sign_key *key = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf statement = { 0 };
	bool bundle = f == RV_FORMAT_SIGSTORE_BUNDLE;

	if (!bundle && f != RV_FORMAT_IN_TOTO)
		return rv_fail(err, RV_USAGE,
			       "a statement about files is in-toto or a "
			       "sigstore-bundle");
	if (!is_purl(purl))
		return rv_fail(err, RV_USAGE, "--purl %s: no package URL",
			       purl);
	return get_key(f, private_pem, &key, err) &&
	       rv_files_statement(list, purl, &statement, err) &&
	       rv_dsse_wrap(rv_buf_span(&statement), key, bundle, &p.document,
			    err) &&
	       finish(&p, key, out, err);
}
