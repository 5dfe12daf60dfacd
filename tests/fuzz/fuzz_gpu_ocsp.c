/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gpu_ocsp.c - an OCSP answer or a CRL about the chain of a real device,
 * whose certificates are NVIDIA's: with every signature taken for good (as the
 * fuzzers' build does), a yes still names its time, and each certificate has
 * one answer.
 * seeds: tests/vectors/gpu/ocsp/forged/1.ocsp
 * seeds: tests/vectors/gpu/ocsp/forged/2.ocsp
 * seeds: tests/vectors/gpu/ocsp/forged/3.ocsp
 * seeds: tests/vectors/gpu/ocsp/revoked.ocsp
 * seeds: tests/vectors/gpu/ocsp/unauthorized.ocsp
 * seeds: tests/vectors/gpu/ocsp/lists.crl
 * seeds: tests/vectors/gpu/ocsp/empty.pem.crl
 */
#include "gpu/gpu.h"

#include <stdlib.h>

static const int64_t NOON = 1795867200; /* 2026-11-28T12:00:00Z */

/* The chain of vg_h100_595.json, once. */
static const struct gpu_chain *chain(void)
{
	static struct gpu_chain c;
	struct rv_buf file = { 0 };
	struct rv_gpu_evidence e = { 0 };
	struct rv_cert *root = NULL;
	struct gpu_links links = { .n = 0 };
	struct gpu_why why = { .id = NULL };
	struct rv_err err;

	if (c.n)
		return &c;
	if (!rv_buf_read("tests/vectors/gpu/vg_h100_595.json", 1 << 20, &file,
			 &err) ||
	    !rv_gpu_evidence_read(rv_buf_span(&file), (struct rv_span){ 0 },
				  NULL, &e, &err) ||
	    !rv_cert_read(rv_gpu_device_root(), &root, &err) ||
	    !rv_gpu_chain_read_pem(rv_buf_span(&e.device[0].chain), &c, &why) ||
	    !rv_gpu_chain_check(&c, GPU_DEVICE_CHAIN, root, &links, &why))
		abort();
	rv_cert_free(&root);
	rv_buf_free(&file);
	rv_gpu_evidence_free(&e);
	return &c;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_gpu_revocation_free) struct rv_gpu_revocation *set = NULL;
	RV_AUTO(rv_gpu_result_free) struct rv_gpu_result r = { .n = 0 };
	struct rv_err err = { 0 };

	if (!rv_gpu_revocation_new(&set, &err) ||
	    !rv_gpu_revocation_add(set, "x", rv_span(data, size), true, &err))
		return 0;
	if (!rv_gpu_revoked(set, chain(), GPU_DEVICE_CHAIN, NOON, &r, &err)) {
		if (err.code != RV_SYSTEM)
			abort();
		return 0;
	}
	if (r.certs != 3)
		abort();
	for (size_t i = 0; i < r.certs; i++) {
		const struct rv_gpu_cert *c = &r.cert[i];

		if ((c->verdict == RV_YES &&
		     (c->from > NOON || c->until < NOON)) ||
		    (c->verdict > RV_YES && !c->id) || !c->reason[0])
			abort();
	}
	return 0;
}
