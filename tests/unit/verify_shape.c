/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_shape.c - which machine it is, in words: as its vm_config says, as it
 * was stated, as it was found; and of which shape the quote is where that is
 * another. Runs in the top folder of the source tree.
 */
#include "machine.h"

enum { GIB = 1 << 30 };

/* What a row says: "actual; reason", or "" where there is no such row. */
static void row_of(struct machine *m, struct rv_verifier *v, const char *name,
		   char *out, size_t room)
{
	RV_AUTO(rv_verified_free) struct rv_verified got = { 0 };
	struct rv_err err = { 0 };

	*out = '\0';
	if (!rv_verify(v, &m->in, &got, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < got.report.n; i++) {
		const struct rv_check *c = &got.report.check[i];

		if (strcmp(c->name, name) == 0) {
			assert_int_equal(c->verdict, RV_UNCHECKED);
			snprintf(out, room, "%s; %s",
				 c->actual ? c->actual : "-", c->reason);
		}
	}
}

static struct rv_verifier *start(struct machine *m)
{
	struct rv_verifier_options o = { .records = &records };
	struct rv_verifier *v = NULL;
	struct rv_err err = { 0 };

	machine_load(m);
	m->in.prove = false;
	assert_true(rv_verifier_new(&o, &v, &err));
	return v;
}

static void vm_config(struct machine *m, const char *text)
{
	struct rv_err err = { 0 };

	rv_buf_free(&m->evidence.vm_config);
	if (text)
		assert_true(
		    rv_buf_copy(rv_text(text), &m->evidence.vm_config, &err));
}

#define IS_QUOTE                                                               \
	"8 vCPUs, 64 GiB, QEMU 8.2.2; this quote is from a machine of"         \
	" that shape"

/* Every fact that is not the quote's is named, and no other. */
static void shape_of_the_quote(void **state)
{
	static const struct {
		const char *says; /* of the machine that was stated */
		const char *why;  /* "": its registers are right */
		struct rv_shape s;
	} row[] = {
		{ "8 vCPUs, 64 GiB, QEMU 8.2.2",
		  "",
		  { .cpus = 8, .memory = 64ull * GIB, .nics = 1 } },
		{ "1 vCPU, 64 GiB, QEMU 8.2.2",
		  IS_QUOTE ": vCPUs: 8, not 1",
		  { .cpus = 1, .memory = 64ull * GIB, .nics = 1 } },
		{ "8 vCPUs, 2560 MiB, QEMU 8.2.2",
		  IS_QUOTE ": memory in MiB: 65536, not 2560",
		  { .cpus = 8, .memory = 2560ull << 20, .nics = 1 } },
		{ "2 vCPUs, 64 GiB, QEMU 8.2.2, 2 NICs",
		  IS_QUOTE ": vCPUs: 8, not 2; NICs: 1, not 2",
		  { .cpus = 2, .memory = 64ull * GIB, .nics = 2 } },
		{ "8 vCPUs, 64 GiB, QEMU 8.2.2, 3 volumes",
		  IS_QUOTE ": volumes: 0, not 3",
		  { .cpus = 8,
		    .memory = 64ull * GIB,
		    .nics = 1,
		    .volumes = 3 } },
		{ "8 vCPUs, 64 GiB, QEMU 8.2.2",
		  IS_QUOTE ": hot-plug on, not off",
		  { .cpus = 8,
		    .memory = 64ull * GIB,
		    .nics = 1,
		    .hotplug_off = true } },
		{ "4 vCPUs, 64 GiB, QEMU 8.2.2, 3 volumes",
		  IS_QUOTE ": vCPUs: 8, not 4; volumes: 0, not 3; hot-plug on,"
			   " not off",
		  { .cpus = 4,
		    .memory = 64ull * GIB,
		    .nics = 1,
		    .volumes = 3,
		    .hotplug_off = true } },
	};
	RV_AUTO(machine_free) struct machine m;
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = start(&m);
	char text[2000], want[300];

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		m.shape.cpus = row[i].s.cpus;
		m.shape.memory = row[i].s.memory;
		m.shape.nics = row[i].s.nics;
		m.shape.volumes = row[i].s.volumes;
		m.shape.hotplug_off = row[i].s.hotplug_off;
		m.shape.given = RV_GIVEN_CPUS | RV_GIVEN_MEMORY |
				RV_GIVEN_QEMU | RV_GIVEN_NICS |
				RV_GIVEN_VOLUMES | RV_GIVEN_HOTPLUG_OFF;
		row_of(&m, v, "machine_shape", text, sizeof text);
		snprintf(want, sizeof want, "%s; given", row[i].says);
		assert_string_equal(text, want);
		row_of(&m, v, "quoted_shape", text, sizeof text);
		assert_string_equal(text, row[i].why);
	}
}

/* GPUs are listed as facts of the machine, and missed in the quote's. */
static void gpus(void **state)
{
	RV_AUTO(machine_free) struct machine m;
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = start(&m);
	char text[2000];

	(void)state;
	m.shape.gpus = 2;
	m.shape.given |= RV_GIVEN_GPUS;
	m.shape.gpu_bars = 1;
	m.shape.gpu_bar[0] = (struct rv_bar){ 16ull << 20, RV_BAR_M32 };
	row_of(&m, v, "machine_shape", text, sizeof text);
	assert_string_equal(text, "8 vCPUs, 64 GiB, QEMU 8.2.2, 2 GPUs; given");
	row_of(&m, v, "quoted_shape", text, sizeof text);
	assert_string_equal(text, IS_QUOTE ": GPUs: 0, not 2");
	/* What no vm_config says is kept beside what one says. */
	m.shape.gpus = 0;
	m.shape.gpu_bars = 0;
	m.shape.nvswitches = 1;
	m.shape.nvswitch_bars = 1;
	m.shape.nvswitch_bar[0] = (struct rv_bar){ 32ull << 20, RV_BAR_M64 };
	m.shape.has_cpu_id = true;
	m.shape.cpu_eax = 0xc06f2;
	vm_config(&m, "{\"cpu_count\":8,\"memory_size\":68719476736,"
		      "\"qemu_version\":\"8.2.2\",\"num_nvswitches\":1}");
	row_of(&m, v, "machine_shape", text, sizeof text);
	assert_int_equal(strncmp(text, "8 vCPUs, 64 GiB, QEMU 8.2.2; ", 29), 0);
	row_of(&m, v, "quoted_shape", text, sizeof text);
	assert_int_equal(strncmp(text, IS_QUOTE, strlen(IS_QUOTE)), 0);
}

/* Who said what: the evidence, options by name, a file; and what is open. */
static void who_says(void **state)
{
	static const char *const named[] = { "cpus", "memory" };
	static const struct {
		const char *config, *shape_from, *says;
		uint32_t given;
		bool named;
	} row[] = {
		{ NULL, NULL, "given", 7, false },
		{ NULL, NULL, "given", 7, true },
		{ NULL, "--shape FILE", "given: --shape FILE", 7, false },
		{ "{\"cpu_count\":8,\"memory_size\":68719476736,"
		  "\"qemu_version\":\"8.2.2\"}",
		  NULL, "vm_config in the evidence", 0, false },
		{ "{\"cpu_count\":8,\"memory_size\":68719476736,"
		  "\"qemu_version\":\"8.2.2\",\"new\":1}",
		  NULL,
		  "vm_config in the evidence; unknown in it, and taken for"
		  " harmless: new",
		  0, false },
		{ "{\"cpu_count\":8,\"memory_size\":68719476736,"
		  "\"qemu_version\":\"8.2.2\"}",
		  NULL, "vm_config in the evidence; given: cpus, memory", 7,
		  true },
		{ "{\"cpu_count\":4,\"memory_size\":68719476736,"
		  "\"qemu_version\":\"8.2.2\"}",
		  NULL,
		  "vm_config in the evidence; given: cpus, memory; so cpus 8"
		  " and not 4",
		  7, true },
		{ "{\"cpu_count\":8}", NULL,
		  "vm_config in the evidence; the rest from the recorded machine"
		  " with this RTMR0",
		  0, false },
		{ NULL, NULL, "the recorded machine with this RTMR0", 0,
		  false },
		{ NULL, NULL,
		  "given: cpus, memory; the rest from the recorded machine with"
		  " this RTMR0",
		  RV_GIVEN_CPUS, true },
	};
	RV_AUTO(machine_free) struct machine m;
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = start(&m);
	char text[2000], want[400];
	const struct rv_shape all = m.shape;

	(void)state;
	for (size_t i = 0; i < RV_LEN(row); i++) {
		m.shape = rv_shape_default();
		if (row[i].given == 7)
			m.shape = all;
		else if (row[i].given)
			m.shape.cpus = 8;
		m.shape.given = row[i].given;
		m.in.shape = row[i].given ? &m.shape : NULL;
		m.in.shape_from = row[i].shape_from;
		m.in.fact = named;
		m.in.facts = row[i].named ? 2 : 0;
		vm_config(&m, row[i].config);
		row_of(&m, v, "machine_shape", text, sizeof text);
		snprintf(want, sizeof want, "8 vCPUs, 64 GiB, QEMU 8.2.2; %s",
			 row[i].says);
		assert_string_equal(text, want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shape_of_the_quote),
		cmocka_unit_test(gpus),
		cmocka_unit_test(who_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
