/* SPDX-License-Identifier: Apache-2.0 */
/* verdict_inject.h - a verdict for inject.h: one question, asked once. */
#ifndef TEST_VERDICT_INJECT_H
#define TEST_VERDICT_INJECT_H

#include "inject.h"
#include "machine.h"

/* One record is enough: reading more is the same again. */
static bool one_record(void *arg, struct rv_names *out, struct rv_err *err)
{
	(void)arg;
	return rv_names_add(out, "dstack-dev-0.5.8.json", err);
}

/* True: a yes, and @said is the report. @known may be NULL. */
static bool asked_once(const struct rv_verify_input *in,
		       const struct rv_folder *known, struct said *said)
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_verifier_options o = { .records = known };
	struct rv_err err = { 0 };

	if (!rv_verifier_new(&o, &v, &err) || !rv_verify(v, in, &out, &err)) {
		/* It says why, and that is never that the answer is yes. */
		assert_int_not_equal(err.code, RV_OK);
		assert_true(*err.msg);
		assert_null(out.report.check);
		return false;
	}
	assert_false(out.report.failed);
	say_report(said, &out.report);
	return rv_report_code(&out.report) == RV_OK;
}

#endif
