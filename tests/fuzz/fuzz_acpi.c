/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz_acpi.c - any machine, and any vm_config: blobs or a reason, and what was
 * built can be walked table by table.
 */
// seeds: tests/vectors/acpi/machines/*.json
// seeds: tests/vectors/measure/vm_config/*.json tests/vectors/bad/acpi/*.json
#include "base.h"

#include <refval.h>

#include <stdlib.h>

/* Memory follows the CPUs, and nothing else that is large. */
enum { PER_CPU = 256, BASE = 1 << 18 };

static void check(const struct rv_acpi_machine *m)
{
	RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs b = { 0 };
	struct rv_acpi_table table[RV_ACPI_TABLES_MAX];
	struct rv_err err = { 0 };
	size_t n, ranges = 0;

	if (!rv_acpi_build(m, &b, &err)) {
		if (!err.code || !err.msg[0])
			abort();
		return;
	}
	for (size_t i = 0; i < m->pxbs; i++)
		ranges += m->pxb[i].io.n + m->pxb[i].memory.n +
			  m->pxb[i].prefetch.n + 100;
	if (b.tables.n >
	    BASE + PER_CPU * (size_t)m->cpus + 100 * (m->nodes + ranges))
		abort();
	if (!rv_acpi_tables(rv_buf_span(&b.tables), table, &n, &err) || n < 7)
		abort();
	if (b.rsdp.n != 20 || b.loader.n % 4096)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rv_span in = rv_span(data, size);
	struct rv_err err = { 0 };
	struct rv_acpi_table table[RV_ACPI_TABLES_MAX];
	struct rv_acpi_machine m;
	struct rv_acpi_assumed assumed;
	struct rv_shape shape;
	size_t n;

	if (rv_acpi_machine_read(in, &m, &err)) {
		check(&m);
		rv_acpi_machine_free(&m);
	} else if (!err.code || !err.msg[0]) {
		abort();
	}
	err = (struct rv_err){ 0 };
	if (rv_shape_read(in, &shape, &err) &&
	    rv_acpi_from_shape(&shape, &m, &assumed, &err)) {
		check(&m);
		rv_acpi_machine_free(&m);
	} else if (!err.code || !err.msg[0]) {
		abort();
	}
	err = (struct rv_err){ 0 };
	if (!rv_acpi_tables(in, table, &n, &err) && !err.msg[0])
		abort();
	return 0;
}
