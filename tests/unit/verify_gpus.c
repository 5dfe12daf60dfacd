/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_gpus.c - the GPU rows of a verdict: how many are there and how many
 * are asked for, manifests and answers that are none, a certificate that the
 * GPUs are not bound to. Runs in the top folder of the source tree.
 */
#include "machine.h"

#define SERVICE "tests/vectors/gpu/services/tinfoil-20260629.json"
#define OCSP	"tests/vectors/gpu/ocsp/"

enum { GPU_AT = 1782748800 }; /* 2026-06-29T16:00:00Z */

struct question {
	struct rv_evidence e;
	struct rv_verifier *v;
	struct rv_verify_input in;
};

static void start(struct question *q)
{
	struct rv_verifier_options o = { .records = NULL };
	struct rv_err err = { 0 };

	*q = (struct question){ 0 };
	if (!rv_evidence_read_path(SERVICE, NULL, &q->e, &err) ||
	    !rv_verifier_new(&o, &q->v, &err))
		fail_msg("%s", err.msg);
	q->in = (struct rv_verify_input){ .evidence = &q->e,
					  .prove = true,
					  .proof = { .at = GPU_AT } };
}

static void end(struct question *q)
{
	rv_evidence_free(&q->e);
	rv_verifier_free(&q->v);
}

/* "VERDICT: REASON" of row @name; "" where there is none. */
static void row(struct question *q, const char *name, char out[400])
{
	RV_AUTO(rv_verified_free) struct rv_verified got = { 0 };
	struct rv_err err = { 0 };

	*out = '\0';
	if (!rv_verify(q->v, &q->in, &got, &err))
		fail_msg("%s", err.msg);
	assert_int_not_equal(rv_report_code(&got.report), RV_OK);
	for (size_t i = 0; i < got.report.n && !*out; i++)
		if (strcmp(got.report.check[i].name, name) == 0)
			snprintf(out, 400, "%s: %s",
				 rv_verdict_name(got.report.check[i].verdict),
				 got.report.check[i].reason);
}

static void says(struct question *q, const char *name, const char *want)
{
	char text[400];

	row(q, name, text);
	if (!*want ? *text : !strstr(text, want))
		fail_msg("%s is %s, not %s", name, text, want);
}

/* Each count that is asked for, beside what is there and what is genuine. */
static void how_many(void **state)
{
	struct question q;
	size_t n;

	(void)state;
	start(&q);
	n = q.e.gpu.n;
	assert_true(n > 0);
	says(&q, "gpu_count", "");
	q.in.gpus = (unsigned)n + 1;
	says(&q, "gpu_count", "cannot-tell: ");
	/* A device that is none: as many as are asked for, not as genuine. */
	q.e.gpu.device[0].report.p[q.e.gpu.device[0].report.n - 1] ^= 1;
	q.in.gpus = (unsigned)n;
	says(&q, "gpu_device", "no: ");
	says(&q, "gpu_count", "no: ");
	q.in.prove = false;
	says(&q, "gpu_evidence", "unchecked: GPU evidence came with the quote");
	q.in.prove = true;
	/* None at all: an empty list, or nothing. */
	rv_gpu_evidence_free(&q.e.gpu);
	q.in.gpus = 1;
	says(&q, "gpu_evidence", "cannot-tell: no GPU evidence came with");
	says(&q, "gpu_count", "cannot-tell: 0 genuine GPUs, 1 required");
	q.e.gpu.there = true;
	says(&q, "gpu_evidence", "cannot-tell: no GPU evidence: the list is");
	q.in.gpus = 0;
	says(&q, "gpu_evidence", "unchecked: no GPU evidence: the list is");
	says(&q, "gpu_count", "");
	end(&q);
}

/* Beside a machine whose RTMR0 is that of a shape without GPUs. */
static void more_than_its_shape(void **state)
{
	const struct rv_verifier_options o = { .records = &records };
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence of_gpus = { 0 };
	RV_AUTO(machine_free) struct machine m;
	struct rv_err err = { 0 };
	const struct rv_check *c;

	(void)state;
	machine_load(&m);
	if (!rv_evidence_read_path(SERVICE, NULL, &of_gpus, &err))
		fail_msg("%s", err.msg);
	m.evidence.gpu = of_gpus.gpu;
	of_gpus.gpu = (struct rv_gpu_evidence){ 0 };
	if (!rv_verifier_new(&o, &v, &err) || !rv_verify(v, &m.in, &out, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(check_of(&out.report, "rtmr0")->verdict, RV_YES);
	c = check_of(&out.report, "gpu_shape");
	assert_int_equal(c->verdict, RV_DIFFERS);
	assert_string_equal(c->expected, "0");
	assert_string_equal(c->actual, "1");
}

/* What is given for them is what it is called, or the question is refused. */
static void files(void **state)
{
	struct rv_gpu_file bad = { .name = "x.bin",
				   .file = rv_text("none"),
				   .meant = true };
	RV_AUTO(rv_buf_free) struct rv_buf ocsp = { 0 };
	struct rv_gpu_file good = { .name = "good.ocsp", .meant = true };
	static struct said said;
	struct question q;
	struct rv_err err = { 0 };

	(void)state;
	start(&q);
	q.in.gpu_rim = &bad;
	q.in.gpu_rims = 1;
	assert_int_equal(answer(q.v, &q.in, &said), RV_INPUT);
	q.in.gpu_rims = 0;
	q.in.gpu_answer = &bad;
	q.in.gpu_answers = 1;
	assert_int_equal(answer(q.v, &q.in, &said), RV_INPUT);
	assert_true(rv_buf_read(OCSP "good/brom.ocsp", 1 << 16, &ocsp, &err));
	good.file = rv_buf_span(&ocsp);
	q.in.gpu_answer = &good;
	/* Of other certificates: it says nothing of these. */
	says(&q, "gpu_device", "yes: genuine: ");
	end(&q);
}

/* A root that is none is no root. */
static void no_root(void **state)
{
	struct rv_gpu_rims *r = NULL;
	struct rv_err err = { 0 };

	(void)state;
	assert_false(rv_gpu_rims_new(rv_text("none"), &r, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_null(r);
	assert_true(rv_gpu_rims_new((struct rv_span){ 0 }, &r, &err));
	assert_non_null(r);
	rv_gpu_rims_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(how_many),
		cmocka_unit_test(more_than_its_shape),
		cmocka_unit_test(no_root),
		cmocka_unit_test(files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
