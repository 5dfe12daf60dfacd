/* SPDX-License-Identifier: Apache-2.0 */
/*
 * release.c - the records of images/releases: each is read strictly, and what
 * it says of its registers agrees with what refval predicts from its parts.
 * Runs in the top folder of the source tree.
 */
#include <refval.h>

#include "base.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char folder[] = "images/releases";

static void read_record(const char *name, struct rv_release *out)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_err err = { 0 };
	char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (!rv_buf_read(path, 1 << 20, &text, &err) ||
	    !rv_release_read(rv_buf_span(&text), out, &err))
		fail_msg("%s: %s", path, err.msg);
}

/* A captured machine's RTMR0 is what its shape and the firmware give. */
static size_t check_shapes(const struct rv_release *r)
{
	struct rv_values *v = calloc(1, sizeof *v);
	size_t n = 0;

	for (size_t i = 0; i < r->shapes; i++) {
		struct rv_shape s = r->shape[i].shape;
		struct rv_acpi_digests acpi;
		struct rv_err err = { 0 };

		rv_release_shape(r, &s);
		assert_true(rv_shape_resolve(&s, &err));
		/* A GPU machine needs facts that its record does not have. */
		if (!rv_acpi_digests(&s, &acpi, NULL, &err))
			continue;
		assert_true(rv_release_values(r, &s, &acpi, NULL, v, &err));
		assert_true(v->reg[0].known);
		assert_memory_equal(v->reg[0].value.b,
				    r->shape[i].rtmr0.value.b, 48);
		/* Events are there only where the prediction agreed. */
		if (r->kernel.known && r->two_pass.known && v->reg[0].n == 0)
			fail_msg("%s: shape %zu: predicted otherwise", r->name,
				 i);
		n += v->reg[0].n > 0;
	}
	free(v);
	return n;
}

/* RTMR1 and RTMR2 follow from the recorded events. */
static size_t check_events(const struct rv_release *r)
{
	struct rv_values *v = calloc(1, sizeof *v);
	struct rv_shape s = rv_shape_default();
	struct rv_err err = { 0 };
	size_t n = 0;

	s.cpus = 2;
	s.memory = (uint64_t)4 << 30;
	assert_true(rv_qemu_parse("8.2.2", &s.qemu, &err));
	assert_true(rv_shape_resolve(&s, &err));
	assert_true(rv_release_values(r, &s, NULL, NULL, v, &err));
	if (r->kernel.known && r->single_pass.known && r->two_pass.known)
		for (int i = 1; i < 3; i++) {
			if (v->reg[i].n == 0)
				fail_msg("%s: rtmr%d: predicted otherwise",
					 r->name, i);
			n++;
		}
	free(v);
	return n;
}

static void every_record_agrees_with_itself(void **state)
{
	DIR *d = opendir(folder);
	size_t records = 0, shapes = 0, registers = 0;

	(void)state;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));) {
		RV_AUTO(rv_release_free) struct rv_release r = { 0 };

		if (!strstr(e->d_name, ".json"))
			continue;
		read_record(e->d_name, &r);
		records++;
		shapes += check_shapes(&r);
		registers += check_events(&r);
	}
	closedir(d);
	print_message("# %zu records, %zu captured shapes and %zu registers "
		      "predicted\n",
		      records, shapes, registers);
	assert_true(records >= 78);
	assert_true(shapes >= 10);
	assert_true(registers >= 8);
}

static void refused(const char *json, const char *why)
{
	RV_AUTO(rv_release_free) struct rv_release r = { 0 };
	struct rv_err err = { 0 };

	assert_false(rv_release_read(rv_text(json), &r, &err));
	assert_int_equal(err.code, RV_INPUT);
	if (!strstr(err.msg, why))
		fail_msg("%s: no word of %s", err.msg, why);
}

#define HEAD                                                                    \
	"{\"schema\":\"refval.release/1\",\"name\":\"x\",\"version\":\"0.5.8\"" \
	",\"flavour\":\"prod\",\"rootfs\":\"verity\""

static void what_is_not_a_record_is_refused(void **state)
{
	(void)state;
	refused("", "JSON");
	refused("[]", "not an object");
	refused("{}", "schema: missing");
	refused("{\"schema\":\"refval.values/1\"}", "schema");
	refused(HEAD ",\"rtmr3\":{}}", "unknown member rtmr3");
	refused(HEAD ",\"rtmr2\":{\"value\":\"00\"}}", "rtmr2");
	refused(HEAD ",\"mrtd\":{\"three_pass\":{}}}", "three_pass");
	refused(HEAD ",\"os_image_hash\":{\"value\":\"zz\",\"from\":"
		     "\"published\",\"source\":\"x\"}}",
		"os_image_hash");
	refused(HEAD ",\"files\":[{\"name\":\"a\"}]}", "sha256");
	refused(HEAD ",\"rtmr0\":[{\"vm_config\":\"\"}]}", "vm_config");
	refused(HEAD ",\"firmware\":{\"td_hob\":\"0\"}}", "td_hob");
	refused(HEAD ",\"rootfs\":\"iso\"}", "duplicate");
}

static void a_value_needs_its_provenance(void **state)
{
	char json[1024];
	char hex[97];

	(void)state;
	memset(hex, 'a', 96);
	hex[96] = '\0';
	snprintf(json, sizeof json, HEAD ",\"rtmr2\":{\"value\":\"%s\"}}", hex);
	refused(json, "from: missing");
	snprintf(json, sizeof json,
		 HEAD ",\"rtmr2\":{\"value\":\"%s\",\"from\":\"a friend\","
		      "\"source\":\"x\"}}",
		 hex);
	refused(json, "unknown provenance");
	snprintf(json, sizeof json,
		 HEAD ",\"rtmr2\":{\"value\":\"%s\",\"from\":\"published\"}}",
		 hex);
	refused(json, "source: missing");
}

/*
 * QEMU 10.0 and 10.1 hand the kernel over twice, and which one is measured the
 * firmware decides: a record's RTMR1, of a patched header, is not that of
 * firmware since edk2 202502. From 10.2 on it never is.
 */
static void rtmr1_is_of_a_patched_kernel(void **state)
{
	static const struct {
		const char *version, *qemu, *why; /* NULL: the record's value */
	} row[] = {
		{ "0.5.8", "8.2.2", NULL },
		{ "0.5.8", "10.0.13", NULL },
		{ "0.5.8", "10.1.0", NULL },
		{ "0.5.8", "10.2.0", "for a QEMU before 10.2" },
		{ "0.5.11", "9.2.1", NULL },
		{ "0.5.11", "10.0.13", "reads the kernel as it is" },
		{ "0.5.11", "10.1.0", "reads the kernel as it is" },
		{ "0.5.11", "10.2.0", "for a QEMU before 10.2" },
	};
	RV_AUTO(rv_release_free) struct rv_release r = { 0 };
	RV_AUTO(rv_free) struct rv_values *v = calloc(1, sizeof *v);

	(void)state;
	assert_non_null(v);
	read_record("dstack-dev-0.5.8.json", &r);
	for (size_t k = 0; k < 2 * RV_LEN(row); k++) {
		size_t i = k / 2;
		struct rv_shape s = rv_shape_default();
		struct rv_err err = { 0 };

		s.cpus = 2;
		s.memory = (uint64_t)4 << 30;
		/* Where the parts are there too, the prediction says why. */
		r.kernel.known = k % 2;
		snprintf(r.version, sizeof r.version, "%s", row[i].version);
		assert_true(rv_qemu_parse(row[i].qemu, &s.qemu, &err));
		assert_true(rv_shape_resolve(&s, &err));
		assert_true(rv_release_values(&r, &s, NULL, NULL, v, &err));
		assert_int_equal(v->reg[1].known, !row[i].why);
		if (!row[i].why)
			assert_memory_equal(v->reg[1].value.b, r.rtmr1.value.b,
					    48);
		else if (!strstr(v->reg[1].why, r.kernel.known
						    ? "header patched"
						    : row[i].why))
			fail_msg("%s", v->reg[1].why);
	}
}

/* What is read is written as it was, to the byte: records are reviewed. */
static void a_record_is_written_as_it_was(void **state)
{
	DIR *dir = opendir(folder);
	struct dirent *e;
	size_t n = 0;

	(void)state;
	assert_non_null(dir);
	while ((e = readdir(dir))) {
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 }, out = { 0 };
		RV_AUTO(rv_release_free) struct rv_release r = { 0 };
		struct rv_err err = { 0 };
		char path[512];

		if (!strstr(e->d_name, ".json"))
			continue;
		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		assert_true(rv_buf_read(path, 1 << 20, &text, &err));
		assert_true(rv_release_read(rv_buf_span(&text), &r, &err));
		assert_true(
		    rv_release_write(&r, rv_buf_span(&text), &out, &err));
		if (!rv_same(rv_buf_span(&text), rv_buf_span(&out)))
			fail_msg("%s: %.*s", path, (int)out.n, (char *)out.p);
		n++;
	}
	closedir(dir);
	assert_true(n >= 80);
}

static struct rv_sha256 bytes(uint8_t first)
{
	struct rv_sha256 d;

	for (size_t i = 0; i < sizeof d.b; i++)
		d.b[i] = (uint8_t)(first + i);
	return d;
}

/* The member "platforms" says each of them, and is read back as it was. */
static void platforms_are_written(void **state)
{
	(void)state;
	for (unsigned which = 0; which < 16; which++) {
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
		struct rv_values_platforms p = { 0 }, again = { 0 };
		struct rv_err err = { 0 };

		/* SEV-SNP's launch has rules of its own. */
		if (which & 2)
			continue;
		p.has_tdx = which & 1;
		p.has_gcp = which & 4;
		p.has_aws = which & 8;
		if (p.has_tdx)
			p.tdx = bytes(1);
		if (p.has_gcp) {
			p.gcp = bytes(2);
			p.uki_auth = bytes(3);
		}
		if (p.has_aws) {
			p.aws = bytes(4);
			p.boot_pcr_digest = bytes(5);
		}
		assert_int_equal(rv_platforms_any(&p), which != 0);
		if (!which)
			continue;
		assert_true(rv_platforms_text(&p, &text, &err));
		if (!rv_platforms_read(rv_buf_span(&text), &again, &err))
			fail_msg("%u: %s", which, err.msg);
		assert_memory_equal(&p, &again, sizeof p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_record_agrees_with_itself),
		cmocka_unit_test(a_record_is_written_as_it_was),
		cmocka_unit_test(platforms_are_written),
		cmocka_unit_test(rtmr1_is_of_a_patched_kernel),
		cmocka_unit_test(what_is_not_a_record_is_refused),
		cmocka_unit_test(a_value_needs_its_provenance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
