/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quoted.c - what a quote says, by the name of its field; or, where there is no
 * quote, what somebody says that it would.
 */
#include "diff.h"

bool rv_diff_quoted(const struct rv_diff_input *in, const char *name,
		    struct rv_sha384 *out)
{
	const struct rv_mr *said = rv_mrs_find(&in->evidence->claimed, name);
	struct rv_span s = { 0 };

	if (in->quote)
		s = rv_quote_field(in->quote, name);
	else if (said && rv_evidence_is_words(in->evidence))
		s = rv_span(said->b, said->n);
	if (s.n != sizeof out->b)
		return false;
	memcpy(out->b, s.p, s.n);
	return true;
}
