/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels against an implementation of its own: vectors/measure/make-kernel.py
 */
#include "base.h"
#include "measure/kernel.h"
#include "json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

static const char folder[] = "tests/vectors/measure/kernel";

static void read_file(const char *name, const char *end, struct rv_buf *out)
{
	struct rv_err err = { 0 };
	char path[256];

	snprintf(path, sizeof path, "%s/%s%s", folder, name, end);
	if (!rv_buf_read(path, 1 << 24, out, &err))
		fail_msg("%s", err.msg);
}

static void same(const struct rv_sha384 *d, struct rv_span hex)
{
	char text[97];

	rv_hex(rv_span(d->b, sizeof d->b), text);
	assert_int_equal(hex.n, 96);
	assert_memory_equal(text, hex.p, 96);
}

static uint64_t number(const rv_json *j, const char *key)
{
	uint64_t v = 0;

	assert_true(rv_json_uint(rv_json_get(j, key), INT64_MAX, &v));
	return v;
}

static void one(const rv_json *row, size_t *patched)
{
	const rv_json *list = rv_json_get(row, "patched");
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha384 d;

	read_file((const char *)rv_json_text(rv_json_get(row, "name")).p,
		  ".bin", &file);
	if (!rv_authenticode(rv_buf_span(&file), rv_span(NULL, 0), &d, &err))
		fail_msg("%s", err.msg);
	same(&d, rv_json_text(rv_json_get(row, "plain")));
	for (size_t i = 0; i < rv_json_size(list); i++, ++*patched) {
		const rv_json *p = rv_json_at(list, i);

		if (!rv_kernel_patched(
			rv_buf_span(&file), number(p, "initrd"),
			(const char *)rv_json_text(rv_json_get(p, "cmdline")).p,
			number(p, "mib") << 20, &d, &err))
			fail_msg("%s", err.msg);
		same(&d, rv_json_text(rv_json_get(p, "digest")));
	}
}

static void test_kernels(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	RV_AUTO(rv_json_free) rv_json *all = NULL;
	struct rv_err err = { 0 };
	size_t patched = 0;

	(void)state;
	read_file("expected", ".json", &text);
	assert_true(rv_json_parse(rv_buf_span(&text), "expected", &all, &err));
	assert_int_equal(rv_json_size(all), 9);
	for (size_t i = 0; i < rv_json_size(all); i++)
		one(rv_json_at(all, i), &patched);
	assert_int_equal(patched, 81);
}

/* Only the fields that belong to QEMU change, and 0x226 is not one. */
static void test_fields(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct rv_err err = { 0 };
	uint8_t head[RV_SETUP_MAX];
	size_t n = 0;

	(void)state;
	read_file("plain", ".bin", &file);
	assert_true(rv_setup_patch(rv_buf_span(&file), 4097, "x", 2u << 30,
				   head, &n, &err));
	assert_int_equal(n, sizeof head);
	for (size_t i = 0; i < n; i++) {
		bool ours = (i >= 0x210 && i < 0x212) ||
			    (i >= 0x218 && i < 0x220) || i == 0x224 ||
			    i == 0x225 || (i >= 0x228 && i < 0x22c);

		if (!ours)
			assert_int_equal(head[i], file.p[i]);
	}
	assert_int_equal(rv_num(rv_span(head + 0x224, 2)), 0xfe00);
	assert_int_equal(rv_num(rv_span(head + 0x226, 2)), 0xabcd);
	assert_int_equal(rv_num(rv_span(head + 0x218, 4)), 0x7ffd6000);
}

static void test_refused(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct rv_err err = { 0 };
	struct rv_sha384 d;

	(void)state;
	read_file("plain", ".bin", &file);
	assert_false(rv_kernel_patched(rv_buf_span(&file), 3u << 30, "x",
				       4u << 20 << 8, &d, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_string_equal(err.msg, "kernel: an initrd of 3221225472 bytes "
				     "does not fit below 1073577983");
	assert_false(rv_kernel_patched(rv_buf_span(&file), 1, "vga=0x317",
				       2u << 30, &d, &err));
	assert_string_equal(err.msg, "kernel: vga=0x317 in the command line: "
				     "not a decimal number");
	/* Cut anywhere in its headers, it is no kernel. */
	for (size_t n = 0; n < 0x600; n++)
		assert_false(rv_authenticode(rv_span(file.p, n),
					     rv_span(NULL, 0), &d, &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
