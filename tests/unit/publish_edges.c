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
#include "test_file.h"
#include "cbor.h"
#include "digest.h"
#include "json.h"
#include "key_pem.h"
#include "publish/publish.h"
#include "sign.h"

#include <refval.h>

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
	struct rv_buf pem = key_pem(key, true);
	struct made_key out = { .public = key_pem(key, false) };
	struct rv_err err;

	assert_true(rv_sign_private(rv_buf_span(&pem), &out.private, &err));
	rv_buf_free(&pem);
	EVP_PKEY_free(key);
	return out;
}

/* What the protected header of a signature says; 0 and NULL: not there. */
struct head {
	int64_t alg;
	const char *type;
	bool crit;
	const char *more; /* the last label and its value, in hex */
};

static void hex(struct rv_grow *to, const char *digits)
{
	uint8_t b[16];
	size_t n = strlen(digits) / 2;

	assert_true(n <= sizeof b && rv_unhex(rv_text(digits), b, n));
	rv_grow_add(to, b, n);
}

/* COSE_Sign1, by the key over whatever the header says. */
static struct rv_buf cose(const struct made_key *key, const struct head *h,
			  struct rv_span payload)
{
	RV_AUTO(rv_grow_free) struct rv_grow head = { 0 }, tbs = { 0 };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf sig = { 0 };
	struct rv_buf out;
	struct rv_err err;

	rv_cbor_put_map(&head, (h->alg ? 1u : 0u) + (h->type ? 1u : 0u) +
				   h->crit + (h->more ? 1u : 0u));
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
	if (h->more)
		hex(&head, h->more);
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
		{ { -7, rim, false, NULL }, true, RV_SIGNED_GOOD },
		{ { -35, rim, false, NULL }, true, RV_SIGNED_BAD },
		{ { -8, rim, false, NULL }, true, RV_SIGNED_BAD },
		{ { 0, rim, false, NULL }, false, RV_SIGNED_NOT },
		{ { -7, NULL, false, NULL }, false, RV_SIGNED_NOT },
		{ { -7, "application/rim", false, NULL },
		  false,
		  RV_SIGNED_NOT },
		{ { -7, rim, true, NULL }, false, RV_SIGNED_NOT },
		/* More of them, whole, */
		{ { -7, rim, false, "617800" }, true, RV_SIGNED_GOOD },
		{ { -7, rim, false, "61788100" }, true, RV_SIGNED_GOOD },
		{ { -7, rim, false, "0441ff" }, true, RV_SIGNED_GOOD },
		{ { -7, rim, false, "186480" }, true, RV_SIGNED_GOOD },
		/* and cut. */
		{ { -7, rim, false, "61" }, false, RV_SIGNED_NOT },
		{ { -7, rim, false, "6178" }, false, RV_SIGNED_NOT },
		{ { -7, rim, false, "617841" }, false, RV_SIGNED_NOT },
		{ { -7, rim, false, "617881" }, false, RV_SIGNED_NOT },
		{ { -7, rim, false, "0441" }, false, RV_SIGNED_NOT },
		{ { -7, rim, false, "1864a1" }, false, RV_SIGNED_NOT },
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

/* ---- what can be written of which values ---- */

static void predicted(struct rv_register *r, const char *label, size_t at)
{
	struct rv_predicted *e = &r->event[r->n++];

	snprintf(e->label, sizeof e->label, "%s", label);
	snprintf(e->depends, sizeof e->depends, "nothing");
	e->type = RV_EV_TAG;
	e->known = true;
	e->origin = RV_ORIGIN_COMPUTED;
	e->digest = value(at);
}

static void file_of(struct rv_values *v, const char *role, const char *name)
{
	struct rv_input *in = &v->input[v->inputs++];

	snprintf(in->role, sizeof in->role, "%s", role);
	snprintf(in->name, sizeof in->name, "%s", name);
	memset(in->sha256.b, (int)v->inputs, 32);
}

/* Values that every format can be made of. */
static struct rv_values *whole_values(void)
{
	struct rv_values *v = calloc(1, sizeof *v);
	struct rv_err err;

	assert_non_null(v);
	v->shape = rv_shape_default();
	v->shape.cpus = 2;
	v->shape.memory = (uint64_t)2 << 30;
	v->shape.qemu = (struct rv_qemu){ 8, 2, 2 };
	v->shape.ovmf = RV_OVMF_PRE202505;
	predicted(&v->reg[0], "td-hob", 1);
	predicted(&v->reg[1], "kernel", 2);
	predicted(&v->reg[2], "cmdline", 3);
	predicted(&v->reg[2], "initrd", 4);
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		assert_true(rv_register_replay(&v->reg[i], &err));
	v->mrtd.origin = RV_ORIGIN_COMPUTED;
	v->mrtd.has_single = v->mrtd.has_two = v->mrtd.known = true;
	v->mrtd.single_pass = value(5);
	v->mrtd.two_pass = value(6);
	v->mrtd.page_add = RV_PAGE_ADD_TWO;
	file_of(v, "firmware", "ovmf.fd");
	file_of(v, "kernel", "bzImage");
	file_of(v, "initrd", "initramfs.cpio");
	v->td_hob_n = 12;
	memcpy(v->td_hob, "\x80\x10\x09\x04\x00\x06\x09\x02\x0b\x02\x10\x10",
	       12);
	return v;
}

/* The document, which must be one; or why there is none. */
static void written(enum rv_format f, const struct rv_values *v,
		    struct rv_publication *p, const char *refused)
{
	struct rv_err err = { 0 };

	rv_publication_free(p);
	*p = (struct rv_publication){ 0 };
	if (rv_publish(f, v, rv_span(NULL, 0), p, &err) != !refused)
		fail_msg("%s: %s", rv_format_name(f), err.msg);
	if (!refused)
		return;
	assert_int_equal(err.code, RV_INPUT);
	if (!strstr(err.msg, refused))
		fail_msg("%s: %s", rv_format_name(f), err.msg);
	assert_int_equal(p->document.n, 0);
}

/* measurement.tdx.cbor without one thing that it cannot do without. */
static void parts_of_a_measurement(void **state)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	static const char *const refused[] = {
		NULL,
		"a firmware that dstack has a name for",
		"MRTD in both page orders",
		"MRTD in both page orders",
		"the firmware's memory sections (td_hob)",
		"the digest of the kernel",
		"the digests of command line and initrd",
		"the digests of command line and initrd",
		"the kernel's digest for 2 GiB or from 2816 MiB on",
		NULL,
		"the kernel's digest for 2 GiB or from 2816 MiB on",
		"the files themselves",
		"sha256sum.txt",
		NULL, /* the edk2 release names the firmware, too */
		"a firmware that dstack has a name for",
		"a firmware that dstack has a name for",
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(refused); i++) {
		RV_AUTO(rv_free) struct rv_values *v = whole_values();

		if (i == 1 || i > 12)
			v->shape.ovmf = RV_OVMF_UNKNOWN;
		if (i > 12)
			snprintf(v->edk2, sizeof v->edk2, "%s",
				 i == 13   ? "edk2-stable202411"
				 : i == 14 ? "edk2-stable202408"
					   : "edk2-none");
		v->mrtd.has_single = i != 2;
		v->mrtd.has_two = i != 3;
		v->td_hob_n = i == 4 ? 0 : v->td_hob_n;
		v->reg[1].event[0].known = i != 5;
		v->reg[2].event[0].known = i != 6;
		v->reg[2].event[1].known = i != 7;
		if (i >= 8 && i <= 10)
			v->shape.memory = ((uint64_t)2816 << 20) + i - 9;
		v->inputs = i == 11 ? 2 : 3;
		if (i == 12)
			snprintf(v->input[1].name, sizeof v->input[1].name,
				 "a  b\nc");
		if (i == 10)
			v->shape.memory = ((uint64_t)2 << 30) + 1;
		written(RV_FORMAT_DSTACK, v, &p, refused[i]);
	}
}

/* What is not known is left out by name; of nothing there is no document. */
static void without_registers(void **state)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_free) struct rv_values *v = whole_values();
	struct rv_signature sig;
	struct rv_err err;

	(void)state;
	/* Which page order is used is not known: both values are there. */
	v->mrtd.page_add = RV_PAGE_ADD_UNKNOWN;
	written(RV_FORMAT_CORIM, v, &p, NULL);
	assert_string_equal(p.left_out, "mr_td");
	assert_true(reads(&p.document, &sig, &err));
	assert_true(got.mrtd.has_single && got.mrtd.has_two);
	assert_memory_equal(got.mrtd.two_pass.b, v->mrtd.two_pass.b, 48);
	written(RV_FORMAT_IN_TOTO, v, &p, NULL);
	assert_true(reads(&p.document, &sig, &err));
	assert_int_equal(got.mrtd.page_add, RV_PAGE_ADD_UNKNOWN);
	assert_memory_equal(got.mrtd.single_pass.b, v->mrtd.single_pass.b, 48);
	written(RV_FORMAT_RVPS, v, &p, NULL);
	v->mrtd.has_two = v->mrtd.known = false;
	written(RV_FORMAT_CORIM, v, &p, NULL);
	assert_string_equal(p.left_out, "mr_td, mr_td_two_pass");
	written(RV_FORMAT_IN_TOTO, v, &p, NULL);
	assert_true(reads(&p.document, &sig, &err));
	assert_true(got.mrtd.has_single && !got.mrtd.has_two);
	v->mrtd.has_single = false;
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		v->reg[i] = (struct rv_register){ .why = "no files" };
	written(RV_FORMAT_CORIM, v, &p, "no register is known");
	written(RV_FORMAT_RVPS, v, &p, "no register is known");
	written(RV_FORMAT_TCG2, v, &p, "no register");
}

/* A statement is about files, or about the image by its hash. */
static void subjects_of_a_statement(void **state)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_free) struct rv_values *v = whole_values();
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	RV_AUTO(rv_buf_free) struct rv_buf payload = { 0 };
	struct rv_signature sig;
	struct rv_err err;

	(void)state;
	v->inputs = 0;
	written(RV_FORMAT_IN_TOTO, v, &p, "the values name no file");
	v->has_os_image_hash = true;
	memset(v->os_image_hash.b, 9, 32);
	written(RV_FORMAT_IN_TOTO, v, &p, NULL);
	assert_true(reads(&p.document, &sig, &err));
	assert_true(got.has_os_image_hash);
	assert_memory_equal(got.os_image_hash.b, v->os_image_hash.b, 32);
	assert_true(
	    rv_json_parse(rv_buf_span(&p.document), "envelope", &j, &err) &&
	    rv_unbase64(rv_json_text(rv_json_get(j, "payload")), "payload",
			&payload, &err));
	/* What is signed is the document, with no end of a line behind it. */
	assert_int_equal(payload.p[0], '{');
	assert_int_equal(payload.p[payload.n - 1], '}');
	/* sha256sum.txt is the file of that hash: it is a subject once. */
	file_of(v, "checksums", "sha256sum.txt");
	v->input[0].sha256 = v->os_image_hash;
	written(RV_FORMAT_IN_TOTO, v, &p, NULL);
	assert_true(reads(&p.document, &sig, &err));
	assert_int_equal(got.inputs, 1);
}

/* Machines of one document are of one release, and of the same files. */
static void machines_of_a_document(void **state)
{
	static const struct {
		enum rv_format format;
		int how; /* what the second one has another of */
		const char *refused;
	} t[] = {
		{ RV_FORMAT_IN_TOTO, 0, NULL },
		{ RV_FORMAT_IN_TOTO, 1, "not those of the first" },
		{ RV_FORMAT_IN_TOTO, 2, "not those of the first" },
		{ RV_FORMAT_IN_TOTO, 3, "not those of the first" },
		{ RV_FORMAT_IN_TOTO, 4, "not those of the first" },
		{ RV_FORMAT_IN_TOTO, 5, "not those of the first" },
		{ RV_FORMAT_CORIM, 0, NULL },
		{ RV_FORMAT_CORIM, 6, "values 2 are of another release" },
	};
	RV_AUTO(rv_free) struct rv_values *v = whole_values();
	RV_AUTO(rv_free) struct rv_values *two = calloc(2, sizeof *two);

	(void)state;
	assert_non_null(two);
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
		struct rv_values *other = &two[1];
		struct rv_err err = { 0 };
		bool good;

		two[0] = two[1] = *v;
		other->shape.cpus++;
		other->input[2].sha256.b[31] ^= t[i].how == 1;
		other->input[0].name[0] ^= t[i].how == 2;
		other->inputs -= t[i].how == 3;
		other->has_os_image_hash = t[i].how == 4;
		other->os_image_hash.b[31] ^= t[i].how == 5;
		other->release[0] ^= t[i].how == 6;
		good = rv_publish_all(t[i].format, two, 2, rv_span(NULL, 0), &p,
				      &err);
		if (good != !t[i].refused ||
		    (t[i].refused && !strstr(err.msg, t[i].refused)))
			fail_msg("%zu: %d %s", i, good, err.msg);
	}
}

/* A name is of all that the values say: SHA-256 of them, 16 bytes of it. */
static void names_of_values(void **state)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_free) struct rv_values *v = whole_values();
	RV_AUTO(rv_free) struct rv_values *two = calloc(2, sizeof *two);
	char id[33], one[33], want[65];
	struct rv_err err = { 0 };
	struct rv_sha256 d;

	(void)state;
	assert_non_null(two);
	two[0] = two[1] = *v;
	two[1].shape.cpus++;
	assert_true(rv_publish_all(RV_FORMAT_VALUES, two, 2, rv_span(NULL, 0),
				   &p, &err) &&
		    rv_sha256(rv_buf_span(&p.document), &d, &err) &&
		    rv_publish_id(two, 2, id, &err));
	rv_hex(rv_span(d.b, sizeof d.b), want);
	assert_int_equal(strlen(id), 32);
	assert_memory_equal(id, want, 32);
	/* Another machine has another name, by the last byte of a register. */
	assert_true(rv_publish_id(two, 1, one, &err));
	assert_string_not_equal(one, id);
	assert_true(rv_publish_id(v, 1, id, &err));
	assert_string_equal(one, id);
	v->reg[2].value.b[47] ^= 1;
	assert_true(rv_publish_id(v, 1, id, &err));
	assert_string_not_equal(one, id);
}

/* A key where there is no place for one, none where it is signed. */
static void keys_and_formats(void **state)
{
	RV_AUTO(rv_publication_free) struct rv_publication p = { 0 };
	RV_AUTO(rv_free) struct rv_values *v = whole_values();
	struct rv_span key = rv_text("no key"), none = { 0 };
	struct rv_err err;

	(void)state;
	for (int f = 0; f <= RV_FORMATS; f++) {
		bool signs = f < RV_FORMATS && rv_format_signs(f);

		err = (struct rv_err){ 0 };
		assert_false(rv_publish((enum rv_format)f, v, key, &p, &err));
		assert_int_equal(err.code, signs ? RV_INPUT : RV_USAGE);
		if (f < RV_FORMATS && !rv_format_must_sign(f))
			continue;
		err = (struct rv_err){ 0 };
		assert_false(rv_publish((enum rv_format)f, v, none, &p, &err));
		assert_int_equal(err.code, RV_USAGE);
	}
	assert_null(rv_format_name(RV_FORMATS));
}

/* Cut anywhere, it is no CoRIM. */
static void cut_corim(void **state)
{
	RV_AUTO(rv_buf_free)
	struct rv_buf doc = test_file("tests/vectors/formats/", "corim.cbor");
	static struct rv_values v;
	struct rv_signature sig;
	struct rv_err err;

	(void)state;
	for (size_t n = 0; n < doc.n; n++) {
		memset(&err, 0, sizeof err);
		if (rv_publish_read(rv_span(doc.p, n), rv_span(NULL, 0), &v,
				    &sig, &err))
			fail_msg("%zu of %zu bytes", n, doc.n);
		assert_int_equal(err.code, RV_INPUT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_corim),
		cmocka_unit_test(order_of_members),
		cmocka_unit_test(register_twice),
		cmocka_unit_test(mrtee),
		cmocka_unit_test(validities),
		cmocka_unit_test(headers),
		cmocka_unit_test(every_byte_of_a_corim),
		cmocka_unit_test(every_byte_of_a_statement),
		cmocka_unit_test(parts_of_a_measurement),
		cmocka_unit_test(without_registers),
		cmocka_unit_test(subjects_of_a_statement),
		cmocka_unit_test(machines_of_a_document),
		cmocka_unit_test(names_of_values),
		cmocka_unit_test(keys_and_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
