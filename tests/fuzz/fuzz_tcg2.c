/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_tcg2.c - binary event logs, replayed.
 * seeds: tests/vectors/evidence/tcg2.bin
 * seeds: tests/vectors/ccel/CCEL_unpadded.data.bin
 * seeds: tests/vectors/ccel/trustee_CCEL_AAEL*
 * seeds: tests/vectors/bad/evidence/tcg2*
 */
#include "base.h"
#include "evidence/parts.h"
#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_log log = { 0 };
	struct rv_replay r = { 0 };
	struct rv_err err = { 0 };

	if (!rv_ev_log_tcg2(rv_span(data, size), &log, &err))
		return 0;
	if (rv_replay_run(&log, &r, &err))
		rv_replay_free(&r);
	rv_log_free(&log);
	return 0;
}
