/* SPDX-License-Identifier: Apache-2.0 */
/*
 * quote.c - microseconds of CPU per quote: first verification of a process,
 * warm with nothing cached, with the collateral cached, with the platform
 * cached, and decoding alone. usage: quote VECTORS
 */
#include "base.h"
#include <refval/quote.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { AT = 1787894484, VARIANTS = 200, ROUNDS = 7 };

static struct rv_err err;

static void need(bool ok)
{
	if (ok)
		return;
	fprintf(stderr, "%s\n", err.msg);
	exit(4);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct rv_buf load(const char *dir, const char *name)
{
	struct rv_buf b = { 0 };
	char path[512];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	need(rv_buf_read(path, 1 << 22, &b, &err));
	return b;
}

static struct rv_quote_verifier *verifier(void)
{
	struct rv_quote_options o = { 0 };
	struct rv_quote_verifier *v = NULL;

	need(rv_quote_verifier_new(&o, &v, &err));
	return v;
}

static void verify(struct rv_quote_verifier *v, struct rv_span quote,
		   const struct rv_collateral *c)
{
	struct rv_quote_verdict out;

	need(rv_quote_verify(v, quote, c, AT, &out, &err));
	need(out.verified);
	rv_quote_verdict_free(&out);
}

static void add_le32(uint8_t *p, uint32_t n)
{
	for (int i = 0; i < 4; i++, n >>= 8)
		n += p[i], p[i] = (uint8_t)n;
}

/*
 * The quote with @n more line feeds behind its chain: the same platform, but
 * nothing that the cache has seen.
 */
static struct rv_buf variant(const struct rv_buf *b, uint32_t n)
{
	struct rv_quote q;
	struct rv_grow g = { 0 };
	struct rv_buf out = { 0 };
	size_t end;

	need(rv_quote_read(rv_buf_span(b), &q, &err));
	end = (size_t)(q.cert_data.p + q.cert_data.n - b->p) - 1;
	rv_grow_add(&g, b->p, end); /* up to the NUL */
	for (uint32_t i = 0; i < n; i++)
		rv_grow_u8(&g, '\n');
	rv_grow_u8(&g, 0);
	need(rv_grow_take(&g, &out, &err));
	add_le32(out.p + 632, n);
	add_le32(out.p + 636 + 128 + 2, n);
	add_le32(out.p + (q.cert_data.p - b->p) - 4, n);
	return out;
}

/* The least of a few rounds of @n calls. */
#define BEST(what, n, setup, call)                                             \
	do {                                                                   \
		double best = 1e12;                                            \
		for (int round = 0; round < ROUNDS; round++) {                 \
			double t;                                              \
			setup;                                                 \
			t = now();                                             \
			for (uint32_t i = 0; i < (n); i++) {                   \
				call;                                          \
			}                                                      \
			t = (now() - t) / (n);                                 \
			best = t < best ? t : best;                            \
		}                                                              \
		printf("%s %.3f\n", what, best);                               \
	} while (0)

static void from_nothing(struct rv_span quote, struct rv_span json)
{
	RV_AUTO(rv_collateral_free) struct rv_collateral c = { 0 };
	RV_AUTO(rv_quote_verifier_free)
	struct rv_quote_verifier *v = verifier();

	need(rv_collateral_read(json, &c, &err));
	verify(v, quote, &c);
}

int main(int argc, char **argv)
{
	const char *dir = argc > 1 ? argv[1] : ".";
	struct rv_buf quote = load(dir, "real/quote-c42f9164.bin");
	struct rv_buf json = load(dir, "real/collateral-221d7070.json");
	struct rv_buf other[VARIANTS];
	struct rv_collateral c = { 0 };
	struct rv_quote_verifier *v = NULL;
	struct rv_quote q;
	double t = now();

	from_nothing(rv_buf_span(&quote), rv_buf_span(&json));
	printf("first %.3f\n", now() - t);
	for (uint32_t i = 0; i < VARIANTS; i++)
		other[i] = variant(&quote, i + 1);
	need(rv_collateral_read(rv_buf_span(&json), &c, &err));
	BEST("full", 50, ,
	     from_nothing(rv_buf_span(&quote), rv_buf_span(&json)));
	BEST("collateral_cached", VARIANTS, rv_quote_verifier_free(&v);
	     v = verifier(); verify(v, rv_buf_span(&quote), &c),
			     verify(v, rv_buf_span(&other[i]), &c));
	BEST("platform_cached", 1000, , verify(v, rv_buf_span(&quote), &c));
	BEST("decode", 10000, ,
	     need(rv_quote_read(rv_buf_span(&quote), &q, &err)));
	rv_quote_verifier_free(&v);
	return 0;
}
