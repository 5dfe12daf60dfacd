/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.c - the table of formats of reference values: what each is called,
 * how it is written, what it needs, how it is told from the others and read.
 */
#include "publish.h"

#include <refval/boot.h>

#include <stdlib.h>

/* ---- values and statements ---- */

static bool write_values(const struct rv_values *v, size_t n,
			 const struct rv_sign_key *key,
			 struct rv_publication *p, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };

	(void)key;
	if (n == 1)
		return rv_values_write(v, &p->document, err);
	for (size_t i = 0; i < n; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

		if (!rv_values_write(&v[i], &text, err))
			return false;
		rv_jw_json(&w, NULL, rv_buf_span(&text));
	}
	return rv_grow_take(&g, &p->document, err);
}

static bool is_values(const rv_json *j)
{
	return rv_same_text(rv_json_text(rv_json_get(j, "schema")),
			    "refval.values/1");
}

static bool read_values(struct rv_span bytes, const rv_json *j,
			const struct rv_sign_key *key,
			struct rv_values_list *out, struct rv_signature *sig,
			struct rv_err *err)
{
	struct rv_values *v;

	(void)j;
	(void)key;
	(void)sig;
	return rv_values_list_add(out, &v, err) &&
	       rv_values_read(bytes, v, err);
}

/* Of what boots from a disk: some registers of any machine. */
static bool is_boot(const rv_json *j)
{
	return rv_same_text(rv_json_text(rv_json_get(j, "schema")),
			    "refval.boot/1");
}

static bool read_boot(struct rv_span bytes, const rv_json *j,
		      const struct rv_sign_key *key, struct rv_values_list *out,
		      struct rv_signature *sig, struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_boot_values *b = calloc(1, sizeof *b);
	struct rv_values *v;

	(void)j;
	(void)key;
	(void)sig;
	if (!b)
		return rv_no_memory(err, "values");
	return rv_values_list_add(out, &v, err) &&
	       rv_boot_read(bytes, b, err) && rv_boot_as_values(b, v, err);
}

/* The first line, and what is behind it. */
static struct rv_span first_line(struct rv_span text, struct rv_span *rest)
{
	const uint8_t *end = text.n ? memchr(text.p, '\n', text.n) : NULL;
	size_t n = end ? (size_t)(end - text.p) + 1 : text.n;

	*rest = rv_span(text.p + n, text.n - n);
	return rv_span(text.p, n);
}

static bool is_blank(struct rv_span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(" \t\r\n", s.p[i]) || !s.p[i])
			return false;
	return true;
}

/* Several documents, one a line: the first is whole, and not all there is. */
static bool is_lines(struct rv_span bytes)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err ignored = { 0 };
	struct rv_span line, rest;

	if (bytes.n > RV_PUBLISHED_MAX || !rv_starts(bytes, rv_text("{")))
		return false;
	line = first_line(bytes, &rest);
	return !is_blank(rest) && rv_json_parse(line, "line", &j, &ignored) &&
	       is_values(j);
}

static bool read_lines(struct rv_span bytes, const rv_json *j,
		       const struct rv_sign_key *key,
		       struct rv_values_list *out, struct rv_signature *sig,
		       struct rv_err *err)
{
	struct rv_span line, rest = bytes;

	for (size_t n = 1; !is_blank(rest); n++) {
		line = first_line(rest, &rest);
		if (!read_values(line, j, key, out, sig, err))
			return rv_in(err, "line %zu", n);
	}
	return true;
}

static bool is_statement(const rv_json *j)
{
	return rv_json_get(j, "_type") && rv_json_get(j, "predicateType");
}

static bool read_statement(struct rv_span bytes, const rv_json *j,
			   const struct rv_sign_key *key,
			   struct rv_values_list *out, struct rv_signature *sig,
			   struct rv_err *err)
{
	(void)j;
	(void)key;
	(void)sig;
	return rv_intoto_read(bytes, out, err);
}

/* ---- envelopes ---- */

static bool write_dsse(const struct rv_values *v, size_t n,
		       const struct rv_sign_key *key, struct rv_publication *p,
		       struct rv_err *err)
{
	return rv_dsse_write(v, n, key, false, &p->document, err);
}

static bool is_dsse(const rv_json *j)
{
	return rv_json_get(j, "payload") && rv_json_get(j, "payloadType");
}

static bool read_dsse(struct rv_span bytes, const rv_json *j,
		      const struct rv_sign_key *key, struct rv_values_list *out,
		      struct rv_signature *sig, struct rv_err *err)
{
	(void)bytes;
	return rv_dsse_read(j, key, out, sig, err);
}

static bool write_bundle(const struct rv_values *v, size_t n,
			 const struct rv_sign_key *key,
			 struct rv_publication *p, struct rv_err *err)
{
	return rv_dsse_write(v, n, key, true, &p->document, err);
}

static bool is_bundle(const rv_json *j)
{
	return rv_json_get(j, "mediaType") &&
	       rv_json_get(j, "verificationMaterial");
}

static bool read_bundle(struct rv_span bytes, const rv_json *j,
			const struct rv_sign_key *key,
			struct rv_values_list *out, struct rv_signature *sig,
			struct rv_err *err)
{
	(void)bytes;
	return rv_bundle_read(j, key, out, sig, err);
}

/* ---- CoRIM ---- */

static bool write_corim(const struct rv_values *v, size_t n,
			const struct rv_sign_key *key, struct rv_publication *p,
			struct rv_err *err)
{
	(void)key;
	return rv_corim_write(v, n, p->left_out, sizeof p->left_out,
			      &p->document, err);
}

static bool is_corim(struct rv_span bytes)
{
	return rv_starts(bytes, rv_text("\xd9\x01\xf5")); /* tag 501 */
}

static bool read_corim(struct rv_span bytes, const rv_json *j,
		       const struct rv_sign_key *key,
		       struct rv_values_list *out, struct rv_signature *sig,
		       struct rv_err *err)
{
	(void)j;
	(void)key;
	return rv_corim_read(bytes, out, sig, err);
}

static bool write_cose(const struct rv_values *v, size_t n,
		       const struct rv_sign_key *key, struct rv_publication *p,
		       struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf corim = { 0 };

	return rv_corim_write(v, n, p->left_out, sizeof p->left_out, &corim,
			      err) &&
	       rv_cose_write(rv_buf_span(&corim), key, &p->document, err);
}

static bool is_cose(struct rv_span bytes)
{
	return rv_starts(bytes, rv_text("\xd2")); /* tag 18 */
}

static bool read_cose(struct rv_span bytes, const rv_json *j,
		      const struct rv_sign_key *key, struct rv_values_list *out,
		      struct rv_signature *sig, struct rv_err *err)
{
	(void)j;
	return rv_cose_read(bytes, key, out, sig, err);
}

/* ---- what is written only ---- */

static bool write_rvps(const struct rv_values *v, size_t n,
		       const struct rv_sign_key *key, struct rv_publication *p,
		       struct rv_err *err)
{
	(void)key;
	return rv_rvps_write(v, n, p->left_out, sizeof p->left_out,
			     &p->document, err);
}

static bool write_dstack(const struct rv_values *v, size_t n,
			 const struct rv_sign_key *key,
			 struct rv_publication *p, struct rv_err *err)
{
	(void)key;
	return rv_dstack_write(v, n, &p->document, &p->checksums, err);
}

static bool write_tcg2(const struct rv_values *v, size_t n,
		       const struct rv_sign_key *key, struct rv_publication *p,
		       struct rv_err *err)
{
	(void)key;
	(void)n; /* one: a log is of one machine */
	return rv_tcg2_write(v, p->left_out, sizeof p->left_out, &p->document,
			     err);
}

/* ---- the table ---- */

/* Those that are written stand at their number in enum rv_format. */
static const struct rv_publish_row rows[] = {
	[RV_FORMAT_VALUES] = { .name = "refval.values/1",
			       .option = "values",
			       .whole = true,
			       .many = true,
			       .write = write_values,
			       .is_json = is_values,
			       .read = read_values },
	[RV_FORMAT_IN_TOTO] = { .name = "in-toto",
				.option = "in-toto",
				.signs = true,
				.whole = true,
				.many = true,
				.write = write_dsse,
				.is_json = is_dsse,
				.read = read_dsse },
	[RV_FORMAT_SIGSTORE_BUNDLE] = { .name = "sigstore-bundle",
					.option = "sigstore-bundle",
					.signs = true,
					.must_sign = true,
					.whole = true,
					.many = true,
					.write = write_bundle,
					.is_json = is_bundle,
					.read = read_bundle },
	[RV_FORMAT_CORIM] = { .name = "corim",
			      .option = "corim",
			      .many = true,
			      .write = write_corim,
			      .is_bytes = is_corim,
			      .read = read_corim },
	[RV_FORMAT_CORIM_SIGNED] = { .name = "corim-signed",
				     .option = "corim-signed",
				     .signs = true,
				     .must_sign = true,
				     .many = true,
				     .write = write_cose,
				     .is_bytes = is_cose,
				     .read = read_cose },
	[RV_FORMAT_RVPS] = { .option = "rvps",
			     .many = true,
			     .write = write_rvps },
	[RV_FORMAT_DSTACK] = { .option = "dstack",
			       .many = true,
			       .write = write_dstack },
	[RV_FORMAT_TCG2] = { .option = "tcg2", .write = write_tcg2 },
	[RV_FORMATS] = { .name = "in-toto statement",
			 .whole = true,
			 .is_json = is_statement,
			 .read = read_statement },
	{ .name = "refval.boot/1", .is_json = is_boot, .read = read_boot },
	{ .name = "refval.values/1 lines",
	  .whole = true,
	  .is_bytes = is_lines,
	  .read = read_lines },
};

size_t rv_publish_rows(void)
{
	return RV_LEN(rows);
}

const struct rv_publish_row *rv_publish_row(size_t i)
{
	return &rows[i];
}
