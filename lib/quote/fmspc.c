/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fmspc.c - which platform a quote says it is from, before anything of it was
 * verified: the FMSPC in its PCK certificate (certification data of type 5),
 * found by its OID, 1.2.840.113741.1.13.1.4, an OCTET STRING of 6 bytes.
 * Whoever verifies reads the certificate properly.
 */
#include "base.h"
#include "pem.h"
#include "pubkey.h"

#include <refval/quote.h>

static const uint8_t oid[] = { 0x06, 0x0a, 0x2a, 0x86, 0x48, 0x86, 0xf8,
			       0x4d, 0x01, 0x0d, 0x01, 0x04, 0x04, 6 };

bool rv_quote_fmspc(const struct rv_quote *q, uint8_t out[6],
		    struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	struct rv_span fmspc = { 0 }, s;
	size_t n = 0;

	if (q->cert_type != 5)
		return rv_fail(err, RV_INPUT,
			       "quote: certification data of type %u name no"
			       " platform, only type 5 does",
			       q->cert_type);
	if (!rv_pem_first(q->cert_data, "CERTIFICATE", &der, err))
		return rv_in(err, "quote: certification data");
	for (size_t i = 0; rv_sub(rv_buf_span(&der), i, sizeof oid + 6, &s);
	     i++) {
		if (memcmp(s.p, oid, sizeof oid) != 0)
			continue;
		fmspc = rv_span(s.p + sizeof oid, 6);
		n++;
	}
	if (n != 1)
		return rv_fail(err, RV_INPUT,
			       "quote: no FMSPC in its PCK certificate");
	memcpy(out, fmspc.p, fmspc.n);
	return true;
}
