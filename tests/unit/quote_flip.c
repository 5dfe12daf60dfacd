/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * quote_flip.c - every byte of one real quote of each version, changed: only
 * where no signature reaches may the answer stay yes. Those places are the line
 * breaks of the PEM chain, the NUL behind it, and the padding.
 */
#include "dcap.h"

static const struct {
	const char *quote, *collateral, *time;
} base[] = {
	{ "real/quote-f8b81014.bin", "real/collateral-9a955c50.json",
	  "2025-07-04T10:28:44Z" }, /* v3, SGX */
	{ "real/quote-c42f9164.bin", "real/collateral-221d7070.json",
	  "2026-08-28T05:21:24Z" }, /* v4 */
	{ "real/quote-cf77a6e9.bin", "real/collateral-4993749c.json",
	  "2026-03-05T10:50:03Z" }, /* v5 */
};

struct count {
	size_t tried, line_break, nul, padding;
};

/* Where a byte lies that nothing protects; NULL: it must be refused. */
static size_t *uncovered(const struct rv_quote *q, const uint8_t *at,
			 uint8_t was, struct count *n)
{
	const uint8_t *pem = q->cert_data.p;

	if (q->trailing.n && at >= q->trailing.p)
		return &n->padding;
	if (at < pem || at >= pem + q->cert_data.n)
		return NULL;
	return was == '\n' ? &n->line_break : was == '\0' ? &n->nul : NULL;
}

static void flip(struct rv_quote_verifier *v, struct rv_buf *b,
		 const struct rv_quote *q, const struct rv_collateral *c,
		 int64_t at, size_t i, uint8_t to, struct count *n)
{
	RV_AUTO(rv_quote_verdict_free) struct rv_quote_verdict out;
	struct rv_err err = { 0 };
	uint8_t was = b->p[i];
	size_t *where = uncovered(q, b->p + i, was, n);

	b->p[i] = to;
	if (!rv_quote_verify(v, rv_buf_span(b), c, at, &out, &err))
		fail_msg("byte %zu: %s", i, err.msg);
	b->p[i] = was;
	n->tried++;
	if (!out.verified)
		return;
	if (!where)
		fail_msg("byte %zu, %02x for %02x: accepted", i, to, was);
	++*where;
}

static void every_flip(void **state)
{
	struct rv_quote_options o = { 0 };
	struct rv_quote_verifier *v = NULL;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_quote_verifier_new(&o, &v, &err));
	for (size_t k = 0; k < RV_LEN(base); k++) {
		RV_AUTO(rv_buf_free)
		struct rv_buf b = dcap_load(rv_text(base[k].quote));
		RV_AUTO(rv_buf_free)
		struct rv_buf json = dcap_load(rv_text(base[k].collateral));
		RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
		struct count n = { 0 };
		struct rv_quote q;
		int64_t at;

		assert_true(rv_collateral_read(rv_buf_span(&json), &c, &err));
		assert_true(rv_time_parse(rv_text(base[k].time), &at));
		assert_true(rv_quote_read(rv_buf_span(&b), &q, &err));
		for (size_t i = 0; i < b.n; i++) {
			uint8_t one = (uint8_t)(1u << i % 8);

			flip(v, &b, &q, &c, at, i, b.p[i] ^ one, &n);
			flip(v, &b, &q, &c, at, i, b.p[i] ^ 0xff, &n);
			/* White space becomes other white space. */
			for (const char *s = "\n\r \t"; b.p[i] == '\n' && *s;
			     s++)
				if (*s != '\n')
					flip(v, &b, &q, &c, at, i, (uint8_t)*s,
					     &n);
		}
		print_message("# version %u: %zu changes of %zu bytes;"
			      " accepted: %zu in line breaks, %zu in the NUL,"
			      " %zu in padding\n",
			      q.version, n.tried, b.n, n.line_break, n.nul,
			      n.padding);
		assert_int_equal(n.padding, 2 * q.trailing.n);
		assert_true(n.tried >= 2 * b.n);
	}
	rv_quote_verifier_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_flip) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
