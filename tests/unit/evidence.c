/* SPDX-License-Identifier: Apache-2.0 */
/* evidence.c - what each container gives besides its log; writing it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "digest.h"
#include "json.h"
#include <refval.h>

#include <stdlib.h>

#define REAL	"tests/vectors/real/"
#define CAPTURE REAL "near-058-dev-3e6394"

static struct rv_evidence from(const char *path, const char *instance)
{
	struct rv_evidence_options opts = { .instance = instance };
	struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };

	if (!rv_evidence_read_path(path, &opts, &e, &err))
		fail_msg("%s", err.msg);
	return e;
}

static void same_buf(const struct rv_buf *a, const struct rv_buf *b)
{
	assert_true(rv_same(rv_buf_span(a), rv_buf_span(b)));
}

static void same_log(const struct rv_log *a, const struct rv_log *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		const struct rv_event *x = &a->event[i], *y = &b->event[i];

		assert_int_equal(x->imr, y->imr);
		assert_int_equal(x->type, y->type);
		assert_int_equal(x->version, y->version);
		assert_int_equal(x->has_digest, y->has_digest);
		assert_memory_equal(x->digest.b, y->digest.b, 48);
		assert_string_equal(x->name, y->name);
		same_buf(&x->payload, &y->payload);
		same_buf(&x->preimage, &y->preimage);
	}
}

static void written_once(const struct rv_evidence *e, struct rv_buf *out)
{
	struct rv_err err = { 0 };

	assert_true(rv_evidence_write(e, out, &err));
}

/* Write it, read that, and find all of it again; write that: same bytes. */
static void same_claims(const struct rv_mrs *a, const struct rv_mrs *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++) {
		const struct rv_mr *x = &a->item[i];
		const struct rv_mr *y = rv_mrs_find(b, x->name);

		assert_non_null(y);
		assert_int_equal(x->alg, y->alg);
		assert_int_equal(x->n, y->n);
		assert_memory_equal(x->b, y->b, x->n);
	}
}

static void round_trip(const struct rv_evidence *e)
{
	struct rv_buf text = { 0 }, again = { 0 };
	struct rv_evidence back = { 0 };
	struct rv_err err = { 0 };

	written_once(e, &text);
	if (!rv_evidence_read(rv_buf_span(&text), NULL, &back, &err))
		fail_msg("%s", err.msg);
	assert_string_equal(back.format, "refval-evidence");
	same_buf(&e->quote, &back.quote);
	same_log(&e->log, &back.log);
	same_buf(&e->vm_config, &back.vm_config);
	same_buf(&e->app_compose, &back.app_compose);
	same_buf(&e->collateral, &back.collateral);
	assert_int_equal(e->has_report_data, back.has_report_data);
	assert_memory_equal(e->report_data, back.report_data, 64);
	same_claims(&e->claimed, &back.claimed);
	assert_int_equal(e->has_claimed_compose_hash,
			 back.has_claimed_compose_hash);
	assert_memory_equal(&e->compose_hash, &back.compose_hash, 32);
	assert_int_equal(e->source.has_asked, back.source.has_asked);
	assert_memory_equal(e->source.asked, back.source.asked, 64);
	memcpy(back.format, e->format, sizeof back.format);
	written_once(&back, &again);
	same_buf(&text, &again);
	rv_buf_free(&text);
	rv_buf_free(&again);
	rv_evidence_free(&back);
}

static void every_capture_round_trips(void **state)
{
	static const char *const path[] = {
		CAPTURE,
		REAL "near-058-dev-57921c",
		REAL "near-052-x-ac3607",
		REAL "060-lite-getquote-v3",
		REAL "060-ovmf202505-attestation",
		REAL "060-lite-attestation/attestation.json",
		REAL "dev-040-examples",
		REAL "sim-04x",
		REAL "kms-2024-quote-collateral",
		REAL "ratls-2024-quote",
		REAL "near-tcbinfo-8814c3",
		REAL "ccel-2024",
		"tests/vectors/evidence/attestation-v1.named",
		"tests/vectors/evidence/ra-tls.all.der",
		"tests/vectors/evidence/near-public-data.json",
		"tests/vectors/evidence/refval-evidence.json",
		"tests/vectors/evidence/getquote.text-log",
	};

	for (size_t i = 0; i < RV_LEN(path); i++) {
		struct rv_evidence e = from(path[i], NULL);

		assert_null(e.conflict);
		round_trip(&e);
		rv_evidence_free(&e);
	}
	(void)state;
}

static void a_folder_holds_everything(void **state)
{
	struct rv_evidence e = from(CAPTURE, NULL);
	struct rv_buf compose = { 0 }, quote = { 0 };
	struct rv_err err = { 0 };
	rv_json *j = NULL;

	assert_string_equal(e.format, "folder");
	assert_true(
	    rv_buf_read(CAPTURE "/app-compose.json", 1 << 20, &compose, &err));
	assert_true(rv_buf_read(CAPTURE "/quote.bin", 1 << 20, &quote, &err));
	same_buf(&compose, &e.app_compose);
	same_buf(&quote, &e.quote);
	assert_int_equal(e.log.n, 29);
	assert_int_equal(e.log_format, RV_LOG_JSON);
	assert_int_equal(e.claimed.n, 5); /* mrtd, rtmr0 to rtmr3 */
	assert_true(e.has_claimed_compose_hash && e.has_claimed_os_image_hash);
	assert_true(
	    rv_json_parse(rv_buf_span(&e.collateral), "collateral", &j, &err));
	assert_true(rv_json_is_string(rv_json_get(j, "tcb_info")));
	assert_int_equal(rv_json_size(j), 9);
	rv_json_free(&j);
	rv_buf_free(&compose);
	rv_buf_free(&quote);
	rv_evidence_free(&e);
	(void)state;
}

/* Byte arrays become hex, the NUL behind the PCK chain goes. */
static void collateral_has_one_form(void **state)
{
	struct rv_evidence e = from(REAL "near-058-dev-57921c", NULL);
	struct rv_err err = { 0 };
	struct rv_span s;
	rv_json *j = NULL;

	assert_true(
	    rv_json_parse(rv_buf_span(&e.collateral), "collateral", &j, &err));
	assert_true(rv_json_need_text(j, "root_ca_crl", &s, &err));
	assert_int_equal(s.n, 2 * 294);
	assert_memory_equal(s.p, "3082", 4);
	assert_true(rv_json_need_text(j, "pck_certificate_chain", &s, &err));
	assert_int_equal(s.n, 3677);
	assert_true(rv_json_need_text(j, "tcb_info_signature", &s, &err));
	assert_int_equal(s.n, 128);
	rv_json_free(&j);
	rv_evidence_free(&e);
	(void)state;
}

/* Of two captures the manifest was edited before they were published. */
static void manifests_and_their_hashes(void **state)
{
	static const struct {
		const char *path;
		bool same;
	} known[] = {
		{ CAPTURE, true },
		{ REAL "near-058-dev-57921c", true },
		{ REAL "near-054-dev-070958", true },
		{ REAL "near-057-dev-112ff3", true },
		{ REAL "dev-040-examples", true },
		{ REAL "near-052-x-ac3607", false },
		{ REAL "near-054-prod-21c9f6", false },
	};

	for (size_t i = 0; i < RV_LEN(known); i++) {
		struct rv_evidence e = from(known[i].path, NULL);
		struct rv_replay r = { 0 };
		struct rv_err err = { 0 };
		struct rv_sha256 d;

		assert_true(rv_replay_run(&e.log, &r, &err));
		assert_true(rv_sha256(rv_buf_span(&e.app_compose), &d, &err));
		assert_int_equal(rv_same(r.claims.compose_hash.value,
					 rv_span(d.b, sizeof d.b)),
				 known[i].same);
		rv_replay_free(&r);
		rv_evidence_free(&e);
	}
	(void)state;
}

/* The guest's sys-config holds vm_config as text. */
static void config_is_unwrapped(void **state)
{
	struct rv_evidence e =
	    from(REAL "060-ovmf202505-attestation/attestation.bin", NULL);
	struct rv_buf want = { 0 };
	struct rv_err err = { 0 };

	assert_string_equal(e.format, "attestation-v0");
	assert_true(rv_buf_read(REAL
				"060-ovmf202505-attestation/vm_config.json",
				1 << 16, &want, &err));
	same_buf(&want, &e.vm_config);
	assert_true(e.has_report_data);
	rv_buf_free(&want);
	rv_evidence_free(&e);
	(void)state;
}

/* Computed with openssl: (printf ratls-cert:; SPKI) | sha512sum. */
static void a_certificate_binds_its_key(void **state)
{
	static const char want[] =
	    "2ed63246965bd5b2cffb4c5da3f87d8bacb0100692e7eb9d085398deb674ba7b"
	    "01a57900d28de2efbec80708b71615145425feaf9d0c483236c2798eb463cf11";
	struct rv_evidence e =
	    from("tests/vectors/evidence/ra-tls.gzip-log.pem", NULL);
	char hex[129];

	assert_true(e.has_ratls_report_data);
	rv_hex(rv_span(e.ratls_report_data, 64), hex);
	assert_string_equal(hex, want);
	assert_int_equal(e.log.n, 29);
	rv_evidence_free(&e);
	(void)state;
}

static void one_of_several_machines(void **state)
{
	static const char path[] = "tests/vectors/evidence/phala-attestations"
				   ".two";
	struct rv_evidence a = from(path, "0"), b = from(path, "web");
	struct rv_evidence none = { 0 };
	struct rv_err err = { 0 };

	assert_int_equal(a.log.n, 5);
	assert_int_equal(b.log.n, 29);
	assert_false(rv_evidence_read_path(path, NULL, &none, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_null(none.quote.p);
	rv_evidence_free(&a);
	rv_evidence_free(&b);
	(void)state;
}

/* A manifest that is no text survives writing. */
static void any_manifest_is_kept(void **state)
{
	struct rv_evidence e = from(CAPTURE, NULL);

	e.app_compose.p[3] = 0xff;
	round_trip(&e);
	e.app_compose.p[3] = 0;
	round_trip(&e);
	rv_evidence_free(&e);
	(void)state;
}

static void a_log_alone(void **state)
{
	struct rv_buf b = { 0 };
	struct rv_log log = { 0 };
	enum rv_log_format format;
	struct rv_err err = { 0 };

	assert_true(rv_buf_read(REAL "ccel-2024/ccel.bin", 1 << 20, &b, &err));
	assert_true(rv_log_read(rv_buf_span(&b), &log, &format, &err));
	assert_int_equal(format, RV_LOG_TCG2);
	assert_int_equal(log.n, 18);
	rv_log_free(&log);
	rv_buf_free(&b);
	assert_true(rv_buf_read(REAL "sim-04x/quote.bin", 1 << 20, &b, &err));
	assert_false(rv_log_read(rv_buf_span(&b), &log, &format, &err));
	assert_int_equal(err.code, RV_INPUT);
	rv_buf_free(&b);
	(void)state;
}

/* The table of formats and docs/FORMATS.md name the same ones. */
static void documents_name_every_format(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_err err = { 0 };
	const char *name;
	size_t n = 0;

	(void)state;
	assert_true(rv_buf_read("docs/FORMATS.md", 1 << 20, &text, &err));
	for (size_t i = 0; (name = rv_evidence_format(i)); i++) {
		char cell[48];

		if (!*name)
			continue;
		snprintf(cell, sizeof cell, "| `%s` |", name);
		if (!strstr((const char *)text.p, cell))
			fail_msg("docs/FORMATS.md has no row %s", cell);
		n++;
	}
	assert_true(n >= 18);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_name_every_format),
		cmocka_unit_test(every_capture_round_trips),
		cmocka_unit_test(a_folder_holds_everything),
		cmocka_unit_test(collateral_has_one_form),
		cmocka_unit_test(manifests_and_their_hashes),
		cmocka_unit_test(config_is_unwrapped),
		cmocka_unit_test(a_certificate_binds_its_key),
		cmocka_unit_test(one_of_several_machines),
		cmocka_unit_test(any_manifest_is_kept),
		cmocka_unit_test(a_log_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
