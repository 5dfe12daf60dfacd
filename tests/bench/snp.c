/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snp.c - CPU time of one verdict on a SEV-SNP machine, and of one on a machine
 * of Google Cloud, in microseconds: by a verifier that is warm, evidence read
 * already, with the least of several rounds.
 */
#include "base.h"

#include <refval.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 7, VERDICTS = 60 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static void fail(const struct rv_err *err)
{
	fprintf(stderr, "%s\n", err->msg);
	exit(4);
}

static struct rv_span file(const char *path)
{
	struct rv_buf b = { 0 };
	struct rv_err err = { 0 };

	if (!rv_buf_read(path, 1 << 24, &b, &err))
		fail(&err);
	return rv_buf_span(&b);
}

static void ask(struct rv_verifier *v, const struct rv_verify_input *in)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_err err = { 0 };

	if (!rv_verify(v, in, &out, &err))
		fail(&err);
	if (rv_report_code(&out.report) != RV_OK) {
		fprintf(stderr, "not a yes\n");
		exit(4);
	}
}

static void measure(const char *name, const struct rv_verify_input *in)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { 0 };
	struct rv_err err = { 0 };
	double least = 1e12;

	if (!rv_verifier_new(&o, &v, &err))
		fail(&err);
	ask(v, in);
	for (int i = 0; i < ROUNDS; i++) {
		double from = now(), each;

		for (int k = 0; k < VERDICTS; k++)
			ask(v, in);
		each = (now() - from) / VERDICTS;
		least = each < least ? each : least;
	}
	printf("%s %.1f\n", name, least);
}

static void snp(const char *vectors)
{
	struct rv_verify_input in = { .prove = true,
				      .proof = { .at = 1790000000 } };
	struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };
	struct rv_span values;
	char path[1024];

	snprintf(path, sizeof path,
		 "%s/real/snp-milan-verifier/sev-snp-attestation.json",
		 vectors);
	if (!rv_evidence_read_path(path, NULL, &e, &err))
		fail(&err);
	snprintf(path, sizeof path, "%s/snp/measurement.snp.cbor", vectors);
	values = file(path);
	in.evidence = &e;
	in.values = &values;
	measure("snp", &in);
	rv_evidence_free(&e);
}

static void gcp(const char *vectors)
{
	struct rv_verify_input in = { .prove = true,
				      .proof = { .at = 1782809233 } };
	struct rv_gcp_rules rules = { .files = 1 };
	struct rv_collateral c = { 0 };
	struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };
	struct rv_span values, middle;
	char path[1024];

	snprintf(path, sizeof path,
		 "%s/real/gcp-tdx-attestation-c/attestation.bin", vectors);
	if (!rv_evidence_read_path(path, NULL, &e, &err))
		fail(&err);
	snprintf(path, sizeof path,
		 "%s/captures/flashbots-gcp-tdx-2026-06/collateral.json",
		 vectors);
	if (!rv_collateral_read(file(path), &c, &err))
		fail(&err);
	snprintf(path, sizeof path, "%s/gcp/intermediate-v3.der", vectors);
	middle = file(path);
	snprintf(path, sizeof path, "%s/gcp/c.gcp.cbor", vectors);
	values = file(path);
	rules.file = &middle;
	in.evidence = &e;
	in.values = &values;
	in.gcp = &rules;
	in.proof.collateral = &c;
	measure("gcp", &in);
	rv_collateral_free(&c);
	rv_evidence_free(&e);
}

int main(int argc, char **argv)
{
	const char *vectors = argc > 1 ? argv[1] : "tests/vectors";

	snp(vectors);
	gcp(vectors);
	return 0;
}
