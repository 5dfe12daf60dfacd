/* SPDX-License-Identifier: Apache-2.0 */
/* compose_ref.c - image references: what is one, and its full name. */
#include "base.h"
#include <refval/hash.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define HEX	"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
#define D	"@sha256:" HEX
#define TEN	"aaaaaaaaaa"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static void good(void **state)
{
	static const char *const known[][2] = {
		{ "nginx", "docker.io/library/nginx:latest" },
		{ "nginx:1.27", "docker.io/library/nginx:1.27" },
		{ "a/b" D, "docker.io/a/b" D },
		{ "a/b:1" D, "docker.io/a/b" D },
		{ "docker.io/nginx", "docker.io/library/nginx:latest" },
		{ "index.docker.io/a/b", "docker.io/a/b:latest" },
		{ "localhost/a", "localhost/a:latest" },
		{ "localhost:5000/a/b" D, "localhost:5000/a/b" D },
		{ "[::1]:5000/a", "[::1]:5000/a:latest" },
		{ "ghcr.io/a/b-c__d.e---f", "ghcr.io/a/b-c__d.e---f:latest" },
		{ "Acme/app:1", "Acme/app:1" },
		{ "a:_x.Y-z", "docker.io/library/a:_x.Y-z" },
		{ "a:5000", "docker.io/library/a:5000" },
		{ "a:5000/b", "a:5000/b:latest" },
		{ "a@sha512:" HEX HEX, "docker.io/library/a@sha512:" HEX HEX },
		{ "a:" HUNDRED, "docker.io/library/a:" HUNDRED },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(known); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf name = { 0 };
		struct rv_image_ref ref;
		struct rv_err err = { 0 };

		if (!rv_image_ref_parse(rv_text(known[i][0]), &ref, &err))
			fail_msg("%s: %s", known[i][0], err.msg);
		assert_true(rv_image_ref_name(&ref, &name, &err));
		assert_string_equal((const char *)name.p, known[i][1]);
	}
}

static void bad(void **state)
{
	static const char *const known[] = {
		"",
		"/a",
		"a/",
		"a//b",
		"A",
		"Acme/App:1",
		"a:",
		"a:-x",
		"a:b:c",
		"a@",
		"a@sha256:",
		"a@sha256:2d711642b726b04401627ca9fbac32f5",
		"a@sha256:" HEX "0",
		"a@sha256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAA",
		"a@md5:2d711642b726b04401627ca9fbac32f5",
		"a" D D,
		"a" D ":tag",
		HEX,
		"a b",
		"a\n",
		"-a",
		"a-",
		"a..b",
		"a___b",
		"a._b",
		"a_-b",
		"reg.io:port/a",
		"reg.io:/a",
		".reg.io/a",
		"reg..io/a",
		"-reg.io/a",
		"[::1/a",
		"docker://a",
		"http://reg.io/a",
		"a:" HUNDRED TEN TEN "aaaaaaaaa",
		"r.io/" HUNDRED HUNDRED TEN TEN TEN TEN TEN "aaaaaa",
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(known); i++) {
		struct rv_image_ref ref;
		struct rv_err err = { 0 };

		if (rv_image_ref_parse(rv_text(known[i]), &ref, &err))
			fail_msg("%s was taken", known[i]);
		assert_int_equal(err.code, RV_INPUT);
		assert_true(err.msg[0] != '\0');
	}
}

/* An alias is what its anchor was on: a scalar, a list, a map; or nothing. */
static void aliases(void **state)
{
	static const struct {
		const char *text, *service;
	} row[] = {
		{ "services: {a: {image: &i a/b" D "}, c: {image: *i}}", "c" },
		{ "x-m: &m {image: a/b" D "}\nservices: {c: *m}", "c" },
		{ "x-m: &m {image: a/b" D "}\nservices: {c: {<<: *m}}", "c" },
		{ "x-n: &n c\nservices: {c: {image: a/b" D
		  ", command: &l [x]}, d: {image: a/b" D ", command: *l}}",
		  "d" },
		{ "services: {c: {image: *i}}", NULL },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(rv_audit_free) struct rv_audit a = { 0 };
		const struct rv_compose_image *last;
		struct rv_err err = { 0 };
		bool read = rv_audit_read(rv_text(row[i].text), &a, &err);

		if (!row[i].service) {
			assert_true(!read || a.verdict == RV_INPUT);
			assert_int_equal(a.images, 0);
			continue;
		}
		if (!read || !a.images)
			fail_msg("%s: %s", row[i].text, err.msg);
		last = &a.image[a.images - 1];
		assert_true(rv_same_text(last->service, row[i].service));
		assert_true(rv_same_text(last->written, "a/b" D));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
		cmocka_unit_test(aliases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
