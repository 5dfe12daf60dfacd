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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(python),
		cmocka_unit_test(go),
		cmocka_unit_test(normalised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
