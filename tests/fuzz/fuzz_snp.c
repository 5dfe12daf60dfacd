/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_snp.c - SEV-SNP: reports, the certificates beside them, firmware, and
 * the document of an image. Whatever is accepted verifies or does not, and is
 * genuine only with certificates that were not the fuzzer's.
 */
// seeds: tests/vectors/snp/reports/*.* tests/vectors/snp/measurement.snp.cbor
// seeds: tests/vectors/snp/ovmf_AmdSev_suffix.bin
// seeds: tests/vectors/snp/made/*.json tests/vectors/snp/made/*.der
#include "base.h"

#include <refval/snp.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_image(struct rv_span s)
{
	const struct rv_snp_machine m = { .vcpus = 3,
					  .cpu = 0x800f12,
					  .features = 1 };
	struct rv_snp_image image;
	struct rv_sha384 digest;
	struct rv_span line;
	struct rv_err err = { 0 };
	uint64_t pages = 0;

	if (!rv_snp_document(s, &image, &line, &err) &&
	    !rv_snp_firmware(s, &image, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		return;
	}
	for (size_t i = 0; i < image.sections; i++)
		pages += image.section[i].size / 4096;
	/* A large one is only slow. */
	if (pages < 64 && !rv_snp_launch(&image, &m, &digest, &err) &&
	    (err.code != RV_INPUT || !*err.msg))
		abort();
}

static void as_config(struct rv_span s)
{
	static struct rv_snp_config c;
	struct rv_err err = { 0 };

	if (rv_snp_config_read(s, &c, &err) ? !*c.key_provider : !*err.msg)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	RV_AUTO(rv_snp_certs_free) struct rv_snp_certs c = { 0 };
	const struct rv_snp_options o = { .at = 1790000000,
					  .allow_vlek = true };
	struct rv_span s = rv_span(data, size);
	struct rv_snp_report r;
	struct rv_snp_verdict v;
	struct rv_err err = { 0 };

	if (!rv_snp_certs_add(&c, s, &err) &&
	    (err.code != RV_INPUT || !*err.msg))
		abort();
	if (rv_snp_report_read(s, &r, &err)) {
		if (!rv_snp_verify(&r, &c, &o, &v, &err) ||
		    v.outcome == RV_SNP_GENUINE || !*v.message)
			abort();
	}
	as_image(s);
	as_config(s);
	return 0;
}
