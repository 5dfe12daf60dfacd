/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_collateral.c - collateral documents, and files of a folder. What is a
 * string to the JSON parser is the same string to us.
 * seeds: tests/vectors/dcap/real/collateral-221d7070.json
 * tests/vectors/dcap/pcs-c42f9164/qeidentity.json
 */
#include "base.h"
#include "json.h"
#include <refval/quote.h>

#include <stdlib.h>

/* Members that are taken as they are, whatever they say. */
static void same_strings(struct rv_span in, const struct rv_collateral *c)
{
	static const enum rv_collateral_member plain[] = {
		RV_COLLATERAL_ROOT_CA_CRL, RV_COLLATERAL_PCK_CRL,
		RV_COLLATERAL_TCB_INFO_SIGNATURE
	};
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err err;

	if (!rv_json_parse(in, "fuzz", &j, &err))
		return;
	for (size_t i = 0; i < RV_LEN(plain); i++) {
		struct rv_span want =
		    rv_json_text(rv_json_get(j, rv_collateral_name(plain[i])));
		struct rv_span got = rv_buf_span(&c->member[plain[i]]);

		if (want.p && memchr(want.p, '%', want.n) == NULL &&
		    rv_json_get(j, "tcb_info_signature") && !rv_same(want, got))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const file[] = { "rootcacrl.der", "pckcrl.pem",
					    "tcb-info-issuer-chain.txt", "x" };
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_collateral_free) struct rv_collateral d = { 0 };
	struct rv_span in = rv_span(data, size);
	struct rv_err err;
	bool known;

	if (rv_collateral_read(in, &c, &err))
		same_strings(in, &c);
	for (size_t i = 0; i < RV_LEN(file); i++)
		(void)!rv_collateral_add(&d, file[i], in, &known, &err);
	return 0;
}
