/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot_values.c - registers of what boots from a disk as reference values: what
 * the disk says nothing of is not known, and says so.
 */
#include "base.h"

#include <refval/boot.h>

#include <stdio.h>

bool rv_boot_as_register(const struct rv_boot_register *from,
			 struct rv_register *out, struct rv_err *err)
{
	struct rv_register reg = { .known = from->known };

	if (from->alg != RV_SHA384)
		return rv_fail(err, RV_INPUT, "%s: not one of SHA-384",
			       from->name);
	snprintf(reg.why, sizeof reg.why, "%s", from->why);
	memcpy(reg.value.b, from->value, sizeof reg.value.b);
	/*
	 * With more than there is room for only the value counts. Where one is
	 * not known, it may not be there at all, so that a log with another
	 * number of events is no reason for a no.
	 */
	for (; from->known && from->n <= RV_EVENTS_MAX && reg.n < from->n;
	     reg.n++) {
		const struct rv_boot_event *e = &from->event[reg.n];
		struct rv_predicted *to = &reg.event[reg.n];

		snprintf(to->label, sizeof to->label, "%.47s", e->label);
		to->type = e->type;
		to->known = true;
		to->origin = RV_ORIGIN_COMPUTED;
		memcpy(to->digest.b, e->digest, sizeof to->digest.b);
	}
	reg.origin = reg.known ? RV_ORIGIN_COMPUTED : RV_ORIGIN_NONE;
	*out = reg;
	return true;
}

bool rv_boot_as_values(const struct rv_boot_values *b, struct rv_values *out,
		       struct rv_err *err)
{
	static const char *const names[] = { "rtmr1", "rtmr2" };

	if (b->platform != RV_BOOT_TDX)
		return rv_fail(err, RV_INPUT,
			       "refval.boot/1 of platform %s, which no quote of"
			       " a TD is compared with",
			       rv_boot_platform_name(b->platform));
	snprintf(out->mrtd.why, sizeof out->mrtd.why,
		 "it is of the firmware, of which the disk says nothing");
	snprintf(rv_values_at(out, "rtmr0")->why,
		 sizeof rv_values_at(out, "rtmr0")->why,
		 "it is of firmware and machine, of which the disk says"
		 " nothing");
	for (size_t i = 0; i < RV_LEN(names); i++) {
		const struct rv_boot_register *from =
		    rv_boot_register(b, names[i]);

		if (!from)
			return rv_fail(err, RV_INPUT, "no %s", names[i]);
		if (!rv_boot_as_register(from, rv_values_at(out, names[i]),
					 err))
			return false;
	}
	memcpy(out->input, b->input, sizeof out->input);
	out->inputs = b->inputs;
	for (; out->assumptions < b->assumptions; out->assumptions++)
		memcpy(out->assumed[out->assumptions],
		       b->assumed[out->assumptions], sizeof out->assumed[0]);
	return true;
}
