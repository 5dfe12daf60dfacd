/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acpi.c - CPU time of generating one shape's blobs beside SHA-384 over the
 * same bytes. usage: acpi CPUS; prints "generating hashing", microseconds, the
 * least of several rounds.
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

int main(int argc, char **argv)
{
	enum { ROUNDS = 3000 };
	struct rv_shape s = rv_shape_default();
	double build = 1e9, hash = 1e9, a, b;
	struct rv_err err = { 0 };

	s.cpus = (uint32_t)atoi(argc > 1 ? argv[1] : "8");
	s.memory = (uint64_t)64 << 30;
	s.qemu = (struct rv_qemu){ 10, 2, 1 };
	for (int i = 0; i < ROUNDS; i++) {
		if (!once(&s, &a, &b, &err)) {
			fprintf(stderr, "%s\n", err.msg);
			return 3;
		}
		build = a < build ? a : build;
		hash = b < hash ? b : hash;
	}
	printf("%.2f %.2f\n", build, hash);
	return 0;
}
