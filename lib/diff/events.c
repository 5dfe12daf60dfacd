/* SPDX-License-Identifier: Apache-2.0 */
/* events.c - predicted events against a log's, one register at a time. */
#include "diff.h"

/* The index in the log of the @k-th event of @imr, or its size. */
static size_t nth(const struct rv_log *log, unsigned imr, size_t k)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->event[i].imr == imr && k-- == 0)
			return i;
	return log->n;
}

struct rv_divergence rv_diff_events(const struct rv_register *reg,
				    const struct rv_replay *replay,
				    const struct rv_log *log, const char *name)
{
	unsigned imr = rv_replay_index(replay, name);
	struct rv_divergence d = { 0 };

	for (size_t k = 0;; k++) {
		size_t at = nth(log, imr, k);
		const struct rv_predicted *p =
		    k < reg->n ? &reg->event[k] : NULL;

		if (at == log->n && !p)
			return d;
		if (p && !p->known && at < log->n) {
			d.unknown++;
			continue;
		}
		if (p && at < log->n &&
		    memcmp(p->digest.b, replay->event[at].digest.b, 48) == 0) {
			d.compared++;
			continue;
		}
		d.found = true;
		d.at = k;
		d.log = at;
		d.expected = p;
		return d;
	}
}
