/* SPDX-License-Identifier: Apache-2.0 */
/* each.c - --instance all: every machine of a document, one after the other. */
#include "each.h"
#include "base.h"
#include "out.h"

#include <stdio.h>

static enum rv_code heavier(enum rv_code a, enum rv_code b)
{
	if (a == RV_NO || b == RV_NO)
		return RV_NO;
	return a != RV_OK ? a : b;
}

bool rv_each_machine(const struct rv_each *each, int argc, char **argv,
		     enum rv_code *answer, struct rv_err *err)
{
	enum rv_code all = RV_OK;
	size_t n = 0;

	if (!*each->instance || strcmp(*each->instance, "all") != 0)
		return each->one(argc, argv, answer, err);
	if (!each->path)
		return rv_fail(err, RV_USAGE, "--instance all needs EVIDENCE");
	if (strcmp(each->path, "-") == 0)
		return rv_fail(err, RV_USAGE,
			       "--instance all reads EVIDENCE once for each"
			       " machine: it must be a file");
	if (!rv_evidence_machines(each->path, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		enum rv_code code = RV_OK;
		struct rv_err why = { 0 };
		char number[32];

		snprintf(number, sizeof number, "#%zu", i);
		*each->instance = number;
		if (!each->one(argc, argv, &code, &why)) {
			if (why.code != RV_INPUT && why.code != RV_NO) {
				*err = why;
				return false;
			}
			code = why.code;
			rv_err_in(&why, "instance %s", number);
			rv_out_error(each->program, why.msg);
		}
		all = heavier(all, code);
	}
	*answer = all;
	return true;
}
