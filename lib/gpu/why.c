/* SPDX-License-Identifier: Apache-2.0 */
/* why.c - a check that did not pass, with the name of the rule it broke. */
#include "gpu.h"

#include <stdarg.h>
#include <stdio.h>

RV_PRINTF(4, 0)
static bool set(struct gpu_why *why, const char *id, enum rv_verdict verdict,
		const char *fmt, va_list ap)
{
	why->id = id;
	why->verdict = verdict;
	why->err.code = verdict == RV_DIFFERS ? RV_NO : RV_INPUT;
	vsnprintf(why->err.msg, sizeof why->err.msg, fmt, ap);
	return false;
}

bool rv_gpu_no(struct gpu_why *why, const char *id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(why, id, RV_DIFFERS, fmt, ap);
	va_end(ap);
	return false;
}

bool rv_gpu_doubt(struct gpu_why *why, const char *id, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set(why, id, RV_CANNOT_TELL, fmt, ap);
	va_end(ap);
	return false;
}

bool rv_gpu_because(struct gpu_why *why, const char *id)
{
	why->id = id;
	why->verdict = RV_CANNOT_TELL;
	return false;
}

bool rv_gpu_broken(struct gpu_why *why, const char *what)
{
	why->id = NULL;
	why->verdict = RV_CANNOT_TELL;
	return rv_fail(&why->err, RV_SYSTEM, "%s: OpenSSL or memory failed",
		       what);
}
