/* SPDX-License-Identifier: Apache-2.0 */
/* signature.c - what came of a published form's signature. */
#include "publish.h"
#include <stdarg.h>
#include <stdio.h>

void rv_signature_say(struct rv_signature *sig, enum rv_signed state,
		      const char *fmt, ...)
{
	va_list ap;

	sig->state = state;
	va_start(ap, fmt);
	vsnprintf(sig->said, sizeof sig->said, fmt, ap);
	va_end(ap);
}
