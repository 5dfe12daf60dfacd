/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_rests.c - what each row of a verdict rests on, row by row: one that is
 * forgotten leaves a yes standing that nothing holds. Runs in the top folder.
 */
#include "machine.h"

#include "pem.h"
#include "rests.h"
#include "test_file.h"

#define SERVICES "tests/vectors/gpu/services/"
#define GCP	 "tests/vectors/gcp/"
#define GOOGLE	 "tests/vectors/captures/flashbots-gcp-tdx-2026-06/"
#define CAPTURE	 "tests/vectors/real/gcp-tdx-attestation-c/attestation.bin"
#define SNP	 "tests/vectors/snp/"
#define NITRO	 "tests/vectors/nitro/app/"

/* The SHA-256 of none of it. */
#define OTHER "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* What is known of an app, and what it is known by where that is expected. */
#define OF_APP(on)	"app_id: " on "\ninstance_id: " on "\nkey_provider: " on "\n"
#define APP(on, before) before "compose_hash: " on "\n" OF_APP(on)

enum {
	GPU_AT = 1782748800,
	SNP_AT = 1790000000,
	NITRO_AT = 1796000000,
	GOOGLE_AT = 1782809233
};

/* "NAME: RESTS" of each row that rests on something, in the report's order. */
static void rests_are(const struct rv_verifier_options *o,
		      const struct rv_verify_input *in, const char *want)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	static struct said got;
	struct rv_err err = { 0 };

	if (!rv_verifier_new(o, &v, &err) || !rv_verify(v, in, &out, &err))
		fail_msg("%s", err.msg);
	got.n = 0;
	got.text[0] = '\0';
	for (size_t i = 0; i < out.report.n; i++)
		if (out.report.check[i].n_rests)
			say(&got, "%s: %s\n", out.report.check[i].name,
			    rests_of(&out.report, out.report.check[i].name));
	if (strcmp(got.text, want) != 0)
		fail_msg("%s", got.text);
}

static void tdx(void **state)
{
	const struct rv_verifier_options o = { .records = &records };
	struct rv_statement st = { .file = rv_text(
				       "{\"tlsFingerprint\":\"" OTHER "\"}"),
				   .hash = "sha256" };
	struct rv_binding b = { .has_report_data = true,
				.file.statement = &st };
	RV_AUTO(rv_buf_free)
	struct rv_buf pem = test_file("tests/vectors/bind/", "certificate.pem");
	struct rv_span text = rv_buf_span(&pem);
	RV_AUTO(machine_free) struct machine m;
	struct rv_err err = { 0 };

	(void)state;
	machine_load(&m);
	m.in.binding = &b;
	/* The statement names a certificate: the one that was recorded. */
	assert_true(rv_text_copy(rv_text("example.org"), "host",
				 &m.evidence.tls.host, &err) &&
		    rv_pem_first(text, "CERTIFICATE",
				 &m.evidence.tls.certificate, &err));
	rests_are(
	    &o, &m.in,
	    "tcb_status: quote_signature\n"
	    "td_attributes: quote_signature\n" APP(
		"rtmr3_log,event_contents",
		"event_contents: rtmr3_log\n") "image launcher: compose_hash\n"
					       "tls-certificate: statement\n");
}

/* A part that is skipped takes the signature with it, and that the others. */
static void without_a_part(void **state)
{
	static const char *const skip[] = { "quote.quote_format" };
	const struct rv_verifier_options o = { .records = &records,
					       .quote.explain = true };
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	RV_AUTO(machine_free) struct machine m;
	struct rv_err err = { 0 };
	size_t parts = 0;

	(void)state;
	machine_load(&m);
	m.in.skip = skip;
	m.in.skips = RV_LEN(skip);
	if (!rv_verifier_new(&o, &v, &err) || !rv_verify(v, &m.in, &out, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(rests_of(&out.report, "quote_signature"), skip[0]);
	for (size_t i = 0; i < out.report.n; i++) {
		const char *name = out.report.check[i].name;

		if (strncmp(name, "quote.", 6) != 0)
			continue;
		assert_string_equal(rests_of(&out.report, name),
				    "quote_signature");
		parts++;
	}
	assert_int_equal(parts, 18);
}

static void identified(void **state)
{
	const struct rv_verifier_options o = { .records = &records };
	RV_AUTO(machine_free) struct machine m;

	(void)state;
	machine_load(&m);
	m.in.release = NULL;
	m.in.identify = true;
	rests_are(
	    &o, &m.in,
	    "tcb_status: quote_signature\n"
	    "td_attributes: quote_signature\n" APP(
		"rtmr3_log,event_contents",
		"event_contents: rtmr3_log\n") "tdx_module: quote_signature\n"
					       "image launcher: compose_hash\n");
}

static void gpus(void **state)
{
	const struct rv_verifier_options o = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_verify_input in = { .evidence = &e,
				      .prove = true,
				      .gpus = 8,
				      .proof = { .at = GPU_AT } };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_evidence_read_path(SERVICES "tinfoil-20260629.json",
					  NULL, &e, &err));
	rests_are(&o, &in,
		  "td_attributes: quote_signature\n"
		  "gpu_binding: quote_signature\n"
		  "gpu_count: gpu_device,gpu_measurements,gpu_binding\n");
}

static void sev_snp(void **state)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf root = { 0 }, image = { 0 };
	struct rv_buf file[2] = { 0 };
	struct rv_span span[2], values;
	const struct rv_snp_rules rules = { .file = span, .files = 2 };
	const struct rv_binding asked = { .has_report_data = true };
	struct rv_verifier_options o = { 0 };
	struct rv_verify_input in = { .evidence = &e,
				      .prove = true,
				      .snp = &rules,
				      .values = &values,
				      .binding = &asked,
				      .proof = { .at = SNP_AT } };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(
	    rv_evidence_read_path(SNP "made/report.bin", NULL, &e, &err));
	rv_buf_free(&e.snp.mr_config);
	e.snp.mr_config = test_file(SNP, "made/mr_config.json");
	file[0] = test_file(SNP, "made/ask.der");
	file[1] = test_file(SNP, "made/vcek.der");
	root = test_file(SNP, "made/ark.der");
	image = test_file(SNP, "measurement.snp.cbor");
	values = rv_buf_span(&image);
	o.quote.root = rv_buf_span(&root);
	for (size_t i = 0; i < RV_LEN(file); i++)
		span[i] = rv_buf_span(&file[i]);
	rests_are(
	    &o, &in,
	    "revocation: quote_signature\n"
	    "tcb: quote_signature\n"
	    "measurement: quote_signature\n"
	    "host_data: quote_signature\n" APP(
		"host_data,measurement", "") "report_data: quote_signature\n");
	for (size_t i = 0; i < RV_LEN(file); i++)
		rv_buf_free(&file[i]);
}

static void nitro(void **state)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free)
	struct rv_buf text = test_file(NITRO, "app-compose.json");
	RV_AUTO(rv_buf_free) struct rv_buf root = test_file(NITRO, "root.der");
	const struct rv_verifier_options o = {
		.quote.root = rv_buf_span(&root),
	};
	const struct rv_binding asked = { .has_report_data = true };
	struct rv_span compose = rv_buf_span(&text);
	struct rv_verify_input in = { .evidence = &e,
				      .prove = true,
				      .binding = &asked,
				      .compose = &compose,
				      .proof = { .at = NITRO_AT } };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_evidence_read_path(NITRO "good.scale", NULL, &e, &err));
	rests_are(
	    &o, &in,
	    "pcr4: quote_signature\n"
	    "pcr8: quote_signature\n"
	    "pcr14: quote_signature\n"
	    "boot_pcr_digest: quote_signature\n"
	    "pcr14_log: quote_signature\n" APP(
		"pcr14_log,event_contents",
		"event_contents: pcr14_log\n") "pcr8_config: quote_signature\n"
					       "report_data: quote_signature\n");
}

/* Several GPUs are a list, too. */
static void several_gpus(void **state)
{
	const struct rv_verifier_options o = { 0 };
	const struct rv_evidence_options one = { .instance = "1" };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_verify_input in = { .evidence = &e,
				      .prove = true,
				      .gpus = 8,
				      .proof = { .at = GPU_AT } };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_evidence_read_path(SERVICES "near-20260629.json", &one,
					  &e, &err));
	rests_are(
	    &o, &in,
	    "td_attributes: quote_signature\n"
	    "event_contents: rtmr3_log\n" OF_APP(
		"rtmr3_log,event_contents") "gpu_binding: quote_signature\n"
					    "gpu_count: gpu_device,gpu_measurements,gpu_binding,gpu_list\n");
}

/* On Google Cloud software is proven by the vTPM, for which Google signs. */
static void google(void **state)
{
	const struct rv_verifier_options o = { 0 };
	const struct rv_binding asked = { .has_report_data = true };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_buf_free)
	struct rv_buf text = test_file(GOOGLE, "collateral.json");
	RV_AUTO(rv_buf_free)
	struct rv_buf middle = test_file(GCP, "intermediate-v3.der");
	RV_AUTO(rv_buf_free) struct rv_buf image = test_file(GCP, "c.gcp.cbor");
	struct rv_span file = rv_buf_span(&middle);
	struct rv_span values = rv_buf_span(&image);
	const struct rv_gcp_rules rules = { .file = &file, .files = 1 };
	struct rv_verify_input in = { .evidence = &e,
				      .prove = true,
				      .values = &values,
				      .binding = &asked,
				      .gcp = &rules,
				      .proof = { .at = GOOGLE_AT,
						 .collateral = &c } };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_collateral_read(rv_buf_span(&text), &c, &err) &&
		    rv_evidence_read_path(CAPTURE, NULL, &e, &err));
	rests_are(&o, &in,
		  "tcb_status: quote_signature\n"
		  "vtpm_revocation: vtpm_signature\n"
		  "vtpm_quote: vtpm_signature\n"
		  "vtpm_pcrs: vtpm_signature\n"
		  "pcr0: vtpm_pcrs\n"
		  "pcr0_log: vtpm_pcrs\n"
		  "td_attributes: quote_signature\n"
		  "event_contents: rtmr3_log\n" OF_APP(
		      "rtmr3_log,event_contents") "pcr2_log: vtpm_pcrs\n"
						  "pcr2: vtpm_pcrs,pcr2_log\n"
						  "pcr14: vtpm_pcrs\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tdx),
		cmocka_unit_test(without_a_part),
		cmocka_unit_test(identified),
		cmocka_unit_test(gpus),
		cmocka_unit_test(several_gpus),
		cmocka_unit_test(google),
		cmocka_unit_test(sev_snp),
		cmocka_unit_test(nitro),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
