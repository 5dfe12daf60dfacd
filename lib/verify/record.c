/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.c - the reference values of every machine that a release's record
 * tells of: of each shape whose RTMR0 is recorded; or where none is, of what
 * all have in common.
 */
#include "verify.h"

static bool add(const struct rv_release *r, const struct rv_shape *recorded,
		struct rv_values_list *out, struct rv_err *err)
{
	struct rv_acpi_source acpi = { 0 };
	struct rv_measure_input ignored = { 0 };
	struct rv_shape shape = *recorded;
	struct rv_values *v;

	rv_release_shape(r, &shape);
	if (shape.qemu.major && !rv_shape_resolve(&shape, err))
		return false;
	if (!rv_acpi_for(NULL, &shape, &acpi, &ignored, err) ||
	    !rv_values_list_add(out, &v, err))
		return false;
	return rv_release_values(r, &shape, ignored.acpi, ignored.acpi_why, v,
				 err);
}

bool rv_release_machines(const struct rv_release *r, struct rv_values_list *out,
			 struct rv_err *err)
{
	RV_AUTO(rv_values_list_free) struct rv_values_list all = { 0 };
	const struct rv_shape any = rv_shape_default();

	if (!rv_release_has_registers(r))
		return rv_fail(err, RV_INPUT,
			       "the record of %s only says where the image is;"
			       " get it, and refval-measure has its values%s%s",
			       r->name, *r->url ? ": " : "", r->url);
	if (!r->shapes && !add(r, &any, &all, err))
		return false;
	for (size_t i = 0; i < r->shapes; i++)
		if (!add(r, &r->shape[i].shape, &all, err))
			return rv_in(err, "machine %zu of the record", i + 1);
	*out = RV_TAKE(all);
	return true;
}
