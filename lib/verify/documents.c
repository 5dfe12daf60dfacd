/* SPDX-License-Identifier: Apache-2.0 */
/*
 * documents.c - what an image says of itself for each platform, against its own
 * files: measurement.* of dstack 0.6. That sha256sum.txt lists them was checked
 * when the image was read. And one of them alone, in the place of values.
 */
#include "verify.h"

#include <stdlib.h>

typedef bool check_fn(const struct rv_image *image, struct rv_span document,
		      struct rv_err *err);

static bool check_tdx(const struct rv_image *image, struct rv_span document,
		      struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_document *d = calloc(1, sizeof *d);

	(void)image;
	return d ? rv_document_read(document, d, err)
		 : rv_no_memory(err, "document");
}

static bool check_snp(const struct rv_image *image, struct rv_span document,
		      struct rv_err *err)
{
	RV_AUTO(rv_free) struct rv_snp_image *said = calloc(1, sizeof *said);
	RV_AUTO(rv_free) struct rv_snp_image *own = calloc(1, sizeof *own);
	struct rv_span line;

	if (!said || !own)
		return rv_no_memory(err, "document");
	if (!rv_snp_document(document, said, &line, err))
		return false;
	/* The archive for clouds has no firmware and kernel of QEMU's. */
	return !image->has_metadata || (rv_snp_image_read(image, own, err) &&
					rv_snp_image_is(said, own, err));
}

static bool check_gcp(const struct rv_image *image, struct rv_span document,
		      struct rv_err *err)
{
	struct rv_sha256 uki;

	(void)image;
	return rv_gcp_document(document, &uki, err);
}

/* Beside its replay file it must be the digest that follows from that. */
static bool check_aws(const struct rv_image *image, struct rv_span document,
		      struct rv_err *err)
{
	const struct rv_image_file *f =
	    rv_image_find(image, "measurement.aws.replay.json");
	struct rv_aws_boot boot;
	struct rv_sha256 said;

	if (!rv_aws_document(document, &said, err))
		return false;
	if (!f)
		return true;
	if (!rv_aws_replay(rv_buf_span(&f->data), &boot, err))
		return false;
	return memcmp(said.b, boot.digest.b, sizeof said.b) == 0 ||
	       rv_fail(err, RV_INPUT,
		       "measurement.aws.cbor: boot_pcr_digest is not what"
		       " measurement.aws.replay.json gives");
}

static bool check_replay(const struct rv_image *image, struct rv_span document,
			 struct rv_err *err)
{
	struct rv_aws_boot boot;

	(void)image;
	return rv_aws_replay(document, &boot, err);
}

static const struct {
	const char *name;
	check_fn *check;
} row[] = {
	{ "measurement.tdx.cbor", check_tdx },
	{ "measurement.snp.cbor", check_snp },
	{ "measurement.gcp.cbor", check_gcp },
	{ "measurement.aws.cbor", check_aws },
	{ "measurement.aws.replay.json", check_replay },
};

bool rv_image_documents(const struct rv_image *image, size_t *n,
			struct rv_err *err)
{
	size_t found = 0;

	for (size_t i = 0; i < RV_LEN(row); i++) {
		const struct rv_image_file *f =
		    rv_image_find(image, row[i].name);

		if (!f)
			continue;
		if (!row[i].check(image, rv_buf_span(&f->data), err))
			return false;
		found++;
	}
	*n = found;
	return true;
}

bool rv_image_launch(const struct rv_image *image, struct rv_snp_image *out,
		     const char **from, struct rv_err *err)
{
	static const char name[] = "measurement.snp.cbor";
	const struct rv_image_file *f = rv_image_find(image, name);
	struct rv_span line;
	size_t n;

	*from = f ? name : "the files of the image";
	return f ? rv_image_documents(image, &n, err) &&
		       rv_snp_document(rv_buf_span(&f->data), out, &line, err)
		 : rv_snp_image_read(image, out, err);
}

/* ---- one of them in the place of values ---- */

static bool is_tdx(struct rv_span in)
{
	RV_AUTO(rv_free) struct rv_document *d = calloc(1, sizeof *d);
	struct rv_err no = { 0 };

	return d && rv_document_read(in, d, &no);
}

static bool is_gcp(struct rv_span in)
{
	struct rv_sha256 uki;
	struct rv_err no = { 0 };

	return rv_gcp_document(in, &uki, &no);
}

static bool is_aws(struct rv_span in)
{
	struct rv_sha256 digest;
	struct rv_err no = { 0 };

	return rv_aws_document(in, &digest, &no);
}

const char *rv_image_document(struct rv_span bytes, enum rv_attester *of)
{
	static const struct {
		const char *name;
		bool (*is)(struct rv_span in);
		enum rv_attester of;
	} each[] = {
		{ "measurement.tdx.cbor", is_tdx, RV_ATTESTER_TDX },
		{ "measurement.snp.cbor", rv_snp_is_document, RV_ATTESTER_SNP },
		{ "measurement.gcp.cbor", is_gcp, RV_ATTESTER_GCP },
		{ "measurement.aws.cbor", is_aws, RV_ATTESTER_NITRO },
	};

	for (size_t i = 0; i < RV_LEN(each); i++)
		if (each[i].is(bytes)) {
			*of = each[i].of;
			return each[i].name;
		}
	return NULL;
}

bool rv_verify_own_document(const struct rv_verify_job *j, struct rv_err *err)
{
	enum rv_attester is = j->out->evidence->attester;
	const struct rv_verify_input *in = j->in;
	const char *said = in->values_name ? in->values_name : "values";
	const char *name;
	enum rv_attester of;

	if (!in->values || rv_publish_form(*in->values))
		return true;
	name = rv_image_document(*in->values, &of);
	if (!name)
		return true;
	if (of != is)
		return rv_fail(
		    err, RV_INPUT,
		    "%s: %s, a document of %s: the evidence is of %s", said,
		    name, rv_attester_name(of), rv_attester_name(is));
	/* The one that a register does not follow from by itself. */
	return is != RV_ATTESTER_TDX ||
	       rv_fail(err, RV_INPUT,
		       "%s: %s: values follow from it with a shape, by"
		       " refval-measure --document",
		       said, name);
}
