/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_yaml.c - compose files and manifests through the whole audit: events,
 * aliases, merges, schema, findings. No image may be listed beside an E_.
 * seeds: tests/vectors/compose/dev/[a-z]*.yaml
 * seeds: tests/vectors/compose/audit/[a-z]*.yaml
 * seeds: tests/vectors/compose/audit/app-compose.json
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_audit_free) struct rv_audit a = { 0 };
	struct rv_err err = { 0 };

	if (!rv_audit_read(rv_span(data, size), &a, &err)) {
		check(err.code == RV_INPUT);
		return 0;
	}
	check(a.verdict != RV_INPUT || a.images == 0);
	for (size_t i = 0; i < a.images; i++)
		check(!a.image[i].pinned || a.image[i].digest.n >= 71);
	for (size_t i = 0; i < a.findings; i++)
		check(a.verdict != RV_OK || a.finding[i].code[0] == 'I');
	return 0;
}
