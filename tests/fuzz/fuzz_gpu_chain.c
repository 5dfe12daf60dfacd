/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_gpu_chain.c - a device chain in PEM: with every signature taken for good
 * (as the fuzzers' build does), what passes still ends in the pinned root, has
 * a leaf that is no CA, and an FWID of full length or none.
 * seeds: tests/vectors/gpu/blackwellCertChain.txt
 * seeds: tests/vectors/gpu/switchCertChain.txt
 * seeds: tests/vectors/gpu/hopper_coco_certs1.txt
 */
#include "gpu/gpu.h"

#include <stdlib.h>

static void free_chain(struct gpu_chain *c)
{
	rv_gpu_chain_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(free_chain) struct gpu_chain c = { .n = 0 };
	RV_AUTO(rv_cert_free) struct rv_cert *root = NULL;
	struct gpu_links links = { .n = 0 };
	struct gpu_why why = { .id = NULL };
	uint8_t fwid[RV_GPU_MEASUREMENT];
	struct rv_err err;
	char ueid[52];
	bool has;

	if (!rv_cert_read(rv_gpu_device_root(), &root, &err))
		abort();
	if (!rv_gpu_chain_read_pem(rv_span(data, size), &c, &why) ||
	    !rv_gpu_chain_check(&c, GPU_DEVICE_CHAIN, root, &links, &why)) {
		if (!why.id && why.err.code != RV_SYSTEM)
			abort();
		return 0;
	}
	if (!rv_same(rv_cert_info(c.cert[c.n - 1])->der,
		     rv_gpu_device_root()) ||
	    c.n < 2 || rv_cert_info(c.cert[0])->ca)
		abort();
	rv_gpu_serial_decimal(rv_cert_info(c.cert[0])->serial, ueid);
	(void)rv_gpu_fwid(c.cert[0], &has, fwid, &why);
	return 0;
}
