/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish_machines.c - a CoRIM of several machines: which environment is the
 * next machine's, and every item of the document replaced by one of another
 * kind. Only what is written as refval writes it makes a second machine.
 */
#include "said.h"

#include "base.h"
#include "cbor.h"

#include <refval.h>

#include <stdlib.h>
#include <string.h>

/* ---- a CoRIM ---- */

/* An environment; zeros stand for what is right. */
struct environment {
	uint64_t key, members; /* 0, and 3 members: {0: {..}} */
	uint64_t vendor_key, model_key, index_key;
	const char *vendor, *model;
	bool numbers; /* where text is due */
	uint64_t index;
	bool more; /* a pair behind the first */
};

static void put_environment(struct rv_grow *g, const struct environment *e)
{
	rv_cbor_put_map(g, e->more ? 2 : 1);
	rv_cbor_put_uint(g, e->key);
	rv_cbor_put_map(g, e->members ? e->members : 3);
	rv_cbor_put_uint(g, e->vendor_key ? e->vendor_key : 1);
	if (e->numbers)
		rv_cbor_put_uint(g, 5);
	else
		rv_cbor_put_text(g, rv_text(e->vendor ? e->vendor : "refval"));
	rv_cbor_put_uint(g, e->model_key ? e->model_key : 2);
	rv_cbor_put_text(g, rv_text(e->model ? e->model : "m"));
	if (e->members != 2) {
		rv_cbor_put_uint(g, e->index_key ? e->index_key : 4);
		rv_cbor_put_uint(g, e->index);
	}
	if (e->members == 4) {
		rv_cbor_put_uint(g, 3);
		rv_cbor_put_uint(g, 0);
	}
	if (e->more) {
		rv_cbor_put_uint(g, 1);
		rv_cbor_put_uint(g, 0);
	}
}

static void put_measurement(struct rv_grow *g, const char *name, uint8_t fill)
{
	uint8_t d[48];

	memset(d, fill, sizeof d);
	rv_cbor_put_map(g, 2);
	rv_cbor_put_uint(g, 0);
	rv_cbor_put_text(g, rv_text(name));
	rv_cbor_put_uint(g, 1);
	rv_cbor_put_map(g, 2);
	rv_cbor_put_uint(g, 2);
	rv_cbor_put_array(g, 2);
	rv_cbor_put_array(g, 2);
	rv_cbor_put_uint(g, 1); /* SHA-256, which is nobody's here */
	rv_cbor_put_bytes(g, rv_span(d, 32));
	rv_cbor_put_array(g, 2);
	rv_cbor_put_uint(g, 7);
	rv_cbor_put_bytes(g, rv_span(d, sizeof d));
	rv_cbor_put_uint(g, 11); /* a name: nothing to compare */
	rv_cbor_put_text(g, rv_text(name));
}

/* { 4: { 0: [ triple, triple ] } }, two machines' registers. */
static void put_comid(struct rv_grow *g, const struct environment two[2])
{
	rv_cbor_put_map(g, 1);
	rv_cbor_put_uint(g, 4);
	rv_cbor_put_map(g, 1);
	rv_cbor_put_uint(g, 0);
	rv_cbor_put_array(g, 2);
	for (uint8_t i = 0; i < 2; i++) {
		rv_cbor_put_array(g, 2);
		put_environment(g, &two[i]);
		rv_cbor_put_array(g, 2);
		put_measurement(g, "rtmr_1", (uint8_t)(1 + i));
		put_measurement(g, "mr_td", 9);
	}
}

/* 501({ 1: [ 506(<< comid >>) ] }) */
static void wrap(struct rv_grow *g, struct rv_span comid)
{
	rv_cbor_put_tag(g, 501);
	rv_cbor_put_map(g, 1);
	rv_cbor_put_uint(g, 1);
	rv_cbor_put_array(g, 1);
	rv_cbor_put_tag(g, 506);
	rv_cbor_put_bytes(g, comid);
}

/* How many machines are in it; 0: refused. */
static size_t machines(struct rv_span comid, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_values_list_free) struct rv_values_list all = { 0 };
	struct rv_signature sig = { 0 };

	*err = (struct rv_err){ 0 };
	wrap(&g, comid);
	if (rv_publish_read_all(rv_buf_span(&g.buf), rv_span(NULL, 0), &all,
				&sig, err))
		return all.n;
	if (err->code != RV_INPUT || !err->msg[0])
		fail_msg("code %d", (int)err->code);
	return 0;
}

/* ---- environments ---- */

static void environments(void **state)
{
	static const struct {
		struct environment second;
		const char *says; /* NULL: a second machine */
	} row[] = {
		{ { .index = 1 }, NULL },
		{ { .index = 0 }, "two different values" },
		{ { .index = 2 }, "of another environment" },
		{ { .index = 1, .vendor = "Refval" },
		  "of another environment" },
		{ { .index = 1, .model = "n" }, "of another environment" },
		{ { .index = 1, .key = 1 }, "of another environment" },
		{ { .index = 1, .members = 2 }, "of another environment" },
		{ { .index = 1, .members = 4 }, "of another environment" },
		{ { .index = 1, .vendor_key = 3 }, "of another environment" },
		{ { .index = 1, .model_key = 3 }, "of another environment" },
		{ { .index = 1, .index_key = 3 }, "of another environment" },
		{ { .index = 1, .numbers = true }, "of another environment" },
		{ { .index = 1, .more = true }, "of another environment" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		const struct environment two[] = { { .index = 0 },
						   row[i].second };
		struct rv_err err;
		size_t n;

		put_comid(&g, two);
		n = machines(rv_buf_span(&g.buf), &err);
		if (n != (row[i].says ? 0 : 2))
			fail_msg("row %zu: %zu: %s", i, n, err.msg);
		if (row[i].says && !strstr(err.msg, row[i].says))
			fail_msg("row %zu: %s", i, err.msg);
	}
}

/* The first machine is none of several unless it is numbered, from 0. */
static void first_environment(void **state)
{
	static const struct environment first[] = { { .index = 1 },
						    { .vendor = "x" } };

	(void)state;
	for (size_t i = 0; i < RV_LEN(first); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct environment two[] = { first[i], { .index = 1 } };
		struct rv_err err;

		two[1].index = 2 - i;
		put_comid(&g, two);
		assert_int_equal(machines(rv_buf_span(&g.buf), &err), 0);
		assert_non_null(strstr(err.msg, "of another environment"));
	}
}

/* ---- items (RFC 8949, 3) ---- */

enum { ITEMS = 512 };

struct items {
	struct rv_span in;
	size_t at[ITEMS], end[ITEMS], n;
};

static size_t walk(struct items *all, size_t at)
{
	uint8_t head = all->in.p[at], major = head >> 5;
	size_t n = head & 31, end = at + 1, own = all->n++;

	assert_true(own < ITEMS);
	if (n == 24)
		n = all->in.p[end++];
	else
		assert_true(n < 24);
	if (major == 2 || major == 3)
		end += n;
	for (size_t i = 0; major == 4 && i < n; i++)
		end = walk(all, end);
	for (size_t i = 0; major == 5 && i < 2 * n; i++)
		end = walk(all, end);
	all->at[own] = at;
	all->end[own] = end;
	return end;
}

static void every_item(void **state)
{
	/* 7, -1, no bytes, "", [], {}, 1(0), null */
	static const char *const other[] = { "\x07", "\x20", "\x40",   "\x60",
					     "\x80", "\xa0", "\xc1\0", "\xf6" };
	static const struct environment two[] = { { .index = 0 },
						  { .index = 1 } };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct items all = { .n = 0 };
	size_t read[3] = { 0 }, tried = 0;
	struct rv_err err;

	(void)state;
	put_comid(&g, two);
	all.in = rv_buf_span(&g.buf);
	assert_int_equal(walk(&all, 0), all.in.n);
	assert_int_equal(machines(all.in, &err), 2);
	for (size_t i = 0; i < all.n; i++)
		for (size_t k = 0; k < RV_LEN(other); k++, tried++) {
			RV_AUTO(rv_grow_free) struct rv_grow doc = { 0 };

			rv_grow_add(&doc, all.in.p, all.at[i]);
			rv_grow_add(&doc, other[k], k == 6 ? 2 : 1);
			rv_grow_add(&doc, all.in.p + all.end[i],
				    all.in.n - all.end[i]);
			read[machines(rv_buf_span(&doc.buf), &err)]++;
		}
	/* The rest: names, and measurements that nobody compares or none. */
	if (tried != 696 || read[0] != 579 || read[1] != 1 || read[2] != 116)
		fail_msg("%zu tried, %zu refused, one machine %zu, two %zu",
			 tried, read[0], read[1], read[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(environments),
		cmocka_unit_test(first_environment),
		cmocka_unit_test(every_item),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
