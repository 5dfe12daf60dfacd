/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_pem.c - PEM: each block taken is a shorter rest, and written again as
 * base64 is the same bytes.
 * seeds: tests/vectors/dcap/fuzz/chain-*
 * tests/vectors/dcap/pcs-c42f9164/pckcrl.pem
 */
#include "quote/parse.h"
#include "pem.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const label[] = { "CERTIFICATE", "X509 CRL" };
	struct rv_span in = rv_span(data, size);
	struct rv_err err;

	for (int i = 0; !rv_pem_end(&in) && i < 16; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf der = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf again = { 0 };
		size_t before = in.n;

		if (!rv_pem_next(&in, label[0], &der, &err) &&
		    !rv_pem_next(&in, label[1], &der, &err)) {
			if (in.n != before)
				abort();
			break;
		}
		if (in.n >= before ||
		    !rv_base64(rv_buf_span(&der), &text, &err) ||
		    !rv_unbase64(rv_buf_span(&text), "again", &again, &err) ||
		    !rv_same(rv_buf_span(&der), rv_buf_span(&again)))
			abort();
	}
	return 0;
}
