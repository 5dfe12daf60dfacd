/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * verify_inject.c - whole verdicts in which one allocation, or one call of
 * OpenSSL, fails: evidence, quote, record, comparison, images, bindings. What
 * is no or cannot be told must never become a yes by it.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "inject.h"
#include "machine.h"

#include <inttypes.h>

/* One record is enough: reading more is the same again. */
static bool one_record(void *arg, struct rv_names *out, struct rv_err *err)
{
	(void)arg;
	return rv_names_add(out, "dstack-dev-0.5.8.json", err);
}

/* What once() is asked with: the evidence as the bytes of one document. */
struct question {
	struct rv_verify_input in;
	struct rv_buf document; /* owned */
};

static bool once(const void *arg, struct said *said)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	const struct question *q = arg;
	struct rv_folder folder = records;
	struct rv_verifier_options o = { .records = &folder };
	struct rv_err err = { 0 };

	folder.list = one_record;
	if (!rv_verifier_new(&o, &v, &err) ||
	    !rv_verify(v, &q->in, &out, &err)) {
		/* It says why, and that is never that the answer is yes. */
		assert_int_not_equal(err.code, RV_OK);
		assert_true(*err.msg);
		assert_null(out.report.check);
		return false;
	}
	assert_false(out.report.failed);
	say_report(said, &out.report);
	return rv_report_code(&out.report) == RV_OK;
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
	fails("captured machine", &b, true, 29, calls);
}

static void edited_compose(bool calls)
{
	RV_AUTO(bound_free) struct bound b;

	bound_load(&b);
	b.m.compose.p[b.m.compose.n / 2] ^= 1;
	fails("edited compose", &b, false, 43, calls);
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
	fails("no collateral", &b, false, 23, calls);
}

/* The machine has 8: RTMR0 is another, and the search names which. */
static void other_shape(bool calls)
{
	RV_AUTO(bound_free) struct bound b;

	bound_load(&b);
	b.m.shape.cpus = 2;
	fails("other shape", &b, false, 521, calls);
}

static void other_statement(bool calls)
{
	RV_AUTO(bound_free) struct bound b;

	bound_load(&b);
	b.statement.file = rv_text("{\"tlsFingerprint\": \"none\"}");
	b.binding.file.statement = &b.statement;
	b.q.in.binding = &b.binding;
	fails("other statement", &b, false, 53, calls);
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
	fails(name, &b, genuine, 61, calls);
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
	other_maker("debug enclave", NITRO, NULL, 0, false, calls);
	other_maker("NitroTPM", TPM, BOOT, 0, true, calls);
	other_maker("NitroTPM, other image", TPM, BOOT, 1, false, calls);
}

static void all(bool calls)
{
	other_makers(calls);
	captured(calls);
	edited_compose(calls);
	no_collateral(calls);
	/* OpenSSL is not asked about shapes. */
	if (!calls)
		other_shape(false);
	other_statement(calls);
}
