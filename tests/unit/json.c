/* SPDX-License-Identifier: Apache-2.0 */
/* json.c - what lib/door takes for JSON, beyond what the parser below it does.
 */
#include "base.h"
#include "json.h"
#include "jsonspan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void refused(const char *bytes, size_t n, const char *says)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err err = { 0 };

	assert_false(rv_json_parse(rv_span(bytes, n), "text", &j, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_non_null(strstr(err.msg, says));
	err = (struct rv_err){ 0 };
	assert_false(rv_json_parse_nul(rv_span(bytes, n), "text", &j, &err));
	assert_int_equal(err.code, RV_INPUT);
}

#define REFUSED(s, says) refused(s, sizeof(s) - 1, says)

/* A NUL byte is nowhere part of JSON, and nowhere may it be passed over. */
static void test_nul_bytes(void **state)
{
	(void)state;
	REFUSED("{\"a\":0\0}", "text: JSON at byte 6: a NUL");
	REFUSED("{\"a\":0\0\r}", "byte 6");
	REFUSED("[1\0,2]", "byte 2");
	REFUSED("\0{}", "byte 0");
	REFUSED("{}\0", "byte 2");
	REFUSED("{\"a\0b\":1}", "byte 3");
	REFUSED("{\"a\":\"b\0\"}", "byte 7");
}

static void test_not_json(void **state)
{
	(void)state;
	REFUSED("", "text: JSON");
	REFUSED("{}{}", "text: JSON");
	REFUSED("{\"a\":1,\"a\":1}", "duplicate");
	REFUSED("{\"a\":01}", "text: JSON");
	REFUSED("[1,]", "text: JSON");
	REFUSED("\xef\xbb\xbf{}", "text: JSON");
	REFUSED("\"\xc0\x80\"", "text: JSON");
	REFUSED("\"\\ud800\"", "text: JSON");
	REFUSED("[99999999999999999999]", "text: JSON");
}

/* [ FIRST, FIRST, ... 0 ] of at least @n bytes. */
static struct rv_buf repeated(const char *first, size_t n)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_buf b = { 0 };
	struct rv_err err;

	rv_grow_text(&g, "[");
	while (g.buf.n < n)
		rv_grow_printf(&g, "%s,", first);
	rv_grow_text(&g, "0]");
	assert_true(rv_grow_take(&g, &b, &err));
	return b;
}

/* More values than eight times the text can hold are not even begun. */
static void test_values(void **state)
{
	static const char *const many[] = { "{}", "[]",	       "\"\"",
					    "0",  "{\"a\":0}", "[\"\"]" };
	RV_AUTO(rv_free) char *text = NULL;

	(void)state;
	for (size_t i = 0; i < RV_LEN(many); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf big = { 0 };
		RV_AUTO(rv_buf_free) struct rv_buf small = { 0 };
		RV_AUTO(rv_json_free) rv_json *j = NULL;
		struct rv_err err = { 0 };

		big = repeated(many[i], 1 << 20);
		refused((char *)big.p, big.n, "more than ");
		/* What takes less than four MiB in any case is read. */
		small = repeated(many[i], 8 << 10);
		assert_true(
		    rv_json_parse(rv_buf_span(&small), "text", &j, &err));
	}
	/* Long texts are worth their bytes. */
	text = malloc(1001);
	assert_non_null(text);
	memset(text, 'x', 1000);
	text[0] = text[999] = '"';
	text[1000] = '\0';
	{
		RV_AUTO(rv_buf_free) struct rv_buf big = { 0 };
		RV_AUTO(rv_json_free) rv_json *j = NULL;
		struct rv_err err = { 0 };

		big = repeated(text, 4 << 20);
		assert_true(rv_json_parse(rv_buf_span(&big), "text", &j, &err));
	}
}

static void test_chars(void **state)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err err = { 0 };
	char four[4];

	(void)state;
	assert_true(rv_json_parse_nul(
	    rv_text("{\"a\":\"abc\",\"b\":\"abcd\",\"c\":\"\\u0000\","
		    "\"d\":null,\"e\":1,\"f\":\"\"}"),
	    "text", &j, &err));
	assert_true(rv_json_opt_chars(j, "a", four, sizeof four, &err));
	assert_string_equal(four, "abc");
	assert_true(rv_json_opt_chars(j, "d", four, sizeof four, &err));
	assert_string_equal(four, "");
	assert_true(rv_json_opt_chars(j, "f", four, sizeof four, &err));
	assert_true(rv_json_opt_chars(j, "none", four, sizeof four, &err));
	assert_false(rv_json_opt_chars(j, "b", four, sizeof four, &err));
	assert_false(rv_json_opt_chars(j, "c", four, sizeof four, &err));
	assert_false(rv_json_opt_chars(j, "e", four, sizeof four, &err));
}

/* What is written again is the same document in the writer's manner. */
static void test_written_again(void **state)
{
	static const char text[] =
	    " {\"a\\\"{\" : [1,-2.5e3 , true,[ ],{}],\"b\":{\"c\":\"x, [\\\\\",\n"
	    "\"d\":null} }\n";
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };

	(void)state;
	rv_jw_json(&w, NULL, rv_text(text));
	rv_grow_u8(&g, 0);
	assert_string_equal(g.buf.p,
			    "{\"a\\\"{\":[1,-2.5e3,true,[],{}],"
			    "\"b\":{\"c\":\"x, [\\\\\",\"d\":null}}\n");
	g.buf.n = 0;
	w = (struct rv_jw){ .to = &g };
	rv_jw_open(&w, NULL, '{');
	rv_jw_json(&w, "n", rv_text("12"));
	rv_jw_json(&w, "o", rv_text("{\"p\":[\"q\"]}\n"));
	rv_jw_json(&w, "r", rv_text("\"s\""));
	rv_jw_close(&w);
	rv_grow_u8(&g, 0);
	assert_string_equal(g.buf.p, "{\n  \"n\": 12,\n  \"o\": {\n"
				     "    \"p\": [\n      \"q\"\n    ]\n  },\n"
				     "  \"r\": \"s\"\n}\n");
	/* What is no JSON ends, whatever it is. */
	g.buf.n = 0;
	w = (struct rv_jw){ .to = &g };
	rv_jw_json(&w, NULL, rv_text("{\"a\\"));
	rv_jw_json(&w, NULL, rv_text("]]"));
	assert_true(g.failed);
}

/* What lies behind the text is not looked at, not even blanks. */
static void objects_end(void **state)
{
	static const char text[] = " { \"a\" : [1, {\"b\": 2}] , \"c\":3 } \t}";
	const size_t n = sizeof text - 1 - 1; /* without the last brace */
	struct rv_json_member m[] = { { .key = "a" }, { .key = "c" } };
	struct rv_err err;

	(void)state;
	for (size_t i = 0; i <= n; i++) {
		bool whole = i >= n - 2; /* the object, and blanks behind */

		err = (struct rv_err){ 0 };
		assert_int_equal(
		    rv_json_members(rv_span(text, i), m, RV_LEN(m), &err),
		    whole);
		if (!whole)
			assert_int_equal(err.code, RV_INPUT);
	}
	assert_true(rv_same_text(m[0].value, "[1, {\"b\": 2}]"));
	assert_true(rv_same_text(m[1].value, "3"));
	assert_false(rv_json_members(rv_text(text), m, RV_LEN(m), &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nul_bytes),
		cmocka_unit_test(test_not_json),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_chars),
		cmocka_unit_test(test_written_again),
		cmocka_unit_test(objects_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
