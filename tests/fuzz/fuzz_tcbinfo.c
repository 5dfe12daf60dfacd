/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tcbinfo.c - TCB Info as if it were signed: levels come out sorted and
 * without repetition, every status is one that Intel gives.
 * seeds: tests/vectors/dcap/fuzz/tcbinfo-*
 */
#include "quote/parse.h"

#include <stdlib.h>

static void level_ok(const struct level *l)
{
	if (!rv_tcb_status_name(l->status) || l->status == RV_TCB_RELAUNCH ||
	    l->status == RV_TCB_RELAUNCH_CONFIGURATION)
		abort();
}

static void levels_ok(const struct isv_levels *l)
{
	for (size_t i = 0; i < l->n; i++) {
		level_ok(&l->level[i].level);
		if (i && l->level[i].isvsvn >= l->level[i - 1].isvsvn)
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_tcb_info_free) struct tcb_info *t = NULL;
	struct rv_err err;

	if (!rv_tcb_info_read(rv_span(data, size), &t, &err))
		return 0;
	if (t->levels < 1 || t->levels > LEVELS_MAX ||
	    t->identities > MODULES_MAX)
		abort();
	for (size_t i = 0; i < t->levels; i++) {
		level_ok(&t->level[i].level);
		if (i && memcmp(t->level[i].sgx, t->level[i - 1].sgx,
				COMPONENTS) > 0)
			abort();
	}
	for (size_t i = 0; i < t->identities; i++)
		levels_ok(&t->identity[i].levels);
	return 0;
}
