/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_bind.c - what ties GPUs to the TD: each scheme of docs/refval-gpu.1, each
 * thing that it rests on changed in its first, middle and last byte, and what
 * is left out.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "fail_digest.h"

#include <refval.h>

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { HALF = 32 };

/* All that is asked for. */
struct case_of {
	uint8_t rd[64], nonce[HALF], certificate[40];
	size_t certificate_n;
	struct rv_gpu_hints hints;
};

static void fill(uint8_t *p, size_t n, uint8_t from)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (uint8_t)(from + i);
}

static void digest(const char *name, uint8_t *out, const void *a, size_t an,
		   const void *b, size_t bn)
{
	EVP_MD *md = EVP_MD_fetch(NULL, name, NULL);
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	assert_true(md && c && EVP_DigestInit_ex2(c, md, NULL) == 1 &&
		    EVP_DigestUpdate(c, a, an) == 1 &&
		    EVP_DigestUpdate(c, b, bn) == 1 &&
		    EVP_DigestFinal_ex(c, out, NULL) == 1);
	EVP_MD_CTX_free(c);
	EVP_MD_free(md);
}

static struct rv_gpu_bound ask(const struct case_of *c)
{
	struct rv_gpu_bound out = { 0 };
	struct rv_err err = { 0 };

	assert_true(rv_gpu_bind(c->rd, c->nonce, &c->hints,
				rv_span(c->certificate, c->certificate_n), &out,
				&err));
	assert_true(*out.reason);
	return out;
}

/* Whatever it comes to: no answer where a digest cannot be made. */
static void no_digest(const struct case_of *c)
{
	for (size_t n = 1;; n++) {
		struct rv_gpu_bound out = { 0 };
		struct rv_err err = { 0 };
		bool ok;

		failing_digest = n;
		ok = rv_gpu_bind(c->rd, c->nonce, &c->hints,
				 rv_span(c->certificate, c->certificate_n),
				 &out, &err);
		if (failing_digest)
			break;
		assert_false(ok);
		assert_int_equal(err.code, RV_SYSTEM);
	}
	failing_digest = 0;
}

static void expect(const struct case_of *c, char scheme, enum rv_verdict want,
		   const char *what)
{
	struct rv_gpu_bound got = ask(c);

	if (got.scheme != scheme || got.verdict != want)
		fail_msg("%s: %c %d (%s), not %c %d", what,
			 got.scheme ? got.scheme : '-', (int)got.verdict,
			 got.reason, scheme ? scheme : '-', (int)want);
	no_digest(c);
}

/* First, middle and last byte of @p, which lies in @c: each a no by @scheme,
 * or, 0, of no known scheme. */
static void change(struct case_of *c, uint8_t *p, size_t n, char scheme,
		   const char *what)
{
	for (size_t k = 0; k < 3; k++) {
		uint8_t *at = &p[k * (n - 1) / 2];

		*at ^= 0x40;
		expect(c, scheme, scheme ? RV_DIFFERS : RV_UNCHECKED, what);
		*at ^= 0x40;
	}
}

static struct case_of nonce_behind(void)
{
	struct case_of c = { .certificate_n = 0 };

	fill(c.nonce, HALF, 0x11);
	memcpy(c.rd + HALF, c.nonce, HALF);
	return c;
}

/* ---- A, B, F: something known, and the nonce behind it ---- */

static void key_and_nonce(void **state)
{
	static const size_t length[] = { 20, 32 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(length); i++) {
		struct case_of c = nonce_behind();

		c.hints.address_n = length[i];
		fill(c.hints.address, length[i], 0x71);
		memcpy(c.rd, c.hints.address, length[i]);
		expect(&c, 'A', RV_YES, "A");
		change(&c, c.rd, HALF, 'A', "A: the key");
		change(&c, c.rd + HALF, HALF, 'A', "A: the second half");
		change(&c, c.nonce, HALF, 'A', "A: the nonce");
		change(&c, c.hints.address, length[i], 'A', "A: the hint");
	}
}

static void key_and_tls(void **state)
{
	struct case_of c = nonce_behind();

	(void)state;
	c.hints.address_n = 20;
	fill(c.hints.address, 20, 0x71);
	c.hints.has_tls = true;
	fill(c.hints.tls, HALF, 0x91);
	digest("SHA256", c.rd, c.hints.address, 20, c.hints.tls, HALF);
	expect(&c, 'B', RV_YES, "B");
	change(&c, c.rd, HALF, 'B', "B: the first half");
	change(&c, c.rd + HALF, HALF, 'B', "B: the second half");
	change(&c, c.hints.address, 20, 'B', "B: the key");
	change(&c, c.hints.tls, HALF, 'B', "B: the fingerprint");
	/* Beside a fingerprint the key alone may stand there, too. */
	memset(c.rd, 0, HALF);
	memcpy(c.rd, c.hints.address, 20);
	expect(&c, 'A', RV_YES, "A beside a fingerprint");
	change(&c, c.rd + HALF, HALF, 'A', "A beside a fingerprint");
	/* A fingerprint alone is nothing that it could be made of. */
	c.hints.address_n = 0;
	expect(&c, 0, RV_UNCHECKED, "no key");
}

static void certificate_and_nonce(void **state)
{
	struct case_of c = nonce_behind();

	(void)state;
	c.certificate_n = sizeof c.certificate;
	fill(c.certificate, sizeof c.certificate, 0x31);
	digest("SHA256", c.rd, c.certificate, sizeof c.certificate, "", 0);
	expect(&c, 'F', RV_YES, "F");
	change(&c, c.rd, HALF, 'F', "F: the first half");
	change(&c, c.rd + HALF, HALF, 'F', "F: the second half");
	change(&c, c.certificate, c.certificate_n, 'F', "F: the certificate");
	/* Beside a key that is not there. */
	c.hints.address_n = 20;
	fill(c.hints.address, 20, 0x71);
	expect(&c, 'F', RV_YES, "F beside a key");
	c.certificate_n = 0;
	expect(&c, 'A', RV_DIFFERS, "neither");
}

/* ---- C: the nonce in front ---- */

static void nonce_of_a_key(void **state)
{
	static char text[] = "0123456789abcdefpublic-key";
	struct case_of c = { .certificate_n = 0 };

	(void)state;
	c.hints.e2e = text;
	digest("SHA256", c.nonce, text, sizeof text - 1, "", 0);
	memcpy(c.rd, c.nonce, HALF);
	expect(&c, 'C', RV_YES, "C");
	change(&c, c.rd, HALF, 0, "C: the first half");
	change(&c, c.nonce, HALF, 'C', "C: the nonce");
	change(&c, (uint8_t *)text, sizeof text - 1, 'C', "C: the key");
	/* Of another key, and another nonce: nothing here fits. */
	c.rd[3] ^= 1;
	c.nonce[4] ^= 1;
	expect(&c, 0, RV_UNCHECKED, "C: nothing fits");
	/* What it was made of is not known. */
	c.hints.e2e = NULL;
	expect(&c, 0, RV_UNCHECKED, "no key, another nonce");
	memcpy(c.rd, c.nonce, HALF);
	expect(&c, 'C', RV_YES, "no key");
	change(&c, c.rd, HALF, 0, "no key: the first half");
	change(&c, c.nonce, HALF, 0, "no key: the nonce");
}

/* ---- D: a digest of four parts ---- */

static void four_parts(void **state)
{
	struct case_of c = { .certificate_n = 0 };
	struct rv_gpu_hints *h = &c.hints;
	uint8_t both[4 * HALF];
	bool *const needed[] = { &h->has_tls_key, &h->has_hpke, &h->has_hash };

	(void)state;
	fill(h->tls_key, HALF, 0x21);
	fill(h->hpke, HALF, 0x41);
	fill(c.nonce, HALF, 0x61);
	fill(h->hash, HALF, 0x81);
	fill(h->outer, HALF, 0x81);
	h->has_tls_key = h->has_hpke = h->has_hash = h->has_outer = true;
	memcpy(both, h->tls_key, HALF);
	memcpy(both + HALF, h->hpke, HALF);
	memcpy(both + 2 * HALF, c.nonce, HALF);
	memcpy(both + 3 * HALF, h->hash, HALF);
	digest("SHA256", c.rd, both, sizeof both, "", 0);
	expect(&c, 'D', RV_YES, "D");
	change(&c, c.rd, HALF, 'D', "D: report_data");
	change(&c, c.nonce, HALF, 'D', "D: the nonce");
	change(&c, h->tls_key, HALF, 'D', "D: tls_key_fp");
	change(&c, h->hpke, HALF, 'D', "D: hpke_key");
	change(&c, h->hash, HALF, 'D', "D: gpu_evidence_hash");
	change(&c, h->outer, HALF, 'D', "D: the evidence itself");
	h->has_outer = false;
	expect(&c, 'D', RV_DIFFERS, "D: no evidence");
	h->has_outer = true;
	for (size_t i = 0; i < RV_LEN(needed); i++) {
		*needed[i] = false;
		expect(&c, 0, RV_UNCHECKED, "D: a part is not there");
		*needed[i] = true;
	}
}

/* ---- E: all 64 bytes ---- */

static void app_data(void **state)
{
	struct case_of c = { .certificate_n = 0 };
	static char key[] = "a key that has nothing to do with it";
	char hex[2 * HALF + 1];

	(void)state;
	fill(c.nonce, HALF, 0xa1);
	for (size_t i = 0; i < HALF; i++)
		snprintf(hex + 2 * i, 3, "%02x", c.nonce[i]);
	digest("SHA512", c.rd, "app-data:", 9, hex, 2 * HALF);
	expect(&c, 'E', RV_YES, "E");
	change(&c, c.rd, sizeof c.rd, 0, "E: report_data");
	change(&c, c.nonce, HALF, 0, "E: the nonce");
	/* What other schemes would look at stands beside it. */
	c.hints.e2e = key;
	c.hints.address_n = 20;
	c.hints.has_tls = true;
	expect(&c, 'E', RV_YES, "E beside hints");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_and_nonce),
		cmocka_unit_test(key_and_tls),
		cmocka_unit_test(certificate_and_nonce),
		cmocka_unit_test(nonce_of_a_key),
		cmocka_unit_test(four_parts),
		cmocka_unit_test(app_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
