/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * rows_inject.c - verdicts that are no yes, of many kinds of rows, in which one
 * allocation or one call of OpenSSL fails: what was looked for and not found,
 * what a host stated, what GPUs were, files of an image. No failure makes any
 * of them a yes. Signatures are left out where they have nothing to say, so
 * that each answer is quick.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "verdict_inject.h"

#include "digest.h"
#include "made_image.h"

struct question {
	struct rv_verify_input in;
	const struct rv_folder *records;
};

static bool once(const void *arg, struct said *said)
{
	const struct question *q = arg;

	return asked_once(&q->in, q->records, said);
}

static void fails(const char *name, const struct question *q, unsigned step,
		  bool calls)
{
	const struct subject s = { name, once, q, false, step };

	each_fails(&s, calls);
}

static bool a_location(void *arg, struct rv_names *out, struct rv_err *err)
{
	(void)arg;
	return rv_names_add(out, "dstack-0.5.10.json", err);
}

static struct rv_folder records_by(bool (*list)(void *, struct rv_names *,
						struct rv_err *))
{
	struct rv_folder f = records;

	f.list = list;
	return f;
}

static void evidence_of(struct rv_evidence *e, const char *path,
			const char *instance)
{
	const struct rv_evidence_options o = { .instance = instance };
	struct rv_err err = { 0 };

	if (!rv_evidence_read_path(path, &o, e, &err))
		fail_msg("%s: %s", path, err.msg);
}

static void config(struct rv_evidence *e, const char *text)
{
	struct rv_err err = { 0 };

	rv_buf_free(&e->vm_config);
	assert_true(rv_buf_copy(rv_text(text), &e->vm_config, &err));
}

/* ---- which machine is it? ---- */

static void identified(bool calls)
{
	const struct rv_folder one = records_by(one_record),
			       location = records_by(a_location);
	RV_AUTO(machine_free) struct machine m;
	struct question q = { .records = &one };

	machine_load(&m);
	q.in = (struct rv_verify_input){ .evidence = &m.evidence,
					 .identify = true };
	fails("which machine", &q, 1, calls);
	q.records = &location;
	fails("which machine, not known", &q, 1, calls);
	q.in.release = "dstack-0.5.10";
	q.in.identify = false;
	fails("a location", &q, 1, calls);
}

/* The address of a key and a nonce, neither of which is the machine's. */
static void laid_out(bool calls)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_binding b = { .address_n = 20, .has_nonce = true };
	struct question q = { .in = { .evidence = &e, .binding = &b } };

	evidence_of(&e, "tests/vectors/gpu/services/near-20260629.json", "1");
	e.gpu.hints.has_tls = true;
	memset(b.address, 1, sizeof b.address);
	memset(b.nonce, 2, sizeof b.nonce);
	fails("another address and nonce", &q, 1, calls);
	q.in.binding = NULL;
	q.in.identify = true;
	fails("what report_data is", &q, 1, calls);
}

/* report_data is the digest of none of what came along. */
static void recorded_certificate(bool calls)
{
	RV_AUTO(machine_free) struct machine m;
	struct question q = { .in = { .identify = true } };
	struct rv_err err = { 0 };

	machine_load(&m);
	q.in.evidence = &m.evidence;
	assert_true(
	    rv_buf_copy(rv_text("{}"), &m.evidence.app_compose, &err) &&
	    rv_buf_copy(rv_text("DER"), &m.evidence.tls.certificate, &err));
	config(&m.evidence, "{\"cpu_count\":8}");
	fails("a recorded certificate", &q, 1, calls);
}

/* ---- what the host stated, and what the guest did ---- */

enum { CONFIG_ID = 48 + 184 }; /* in the quote */

#define HASH "81f5d3ad40653341232238c4ca656bddddc297d6382ae2ab391e4bb36dd80b66"

static void stated(bool calls)
{
	static const char *const facts[] = { "cpu-id", "gpus", "ovmf" };
	RV_AUTO(machine_free) struct machine m;
	const struct rv_folder one = records_by(one_record);
	struct rv_span compose =
	    rv_text("{\"manifest_version\":3,\"runner\":\"docker-compose\","
		    "\"requirements\":{\"gpu_policy\":{\"attest_gpu\":true}},"
		    "\"init_script\":\"echo\"}");
	static const char doc[] = "{\"gpu_policy_hash\":\"" HASH "\","
				  "\"init_script_hashes\":[\"" HASH "\"]}";
	struct question q = { .records = &one };
	struct rv_err err = { 0 };
	struct rv_sha384 id;

	machine_load(&m);
	config(&m.evidence,
	       "{\"cpu_count\":8,\"memory_size\":68719476736,"
	       "\"qemu_version\":\"8.2.2\",\"mr_config\":\"{"
	       "\\\"gpu_policy_hash\\\":\\\"" HASH "\\\","
	       "\\\"init_script_hashes\\\":[\\\"" HASH "\\\"]}\"}");
	assert_true(rv_mr_config_id_v3(rv_text(doc), &id, &err));
	memcpy(m.evidence.quote.p + CONFIG_ID, id.b, sizeof id.b);
	m.in.compose = &compose;
	m.in.prove = false;
	m.in.fact = facts;
	m.in.facts = RV_LEN(facts);
	q.in = m.in;
	fails("what the host stated", &q, 997, calls);
}

/* ---- other makers' machines: what they have beside their report ---- */

static void listed(const char *name, const char *path, const char *key,
		   const char *values, bool calls)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
	struct question q = { .in = { .evidence = &e } };
	struct rv_err err = { 0 };
	struct rv_span s;
	char text[200];

	assert_true(rv_buf_read(values, 1 << 20, &doc, &err));
	evidence_of(&e, path, NULL);
	snprintf(text, sizeof text,
		 "{\"%s\":{\"measurement\":\"AAAA\",\"checksum_file\":\"%s\"}}",
		 key, "YQ==");
	config(&e, text);
	s = rv_buf_span(&doc);
	q.in.values = &s;
	fails(name, &q, 13, calls);
}

#define VALUES "tests/vectors/formats/statement.json"

static void other_makers(bool calls)
{
	listed("a list of SEV-SNP",
	       "tests/vectors/real/snp-milan-verifier/sev-snp-attestation.json",
	       "sev_snp_measurement", VALUES, calls);
	listed("a list of Google Cloud",
	       "tests/vectors/real/gcp-tdx-attestation-c/attestation.bin",
	       "gcp_measurement", VALUES, calls);
	listed("values of NitroTPM", "tests/vectors/nitro/good-tpm.cose", "-",
	       VALUES, calls);
}

/* ---- GPUs ---- */

static void gpus(bool calls)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf ocsp = { 0 };
	struct rv_gpu_file answer = { .name = "brom.ocsp", .meant = true };
	struct rv_err err = { 0 };
	struct question q = { .in = { .evidence = &e,
				      .prove = true,
				      .gpus = 2,
				      .proof = { .at = MACHINE_AT } } };

	assert_true(rv_buf_read("tests/vectors/gpu/ocsp/good/brom.ocsp",
				1 << 16, &ocsp, &err));
	answer.file = rv_buf_span(&ocsp);
	q.in.gpu_answer = &answer;
	q.in.gpu_answers = 1;
	evidence_of(&e, "tests/vectors/gpu/services/tinfoil-20260629.json",
		    NULL);
	fails("GPUs", &q, 997, calls);
}

/* ---- an image's files ---- */

static void an_image(bool calls)
{
	RV_AUTO(made_image_free) struct made_image made;
	RV_AUTO(machine_free) struct machine m;
	struct question q = { .in = { .identify = false } };

	machine_load(&m);
	made_image(&made);
	as_image(&m, &made);
	q.in = (struct rv_verify_input){ .evidence = &m.evidence,
					 .image = &made.image,
					 .shape = &m.shape };
	fails("an image's files", &q, 97, calls);
}

/* ---- a shape's ACPI tables ---- */

/* Not computed for want of memory is not "cannot be computed": it is said, and
 * nothing goes on without them. */
static bool tables_once(const void *arg, struct said *said)
{
	struct rv_measure_input in = { 0 };
	struct rv_acpi_source source = { 0 };
	struct rv_err err = { 0 };
	char hex[2 * RV_DIGEST_MAX + 1];

	if (!rv_acpi_for(NULL, arg, &source, &in, &err)) {
		assert_int_equal(err.code, RV_SYSTEM);
		assert_true(*err.msg);
		return false;
	}
	assert_non_null(in.acpi);
	rv_hex(rv_span(in.acpi->tables.b, sizeof in.acpi->tables.b), hex);
	say(said, "%s\n", hex);
	return true;
}

static void tables(bool calls)
{
	RV_AUTO(machine_free) struct machine m;
	struct subject s = { "ACPI tables", tables_once, &m.shape, true, 1 };
	const size_t was = least;
	struct rv_err err = { 0 };

	machine_load(&m);
	assert_true(rv_shape_resolve(&m.shape, &err));
	least = 1;
	each_fails(&s, calls);
	least = was;
}

static void all(bool calls)
{
	identified(calls);
	laid_out(calls);
	recorded_certificate(calls);
	stated(calls);
	other_makers(calls);
	gpus(calls);
	an_image(calls);
	tables(calls);
}
