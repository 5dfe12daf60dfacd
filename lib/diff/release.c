/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release.c - which recorded release the machine runs, where it is not the
 * expected one: said once, by all registers together.
 */
#include "diff.h"

enum { NAMES = 3 };

size_t rv_diff_fitting(const struct rv_diff_input *in, struct rv_grow *names)
{
	struct rv_release_said said;
	size_t n = 0;

	if (!rv_release_said(in->quote, NULL, in->replay, &said))
		return 0;
	for (size_t i = 0; i < in->n_known; i++) {
		struct rv_release_fit fit =
		    rv_release_fit(&in->known[i], &said);

		if (!rv_release_fits(&fit))
			continue;
		if (n++ < NAMES)
			rv_grow_printf(names, "%s%s", n > 1 ? " or " : "",
				       in->known[i].name);
	}
	if (n > NAMES)
		rv_grow_printf(names, " and %zu more", n - NAMES);
	return n;
}

/* Is a row there that says that another image runs? */
static bool other_image(const struct rv_report *r)
{
	static const char *const rows[] = { "mrtd", "rtmr1", "rtmr2",
					    "os_image_hash" };

	for (size_t i = 0; i < r->n; i++)
		for (size_t k = 0; k < RV_LEN(rows); k++)
			if (r->check[i].verdict == RV_DIFFERS &&
			    r->check[i].name &&
			    strcmp(r->check[i].name, rows[k]) == 0)
				return true;
	return false;
}

void rv_diff_release(const struct rv_diff_input *in, struct rv_report *r)
{
	RV_AUTO(rv_grow_free) struct rv_grow names = { 0 };
	const char *want = in->values ? in->values->release : "";
	struct rv_check *c;

	if (!in->values || !other_image(r) || !rv_diff_fitting(in, &names))
		return;
	rv_grow_u8(&names, 0);
	if (names.failed) {
		r->failed = true;
		return;
	}
	/* The same registers, and another os_image_hash: nothing to add. */
	if (strcmp((const char *)names.buf.p, want) == 0)
		return;
	c = rv_report_add(r, RV_LAYER_OS, "release", RV_UNCHECKED);
	rv_report_set(r, &c->expected, "%s", *want ? want : "the given one");
	rv_report_set(r, &c->actual, "%s", (const char *)names.buf.p);
	rv_report_set(r, &c->reason, "this machine runs %s, not %s",
		      (const char *)names.buf.p,
		      *want ? want : "what was given");
}
