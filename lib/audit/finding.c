/* SPDX-License-Identifier: Apache-2.0 */
/* finding.c - one more finding: what the verdict is made of. */
#include "audit.h"
#include <stdarg.h>
#include <stdio.h>

bool rv_audit_say(struct audit *x, const char *code, struct rv_span detail,
		  size_t line, const char *fmt, ...)
{
	struct rv_finding f = {
		.code = code,
		.detail = detail,
		.service = x->service,
		.where = x->where,
		.line = line,
	};
	char says[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(says, sizeof says, fmt, ap);
	va_end(ap);
	if (x->finding.buf.n / sizeof f >= AUDIT_FINDINGS)
		return rv_fail(x->err, RV_INPUT, "more than %d findings",
			       AUDIT_FINDINGS);
	if (!rv_arena_copy(x->a, rv_text(says), &f.says, x->err) ||
	    !rv_arena_copy(x->a, detail, &f.detail, x->err))
		return false;
	rv_grow_add(&x->finding, &f, sizeof f);
	return true;
}
