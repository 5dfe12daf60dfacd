/* SPDX-License-Identifier: Apache-2.0 */
/* quoted.c - what a quote says, by the name of its field. */
#include "diff.h"

bool rv_diff_quoted(const struct rv_quote *q, const char *name,
		    struct rv_sha384 *out)
{
	struct rv_span s = { 0 };

	if (q)
		s = rv_quote_field(q, name);
	if (s.n != sizeof out->b)
		return false;
	memcpy(out->b, s.p, s.n);
	return true;
}
