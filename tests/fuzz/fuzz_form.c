/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_form.c - the form of refval-serve's page: the boundary is the first
 * line's, as a client chooses it; what is read lies in the body.
 * seeds: tests/vectors/serve/form.txt tests/vectors/serve/form-quoted.txt
 */
#include "../../cmd/serve/form.c"

#include <stdio.h>
#include <stdlib.h>

static void inside(struct rv_span s, struct rv_span body)
{
	if (s.n && (s.p < body.p || s.p + s.n > body.p + body.n))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span body = { data, size }, line;
	struct rv_form form = { 0 };
	struct rv_err err = { 0 };
	char type[RV_FORM_TYPE];

	/* The first line is the header, the rest the body. */
	if (!rv_line(&body, &line) || line.n >= sizeof type ||
	    memchr(line.p, 0, line.n))
		return 0;
	memcpy(type, line.p, line.n);
	type[line.n] = '\0';
	if (!rv_form_read(type, body, &form, &err)) {
		if (err.code != RV_INPUT)
			abort();
		return 0;
	}
	inside(form.evidence, body);
	inside(form.evidence_text, body);
	inside(form.compose, body);
	inside(form.compose_text, body);
	inside(form.release, body);
	return 0;
}
