/* SPDX-License-Identifier: Apache-2.0 */
/* name.c - names of releases, and what somebody meant who wrote another one. */
#include <refval.h>

#include "base.h"
#include "near.h"

#include <stdio.h>

enum { SUGGESTED = 4, FAR = 3 };

/* Without what people leave out or put before a version. */
static const char *bare(const char *name)
{
	static const char *const heads[] = { "meta-dstack-", "dstack-", "v" };

	for (size_t i = 0; i < RV_LEN(heads); i++)
		if (strncmp(name, heads[i], strlen(heads[i])) == 0)
			name += strlen(heads[i]);
	return name;
}

void rv_release_meant(const struct rv_release *all, size_t n, const char *name,
		      char out[RV_RELEASE_MEANT])
{
	const char *want = bare(name);
	size_t best = FAR + 1, count = 0, at = 0;
	bool version = false;

	*out = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t d = rv_near_distance(name, all[i].name);

		version |= strcmp(all[i].version, want) == 0;
		best = d < best ? d : best;
	}
	for (size_t i = 0; i < n && count < SUGGESTED; i++) {
		bool fits =
		    version ? strcmp(all[i].version, want) == 0
			    : best <= FAR &&
				  rv_near_distance(name, all[i].name) == best;

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
