/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unified kernel image: its sections, its Authenticode digest and its
 * kernel's.
 */
// seeds: tests/vectors/uki/*.efi
#include "base.h"

#include <refval/uki.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void digest(const struct rv_pe *pe)
{
	uint8_t d[RV_DIGEST_MAX];
	struct rv_err err = { 0 };

	/* Sections that do not fit the count of bytes are an error. */
	if (!rv_pe_digest(pe, RV_SHA256, d, &err) && err.code != RV_INPUT)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_err err = { 0 };
	struct rv_uki_event e[RV_UKI_EVENTS];
	struct rv_pe kernel;
	struct rv_uki u;
	size_t n;

	if (!rv_uki_read(rv_span(data, size), &u, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		return 0;
	}
	digest(&u.pe);
	if (rv_pe_read(u.part[RV_UKI_LINUX], &kernel, &err))
		digest(&kernel);
	n = rv_uki_events(&u, e);
	for (size_t i = 0; i < n; i++)
		if (e[i].content && (e[i].bytes.p < data ||
				     e[i].bytes.p + e[i].bytes.n > data + size))
			abort();
	return 0;
}
