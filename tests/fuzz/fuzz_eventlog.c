/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_eventlog.c - dstack's JSON event logs, replayed.
 * seeds: tests/vectors/real/near-058-dev-3e6394/ev*.json
 * seeds: tests/vectors/real/060-lite-getquote-v3/event_log.json
 * seeds: tests/vectors/bad/evidence/event*
 */
#include "base.h"

#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_log log = { 0 };
	enum rv_log_format format;
	struct rv_replay r = { 0 };
	struct rv_err err = { 0 };

	if (!rv_log_read(rv_span(data, size), &log, &format, &err))
		return 0;
	if (rv_replay_run(&log, &r, &err)) {
		/* What was recomputed cannot contradict itself. */
		for (size_t i = 0; i < r.n; i++)
			if (!log.event[i].has_digest &&
			    !log.event[i].preimage.n &&
			    r.event[i].state != RV_EVENT_RECOMPUTED)
				abort();
		rv_replay_free(&r);
	}
	rv_log_free(&log);
	return 0;
}
