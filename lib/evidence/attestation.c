/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attestation.c - dstack's VersionedAttestation: SCALE as version 0, a msgpack
 * map or array as version 1.
 */
#include "parts.h"

bool rv_ev_is_scale(struct rv_span in)
{
	return in.n > 1 && in.p[0] == 0 && in.p[1] <= 4;
}

bool rv_ev_is_msgpack(struct rv_span in)
{
	uint8_t c = in.n ? in.p[0] : 0;

	return (c >= 0x80 && c <= 0x9f) || (c >= 0xdc && c <= 0xdf);
}

bool rv_ev_attestation(struct rv_span in, struct rv_evidence *out,
		       struct rv_err *err)
{
	if (in.n > EV_ATTESTATION_MAX)
		return rv_fail(err, RV_INPUT,
			       "attestation of %zu bytes, at most %d", in.n,
			       EV_ATTESTATION_MAX);
	if (in.n && in.p[0] == 0) {
		rv_ev_format(out, EV_SCALE);
		return rv_ev_scale(in, out, err);
	}
	rv_ev_format(out, EV_MSGPACK);
	return rv_ev_msgpack(in, out, err);
}
