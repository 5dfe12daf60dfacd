/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_identify.c - which record a machine is of, where none is named: by its
 * registers, nearly, by its own word about the image, or not at all. Runs in
 * the top folder of the source tree.
 */
#include "machine.h"

enum { MRTD = 48 + 136, RTMR1 = 48 + 328 + 48, RTMR2 = RTMR1 + 48 };

/* One record, as text. */
static bool one_name(void *arg, struct rv_names *out, struct rv_err *err)
{
	(void)arg;
	return rv_names_add(out, "r1.json", err);
}

static bool one_text(void *arg, const char *name, size_t max,
		     struct rv_buf *out, struct rv_err *err)
{
	(void)name;
	(void)max;
	return rv_buf_copy(rv_text(arg), out, err);
}

/* The row @name of the machine, beside that record; "" where there is none. */
static void row_of(struct machine *m, char *record, const char *name,
		   char out[600])
{
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	RV_AUTO(rv_verified_free) struct rv_verified got = { 0 };
	const struct rv_folder folder = { .name = "made",
					  .arg = record,
					  .list = one_name,
					  .read = one_text };
	struct rv_verifier_options o = { .records = &folder };
	struct rv_err err = { 0 };

	*out = '\0';
	m->in.release = NULL;
	m->in.compose = NULL;
	m->in.prove = false;
	m->in.identify = true;
	if (!rv_verifier_new(&o, &v, &err) || !rv_verify(v, &m->in, &got, &err))
		fail_msg("%s", err.msg);
	assert_int_not_equal(rv_report_code(&got.report), RV_OK);
	for (size_t i = 0; i < got.report.n; i++) {
		const struct rv_check *c = &got.report.check[i];

		if (strcmp(c->name, name) == 0)
			snprintf(out, 600, "%s; %s",
				 c->actual ? c->actual : "-", c->reason);
	}
}

/* The record of the machine itself, called r1. */
static char *own_record(struct rv_buf *b)
{
	static const char name[] = "\"dstack-dev-0.5.8\"";
	struct rv_err err = { 0 };
	char *at;

	assert_true(rv_buf_read("images/releases/dstack-dev-0.5.8.json",
				1 << 20, b, &err));
	at = strstr((char *)b->p, name);
	assert_non_null(at);
	memcpy(at, "\"r1\"", 4);
	memset(at + 4, ' ', sizeof name - 1 - 4);
	return (char *)b->p;
}

static void by_its_registers(void **state)
{
	static const struct {
		size_t at[2]; /* bytes of the quote that are others; 0: none */
		const char *says;
	} t[] = {
		{ { 0, 0 }, "r1; its RTMR1 and RTMR2 (kernel, " },
		{ { RTMR1, 0 }, "is that of r1, but rtmr1 is not" },
		{ { RTMR1 + 47, 0 }, "is that of r1, but rtmr1 is not" },
		{ { MRTD, 0 }, "is that of r1, but mrtd is not" },
		{ { MRTD + 47, RTMR1 },
		  "is that of r1, but mrtd and rtmr1 is not" },
		{ { RTMR2, 0 }, "-; not among the 1 records" },
		{ { RTMR2 + 47, RTMR1 }, "-; not among the 1 records" },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		RV_AUTO(machine_free) struct machine m;
		char text[600];

		machine_load(&m);
		for (size_t k = 0; k < 2; k++)
			if (t[i].at[k])
				m.evidence.quote.p[t[i].at[k]] ^= 1;
		row_of(&m, own_record(&b), "release", text);
		if (!strstr(text, t[i].says))
			fail_msg("%zu: %s", i, text);
	}
}

#define IMAGE "7d47512fda31dc5a7318f72ae1869a3c76323981eea21fc30cafd0f7966864"

/* The guest recorded the hash of its image, in place of its key provider. */
static void says_image(struct rv_log *log)
{
	struct rv_err err = { 0 };

	for (size_t i = 0; i < log->n; i++) {
		struct rv_event *e = &log->event[i];

		if (!e->name || strcmp(e->name, "key-provider") != 0)
			continue;
		free(e->name);
		rv_buf_free(&e->payload);
		assert_true(rv_text_copy(rv_text("os-image-hash"), "name",
					 &e->name, &err) &&
			    rv_unhex_buf(rv_text(IMAGE "00"), "hash",
					 &e->payload, &err));
		return;
	}
	fail_msg("no key-provider");
}

/* A record without registers: RTMR3 says which image, and nothing confirms. */
static void by_its_own_word(void **state)
{
	static const char head[] = "{\"schema\":\"refval.release/1\",\"name\":"
				   "\"r1\",\"version\":\"0.5.10\",\"flavour\":"
				   "\"prod\",\"date\":\"2026-05-08\","
				   "\"tarball\":{\"url\":"
				   "\"https://example.org/i.tar.gz\"},"
				   "\"rootfs\":\"verity\"";
	RV_AUTO(machine_free) struct machine m;
	char record[500], text[600];

	(void)state;
	machine_load(&m);
	says_image(&m.evidence.log);
	snprintf(
	    record, sizeof record,
	    "%s,\"os_image_hash\":{\"value\":\"%s\",\"from\":\"published\",\"source\":\"x\"}}",
	    head, IMAGE "00");
	row_of(&m, record, "release", text);
	assert_string_equal(
	    text, "r1; by its own word: RTMR3 recorded this os_image_hash; the"
		  " record has no registers to confirm it, the image decides:"
		  " https://example.org/i.tar.gz");
	snprintf(
	    record, sizeof record,
	    "%s,\"os_image_hash\":{\"value\":\"%s\",\"from\":\"published\",\"source\":\"x\"}}",
	    head, IMAGE "01");
	row_of(&m, record, "release", text);
	assert_string_equal(text, "-; not among the 1 records");
}

/* What the record gives on the machine that its vm_config says. */
static void by_its_shape(void **state)
{
	static const struct {
		const char *config, *says;
	} t[] = {
		{ "{\"cpu_count\":8,\"memory_size\":68719476736,"
		  "\"qemu_version\":\"8.2.2\"}",
		  "RTMR0 of the quote is what r1 gives" },
		{ "{\"cpu_count\":4,\"memory_size\":68719476736,"
		  "\"qemu_version\":\"8.2.2\"}",
		  "RTMR0 of the quote is not what r1 gives" },
		{ "{\"cpu_count\":8,\"memory_size\":68719476736,"
		  "\"qemu_version\":\"8.2.2\",\"num_gpus\":1}",
		  "what r1 gives as RTMR0 on such a machine is not known: " },
		{ "{\"cpu_count\":8,\"memory_size\":68719476736,"
		  "\"qemu_version\":\"7.0.0\"}",
		  "what r1 gives as RTMR0 on such a machine is not known: " },
	};

	(void)state;
	for (size_t i = 0; i < RV_LEN(t); i++) {
		RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };
		RV_AUTO(machine_free) struct machine m;
		struct rv_err err = { 0 };
		char text[600];

		machine_load(&m);
		m.in.shape = NULL;
		rv_buf_free(&m.evidence.vm_config);
		assert_true(rv_buf_copy(rv_text(t[i].config),
					&m.evidence.vm_config, &err));
		row_of(&m, own_record(&b), "shape_of_rtmr0", text);
		if (!strstr(text, t[i].says))
			fail_msg("%zu: %s", i, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_its_registers),
		cmocka_unit_test(by_its_own_word),
		cmocka_unit_test(by_its_shape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
