/* SPDX-License-Identifier: Apache-2.0 */
/* test_tags=slow: not in make check-fast */
/*
 * solve.c - shapes found again: of captured machines with their vm_config
 * hidden, and of machines that we made up. One altered event is named, and no
 * shape fits then.
 */
#include "base.h"

#include <refval.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "made_up.h"

#define REAL "tests/vectors/real/"

struct captured {
	struct rv_evidence evidence;
	struct rv_solve_input in;
};

static void set_register(struct rv_solve_input *in, const char *name,
			 struct rv_span value)
{
	assert_true(rv_mrs_set(&in->reg, name, RV_SHA384, value));
}

static void read_captured(const char *file, struct captured *c)
{
	static const char *const name[] = { "mrtd", "rtmr0", "rtmr1", "rtmr2" };
	struct rv_err err = { 0 };
	struct rv_quote q;
	char path[128];

	snprintf(path, sizeof path, REAL "%s", file);
	memset(c, 0, sizeof *c);
	assert_true(rv_evidence_read_path(path, NULL, &c->evidence, &err));
	assert_true(rv_quote_read(rv_buf_span(&c->evidence.quote), &q, &err));
	for (size_t i = 0; i < RV_LEN(name); i++)
		set_register(&c->in, name[i], rv_quote_field(&q, name[i]));
	c->in.log = &c->evidence.log;
	c->in.given = rv_shape_default();
}

static struct rv_solution *solve(const struct rv_solve_input *in)
{
	struct rv_solution *s = calloc(1, sizeof *s);
	struct rv_err err = { 0 };

	assert_non_null(s);
	if (!rv_solve(in, s, &err))
		fail_msg("%s", err.msg);
	return s;
}

static void expect(const struct rv_solution *s, uint32_t cpus, uint64_t memory,
		   bool iso)
{
	assert_int_equal(s->n, 1);
	assert_false(s->more);
	assert_int_equal(s->found[0].shape.cpus, cpus);
	assert_int_equal(s->found[0].shape.memory, memory);
	assert_int_equal(s->found[0].shape.qemu.major, 8);
	assert_int_equal(s->found[0].shape.pic, RV_TRUE);
	assert_int_equal(s->found[0].shape.edge, RV_TRUE);
	assert_int_equal(s->found[0].shape.root_verity == RV_FALSE, iso);
	assert_int_equal(s->found[0].shape.nics, 1);
	assert_int_equal(s->found[0].shape.volumes, 0);
	assert_int_equal(s->found[0].shape.gpus, 0);
	assert_false(s->found[0].shape.hotplug_off);
	assert_non_null(strstr(s->found[0].same, "8.1.0 to 8.2.8"));
}

static const struct {
	const char *name;
	uint32_t cpus;
	uint64_t memory;
	bool iso;
} machines[] = {
	{ "sim-04x", 1, 2 * GiB, true },
	{ "dev-040-examples", 1, GiB, true },
	{ "near-052-x-ac3607", 8, 64 * GiB, false },
	{ "near-054-dev-070958", 8, 64 * GiB, false },
	{ "near-054-dev-16c8d6", 8, 64 * GiB, false },
	{ "near-054-dev-34d673", 8, 64 * GiB, false },
	{ "near-054-dev-92b7e8", 8, 64 * GiB, false },
	{ "near-054-dev-d0eae8", 8, 64 * GiB, false },
	{ "near-054-dev-df9ebf", 8, 64 * GiB, false },
	{ "near-054-prod-21c9f6", 8, 64 * GiB, false },
	{ "near-057-dev-112ff3", 8, 64 * GiB, false },
	{ "near-058-dev-3e6394", 8, 64 * GiB, false },
	{ "near-058-dev-57921c", 8, 64 * GiB, false },
	{ "near-058-dev-5cb9ca", 8, 64 * GiB, false },
	{ "near-058-dev-aa56b1", 8, 64 * GiB, false },
	{ "near-058-dev-b7ea79", 8, 64 * GiB, false },
	{ "060-lite-getquote-07a2-cbor-v2", 2, 2 * GiB, false },
	{ "060-lite-getquote-7b27", 2, 2 * GiB, false },
	{ "060-lite-getquote-full-payloads", 2, 2 * GiB, false },
	{ "060-lite-getquote-v3", 2, 2 * GiB, false },
	{ "060-ovmf202505-attestation", 8, 16 * GiB, false },
};

static void captured_machines(void **state)
{
	(void)state;
	for (size_t i = 0; i < RV_LEN(machines); i++) {
		RV_AUTO(rv_free) struct rv_solution *s = NULL;
		struct captured c;

		read_captured(machines[i].name, &c);
		s = solve(&c.in);
		print_message("# %s\n", machines[i].name);
		expect(s, machines[i].cpus, machines[i].memory,
		       machines[i].iso);
		assert_true(s->by_log);
		assert_true(s->space >= 200000);
		rv_evidence_free(&c.evidence);
	}
}

static void without_log(void **state)
{
	static const size_t which[] = { 0, 15, 19 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(which); i++) {
		RV_AUTO(rv_free) struct rv_solution *s = NULL;
		struct captured c;

		read_captured(machines[which[i]].name, &c);
		c.in.log = NULL;
		s = solve(&c.in);
		expect(s, machines[which[i]].cpus, machines[which[i]].memory,
		       machines[which[i]].iso);
		assert_false(s->by_log);
		rv_evidence_free(&c.evidence);
	}
}

/* Each event of RTMR0 altered in turn: it is named, alone. */
static void altered_event(void **state)
{
	struct captured c;
	size_t altered = 0;

	(void)state;
	read_captured("near-058-dev-3e6394", &c);
	for (size_t i = 0; i < c.evidence.log.n; i++) {
		RV_AUTO(rv_free) struct rv_solution *s = NULL;
		struct rv_event *e = &c.evidence.log.event[i];

		if (e->imr != 0)
			continue;
		e->digest.b[altered] ^= 0x10;
		s = solve(&c.in);
		e->digest.b[altered] ^= 0x10;
		assert_int_equal(s->n, 0);
		assert_true(s->why[0]);
		for (size_t k = 0; k < s->events; k++)
			assert_int_equal(s->event[k].state ==
					     RV_EVENT_UNEXPLAINED,
					 k == altered);
		assert_true(s->has_nearest);
		assert_int_equal(s->nearest.cpus, 8);
		altered++;
	}
	assert_int_equal(altered, 13);
	rv_evidence_free(&c.evidence);
}

/* The log is as it was, but the quote's register is another one's. */
static void other_register(void **state)
{
	RV_AUTO(rv_free) struct rv_solution *s = NULL;
	struct captured c;

	(void)state;
	read_captured("near-058-dev-3e6394", &c);
	assert_string_equal(c.in.reg.item[1].name, "rtmr0");
	c.in.reg.item[1].b[0] ^= 1;
	s = solve(&c.in);
	assert_int_equal(s->n, 0);
	assert_non_null(strstr(s->why, "do not give the quote's RTMR0"));
	rv_evidence_free(&c.evidence);
}

static void given_facts(void **state)
{
	RV_AUTO(rv_free) struct rv_solution *s = NULL;
	RV_AUTO(rv_free) struct rv_solution *t = NULL;
	struct captured c;

	(void)state;
	read_captured("near-058-dev-3e6394", &c);
	c.in.given.cpus = 4;
	c.in.given.given = RV_GIVEN_CPUS;
	s = solve(&c.in);
	assert_int_equal(s->n, 0);
	c.in.given.cpus = 8;
	c.in.given.qemu = (struct rv_qemu){ 9, 1, 0 };
	c.in.given.given |= RV_GIVEN_QEMU;
	t = solve(&c.in);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->found[0].shape.qemu.major, 9);
	rv_evidence_free(&c.evidence);
}

/* Firmware that measures no processor: one that was given is kept as it is. */
static void given_processor(void **state)
{
	struct captured c;

	(void)state;
	read_captured("near-058-dev-3e6394", &c);
	assert_true(rv_cpu_id_parse("a06d1:2fabfbff", &c.in.given));
	for (int with_log = 0; with_log < 2; with_log++) {
		RV_AUTO(rv_free) struct rv_solution *s = NULL;

		c.in.log = with_log ? &c.evidence.log : NULL;
		s = solve(&c.in);
		expect(s, 8, 64 * GiB, false);
		assert_true(s->found[0].shape.has_cpu_id);
		assert_int_equal(s->found[0].shape.cpu_eax, 0xa06d1);
		assert_int_equal(s->found[0].shape.cpu_edx, 0x2fabfbff);
	}
	rv_evidence_free(&c.evidence);
}

/* Interrupts that were given otherwise are not the machine's. */
static void given_edge(void **state)
{
	static const enum rv_tri edge[] = { RV_UNSET, RV_TRUE, RV_FALSE };
	struct captured c;

	(void)state;
	read_captured("near-058-dev-3e6394", &c);
	for (size_t i = 0; i < 2 * RV_LEN(edge); i++) {
		RV_AUTO(rv_free) struct rv_solution *s = NULL;

		c.in.given.edge = edge[i / 2];
		c.in.log = i % 2 ? &c.evidence.log : NULL;
		s = solve(&c.in);
		if (edge[i / 2] == RV_FALSE)
			assert_int_equal(s->n, 0);
		else
			expect(s, 8, 64 * GiB, false);
	}
	rv_evidence_free(&c.evidence);
}

static void found_again(struct rv_shape shape)
{
	RV_AUTO(rv_free) struct rv_solution *s = NULL;
	RV_AUTO(rv_log_free) struct rv_log log = { 0 };
	struct rv_solve_input in;

	make_up(&shape, &log, &in);
	s = solve(&in);
	if (!s->n)
		fail_msg("%u CPUs, QEMU %u.%u: %s", shape.cpus,
			 shape.qemu.major, shape.qemu.minor, s->why);
	assert_int_equal(s->n, 1);
	assert_true(is_shape(&s->found[0].shape, &shape));
}

static void made_up_machines(void **state)
{
	struct rv_shape s = rv_shape_default();

	(void)state;
	s.cpus = 16;
	s.memory = 64 * GiB;
	s.qemu = (struct rv_qemu){ 9, 2, 1 };
	s.gpus = 1;
	s.hotplug_off = true;
	s.pci_hole64 = 16384 * GiB;
	found_again(s);
	s.gpus = 8;
	s.nvswitches = 4;
	s.cpus = 256;
	s.memory = 2000 * GiB;
	s.qemu = (struct rv_qemu){ 10, 2, 1 };
	found_again(s);
	s = rv_shape_default();
	s.cpus = 3;
	s.memory = 2049 * (GiB / 1024);
	s.qemu = (struct rv_qemu){ 11, 1, 0 };
	s.volumes = 3;
	s.swtpm = true;
	found_again(s);
	s.swtpm = false;
	s.hugepages = true;
	s.memory = 12 * GiB;
	s.qemu = (struct rv_qemu){ 11, 0, 3 };
	found_again(s);
	s.hugepages = false;
	s.cpus = 1000;
	s.volumes = 0;
	found_again(s);
}

static void bars_of(struct rv_shape *s, const char *model)
{
	const struct rv_gpu_model *m = rv_gpu_model(model);

	assert_non_null(m);
	memcpy(s->gpu_bar, m->bar, sizeof s->gpu_bar);
	s->gpu_bars = m->bars;
}

/* GPUs whose windows decide: a small hole, and expanders. */
static void gpu_machines(void **state)
{
	struct rv_shape s = rv_shape_default();

	(void)state;
	s.cpus = 16;
	s.memory = 128 * GiB;
	s.qemu = (struct rv_qemu){ 10, 2, 1 };
	s.gpus = 4;
	bars_of(&s, "H200");
	found_again(s);
	s.hotplug_off = true;
	bars_of(&s, "A30");
	found_again(s);
	s.hugepages = true;
	s.gpus = 8;
	bars_of(&s, "H100");
	found_again(s);
	s.nvswitches = 4;
	s.nvswitch_bar[0] = (struct rv_bar){ 32 << 20, RV_BAR_M64 };
	s.nvswitch_bars = 1;
	found_again(s);
	/* Two nodes, the second one's expander in front, 2 and 1 GPUs. */
	s.gpus = 3;
	s.nvswitches = 0;
	s.numa_nodes = 2;
	s.numa[0] = (struct rv_numa){ 0, 7, 64 * GiB, 7 };
	s.numa[1] = (struct rv_numa){ 8, 15, 64 * GiB, 5 };
	found_again(s);
}

/* Firmware that measures SMBIOS, and how many expanders there are. */
static void gpu_machine_of_202505(void **state)
{
	RV_AUTO(rv_free) struct rv_solution *s = NULL;
	struct rv_shape shape = rv_shape_default();
	struct rv_log log = { 0 };
	struct rv_solve_input in;

	(void)state;
	shape.cpus = 32;
	shape.memory = 256 * GiB;
	shape.qemu = (struct rv_qemu){ 9, 2, 1 };
	shape.ovmf = RV_OVMF_STABLE202505;
	shape.gpus = 8;
	bars_of(&shape, "H100");
	shape.hugepages = true;
	shape.numa_nodes = 2;
	shape.numa[0] = (struct rv_numa){ 0, 15, 128 * GiB, 5 };
	shape.numa[1] = (struct rv_numa){ 16, 31, 128 * GiB, 10 };
	assert_true(rv_cpu_id_parse("a06d1:2fabfbff", &shape));
	snprintf(shape.smbios_product, sizeof shape.smbios_product, "none");
	make_up(&shape, &log, &in);
	assert_int_equal(log.n, 18);
	/* From 9.0 on pages are added in one pass, as this MRTD says. */
	in.given.page_add = RV_PAGE_ADD_SINGLE;
	in.given.given = RV_GIVEN_PAGE_ADD;
	s = solve(&in);
	if (!s->n)
		fail_msg("%s", s->why);
	assert_int_equal(s->n, 1);
	assert_int_equal(s->found[0].shape.numa[1].pxb_bus, 10);
	assert_int_equal(s->found[0].shape.cpu_eax, 0xa06d1);
	assert_string_equal(s->found[0].shape.smbios_product, "none");
	for (size_t i = 0; i < s->events; i++)
		assert_int_equal(s->event[i].state, RV_EVENT_EXPLAINED);
	rv_log_free(&log);
}

/* By the register alone, given the RAM: eight GPUs on two expanders. */
static void expanders_without_log(void **state)
{
	RV_AUTO(rv_free) struct rv_solution *s = NULL;
	struct rv_shape shape = rv_shape_default();
	struct rv_log log = { 0 };
	struct rv_solve_input in;

	(void)state;
	shape.cpus = 64;
	shape.memory = 1024 * GiB;
	shape.qemu = (struct rv_qemu){ 9, 2, 1 };
	shape.gpus = 8;
	shape.nvswitches = 4;
	shape.hugepages = true;
	shape.hotplug_off = true;
	shape.pci_hole64 = 1048576 * GiB;
	shape.numa_nodes = 2;
	shape.numa[0] = (struct rv_numa){ 0, 31, 512 * GiB, 5 };
	shape.numa[1] = (struct rv_numa){ 32, 63, 512 * GiB, 10 };
	bars_of(&shape, "H200");
	shape.nvswitch_bar[0] = (struct rv_bar){ 32 << 20, RV_BAR_M32 };
	shape.nvswitch_bars = 1;
	make_up(&shape, &log, &in);
	in.log = NULL;
	in.given.memory = shape.memory;
	in.given.given = RV_GIVEN_MEMORY;
	s = solve(&in);
	assert_int_equal(s->n, 1);
	assert_int_equal(s->found[0].shape.gpus, 8);
	assert_int_equal(s->found[0].shape.nvswitches, 4);
	assert_int_equal(s->found[0].shape.gpu_bar[1].size, 256 * GiB);
	assert_int_equal(s->found[0].shape.numa[1].pxb_bus, 10);
	rv_log_free(&log);
}

/* The answer does not depend on who searched: found, and not to be found. */
static void threads(void **state)
{
	(void)state;
	for (unsigned altered = 0; altered < 2; altered++) {
		RV_AUTO(rv_free) struct rv_solution *one = NULL;
		struct captured c;

		read_captured("near-058-dev-3e6394", &c);
		c.in.log = NULL;
		c.in.reg.item[1].b[0] ^= (uint8_t)altered;
		c.in.given.given = altered ? RV_GIVEN_CPUS : 0;
		c.in.given.cpus = 8;
		one = solve(&c.in);
		assert_int_equal(one->n, !altered);
		assert_int_equal(one->space, altered ? 63228 : 7667);
		for (c.in.threads = 2; c.in.threads < 8; c.in.threads += 3) {
			RV_AUTO(rv_free) struct rv_solution *s = solve(&c.in);

			assert_int_equal(s->n, one->n);
			assert_int_equal(s->space, one->space);
			assert_int_equal(s->digests, one->digests);
			assert_string_equal(s->found[0].same,
					    one->found[0].same);
		}
		rv_evidence_free(&c.evidence);
	}
}

/* Given facts are searched with, usual or not. */
static void unusual_without_log(void **state)
{
	RV_AUTO(rv_free) struct rv_solution *s = NULL;
	struct rv_shape shape = rv_shape_default();
	struct rv_log log = { 0 };
	struct rv_solve_input in;

	(void)state;
	shape.cpus = 1000;
	shape.memory = 2049 * (GiB / 1024);
	shape.qemu = (struct rv_qemu){ 10, 2, 1 };
	shape.volumes = 11;
	shape.swtpm = true;
	shape.pci_hole64 = 64 * GiB;
	make_up(&shape, &log, &in);
	in.log = NULL;
	in.given = shape;
	in.given.given = RV_GIVEN_CPUS | RV_GIVEN_MEMORY | RV_GIVEN_VOLUMES |
			 RV_GIVEN_SWTPM | RV_GIVEN_PCI_HOLE64;
	s = solve(&in);
	assert_int_equal(s->n, 1);
	assert_int_equal(s->found[0].shape.cpus, shape.cpus);
	assert_int_equal(s->found[0].shape.volumes, shape.volumes);
	assert_int_equal(s->found[0].shape.nics, 1);
	rv_free(&s);
	in.given.cpus = 999;
	s = solve(&in);
	assert_int_equal(s->n, 0);
	assert_true(s->space > 0);
	rv_log_free(&log);
}

/* By the register alone: each size of RAM below 2816 MiB has its own tables. */
static void little_memory_without_log(void **state)
{
	static const uint64_t memory[] = { GiB / 2, GiB, GiB + GiB / 2, 2 * GiB,
					   2 * GiB + GiB / 2 };

	(void)state;
	for (size_t i = 0; i < RV_LEN(memory); i++) {
		RV_AUTO(rv_free) struct rv_solution *s = NULL;
		RV_AUTO(rv_log_free) struct rv_log log = { 0 };
		struct rv_shape shape = rv_shape_default();
		struct rv_solve_input in;

		shape.cpus = 2;
		shape.memory = memory[i];
		shape.qemu = (struct rv_qemu){ 8, 2, 2 };
		make_up(&shape, &log, &in);
		in.log = NULL;
		s = solve(&in);
		assert_int_equal(s->n, 1);
		assert_true(is_shape(&s->found[0].shape, &shape));
	}
}

static void smbios_needs_a_log(void **state)
{
	struct rv_err err = { 0 };
	struct rv_solution *s = calloc(1, sizeof *s);
	struct captured c;

	(void)state;
	assert_non_null(s);
	read_captured("060-ovmf202505-attestation", &c);
	c.in.log = NULL;
	c.in.given.ovmf = RV_OVMF_STABLE202505;
	assert_false(rv_solve(&c.in, s, &err));
	assert_int_equal(err.code, RV_INPUT);
	assert_non_null(strstr(err.msg, "smbios"));
	rv_evidence_free(&c.evidence);
	free(s);
}

/* What the search by a log says of the processor's event. */
static void processor_event(const struct captured *c,
			    struct rv_solve_event *out)
{
	RV_AUTO(rv_free) struct rv_solution *s = solve(&c->in);

	for (size_t i = 0; i < s->events; i++)
		if (strcmp(s->event[i].label, "smbios") == 0) {
			*out = s->event[i];
			return;
		}
	fail_msg("no event of SMBIOS tables");
}

/* Of how many it says that none gives the event. */
static uint64_t none_of(const struct captured *c)
{
	struct rv_solve_event e;
	uint64_t n = 0;

	processor_event(c, &e);
	assert_int_equal(e.state, RV_EVENT_NOT_CHECKED);
	assert_int_equal(sscanf(e.by, "none of %" SCNu64 " processors", &n), 1);
	return n;
}

static void change_events(struct rv_log *log, uint32_t type)
{
	for (size_t i = 0; i < log->n; i++)
		if (log->event[i].imr == 0 && log->event[i].type == type)
			log->event[i].digest.b[47] ^= 1;
}

/*
 * The processor is searched with the QEMUs that have the tables which were
 * found; with all that there are, where no tables were.
 */
static void versions_of_the_processor(void **state)
{
	enum { ACPI = 0xa };
	struct rv_solve_event e;
	struct captured c;
	uint64_t few, all;

	(void)state;
	read_captured("060-ovmf202505-attestation", &c);
	change_events(&c.evidence.log, RV_EV_EFI_HANDOFF_TABLES);
	few = none_of(&c);
	change_events(&c.evidence.log, ACPI);
	all = none_of(&c);
	assert_true(few > 0 && all > few);
	change_events(&c.evidence.log, RV_EV_EFI_HANDOFF_TABLES);
	processor_event(&c, &e);
	assert_int_equal(e.state, RV_EVENT_EXPLAINED);
	assert_string_equal(e.by, "processor 000c06f2:2fabfbff, product "
				  "dstack/dstack, pc-q35-8.2, memory");
	rv_evidence_free(&c.evidence);
}

/* A shape of a vm_config is completed by the log's SMBIOS event. */
static void processor_of_a_log(void **state)
{
	struct rv_shape shape = rv_shape_default();
	struct rv_err err = { 0 };
	struct captured c;
	bool found;

	(void)state;
	read_captured("060-ovmf202505-attestation", &c);
	shape.cpus = 8;
	shape.memory = 32 * GiB;
	shape.qemu = (struct rv_qemu){ 8, 2, 2 };
	/* Of another machine: none gives it, and the shape is as it was. */
	assert_true(rv_solve_processor(&c.in, &shape, &found, &err));
	assert_false(found);
	assert_false(shape.has_cpu_id);
	shape.memory = 16 * GiB;
	shape.qemu.minor = 1;
	assert_true(rv_solve_processor(&c.in, &shape, &found, &err));
	assert_false(found);
	shape.qemu.minor = 2;
	assert_true(rv_solve_processor(&c.in, &shape, &found, &err));
	assert_true(found);
	assert_true(shape.has_cpu_id);
	assert_int_equal(shape.cpu_eax, 0xc06f2);
	assert_int_equal(shape.cpu_edx, 0x2fabfbff);
	assert_string_equal(shape.smbios_product, "dstack/dstack");
	/* Said once, it is not searched for. */
	assert_true(rv_solve_processor(&c.in, &shape, &found, &err));
	assert_false(found);
	shape.has_cpu_id = false;
	snprintf(shape.smbios_product, sizeof shape.smbios_product, "none");
	assert_true(rv_solve_processor(&c.in, &shape, &found, &err));
	assert_false(found);
	rv_evidence_free(&c.evidence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(captured_machines),
		cmocka_unit_test(without_log),
		cmocka_unit_test(altered_event),
		cmocka_unit_test(other_register),
		cmocka_unit_test(given_facts),
		cmocka_unit_test(given_processor),
		cmocka_unit_test(given_edge),
		cmocka_unit_test(made_up_machines),
		cmocka_unit_test(gpu_machines),
		cmocka_unit_test(gpu_machine_of_202505),
		cmocka_unit_test(expanders_without_log),
		cmocka_unit_test(threads),
		cmocka_unit_test(unusual_without_log),
		cmocka_unit_test(little_memory_without_log),
		cmocka_unit_test(smbios_needs_a_log),
		cmocka_unit_test(versions_of_the_processor),
		cmocka_unit_test(processor_of_a_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
