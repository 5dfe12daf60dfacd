/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose_style.c - what the SDKs refuse of an app-compose.json, what they drop
 * from it, and what stands beside either: in one line each.
 */
#include "base.h"
#include <refval/hash.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

struct row {
	const char *in;
	const char *out; /* what it is written as, or */
	const char *why; /* why not */
};

static void each(const char *style, const struct row *row, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		struct rv_err err = { 0 };
		bool ok;

		if (!rv_compose_read(rv_text(row[i].in), &c, &err))
			fail_msg("%s: %s", row[i].in, err.msg);
		ok = rv_compose_write(c, style, &b, &err);
		if (ok ? !row[i].out ||
			     !rv_same_text(rv_buf_span(&b), row[i].out)
		       : err.code != RV_INPUT || !row[i].why ||
			     strcmp(err.msg, row[i].why) != 0)
			fail_msg("%s, %s: %.*s%s", style, row[i].in, (int)b.n,
				 b.n ? (char *)b.p : "", err.msg);
	}
}

/*
 * A name beyond ASCII, a number in another form, and keys that are ordered
 * otherwise as numbers, as bytes and as UTF-16. Those of Python and JavaScript
 * are as json.dumps and JSON.stringify write it.
 */
#define FACE	   "\"\xf0\x9f\x98\x80\""
#define STOP	   "\"\xef\xbd\xa1\""
#define FACE_ASCII "\"\\ud83d\\ude00\""
#define STOP_ASCII "\"\\uff61\""

static const char mixed[] =
    "{\"runner\":\"\xc3\xa9<\",\"b\":1e3,\"7\":\"\"," FACE ":0," STOP ":null}";

static const struct {
	const char *style, *out;
} written[] = {
	{ "js_sdk", "{\"7\":\"\",\"b\":1000,\"runner\":\"\xc3\xa9<\"," FACE
		    ":0," STOP ":null}" },
	{ "js_sdk_normalize",
	  "{\"7\":\"\",\"b\":1000,\"runner\":\"\xc3\xa9<\"," FACE ":0," STOP
	  ":null}" },
	{ "python_sdk",
	  "{\"7\":\"\",\"b\":1000.0,\"runner\":\"\xc3\xa9<\"," FACE ":0}" },
	{ "python_sdk_normalize",
	  "{\"7\":\"\",\"b\":1000.0,\"runner\":\"\xc3\xa9<\"," FACE ":0}" },
	{ "go_sdk_before_fix", "{\"runner\":\"\xc3\xa9\\u003c\"}" },
	{ "go_sdk_before_fix_normalize", "{\"runner\":\"\xc3\xa9\\u003c\"}" },
	{ "vmm-cli.py", "{\n    \"runner\": \"\xc3\xa9<\",\n"
			"    \"b\": 1000.0,\n"
			"    \"7\": \"\",\n"
			"    " FACE ": 0,\n"
			"    " STOP ": null\n}" },
	{ "vmm-cli.py_ascii", "{\n    \"runner\": \"\\u00e9<\",\n"
			      "    \"b\": 1000.0,\n"
			      "    \"7\": \"\",\n"
			      "    " FACE_ASCII ": 0,\n"
			      "    " STOP_ASCII ": null\n}" },
	{ "dstack_cli", "{\n  \"7\": \"\",\n"
			"  \"b\": 1000.0,\n"
			"  \"runner\": \"\xc3\xa9<\",\n"
			"  " STOP ": null,\n"
			"  " FACE ": 0\n}" },
	{ "tutorial_verify.py",
	  "{\"7\":\"\",\"b\":1000.0,\"runner\":\"\\u00e9<\"," STOP_ASCII
	  ":null," FACE_ASCII ":0}" },
	{ "phala_cloud_js", "{\n    \"7\":\"\",\n"
			    "    \"b\":1000,\n"
			    "    \"runner\":\"\xc3\xa9<\",\n"
			    "    " FACE ":0,\n"
			    "    " STOP ":null\n}" },
	{ "phala_cloud_js_normalize", "{\n    \"7\":\"\",\n"
				      "    \"b\":1000,\n"
				      "    \"runner\":\"\xc3\xa9<\",\n"
				      "    " FACE ":0,\n"
				      "    " STOP ":null\n}" },
	{ "rtmr3-calculator",
	  "{\"runner\":\"\\u00e9<\",\"b\":1000.0,\"7\":\"\"," FACE_ASCII
	  ":0," STOP_ASCII ":null,\"docker_config\":{}}" },
	{ "compact", "{\"runner\":\"\xc3\xa9<\",\"b\":1e3,\"7\":\"\"," FACE
		     ":0," STOP ":null}" },
	{ "compact_ascii",
	  "{\"runner\":\"\\u00e9<\",\"b\":1e3,\"7\":\"\"," FACE_ASCII
	  ":0," STOP_ASCII ":null}" },
	{ "js_stringify",
	  "{\"7\":\"\",\"runner\":\"\xc3\xa9<\",\"b\":1000," FACE ":0," STOP
	  ":null}" },
	{ "js_stringify_2", "{\n  \"7\": \"\",\n"
			    "  \"runner\": \"\xc3\xa9<\",\n"
			    "  \"b\": 1000,\n"
			    "  " FACE ": 0,\n"
			    "  " STOP ": null\n}" },
	{ "js_stringify_4", "{\n    \"7\": \"\",\n"
			    "    \"runner\": \"\xc3\xa9<\",\n"
			    "    \"b\": 1000,\n"
			    "    " FACE ": 0,\n"
			    "    " STOP ": null\n}" },
	{ "js_stringify_tab", "{\n\t\"7\": \"\",\n"
			      "\t\"runner\": \"\xc3\xa9<\",\n"
			      "\t\"b\": 1000,\n"
			      "\t" FACE ": 0,\n"
			      "\t" STOP ": null\n}" },
	{ "python_dumps",
	  "{\"runner\": \"\\u00e9<\", \"b\": 1000.0, \"7\": \"\", " FACE_ASCII
	  ": 0, " STOP_ASCII ": null}" },
	{ "python_dumps_sorted",
	  "{\"7\": \"\", \"b\": 1000.0, \"runner\": \"\\u00e9<\", " STOP_ASCII
	  ": null, " FACE_ASCII ": 0}" },
	{ "python_dumps_2", "{\n  \"runner\": \"\\u00e9<\",\n"
			    "  \"b\": 1000.0,\n"
			    "  \"7\": \"\",\n"
			    "  " FACE_ASCII ": 0,\n"
			    "  " STOP_ASCII ": null\n}" },
	{ "python_dumps_2_sorted", "{\n  \"7\": \"\",\n"
				   "  \"b\": 1000.0,\n"
				   "  \"runner\": \"\\u00e9<\",\n"
				   "  " STOP_ASCII ": null,\n"
				   "  " FACE_ASCII ": 0\n}" },
	{ "python_dumps_4_sorted", "{\n    \"7\": \"\",\n"
				   "    \"b\": 1000.0,\n"
				   "    \"runner\": \"\\u00e9<\",\n"
				   "    " STOP_ASCII ": null,\n"
				   "    " FACE_ASCII ": 0\n}" },
	{ "go_marshal",
	  "{\"7\":\"\",\"b\":1000,\"runner\":\"\xc3\xa9\\u003c\"," STOP
	  ":null," FACE ":0}" },
	{ "go_marshal_indent", "{\n  \"7\": \"\",\n"
			       "  \"b\": 1000,\n"
			       "  \"runner\": \"\xc3\xa9\\u003c\",\n"
			       "  " STOP ": null,\n"
			       "  " FACE ": 0\n}" },
	{ "sorted_indent4", "{\n    \"7\": \"\",\n"
			    "    \"b\": 1e3,\n"
			    "    \"runner\": \"\xc3\xa9<\",\n"
			    "    " STOP ": null,\n"
			    "    " FACE ": 0\n}" },
	{ "jcs", "{\"7\":\"\",\"b\":1000,\"runner\":\"\xc3\xa9<\"," FACE
		 ":0," STOP ":null}" },
};

static void each_style(void **state)
{
	size_t n = 0;

	(void)state;
	while (rv_compose_style(n))
		n++;
	assert_int_equal(n, RV_LEN(written));
	for (size_t i = 0; i < n; i++) {
		const struct row row = { mixed, written[i].out, NULL };

		assert_string_equal(rv_compose_style(i)->name,
				    written[i].style);
		each(written[i].style, &row, 1);
	}
}

static void no_style(void **state)
{
	RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
	const struct rv_compose_build how = { .style = "vmm-cli.p" };
	struct rv_buf out = { 0 };
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_compose_read(rv_text(mixed), &c, &err));
	assert_false(rv_compose_write(c, how.style, &out, &err));
	assert_int_equal(err.code, RV_USAGE);
	assert_string_equal(err.msg, "unknown style vmm-cli.p");
	err = (struct rv_err){ 0 };
	assert_false(rv_compose_build(&how, &out, &err));
	assert_int_equal(err.code, RV_USAGE);
	assert_string_equal(err.msg, "unknown style vmm-cli.p");
	assert_null(out.p);
}

/* The object and its list count, too. */
static void how_many_values(void **state)
{
	enum { MOST = 1 << 20 };

	(void)state;
	for (size_t n = MOST - 2; n <= MOST - 1; n++) {
		RV_AUTO(rv_compose_free) struct rv_compose *c = NULL;
		RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
		struct rv_err err = { 0 };
		bool ok;

		rv_grow_text(&g, "{\"runner\":[");
		for (size_t i = 1; i < n; i++)
			rv_grow_text(&g, "0,");
		rv_grow_text(&g, "0]}");
		ok = rv_compose_read(rv_buf_span(&g.buf), &c, &err);
		assert_int_equal(ok, n == MOST - 2);
		assert_true(ok || strstr(err.msg, "more than 1048576 values"));
	}
}

#define RUNNER "the Python SDK needs a runner that is text"
#define RAISES "the Python SDK raises on this "
#define MEMBER "the Python SDK raises on an unknown member of "

static void python(void **state)
{
	static const struct row row[] = {
		{ "{\"runner\":\"\"}", "{\"runner\":\"\"}", NULL },
		{ "{\"name\":\"a\"}", NULL, RUNNER },
		{ "{\"runner\":null}", NULL, RUNNER },
		{ "{\"runner\":1}", NULL, RUNNER },
		{ "{\"runner\":[\"bash\"]}", NULL, RUNNER },
		{ "{\"runner\":\"b\",\"_x\":1,\"x_\":null,\"y_\":2}",
		  "{\"runner\":\"b\",\"y_\":2}", NULL },
		{ "{\"runner\":\"b\",\"x\":1e999,\"y\":1e9}",
		  "{\"runner\":\"b\",\"y\":1000000000.0}", NULL },
		{ "{\"runner\":\"b\",\"docker_config\":\"\"}", NULL,
		  RAISES "docker_config" },
		{ "{\"runner\":\"b\",\"docker_config\":null}", NULL,
		  RAISES "docker_config" },
		{ "{\"runner\":\"b\",\"docker_config\":{\"url\":\"\"}}", NULL,
		  MEMBER "docker_config" },
		{ "{\"runner\":\"b\",\"docker_config\":{\"username\":\"u\","
		  "\"registry\":null,\"token_key\":\"k\"}}",
		  "{\"docker_config\":{\"token_key\":\"k\",\"username\":\"u\"},"
		  "\"runner\":\"b\"}",
		  NULL },
		{ "{\"runner\":\"b\",\"requirements\":[]}", NULL,
		  RAISES "requirements" },
		{ "{\"runner\":\"b\",\"requirements\":{\"os\":1}}", NULL,
		  MEMBER "requirements" },
		{ "{\"runner\":\"b\",\"requirements\":{\"os_version\":1,"
		  "\"platforms\":2,\"tdx_measure_acpi_tables\":3,"
		  "\"launch_token_hash\":4}}",
		  "{\"requirements\":{\"launch_token_hash\":4,\"os_version\":1,"
		  "\"platforms\":2,\"tdx_measure_acpi_tables\":3},"
		  "\"runner\":\"b\"}",
		  NULL },
	};

	(void)state;
	each("python_sdk", row, RV_LEN(row));
}

#define CANNOT "the Go SDK cannot hold this "

static void go(void **state)
{
	static const struct row row[] = {
		{ "{\"name\":\"\",\"other\":1}", "{\"runner\":\"\"}", NULL },
		{ "{\"name\":\"a\",\"runner\":null}",
		  "{\"name\":\"a\",\"runner\":\"\"}", NULL },
		{ "{\"name\":1}", NULL, CANNOT "name" },
		{ "{\"name\":null}", "{\"runner\":\"\"}", NULL },
		{ "{\"runner\":1}", NULL, CANNOT "runner" },
		{ "{\"runner\":\"b\",\"features\":\"kms\"}", NULL,
		  CANNOT "features" },
		{ "{\"runner\":\"b\",\"features\":[1]}", NULL,
		  CANNOT "features" },
		{ "{\"runner\":\"b\",\"features\":[null,\"a\"]}",
		  "{\"features\":[\"\",\"a\"],\"runner\":\"b\"}", NULL },
		{ "{\"runner\":\"b\",\"features\":[]}", "{\"runner\":\"b\"}",
		  NULL },
		{ "{\"runner\":\"b\",\"requirements\":{\"platforms\":[]}}",
		  "{\"requirements\":{\"platforms\":[]},\"runner\":\"b\"}",
		  NULL },
		{ "{\"runner\":\"b\",\"requirements\":{\"platforms\":{}}}",
		  NULL, CANNOT "platforms" },
		{ "{\"runner\":\"b\",\"requirements\":[]}", NULL,
		  CANNOT "requirements" },
		{ "{\"runner\":\"b\",\"docker_config\":\"\"}", NULL,
		  CANNOT "docker_config" },
		{ "{\"runner\":\"b\",\"public_logs\":0}", NULL,
		  CANNOT "public_logs" },
		{ "{\"runner\":\"b\",\"public_logs\":false,"
		  "\"kms_enabled\":true}",
		  "{\"kms_enabled\":true,\"public_logs\":false,"
		  "\"runner\":\"b\"}",
		  NULL },
	};

	(void)state;
	each("go_sdk_before_fix", row, RV_LEN(row));
}

#define BOTH "\"bash_script\":\"s\",\"docker_compose_file\":\"f\",\"runner\":\""

/* What does not run is dropped; Phala's tool does not know all runners. */
static void normalised(void **state)
{
	static const struct {
		const char *style;
		struct row row[5];
	} t[] = {
		{ "js_sdk_normalize",
		  { { "{" BOTH "bash\"}",
		      "{\"bash_script\":\"s\",\"runner\":\"bash\"}", NULL },
		    { "{" BOTH "nerdctl-compose\"}",
		      "{\"docker_compose_file\":\"f\","
		      "\"runner\":\"nerdctl-compose\"}",
		      NULL },
		    { "{" BOTH "none\"}", "{" BOTH "none\"}", NULL },
		    { "{\"pre_launch_script\":0e9,\"runner\":\"\"}",
		      "{\"runner\":\"\"}", NULL },
		    { "{\"pre_launch_script\":[],\"runner\":\"\"}",
		      "{\"pre_launch_script\":[],\"runner\":\"\"}", NULL } } },
		{ "python_sdk_normalize",
		  { { "{" BOTH "docker-compose\"}",
		      "{\"docker_compose_file\":\"f\","
		      "\"runner\":\"docker-compose\"}",
		      NULL },
		    { "{" BOTH "nerdctl-compose\"}",
		      "{\"docker_compose_file\":\"f\","
		      "\"runner\":\"nerdctl-compose\"}",
		      NULL },
		    { "{" BOTH "none\"}", "{" BOTH "none\"}", NULL },
		    { "{\"pre_launch_script\":[],\"runner\":\"\"}",
		      "{\"runner\":\"\"}", NULL },
		    { "{\"pre_launch_script\":\"\"}", NULL, RUNNER } } },
	};

	static const struct row phala[] = {
		{ "{" BOTH "nerdctl-compose\"}",
		  "{\n    \"bash_script\":\"s\",\n"
		  "    \"docker_compose_file\":\"f\",\n"
		  "    \"runner\":\"nerdctl-compose\"\n}",
		  NULL },
		{ "{" BOTH "docker-compose\"}",
		  "{\n    \"docker_compose_file\":\"f\",\n"
		  "    \"runner\":\"docker-compose\"\n}",
		  NULL },
	};

	(void)state;
	each("phala_cloud_js_normalize", phala, RV_LEN(phala));
	for (size_t i = 0; i < RV_LEN(t); i++)
		each(t[i].style, t[i].row, RV_LEN(t[i].row));
}

/* Beyond all doubles, and the last that is not. */
static void infinite(void **state)
{
	static const struct {
		const char *style;
		struct row row[2];
	} t[] = {
		{ "go_marshal",
		  { { "{\"name\":1e309}", NULL,
		      "1e309: no double holds this number" },
		    { "{\"name\":1e308}", "{\"name\":1e+308}", NULL } } },
		{ "dstack_cli",
		  { { "{\"name\":-1e309}", NULL,
		      "-1e309: no double holds this number" },
		    { "{\"name\":-1e308}", "{\n  \"name\": -1e308\n}",
		      NULL } } },
		{ "js_stringify",
		  { { "{\"name\":1e309}", "{\"name\":null}", NULL },
		    { "{\"name\":1e308}", "{\"name\":1e+308}", NULL } } },
		{ "compact",
		  { { "{\"name\":1e309}", "{\"name\":1e309}", NULL },
		    { "{\"name\":1e308}", "{\"name\":1e308}", NULL } } },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++)
		each(t[i].style, t[i].row, RV_LEN(t[i].row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_style),	   cmocka_unit_test(no_style),
		cmocka_unit_test(how_many_values), cmocka_unit_test(infinite),
		cmocka_unit_test(python),	   cmocka_unit_test(go),
		cmocka_unit_test(normalised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
