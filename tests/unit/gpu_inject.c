/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * gpu_inject.c - whole verdicts on GPU evidence in which one allocation (of
 * ours, of OpenSSL, of the XML library) or one call of OpenSSL fails. What is
 * forged, stale, revoked or not measured must never become a yes by it.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "inject.h"

#include "base.h"
#include "gpu/gpu.h"
#include "pem.h"
#include "test_file.h"
#include <refval.h>

#include <inttypes.h>
#include <openssl/ocsp.h>

#define VECTORS "tests/vectors/gpu/"
#define DRIVER	"NV_GPU_DRIVER_GH100_595.71.05.xml"
#define VBIOS	"NV_GPU_VBIOS_1010_0210_886_96009F0004.xml"

static const int64_t NOON = 1795867200; /* 2026-11-28T12:00:00Z */

FAILS(OCSP_RESPONSE *, d2i_OCSP_RESPONSE,
      (OCSP_RESPONSE * *a, const unsigned char **p, long n), (a, p, n), NULL)
FAILS(OCSP_BASICRESP *, OCSP_response_get1_basic, (OCSP_RESPONSE * r), (r),
      NULL)
FAILS(OCSP_CERTID *, OCSP_cert_to_id,
      (const EVP_MD *m, const X509 *c, const X509 *i), (m, c, i), NULL)
FAILS(int, OCSP_resp_get0_signer,
      (OCSP_BASICRESP * b, X509 **s, STACK_OF(X509) * e), (b, s, e), 0)
FAILS(int, OCSP_basic_verify,
      (OCSP_BASICRESP * b, STACK_OF(X509) * c, X509_STORE *s, unsigned long f),
      (b, c, s, f), -1)

struct question {
	struct rv_buf evidence, driver, vbios, answer, root; /* owned */
	const uint8_t *nonce;
	bool rims;
	bool any; /* answer, made without a digest, is what must not be */
};

static struct rv_buf file(const char *name)
{
	return test_file(VECTORS, name);
}

static void question_free(struct question *q)
{
	rv_buf_free(&q->evidence);
	rv_buf_free(&q->driver);
	rv_buf_free(&q->vbios);
	rv_buf_free(&q->answer);
	rv_buf_free(&q->root);
}

static void say_result(struct said *s, const struct rv_gpu_result *r)
{
	say(s, "%d %zu %zu %zu\n", (int)r->verdict, r->n, r->gpus, r->switches);
	for (size_t i = 0; i < r->rows; i++)
		say(s, "%d %s %s %d %s\n", r->row[i].device, r->row[i].check,
		    r->row[i].id ? r->row[i].id : "-", (int)r->row[i].verdict,
		    r->row[i].reason);
	for (size_t i = 0; i < r->n; i++)
		say(s, "%s %s %s %zu %zu %zu\n", r->device[i].ueid,
		    r->device[i].driver, r->device[i].vbios,
		    r->device[i].compared, r->device[i].skipped,
		    r->device[i].mismatches);
	for (size_t i = 0; i < r->certs; i++)
		say(s, "%s %d %s\n", r->cert[i].subject,
		    (int)r->cert[i].verdict, r->cert[i].reason);
}

static bool load(const struct question *q, struct rv_gpu_evidence *e,
		 struct rv_gpu_rims *rims, struct rv_gpu_revocation *known,
		 struct rv_err *err)
{
	if (!rv_gpu_evidence_read(rv_buf_span(&q->evidence),
				  (struct rv_span){ 0 }, NULL, e, err) ||
	    !rv_gpu_rims_add(rims, DRIVER, rv_buf_span(&q->driver), true,
			     err) ||
	    !rv_gpu_rims_add(rims, VBIOS, rv_buf_span(&q->vbios), true, err))
		return false;
	return !q->answer.n ||
	       rv_gpu_revocation_add(known, "answer", rv_buf_span(&q->answer),
				     true, err);
}

static bool once(const void *arg, struct said *said)
{
	RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
	RV_AUTO(rv_gpu_result_free) struct rv_gpu_result r = { 0 };
	RV_AUTO(rv_gpu_rims_free) struct rv_gpu_rims *rims = NULL;
	RV_AUTO(rv_gpu_revocation_free) struct rv_gpu_revocation *known = NULL;
	const struct question *q = arg;
	struct rv_gpu_options o = { .at = NOON,
				    .nonce = q->nonce,
				    .root = rv_buf_span(&q->root) };
	struct rv_err err = { 0 };

	if (!rv_gpu_rims_new((struct rv_span){ 0 }, &rims, &err) ||
	    !rv_gpu_revocation_new(&known, &err) ||
	    !load(q, &e, rims, known, &err))
		goto failed;
	o.rims = q->rims ? rims : NULL;
	o.revocation = known;
	if (!rv_gpu_verify(&e, &o, &r, &err))
		goto failed;
	say_result(said, &r);
	if (q->any)
		return no_digest();
	return rv_gpu_result_code(&r) == RV_OK;
failed:
	assert_int_not_equal(err.code, RV_OK);
	assert_true(*err.msg);
	return false;
}

/*
 * A measurement that is no golden value: what is signed cannot be made to have
 * one, so only the comparison is asked.
 */
static bool compare_once(const void *arg, struct said *said)
{
	static const uint8_t value[RV_GPU_MEASUREMENT] = { 1 };
	static struct gpu_golden golden[RV_GPU_INDEXES];
	const struct gpu_rim rim = { .golden = golden };
	struct rv_gpu_report report = { 0 };
	struct rv_gpu_facts f = { .is_switch = false };
	struct gpu_why why = { .id = NULL };
	bool yes;

	golden[3] = (struct gpu_golden){ .there = true,
					 .active = true,
					 .alternatives = 1 };
	report.value[3] = rv_span(value, sizeof value);
	yes = rv_gpu_compare(&report, &rim, arg, &f, &why);
	say(said, "%zu %zu\n", f.compared, f.mismatches);
	assert_true(yes || why.err.code == RV_SYSTEM ||
		    strcmp(why.id, "measurement-mismatch") == 0);
	free(f.mismatch);
	return yes;
}

static void question_load(struct question *q, const char *evidence)
{
	*q = (struct question){ .rims = true };
	q->evidence = file(evidence);
	q->driver = file("rims/" DRIVER);
	q->vbios = file("rims/" VBIOS);
}

static void fails(const char *name, const struct question *q, bool genuine,
		  unsigned step, bool calls)
{
	const struct subject s = { name, once, q, genuine, step };

	each_fails(&s, calls);
}

static void genuine(bool calls)
{
	RV_AUTO(question_free) struct question q;

	question_load(&q, "vg_h100_595.json");
	fails("genuine", &q, true, 211, calls);
	q.any = true;
	if (calls)
		fails("no digest", &q, false, 211, calls);
}

static void other_nonce(bool calls)
{
	static const uint8_t nonce[RV_GPU_NONCE];
	RV_AUTO(question_free) struct question q;

	question_load(&q, "vg_h100_595.json");
	q.nonce = nonce;
	fails("other nonce", &q, false, 307, calls);
}

/* One measurement of the driver's manifest, edited. */
static void edited_rim(bool calls)
{
	RV_AUTO(question_free) struct question q;

	question_load(&q, "vg_h100_595.json");
	q.driver.p[2687] ^= 1;
	fails("edited RIM", &q, false, 251, calls);
}

static void no_rims(bool calls)
{
	RV_AUTO(question_free) struct question q;

	question_load(&q, "vg_h100_595.json");
	q.rims = false;
	fails("no RIMs", &q, false, 179, calls);
}

static void of_test(struct question *q, const char *answer)
{
	RV_AUTO(rv_buf_free) struct rv_buf pem = file("ocsp/root.pem");
	struct rv_err err = { 0 };

	question_load(q, "ocsp/evidence.json");
	q->answer = file(answer);
	/* No either way; the manifests have had their turn. */
	q->rims = false;
	assert_true(
	    rv_pem_first(rv_buf_span(&pem), "CERTIFICATE", &q->root, &err));
}

static void revoked(const char *answer, bool calls)
{
	RV_AUTO(question_free) struct question q;

	of_test(&q, answer);
	fails(answer, &q, false, 127, calls);
}

static void all(bool calls)
{
	static const struct subject mismatch = { "a mismatch", compare_once,
						 NULL, false, 1 };

	if (!calls) {
		least = 1;
		each_fails(&mismatch, calls);
		least = 11;
	}
	genuine(calls);
	if (!calls || getenv("INJECT_ALL")) {
		other_nonce(calls);
		edited_rim(calls);
	}
	no_rims(calls);
	revoked("ocsp/revoked.ocsp", calls);
	revoked("ocsp/forged.ocsp", calls);
	revoked("ocsp/lists.crl", calls);
}
