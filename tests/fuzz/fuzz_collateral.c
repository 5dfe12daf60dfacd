/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_collateral.c - collateral documents, and files of a folder.
 * seeds: tests/vectors/dcap/real/collateral-221d7070.json
 * tests/vectors/dcap/pcs-c42f9164/qeidentity.json
 */
#include "base.h"
#include <refval/quote.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const file[] = { "rootcacrl.der", "pckcrl.pem",
					    "tcb-info-issuer-chain.txt", "x" };
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_collateral_free) struct rv_collateral d = { 0 };
	struct rv_span in = rv_span(data, size);
	struct rv_err err;
	bool known;

	(void)!rv_collateral_read(in, &c, &err);
	for (size_t i = 0; i < RV_LEN(file); i++)
		(void)!rv_collateral_add(&d, file[i], in, &known, &err);
	return 0;
}
