/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_proof.c - what is no evidence at all, and may be a quote with a field
 * broken; each check of a verification as a row of the report. Runs in the
 * top folder of the source tree.
 */
#include "machine.h"

/* ---- no container ---- */

static void unreadable(struct rv_quote_verifier *q, struct rv_span given,
		       const struct rv_err *why, const char *says)
{
	struct rv_proof_input in = { .at = MACHINE_AT };
	struct rv_proof p = { 0 };
	struct rv_err err = { 0 };

	if (!rv_proof_unreadable(q, &in, given, why, &p, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(p.answer, RV_INPUT);
	assert_false(p.verdict.verified);
	assert_string_equal(p.hint, "");
	assert_string_equal(p.message, p.verdict.message);
	if (strncmp(p.message, says, strlen(says)) != 0)
		fail_msg("%s", p.message);
	rv_quote_verdict_free(&p.verdict);
}

static void no_container(void **state)
{
	RV_AUTO(rv_quote_verifier_free) struct rv_quote_verifier *q = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf quote = { 0 };
	RV_AUTO(rv_free) char *hex = NULL;
	struct rv_quote_options o = { 0 };
	struct rv_err err = { 0 }, why = { 0 }, foreign = { 0 };
	size_t n;

	(void)state;
	assert_true(rv_quote_verifier_new(&o, &q, &err));
	assert_true(rv_buf_read(MACHINE "/quote.bin", 1 << 20, &quote, &err));
	rv_err_set(&why, RV_INPUT, "nobody knows this");
	rv_err_set(&foreign, RV_INPUT, "of another maker");
	foreign.id = RV_EVIDENCE_FOREIGN;
	unreadable(q, rv_text(""), &why, "QUOTE_FORMAT: nobody knows this");
	unreadable(q, rv_text("zz"), &why, "QUOTE_FORMAT: nobody knows this");
	unreadable(q, rv_text("00"), &why,
		   "QUOTE_FORMAT: quote: header: needs 48 bytes at 0 of 1");
	/* Good, and all the same no container of it was read. */
	unreadable(q, rv_buf_span(&quote), &why,
		   "QUOTE_FORMAT: nobody knows this");
	quote.p[2] = 99; /* attestation key type */
	unreadable(q, rv_buf_span(&quote), &why,
		   "KEY_TYPE: attestation key type 99, known is 2");
	unreadable(q, rv_buf_span(&quote), &foreign,
		   "QUOTE_FORMAT: of another maker");
	n = 2 * quote.n;
	hex = calloc(1, n + 4);
	assert_non_null(hex);
	rv_hex(rv_buf_span(&quote), hex);
	unreadable(q, rv_text(hex), &why,
		   "KEY_TYPE: attestation key type 99, known is 2");
	memcpy(hex + n, "\r\n", 2);
	unreadable(q, rv_text(hex), &why,
		   "KEY_TYPE: attestation key type 99, known is 2");
	hex[n] = ' ';
	unreadable(q, rv_text(hex), &why, "QUOTE_FORMAT: nobody knows this");
}

/* ---- each check of a verification ---- */

/* How many rows quote.* have each verdict. */
static void rows_of(struct rv_verifier *v, struct machine *m, int64_t at,
		    size_t got[4])
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_err err = { 0 };

	memset(got, 0, 4 * sizeof *got);
	m->in.proof.at = at;
	if (!rv_verify(v, &m->in, &out, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < out.report.n; i++)
		if (strncmp(out.report.check[i].name, "quote.", 6) == 0)
			got[out.report.check[i].verdict]++;
}

static void explained(void **state)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verifier_free) struct rv_verifier *brief = NULL;
	RV_AUTO(machine_free) struct machine m;
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };
	size_t got[4];

	(void)state;
	machine_load(&m);
	assert_true(rv_verifier_new(&o, &brief, &err));
	o.quote.explain = true;
	assert_true(rv_verifier_new(&o, &v, &err));
	rows_of(brief, &m, MACHINE_AT, got);
	assert_int_equal(got[RV_YES] + got[RV_UNCHECKED], 0);
	rows_of(v, &m, MACHINE_AT, got);
	assert_true(got[RV_YES] > 10);
	assert_int_equal(got[RV_DIFFERS] + got[RV_CANNOT_TELL], 0);
	/* Too late is no forgery. */
	rows_of(v, &m, MACHINE_AT + 300000000, got);
	assert_int_equal(got[RV_DIFFERS], 0);
	assert_int_equal(got[RV_CANNOT_TELL], 1);
	/* A register that is not what was signed is one. */
	m.evidence.quote.p[200] ^= 1;
	rows_of(v, &m, MACHINE_AT, got);
	assert_int_equal(got[RV_DIFFERS], 1);
	assert_int_equal(got[RV_CANNOT_TELL], 0);
}

/* ---- what a policy refuses ---- */

/* A row of its own for each rule but the status, which has one already. */
static void findings(void **state)
{
	static const struct {
		const char *rule[2];
		enum rv_verdict tcb;
		size_t rows; /* beside quote_signature and tcb_status */
	} t[] = {
		{ { NULL, NULL }, RV_YES, 0 },
		{ { "status", NULL }, RV_DIFFERS, 0 },
		{ { "grace", NULL }, RV_DIFFERS, 1 },
		{ { "td_debug", NULL }, RV_YES, 1 },
		{ { "td_debug", "status" }, RV_DIFFERS, 1 },
		{ { "min_eval", "grace" }, RV_DIFFERS, 2 },
		{ { "min_eval", "td_debug" }, RV_YES, 2 },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_report_free) struct rv_report r = { 0 };
		struct rv_proof p = { .checked = true };

		p.verdict.verified = true;
		p.verdict.intel_root = true;
		for (size_t k = 0; k < 2 && t[i].rule[k]; k++) {
			snprintf(p.finding[k].rule, sizeof p.finding[k].rule,
				 "%s", t[i].rule[k]);
			snprintf(p.finding[k].detail,
				 sizeof p.finding[k].detail, "why");
			p.findings++;
		}
		rv_proof_report(&p, &r);
		assert_int_equal(check_of(&r, "quote_signature")->verdict,
				 RV_YES);
		assert_int_equal(check_of(&r, "tcb_status")->verdict, t[i].tcb);
		assert_int_equal(r.n, 2 + t[i].rows);
		for (size_t k = 0; k < p.findings; k++)
			if (strcmp(t[i].rule[k], "status") != 0) {
				const struct rv_check *c =
				    check_of(&r, t[i].rule[k]);

				assert_int_equal(c->verdict, RV_DIFFERS);
				assert_string_equal(c->reason,
						    "refused by policy: why");
			}
		/* What was not looked at, or did not hold, has no such row. */
		p.checked = false;
		rv_proof_report(&p, &r);
		assert_int_equal(r.n, 2 + t[i].rows);
		p.checked = true;
		p.verdict.verified = false;
		rv_proof_report(&p, &r);
		assert_int_equal(r.n, 3 + t[i].rows);
	}
}

/* Without the signature none of its parts counts, and the answer is no yes. */
static void skipped(void **state)
{
	static const char *const names[] = { "quote_signature" };
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	RV_AUTO(machine_free) struct machine m;
	struct rv_verifier_options o = { .records = &records,
					 .quote.explain = true };
	struct rv_err err = { 0 };
	size_t parts = 0;

	(void)state;
	machine_load(&m);
	m.in.skip = names;
	m.in.skips = 1;
	assert_true(rv_verifier_new(&o, &v, &err));
	if (!rv_verify(v, &m.in, &out, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < out.report.n; i++) {
		const struct rv_check *c = &out.report.check[i];

		if (strcmp(c->name, names[0]) != 0 &&
		    strncmp(c->name, "quote.", 6) != 0)
			continue;
		parts++;
		assert_int_equal(c->verdict, RV_UNCHECKED);
	}
	assert_true(parts > 10);
}

/* Evidence that contradicts itself is a no, whoever signed its quote. */
static void contradictions(void **state)
{
	RV_AUTO(rv_quote_verifier_free) struct rv_quote_verifier *q = NULL;
	struct rv_proof_input in = { .at = MACHINE_AT };
	struct rv_quote_options o = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_quote_verifier_new(&o, &q, &err));
	for (int how = 0; how < 4; how++) {
		RV_AUTO(machine_free) struct machine m;
		struct rv_proof p = { 0 };

		machine_load(&m);
		m.evidence.has_report_data = how & 2;
		memcpy(m.evidence.report_data, m.evidence.quote.p + 48 + 520,
		       sizeof m.evidence.report_data);
		m.evidence.report_data[63] ^= 1;
		if (how & 1)
			assert_true(rv_text_copy(rv_text("two things"), "why",
						 &m.evidence.conflict, &err));
		if (!rv_proof_check(q, &in, &m.evidence, &p, &err))
			fail_msg("%s", err.msg);
		assert_true(p.verdict.verified);
		assert_int_equal(p.answer, how ? RV_NO : RV_OK);
		if (how & 1)
			assert_string_equal(p.message,
					    "the evidence contradicts itself:"
					    " two things");
		rv_proof_free(&p);
	}
}

/* ---- no quote ---- */

/* A log, or somebody's words, are not signed: that can never be a yes. */
static void no_quote(void **state)
{
	static const char *const says[] = {
		"there is no quote in the evidence, so no signature",
		"no signature: these are somebody's words",
	};
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	for (size_t words = 0; words < 2; words++) {
		RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
		RV_AUTO(machine_free) struct machine m;
		struct rv_quote q;
		const struct rv_check *c;

		machine_load(&m);
		assert_true(
		    rv_quote_read(rv_buf_span(&m.evidence.quote), &q, &err));
		m.evidence.claimed.n = 0;
		for (size_t i = 0; words && i < 2; i++) {
			const char *name = i ? "rtmr0" : "mrtd";

			assert_true(rv_mrs_set(&m.evidence.claimed, name,
					       RV_SHA384,
					       rv_quote_field(&q, name)));
		}
		rv_buf_free(&m.evidence.quote);
		if (words)
			rv_log_free(&m.evidence.log);
		assert_int_equal(rv_evidence_is_words(&m.evidence), words);
		if (!rv_verify(v, &m.in, &out, &err))
			fail_msg("%s", err.msg);
		assert_int_not_equal(rv_report_code(&out.report), RV_OK);
		c = check_of(&out.report, "quote_signature");
		assert_int_equal(c->verdict, RV_CANNOT_TELL);
		assert_non_null(strstr(c->reason, says[words]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(skipped),
		cmocka_unit_test(contradictions),
		cmocka_unit_test(no_quote),
		cmocka_unit_test(findings),
		cmocka_unit_test(no_container),
		cmocka_unit_test(explained),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
