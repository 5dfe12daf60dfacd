/* SPDX-License-Identifier: Apache-2.0 */
/* step.c - how a check of a verdict ends. */
#include "step.h"

#include <stdarg.h>
#include <stdio.h>

enum rv_step rv_stop(char *message, size_t room, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(message, room, fmt, ap);
	va_end(ap);
	return RV_ENDED;
}
