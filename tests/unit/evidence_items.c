/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence_items.c - binary evidence, item by item: each item of an attestation
 * in msgpack replaced by one of another kind, each pair of a map left out or
 * there twice; each field of a binary event log. Runs in the top folder.
 */
#include "said.h"

#include "base.h"

#include <refval.h>

#include <stdlib.h>
#include <string.h>

#define V "tests/vectors/"

/* ---- msgpack (its specification, "Formats") ---- */

enum { ITEMS = 4096 };

struct item {
	size_t at, head, n; /* where; of its head; of all of it */
	uint64_t count;	    /* items of an array, pairs of a map */
	enum { LEAF, ARRAY, MAP } kind;
};

struct items {
	struct rv_buf in;
	struct item *item;
	size_t n;
};

static size_t big_endian(const uint8_t *p, size_t n)
{
	size_t v = 0;

	while (n--)
		v = v << 8 | *p++;
	return v;
}

/* Kind, length of the head, and bytes or items behind it. */
static void head_of(const uint8_t *p, struct item *out, size_t *bytes)
{
	/* From 0xc0: the size of the length, and of what is behind it. */
	static const uint8_t length[32] = { 0, 0, 0, 0, 1, 2, 4, 0, 0, 0, 0,
					    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
					    0, 0, 0, 1, 2, 4, 2, 4, 2, 4 };
	static const uint8_t fixed[32] = {
		[10] = 4, [11] = 8, [12] = 1, [13] = 2, [14] = 4,
		[15] = 8, [16] = 1, [17] = 2, [18] = 4, [19] = 8
	};
	uint8_t c = *p;
	size_t n;

	out->kind = LEAF;
	out->head = 1;
	*bytes = 0;
	if (c < 0x80 || c >= 0xe0)
		return;
	if (c < 0xa0) {
		out->kind = c < 0x90 ? MAP : ARRAY;
		out->count = c & 15;
		return;
	}
	if (c < 0xc0) {
		*bytes = c & 31;
		return;
	}
	c -= 0xc0;
	n = big_endian(p + 1, length[c]);
	out->head = 1 + length[c];
	if (c >= 28) {
		out->kind = c < 30 ? ARRAY : MAP;
		out->count = n;
	} else {
		*bytes = length[c] ? n : fixed[c];
	}
}

/* The item at @at and those in it; of a long array the first and the last. */
static size_t walk(struct items *all, size_t at, bool note)
{
	struct item own = { .at = at }, *place;
	size_t bytes, end;
	bool noted;

	head_of(all->in.p + at, &own, &bytes);
	end = at + own.head + bytes;
	place = &all->item[all->n];
	noted = note;
	if (note) {
		assert_true(all->n < ITEMS);
		all->n++;
	}
	if (own.kind != LEAF) {
		uint64_t n = own.kind == MAP ? 2 * own.count : own.count;

		struct item first = { .kind = LEAF };

		/* A long array of numbers is bytes: one item. */
		if (n)
			head_of(all->in.p + end, &first, &bytes);
		note = note && (own.head == 1 || first.kind != LEAF);
		for (uint64_t i = 0; i < n; i++)
			end = walk(all, end,
				   note && (own.kind == MAP || own.head == 1 ||
					    i == 0 || i + 1 == n));
	}
	own.n = end - at;
	if (noted)
		*place = own;
	return end;
}

/* What was read in place of the document itself, or RV_INPUT. */
static bool reads(const struct items *all, const struct rv_evidence *whole,
		  size_t at, size_t n, struct rv_span by)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_err err = { 0 };

	rv_grow_add(&g, all->in.p, at);
	rv_grow_add(&g, by.p, by.n);
	rv_grow_add(&g, all->in.p + at + n, all->in.n - at - n);
	if (!rv_evidence_read(rv_buf_span(&g.buf), NULL, &e, &err)) {
		if (err.code != RV_INPUT || !err.msg[0])
			fail_msg("byte %zu: %d", at, (int)err.code);
		return false;
	}
	/* Whatever else it says, what is signed is what it was, or is gone. */
	assert_true(!e.quote.n ||
		    rv_same(rv_buf_span(&e.quote), rv_buf_span(&whole->quote)));
	assert_true(!e.snp.report.n ||
		    rv_same(rv_buf_span(&e.snp.report),
			    rv_buf_span(&whole->snp.report)));
	assert_true(!e.vtpm.message.n ||
		    rv_same(rv_buf_span(&e.vtpm.message),
			    rv_buf_span(&whole->vtpm.message)));
	return true;
}

/* A pair of a map left out, and the first there twice. */
static size_t pairs(const struct items *all, const struct rv_evidence *whole,
		    const struct item *map, size_t *tried)
{
	struct items in = { .in = all->in };
	size_t at = map->at + map->head, read = 0;
	uint8_t head = (uint8_t)(0x80 | (map->count - 1));

	/* Fixed maps only: those are all that dstack's structs need. */
	if (map->head != 1 || map->count < 1 || map->count > 14)
		return 0;
	for (uint64_t i = 0; i < map->count; i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		size_t n = walk(&in, walk(&in, at, false), false) - at;

		for (int twice = 0; twice < 2; twice++) {
			rv_grow_free(&g);
			g = (struct rv_grow){ 0 };
			rv_grow_u8(&g, (uint8_t)(head + 2 * twice));
			rv_grow_add(&g, in.in.p + map->at + 1,
				    at - map->at - 1 + (twice ? n : 0));
			rv_grow_add(&g, in.in.p + at + (twice ? 0 : n),
				    map->at + map->n - at - (twice ? 0 : n));
			++*tried;
			if (reads(all, whole, map->at, map->n,
				  rv_buf_span(&g.buf))) {
				read++;
				if (twice)
					fail_msg("byte %zu: twice", at);
			}
		}
		at += n;
	}
	return read;
}

static void each_item(const char *path, size_t want_tried, size_t want_read)
{
	/* nil, true, 7, "", no bytes, [], {} */
	static const char *const other[] = { "\xc0", "\xc3", "\x07", "\xa0",
					     "\xc4", "\x90", "\x80" };
	RV_AUTO(rv_evidence_free) struct rv_evidence whole = { 0 };
	struct items all = { .item = calloc(ITEMS, sizeof *all.item) };
	struct rv_err err = { 0 };
	size_t tried = 0, read = 0;

	assert_non_null(all.item);
	if (!rv_buf_read(path, 1 << 20, &all.in, &err) ||
	    !rv_evidence_read(rv_buf_span(&all.in), NULL, &whole, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(walk(&all, 0, true), all.in.n);
	for (size_t i = 0; i < all.n; i++) {
		const struct item *j = &all.item[i];

		for (size_t k = 0; k < RV_LEN(other); k++, tried++)
			read += reads(&all, &whole, j->at, j->n,
				      rv_span(other[k], k == 4 ? 2 : 1));
		if (j->kind == MAP)
			read += pairs(&all, &whole, j, &tried);
	}
	if (tried != want_tried || read != want_read)
		fail_msg("%s: %zu tried, %zu read", path, tried, read);
	rv_buf_free(&all.in);
	free(all.item);
}

static void attestations(void **state)
{
	(void)state;
	each_item(V "evidence/attestation-v1.named", 724, 73);
	each_item(V "evidence/attestation-v1.array", 364, 61);
	each_item(V "gcp/a-v1.msgpack", 783, 56);
	each_item(V "snp/dstack/attestation-v1.msgpack", 229, 4);
}

/* ---- a binary log (TCG PC Client Platform Firmware Profile, 10) ---- */

struct bank {
	unsigned alg, size;
};

/* What of a log is otherwise; zeros stand for what is right. */
struct log_row {
	unsigned type, digest, major; /* of the header */
	unsigned banks;		      /* as it says; 99: none */
	struct bank bank[2];
	unsigned vendor, more; /* bytes said, and bytes there */
	unsigned index[2];     /* of two events; 99: there is none */
	unsigned event[2];     /* their types */
	const char *payload;   /* of the first */
	size_t payload_n;
	const char *tail;
	size_t tail_n;
	const char *says; /* NULL: read */
	size_t n;	  /* events of it */
	enum rv_bank is;
	unsigned locality;
};

static void put_log(struct rv_grow *g, const struct log_row *row)
{
	static const uint8_t zeros[80];
	unsigned n = row->banks == 99 ? 0 : row->banks ? row->banks : 2;
	struct bank b[2] = { { 0xb, 32 }, { 0xc, 48 } };

	for (int i = 0; i < 2; i++)
		if (row->bank[i].alg)
			b[i] = row->bank[i];
	rv_grow_le(g, 0, 4);
	rv_grow_le(g, row->type ? row->type : RV_EV_NO_ACTION, 4);
	rv_grow_add(g, zeros, 19);
	rv_grow_u8(g, (uint8_t)row->digest);
	rv_grow_le(g, 28 + 4 * (n < 2 ? n : 2) + 1 + row->more, 4);
	rv_grow_add(g, "Spec ID Event03", 16);
	rv_grow_le(g, 0, 4); /* platform class */
	rv_grow_u8(g, 0);
	rv_grow_u8(g, (uint8_t)(row->major ? row->major : 2));
	rv_grow_add(g, "\0\2", 2);
	rv_grow_le(g, n, 4);
	for (unsigned i = 0; i < n && i < 2; i++)
		rv_grow_le(g, b[i].alg | b[i].size << 16, 4);
	rv_grow_u8(g, (uint8_t)row->vendor);
	rv_grow_add(g, zeros, row->more);
	for (unsigned i = 0; i < 2; i++) {
		size_t payload = i == 0 ? row->payload_n : 0;

		if (row->index[i] == 99)
			continue;
		rv_grow_le(g, row->index[i], 4);
		rv_grow_le(g, row->event[i] ? row->event[i] : RV_EV_SEPARATOR,
			   4);
		rv_grow_le(g, n, 4);
		for (unsigned k = 0; k < n; k++) {
			rv_grow_le(g, b[k].alg, 2);
			rv_grow_add(g, zeros, b[k].size);
		}
		rv_grow_le(g, payload, 4);
		if (payload)
			rv_grow_add(g, row->payload, payload);
	}
	rv_grow_add(g, row->tail ? row->tail : "", row->tail_n);
}

static void logs(const struct log_row *row, size_t n)
{
	for (size_t i = 0; i < n; i++, row++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_log_free) struct rv_log log = { 0 };
		enum rv_log_format format;
		struct rv_err err = { 0 };

		put_log(&g, row);
		if (rv_log_read(rv_buf_span(&g.buf), &log, &format, &err) !=
		    !row->says)
			fail_msg("row %zu: %s", i,
				 row->says ? "read" : err.msg);
		if (row->says &&
		    (err.code != RV_INPUT || !strstr(err.msg, row->says)))
			fail_msg("row %zu: %s", i, err.msg);
		if (!row->says && (log.n != row->n || log.bank != row->is ||
				   log.locality != row->locality))
			fail_msg("row %zu: %zu events of %s, %u", i, log.n,
				 rv_bank_name(log.bank), log.locality);
	}
}

#define TDX  .index = { 1, 4 }, .n = 2
#define NONE .index = { 99, 99 }

static void headers_of_logs(void **state)
{
	static const struct log_row row[] = {
		{ TDX },
		{ TDX, .type = 4, .says = "header of type 0x4" },
		{ TDX, .digest = 1, .says = "or with a digest" },
		{ TDX, .major = 1, .says = "log version 1.0, only 2.x" },
		{ TDX, .major = 3, .says = "log version 3.0, only 2.x" },
		{ NONE, .banks = 99, .says = "0 digest algorithms, 1 to 16" },
		{ NONE, .banks = 17, .says = "17 digest algorithms, 1 to 16" },
		{ NONE, .banks = 16, .says = "algorithm: needs 2 bytes" },
		{ TDX, .bank = { { 4, 20 } } },
		{ TDX, .bank = { { 4, 21 } }, .says = "0x4 of 21 bytes" },
		{ TDX, .bank = { { 0xb, 31 } }, .says = "0xb of 31 bytes" },
		{ TDX, .bank = { { 0xb, 33 } }, .says = "0xb of 33 bytes" },
		{ TDX, .bank = { { 0x12, 32 } } },
		{ TDX, .bank = { { 0x12, 48 } }, .says = "0x12 of 48 bytes" },
		{ TDX, .bank = { { 0xd, 64 } } },
		{ TDX, .bank = { { 0xd, 63 } }, .says = "0xd of 63 bytes" },
		{ TDX, .bank = { { 0xb, 32 }, { 0xc, 47 } },
		  .says = "0xc of 47 bytes" },
		{ TDX, .bank = { { 0x99, 1 } } },
		{ TDX, .bank = { { 0x99, 64 } } },
		{ TDX, .bank = { { 0x99, 65 } }, .says = "0x99 of 65 bytes" },
		{ TDX, .bank = { { 0x99, 0 } }, .says = "0x99 of 0 bytes" },
		{ TDX, .bank = { { 0xc, 48 }, { 0xc, 48 } },
		  .says = "algorithm 0xc twice" },
		{ TDX, .vendor = 3, .more = 3 },
		{ TDX, .vendor = 3, .more = 2, .says = "vendor info" },
		{ TDX, .vendor = 2, .more = 3, .says = "header event" },
	};

	(void)state;
	logs(row, RV_LEN(row));
}

#define LOCALITY .event = { 3 }, .payload_n = 17, .index = { 0, 0 }
#define TPM	 .is = RV_BANK_TPM_SHA256
#define TAIL(s)	 .tail = s, .tail_n = sizeof s - 1

static void events_of_logs(void **state)
{
	static const struct log_row row[] = {
		{ .index = { 1, 5 }, .says = "register index 5, a TDX log" },
		{ .index = { 1, 0 }, .says = "register index 0, a TDX log" },
		{ .index = { 5, 1 }, .says = "register index 5, a TDX log" },
		{ TDX, .event = { 0, RV_EV_DSTACK_RUNTIME },
		  .says = "a dstack runtime event" },
		{ .index = { 0, 23 }, .n = 2, TPM },
		{ .index = { 0, 24 }, .says = "event 1 at byte" },
		{ .index = { 0, 1 },
		  .n = 2,
		  .bank = { { 4, 20 } },
		  .is = RV_BANK_TPM_SHA384 },
		{ .index = { 0, 1 },
		  .bank = { { 4, 20 }, { 0xd, 64 } },
		  .says = "no SHA-384 digests" },
		{ .index = { 1, 1 },
		  .bank = { { 4, 20 }, { 0xb, 32 } },
		  .says = "no SHA-384 digests" },
		{ LOCALITY, TPM, .n = 1, .payload = "StartupLocality\0\3",
		  .locality = 3 },
		{ LOCALITY, TPM, .n = 1, .payload = "StartupLocalitY\0\3" },
		{ LOCALITY, TPM, .n = 1, .payload = "StartupLocality\1\3" },
		{ .event = { 3 },
		  .payload = "StartupLocality\0\3",
		  .payload_n = 16,
		  .index = { 0, 0 },
		  TPM,
		  .n = 1 },
		{ NONE, .says = "neither a quote nor an event log" },
		{ .event = { 3, 3 },
		  .index = { 0, 0 },
		  .says = "neither a quote nor an event log" },
		{ TDX, TAIL("\xff") },
		{ TDX, TAIL("\0") },
		{ TDX, TAIL("\0\0\0") },
		{ TDX, TAIL("\xff\xff\xff\xff\xff\xff") },
		{ TDX, TAIL("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0") },
		{ TDX, TAIL("\xfe"), .says = "event 2 at byte" },
		{ TDX, TAIL("\xff\0"), .says = "event 2 at byte" },
		{ TDX, TAIL("\xff\xff\xff\xff\xff\xfe"),
		  .says = "event 2 at byte" },
		{ TDX, TAIL("\0\0\0\0\0\0\0\1"), .says = "event 2 at byte" },
	};

	(void)state;
	logs(row, RV_LEN(row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attestations),
		cmocka_unit_test(headers_of_logs),
		cmocka_unit_test(events_of_logs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
