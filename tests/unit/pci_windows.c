/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pci_windows.c - where real OVMF put each BAR and window, and how it numbered
 * the buses, against rv_pci_place(); and the blobs of those machines that a
 * shape describes. Run in the top folder, as `make check` does.
 */
#include "base.h"
#include "json.h"

#include <refval.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define VECTORS "tests/vectors/acpi/windows.json"

enum { FILE_MAX = 1 << 20, MACHINES = 55, BLOBS = 31, COMPARED = 3000 };

static size_t compared;

static uint64_t number(const rv_json *j)
{
	uint64_t v = 0;

	assert_true(rv_json_uint(j, INT64_MAX, &v));
	return v;
}

static uint64_t hex(const rv_json *j)
{
	struct rv_span s = rv_json_text(j);
	uint64_t v;
	char text[24], *end;

	assert_true(s.n > 2 && s.n < sizeof text);
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	v = strtoull(text, &end, 16);
	assert_int_equal(*end, '\0');
	return v;
}

static enum rv_bar_kind kind(const rv_json *j)
{
	static const char *const name[] = { "io", "m32", "p32", "m64", "p64" };

	for (size_t i = 0; i < RV_LEN(name); i++)
		if (rv_same_text(rv_json_text(j), name[i]))
			return (enum rv_bar_kind)i;
	fail();
	return RV_BAR_IO;
}

/* [slot, function, [[register, kind, size], ...], rom, {hotplug, devices}] */
static void add(struct rv_pci_tree *t, const rv_json *j, unsigned root,
		int port)
{
	const rv_json *bars = rv_json_at(j, 2), *below = rv_json_at(j, 4);
	struct rv_pci_device *d = &t->device[t->n];
	int at = (int)t->n++;

	d->root = root;
	d->port = port;
	d->slot = (uint8_t)number(rv_json_at(j, 0));
	d->function = (uint8_t)number(rv_json_at(j, 1));
	d->rom = number(rv_json_at(j, 3));
	d->name = "";
	for (size_t i = 0; i < rv_json_size(bars); i++) {
		const rv_json *b = rv_json_at(bars, i);

		d->bar[number(rv_json_at(b, 0))] =
		    (struct rv_bar){ number(rv_json_at(b, 2)),
				     kind(rv_json_at(b, 1)) };
	}
	if (!below)
		return;
	d->is_bridge = true;
	d->hotplug = rv_json_true(rv_json_get(below, "hotplug"));
	below = rv_json_get(below, "devices");
	for (size_t i = 0; i < rv_json_size(below); i++)
		add(t, rv_json_at(below, i), root, at);
}

static void read_tree(const rv_json *v, struct rv_pci_tree *t)
{
	const rv_json *m = rv_json_get(v, "machine");
	const rv_json *buses = rv_json_get(v, "buses"), *devices;

	t->low_mem = number(rv_json_get(m, "low_mem"));
	t->ram_end = number(rv_json_get(m, "ram_end"));
	t->address_bits = (unsigned)number(rv_json_get(m, "phys_bits"));
	if (rv_json_get(m, "pci_mmio64"))
		t->mmio64 = number(rv_json_get(m, "pci_mmio64"));
	if (rv_json_get(m, "edk2"))
		t->edk2 = (uint32_t)number(rv_json_get(m, "edk2"));
	t->device = calloc(RV_PCI_DEVICES_MAX, sizeof *t->device);
	assert_non_null(t->device);
	for (size_t i = 0; i < rv_json_size(buses); i++) {
		const rv_json *b = rv_json_at(buses, i);

		t->root_bus[t->roots++] =
		    (unsigned)number(rv_json_get(b, "bus"));
		devices = rv_json_get(b, "devices");
		for (size_t k = 0; k < rv_json_size(devices); k++)
			add(t, rv_json_at(devices, k), (unsigned)i,
			    RV_PCI_ON_ROOT);
	}
}

static bool same(const char *name, const char *at, const char *what,
		 uint64_t want, uint64_t got)
{
	compared++;
	if (want == got)
		return true;
	print_error("%s: %s %s: firmware %#" PRIx64 ", placed %#" PRIx64 "\n",
		    name, at, what, want, got);
	return false;
}

/* null: firmware gave it none. */
static size_t check_bars(const char *name, const char *at,
			 const struct rv_pci_device *d, const rv_json *bars)
{
	size_t bad = 0;

	for (unsigned i = 0; i < RV_PCI_BARS; i++) {
		char key[2] = { (char)('0' + i), '\0' };
		const rv_json *b = rv_json_get(bars, key);

		if (b)
			bad += !same(name, at, key,
				     rv_json_is_null(b) ? 0 : hex(b),
				     d->address[i]);
	}
	return bad;
}

static size_t check_window(const char *name, const char *at, const char *key,
			   const rv_json *windows,
			   const struct rv_pci_window *got)
{
	const rv_json *w = rv_json_get(windows, key);
	uint64_t first = w ? hex(rv_json_at(w, 0)) : 0;
	uint64_t last = w ? hex(rv_json_at(w, 1)) : 0;

	return !same(name, at, key, first, got->first) +
	       (size_t)!same(name, at, key, last, got->last);
}

static size_t check_device(const char *name, const struct rv_pci_device *d,
			   const rv_json *v)
{
	const rv_json *sub, *w;
	char at[16];
	size_t bad;

	snprintf(at, sizeof at, "%02x:%02x.%x", d->bus, d->slot & 31u,
		 d->function & 7u);
	bad = check_bars(name, at, d, rv_json_get(rv_json_get(v, "bars"), at));
	if (!d->is_bridge)
		return bad;
	w = rv_json_get(rv_json_get(v, "windows"), at);
	sub = rv_json_get(rv_json_get(v, "subordinate"), at);
	assert_non_null(w);
	assert_non_null(sub);
	return bad + check_window(name, at, "io", w, &d->io) +
	       check_window(name, at, "mem", w, &d->memory) +
	       check_window(name, at, "pref", w, &d->prefetch) +
	       (size_t)!same(name, at, "secondary", number(rv_json_at(sub, 0)),
			     d->secondary) +
	       (size_t)!same(name, at, "subordinate",
			     number(rv_json_at(sub, 1)), d->subordinate);
}

static void load(struct rv_buf *file, rv_json **j)
{
	struct rv_err err = { 0 };

	assert_true(rv_buf_read(VECTORS, FILE_MAX, file, &err));
	assert_true(rv_json_parse(rv_buf_span(file), VECTORS, j, &err));
	assert_int_equal(rv_json_size(*j), MACHINES);
}

static const char *name_of(const rv_json *v)
{
	return (const char *)rv_json_text(rv_json_get(v, "name")).p;
}

static void as_firmware_placed_it(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	size_t bad = 0;

	(void)state;
	compared = 0;
	load(&file, &j);
	for (size_t i = 0; i < MACHINES; i++) {
		RV_AUTO(rv_pci_tree_free) struct rv_pci_tree t = { 0 };
		const rv_json *v = rv_json_at(j, i);
		struct rv_err err = { 0 };

		read_tree(v, &t);
		if (!rv_pci_place(&t, &err))
			print_error("%s: %s\n", name_of(v), err.msg);
		assert_int_equal(err.code, RV_OK);
		for (size_t k = 0; k < t.n; k++)
			bad += check_device(name_of(v), &t.device[k], v);
	}
	assert_int_equal(bad, 0);
	assert_true(compared >= COMPARED);
}

/* Placed once more, a tree is the same: nothing decided before is a fact. */
static void placed_again(void **state)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;

	(void)state;
	load(&file, &j);
	for (size_t i = 0; i < MACHINES; i++) {
		RV_AUTO(rv_pci_tree_free) struct rv_pci_tree t = { 0 };
		RV_AUTO(rv_free) struct rv_pci_device *was = NULL;
		struct rv_err err = { 0 };

		read_tree(rv_json_at(j, i), &t);
		assert_true(rv_pci_place(&t, &err));
		was = calloc(t.n, sizeof *was);
		assert_non_null(was);
		memcpy(was, t.device, t.n * sizeof *was);
		assert_true(rv_pci_place(&t, &err));
		assert_memory_equal(was, t.device, t.n * sizeof *was);
	}
}

static void the_blobs_of_these_machines(void **state)
{
	static const char *const blob[] = { "loader", "rsdp", "tables" };
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	size_t machines = 0;

	(void)state;
	load(&file, &j);
	for (size_t i = 0; i < MACHINES; i++) {
		RV_AUTO(rv_acpi_machine_free) struct rv_acpi_machine m = { 0 };
		RV_AUTO(rv_acpi_blobs_free) struct rv_acpi_blobs b = { 0 };
		const rv_json *v = rv_json_at(j, i);
		const rv_json *shape = rv_json_get(v, "acpi_shape");
		struct rv_acpi_digests d;
		struct rv_sha384 want[3];
		struct rv_err err = { 0 };

		if (!shape)
			continue;
		machines++;
		assert_true(
		    rv_acpi_machine_read(rv_json_text(shape), &m, &err));
		assert_true(rv_acpi_build(&m, &b, &err));
		assert_true(rv_acpi_hash(&b, &d, &err));
		for (size_t k = 0; k < RV_LEN(blob); k++)
			assert_true(rv_json_need_hex(rv_json_get(v, "acpi"),
						     blob[k], want[k].b,
						     sizeof want[k].b, &err));
		assert_memory_equal(&want[0], &d.loader, sizeof want[0]);
		assert_memory_equal(&want[1], &d.rsdp, sizeof want[1]);
		assert_memory_equal(&want[2], &d.tables, sizeof want[2]);
	}
	assert_int_equal(machines, BLOBS);
}

/* ---- shapes ---- */

static struct rv_shape gpu_shape(uint32_t gpus, const char *model)
{
	struct rv_shape s = rv_shape_default();
	const struct rv_gpu_model *m = rv_gpu_model(model);

	assert_non_null(m);
	s.cpus = 8;
	s.memory = (uint64_t)64 << 30;
	s.qemu = (struct rv_qemu){ 10, 2, 1 };
	s.gpus = gpus;
	memcpy(s.gpu_bar, m->bar, sizeof s.gpu_bar);
	s.gpu_bars = m->bars;
	return s;
}

/* Two nodes with an expander each, on bus 5 and behind its ports. */
static void two_nodes(struct rv_shape *s, unsigned first_bus,
		      unsigned second_bus)
{
	s->numa_nodes = 2;
	for (unsigned i = 0; i < 2; i++)
		s->numa[i] = (struct rv_numa){
			.first_cpu = 4 * i,
			.last_cpu = 4 * i + 3,
			.bytes = s->memory / 2,
			.pxb_bus = (uint8_t)(i ? second_bus : first_bus),
		};
	s->hugepages = true;
}

static void refused(const struct rv_shape *s, const char *why)
{
	struct rv_acpi_machine m;
	struct rv_acpi_assumed a;
	struct rv_err err = { 0 };

	assert_false(rv_acpi_from_shape(s, &m, &a, &err));
	assert_int_equal(err.code, RV_INPUT);
	if (!strstr(err.msg, why))
		print_error("%s\n", err.msg);
	assert_non_null(strstr(err.msg, why));
}

/* Firmware leaves one of eight GPUs out (booted so: c-b300-pxb2-311). */
static void what_does_not_fit(void **state)
{
	struct rv_shape s = gpu_shape(8, "B300");
	struct rv_acpi_machine m = { 0 };
	struct rv_acpi_assumed a;
	struct rv_err err = { 0 };

	(void)state;
	assert_true(rv_acpi_from_shape(&s, &m, &a, &err));
	rv_acpi_machine_free(&m);
	two_nodes(&s, 5, 10);
	refused(&s, "the BARs do not fit: firmware leaves out the GPU on bus");
	s = gpu_shape(8, "B300");
	s.hugepages = true;
	refused(&s, "the BARs do not fit: firmware leaves out the GPU on bus");
}

static void what_is_missing(void **state)
{
	struct rv_shape s = gpu_shape(8, "H100");

	(void)state;
	s.gpu_bars = 0;
	refused(&s, "the BARs of the GPU are missing");
	s.hugepages = true;
	refused(&s, "the BARs of the GPU are missing");
	s = gpu_shape(8, "H100");
	s.hugepages = true;
	s.nvswitches = 4;
	refused(&s, "the BARs of the NVSwitch are missing");
	s = gpu_shape(8, "H100");
	two_nodes(&s, 5, 15);
	refused(&s, "how they are spread is not known");
	/* Ports of bus 0 whose numbers run into the expander's. */
	s = gpu_shape(2, "H100");
	s.hugepages = true;
	s.nvswitches = 5;
	s.nvswitch_bar[s.nvswitch_bars++] =
	    (struct rv_bar){ 32 << 20, RV_BAR_M32 };
	refused(&s, "another root bus");
	s = gpu_shape(33, "A30");
	s.hugepages = true;
	refused(&s, "33 GPUs on one PCI expander");
	s = gpu_shape(2, "H100");
	s.gpu_bar[1].size += 4096;
	refused(&s, "not a power of two");
}

/* H100 as measured: 128 GiB + 48 MiB behind each port, 2 MiB of 32-bit. */
static void two_expanders(void **state)
{
	struct rv_shape s = gpu_shape(8, "H100");
	struct rv_acpi_machine m = { 0 };
	struct rv_acpi_assumed a;
	struct rv_err err = { 0 };
	const uint64_t unit = (uint64_t)256 << 30;

	(void)state;
	two_nodes(&s, 5, 10);
	assert_true(rv_acpi_from_shape(&s, &m, &a, &err));
	assert_int_equal(m.pxbs, 2);
	assert_int_equal(a.n, 1);
	/* The one created last comes first: bus 10, the second node. */
	assert_int_equal(m.pxb[0].bus, 10);
	assert_int_equal(m.pxb[0].last_bus, 14);
	assert_int_equal(m.pxb[1].bus, 5);
	assert_int_equal(m.pxb[1].last_bus, 9);
	assert_int_equal(m.pxb[1].prefetch.n, 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(m.pxb[1].prefetch.at[i].first,
				 0x380000000000 + (128ULL << 30) + i * unit);
	assert_int_equal(m.pxb[0].memory.n, 1);
	assert_int_equal(m.pxb[0].memory.at[0].last -
			     m.pxb[0].memory.at[0].first + 1,
			 4 * ((2 << 20) + 0x1000));
	assert_int_equal(m.mmio64_base, 0x380000000000);
	assert_int_equal(m.mmio64_used_end, m.pxb[0].prefetch.at[3].last + 1);
	rv_acpi_machine_free(&m);
}

static void models(void **state)
{
	size_t n;
	const struct rv_gpu_model *m = rv_gpu_models(&n);

	(void)state;
	assert_true(n >= 7);
	for (size_t i = 0; i < n; i++) {
		struct rv_shape s = gpu_shape(1, m[i].name);
		RV_AUTO(rv_pci_tree_free) struct rv_pci_tree t = { 0 };
		struct rv_err err = { 0 };

		assert_true(strlen(m[i].evidence) > 0);
		assert_ptr_equal(rv_gpu_model(m[i].name), &m[i]);
		assert_true(rv_pci_from_shape(&s, &t, &err));
	}
	assert_ptr_equal(rv_gpu_model("h100"), rv_gpu_model("H100"));
	assert_null(rv_gpu_model("H10"));
	assert_null(rv_gpu_model(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_firmware_placed_it),
		cmocka_unit_test(placed_again),
		cmocka_unit_test(the_blobs_of_these_machines),
		cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test(what_is_missing),
		cmocka_unit_test(two_expanders),
		cmocka_unit_test(models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
