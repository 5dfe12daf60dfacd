/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acpi_vectors.c - every captured machine: the three blobs that QEMU made must
 * be the three blobs that we make. On a difference the first offset is named.
 * Run in the top folder, as `make check` does.
 */
#include "base.h"
#include "json.h"

#include <refval.h>

#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define FOLDER "tests/vectors/acpi/"

enum { FILE_MAX = 8 << 20, NAME_LEN = 16 };

/* The captured blob that has this digest, out of blobs.tar.xz. */
static struct rv_buf captured(const char *digest)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	struct rv_buf b = { 0 };

	archive_read_support_filter_xz(a);
	archive_read_support_format_tar(a);
	assert_int_equal(
	    archive_read_open_filename(a, FOLDER "blobs.tar.xz", 1 << 16), 0);
	while (!b.p && archive_read_next_header(a, &e) == ARCHIVE_OK) {
		if (strncmp(archive_entry_pathname(e), digest, NAME_LEN) != 0)
			continue;
		b.n = (size_t)archive_entry_size(e);
		b.p = malloc(b.n);
		assert_non_null(b.p);
		assert_int_equal(archive_read_data(a, b.p, b.n),
				 (la_ssize_t)b.n);
	}
	archive_read_free(a);
	return b;
}

static void explain(const char *id, const char *blob, const char *want,
		    struct rv_span ours)
{
	struct rv_buf b = captured(want);
	size_t at = 0;

	if (!b.p) {
		print_error("%s: %s differs (no blob was kept)\n", id, blob);
		return;
	}
	while (at < b.n && at < ours.n && b.p[at] == ours.p[at])
		at++;
	print_error("%s: %s: %zu bytes, captured %zu; first difference at "
		    "%#zx\n",
		    id, blob, ours.n, b.n, at);
	rv_buf_free(&b);
}

/* One blob against the digest in @m, if that has one. */
static bool same(const rv_json *m, const char *id, const char *blob,
		 const struct rv_sha384 *got, const struct rv_buf *ours)
{
	struct rv_sha384 want;
	struct rv_err err = { 0 };
	char hex[2 * sizeof want.b + 1];
	bool has;

	assert_true(
	    rv_json_opt_hex(m, blob, &has, want.b, sizeof want.b, &err));
	if (!has || memcmp(&want, got, sizeof want) == 0)
		return true;
	rv_hex(rv_span(want.b, sizeof want.b), hex);
	explain(id, blob, hex, rv_buf_span(ours));
	return false;
}

/* The number of differences of one machine. */
static size_t check_machine(const rv_json *m)
{
	RV_AUTO(rv_acpi_machine_free) struct rv_acpi_machine machine = { 0 };
	RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs b = { 0 };
	struct rv_span id, config;
	struct rv_acpi_digests d;
	struct rv_err err = { 0 };

	assert_true(rv_json_need_text(m, "id", &id, &err));
	assert_true(rv_json_need_text(m, "config", &config, &err));
	if (!rv_acpi_machine_read(config, &machine, &err) ||
	    !rv_acpi_build(&machine, &b, &err) || !rv_acpi_hash(&b, &d, &err)) {
		print_error("%s: %s\n", (const char *)id.p, err.msg);
		return 1;
	}
	return (size_t)!same(m, (const char *)id.p, "loader", &d.loader,
			     &b.loader) +
	       (size_t)!same(m, (const char *)id.p, "rsdp", &d.rsdp, &b.rsdp) +
	       (size_t)!same(m, (const char *)id.p, "tables", &d.tables,
			     &b.tables);
}

static void check_file(const char *path, size_t machines)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err err = { 0 };
	const rv_json *list;
	size_t bad = 0;

	assert_true(rv_buf_read(path, FILE_MAX, &file, &err));
	assert_true(rv_json_parse(rv_buf_span(&file), path, &j, &err));
	list = rv_json_get(j, "machines");
	assert_int_equal(rv_json_size(list), machines);
	for (size_t i = 0; i < machines; i++)
		bad += check_machine(rv_json_at(list, i));
	assert_int_equal(bad, 0);
}

static void qemu_10_0_13(void **state)
{
	(void)state;
	check_file(FOLDER "qemu-10.0.13.json", 121);
}

static void qemu_11_1_3(void **state)
{
	(void)state;
	check_file(FOLDER "qemu-11.1.3.json", 121);
}

static void after_real_firmware(void **state)
{
	(void)state;
	check_file(FOLDER "qemu-10.0.13-ovmf-2025.02.json", 5);
}

static void with_tpm(void **state)
{
	(void)state;
	check_file(FOLDER "qemu-tpm.json", 2);
}

static void templates(void **state)
{
	(void)state;
	check_file(FOLDER "go-dstack-mr-templates.json", 82);
}

static void hardware(void **state)
{
	(void)state;
	check_file(FOLDER "hardware.json", 8);
}

/* RTMR0 of public quotes: the blobs, with the firmware's other events. */
static void check_rtmr0(const rv_json *m)
{
	static const uint8_t sections[2][12] = {
		{ 0x80, 0x10, 9, 4, 0, 6, 9, 2, 11, 2, 0x11, 15 },
		{ 0x80, 0x10, 9, 4, 0, 6, 9, 2, 11, 2, 0x10, 16 },
	};
	RV_AUTO(rv_acpi_machine_free) struct rv_acpi_machine machine = { 0 };
	RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs b = { 0 };
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);
	struct rv_document d = { .version = 3, .ovmf = RV_OVMF_PRE202505 };
	struct rv_acpi_digests acpi;
	struct rv_measure_input in = { .document = &d, .acpi = &acpi };
	struct rv_shape shape = rv_shape_default();
	struct rv_span config, layout;
	struct rv_sha384 want;
	struct rv_err err = { 0 };

	assert_true(rv_json_need_hex(m, "rtmr0", want.b, sizeof want.b, &err));
	assert_true(rv_json_need_text(m, "config", &config, &err));
	assert_true(rv_json_need_text(m, "td_hob", &layout, &err));
	d.td_hob_n = sizeof sections[0];
	memcpy(d.td_hob, sections[rv_same_text(layout, "new")], d.td_hob_n);
	assert_true(rv_acpi_machine_read(config, &machine, &err));
	assert_true(rv_acpi_build(&machine, &b, &err));
	assert_true(rv_acpi_hash(&b, &acpi, &err));
	shape.memory = machine.memory;
	shape.qemu = machine.qemu;
	assert_true(rv_measure(&in, &shape, v, &err));
	assert_true(v->reg[0].known);
	assert_memory_equal(v->reg[0].value.b, want.b, sizeof want.b);
}

static void hardware_rtmr0(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_err err = { 0 };
	const rv_json *list;
	size_t checked = 0;

	(void)state;
	assert_true(rv_buf_read(FOLDER "hardware.json", FILE_MAX, &file, &err));
	assert_true(rv_json_parse(rv_buf_span(&file), "hardware", &j, &err));
	list = rv_json_get(j, "machines");
	for (size_t i = 0; i < rv_json_size(list); i++) {
		if (!rv_json_get(rv_json_at(list, i), "rtmr0"))
			continue;
		check_rtmr0(rv_json_at(list, i));
		checked++;
	}
	assert_int_equal(checked, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_10_0_13),
		cmocka_unit_test(qemu_11_1_3),
		cmocka_unit_test(after_real_firmware),
		cmocka_unit_test(with_tpm),
		cmocka_unit_test(templates),
		cmocka_unit_test(hardware),
		cmocka_unit_test(hardware_rtmr0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
