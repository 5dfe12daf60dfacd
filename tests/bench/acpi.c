/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acpi.c - CPU time of generating one shape's blobs beside SHA-384 over the
 * same bytes. usage: acpi CPUS [gpus]; prints "generating hashing",
 * microseconds, the least of several rounds. With gpus it is a machine of 8
 * GPUs and 4 NVSwitches on 2 nodes, and its SMBIOS structures, too.
 */
#include "base.h"

#include <refval.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static bool once(const struct rv_shape *s, double *build, double *hash,
		 struct rv_err *err)
{
	RV_AUTO(rv_acpi_machine_free) struct rv_acpi_machine m = { 0 };
	RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs b = { 0 };
	struct rv_acpi_assumed assumed;
	struct rv_acpi_digests d;
	double start = now(), built;

	if (!rv_acpi_from_shape(s, &m, &assumed, err) ||
	    !rv_acpi_build(&m, &b, err))
		return false;
	built = now();
	if (!rv_acpi_hash(&b, &d, err))
		return false;
	*hash = now() - built;
	*build = built - start;
	return true;
}

/* H200, as firmware places eight of them on two expanders. */
static void add_gpus(struct rv_shape *s)
{
	const struct rv_gpu_model *m = rv_gpu_model("H200");

	s->gpus = 8;
	s->nvswitches = 4;
	memcpy(s->gpu_bar, m->bar, sizeof s->gpu_bar);
	s->gpu_bars = m->bars;
	s->nvswitch_bar[0] = (struct rv_bar){ 32 << 20, RV_BAR_M64 };
	s->nvswitch_bars = 1;
	s->hugepages = true;
	s->numa_nodes = 2;
	for (uint32_t i = 0; i < 2; i++)
		s->numa[i] = (struct rv_numa){
			.first_cpu = i * s->cpus / 2,
			.last_cpu = (i + 1) * s->cpus / 2 - 1,
			.bytes = s->memory / 2,
			.pxb_bus = (uint8_t)(5 + 5 * i),
		};
}

static bool smbios(const struct rv_shape *s, double *build, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf table = { 0 };
	struct rv_smbios m = {
		.qemu = s->qemu,
		.memory = s->memory,
		.cpus = s->cpus,
		.given = { [1] = true },
		.text = { [1] = { "dstack", "dstack" } },
		.firmware = { "EDK II", "unknown", "02/02/2022" },
	};
	double start = now();

	if (!rv_smbios_table(&m, true, &table, err) ||
	    !rv_smbios_filter(&table, err))
		return false;
	*build += now() - start;
	return true;
}

int main(int argc, char **argv)
{
	enum { ROUNDS = 3000 };
	struct rv_shape s = rv_shape_default();
	double build = 1e9, hash = 1e9, a, b;
	struct rv_err err = { 0 };

	s.cpus = (uint32_t)atoi(argc > 1 ? argv[1] : "8");
	s.memory = (uint64_t)64 << 30;
	s.qemu = (struct rv_qemu){ 10, 2, 1 };
	if (argc > 2)
		add_gpus(&s);
	for (int i = 0; i < ROUNDS; i++) {
		if (!once(&s, &a, &b, &err) ||
		    (argc > 2 && !smbios(&s, &a, &err))) {
			fprintf(stderr, "%s\n", err.msg);
			return 3;
		}
		build = a < build ? a : build;
		hash = b < hash ? b : hash;
	}
	printf("%.2f %.2f\n", build, hash);
	return 0;
}
