/* SPDX-License-Identifier: Apache-2.0 */
/* meter.c - a stream that is counted and hashed on its way. */
#include "meter.h"
#include "digest.h"

bool rv_meter_next(void *meter, struct rv_span *block, struct rv_err *err)
{
	struct rv_meter *m = meter;
	struct rv_span b = { 0 };

	if (!m->in.next(m->in.arg, &b, err))
		return false;
	m->n += b.n;
	rv_watch_add(m->watch, b.n);
	if (m->max && m->n > m->max) {
		rv_err_set(err, RV_INPUT, "%s: longer than %" PRIu64 " bytes",
			   m->what, m->max);
		return m->id ? rv_as_fault(err, m->id) : false;
	}
	if (m->digest && b.n && !rv_digest_add(m->digest, b.p, b.n, err))
		return false;
	*block = b;
	return true;
}
