/* SPDX-License-Identifier: Apache-2.0 */
/* near.c - what somebody meant who wrote another word. */
#include "near.h"

#include <stdio.h>

enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Letters put in, taken out, changed, or swapped with the next. */
static size_t distance(struct rv_span a, struct rv_span b)
{
	size_t row[3][WORD_MAX + 1];
	size_t *old = row[0], *above = row[1], *now = row[2], *free;

	for (size_t k = 0; k <= b.n; k++)
		above[k] = k;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = i;
		for (size_t k = 1; k <= b.n; k++) {
			bool same = a.p[i - 1] == b.p[k - 1];

			now[k] = least(least(above[k], now[k - 1]) + 1,
				       above[k - 1] + !same);
			if (i > 1 && k > 1 && a.p[i - 1] == b.p[k - 2] &&
			    a.p[i - 2] == b.p[k - 1])
				now[k] = least(now[k], old[k - 2] + 1);
		}
		free = old;
		old = above;
		above = now;
		now = free;
	}
	return above[b.n];
}

size_t rv_near_distance(const char *a, const char *b)
{
	struct rv_span x = rv_text(a), y = rv_text(b);

	return x.n > WORD_MAX || y.n > WORD_MAX ? SIZE_MAX : distance(x, y);
}

void rv_near_try(struct rv_near *near, const char *word)
{
	struct rv_span w = rv_text(word);
	size_t far, most = (near->typed.n + 2) / 3;

	if (near->typed.n == 0 || near->typed.n > WORD_MAX || w.n > WORD_MAX)
		return;
	far = distance(near->typed, w);
	/* One of which nothing is left was not meant. */
	if (far > least(most, 3) || far >= least(near->typed.n, w.n) ||
	    (near->best && far >= near->far))
		return;
	near->best = word;
	near->far = far;
}

const char *rv_near_text(const struct rv_near *near, const char *dashes,
			 char out[RV_NEAR_TEXT])
{
	out[0] = '\0';
	if (near->best)
		snprintf(out, RV_NEAR_TEXT, ", did you mean %s%s?", dashes,
			 near->best);
	return out;
}
