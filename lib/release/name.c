/* SPDX-License-Identifier: Apache-2.0 */
/* name.c - names of releases, and what somebody meant who wrote another one. */
#include <refval.h>

#include "base.h"

#include <stdio.h>

enum { NAME_MAX = 64, SUGGESTED = 4, FAR = 3 };

/* Without what people leave out or put before a version. */
static const char *bare(const char *name)
{
	static const char *const heads[] = { "meta-dstack-", "dstack-", "v" };

	for (size_t i = 0; i < RV_LEN(heads); i++)
		if (strncmp(name, heads[i], strlen(heads[i])) == 0)
			name += strlen(heads[i]);
	return name;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters must be put in, taken out or changed. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX + 1], n = strlen(a), m = strlen(b);

	if (n > NAME_MAX || m > NAME_MAX)
		return SIZE_MAX;
	for (size_t k = 0; k <= m; k++)
		row[k] = k;
	for (size_t i = 1; i <= n; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t k = 1; k <= m; k++) {
			size_t above = row[k];

			row[k] = least(least(above, row[k - 1]) + 1,
				       corner + (a[i - 1] != b[k - 1]));
			corner = above;
		}
	}
	return row[m];
}

void rv_release_meant(const struct rv_release *all, size_t n, const char *name,
		      char out[RV_RELEASE_MEANT])
{
	const char *want = bare(name);
	size_t best = FAR + 1, count = 0, at = 0;
	bool version = false;

	*out = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t d = distance(name, all[i].name);

		version |= strcmp(all[i].version, want) == 0;
		best = d < best ? d : best;
	}
	for (size_t i = 0; i < n && count < SUGGESTED; i++) {
		bool fits = version ? strcmp(all[i].version, want) == 0
				    : best <= FAR &&
					  distance(name, all[i].name) == best;

		if (!fits)
			continue;
		at += (size_t)snprintf(out + at, RV_RELEASE_MEANT - at, "%s%s",
				       count++ ? ", " : "", all[i].name);
		if (at >= RV_RELEASE_MEANT)
			return;
	}
}

bool rv_release_has_registers(const struct rv_release *r)
{
	return r->single_pass.known || r->two_pass.known || r->rtmr1.known ||
	       r->rtmr2.known || r->shapes;
}
