/* SPDX-License-Identifier: Apache-2.0 */
/* quote.h - what the files of this stage share. */
#ifndef RV_QUOTE_INTERNAL_H
#define RV_QUOTE_INTERNAL_H

#include "base.h"
#include <refval/quote.h>

/* rv_quote_read that also says which code it failed with. */
RV_MUST bool rv_quote_decode(struct rv_span in, struct rv_quote *out,
			     enum rv_quote_code *code, struct rv_err *err);

/*
 * Fail with @code: the message starts with its stable name. Returns false. The
 * exit code of @err is the one of the table in code.c.
 */
bool rv_quote_fail(enum rv_quote_code *out, enum rv_quote_code code,
		   struct rv_err *err, const char *fmt, ...) RV_PRINTF(4, 5);

/* The trusted root, DER. */
struct rv_span rv_intel_root(void);

#endif
