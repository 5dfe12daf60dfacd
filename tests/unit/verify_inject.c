/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * verify_inject.c - whole verdicts in which one allocation, or one call of
 * OpenSSL, fails: evidence, quote, record, comparison, images, bindings. What
 * is no or cannot be told must never become a yes by it. And single stages:
 * what was read or bound is that, whole, or an error.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "verdict_inject.h"

#include "digest.h"
#include "pem.h"

#include <inttypes.h>

/* What once() is asked with: the evidence as the bytes of one document. */
struct question {
	struct rv_verify_input in;
	struct rv_buf document; /* owned */
};

static bool once(const void *arg, struct said *said)
{
	const struct question *q = arg;
	struct rv_folder folder = records;

	folder.list = one_record;
	return asked_once(&q->in, &folder, said);
}

/* The captured machine, bound to a statement, a key and its signature. */
struct bound {
	struct machine m;
	struct rv_buf pem;
	struct rv_statement statement;
	struct rv_binding binding;
	struct question q;
};

static void bound_load(struct bound *b)
{
	struct rv_err err = { 0 };

	*b = (struct bound){ 0 };
	machine_load(&b->m);
	assert_true(rv_evidence_write(&b->m.evidence, &b->q.document, &err));
	b->q.in = b->m.in;
	b->q.in.evidence = NULL;
	b->q.in.evidence_bytes = rv_buf_span(&b->q.document);
}

static void bound_free(struct bound *b)
{
	machine_free(&b->m);
	rv_buf_free(&b->pem);
	rv_buf_free(&b->q.document);
}

static void fails(const char *name, const struct bound *b, bool genuine,
		  unsigned step, bool calls)
{
	const struct subject s = { name, once, &b->q, genuine, step };

	each_fails(&s, calls);
}

static void captured(bool calls)
{
	RV_AUTO(bound_free) struct bound b;

	bound_load(&b);
	fails("captured machine", &b, true, 113, calls);
}

static void edited_compose(bool calls)
{
	RV_AUTO(bound_free) struct bound b;

	bound_load(&b);
	b.m.compose.p[b.m.compose.n / 2] ^= 1;
	fails("edited compose", &b, false, 211, calls);
}

static void no_collateral(bool calls)
{
	RV_AUTO(bound_free) struct bound b;
	struct rv_err err = { 0 };

	bound_load(&b);
	rv_buf_free(&b.m.evidence.collateral);
	rv_buf_free(&b.q.document);
	assert_true(rv_evidence_write(&b.m.evidence, &b.q.document, &err));
	b.q.in.evidence_bytes = rv_buf_span(&b.q.document);
	fails("no collateral", &b, false, 97, calls);
}

/* The machine has 8: RTMR0 is another, and the search names which. What comes
 * before the search fails in the other subjects; a search is long. */
static void other_shape(bool calls)
{
	RV_AUTO(bound_free) struct bound b;

	bound_load(&b);
	b.m.shape.cpus = 2;
	share = 4;
	fails("other shape", &b, false, 2503, calls);
	share = 1;
}

static void other_statement(bool calls)
{
	RV_AUTO(bound_free) struct bound b;

	bound_load(&b);
	b.statement.file = rv_text("{\"tlsFingerprint\": \"none\"}");
	b.binding.file.statement = &b.statement;
	b.q.in.binding = &b.binding;
	fails("other statement", &b, false, 211, calls);
}

/* ---- other makers' machines ---- */

#define SNP   "tests/vectors/snp/measurement.snp.cbor"
#define SAID  "tests/vectors/real/snp-milan-verifier/sev-snp-attestation.json"
#define NITRO "tests/vectors/real/nitro-enclave-debug/nitro_attestation_dbg.bin"
#define TPM   "tests/vectors/nitro/real-nitrotpm.cose"
#define BOOT  "tests/vectors/nitro/real-nitrotpm.aws.cbor"

/* @values, a document of the image's (or NULL), with byte @changed another. */
static void other_maker(const char *name, const char *path, const char *values,
			size_t changed, bool genuine, bool calls)
{
	RV_AUTO(rv_buf_free) struct rv_buf reference = { 0 };
	RV_AUTO(bound_free) struct bound b = { 0 };
	struct rv_err err = { 0 };
	struct rv_span s;

	assert_true(rv_buf_read(path, 1 << 20, &b.q.document, &err));
	b.q.in.evidence_bytes = rv_buf_span(&b.q.document);
	b.q.in.prove = true;
	b.q.in.proof.at = 1790000000; /* 2026-09-21 */
	if (values) {
		assert_true(rv_buf_read(values, 1 << 20, &reference, &err));
		if (changed)
			reference.p[reference.n - changed] ^= 1;
		s = rv_buf_span(&reference);
		b.q.in.values = &s;
	}
	fails(name, &b, genuine, 211, calls);
}

#define CAPTURE "tests/vectors/real/gcp-tdx-attestation-c/attestation.bin"
#define INTEL	"tests/vectors/captures/flashbots-gcp-tdx-2026-06/collateral.json"
#define MIDDLE	"tests/vectors/gcp/intermediate-v3.der"
#define UKI	"tests/vectors/gcp/c.gcp.cbor"

/* Two signatures, of Intel and of Google; @changed as above. */
static void google(const char *name, size_t changed, bool calls)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral intel = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf reference = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf middle = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf json = { 0 };
	RV_AUTO(bound_free) struct bound b = { 0 };
	struct rv_gcp_rules rules = { .files = 1 };
	struct rv_err err = { 0 };
	struct rv_span s, file;

	assert_true(rv_buf_read(CAPTURE, 1 << 20, &b.q.document, &err) &&
		    rv_buf_read(INTEL, 1 << 20, &json, &err) &&
		    rv_buf_read(MIDDLE, 1 << 20, &middle, &err) &&
		    rv_buf_read(UKI, 1 << 20, &reference, &err) &&
		    rv_collateral_read(rv_buf_span(&json), &intel, &err));
	if (changed)
		reference.p[reference.n - changed] ^= 1;
	s = rv_buf_span(&reference);
	file = rv_buf_span(&middle);
	rules.file = &file;
	b.q.in = (struct rv_verify_input){
		.evidence_bytes = rv_buf_span(&b.q.document),
		.values = &s,
		.gcp = &rules,
		.prove = true,
		.proof = { .at = 1782809233, .collateral = &intel },
	};
	fails(name, &b, !changed, 67, calls);
}

static void other_makers(bool calls)
{
	/* Calls: AMD's RSA keys have no curve, which is a call that fails
	 * always; and a launch is looked for with thousands of digests. */
	if (!calls) {
		other_maker("SEV-SNP", SAID, SNP, 0, true, calls);
		/* The digits of ovmf_hash. */
		other_maker("SEV-SNP, other image", SAID, SNP, 340, false,
			    calls);
	}
	/* An RSA key has no curve, which is a call that fails always. */
	if (!calls) {
		google("Google Cloud", 0, calls);
		google("Google Cloud, other image", 1, calls);
	}
	other_maker("debug enclave", NITRO, NULL, 0, false, calls);
	other_maker("NitroTPM", TPM, BOOT, 0, true, calls);
	other_maker("NitroTPM, other image", TPM, BOOT, 1, false, calls);
}

/* ---- evidence: what is read is whole ---- */

#define EVIDENCE "tests/vectors/evidence/"

static bool read_once(const void *arg, struct said *said)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf out = { 0 };
	struct rv_err err = { 0 };

	if (!rv_evidence_read_path(arg, NULL, &e, &err) ||
	    !rv_evidence_write(&e, &out, &err)) {
		/* It is no fault of what was read. OpenSSL does not say why. */
		if (err.code != RV_SYSTEM && !strstr(err.msg, "X.509"))
			fail_msg("%s", err.msg);
		assert_true(*err.msg);
		return false;
	}
	say(said, "%.*s", (int)out.n, (const char *)out.p);
	return true;
}

#define CAPTURES "tests/vectors/captures/"

static void evidence(bool calls)
{
	static const struct {
		const char *path;
		unsigned step;
	} row[] = {
		{ EVIDENCE "attestation-v1.named", 3 },
		{ EVIDENCE "near-public-data.json", 67 },
		{ EVIDENCE "ra-tls.gzip-log.pem", 61 },
		{ EVIDENCE "refval-evidence-tls.json", 17 },
		{ EVIDENCE "getquote.text-log", 11 },
		{ "tests/vectors/real/060-lite-attestation", 7 },
		{ "tests/vectors/ccel/trustee_CCEL_AAEL_alibabacloud", 1 },
		{ "tests/vectors/gpu/services/nanogpt-20260610.json", 251 },
		{ "tests/vectors/gpu/services/tinfoil-20260629.json", 3 },
		{ CAPTURES "container-shapes/coco-tdx.json", 1 },
		{ CAPTURES "cc-trusted-ima", 1 },
	};

	for (size_t i = 0; i < RV_LEN(row); i++) {
		const struct subject s = { row[i].path, read_once, row[i].path,
					   true, row[i].step };

		each_fails(&s, calls);
	}
}

/* ---- report_data: what it is bound to ---- */

struct bound_to {
	uint8_t report_data[64];
	struct rv_bindings asked;
};

static bool bind_once(const void *arg, struct said *said)
{
	const struct bound_to *b = arg;
	struct rv_bound_list list = { 0 };
	struct rv_err err = { 0 };
	bool good = true;

	if (!rv_bind_check(b->report_data, &b->asked, &list, &err)) {
		assert_int_not_equal(err.code, RV_OK);
		assert_true(*err.msg);
		return false;
	}
	for (size_t i = 0; i < list.n; i++) {
		say(said, "%s %d %s %s %s\n", list.row[i].name,
		    list.row[i].good, list.row[i].expected, list.row[i].actual,
		    list.row[i].reason);
		good &= list.row[i].good;
	}
	return good;
}

static struct rv_buf bind_file(const char *name)
{
	struct rv_buf b = { 0 };
	struct rv_err err = { 0 };
	char path[128];

	snprintf(path, sizeof path, "tests/vectors/bind/%s", name);
	assert_true(rv_buf_read(path, 1 << 20, &b, &err));
	return b;
}

/* To a key and a message that it signed, and to what answers so. */
static void bound_to_key(bool calls)
{
	static const char *const name[] = { "ed25519", "secp256k1", "p256" };

	for (size_t i = 0; i < RV_LEN(name); i++) {
		char pem[32], sig[32];
		RV_AUTO(rv_buf_free) struct rv_buf key = { 0 }, by = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
		struct rv_bound_key k = { .has_signature = true };
		struct bound_to b = { .asked.key = &k };
		const struct subject s = { name[i], bind_once, &b, true, 13 };
		struct rv_err err = { 0 };
		struct rv_sha256 md;

		snprintf(pem, sizeof pem, "%s.pem", name[i]);
		snprintf(sig, sizeof sig, "%s.sig", name[i]);
		key = bind_file(pem);
		by = bind_file(sig);
		assert_true(
		    rv_pem_first(rv_buf_span(&key), "PUBLIC KEY", &der, &err) &&
		    rv_sha256(rv_buf_span(&der), &md, &err));
		memcpy(b.report_data, md.b, 32);
		k.key = rv_buf_span(&key);
		k.signature = rv_buf_span(&by);
		k.message = rv_text("the message\n");
		each_fails(&s, calls);
	}
}

/* To a certificate that a statement names; and to another statement. */
static void bound_to_statement(bool calls)
{
	RV_AUTO(rv_buf_free) struct rv_buf pem = bind_file("certificate.pem");
	struct rv_span certificate = rv_buf_span(&pem);
	struct rv_statement named = { .hash = "sha256" };
	struct bound_to b = { .asked.statement = &named,
			      .asked.certificate = &certificate };
	struct subject s = { "certificate of a statement", bind_once, &b, true,
			     13 };
	struct rv_err err = { 0 };
	struct rv_sha256 md;
	char hex[65], text[128];

	assert_true(rv_bind_fingerprint(certificate, &md, &err));
	rv_hex(rv_span(md.b, 32), hex);
	snprintf(text, sizeof text, "{\"tlsFingerprint\": \"%s\"}", hex);
	named.file = rv_text(text);
	assert_true(rv_bind_report_data(&named, b.report_data, &err));
	each_fails(&s, calls);
	/* The same content as another program writes it is not the same. */
	named.file = rv_text("{\"name\":\"x\",\"a\":1}");
	b.asked.certificate = NULL;
	assert_true(
	    rv_sha256(rv_text("{\"a\": 1, \"name\": \"x\"}"), &md, &err));
	memcpy(b.report_data, md.b, 32);
	s.name = "the same content";
	s.genuine = false;
	each_fails(&s, calls);
}

/* ---- an image: what its digest is of ---- */

static bool image_once(const void *arg, struct said *said)
{
	const struct rv_oci_opts opts = { .max = 1 << 24,
					  .tree_text = true,
					  .layer_text = true };
	RV_AUTO(rv_oci_free) struct rv_oci o = { 0 };
	struct rv_err err = { 0 };
	char hex[65];

	if (!rv_oci_read(arg, &opts, &o, &err)) {
		assert_int_not_equal(err.code, RV_OK);
		assert_true(*err.msg);
		return false;
	}
	for (size_t i = 0; i < o.n_image; i++) {
		const struct rv_oci_image *m = &o.image[i];

		rv_hex(rv_span(m->image.b, sizeof m->image.b), hex);
		say(said, "%d %s %.*s %.*s\n", m->has_image, hex,
		    (int)m->tree_text.n, (const char *)m->tree_text.p,
		    (int)m->meaning_text.n, (const char *)m->meaning_text.p);
		if (!m->has_image)
			return false;
	}
	return o.n_image > 0;
}

static void images(bool calls)
{
	static const char path[] = "tests/vectors/oci/seeds/hybrid.tar";
	const struct subject s = { "image", image_once, path, true, 3 };

	each_fails(&s, calls);
}

static void all(bool calls)
{
	if (!calls)
		evidence(false);
	bound_to_key(calls);
	if (!calls)
		bound_to_statement(false);
	if (!calls)
		images(false);
	other_makers(calls);
	captured(calls);
	edited_compose(calls);
	no_collateral(calls);
	/* OpenSSL is not asked about shapes. */
	if (!calls)
		other_shape(false);
	other_statement(calls);
}
