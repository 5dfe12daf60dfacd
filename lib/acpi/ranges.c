/* SPDX-License-Identifier: Apache-2.0 */
/* ranges.c - sets of addresses. See ranges.h. */
#include "ranges.h"

#include <stdlib.h>

bool rv_ranges_add(struct rv_ranges *r, uint64_t first, uint64_t last)
{
	struct rv_range *at = realloc(r->at, (r->n + 1) * sizeof *at);

	if (!at)
		return false;
	r->at = at;
	r->at[r->n++] = (struct rv_range){ first, last };
	return true;
}

static int by_first(const void *a, const void *b)
{
	const struct rv_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void rv_ranges_merge(struct rv_ranges *r)
{
	size_t n = 0;

	if (!r->n)
		return;
	qsort(r->at, r->n, sizeof *r->at, by_first);
	for (size_t i = 1; i < r->n; i++) {
		struct rv_range *last = &r->at[n];

		if (r->at[i].first > last->last &&
		    r->at[i].first - last->last > 1)
			r->at[++n] = r->at[i];
		else if (r->at[i].last > last->last)
			last->last = r->at[i].last;
	}
	r->n = n + 1;
}

bool rv_ranges_free_part(const struct rv_ranges *taken, uint64_t *first,
			 uint64_t last, bool *done, struct rv_range *out)
{
	for (size_t i = 0; i < taken->n && !*done; i++) {
		struct rv_range t = taken->at[i];
		uint64_t from = *first;

		if (t.last < from)
			continue;
		if (t.first > last)
			break;
		*done = t.last >= last;
		*first = t.last + 1;
		if (t.first > from) {
			*out = (struct rv_range){ from, t.first - 1 };
			return true;
		}
	}
	if (*done || *first > last)
		return false;
	*out = (struct rv_range){ *first, last };
	*done = true;
	return true;
}

void rv_ranges_free(struct rv_ranges *r)
{
	free(r->at);
	*r = (struct rv_ranges){ 0 };
}
