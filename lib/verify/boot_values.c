/* SPDX-License-Identifier: Apache-2.0 */
/* boot_values.c - reference values that are a refval.boot/1 of one platform. */
#include "verify.h"

#include <refval/boot.h>

#include <stdlib.h>

bool rv_verify_boot_values(struct rv_verify_job *j, enum rv_boot_platform want,
			   struct rv_boot_values **out, struct rv_err *err)
{
	const char *name = j->in->values_name ? j->in->values_name : "values";
	RV_AUTO(rv_free) struct rv_boot_values *v = NULL;

	*out = NULL;
	if (!j->in->values || !rv_boot_is_document(*j->in->values))
		return true;
	v = calloc(1, sizeof *v);
	if (!v)
		return rv_no_memory(err, "values");
	if (!rv_boot_read(*j->in->values, v, err))
		return rv_in(err, "%s", name);
	if (v->platform != want)
		return rv_fail(err, RV_INPUT,
			       "%s: values of platform %s, and the document is"
			       " of %s",
			       name, rv_boot_platform_name(v->platform),
			       rv_boot_platform_name(want));
	rv_verify_unsigned(j, "refval.boot/1");
	*out = RV_TAKE(v);
	return true;
}
