/* SPDX-License-Identifier: Apache-2.0 */
/* fetch_forms.c - the forms of answers, good and bad, without a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base.h"
#include "fetch/forms.h"
#include "test_file.h"

#include <stdio.h>

static struct rv_buf file(const char *path)
{
	return test_file("", path);
}

/* Entities of every kind; what is none stays as it stands. */
static void page(void **state)
{
	static const char *const good[][2] = {
		{ "<textarea readonly>{&quot;a&quot;:&#34;&#x27;&#X26;&lt;&gt;"
		  "&apos;&amp;amp;\"}</textarea>",
		  "{\"a\":\"'&<>'&amp;\"}" },
		{ "<textarea>no</textarea><textarea>{&nosuch; &; & &#; &#x;"
		  "&#1114112; &#xd800; &#233;&#8364;&#128512;}</textarea>",
		  "{&nosuch; &; & &#; &#x;&#1114112; &#xd800; \xc3\xa9"
		  "\xe2\x82\xac\xf0\x9f\x98\x80}" },
	};
	static const char *const bad[] = {
		"",
		"<html>",
		"<textarea",
		"<textarea>{",
		"<textarea>text</textarea>",
	};
	struct rv_err err = { 0 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(good); i++) {
		struct rv_buf out = { 0 };

		assert_true(rv_page_tcb_info(rv_text(good[i][0]), &out, &err));
		assert_string_equal((char *)out.p, good[i][1]);
		rv_buf_free(&out);
	}
	for (size_t i = 0; i < RV_LEN(bad); i++) {
		struct rv_buf out = { 0 };

		assert_false(rv_page_tcb_info(rv_text(bad[i]), &out, &err));
		assert_int_equal(err.code, RV_INPUT);
	}
}

#define SIG "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* The bytes that were signed, blanks and escapes and all. */
static void signed_body(void **state)
{
	static const char good[] = " { \"x\" : [1, {\"k\": \"}]\\\"\"}, -2.5e3 "
				   "] ,\"signature\":\"" SIG SIG "\", "
				   "\"k\" : { \"a\" : \"\\u007d{\" , \"b\":[ ] "
				   "}, \"z\": null } ";
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"{\"k\":{}}",
		"{\"k\":{},\"signature\":\"" SIG "\"}",
		"{\"k\":1,\"signature\":\"" SIG SIG "\"}",
		"{\"k\":{},\"k\":{},\"signature\":\"" SIG SIG "\"}",
		"{\"\\u006b\":{},\"signature\":\"" SIG SIG "\"}",
		"{\"k\":{},\"signature\":\"" SIG SIG "\"} x",
		"{\"k\":{},\"signature\":\"" SIG SIG "\"",
	};
	struct rv_span body, sig;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_pcs_signed(rv_text(good), "k", &body, &sig, &err));
	assert_true(rv_same_text(body, "{ \"a\" : \"\\u007d{\" , \"b\":[ ] }"));
	assert_true(rv_same_text(sig, SIG SIG));
	for (size_t i = 0; i < RV_LEN(bad); i++) {
		assert_false(
		    rv_pcs_signed(rv_text(bad[i]), "k", &body, &sig, &err));
		assert_int_equal(err.code, RV_INPUT);
	}
}

static void lists(void **state)
{
	struct rv_buf der =
	    file("tests/vectors/dcap/pcs-c42f9164/rootcacrl.der");
	struct rv_buf hex =
	    file("tests/vectors/dcap/pcs-c42f9164/rootcacrl.hex");
	struct rv_buf pck = file("tests/vectors/dcap/pcs-c42f9164/pckcrl.der");
	struct rv_buf pem = file("tests/vectors/dcap/pcs-c42f9164/pckcrl.pem");
	struct rv_buf out = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_pcs_crl(rv_buf_span(&hex), "x", &out, &err));
	assert_true(rv_same(rv_buf_span(&out), rv_buf_span(&der)));
	rv_buf_free(&out);
	assert_true(rv_pcs_crl(rv_buf_span(&pem), "x", &out, &err));
	assert_true(rv_same(rv_buf_span(&out), rv_buf_span(&pck)));
	rv_buf_free(&out);
	/* Every truncation, in every form. */
	for (size_t n = 0; n < der.n; n++) {
		assert_false(rv_pcs_crl(rv_span(der.p, n), "x", &out, &err));
		assert_false(
		    rv_pcs_crl(rv_span(hex.p, 2 * n), "x", &out, &err));
	}
	rv_buf_free(&der);
	rv_buf_free(&hex);
	rv_buf_free(&pck);
	rv_buf_free(&pem);
}

static void platform(void **state)
{
	struct rv_buf q = file("tests/vectors/dcap/real/quote-c42f9164.bin");
	struct rv_platform p = { 0 };
	struct rv_err err = { 0 };
	size_t at = 0;

	(void)state;
	assert_true(rv_platform_of(rv_buf_span(&q), &p, &err));
	assert_true(p.tdx);
	assert_string_equal(p.fmspc, "b0c06f000000");
	assert_string_equal(p.ca, "platform");
	/* Without its first certificate: the next one is of no platform. */
	for (size_t i = 0; i + 11 < q.n && !at; i++)
		if (memcmp(q.p + i, "-----BEGIN ", 11) == 0)
			at = i;
	q.p[at] = '+';
	assert_false(rv_platform_of(rv_buf_span(&q), &p, &err));
	assert_false(rv_platform_of(rv_span(q.p, 600), &p, &err));
	rv_buf_free(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page),
		cmocka_unit_test(signed_body),
		cmocka_unit_test(lists),
		cmocka_unit_test(platform),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
