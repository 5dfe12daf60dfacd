/* SPDX-License-Identifier: Apache-2.0 */
/* quote_many.c - one verifier, and more quotes than its cache has entries. */
#include "made.h"

/* What a verification holds survives the sweep of a full cache. */
static void many_quotes(void **state)
{
	static const uint8_t good[16] = { 9, 1, 3 };
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };

	(void)state;
	ladder_collateral(&c, (struct style){ 0 });
	for (int i = 0; i < 4200; i++) {
		RV_AUTO(rv_buf_free) struct rv_buf q = quote_of(good, NULL);
		RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict v;

		verify(&q, &c, PKI_NOW, &v);
		assert_int_equal(v.code, RV_QUOTE_OK);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_quotes),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
