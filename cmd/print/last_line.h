/* SPDX-License-Identifier: Apache-2.0 */
/* last_line.h - the line that ends a text, and is an answer by itself. */
#ifndef RV_LAST_LINE_H
#define RV_LAST_LINE_H

#include "base.h"

#include <refval.h>

/* "verdict      no: REASON": all that --quiet leaves. Foreign bytes escaped. */
void rv_last_line(enum rv_code answer, const char *fmt, ...) RV_PRINTF(2, 3);

#endif
