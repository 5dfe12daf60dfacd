/* SPDX-License-Identifier: Apache-2.0 */
/* err.c - what went wrong, kept by the caller, first cause first. */
#include "base.h"

#include <stdarg.h>
#include <stdio.h>

bool rv_fail(struct rv_err *err, enum rv_code code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof err->msg, fmt, ap);
	va_end(ap);
	return false;
}

bool rv_in(struct rv_err *err, const char *fmt, ...)
{
	char head[sizeof err->msg / 2];
	size_t n, keep;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(head, sizeof head - 2, fmt, ap);
	va_end(ap);
	strcat(head, ": ");
	n = strlen(head);
	keep = strnlen(err->msg, sizeof err->msg - 1 - n);
	memmove(err->msg + n, err->msg, keep);
	memcpy(err->msg, head, n);
	err->msg[n + keep] = '\0';
	return false;
}

bool rv_no_memory(struct rv_err *err, const char *what)
{
	return rv_fail(err, RV_SYSTEM, "%s: out of memory", what);
}
