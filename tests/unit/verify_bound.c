/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_bound.c - the certificate of a TLS server that was recorded beside the
 * evidence: named by a statement, by report_data, by neither; and the key of an
 * RA-TLS certificate. Runs in the top folder of the source tree.
 */
#include "machine.h"

#include "digest.h"
#include "pem.h"

enum { REPORT_DATA = 48 + 520 }; /* in the quote */

struct bound {
	struct machine m;
	struct rv_verifier *v;
	struct rv_buf der;
	struct rv_statement statement;
	struct rv_binding binding;
	char text[128];
};

/* The evidence was recorded by way of example.org:443 with a certificate. */
static void start(struct bound *b)
{
	struct rv_verifier_options o = { .records = &records };
	RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };
	struct rv_err err = { 0 };

	*b = (struct bound){ .statement.hash = "sha256" };
	machine_load(&b->m);
	b->m.in.prove = false;
	if (!rv_buf_read("tests/vectors/bind/certificate.pem", 1 << 16, &pem,
			 &err) ||
	    !rv_pem_first(rv_buf_span(&pem), "CERTIFICATE", &b->der, &err) ||
	    !rv_buf_copy(rv_buf_span(&b->der), &b->m.evidence.tls.certificate,
			 &err) ||
	    !rv_text_copy(rv_text("example.org"), "host",
			  &b->m.evidence.tls.host, &err) ||
	    !rv_verifier_new(&o, &b->v, &err))
		fail_msg("%s", err.msg);
	b->m.evidence.tls.port = 443;
	b->m.evidence.has_report_data = false;
}

static void end(struct bound *b)
{
	machine_free(&b->m);
	rv_buf_free(&b->der);
	rv_verifier_free(&b->v);
}

static void carries(struct bound *b, const uint8_t *p, size_t n)
{
	uint8_t *rd = b->m.evidence.quote.p + REPORT_DATA;

	memset(rd, 0, 64);
	memcpy(rd, p, n);
}

/* A statement with this fingerprint, which report_data is the hash of. */
static void state_it(struct bound *b, const struct rv_sha256 *fingerprint)
{
	struct rv_err err = { 0 };
	uint8_t rd[64];
	char hex[65];

	rv_hex(rv_span(fingerprint->b, 32), hex);
	snprintf(b->text, sizeof b->text, "{\"tlsFingerprint\": \"%s\"}", hex);
	b->statement.file = rv_text(b->text);
	assert_true(rv_bind_report_data(&b->statement, rd, &err));
	carries(b, rd, sizeof rd);
	b->binding.file.statement = &b->statement;
	b->m.in.binding = &b->binding;
}

/* Row @name: its verdict, "from" and reason. */
static void says(struct bound *b, const char *name, enum rv_verdict verdict,
		 const char *from, const char *reason)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	const struct rv_check *c;
	struct rv_err err = { 0 };

	if (!rv_verify(b->v, &b->m.in, &out, &err))
		fail_msg("%s", err.msg);
	c = check_of(&out.report, name);
	if (c->verdict != verdict || !strstr(c->reason, reason) ||
	    (from && (!c->from || !strstr(c->from, from))))
		fail_msg("%s: %s, %s, %s", name, rv_verdict_name(c->verdict),
			 c->from ? c->from : "-", c->reason);
}

#define ROW "tls-certificate"

static void named_by_a_statement(void **state)
{
	struct rv_sha256 print;
	struct rv_err err = { 0 };
	struct bound b;

	(void)state;
	start(&b);
	assert_true(rv_bind_fingerprint(rv_buf_span(&b.der), &print, &err));
	state_it(&b, &print);
	says(&b, ROW, RV_YES,
	     "in the evidence's own words of example.org:443, recorded at an"
	     " unknown time",
	     "");
	assert_true(rv_text_copy(rv_text("2026-04-01"), "when",
				 &b.m.evidence.tls.when, &err));
	says(&b, ROW, RV_YES, "recorded 2026-04-01", "");
	for (size_t i = 0; i < 32; i += 31) {
		print.b[i] ^= 1;
		state_it(&b, &print);
		says(&b, ROW, RV_DIFFERS, "recorded 2026-04-01", "");
		print.b[i] ^= 1;
	}
	/* Nothing was recorded: the statement names one that nobody has. */
	free(b.m.evidence.tls.host);
	b.m.evidence.tls.host = NULL;
	says(&b, ROW, RV_UNCHECKED, NULL, "none was given or recorded");
	end(&b);
}

static void named_by_report_data(void **state)
{
	struct rv_sha256 print;
	struct rv_err err = { 0 };
	struct bound b;

	(void)state;
	start(&b);
	assert_true(rv_bind_fingerprint(rv_buf_span(&b.der), &print, &err));
	carries(&b, print.b, sizeof print.b);
	says(&b, ROW, RV_YES, "example.org:443", "");
	for (size_t i = 0; i < 32; i += 31) {
		print.b[i] ^= 1;
		carries(&b, print.b, sizeof print.b);
		says(&b, ROW, RV_UNCHECKED, "example.org:443",
		     "recorded, but neither report_data nor a statement names"
		     " it");
		print.b[i] ^= 1;
	}
	end(&b);
}

/* All 64 bytes count. */
static void key_of_ra_tls(void **state)
{
	struct bound b;

	(void)state;
	start(&b);
	b.m.evidence.has_ratls_report_data = true;
	memset(b.m.evidence.ratls_report_data, 5, 64);
	carries(&b, b.m.evidence.ratls_report_data, 64);
	says(&b, "ra-tls-key", RV_YES, "RA-TLS", "binds the key");
	for (size_t i = 0; i < 64; i += 21) {
		b.m.evidence.ratls_report_data[i] ^= 1;
		says(&b, "ra-tls-key", RV_DIFFERS, "RA-TLS",
		     "does not bind the key");
		b.m.evidence.ratls_report_data[i] ^= 1;
	}
	end(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(named_by_a_statement),
		cmocka_unit_test(named_by_report_data),
		cmocka_unit_test(key_of_ra_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
