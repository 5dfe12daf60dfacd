/* SPDX-License-Identifier: Apache-2.0 */
/* said.h - all that an answer says, as text: so that two can be compared. */
#ifndef TEST_SAID_H
#define TEST_SAID_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

struct said {
	char text[65536];
	size_t n;
};

__attribute__((format(printf, 2, 3))) static inline void
say(struct said *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->text + s->n, sizeof s->text - s->n, fmt, ap);
	va_end(ap);
	assert_true(n >= 0 && (size_t)n < sizeof s->text - s->n);
	s->n += (size_t)n;
}

#endif
