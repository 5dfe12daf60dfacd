/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - the table of formats of reference values: what each is called,
 * how it is written, what it needs, how it is told from the others and read.
 */
#include "publish.h"

/* ---- values and statements ---- */

static bool write_values(const struct rv_values *v,
			 const struct rv_sign_key *key,
			 struct rv_publication *p, struct rv_err *err)
{
	(void)key;
	return rv_values_write(v, &p->document, err);
}

static bool is_values(const rv_json *j)
{
	return rv_same_text(rv_json_text(rv_json_get(j, "schema")),
			    "refval.values/1");
}

static bool read_values(struct rv_span bytes, const rv_json *j,
			const struct rv_sign_key *key, struct rv_values *out,
			struct rv_signature *sig, struct rv_err *err)
{
	(void)j;
	(void)key;
	(void)sig;
	return rv_values_read(bytes, out, err);
}

static bool is_statement(const rv_json *j)
{
	return rv_json_get(j, "_type") && rv_json_get(j, "predicateType");
}

static bool read_statement(struct rv_span bytes, const rv_json *j,
			   const struct rv_sign_key *key, struct rv_values *out,
			   struct rv_signature *sig, struct rv_err *err)
{
	(void)j;
	(void)key;
	(void)sig;
	return rv_intoto_read(bytes, out, err);
}

/* ---- envelopes ---- */

static bool write_dsse(const struct rv_values *v, const struct rv_sign_key *key,
		       struct rv_publication *p, struct rv_err *err)
{
	return rv_dsse_write(v, key, false, &p->document, err);
}

static bool is_dsse(const rv_json *j)
{
	return rv_json_get(j, "payload") && rv_json_get(j, "payloadType");
}

static bool read_dsse(struct rv_span bytes, const rv_json *j,
		      const struct rv_sign_key *key, struct rv_values *out,
		      struct rv_signature *sig, struct rv_err *err)
{
	(void)bytes;
	return rv_dsse_read(j, key, out, sig, err);
}

static bool write_bundle(const struct rv_values *v,
			 const struct rv_sign_key *key,
			 struct rv_publication *p, struct rv_err *err)
{
	return rv_dsse_write(v, key, true, &p->document, err);
}

static bool is_bundle(const rv_json *j)
{
	return rv_json_get(j, "mediaType") &&
	       rv_json_get(j, "verificationMaterial");
}

static bool read_bundle(struct rv_span bytes, const rv_json *j,
			const struct rv_sign_key *key, struct rv_values *out,
			struct rv_signature *sig, struct rv_err *err)
{
	(void)bytes;
	return rv_bundle_read(j, key, out, sig, err);
}

/* ---- CoRIM ---- */

static bool write_corim(const struct rv_values *v,
			const struct rv_sign_key *key, struct rv_publication *p,
			struct rv_err *err)
{
	(void)key;
	return rv_corim_write(v, p->left_out, sizeof p->left_out, &p->document,
			      err);
}

static bool is_corim(struct rv_span bytes)
{
	return rv_starts(bytes, rv_text("\xd9\x01\xf5")); /* tag 501 */
}

static bool read_corim(struct rv_span bytes, const rv_json *j,
		       const struct rv_sign_key *key, struct rv_values *out,
		       struct rv_signature *sig, struct rv_err *err)
{
	(void)j;
	(void)key;
	return rv_corim_read(bytes, out, sig, err);
}

static bool write_cose(const struct rv_values *v, const struct rv_sign_key *key,
		       struct rv_publication *p, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf corim = { 0 };

	return rv_corim_write(v, p->left_out, sizeof p->left_out, &corim,
			      err) &&
	       rv_cose_write(rv_buf_span(&corim), key, &p->document, err);
}

static bool is_cose(struct rv_span bytes)
{
	return rv_starts(bytes, rv_text("\xd2")); /* tag 18 */
}

static bool read_cose(struct rv_span bytes, const rv_json *j,
		      const struct rv_sign_key *key, struct rv_values *out,
		      struct rv_signature *sig, struct rv_err *err)
{
	(void)j;
	return rv_cose_read(bytes, key, out, sig, err);
}

/* ---- what is written only ---- */

static bool write_rvps(const struct rv_values *v, const struct rv_sign_key *key,
		       struct rv_publication *p, struct rv_err *err)
{
	(void)key;
	return rv_rvps_write(v, p->left_out, sizeof p->left_out, &p->document,
			     err);
}

static bool write_dstack(const struct rv_values *v,
			 const struct rv_sign_key *key,
			 struct rv_publication *p, struct rv_err *err)
{
	(void)key;
	return rv_dstack_write(v, &p->document, &p->checksums, err);
}

static bool write_tcg2(const struct rv_values *v, const struct rv_sign_key *key,
		       struct rv_publication *p, struct rv_err *err)
{
	(void)key;
	return rv_tcg2_write(v, p->left_out, sizeof p->left_out, &p->document,
			     err);
}

/* ---- the table ---- */

/* Those that are written stand at their number in enum rv_format. */
static const struct rv_publish_row rows[] = {
	[RV_FORMAT_VALUES] = { "refval.values/1", "values", false, false, true,
			       write_values, NULL, is_values, read_values },
	[RV_FORMAT_IN_TOTO] = { "in-toto", "in-toto", true, false, true,
				write_dsse, NULL, is_dsse, read_dsse },
	[RV_FORMAT_SIGSTORE_BUNDLE] = { "sigstore-bundle", "sigstore-bundle",
					true, true, true, write_bundle, NULL,
					is_bundle, read_bundle },
	[RV_FORMAT_CORIM] = { "corim", "corim", false, false, false,
			      write_corim, is_corim, NULL, read_corim },
	[RV_FORMAT_CORIM_SIGNED] = { "corim-signed", "corim-signed", true, true,
				     false, write_cose, is_cose, NULL,
				     read_cose },
	[RV_FORMAT_RVPS] = { NULL, "rvps", false, false, false, write_rvps,
			     NULL, NULL, NULL },
	[RV_FORMAT_DSTACK] = { NULL, "dstack", false, false, false,
			       write_dstack, NULL, NULL, NULL },
	[RV_FORMAT_TCG2] = { NULL, "tcg2", false, false, false, write_tcg2,
			     NULL, NULL, NULL },
	[RV_FORMATS] = { "in-toto statement", NULL, false, false, true, NULL,
			 NULL, is_statement, read_statement },
};

size_t rv_publish_rows(void)
{
	return RV_LEN(rows);
}

const struct rv_publish_row *rv_publish_row(size_t i)
{
	return &rows[i];
}
