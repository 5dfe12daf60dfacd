/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measurement.tdx.cbor, and the witness in it.
 */
// seeds: tests/vectors/measure/document/*.cbor
#include "base.h"
#include "measure/tdhob.h"
#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_document d;
	struct rv_hob_layout l;
	struct rv_err err = { 0 };
	struct rv_buf text = { 0 };

	if (!rv_document_read(rv_span(data, size), &d, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		/* The bytes may still be a witness. */
		if (!rv_hob_unpack(rv_span(data, size), &l, &err) &&
		    err.code != RV_INPUT)
			abort();
		return 0;
	}
	if (!rv_document_write(&d, &text, &err) || text.n != size ||
	    memcmp(text.p, data, size) != 0)
		abort();
	if (rv_hob_unpack(rv_span(d.td_hob, d.td_hob_n), &l, &err) &&
	    l.n > RV_TDVF_MAX)
		abort();
	rv_buf_free(&text);
	return 0;
}
