/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nitro.c - AWS Nitro: two real documents under AWS's root, made ones under a
 * PKI of the same form, each with what it must be; a real one changed at every
 * place; and the verdict on them.
 */
#include "digest.h"
#include "machine.h"
#include "rests.h"
#include "test_file.h"

#define V     "tests/vectors/nitro/"
#define REAL  V "real-nitrotpm.cose"
#define DEBUG "tests/vectors/real/nitro-enclave-debug/nitro_attestation_dbg.bin"

enum { NOW = 1796000000 }; /* 2026-11-30 */

static struct rv_buf file(const char *path)
{
	return test_file("", path);
}

static enum rv_nitro_outcome verify(struct rv_span bytes,
				    const struct rv_nitro_options *o,
				    struct rv_nitro_verdict *v)
{
	struct rv_nitro_document d;
	struct rv_err err = { 0 };

	if (!rv_nitro_read(bytes, &d, &err) || !rv_nitro_verify(&d, o, v, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(v->outcome == RV_NITRO_GENUINE, !*v->message);
	return v->outcome;
}

/* ---- made documents: the name, and what must come of it ---- */

static const struct {
	const char *name;
	enum rv_nitro_outcome outcome; /* where it can be read */
	const char *says;	       /* what it is refused with; NULL: not */
} made[] = {
	{ "good", RV_NITRO_GENUINE, NULL },
	{ "good-tag", RV_NITRO_GENUINE, NULL },
	{ "good-definite", RV_NITRO_GENUINE, NULL },
	{ "good-one-below", RV_NITRO_GENUINE, NULL },
	{ "good-tpm", RV_NITRO_GENUINE, NULL },
	{ "debug", RV_NITRO_GENUINE, NULL },
	{ "other-key", RV_NITRO_SIGNATURE, NULL },
	{ "root-other", RV_NITRO_ROOT, NULL },
	{ "root-missing", RV_NITRO_ROOT, NULL },
	{ "link-missing", RV_NITRO_CHAIN, NULL },
	{ "order-other", RV_NITRO_CHAIN, NULL },
	{ "path-too-long", RV_NITRO_CHAIN, NULL },
	{ "issuer-no-ca", RV_NITRO_CHAIN, NULL },
	{ "leaf-is-ca", RV_NITRO_CHAIN, NULL },
	{ "leaf-may-not-sign", RV_NITRO_CHAIN, NULL },
	{ "leaf-sha256", RV_NITRO_CHAIN, NULL },
	{ "leaf-expired", RV_NITRO_CERT_TIME, NULL },
	{ "leaf-not-yet", RV_NITRO_CERT_TIME, NULL },
	{ "algorithm-es256", 0, "protected header: 3 bytes" },
	{ "leaf-p256", 0, "signature: 64 bytes" },
	{ "key-order", 0, "digest where module_id belongs" },
	{ "key-twice", 0, "module_id where digest belongs" },
	{ "key-more", 0, "more keys than AWS's" },
	{ "pcr-twice", 0, "PCR 0 twice" },
	{ "pcr-short", 0, "PCR: 47 bytes" },
	{ "payload-trailing", 0, "1 bytes left over" },
	{ "trailing", 0, "1 bytes left over" },
	{ "short", 0, "signature: needs 96 bytes" },
	{ "bundle-empty", 0, "cabundle is empty" },
	{ "bundle-of-five", 0, "cabundle: an array of 5" },
	{ "digest-other", 0, "another digest than SHA384" },
	{ "timestamp-zero", 0, "no timestamp" },
	{ "certificate-long", 0, "certificate: 1025 bytes" },
};

static void made_documents(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf root = file(V "root.der");
	const struct rv_nitro_options o = { .root = rv_buf_span(&root),
					    .now = NOW };

	(void)state;
	for (size_t i = 0; i < RV_LEN(made); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		struct rv_nitro_document d;
		struct rv_nitro_verdict v;
		struct rv_err err = { 0 };
		char path[80];

		snprintf(path, sizeof path, V "%s.cose", made[i].name);
		b = file(path);
		if (made[i].says) {
			if (rv_nitro_read(rv_buf_span(&b), &d, &err) ||
			    err.code != RV_INPUT ||
			    !strstr(err.msg, made[i].says))
				fail_msg("%s: %s", made[i].name, err.msg);
			continue;
		}
		if (verify(rv_buf_span(&b), &o, &v) != made[i].outcome)
			fail_msg("%s: %s: %s", made[i].name,
				 rv_nitro_outcome_name(v.outcome), v.message);
	}
}

/* ---- the real one ---- */

static void times(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file(REAL);
	struct rv_nitro_options o = { .now = NOW };
	struct rv_nitro_verdict v;

	(void)state;
	assert_int_equal(verify(rv_buf_span(&b), &o, &v), RV_NITRO_GENUINE);
	assert_int_equal(v.made, 1786642608); /* 2026-08-13T17:36:48Z */
	assert_true(v.not_before <= v.made && v.made <= v.not_after);
	/* The leaf lives for three hours. */
	assert_in_range(v.not_after - v.not_before, 1, 3 * 3600 + 60);
	o.has_at = true;
	o.at = v.not_after;
	assert_int_equal(verify(rv_buf_span(&b), &o, &v), RV_NITRO_GENUINE);
	o.at++;
	assert_int_equal(verify(rv_buf_span(&b), &o, &v), RV_NITRO_CERT_TIME);
	o.has_at = false;
	o.now = v.made - 1;
	assert_int_equal(verify(rv_buf_span(&b), &o, &v), RV_NITRO_FUTURE);
}

/*
 * Changed at every byte of its ends and of the texts between, and at every
 * fifth of the rest: it cannot be read, or is not genuine.
 */
static void every_byte(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = file(REAL);
	const struct rv_nitro_options o = { .now = NOW };
	size_t read = 0;

	(void)state;
	for (size_t i = 0; i < b.n; i += i < 120 || i + 120 > b.n ? 1 : 5) {
		struct rv_nitro_document d;
		struct rv_nitro_verdict v = { 0 };
		struct rv_err err = { 0 };

		b.p[i] ^= (uint8_t)(1u << i % 8);
		if (rv_nitro_read(rv_buf_span(&b), &d, &err)) {
			read++;
			if (!rv_nitro_verify(&d, &o, &v, &err))
				fail_msg("byte %zu: %s", i, err.msg);
			if (v.outcome == RV_NITRO_GENUINE)
				fail_msg("byte %zu changed: genuine", i);
		}
		b.p[i] ^= (uint8_t)(1u << i % 8);
	}
	assert_true(read > 500);
}

/* ---- the verdict ---- */

static enum rv_code ask_of(struct rv_evidence *e, struct rv_verify_input *in,
			   const char *root, struct said *said)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	struct rv_verifier_options o = { 0 };
	struct rv_err err = { 0 };

	if (root)
		der = file(root);
	o.quote.root = rv_buf_span(&der);
	if (!rv_verifier_new(&o, &v, &err))
		fail_msg("%s", err.msg);
	in->evidence = e;
	in->evidence_name = "evidence";
	in->prove = true;
	in->proof.at = NOW;
	return answer(v, in, said);
}

static enum rv_code ask(const char *evidence, struct rv_verify_input *in,
			const char *root, struct said *said)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };

	if (!rv_evidence_read_path(evidence, NULL, &e, &err))
		fail_msg("%s", err.msg);
	return ask_of(&e, in, root, said);
}

static void expect(const char *evidence, struct rv_verify_input *in,
		   const char *root, enum rv_code code, const char *row)
{
	static struct said said;
	enum rv_code got = ask(evidence, in, root, &said);

	if (got != code || !strstr(said.text, row))
		fail_msg("%s: %d, not %d with %s:\n%s", evidence, (int)got,
			 (int)code, row, said.text);
}

static void debug_enclave(void **state)
{
	struct rv_quote_policy policy = rv_quote_policy_default();
	struct rv_verify_input in = { 0 };

	(void)state;
	expect(DEBUG, &in, NULL, RV_NO, "an enclave in debug mode");
	expect(DEBUG, &in, NULL, RV_NO, "quote_signature yes");
	expect(DEBUG, &in, NULL, RV_NO,
	       "81c611f35bff79491538b2f7"); /* SHA-256 of 144 zeros */
	policy.allow = 1u << RV_FLAG_TD_DEBUG;
	in.proof.policy = &policy;
	expect(DEBUG, &in, NULL, RV_OK, "debug unchecked");
	expect(V "debug.cose", &in, V "root.der", RV_OK, "debug unchecked");
}

/* The events beside a document look like claims, and are none. */
static void events_claim_nothing(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf doc = file(V "good.cose");
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	static const uint8_t zero[65];
	struct rv_err err = { 0 };

	(void)state;
	/* SCALE: the document, one event, report_data, an empty config; as that
	 * of a NitroTPM, which it is not. */
	rv_grow_add(&g, "\0\4", 2);
	rv_grow_le(&g, doc.n << 2 | 1, 2);
	rv_grow_add(&g, doc.p, doc.n);
	rv_grow_add(&g,
		    "\4\x18"
		    "app-id\x08\xaa\xbb",
		    11);
	rv_grow_add(&g, zero, sizeof zero);
	assert_true(rv_evidence_read(rv_buf_span(&g.buf), NULL, &e, &err));
	assert_int_equal(e.attester, RV_ATTESTER_NITRO);
	assert_int_equal(e.unbound, 1);
	assert_int_equal(e.log.n, 0);
	assert_int_equal(e.nitro.n, doc.n);
}

static void expected_pcrs(void **state)
{
	struct rv_quote_policy policy = rv_quote_policy_default();
	struct rv_verify_input in = { 0 };
	uint8_t pcr0[48];
	struct rv_quote_expect want[] = { { "pcr0", rv_span(pcr0, 48) } };
	struct rv_sha384 digest;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_sha384(rv_text("0"), &digest, &err));
	memcpy(pcr0, digest.b, sizeof pcr0);
	policy.expect = want;
	policy.expects = 1;
	in.proof.policy = &policy;
	in.identify = true;
	expect(V "good.cose", &in, V "root.der", RV_OK, "pcr0 yes");
	pcr0[47] ^= 1;
	expect(V "good.cose", &in, V "root.der", RV_NO, "pcr0 no");
	want[0].field = "pcr9";
	expect(V "good.cose", &in, V "root.der", RV_INPUT, "has no such PCR");
	policy.expects = 0;
	expect(V "good.cose", &in, V "root.der", RV_INPUT,
	       "nothing was named to compare with");
}

static void boot_digest(void **state)
{
	RV_AUTO(rv_buf_free)
	struct rv_buf doc = file(V "real-nitrotpm.aws.cbor");
	struct rv_span values = rv_buf_span(&doc);
	struct rv_verify_input in = { .values = &values };

	(void)state;
	expect(REAL, &in, NULL, RV_OK, "boot_pcr_digest yes");
	expect(REAL, &in, NULL, RV_OK, "encrypts no memory");
	expect(V "good.cose", &in, V "root.der", RV_INPUT,
	       "a release says nothing of an enclave's image");
	expect(V "good-tpm.cose", &in, V "root.der", RV_NO,
	       "boot_pcr_digest no");
	doc.p[doc.n - 1] ^= 1;
	expect(REAL, &in, NULL, RV_NO, "boot_pcr_digest no");
	values.n--;
	expect(REAL, &in, NULL, RV_INPUT, "measurement.aws.cbor");
	in.values = NULL;
	expect(V "good.cose", &in, NULL, RV_NO, "ROOT: ");
}

static void bound(void **state)
{
	struct rv_binding b = { .has_report_data = true };
	struct rv_verify_input in = { .binding = &b };

	(void)state;
	memcpy(b.report_data, "made", 4);
	expect(V "good.cose", &in, V "root.der", RV_OK, "report_data yes");
	b.report_data[5] = 1;
	expect(V "good.cose", &in, V "root.der", RV_NO, "report_data no");
	/* The real one has no user_data. */
	expect(REAL, &in, NULL, RV_INPUT, "no report_data");
}

/* ---- the app of a NitroTPM ---- */

#define APP	 V "app/"
#define APP_ROOT APP "root.der"

/* What the four rows and the whole must be. */
static const struct {
	const char *file;
	bool asked; /* with the app-compose.json of it */
	enum rv_code code;
	const char *pcr14, *compose, *pcr8, *says;
} apps[] = {
	{ "good.scale", true, RV_OK, "yes", "yes", "yes", "recorded in PCR14" },
	{ "good-v2.msgpack", true, RV_OK, "yes", "yes", "yes", "key_provider" },
	{ "late.scale", true, RV_OK, "yes", "yes", "yes", "9 events replay" },
	{ "good.scale", false, RV_OK, "yes", "unchecked", "unchecked",
	  "the key provider is in the app-compose.json" },
	{ "no-events.scale", false, RV_OK, "unchecked", "unchecked",
	  "unchecked", "what PCR14 recorded is not known" },
	{ "no-events.scale", true, RV_INPUT, "unchecked", "cannot-tell",
	  "unchecked", "app-id is not known" },
	{ "no-events-usual.scale", true, RV_OK, "unchecked", "yes", "yes",
	  "no compose-hash event; by PCR8: MrConfigV2" },
	{ "dropped.scale", true, RV_NO, "no", "cannot-tell", "unchecked",
	  "the 7 events that came do not give it" },
	{ "changed.scale", true, RV_NO, "no", "no", "unchecked",
	  "do not give" },
	{ "pcr14-zero.scale", true, RV_NO, "no", "cannot-tell", "unchecked",
	  "do not give" },
	{ "pcr14-missing.scale", true, RV_INPUT, "cannot-tell", "cannot-tell",
	  "unchecked", "the document has no PCR14" },
	{ "pcr8-zero.scale", true, RV_OK, "yes", "yes", "unchecked",
	  "zero: the guest committed to no app" },
	{ "pcr8-missing.scale", true, RV_OK, "yes", "yes", "unchecked",
	  "the document has no PCR8" },
	{ "pcr8-twice.scale", true, RV_NO, "yes", "yes", "no",
	  "it is not MrConfigV2" },
	{ "pcr8-other.scale", true, RV_NO, "yes", "yes", "no",
	  "it is not MrConfigV2" },
};

static void is_row(const char *file, const struct said *said, const char *name,
		   const char *verdict)
{
	char want[64];

	snprintf(want, sizeof want, " %s %s|", name, verdict);
	if (!strstr(said->text, want))
		fail_msg("%s: not%s:\n%s", file, want, said->text);
}

/* What PCR14 is, and what the events give: both, where both are there. */
static void both_values(const char *file, const struct said *said,
			const char *verdict)
{
	const char *row = strstr(said->text, " pcr14_log ");
	char expected[100], from[100], actual[100];
	bool yes = strcmp(verdict, "yes") == 0;

	assert_non_null(row);
	if (sscanf(row, " pcr14_log %*[^|]|%99[^|]|%99[^|]|%99[^|]|", expected,
		   from, actual) != 3)
		fail_msg("%s: %.400s", file, row);
	if (!yes && strcmp(verdict, "no") != 0) {
		assert_string_equal(actual, "-");
		return;
	}
	assert_string_equal(from, "the document");
	assert_int_equal(strlen(expected), 96);
	assert_int_equal(strlen(actual), 96);
	assert_int_equal(strcmp(expected, actual) == 0, yes);
}

static void app_of_a_tpm(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = file(APP "app-compose.json");
	struct rv_span compose = rv_buf_span(&text);
	static struct said said;

	(void)state;
	for (size_t i = 0; i < RV_LEN(apps); i++) {
		struct rv_verify_input in = { 0 };
		enum rv_code got;
		char path[80];

		in.compose = apps[i].asked ? &compose : NULL;
		snprintf(path, sizeof path, APP "%s", apps[i].file);
		got = ask(path, &in, APP_ROOT, &said);
		if (got != apps[i].code || !strstr(said.text, apps[i].says))
			fail_msg("%s: %d:\n%s", apps[i].file, (int)got,
				 said.text);
		is_row(apps[i].file, &said, "pcr14_log", apps[i].pcr14);
		both_values(apps[i].file, &said, apps[i].pcr14);
		is_row(apps[i].file, &said, "compose_hash", apps[i].compose);
		is_row(apps[i].file, &said, "pcr8_config", apps[i].pcr8);
	}
}

/* The app's hash holds with the events of PCR14, or without any with PCR8. */
static void app_rests_on(void **state)
{
	static const char *const row[][2] = {
		{ "good.scale", "pcr14_log,event_contents" },
		{ "no-events-usual.scale", "pcr8_config" },
	};
	RV_AUTO(rv_buf_free) struct rv_buf text = file(APP "app-compose.json");
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { 0 };
	struct rv_span compose = rv_buf_span(&text);
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
		struct rv_verify_input in = { .evidence = &e,
					      .compose = &compose };
		char path[80];

		snprintf(path, sizeof path, APP "%s", row[i][0]);
		if (!rv_evidence_read_path(path, NULL, &e, &err) ||
		    !rv_verify(v, &in, &out, &err))
			fail_msg("%s: %s", path, err.msg);
		assert_string_equal(rests_of(&out.report, "compose_hash"),
				    row[i][1]);
	}
}

/* The manifest that is expected, or that came along, where it has the hash. */
static void whose_manifest(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf own = file(APP "app-compose.json");
	RV_AUTO(rv_buf_free)
	struct rv_buf other = file("tests/vectors/snp/made/app-compose.json");
	struct rv_span theirs = rv_buf_span(&other);
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence f = { 0 };
	struct rv_verify_input in = { .compose = &theirs };
	static struct said said;
	struct rv_sha256 hash;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(
	    rv_evidence_read_path(APP "good.scale", NULL, &e, &err) &&
	    rv_evidence_read_path(APP "pcr8-other.scale", NULL, &f, &err) &&
	    rv_sha256(rv_buf_span(&own), &hash, &err) &&
	    rv_buf_copy(rv_buf_span(&own), &e.app_compose, &err) &&
	    rv_buf_copy(rv_buf_span(&own), &f.app_compose, &err));
	assert_int_equal(ask_of(&e, &in, APP_ROOT, &said), RV_NO);
	is_row("another", &said, "compose_hash", "no");
	is_row("another", &said, "pcr8_config", "no");
	in.compose = NULL;
	in.compose_hash = &hash;
	assert_int_equal(ask_of(&e, &in, APP_ROOT, &said), RV_OK);
	is_row("its hash", &said, "compose_hash", "yes");
	is_row("its hash", &said, "pcr8_config", "yes");
	in.compose_hash = NULL;
	assert_int_equal(ask_of(&e, &in, APP_ROOT, &said), RV_OK);
	is_row("its own", &said, "compose_hash", "unchecked");
	is_row("its own", &said, "pcr8_config", "yes");
	assert_int_equal(ask_of(&f, &in, APP_ROOT, &said), RV_NO);
	is_row("its own", &said, "pcr8_config", "no");
	/* One of another hash is not looked at. */
	e.app_compose.p[e.app_compose.n - 2] ^= 1;
	assert_int_equal(ask_of(&e, &in, APP_ROOT, &said), RV_OK);
	is_row("edited", &said, "pcr8_config", "unchecked");
}

/* Each byte of what dstack recorded is in PCR14. */
static void every_event(void **state)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_verify_input in = { 0 };
	static struct said said;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_evidence_read_path(APP "good.scale", NULL, &e, &err));
	assert_int_equal(e.log.n, 8);
	assert_int_equal(e.unbound, 0);
	for (size_t i = 0; i < e.log.n; i++) {
		struct rv_event *event = &e.log.event[i];

		event->name[0] ^= 1;
		assert_int_equal(ask_of(&e, &in, APP_ROOT, &said), RV_NO);
		event->name[0] ^= 1;
		for (size_t k = 0; k < event->payload.n; k += 7) {
			event->payload.p[k] ^= 1;
			assert_int_equal(ask_of(&e, &in, APP_ROOT, &said),
					 RV_NO);
			event->payload.p[k] ^= 1;
		}
	}
	e.log.n--;
	assert_int_equal(ask_of(&e, &in, APP_ROOT, &said), RV_NO);
	e.log.n++;
	assert_int_equal(ask_of(&e, &in, APP_ROOT, &said), RV_OK);
}

/* Who gives the keys, in each form that a manifest may say it. */
static void key_providers(void **state)
{
	static const struct {
		const char *manifest, *kind; /* NULL: refused */
		size_t id;
	} row[] = {
		{ "{}", "none", 0 },
		{ "{\"key_provider\":null,\"kms_enabled\":true}", "kms", 0 },
		{ "{\"local_key_provider_enabled\":true}", "local", 0 },
		{ "{\"key_provider\":\"tpm\",\"kms_enabled\":true}", "tpm", 0 },
		{ "{\"key_provider\":\"kms\",\"key_provider_id\":\"0aff\"}",
		  "kms", 2 },
		{ "{\"key_provider\":\"sgx\"}", NULL, 0 },
		{ "{\"key_provider\":1}", NULL, 0 },
		{ "{\"kms_enabled\":1}", NULL, 0 },
		{ "{\"key_provider_id\":\"0x\"}", NULL, 0 },
		{ "{\"kms_enabled\":true,\"kms_enabled\":false}", NULL, 0 },
		{ "{", NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_compose_provider_free)
		struct rv_compose_provider p = { 0 };
		struct rv_err err = { 0 };

		if (rv_compose_provider(rv_text(row[i].manifest), &p, &err) !=
		    (row[i].kind != NULL))
			fail_msg("%s: %s", row[i].manifest, err.msg);
		if (!row[i].kind) {
			assert_int_equal(err.code, RV_INPUT);
			continue;
		}
		assert_string_equal(p.kind, row[i].kind);
		assert_int_equal(p.id.n, row[i].id);
	}
}

/* ---- documents of an image ---- */

static void replay_files(void **state)
{
	static const char good[] =
	    "{\"version\":1,\"events\":[{\"pcr\":4,\"event_type\":\"x\","
	    "\"digest\":\"%096d\"}],\"pcr4\":\"%s\",\"pcr7\":\"%096d\","
	    "\"pcr12\":\"%096d\"}";
	RV_AUTO(rv_buf_free) struct rv_buf zeros = { 0 };
	struct rv_sha384 pcr4;
	struct rv_aws_boot boot;
	struct rv_err err = { 0 };
	uint8_t both[96] = { 0 };
	char text[1024], hex[97];

	(void)state;
	assert_true(rv_sha384(rv_span(both, sizeof both), &pcr4, &err));
	rv_hex(rv_span(pcr4.b, 48), hex);
	snprintf(text, sizeof text, good, 0, hex, 0, 0);
	assert_true(rv_aws_replay(rv_text(text), &boot, &err));
	assert_memory_equal(boot.pcr4.b, pcr4.b, 48);
	hex[0] = hex[0] == '0' ? '1' : '0';
	snprintf(text, sizeof text, good, 0, hex, 0, 0);
	assert_false(rv_aws_replay(rv_text(text), &boot, &err));
	assert_non_null(strstr(err.msg, "pcr4 is not what its events give"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(made_documents),
		cmocka_unit_test(times),
		cmocka_unit_test(every_byte),
		cmocka_unit_test(debug_enclave),
		cmocka_unit_test(events_claim_nothing),
		cmocka_unit_test(expected_pcrs),
		cmocka_unit_test(boot_digest),
		cmocka_unit_test(bound),
		cmocka_unit_test(app_of_a_tpm),
		cmocka_unit_test(app_rests_on),
		cmocka_unit_test(whose_manifest),
		cmocka_unit_test(every_event),
		cmocka_unit_test(key_providers),
		cmocka_unit_test(replay_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
