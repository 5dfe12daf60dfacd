/* SPDX-License-Identifier: Apache-2.0 */
/*
 * smbios.c - the structures against those of real QEMUs, the digest against
 * those of real machines. Run in the top folder, as `make check` does.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "base.h"
#include "digest.h"
#include "fail_digest.h"
#include "json.h"
#include "measure/smbios_search.h"

#include <refval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FOLDER "tests/vectors/smbios/"

enum { FILE_MAX = 1 << 20, TEXT_MAX = 64, TEXTS = 32, QEMU_SHAPES = 15 };

/* Texts with their NUL. */
struct texts {
	char text[TEXTS][TEXT_MAX];
	size_t n;
};

static const char *text(struct texts *t, const rv_json *j)
{
	struct rv_span s = rv_json_text(j);
	char *to = t->text[t->n++];

	if (!j)
		return NULL;
	assert_true(t->n <= TEXTS && s.n < TEXT_MAX);
	snprintf(to, TEXT_MAX, "%.*s", (int)s.n, (const char *)s.p);
	return to;
}

static uint64_t number(const rv_json *j, uint64_t otherwise)
{
	uint64_t v = otherwise;

	assert_true(!j || rv_json_uint(j, INT64_MAX, &v));
	return v;
}

static const char *const keys[RV_SMBIOS_OPTIONS][RV_SMBIOS_TEXTS] = {
	{ "vendor", "version", "date" },
	{ "manufacturer", "product", "version", "serial", "sku", "family" },
	{ "manufacturer", "product", "version", "serial", "asset", "location" },
	{ "manufacturer", "version", "serial", "asset", "sku" },
};

static void read_options(const rv_json *j, struct texts *t,
			 struct rv_smbios *out)
{
	const rv_json *all = rv_json_get(j, "smbios");

	for (unsigned i = 0; i < RV_SMBIOS_OPTIONS; i++) {
		char type[2] = { (char)('0' + i), '\0' };
		const rv_json *o = rv_json_get(all, type);

		if (!o)
			continue;
		out->given[i] = true;
		for (size_t k = 0; k < RV_SMBIOS_TEXTS && keys[i][k]; k++)
			out->text[i][k] = text(t, rv_json_get(o, keys[i][k]));
		if (i == 0 && rv_json_get(o, "release"))
			assert_int_equal(
			    sscanf(text(t, rv_json_get(o, "release")), "%u.%u",
				   &out->bios_major, &out->bios_minor),
			    2);
	}
}

static void read_shape(const rv_json *j, struct texts *t, struct rv_smbios *out)
{
	const rv_json *qemu = rv_json_get(j, "qemu");
	const rv_json *type0 = rv_json_get(j, "type0");

	*out = (struct rv_smbios){
		.qemu = { (unsigned)number(rv_json_at(qemu, 0), 0),
			  (unsigned)number(rv_json_at(qemu, 1), 0), 0 },
		.memory = number(rv_json_get(j, "memory"), 0),
		.cpus = (uint32_t)number(rv_json_get(j, "cpus"), 0),
		.sockets = (uint32_t)number(rv_json_get(j, "sockets"), 1),
		.threads = (uint32_t)number(rv_json_get(j, "threads"), 1),
		.eax = (uint32_t)number(rv_json_get(j, "eax"), 0),
		.edx = (uint32_t)number(rv_json_get(j, "edx"), 0),
	};
	assert_int_equal(sscanf(text(t, rv_json_get(j, "machine")),
				"pc-q35-%u.%u", &out->machine.major,
				&out->machine.minor),
			 2);
	read_options(j, t, out);
	for (size_t i = 0; i < 3; i++)
		out->firmware[i] = text(t, rv_json_at(type0, i));
}

static void load(const char *path, struct rv_buf *file, rv_json **j)
{
	struct rv_err err = { 0 };

	assert_true(rv_buf_read(path, FILE_MAX, file, &err));
	assert_true(rv_json_parse(rv_buf_span(file), path, j, &err));
}

static void as_qemu_writes_it(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	(void)state;
	load(FOLDER "qemu.json", &file, &j);
	assert_int_equal(rv_json_size(j), QEMU_SHAPES);
	for (size_t i = 0; i < rv_json_size(j); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf table = { 0 };
		const rv_json *v = rv_json_at(j, i);
		struct texts texts = { .n = 0 };
		struct rv_sha384 want, got;
		struct rv_smbios s;
		struct rv_err err = { 0 };

		read_shape(rv_json_get(v, "shape"), &texts, &s);
		assert_true(
		    rv_json_need_hex(v, "table", want.b, sizeof want.b, &err));
		assert_true(rv_smbios_table(&s, false, &table, &err));
		assert_int_equal(table.n, number(rv_json_get(v, "length"), 0));
		assert_true(rv_sha384(rv_buf_span(&table), &got, &err));
		assert_memory_equal(&want, &got, sizeof want);
	}
}

static void as_machines_measured_it(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	(void)state;
	load(FOLDER "captured.json", &file, &j);
	assert_int_equal(rv_json_size(j), 2);
	for (size_t i = 0; i < rv_json_size(j); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf table = { 0 };
		const rv_json *v = rv_json_at(j, i);
		struct rv_span want = rv_json_text(rv_json_get(v, "digest"));
		struct texts texts = { .n = 0 };
		struct rv_sha384 digest;
		struct rv_smbios s;
		struct rv_err err = { 0 };
		char hex[2 * sizeof digest.b + 1], *all;

		read_shape(rv_json_get(v, "shape"), &texts, &s);
		assert_true(rv_smbios_digest(&s, &digest, &err));
		rv_hex(rv_span(digest.b, sizeof digest.b), hex);
		assert_true(want.n >= 16);
		assert_memory_equal(hex, want.p, want.n);
		if (rv_json_is_null(rv_json_get(v, "table")))
			continue;
		assert_true(rv_smbios_table(&s, true, &table, &err));
		all = malloc(2 * table.n + 1);
		assert_non_null(all);
		rv_hex(rv_buf_span(&table), all);
		assert_true(
		    rv_same_text(rv_json_text(rv_json_get(v, "table")), all));
		free(all);
	}
}

static struct rv_smbios plain(void)
{
	return (struct rv_smbios){
		.qemu = { 10, 2, 1 },
		.memory = (uint64_t)64 << 30,
		.cpus = 8,
		.eax = 0x806f8,
		.edx = 0x2fabfbff,
		.firmware = { "EDK II", "unknown", "02/02/2022" },
	};
}

/* The counts of processors are blanked: any number gives the same. */
static void cpus_do_not_matter(void **state)
{
	struct rv_smbios s = plain();
	struct rv_sha384 one, other;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_smbios_digest(&s, &one, &err));
	for (s.cpus = 1; s.cpus <= 255; s.cpus *= 3) {
		assert_true(rv_smbios_digest(&s, &other, &err));
		assert_memory_equal(&one, &other, sizeof one);
	}
	s.cpus = 256; /* beyond the old entry point: another structure */
	assert_true(rv_smbios_digest(&s, &other, &err));
	assert_memory_not_equal(&one, &other, sizeof one);
}

/* Each fact that is measured changes the digest. */
static void facts_matter(void **state)
{
	struct rv_sha384 was, now;
	struct rv_err err = { 0 };

	(void)state;
	for (int k = 0; k < 9; k++) {
		struct rv_smbios s = plain();

		assert_true(rv_smbios_digest(&s, &was, &err));
		if (k == 0)
			s.eax++;
		else if (k == 1)
			s.edx ^= 1u << 28;
		else if (k == 2)
			s.memory += (uint64_t)1 << 30;
		else if (k == 3)
			s.qemu.minor = 1;
		else if (k == 4)
			s.given[1] = true, s.text[1][0] = "dstack";
		else if (k == 5)
			s.firmware[0] = "EDK I";
		else if (k == 6)
			s.firmware[1] = "1";
		else if (k == 7)
			s.firmware[2] = "02/02/2023";
		else
			s.machine = (struct rv_qemu){ 9, 0, 0 };
		assert_true(rv_smbios_digest(&s, &now, &err));
		assert_memory_not_equal(&was, &now, sizeof was);
	}
}

static void refused(struct rv_smbios s, const char *why)
{
	struct rv_sha384 d;
	struct rv_err err = { 0 };

	assert_false(rv_smbios_digest(&s, &d, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_non_null(strstr(err.msg, why));
}

static void what_is_no_machine(void **state)
{
	struct rv_smbios s = plain();

	(void)state;
	s.cpus = 0;
	refused(s, "0 CPUs");
	s = plain();
	s.qemu = (struct rv_qemu){ 7, 2, 0 };
	refused(s, "known from 8.0 to");
	s = plain();
	s.machine = (struct rv_qemu){ 9, 0, 0 };
	s.memory = ((uint64_t)8 << 40) + ((uint64_t)16 << 30);
	refused(s, "memory devices of 16 GiB");
	s = plain();
	s.memory = 0;
	refused(s, "0 bytes of memory");
}

/* What is not a chain of structures. */
static void bad_tables(void **state)
{
	static const char *const bad[] = {
		"",
		"01",
		"0104",
		"01040001",
		"0104000100",
		"0103000100007f0400ff0000",
		"01ff000100007f0400ff0000",
		"017f",
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(bad); i++) {
		struct rv_buf t = { .n = strlen(bad[i]) / 2 };
		struct rv_err err = { 0 };

		t.p = malloc(t.n + 1);
		assert_non_null(t.p);
		assert_true(rv_unhex(rv_text(bad[i]), t.p, t.n));
		assert_false(rv_smbios_filter(&t, &err));
		assert_int_equal(err.code, RV_INPUT);
		free(t.p);
	}
}

/* That a search could not be made is not that it found nothing. */
static void no_digest(void **state)
{
	const struct rv_qemu qemu = { 9, 2, 1 };
	const struct rv_shape shape = { .cpus = 1,
					.memory = (uint64_t)2 << 30 };
	const struct rv_bios bios = { 0 };
	const struct rv_smbios_asked asked = { .shape = &shape,
					       .versions = { &qemu, 1 },
					       .bios = &bios };
	const struct rv_sha384 event = { { 1 } };

	(void)state;
	for (size_t n = 1; n <= 3; n++) {
		struct rv_smbios_found found;
		struct rv_err err = { 0 };

		failing_digest = n;
		assert_false(rv_smbios_search(&asked, &event, &found, &err));
		assert_int_equal(failing_digest, 0);
		assert_int_equal(err.code, RV_SYSTEM);
		assert_false(found.found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_qemu_writes_it),
		cmocka_unit_test(as_machines_measured_it),
		cmocka_unit_test(cpus_do_not_matter),
		cmocka_unit_test(facts_matter),
		cmocka_unit_test(what_is_no_machine),
		cmocka_unit_test(bad_tables),
		cmocka_unit_test(no_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
