/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.c - a machine written as a JSON object: the facts of struct
 * rv_acpi_machine under their names. Absent (or null) is the default, an
 * unknown key is refused: a fact that is not understood may not be dropped.
 */
#include "ranges.h"
#include "tables.h"
#include "json.h"

#include <stdlib.h>

enum {
	PXB_FIELDS = 7,
	NUMA_FIELDS = 3,
};

static const char *const keys[] = {
	"version", "edge",    "pic",	     "smm",
	"cpus",	   "memory",  "endpoints",   "root_ports",
	"hotplug", "hole64",  "mmio64_base", "mmio64_used_end",
	"ecam",	   "pm_base", "numa",	     "pxb",
	"serial",  "tpm",     "oem_id",	     "oem_table_id",
};

static bool known(const char *key)
{
	for (size_t i = 0; i < RV_LEN(keys); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}

static bool only_known_keys(const rv_json *j, struct rv_err *err)
{
	const rv_json *value;
	const char *key;
	void *iter = NULL;

	while (rv_json_next(j, &iter, &key, &value))
		if (!known(key))
			return rv_fail(err, RV_INPUT, "unknown key \"%s\"",
				       key);
	return true;
}

static bool element(const rv_json *array, size_t i, const char *what,
		    uint64_t max, uint64_t *out, struct rv_err *err)
{
	if (rv_json_uint(rv_json_at(array, i), max, out))
		return true;
	return rv_fail(err, RV_INPUT,
		       "%s: not a whole number from 0 to %" PRIu64, what, max);
}

static bool is_array_of(const rv_json *j, size_t n)
{
	return rv_json_is_array(j) && rv_json_size(j) == n;
}

/* [8, 2, 2], or "8.2.2". */
static bool read_version(const rv_json *j, struct rv_qemu *out,
			 struct rv_err *err)
{
	const rv_json *v = rv_json_get(j, "version");
	uint64_t n[3];

	if (!v)
		return rv_fail(err, RV_INPUT, "no \"version\"");
	if (rv_json_is_string(v)) {
		RV_AUTO(rv_free) char *text = NULL;

		return rv_text_copy(rv_json_text(v), "version", &text, err) &&
		       rv_qemu_parse(text, out, err);
	}
	if (!is_array_of(v, RV_LEN(n)))
		return rv_fail(err, RV_INPUT,
			       "version: not an array of three numbers");
	for (size_t i = 0; i < RV_LEN(n); i++)
		if (!element(v, i, "version", 999, &n[i], err))
			return false;
	*out =
	    (struct rv_qemu){ (unsigned)n[0], (unsigned)n[1], (unsigned)n[2] };
	return true;
}

/* An OEM field: text of at most @n characters, padded with NUL bytes. */
static bool read_oem(const rv_json *j, const char *key, char *out, size_t n,
		     struct rv_err *err)
{
	struct rv_span s = { 0 };

	if (!rv_json_opt_text(j, key, &s, err))
		return false;
	if (!s.p)
		return true;
	if (s.n > n)
		return rv_fail(err, RV_INPUT, "%s: more than %zu characters",
			       key, n);
	memset(out, 0, n + 1);
	memcpy(out, s.p, s.n);
	return true;
}

static bool read_u32(const rv_json *j, const char *key, uint32_t *out,
		     struct rv_err *err)
{
	uint64_t v = *out;

	if (!rv_json_opt_uint(j, key, UINT32_MAX, &v, err))
		return false;
	*out = (uint32_t)v;
	return true;
}

/* [[first cpu, last cpu, bytes], ...] */
static bool read_numa(const rv_json *j, struct rv_acpi_machine *m,
		      struct rv_err *err)
{
	const rv_json *list = rv_json_get(j, "numa");

	if (!list || rv_json_is_null(list))
		return true;
	if (!rv_json_is_array(list) || rv_json_size(list) > RV_ACPI_NODES_MAX)
		return rv_fail(err, RV_INPUT, "not an array of at most %d",
			       RV_ACPI_NODES_MAX);
	m->numa = calloc(rv_json_size(list) + 1, sizeof *m->numa);
	if (!m->numa)
		return rv_no_memory(err, "nodes");
	for (; m->nodes < rv_json_size(list); m->nodes++) {
		const rv_json *e = rv_json_at(list, m->nodes);
		uint64_t first, last, bytes;

		if (!is_array_of(e, NUMA_FIELDS))
			return rv_fail(err, RV_INPUT,
				       "node %zu: not an array of %d", m->nodes,
				       NUMA_FIELDS);
		if (!element(e, 0, "first cpu", RV_CPUS_MAX, &first, err) ||
		    !element(e, 1, "last cpu", RV_CPUS_MAX, &last, err) ||
		    !element(e, 2, "bytes", INT64_MAX, &bytes, err))
			return rv_in(err, "node %zu", m->nodes);
		m->numa[m->nodes] = (struct rv_numa){
			.first_cpu = (uint32_t)first,
			.last_cpu = (uint32_t)last,
			.bytes = bytes,
		};
	}
	return true;
}

/* [[first, last], ...] */
static bool read_ranges(const rv_json *list, const char *what,
			struct rv_ranges *out, struct rv_err *err)
{
	if (!rv_json_is_array(list) || rv_json_size(list) > RV_ACPI_RANGES_MAX)
		return rv_fail(err, RV_INPUT, "%s: not an array of at most %d",
			       what, RV_ACPI_RANGES_MAX);
	for (size_t i = 0; i < rv_json_size(list); i++) {
		const rv_json *e = rv_json_at(list, i);
		uint64_t first, last;

		if (!is_array_of(e, 2))
			return rv_fail(err, RV_INPUT,
				       "%s: range %zu: not an array of two",
				       what, i);
		if (!element(e, 0, what, INT64_MAX, &first, err) ||
		    !element(e, 1, what, INT64_MAX, &last, err))
			return false;
		if (!rv_ranges_add(out, first, last))
			return rv_no_memory(err, what);
	}
	return true;
}

/* [devfn, bus, node or null, last bus, io, memory, prefetch] */
static bool read_pxb(const rv_json *e, struct rv_acpi_pxb *out,
		     struct rv_err *err)
{
	uint64_t devfn, bus, node = 0, last;

	if (!is_array_of(e, PXB_FIELDS))
		return rv_fail(err, RV_INPUT, "not an array of %d", PXB_FIELDS);
	out->has_node = !rv_json_is_null(rv_json_at(e, 2));
	if (!element(e, 0, "devfn", 255, &devfn, err) ||
	    !element(e, 1, "bus", 255, &bus, err) ||
	    !element(e, 3, "last bus", 255, &last, err))
		return false;
	if (out->has_node &&
	    !element(e, 2, "node", RV_ACPI_NODES_MAX, &node, err))
		return false;
	out->devfn = (unsigned)devfn;
	out->bus = (unsigned)bus;
	out->last_bus = (unsigned)last;
	out->node = (uint32_t)node;
	return read_ranges(rv_json_at(e, 4), "io", &out->io, err) &&
	       read_ranges(rv_json_at(e, 5), "memory", &out->memory, err) &&
	       read_ranges(rv_json_at(e, 6), "prefetch", &out->prefetch, err);
}

static bool read_pxbs(const rv_json *j, struct rv_acpi_machine *m,
		      struct rv_err *err)
{
	const rv_json *list = rv_json_get(j, "pxb");

	if (!list || rv_json_is_null(list))
		return true;
	if (!rv_json_is_array(list) || rv_json_size(list) > RV_ACPI_PXBS_MAX)
		return rv_fail(err, RV_INPUT, "not an array of at most %d",
			       RV_ACPI_PXBS_MAX);
	m->pxb = calloc(rv_json_size(list) + 1, sizeof *m->pxb);
	if (!m->pxb)
		return rv_no_memory(err, "pxb");
	while (m->pxbs < rv_json_size(list)) {
		struct rv_acpi_pxb *p = &m->pxb[m->pxbs++];

		if (!read_pxb(rv_json_at(list, m->pxbs - 1), p, err))
			return rv_in(err, "entry %zu", m->pxbs - 1);
	}
	return true;
}

static bool read_switches(const rv_json *j, struct rv_acpi_machine *m,
			  struct rv_err *err)
{
	return rv_json_opt_bool(j, "edge", &m->edge, err) &&
	       rv_json_opt_bool(j, "pic", &m->pic, err) &&
	       rv_json_opt_bool(j, "smm", &m->smm, err) &&
	       rv_json_opt_bool(j, "hotplug", &m->hotplug, err) &&
	       rv_json_opt_bool(j, "serial", &m->serial, err) &&
	       rv_json_opt_bool(j, "tpm", &m->tpm, err);
}

static bool read_facts(const rv_json *j, struct rv_acpi_machine *m,
		       struct rv_err *err)
{
	if (!only_known_keys(j, err) || !read_version(j, &m->qemu, err) ||
	    !read_switches(j, m, err))
		return false;
	if (!read_u32(j, "cpus", &m->cpus, err) ||
	    !read_u32(j, "endpoints", &m->endpoints, err) ||
	    !read_u32(j, "root_ports", &m->root_ports, err) ||
	    !read_u32(j, "ecam", &m->ecam, err) ||
	    !read_u32(j, "pm_base", &m->pm_base, err))
		return false;
	if (!rv_json_opt_uint(j, "memory", INT64_MAX, &m->memory, err) ||
	    !rv_json_opt_uint(j, "hole64", INT64_MAX, &m->hole64, err) ||
	    !rv_json_opt_uint(j, "mmio64_base", INT64_MAX, &m->mmio64_base,
			      err) ||
	    !rv_json_opt_uint(j, "mmio64_used_end", INT64_MAX,
			      &m->mmio64_used_end, err))
		return false;
	if (!read_oem(j, "oem_id", m->oem_id, 6, err) ||
	    !read_oem(j, "oem_table_id", m->oem_table_id, 8, err))
		return false;
	return read_numa(j, m, err) || rv_in(err, "numa");
}

bool rv_acpi_machine_read(struct rv_span json, struct rv_acpi_machine *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_acpi_machine_free)
	struct rv_acpi_machine m = rv_acpi_machine_default();
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	if (!rv_json_parse(json, "ACPI machine", &j, err))
		return false;
	if (!rv_json_is_object(j))
		return rv_fail(err, RV_INPUT, "ACPI machine: not an object");
	if (!read_facts(j, &m, err))
		return rv_in(err, "ACPI machine");
	if (!read_pxbs(j, &m, err))
		return rv_in(err, "ACPI machine: pxb");
	if (!rv_acpi_machine_check(&m, err))
		return false;
	*out = RV_TAKE(m);
	return true;
}
