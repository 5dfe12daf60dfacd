/* SPDX-License-Identifier: Apache-2.0 */
/* A GUID partition table at the start of a disk. */
// seeds: tests/vectors/uki/*.bin
#include "base.h"

#include <refval/uki.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_buf_free) struct rv_buf event = { 0 };
	struct rv_span head = rv_span(data, size);
	uint64_t disk = (uint64_t)4096 * 512;
	struct rv_err err = { 0 };
	struct rv_gpt g;

	if (size > disk || (!rv_gpt_read(head, disk, 512, &g, &err) &&
			    !rv_gpt_read(head, disk, 4096, &g, &err))) {
		if (size <= disk && (err.code != RV_INPUT || !*err.msg))
			abort();
		return 0;
	}
	for (size_t i = 0; i < g.n; i++)
		if (g.part[i].first > disk ||
		    g.part[i].n > disk - g.part[i].first)
			abort();
	if (!rv_gpt_event(&g, &event, &err) ||
	    !rv_gpt_is_event(rv_buf_span(&event)))
		abort();
	return 0;
}
