/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_crl.c - revocation lists in each of their wrappings: what is accepted
 * has both dates, and is refused with a byte behind it.
 * seeds: tests/vectors/dcap/pcs-c42f9164/pckcrl.*
 * tests/vectors/dcap/pcs-c42f9164/rootcacrl.*
 */
#include "quote/parse.h"
#include "x509.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
	RV_AUTO(rv_crl_free) struct rv_crl *crl = NULL;
	RV_AUTO(rv_crl_free) struct rv_crl *more = NULL;
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_err err;

	if (!rv_crl_der(rv_span(data, size), &der, &err) ||
	    !rv_crl_read(rv_buf_span(&der), &crl, &err))
		return 0;
	if (!rv_crl_info(crl)->this_update || !rv_crl_info(crl)->next_update)
		abort();
	rv_grow_add(&g, der.p, der.n);
	rv_grow_u8(&g, 0);
	if (rv_crl_read(rv_buf_span(&g.buf), &more, &err))
		abort();
	return 0;
}
