/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acpi.c - refval-acpi: the ACPI blobs that QEMU gives a machine of this
 * shape, their digests, and the files themselves.
 */
#include "cmd.h"
#include "folder.h"
#include "out.h"
#include "shape_opts.h"

#include <stdio.h>

enum { SHAPE_MAX = 1 << 20 };

static const char *shape_file, *dir;
static struct rv_shape_opts shape_opts;
static bool json;

/* A machine, its blobs, and what was assumed about it. */
struct subject {
	struct rv_acpi_machine m;
	struct rv_acpi_assumed assumed;
	struct rv_pci_tree pci;	 /* empty: not known */
	struct rv_err pci_error; /* then, why */
	struct rv_acpi_blobs blobs;
	struct rv_acpi_digests digests;
	struct rv_shape_said said;
};

static void subject_free(struct subject *s)
{
	rv_acpi_machine_free(&s->m);
	rv_pci_tree_free(&s->pci);
	rv_acpi_blobs_free(&s->blobs);
	rv_shape_said_free(&s->said);
}

/* ---- the machine ---- */

static bool shape_options_given(void)
{
	static const struct rv_shape_opts none;

	return memcmp(&shape_opts, &none, sizeof none) != 0;
}

/* What a register depends on, and no table; NULL: nothing of it is given. */
static const char *of_no_table(void)
{
	const struct {
		const char *name, *given;
	} row[] = {
		{ "page-add", shape_opts.page_add },
		{ "ovmf", shape_opts.ovmf },
		{ "host-share", shape_opts.host_share },
		{ "cpu-id", shape_opts.cpu_id },
		{ "smbios-product", shape_opts.smbios_product },
		{ "smbios-firmware", shape_opts.smbios_firmware },
	};

	for (size_t i = 0; i < RV_LEN(row); i++)
		if (row[i].given)
			return row[i].name;
	return NULL;
}

static bool read_machine(struct subject *s, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	struct rv_shape shape;

	if (shape_file) {
		snprintf(s->pci_error.msg, sizeof s->pci_error.msg,
			 "--shape states the windows");
		if (shape_options_given())
			return rv_fail(err, RV_USAGE,
				       "--shape says everything: no other"
				       " option of the machine beside it");
		if (!rv_buf_read(shape_file, SHAPE_MAX, &file, err))
			return false;
		return rv_acpi_machine_read(rv_buf_span(&file), &s->m, err) ||
		       rv_in(err, "%s", shape_file);
	}
	if (of_no_table())
		return rv_fail(err, RV_USAGE,
			       "--%s: no ACPI table depends on it",
			       of_no_table());
	if (!shape_opts.vm_config && !shape_opts.cpus)
		return rv_fail(err, RV_USAGE,
			       "a machine is needed: --vm-config FILE, --shape"
			       " FILE, or --cpus, --memory and --qemu");
	if (!rv_shape_from_opts(&shape_opts, &shape, &s->said, err) ||
	    !rv_acpi_from_shape(&shape, &s->m, &s->assumed, err))
		return false;
	/* Where they do not reach the tables, BARs need not be known. */
	if (rv_pci_from_shape(&shape, &s->pci, &s->pci_error) ||
	    s->pci_error.code == RV_INPUT)
		return true;
	*err = s->pci_error;
	return false;
}

/* ---- files ---- */

/* What goes into the folder: the blobs, and each table on its own. */
struct files {
	struct rv_new_file file[RV_ACPI_TABLES_MAX + 4];
	size_t n;
};

static void add_file(struct files *f, const char *name, struct rv_span data)
{
	snprintf(f->file[f->n].name, sizeof f->file[f->n].name, "%s", name);
	f->file[f->n++].data = data;
}

/* Tables as disassemblers want them: dsdt.aml, facp.aml ... */
static bool list_files(const struct rv_acpi_blobs *b, struct files *out,
		       struct rv_err *err)
{
	struct rv_acpi_table table[RV_ACPI_TABLES_MAX];
	size_t n;

	if (!rv_acpi_tables(rv_buf_span(&b->tables), table, &n, err))
		return false;
	add_file(out, "table-loader", rv_buf_span(&b->loader));
	add_file(out, "rsdp", rv_buf_span(&b->rsdp));
	add_file(out, "tables", rv_buf_span(&b->tables));
	if (b->tpm_log.n)
		add_file(out, "tpm-log", rv_buf_span(&b->tpm_log));
	for (size_t i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof name, "%.4s.aml", table[i].signature);
		for (char *c = name; *c; c++)
			*c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
		add_file(out, name, table[i].data);
	}
	return true;
}

static bool write_dir(const struct rv_acpi_blobs *b, struct rv_err *err)
{
	struct files f = { 0 };

	return list_files(b, &f, err) &&
	       rv_folder_fill(dir, "dir", f.file, f.n, err);
}

/* ---- the answer ---- */

static void digest(struct rv_jw *w, const char *key, const struct rv_sha384 *d)
{
	rv_jw_hex(w, key, rv_span(d->b, sizeof d->b));
}

static void write_ranges(struct rv_jw *w, const struct rv_ranges *r)
{
	rv_jw_open(w, NULL, '[');
	for (size_t i = 0; i < r->n; i++) {
		rv_jw_open(w, NULL, '[');
		rv_jw_u64(w, NULL, r->at[i].first);
		rv_jw_u64(w, NULL, r->at[i].last);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void write_topology(struct rv_jw *w, const struct rv_acpi_machine *m)
{
	rv_jw_open(w, "numa", '[');
	for (size_t i = 0; i < m->nodes; i++) {
		rv_jw_open(w, NULL, '[');
		rv_jw_u64(w, NULL, m->numa[i].first_cpu);
		rv_jw_u64(w, NULL, m->numa[i].last_cpu);
		rv_jw_u64(w, NULL, m->numa[i].bytes);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_open(w, "pxb", '[');
	for (size_t i = 0; i < m->pxbs; i++) {
		const struct rv_acpi_pxb *p = &m->pxb[i];

		rv_jw_open(w, NULL, '[');
		rv_jw_u64(w, NULL, p->devfn);
		rv_jw_u64(w, NULL, p->bus);
		if (p->has_node)
			rv_jw_u64(w, NULL, p->node);
		else
			rv_jw_null(w, NULL);
		rv_jw_u64(w, NULL, p->last_bus);
		write_ranges(w, &p->io);
		write_ranges(w, &p->memory);
		write_ranges(w, &p->prefetch);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

/* The machine under the names that --shape reads. */
static void write_machine(struct rv_jw *w, const struct rv_acpi_machine *m)
{
	rv_jw_open(w, "machine", '{');
	rv_jw_open(w, "version", '[');
	rv_jw_u64(w, NULL, m->qemu.major);
	rv_jw_u64(w, NULL, m->qemu.minor);
	rv_jw_u64(w, NULL, m->qemu.micro);
	rv_jw_close(w);
	rv_jw_bool(w, "edge", m->edge);
	rv_jw_bool(w, "pic", m->pic);
	rv_jw_bool(w, "smm", m->smm);
	rv_jw_u64(w, "cpus", m->cpus);
	rv_jw_u64(w, "memory", m->memory);
	rv_jw_u64(w, "endpoints", m->endpoints);
	rv_jw_u64(w, "root_ports", m->root_ports);
	rv_jw_bool(w, "hotplug", m->hotplug);
	rv_jw_u64(w, "hole64", m->hole64);
	rv_jw_u64(w, "mmio64_base", m->mmio64_base);
	rv_jw_u64(w, "mmio64_used_end", m->mmio64_used_end);
	rv_jw_u64(w, "ecam", m->ecam);
	rv_jw_u64(w, "pm_base", m->pm_base);
	write_topology(w, m);
	rv_jw_bool(w, "serial", m->serial);
	rv_jw_bool(w, "tpm", m->tpm);
	rv_jw_str(w, "oem_id", m->oem_id);
	rv_jw_str(w, "oem_table_id", m->oem_table_id);
	rv_jw_close(w);
}

/* ---- BARs and windows ---- */

static void write_window(struct rv_jw *w, const char *key,
			 const struct rv_pci_window *x)
{
	if (!x->last) {
		rv_jw_null(w, key);
		return;
	}
	rv_jw_open(w, key, '[');
	rv_jw_u64(w, NULL, x->first);
	rv_jw_u64(w, NULL, x->last);
	rv_jw_close(w);
}

static void write_bars(struct rv_jw *w, const struct rv_pci_device *d)
{
	rv_jw_open(w, "bars", '[');
	for (size_t i = 0; i < RV_PCI_BARS; i++) {
		if (!d->bar[i].size)
			continue;
		rv_jw_open(w, NULL, '{');
		rv_jw_u64(w, "bar", i);
		rv_jw_str(w, "kind", rv_bar_kind_name(d->bar[i].kind));
		rv_jw_u64(w, "size", d->bar[i].size);
		rv_jw_u64(w, "address", d->address[i]);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void write_device(struct rv_jw *w, const struct rv_pci_device *d)
{
	char at[16];

	snprintf(at, sizeof at, "%02x:%02x.%x", d->bus, d->slot & 31u,
		 d->function & 7u);
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "at", at);
	rv_jw_str(w, "what", d->name);
	write_bars(w, d);
	if (d->is_bridge) {
		rv_jw_u64(w, "secondary", d->secondary);
		rv_jw_u64(w, "subordinate", d->subordinate);
		write_window(w, "io", &d->io);
		write_window(w, "memory", &d->memory);
		write_window(w, "prefetch", &d->prefetch);
	}
	rv_jw_close(w);
}

/* What firmware's allocator decides, as far as all BARs are known. */
static void write_pci(struct rv_jw *w, const struct subject *s)
{
	if (!s->pci.n) {
		rv_jw_null(w, "pci");
		rv_jw_str(w, "pci_why", s->pci_error.msg);
		return;
	}
	rv_jw_open(w, "pci", '{');
	write_window(w, "aperture32", &s->pci.aperture32);
	write_window(w, "aperture64", &s->pci.aperture64);
	rv_jw_open(w, "devices", '[');
	for (size_t i = 0; i < s->pci.n; i++)
		write_device(w, &s->pci.device[i]);
	rv_jw_close(w);
	rv_jw_close(w);
	rv_jw_null(w, "pci_why");
}

static bool print_json(const struct subject *s, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g };
	struct rv_acpi_table table[RV_ACPI_TABLES_MAX];
	size_t n;

	if (!rv_acpi_tables(rv_buf_span(&s->blobs.tables), table, &n, err))
		return false;
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", "refval.acpi/1");
	digest(&w, "loader", &s->digests.loader);
	digest(&w, "rsdp", &s->digests.rsdp);
	digest(&w, "tables", &s->digests.tables);
	if (s->digests.has_tpm_log)
		digest(&w, "tpm_log", &s->digests.tpm_log);
	rv_jw_open(&w, "sizes", '{');
	rv_jw_u64(&w, "loader", s->blobs.loader.n);
	rv_jw_u64(&w, "rsdp", s->blobs.rsdp.n);
	rv_jw_u64(&w, "tables", s->blobs.tables.n);
	if (s->digests.has_tpm_log)
		rv_jw_u64(&w, "tpm_log", s->blobs.tpm_log.n);
	rv_jw_close(&w);
	rv_jw_open(&w, "contents", '[');
	for (size_t i = 0; i < n; i++) {
		rv_jw_open(&w, NULL, '{');
		rv_jw_str(&w, "signature", table[i].signature);
		rv_jw_u64(&w, "offset", table[i].offset);
		rv_jw_u64(&w, "length", table[i].data.n);
		rv_jw_close(&w);
	}
	rv_jw_close(&w);
	rv_jw_open(&w, "assumed", '[');
	for (size_t i = 0; i < s->assumed.n; i++)
		rv_jw_str(&w, NULL, s->assumed.text[i]);
	if (s->said.other.n)
		rv_jw_text(&w, NULL, rv_buf_span(&s->said.other));
	rv_jw_close(&w);
	write_machine(&w, &s->m);
	write_pci(&w, s);
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}

static void print_line(const char *what, const struct rv_sha384 *d, size_t size)
{
	rv_out("%-8s %7zu  ", what, size);
	rv_out_hex(rv_span(d->b, sizeof d->b));
	rv_out("\n");
}

static void print_text(const struct subject *s)
{
	const struct rv_acpi_machine *m = &s->m;

	rv_out("QEMU %u.%u.%u, %u CPU%s, %" PRIu64 " bytes of RAM, "
	       "%u endpoint%s, %u root port%s%s%s%s%s\n\n",
	       m->qemu.major, m->qemu.minor, m->qemu.micro, m->cpus,
	       m->cpus == 1 ? "" : "s", m->memory, m->endpoints,
	       m->endpoints == 1 ? "" : "s", m->root_ports,
	       m->root_ports == 1 ? "" : "s", m->pic ? ", pic" : "",
	       m->edge ? ", edge" : "", m->hotplug ? "" : ", hotplug off",
	       m->tpm ? ", TPM" : "");
	rv_shape_said_print(&s->said);
	rv_out("file       bytes  SHA-384\n");
	print_line("loader", &s->digests.loader, s->blobs.loader.n);
	print_line("rsdp", &s->digests.rsdp, s->blobs.rsdp.n);
	if (s->digests.has_tpm_log)
		print_line("tpm_log", &s->digests.tpm_log, s->blobs.tpm_log.n);
	print_line("tables", &s->digests.tables, s->blobs.tables.n);
	for (size_t i = 0; i < s->assumed.n; i++)
		rv_out("%sassumed: %s\n", i ? "" : "\n", s->assumed.text[i]);
}

static bool run(int argc, char **argv, enum rv_code *answer, struct rv_err *err)
{
	RV_AUTO(subject_free) struct subject s = { 0 };

	(void)answer;
	if (argc)
		return rv_fail(err, RV_USAGE, "unexpected operand %s", argv[0]);
	if (!read_machine(&s, err) || !rv_acpi_build(&s.m, &s.blobs, err) ||
	    !rv_acpi_hash(&s.blobs, &s.digests, err))
		return false;
	if (dir && !write_dir(&s.blobs, err))
		return false;
	if (json)
		return print_json(&s, err);
	print_text(&s);
	return true;
}

static const struct rv_opt opts[] = {
	RV_OPT_TEXT("shape", "FILE", &shape_file,
		    "machine as JSON, all facts by name"),
	RV_SHAPE_OPTS(shape_opts),
	RV_OPT_TEXT("dir", "DIR", &dir,
		    "write the blobs and each table into DIR"),
	RV_OPT_TO,
	RV_OPT_JSON(&json),
	{ 0 },
};

static const struct rv_rule rules[] = {
	{ "gpu-bar gpu-model", "gpus vm-config", NULL, NULL },
	{ "nvswitch-bar", "nvswitches vm-config", NULL, NULL },
	{ 0 },
};

static const struct rv_group groups[] = {
	{ "The machine's shape", "shape " RV_SHAPE_NAMES },
	{ "Output", "dir output json" },
	{ 0 },
};

static const struct rv_cmd cmd = {
	.name = "acpi",
	.args = "(--vm-config FILE | --shape FILE | shape options)",
	.summary = "The ACPI blobs that QEMU gives a machine of this shape: "
		   "three files,\nwhich TDX firmware measures into RTMR0",
	.opts = opts,
	.rules = rules,
	.groups = groups,
	.first = "vm-config cpus memory qemu dir",
	.reads = "shape vm-config",
	.example = "refval-acpi --cpus 8 --memory 64G --qemu 8.2.2 --dir out",
	.run = run,
};

int main(int argc, char **argv)
{
	return rv_cmd_main(&cmd, argc, argv);
}
