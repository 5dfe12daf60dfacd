/* SPDX-License-Identifier: Apache-2.0 */
/*
 * published.h - what the fuzzers of published values share: a document is
 * read with @key, which signed some of its seeds, and without, so that both
 * answers are reached.
 */
#ifndef PUBLISHED_H
#define PUBLISHED_H

#include "base.h"
#include <refval.h>

#include <stdlib.h>

/* With the key and without: each answer is whole or a sentence. */
static int published(const char *key, struct rv_span in)
{
	static struct rv_values again;
	struct rv_values_list l = { 0 };
	struct rv_signature sig;
	struct rv_err err = { 0 };
	struct rv_buf text = { 0 };

	if (!rv_publish_read_all(in, rv_text(key), &l, &sig, &err)) {
		if (err.code != RV_INPUT || !*err.msg || l.n)
			abort();
	}
	rv_values_list_free(&l);
	err = (struct rv_err){ 0 };
	if (!rv_publish_read_all(in, rv_span(NULL, 0), &l, &sig, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		return 0;
	}
	if (!rv_publish_form(in) || !l.n || sig.state == RV_SIGNED_GOOD ||
	    sig.state == RV_SIGNED_BAD)
		abort();
	/* What was read can be written and read as our own document. */
	for (size_t i = 0; i < l.n; i++) {
		if (rv_values_write(&l.item[i], &text, &err) &&
		    !rv_values_read(rv_buf_span(&text), &again, &err))
			abort();
		rv_buf_free(&text);
	}
	rv_values_list_free(&l);
	return 0;
}

#endif
