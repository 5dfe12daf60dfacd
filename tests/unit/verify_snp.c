/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_snp.c - the verdict on SEV-SNP evidence: a captured machine in each
 * of its containers, a made one whose app is known, and each thing that they
 * are held against, changed.
 */
#include "machine.h"

#include "digest.h"
#include "rests.h"
#include "test_file.h"

#define V      "tests/vectors/snp/"
#define JSON   "tests/vectors/real/snp-milan-verifier/sev-snp-attestation.json"
#define MADE   V "made/"
#define IMAGE  V "measurement.snp.cbor"
#define RECORD "dstack-0.6.0"

enum { AT = 1790000000 }; /* 2026-09-21 */

static struct rv_buf file(const char *path)
{
	return test_file("", path);
}

/* ---- a question ---- */

struct question {
	struct rv_evidence e;
	struct rv_buf image, file[4];
	struct rv_span image_bytes, span[4];
	struct rv_snp_rules rules;
	struct rv_verify_input in;
	struct rv_verifier_options o;
};

static void question_free(struct question *q)
{
	rv_evidence_free(&q->e);
	rv_buf_free(&q->image);
	for (size_t i = 0; i < RV_LEN(q->file); i++)
		rv_buf_free(&q->file[i]);
}

static void start(struct question *q, const char *evidence)
{
	struct rv_err err = { 0 };

	*q = (struct question){ 0 };
	if (!rv_evidence_read_path(evidence, NULL, &q->e, &err))
		fail_msg("%s", err.msg);
	q->in = (struct rv_verify_input){ .evidence = &q->e,
					  .prove = true,
					  .snp = &q->rules,
					  .proof = { .at = AT } };
	q->image = file(IMAGE);
	q->image_bytes = rv_buf_span(&q->image);
	q->in.values = &q->image_bytes;
	q->in.values_name = "document";
	q->rules.file = q->span;
}

static void give(struct question *q, const char *path)
{
	size_t n = q->rules.files++;

	q->file[n] = file(path);
	q->span[n] = rv_buf_span(&q->file[n]);
}

/* The made machine: its report, certificates, document and root. */
static void start_made(struct question *q)
{
	struct rv_err err = { 0 };
	struct rv_buf b;

	start(q, MADE "report.bin");
	b = file(MADE "mr_config.json");
	rv_buf_free(&q->e.snp.mr_config);
	q->e.snp.mr_config = b;
	give(q, MADE "ask.der");
	give(q, MADE "vcek.der");
	assert_true(rv_buf_read(MADE "ark.der", 1 << 16, &q->file[3], &err));
	q->o.quote.root = rv_buf_span(&q->file[3]);
}

static enum rv_code ask(struct question *q, struct said *said)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_err err = { 0 };

	q->in.evidence_name = "evidence";
	if (!rv_verifier_new(&q->o, &v, &err))
		fail_msg("%s", err.msg);
	return answer(v, &q->in, said);
}

static bool says(const struct said *s, const char *what)
{
	return strstr(s->text, what) != NULL;
}

static void expect(struct question *q, enum rv_code code, const char *row)
{
	static struct said said;
	enum rv_code got = ask(q, &said);

	if (got != code || !says(&said, row))
		fail_msg("%d, not %d with %s:\n%s", (int)got, (int)code, row,
			 said.text);
}

/* ---- the captured machine ---- */

/* The same report, whatever it comes in. */
static void every_container(void **state)
{
	static const char *const path[] = { JSON,
					    V "dstack/attestation-v1.msgpack" };
	static struct said first, other;
	RV_AUTO(question_free) struct question q;
	RV_AUTO(rv_buf_free) struct rv_buf own = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence again = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	start(&q, path[0]);
	assert_int_equal(ask(&q, &first), RV_OK);
	assert_true(says(&first, "2 vCPUs, EPYC-v4, SEV_FEATURES 0x1"));
	assert_true(rv_evidence_write(&q.e, &own, &err));
	assert_true(rv_evidence_read(rv_buf_span(&own), NULL, &again, &err));
	rv_evidence_free(&q.e);
	q.e = RV_TAKE(again);
	assert_int_equal(ask(&q, &other), RV_OK);
	assert_string_equal(first.text, other.text);
	question_free(&q);
	/* It was made without the events, which come last and say nothing. */
	start(&q, path[1]);
	assert_int_equal(ask(&q, &other), RV_OK);
	*strstr(first.text, "4 runtime_events") = '\0';
	assert_string_equal(first.text, other.text);
}

/* The nine events look like claims, and one names another image. */
static void events_claim_nothing(void **state)
{
	static struct said said, without;
	RV_AUTO(question_free) struct question q;

	(void)state;
	start(&q, JSON);
	assert_int_equal(q.e.unbound, 9);
	assert_int_equal(q.e.log.n, 0);
	assert_int_equal(ask(&q, &said), RV_OK);
	assert_true(says(&said, "9 events came with the report"));
	assert_false(says(&said, "32b47673"));
	assert_false(says(&said, "rtmr"));
	/* Without the document that HOST_DATA binds nothing is known. */
	rv_buf_free(&q.e.snp.mr_config);
	ask(&q, &without);
	assert_false(says(&without, "app_id"));
	assert_false(says(&without, "key_provider"));
	assert_false(says(&without, "86e59625"));
}

/* A log that came from elsewhere is no log of this machine's, either. */
static void a_log_beside_it(void **state)
{
	static const char doc[] =
	    "{\"quote\":\"%s\",\"event_log\":[{\"imr\":3,\"event_type\":"
	    "134217729,\"digest\":\"\",\"event\":\"app-id\","
	    "\"event_payload\":\"aabb\"}]}";
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf report = file(MADE "report.bin");
	RV_AUTO(question_free) struct question q;
	static char hex[2 * RV_SNP_REPORT + 1], text[4096];
	struct rv_err err = { 0 };

	(void)state;
	rv_hex(rv_buf_span(&report), hex);
	snprintf(text, sizeof text, doc, hex);
	assert_true(rv_evidence_read(rv_text(text), NULL, &e, &err));
	start_made(&q);
	rv_evidence_free(&q.e);
	q.e = RV_TAKE(e);
	expect(&q, RV_OK, "1 events came with the report");
}

/* ---- each thing, changed ---- */

static void another_machine(void **state)
{
	RV_AUTO(question_free) struct question q;
	struct rv_shape shape = rv_shape_default();

	(void)state;
	start(&q, JSON);
	shape.cpus = 3;
	q.in.shape = &shape;
	expect(&q, RV_NO, "not the launch digest");
	shape.cpus = 2;
	expect(&q, RV_OK, "the launch digest of that image");
	/* Nothing says which machine it is: it is looked for. */
	question_free(&q);
	start_made(&q);
	expect(&q, RV_OK, "2 vCPUs, EPYC-v4");
}

static void another_image(void **state)
{
	static const struct {
		const char *what;
		size_t at;
	} row[] = { { "ovmf_hash", 12 },
		    { "kernel_hash", 15 },
		    { "initrd_hash", 15 },
		    { "console=tty", 11 } };

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(question_free) struct question q;
		size_t n = strlen(row[i].what), k = 0;

		start(&q, JSON);
		while (memcmp(q.image.p + k, row[i].what, n) != 0)
			k++;
		q.image.p[k + row[i].at] ^= 1;
		expect(&q, RV_NO, "not the launch digest");
	}
}

/* One record, with another os_image_hash than its own. */
static char wanted[65];

static bool record_name(void *arg, struct rv_names *out, struct rv_err *err)
{
	(void)arg;
	return rv_names_add(out, RECORD ".json", err);
}

static bool record_text(void *arg, const char *name, size_t max,
			struct rv_buf *out, struct rv_err *err)
{
	char *at;

	if (!record_read(arg, name, max, out, err))
		return false;
	at = strstr((char *)out->p, "\"os_image_hash\"");
	assert_non_null(at);
	at = strstr(at, "\"value\"");
	assert_non_null(at);
	memcpy(strchr(at + 8, '"') + 1, wanted, 64);
	return true;
}

/* The image by os_image_hash alone: the list and the document are hashed. */
static void by_os_image_hash(void **state)
{
	static const struct rv_folder changed = {
		.name = "records",
		.arg = (void *)(uintptr_t) "images/releases",
		.list = record_name,
		.read = record_text
	};
	RV_AUTO(question_free) struct question q;
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	start(&q, JSON);
	q.in.values = NULL;
	q.in.release = RECORD;
	q.o.records = &changed;
	memcpy(
	    wanted,
	    "f69c8e5031ec2b269bbc08839ce02cb98ee255d695626f941f4b37b95946d352",
	    65);
	expect(&q, RV_OK, "which the expected os_image_hash lists");
	/* What the evidence says of its image holds where that was launched. */
	assert_true(rv_verifier_new(&q.o, &v, &err) &&
		    rv_verify(v, &q.in, &out, &err));
	assert_string_equal(rests_of(&out.report, "os_image_hash"),
			    "measurement");
	wanted[0] = '0';
	expect(&q, RV_NO, "the evidence names another image");
	/* A report alone: the hash leads to no launch digest. */
	rv_buf_free(&q.e.vm_config);
	expect(&q, RV_INPUT, "the evidence has no measurement.snp.cbor");
	expect(&q, RV_INPUT, " os_image_hash cannot-tell|");
}

static void other_certificates(void **state)
{
	RV_AUTO(question_free) struct question q;

	(void)state;
	start(&q, JSON);
	give(&q, V "reports/milan-v2.vcek.der");
	expect(&q, RV_NO, "did not sign this report");
	question_free(&q);
	start(&q, JSON);
	give(&q, V "certs/ask_genoa.pem");
	expect(&q, RV_NO, "names another issuer");
	question_free(&q);
	start(&q, JSON);
	give(&q, IMAGE);
	expect(&q, RV_INPUT, "CERT_FORMAT");
	question_free(&q);
	start(&q, MADE "report.bin");
	expect(&q, RV_INPUT, "give it with --collateral");
}

static void revoked(void **state)
{
	static const struct {
		const char *list, *says;
		enum rv_code code;
	} row[] = {
		{ "crl-empty.der", "neither root nor ASK is on AMD's list 07",
		  RV_OK },
		{ "crl-ask.der", "REVOKED: the ASK is revoked", RV_NO },
		{ "crl-ask-old.der", "REVOKED: the ASK is revoked", RV_NO },
		{ "crl-old.der", "CRL: the revocation list is of another time",
		  RV_INPUT },
		{ "crl-other-key.der", "is not signed by the root", RV_INPUT },
		{ "crl-other-name.der", "is of ARK-Genoa, not of the root",
		  RV_INPUT },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(question_free) struct question q;
		char path[80];

		start_made(&q);
		snprintf(path, sizeof path, MADE "%s", row[i].list);
		give(&q, path);
		expect(&q, row[i].code, row[i].says);
	}
}

static void policy(void **state)
{
	RV_AUTO(question_free) struct question q;

	(void)state;
	start(&q, JSON);
	q.rules.policy.has_min_tcb = true;
	q.rules.policy.min_tcb =
	    (struct rv_snp_tcb){ .bl = 4, .snp = 23, .ucode = 213 };
	expect(&q, RV_OK, "no part is below --min-tcb");
	q.rules.policy.min_tcb.snp = 24;
	expect(&q, RV_NO, "is below 4,0,24,213");
	/* Not for a report that nobody signed. */
	q.in.proof.at = 4102444800; /* 2100 */
	expect(&q, RV_INPUT, "a TCB that nobody signed");
	expect(&q, RV_INPUT, " min_tcb cannot-tell|");
}

/* ---- the app ---- */

static void the_app(void **state)
{
	RV_AUTO(question_free) struct question q;
	RV_AUTO(rv_buf_free) struct rv_buf app = file(MADE "app-compose.json");
	struct rv_span compose = rv_buf_span(&app);
	struct rv_err err = { 0 };
	uint8_t *name;

	(void)state;
	start_made(&q);
	q.in.compose = &compose;
	expect(&q, RV_OK, "compose_hash");
	name = (uint8_t *)strstr((char *)app.p, "made");
	*name = 'M';
	expect(&q, RV_NO, "the machine runs another app-compose.json");
	*name = 'm';
	/* Nobody vouches for the image that heeds HOST_DATA. */
	q.image.p[350] ^= 1;
	expect(&q, RV_INPUT, "rests on measurement, which is cannot-tell");
	q.image.p[350] ^= 1;
	/* One blank more in the document. */
	rv_buf_free(&q.e.snp.mr_config);
	q.e.snp.mr_config = file(MADE "../dstack/mr_config.json");
	expect(&q, RV_NO, "HOST_DATA is of another document");
	rv_buf_free(&q.e.snp.mr_config);
	expect(&q, RV_INPUT, "no document of HOST_DATA");
	assert_true(rv_buf_copy(rv_text("{"), &q.e.snp.mr_config, &err));
	expect(&q, RV_NO, " mr_config cannot-tell|");
	question_free(&q);
	start(&q, JSON);
	q.in.compose = &compose;
	expect(&q, RV_NO, "the machine runs another app-compose.json");
}

static void bound_data(void **state)
{
	RV_AUTO(question_free) struct question q;
	struct rv_binding b = { .has_report_data = true };

	(void)state;
	start_made(&q);
	q.in.binding = &b;
	memcpy(b.report_data, "made", 4);
	expect(&q, RV_OK, "it is what was asked for");
	b.report_data[63] = 1;
	expect(&q, RV_NO, "not what was asked for");
	/* What the evidence says beside its report. */
	q.in.binding = NULL;
	q.e.has_report_data = true;
	expect(&q, RV_NO, "names another report_data");
}

/* Two processors in one document, two texts of one document. */
static void contradictions(void **state)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence tdx = { 0 };
	RV_AUTO(question_free) struct question q;
	struct rv_err err = { 0 };

	(void)state;
	start(&q, JSON);
	assert_true(rv_evidence_read_path(MACHINE, NULL, &tdx, &err));
	rv_buf_free(&tdx.vm_config);
	assert_true(rv_evidence_join(&q.e, "a", &tdx, "b", &err));
	expect(&q, RV_NO, "platforms' signatures");
	rv_evidence_free(&tdx);
	assert_true(rv_evidence_read_path(MACHINE, NULL, &tdx, &err));
	rv_buf_free(&tdx.vm_config);
	question_free(&q);
	start(&q, JSON);
	assert_true(rv_evidence_join(&tdx, "a", &q.e, "b", &err));
	rv_evidence_free(&q.e);
	q.e = RV_TAKE(tdx);
	expect(&q, RV_NO, "platforms' signatures");
}

/* A report as its word only: compared, and said to be unverified. */
static void not_proven(void **state)
{
	RV_AUTO(question_free) struct question q;
	static struct said said;

	(void)state;
	start(&q, JSON);
	q.in.prove = false;
	assert_int_equal(ask(&q, &said), RV_OK);
	assert_true(says(&said, "unverified"));
}

/* ---- MrConfigV3 ---- */

static void documents(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{}",
		"{\"version\":3}",
		"{\"version\":2,\"compose_hash\":\"%s\",\"key_provider\":\"kms\"}",
		"{\"version\":3,\"compose_hash\":\"%s\",\"key_provider\":\"x\"}",
		"{\"version\":3,\"compose_hash\":\"%s00\",\"key_provider\":\"kms\"}",
		"{\"version\":3,\"compose_hash\":\"%s\",\"key_provider\":\"kms\",\"x\":1}",
		"{\"version\":3,\"compose_hash\":\"%s\",\"key_provider\":\"kms\","
		"\"app_id\":\"00\"}",
		"{\"version\":3,\"compose_hash\":\"%s\",\"key_provider\":\"kms\","
		"\"key_provider_id\":\"0\"}",
		"{\"version\":3,\"compose_hash\":\"%s\",\"key_provider\":\"kms\","
		"\"init_script_hashes\":[\"00\"]}",
		"{\"version\":3,\"compose_hash\":\"%s\",\"key_provider\":\"kms\","
		"\"version\":3}",
	};
	static const char good[] =
	    "{\"version\":3,\"compose_hash\":\"%s\",\"key_provider\":\"kms\","
	    "\"init_script_hashes\":[\"%s\"]}";
	static struct rv_snp_config c;
	struct rv_err err = { 0 };
	char hex[65], text[400];

	(void)state;
	memset(hex, '5', 64);
	hex[64] = '\0';
	snprintf(text, sizeof text, good, hex, hex);
	assert_true(rv_snp_config_read(rv_text(text), &c, &err));
	assert_int_equal(c.init_scripts, 1);
	assert_int_equal(c.compose_hash.b[31], 0x55);
	for (size_t i = 0; i < RV_LEN(bad); i++) {
		char *at;

		snprintf(text, sizeof text, "%s", bad[i]);
		at = strstr(text, "%s");
		if (at) {
			memmove(at + 64, at + 2, strlen(at + 2) + 1);
			memcpy(at, hex, 64);
		}
		err = (struct rv_err){ 0 };
		assert_false(rv_snp_config_read(rv_text(text), &c, &err));
		assert_int_equal(err.code, RV_INPUT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_container),
		cmocka_unit_test(events_claim_nothing),
		cmocka_unit_test(a_log_beside_it),
		cmocka_unit_test(another_machine),
		cmocka_unit_test(another_image),
		cmocka_unit_test(by_os_image_hash),
		cmocka_unit_test(other_certificates),
		cmocka_unit_test(revoked),
		cmocka_unit_test(policy),
		cmocka_unit_test(the_app),
		cmocka_unit_test(bound_data),
		cmocka_unit_test(contradictions),
		cmocka_unit_test(not_proven),
		cmocka_unit_test(documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
