/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A unified kernel image: its sections, its Authenticode digest and its
 * kernel's, and the registers of what boots it.
 */
// seeds: tests/vectors/uki/*.efi
#include "base.h"

#include <refval/boot.h>
#include <refval/uki.h>

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void digest(const struct rv_pe *pe)
{
	uint8_t d[RV_DIGEST_MAX];
	struct rv_err err = { 0 };

	/* Sections that do not fit the count of bytes are an error. */
	if (!rv_pe_digest(pe, RV_SHA256, d, &err) && err.code != RV_INPUT)
		abort();
}

/* As the image that is started, and as what starts itself. */
static void boot(struct rv_span image)
{
	struct rv_boot_values *v = calloc(1, sizeof *v);

	if (!v)
		abort();
	for (int i = 0; i < 2 * RV_BOOT_ENCLAVE; i++) {
		struct rv_boot_input in = {
			.platform = (enum rv_boot_platform)(i / 2),
			.uki = image,
			.alg = RV_SHA256,
			.edk2 = 202502,
		};
		struct rv_err err = { 0 };

		if (i % 2)
			in.loader = image;
		if (!rv_boot_predict(&in, v, &err) && err.code != RV_INPUT)
			abort();
	}
	free(v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_err err = { 0 };
	struct rv_uki_event e[RV_UKI_EVENTS];
	struct rv_pe kernel;
	struct rv_uki u;
	size_t n;

	if (!rv_uki_read(rv_span(data, size), &u, &err)) {
		if (err.code != RV_INPUT || !*err.msg)
			abort();
		return 0;
	}
	boot(rv_span(data, size));
	digest(&u.pe);
	if (rv_pe_read(u.part[RV_UKI_LINUX], &kernel, &err))
		digest(&kernel);
	n = rv_uki_events(&u, e);
	for (size_t i = 0; i < n; i++)
		if (e[i].content && (e[i].bytes.p < data ||
				     e[i].bytes.p + e[i].bytes.n > data + size))
			abort();
	return 0;
}
