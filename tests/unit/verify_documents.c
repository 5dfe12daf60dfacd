/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_documents.c - the documents that an image brings along: each is read
 * and agrees with what stands beside it, or the image is refused; and they are
 * what machines of each maker are compared with. Runs in the top folder of the
 * source tree.
 */
#include "machine.h"

#define IMAGE "tests/vectors/unpack/0.6.tar"
#define UKI   "tests/vectors/unpack/0.6-uki.tar"
#define NITRO "tests/vectors/nitro/good-tpm.cose"
#define GCP   "tests/vectors/real/gcp-tdx-attestation-c/attestation.bin"
#define SNP   "tests/vectors/real/snp-milan-verifier/sev-snp-attestation.json"

static void load(const char *path, struct rv_image *out)
{
	const struct rv_image_options opts = { .to = NULL };
	struct rv_err err = { 0 };

	if (!rv_image_read(path, &opts, out, &err))
		fail_msg("%s", err.msg);
}

static struct rv_image_file *part(struct rv_image *i, const char *name)
{
	for (size_t k = 0; k < i->n; k++)
		if (strcmp(i->file[k].name, name) == 0)
			return &i->file[k];
	fail_msg("no %s", name);
	return NULL;
}

/* Every document of the image, with its first or last byte another, or short.
 */
static void each_document_counts(void **state)
{
	static const struct {
		const char *name;
		int how; /* 0: its first byte, 1: its last, 2: cut short */
		const char *says;
	} t[] = {
		{ "measurement.tdx.cbor", 0, "measurement.tdx.cbor" },
		{ "measurement.tdx.cbor", 2, "measurement.tdx.cbor" },
		{ "measurement.snp.cbor", 0, "measurement.snp.cbor" },
		{ "measurement.snp.cbor", 2, "measurement.snp.cbor" },
		{ "measurement.gcp.cbor", 0, "measurement.gcp.cbor" },
		{ "measurement.gcp.cbor", 2, "measurement.gcp.cbor" },
		{ "measurement.aws.cbor", 0, "measurement.aws.cbor" },
		{ "measurement.aws.cbor", 1,
		  "measurement.aws.cbor: boot_pcr_digest is not what"
		  " measurement.aws.replay.json gives" },
		{ "measurement.aws.cbor", 2, "measurement.aws.cbor" },
		{ "measurement.aws.replay.json", 0, "" },
		{ "measurement.aws.replay.json", 2, "" },
	};
	RV_AUTO(rv_image_free) struct rv_image image = { 0 };
	struct rv_err err = { 0 };
	size_t n = 0;

	(void)state;
	load(IMAGE, &image);
	assert_true(rv_image_documents(&image, &n, &err));
	assert_int_equal(n, 5);
	for (size_t i = 0; i < RV_LEN(t); i++) {
		struct rv_buf *b = &part(&image, t[i].name)->data;
		uint8_t *at = t[i].how == 1 ? b->p + b->n - 1 : b->p;

		if (t[i].how == 2)
			b->n -= 2;
		else
			*at ^= 0x40;
		err = (struct rv_err){ 0 };
		if (rv_image_documents(&image, &n, &err))
			fail_msg("%s, %d", t[i].name, t[i].how);
		assert_int_equal(err.code, RV_INPUT);
		if (!strstr(err.msg, t[i].says))
			fail_msg("%s", err.msg);
		if (t[i].how == 2)
			b->n += 2;
		else
			*at ^= 0x40;
	}
	/* Without its replay file the digest stands alone. */
	part(&image, "measurement.aws.replay.json")->name[0] = 'x';
	part(&image, "measurement.aws.cbor")->data.p[50] ^= 1;
	assert_true(rv_image_documents(&image, &n, &err));
	assert_int_equal(n, 4);
}

/* An archive for clouds has three of them, and nothing that QEMU boots. */
static void an_archive_for_clouds(void **state)
{
	RV_AUTO(rv_image_free) struct rv_image image = { 0 };
	struct rv_err err = { 0 };
	size_t n = 0;

	(void)state;
	load(UKI, &image);
	assert_true(rv_image_documents(&image, &n, &err));
	assert_int_equal(n, 3);
}

/* The row @name of evidence of that maker, beside the image. */
static void beside(const char *path, struct rv_image *image, const char *name,
		   enum rv_verdict verdict, const char *expected)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_verifier_options o = { .records = NULL };
	struct rv_verify_input in = { .evidence = &e, .image = image };
	struct rv_err err = { 0 };
	const struct rv_check *c;

	if (!rv_evidence_read_path(path, NULL, &e, &err) ||
	    !rv_verifier_new(&o, &v, &err) || !rv_verify(v, &in, &out, &err))
		fail_msg("%s", err.msg);
	c = check_of(&out.report, name);
	if (c->verdict != verdict)
		fail_msg("%s: %s (%s)", name, rv_verdict_name(c->verdict),
			 c->reason);
	if (expected && (!c->expected || strcmp(c->expected, expected) != 0))
		fail_msg("%s: %s", name, c->expected ? c->expected : "-");
}

static void refused(const char *path, struct rv_image *image, const char *says)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_verifier_options o = { .records = NULL };
	struct rv_verify_input in = { .evidence = &e, .image = image };
	static struct said said;
	struct rv_err err = { 0 };

	if (!rv_evidence_read_path(path, NULL, &e, &err) ||
	    !rv_verifier_new(&o, &v, &err))
		fail_msg("%s", err.msg);
	for (int named = 0; named < 2; named++) {
		in.image_name = named ? "image.tar" : NULL;
		assert_int_equal(answer(v, &in, &said), RV_INPUT);
		if (!strstr(said.text, says))
			fail_msg("%s", said.text);
	}
}

static void an_image_beside_each_maker_s_machine(void **state)
{
	RV_AUTO(rv_image_free) struct rv_image image = { 0 };
	struct rv_image_file *gcp, *aws, *snp;
	char hex[65];

	(void)state;
	load(IMAGE, &image);
	gcp = part(&image, "measurement.gcp.cbor");
	aws = part(&image, "measurement.aws.cbor");
	snp = part(&image, "measurement.snp.cbor");
	rv_hex(rv_span(aws->data.p + aws->data.n - 32, 32), hex);
	beside(NITRO, &image, "boot_pcr_digest", RV_DIFFERS, hex);
	beside(GCP, &image, "pcr2", RV_DIFFERS, NULL);
	for (size_t i = 0; i < 3; i++) {
		static const char *const path[] = { NITRO, GCP, SNP };
		struct rv_image_file *f = i == 0 ? aws : i == 1 ? gcp : snp;

		f->data.p[0] ^= 0x40;
		refused(path[i], &image, f->name);
		f->data.p[0] ^= 0x40;
	}
	/* An image without the document says nothing of such a machine. */
	aws->name[0] = gcp->name[0] = 'x';
	part(&image, "measurement.aws.replay.json")->name[0] = 'x';
	beside(NITRO, &image, "boot_pcr_digest", RV_CANNOT_TELL, NULL);
	beside(GCP, &image, "pcr2", RV_CANNOT_TELL, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_document_counts),
		cmocka_unit_test(an_archive_for_clouds),
		cmocka_unit_test(an_image_beside_each_maker_s_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
