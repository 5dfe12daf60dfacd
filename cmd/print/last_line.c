/* SPDX-License-Identifier: Apache-2.0 */
/* last_line.c - the line that ends a text, and is an answer by itself. */
#include "last_line.h"
#include "out.h"

#include <stdarg.h>
#include <stdio.h>

enum { REASON_MAX = 2000 };

void rv_last_line(enum rv_code answer, const char *fmt, ...)
{
	char reason[REASON_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof reason, fmt, ap);
	va_end(ap);
	rv_out_last(true);
	rv_out_tone(RV_TONE_BOLD, "verdict      ");
	rv_out_tone(answer == RV_OK   ? RV_TONE_GOOD
		    : answer == RV_NO ? RV_TONE_BAD
				      : RV_TONE_DOUBT,
		    "%s", rv_answer_name(answer));
	rv_out(": ");
	rv_out_str(reason);
	rv_out("\n");
	rv_out_last(false);
}
