/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publish_edges.c - CoRIMs made by hand, each beside one that differs in what a
 * rule is about: the order of a measurement's members, the last byte of a
 * repeated register, the times of a validity, the headers of a signature.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "cbor.h"
#include "digest.h"
#include "sign.h"

#include <refval.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdio.h>
#include <stdlib.h>

static struct rv_values got;

/* ---- parts ---- */

static void text(struct rv_grow *g, const char *s)
{
	rv_cbor_put_text(g, rv_text(s));
}

/* 48 bytes that all differ; the one at @at is another, unless it is 48. */
static struct rv_sha384 value(size_t at)
{
	struct rv_sha384 d;

	for (size_t i = 0; i < sizeof d.b; i++)
		d.b[i] = (uint8_t)(3 * i + 7 + (i == at));
	return d;
}

static void digest(struct rv_grow *g, size_t at)
{
	struct rv_sha384 d = value(at);

	rv_cbor_put_array(g, 2);
	rv_cbor_put_uint(g, 7);
	rv_cbor_put_bytes(g, rv_span(d.b, sizeof d.b));
}

/* { 0: name, 1: { 2: [digest] } }; @swapped: the value first. */
static void measurement(struct rv_grow *g, const char *name, size_t at,
			bool swapped)
{
	rv_cbor_put_map(g, 2);
	for (int i = 0; i < 2; i++) {
		bool key = (i == 0) != swapped;

		rv_cbor_put_uint(g, key ? 0 : 1);
		if (key) {
			text(g, name);
			continue;
		}
		rv_cbor_put_map(g, 1);
		rv_cbor_put_uint(g, 2);
		rv_cbor_put_array(g, 1);
		digest(g, at);
	}
}

/* A window of time; a tag of 0 stands for 1, which is right. */
struct window {
	uint64_t keys, tag;
	int64_t key[2], time[2];
};

static void validity(struct rv_grow *g, const struct window *w)
{
	rv_cbor_put_map(g, w->keys);
	for (uint64_t i = 0; i < w->keys; i++) {
		rv_cbor_put_int(g, w->key[i]);
		rv_cbor_put_tag(g, w->tag ? w->tag : 1);
		rv_cbor_put_int(g, w->time[i]);
	}
}

/* 501({ 1: [506(<< { 4: { 0: [[env, measurements]] } } >>)], ? 4: validity })
 */
static struct rv_buf corim(const struct rv_grow *measurements, uint64_t n,
			   const struct window *w)
{
	RV_AUTO(rv_grow_free) struct rv_grow in = { 0 }, g = { 0 };
	struct rv_buf out;
	struct rv_err err;

	rv_cbor_put_map(&in, 1);
	rv_cbor_put_uint(&in, 4);
	rv_cbor_put_map(&in, 1);
	rv_cbor_put_uint(&in, 0);
	rv_cbor_put_array(&in, 1);
	rv_cbor_put_array(&in, 2);
	rv_cbor_put_map(&in, 0);
	rv_cbor_put_array(&in, n);
	rv_grow_add(&in, measurements->buf.p, measurements->buf.n);
	rv_cbor_put_tag(&g, 501);
	rv_cbor_put_map(&g, w ? 2 : 1);
	rv_cbor_put_uint(&g, 1);
	rv_cbor_put_array(&g, 1);
	rv_cbor_put_tag(&g, 506);
	rv_cbor_put_bytes(&g, rv_buf_span(&in.buf));
	if (w) {
		rv_cbor_put_uint(&g, 4);
		validity(&g, w);
	}
	assert_true(rv_grow_take(&g, &out, &err));
	return out;
}

static bool reads(const struct rv_buf *doc, struct rv_signature *sig,
		  struct rv_err *err)
{
	return rv_publish_read(rv_buf_span(doc), rv_span(NULL, 0), &got, sig,
			       err);
}

/* ---- registers ---- */

static void order_of_members(void **state)
{
	(void)state;
	for (int swapped = 0; swapped < 2; swapped++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		struct rv_signature sig;
		struct rv_err err = { 0 };

		measurement(&g, "rtmr_1", 48, swapped);
		doc = corim(&g, 1, NULL);
		assert_int_equal(reads(&doc, &sig, &err), !swapped);
		if (swapped)
			assert_string_equal(
			    err.msg, "corim: CoMID: mkey behind its value");
	}
}

/* One register twice: the same, or another in one byte, whichever it is. */
static void register_twice(void **state)
{
	static const char *const name[] = { "rtmr_0", "rtmr_1", "rtmr_2",
					    "mr_td", "mr_td_single_pass" };

	(void)state;
	for (size_t i = 0; i < RV_LEN(name); i++)
		for (size_t at = 0; at <= 48; at++) {
			RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
			RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
			struct rv_signature sig;
			struct rv_err err = { 0 };

			measurement(&g, name[i], 48, false);
			measurement(&g, name[i], at, false);
			doc = corim(&g, 2, NULL);
			if (reads(&doc, &sig, &err) != (at == 48))
				fail_msg("%s, byte %zu", name[i], at);
			if (at < 48)
				assert_non_null(
				    strstr(err.msg, "two different values"));
		}
}

/* Intel's profile: mrtee is a digest, or a list of digests. */
static void mrtee(void **state)
{
	(void)state;
	for (int list = 0; list < 2; list++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		struct rv_signature sig;
		struct rv_err err = { 0 };
		struct rv_sha384 want = value(48);

		rv_cbor_put_map(&g, 1);
		rv_cbor_put_uint(&g, 1);
		rv_cbor_put_map(&g, 1);
		rv_cbor_put_int(&g, -83);
		if (list)
			rv_cbor_put_array(&g, 1);
		digest(&g, 48);
		doc = corim(&g, 1, NULL);
		if (!reads(&doc, &sig, &err))
			fail_msg("%s", err.msg);
		assert_true(got.mrtd.has_single);
		assert_memory_equal(got.mrtd.single_pass.b, want.b, 48);
	}
}

/* ---- times ---- */

static void validities(void **state)
{
	static const struct {
		struct window w;
		bool good;
		int64_t from, to;
	} row[] = {
		{ { 2, 0, { 0, 1 }, { 100, 200 } }, true, 100, 200 },
		{ { 2, 0, { 1, 0 }, { 200, 100 } }, true, 100, 200 },
		{ { 1, 0, { 0 }, { 100 } }, true, 100, INT64_MAX },
		{ { 1, 0, { 1 }, { 200 } }, true, INT64_MIN, 200 },
		{ { 2, 0, { 0, 0 }, { 100, 150 } }, true, 150, INT64_MAX },
		{ { 2, 0, { 1, 1 }, { 200, 150 } }, true, INT64_MIN, 150 },
		{ { 1, 2, { 0 }, { 100 } }, false, 0, 0 },
		{ { 1, 0, { 2 }, { 100 } }, false, 0, 0 },
		{ { 1, 0, { -1 }, { 100 } }, false, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
		struct rv_signature sig = { 0 };
		struct rv_err err = { 0 };

		measurement(&g, "rtmr_1", 48, false);
		doc = corim(&g, 1, &row[i].w);
		if (reads(&doc, &sig, &err) != row[i].good)
			fail_msg("row %zu: %s", i, err.msg);
		if (!row[i].good) {
			assert_non_null(strstr(err.msg, "no time in seconds"));
			continue;
		}
		assert_true(sig.has_window);
		assert_true(sig.not_before == row[i].from);
		assert_true(sig.not_after == row[i].to);
	}
}

/* ---- signatures ---- */

struct made_key {
	struct rv_sign_key *private;
	struct rv_buf public; /* PEM */
};

static struct made_key made_key(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio[2] = { BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()) };
	struct made_key out = { 0 };
	struct rv_err err;
	char *p;
	long n;

	assert_int_equal(
	    PEM_write_bio_PrivateKey(bio[0], key, NULL, NULL, 0, NULL, NULL),
	    1);
	assert_int_equal(PEM_write_bio_PUBKEY(bio[1], key), 1);
	n = BIO_get_mem_data(bio[0], &p);
	assert_true(rv_sign_private(rv_span(p, (size_t)n), &out.private, &err));
	n = BIO_get_mem_data(bio[1], &p);
	assert_true(rv_buf_copy(rv_span(p, (size_t)n), &out.public, &err));
	BIO_free(bio[0]);
	BIO_free(bio[1]);
	EVP_PKEY_free(key);
	return out;
}

/* What the protected header of a signature says; 0 and NULL: not there. */
struct head {
	int64_t alg;
	const char *type;
	bool crit;
};

/* COSE_Sign1, by the key over whatever the header says. */
static struct rv_buf cose(const struct made_key *key, const struct head *h,
			  struct rv_span payload)
{
	RV_AUTO(rv_grow_free) struct rv_grow head = { 0 }, tbs = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf sig = { 0 };
	struct rv_buf out;
	struct rv_err err;

	rv_cbor_put_map(&head,
			(h->alg ? 1u : 0u) + (h->type ? 1u : 0u) + h->crit);
	if (h->alg) {
		rv_cbor_put_uint(&head, 1);
		rv_cbor_put_int(&head, h->alg);
	}
	if (h->crit) {
		rv_cbor_put_uint(&head, 2);
		rv_cbor_put_array(&head, 1);
		rv_cbor_put_uint(&head, 1);
	}
	if (h->type) {
		rv_cbor_put_uint(&head, 3);
		text(&head, h->type);
	}
	rv_cbor_put_array(&tbs, 4);
	text(&tbs, "Signature1");
	rv_cbor_put_bytes(&tbs, rv_buf_span(&head.buf));
	rv_cbor_put_bytes(&tbs, rv_span(NULL, 0));
	rv_cbor_put_bytes(&tbs, payload);
	assert_true(rv_sign_make(key->private, RV_SHA256, RV_SIGN_RAW,
				 rv_buf_span(&tbs.buf), &sig, &err));
	rv_cbor_put_tag(&g, 18);
	rv_cbor_put_array(&g, 4);
	rv_cbor_put_bytes(&g, rv_buf_span(&head.buf));
	rv_cbor_put_map(&g, 0);
	rv_cbor_put_bytes(&g, payload);
	rv_cbor_put_bytes(&g, rv_buf_span(&sig));
	assert_true(rv_grow_take(&g, &out, &err));
	return out;
}

/*
 * A signature that holds over its bytes counts only with the algorithm of its
 * key in the header, a content type, and no critical header.
 */
static void headers(void **state)
{
	static const char rim[] = "application/rim+cbor";
	static const struct {
		struct head h;
		bool read;
		enum rv_signed state;
	} row[] = {
		{ { -7, rim, false }, true, RV_SIGNED_GOOD },
		{ { -35, rim, false }, true, RV_SIGNED_BAD },
		{ { -8, rim, false }, true, RV_SIGNED_BAD },
		{ { 0, rim, false }, false, RV_SIGNED_NOT },
		{ { -7, NULL, false }, false, RV_SIGNED_NOT },
		{ { -7, "application/rim", false }, false, RV_SIGNED_NOT },
		{ { -7, rim, true }, false, RV_SIGNED_NOT },
	};
	struct made_key key = made_key();
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf payload = { 0 };

	(void)state;
	measurement(&g, "rtmr_1", 48, false);
	payload = corim(&g, 1, NULL);
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_buf_free)
		struct rv_buf doc =
		    cose(&key, &row[i].h, rv_buf_span(&payload));
		struct rv_signature sig = { 0 };
		struct rv_err err = { 0 };
		bool read =
		    rv_publish_read(rv_buf_span(&doc), rv_buf_span(&key.public),
				    &got, &sig, &err);

		if (read != row[i].read || (read && sig.state != row[i].state))
			fail_msg("row %zu: %d %d %s", i, read, (int)sig.state,
				 err.msg);
		if (!read)
			assert_int_equal(err.code, RV_INPUT);
	}
	rv_sign_free(&key.private);
	rv_buf_free(&key.public);
}

/* ---- every byte of what nobody signed ---- */

/*
 * Whatever byte is changed, a document is malformed, and then the values are
 * left alone, or it is read; cut anywhere it is malformed.
 */
static void every_byte(const char *name, size_t most)
{
	static const uint8_t mask[] = { 0x01, 0x20, 0x40, 0x60, 0x80, 0xa0 };
	static struct rv_values left;
	RV_AUTO(rv_buf_free) struct rv_buf doc = { 0 };
	struct rv_signature sig;
	struct rv_err err = { 0 };
	size_t read = 0;
	char path[128];

	snprintf(path, sizeof path, "tests/vectors/formats/%s", name);
	assert_true(rv_buf_read(path, 1 << 20, &doc, &err));
	memset(&left, 0x5a, sizeof left);
	memset(&got, 0x5a, sizeof got);
	for (size_t i = 0; i < doc.n; i++)
		for (size_t k = 0; k <= RV_LEN(mask); k++) {
			bool cut = k == RV_LEN(mask);
			struct rv_span in = rv_span(doc.p, cut ? i : doc.n);

			doc.p[i] ^= cut ? 0 : mask[k];
			if (rv_publish_read(in, rv_span(NULL, 0), &got, &sig,
					    &err)) {
				/* A line feed at the end may be cut. */
				assert_true(!cut || i + 1 == doc.n);
				memset(&got, 0x5a, sizeof got);
				read++;
			} else {
				assert_int_equal(err.code, RV_INPUT);
				assert_memory_equal(&got, &left, sizeof got);
			}
			doc.p[i] ^= cut ? 0 : mask[k];
		}
	print_message("# %s: %zu of %zu are read\n", name, read,
		      doc.n * (RV_LEN(mask) + 1));
	assert_true(read > 0 && read * 100 < most * doc.n * RV_LEN(mask));
}

static void every_byte_of_a_corim(void **state)
{
	(void)state;
	every_byte("corim.cbor", 90);
	every_byte("corim-p256.cbor", 90);
}

static void every_byte_of_a_statement(void **state)
{
	(void)state;
	every_byte("statement.json", 60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_of_members),
		cmocka_unit_test(register_twice),
		cmocka_unit_test(mrtee),
		cmocka_unit_test(validities),
		cmocka_unit_test(headers),
		cmocka_unit_test(every_byte_of_a_corim),
		cmocka_unit_test(every_byte_of_a_statement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
