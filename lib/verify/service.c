/* SPDX-License-Identifier: Apache-2.0 */
/* service.c - one row of the report about the image of a service. */
#include "verify.h"

#include <refval/hash_services.h>

#include <stdio.h>

/* "@what SERVICE", with what is not a service's name in hex. */
static void check_name(const char *what, const struct rv_compose_image *im,
		       char *out, size_t n)
{
	size_t at = (size_t)snprintf(out, n, "%s ", what);

	for (size_t i = 0; i < im->service.n && at + 32 < n; i++) {
		uint8_t c = im->service.p[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z') || strchr("._-", c);

		at += (size_t)snprintf(out + at, n - at,
				       plain && c ? "%c" : "\\x%02x", c);
	}
	if (!im->service.n)
		at += (size_t)snprintf(out + at, n - at, "-");
	if (strcmp(im->place, "image") != 0)
		snprintf(out + at, n - at, " (%s)", im->place);
}

struct rv_check *rv_verify_service_check(struct rv_verify_job *job,
					 const char *what,
					 const struct rv_service *j,
					 enum rv_verdict verdict,
					 const char *reason, bool run)
{
	struct rv_report *r = &job->out->report;
	struct rv_check *k;
	char name[256], pin[RV_OCI_TEXT];

	check_name(what, j->image, name, sizeof name);
	k = rv_report_add(r, RV_LAYER_APP, name, verdict);
	if (j->pinned) {
		rv_oci_digest_text(&j->pin, pin);
		rv_report_set(r, &k->expected, "%s", pin);
		rv_report_set(r, &k->from, "the given app-compose.json");
	}
	if (verdict == RV_YES && !run) {
		k->verdict = RV_CANNOT_TELL;
		rv_report_set(r, &k->reason,
			      "%s; but the machine is not shown to run this"
			      " app-compose.json",
			      reason);
	} else {
		rv_report_rests(k, "compose_hash");
		rv_report_set(r, &k->reason, "%s", reason);
	}
	return k;
}
