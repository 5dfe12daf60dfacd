/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_compose.c - app-compose.json: reading, every serialisation, the search
 * for a hash, and comparing. What a style wrote must be read back as a
 * manifest, and written once more give the same bytes.
 * seeds: tests/vectors/compose/near/dev-040-examples.json
 * seeds: tests/vectors/compose/golden/vmm-cli.json
 */
#include "base.h"
#include <refval/hash.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* These two are not idempotent: one rewrites text, one drops by underscore. */
static bool settles(const char *style)
{
	return !strstr(style, "phala");
}

static void one_style(const struct rv_compose *c, const char *style)
{
	RV_AUTO(rv_buf_free) struct rv_buf a = { 0 }, b = { 0 };
	RV_AUTO(rv_compose_free) struct rv_compose *again = NULL;
	struct rv_err err = { 0 };

	if (!rv_compose_write(c, style, &a, &err)) {
		check(err.code == RV_INPUT);
		return;
	}
	if (!settles(style))
		return;
	check(rv_compose_read(rv_buf_span(&a), &again, &err));
	if (rv_compose_write(again, style, &b, &err))
		check(rv_same(rv_buf_span(&a), rv_buf_span(&b)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span in = rv_span(data, size);
	RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
	RV_AUTO(rv_compose_diff_free) struct rv_compose_diff d = { 0 };
	const struct rv_compose_style *s;
	struct rv_compose_id id;
	struct rv_err err = { 0 };

	check(rv_compose_hash(in, &id, &err));
	if (!rv_compose_read(in, &c, &err)) {
		check(err.code == RV_INPUT);
		return 0;
	}
	for (size_t i = 0; (s = rv_compose_style(i)); i++)
		one_style(c, s->name);
	check(rv_compose_diff(c, c, &d, &err) && d.n == 0);
	return 0;
}
