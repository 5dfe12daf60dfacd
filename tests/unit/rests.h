/* SPDX-License-Identifier: Apache-2.0 */
/* rests.h - what a check rests on, in order: "rtmr3_log,event_contents". */
#ifndef TEST_RESTS_H
#define TEST_RESTS_H

#include <refval.h>

#include <stdio.h>
#include <string.h>

/* Of the first check of this name; "-": there is none. Valid until the next. */
static inline const char *rests_of(const struct rv_report *r, const char *name)
{
	static char text[256];
	size_t n = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct rv_check *c = &r->check[i];

		if (!c->name || strcmp(c->name, name) != 0)
			continue;
		text[0] = '\0';
		for (size_t k = 0; k < c->n_rests && n < sizeof text; k++)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s",
					      k ? "," : "", c->rests[k]);
		return text;
	}
	return "-";
}

#endif
