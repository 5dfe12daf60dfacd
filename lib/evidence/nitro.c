/* SPDX-License-Identifier: Apache-2.0 */
/* nitro.c - evidence of AWS Nitro: the document that the platform signs. */
#include "parts.h"

/* COSE_Sign1 with ES384, with or without its CBOR tag. */
bool rv_ev_is_nitro(struct rv_span in)
{
	return rv_starts(in, rv_text("\x84\x44\xa1\x01\x38\x22")) ||
	       rv_starts(in, rv_text("\xd2\x84\x44\xa1\x01\x38\x22"));
}

bool rv_ev_nitro(struct rv_span in, struct rv_evidence *out, struct rv_err *err)
{
	if (in.n > RV_NITRO_MAX || !rv_ev_is_nitro(in))
		return rv_fail(err, RV_INPUT,
			       "Nitro document: %zu bytes that are none", in.n);
	rv_buf_free(&out->nitro);
	out->attester = RV_ATTESTER_NITRO;
	return rv_buf_copy(in, &out->nitro, err);
}
