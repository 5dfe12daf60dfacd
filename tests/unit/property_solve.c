/* SPDX-License-Identifier: Apache-2.0 */
/*
 * property_solve.c - random machines: whatever rv_measure() says that one logs,
 * rv_solve() finds that machine again, with the log and from RTMR0 alone.
 */
#include "random.h"

#include "base.h"
#include "qemu.h"
#include <refval.h>

#include "made_up.h"

#define MiB ((uint64_t)1 << 20)

/* Something that the solver searches for, and dstack starts. */
static struct rv_shape random_shape(void)
{
	struct rv_shape s = rv_shape_default();

	s.cpus = 1 + (uint32_t)rnd(rnd_once(4) ? 1000 : 96);
	s.memory =
	    rnd_once(4) ? (1024 + rnd(64512)) * MiB : (1 + rnd(512)) * GiB;
	s.qemu = rv_qemu_row(rnd(rv_qemu_rows()))->shown;
	s.nics = 1 + (uint32_t)rnd(2);
	s.volumes = (uint32_t)rnd(3);
	s.hotplug_off = rnd_once(3);
	s.swtpm = rnd_once(3);
	s.hugepages = s.memory % GiB == 0 && rnd_once(4);
	if (rnd_once(3))
		s.pci_hole64 = GiB << (10 + rnd(8));
	if (rnd_once(3)) {
		const struct rv_gpu_model *m = rv_gpu_model("H200");

		s.gpus = s.hugepages ? 1u << rnd(4) : 1 + (uint32_t)rnd(8);
		memcpy(s.gpu_bar, m->bar, sizeof s.gpu_bar);
		s.gpu_bars = m->bars;
	}
	return s;
}

static void solved(const struct rv_shape *shape,
		   const struct rv_solve_input *in)
{
	RV_AUTO(rv_free) struct rv_solution *s = calloc(1, sizeof *s);
	struct rv_err err = { 0 };
	bool found = false;

	assert_non_null(s);
	if (!rv_solve(in, s, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < s->n; i++)
		found = found || is_shape(&s->found[i].shape, shape);
	if (!found) {
		RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

		assert_true(rv_shape_write(shape, &text, &err));
		fail_msg("%zu found; %s; %s; %s", s->n, s->why, s->searched,
			 (char *)text.p);
	}
	assert_string_equal(s->reg[1].name, "rtmr0");
	assert_int_not_equal(s->reg[1].state, RV_DISAGREES);
}

static void by_log(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 4)) {
		RV_AUTO(rv_log_free) struct rv_log log = { 0 };
		struct rv_shape shape = random_shape();
		struct rv_solve_input in;

		make_up(&shape, &log, &in);
		solved(&shape, &in);
	}
}

/* Without a log, given what makes the search short. */
static void by_register(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 4)) {
		RV_AUTO(rv_log_free) struct rv_log log = { 0 };
		struct rv_shape shape = random_shape();
		struct rv_solve_input in;

		make_up(&shape, &log, &in);
		/* Of these the usual ones only are searched for. */
		if (shape.hugepages || shape.gpus)
			continue;
		in.log = NULL;
		in.given = shape;
		in.given.given = RV_GIVEN_MEMORY | RV_GIVEN_VOLUMES |
				 RV_GIVEN_NICS | RV_GIVEN_PCI_HOLE64 |
				 RV_GIVEN_SWTPM | RV_GIVEN_CPUS | RV_GIVEN_GPUS;
		solved(&shape, &in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		property(by_log),
		property(by_register),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
