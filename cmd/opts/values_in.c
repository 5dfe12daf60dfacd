/* SPDX-License-Identifier: Apache-2.0 */
/* values_in.c - reference values, read back, with a word on their signature. */
#include "values_in.h"
#include "base.h"

enum { KEY_MAX = 64 << 10 };

bool rv_values_in(const char *path, struct rv_span bytes, const char *key,
		  struct rv_values *out, struct rv_signature *sig,
		  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf pem = { 0 };

	if (key && !rv_buf_read(key, KEY_MAX, &pem, err))
		return false;
	if (key && !pem.n)
		return rv_fail(err, RV_INPUT, "%s: empty", key);
	return rv_publish_read(bytes, rv_buf_span(&pem), out, sig, err) ||
	       rv_in(err, "%s", path);
}

static void window(const struct rv_signature *sig, int64_t at,
		   struct rv_report *r)
{
	bool early = at<sig->not_before, late = at> sig->not_after;
	struct rv_check *c =
	    rv_report_add(r, RV_LAYER_FIRMWARE, "reference_validity",
			  early || late ? RV_CANNOT_TELL : RV_YES);
	int64_t t = early ? sig->not_before : sig->not_after;
	char text[32] = "ever";

	if (t != INT64_MAX)
		rv_time_text(t, text);
	rv_report_set(r, &c->actual, "%s", text);
	rv_report_set(r, &c->reason, "the reference values %s %s",
		      early  ? "do not hold before"
		      : late ? "no longer hold: they ended at"
			     : "hold until",
		      text);
}

void rv_values_report(const char *path, const struct rv_signature *sig,
		      bool asked, int64_t at, struct rv_report *r)
{
	static const enum rv_verdict verdict[] = {
		[RV_SIGNED_NOT] = RV_UNCHECKED,
		[RV_SIGNED_UNCHECKED] = RV_UNCHECKED,
		[RV_SIGNED_GOOD] = RV_YES,
		[RV_SIGNED_BAD] = RV_DIFFERS,
	};
	struct rv_check *c = rv_report_add(
	    r, RV_LAYER_FIRMWARE, "reference_signature",
	    asked && sig->state == RV_SIGNED_NOT ? RV_CANNOT_TELL
						 : verdict[sig->state]);

	rv_report_set(r, &c->from, "%s", sig->form);
	rv_report_set(r, &c->reason, "%s: %s", path, sig->said);
	if (sig->has_window)
		window(sig, at, r);
}
