/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_evidence.c - any bytes as evidence: what is read can be replayed, and
 * written and read again.
 * seeds: tests/vectors/evidence/[!R]*
 * seeds: tests/vectors/bad/evidence/[!R]*
 * seeds: tests/vectors/captures/container-shapes/[act]*
 * seeds: tests/vectors/captures/cc-trusted-ima/ima*
 * seeds: tests/vectors/real/060-lite-attestation/att*
 * seeds: tests/vectors/real/060-lite-getquote-v3/getquote.json
 */
#include "base.h"

#include <refval.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_evidence e = { 0 }, back = { 0 };
	struct rv_replay r = { 0 };
	struct rv_buf text = { 0 };
	struct rv_err err = { 0 };

	if (!rv_evidence_read(rv_span(data, size), NULL, &e, &err))
		return 0;
	if (rv_replay_run(&e.log, &r, &err))
		rv_replay_free(&r);
	if (!rv_evidence_write(&e, &text, &err) ||
	    !rv_evidence_read(rv_buf_span(&text), NULL, &back, &err) ||
	    back.log.n != e.log.n || back.quote.n != e.quote.n)
		abort();
	rv_buf_free(&text);
	rv_evidence_free(&back);
	rv_evidence_free(&e);
	return 0;
}
