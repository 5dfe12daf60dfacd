/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verify_facts.c - facts that are stated of a machine, one by one, of machines
 * of several shapes: which decide a register, and which decide none. Runs in
 * the top folder of the source tree.
 */
#include "machine.h"

/* Every fact that has another value to try, and one that has none. */
static const char *const fact[] = {
	"cpus",
	"memory",
	"qemu",
	"page-add",
	"pic",
	"edge",
	"gpus",
	"gpu-model",
	"gpu-bar",
	"nvswitches",
	"nvswitch-bar",
	"nics",
	"volumes",
	"hugepages",
	"pci-hole64",
	"hotplug-off",
	"rootfs",
	"swtpm",
	"host-share",
	"ovmf",
	"cpu-id",
	"smbios-product",
	"smbios-firmware",
	"unheard-of",
};

enum { FACTS = RV_LEN(fact) };

/* The facts that the report says decide nothing, of all that are stated. */
static void idle(const struct machine *m, struct rv_verifier *v,
		 struct said *said)
{
	RV_AUTO(rv_verified_free) struct rv_verified out = { 0 };
	struct rv_verify_input in = m->in;
	struct rv_err err = { 0 };

	in.fact = fact;
	in.facts = FACTS;
	said->n = 0;
	said->text[0] = '\0';
	if (!rv_verify(v, &in, &out, &err))
		fail_msg("%s", err.msg);
	for (size_t i = 0; i < out.report.n; i++)
		if (strcmp(out.report.check[i].name, "machine_facts") == 0)
			say(said, "%s", out.report.check[i].actual);
}

static void small(struct rv_shape *s)
{
	s->cpus = 1;
	s->memory = (uint64_t)2560 << 20;
}

static void with_devices(struct rv_shape *s)
{
	s->gpus = 1;
	s->nvswitches = 1;
	s->nics = 2;
	s->volumes = 1;
	s->hotplug_off = true;
	s->pci_hole64 = (uint64_t)1 << 41;
	s->page_add = RV_PAGE_ADD_TWO;
	s->pic = RV_TRUE;
}

static void no_cpus(struct rv_shape *s)
{
	s->cpus = 0;
}

static void which_decide(void **state)
{
	static const struct {
		void (*change)(struct rv_shape *);
		const char *idle;
	} row[] = {
		/* The record has this machine's RTMR0, of one firmware. */
		{ NULL,
		  "page-add, pic, edge, gpu-model, gpu-bar, nvswitch-bar, "
		  "rootfs, host-share, ovmf, cpu-id, smbios-product, "
		  "smbios-firmware" },
		/* Computed: the firmware and the root file system count. */
		{ small,
		  "page-add, pic, edge, gpu-model, gpu-bar, nvswitch-bar, "
		  "host-share, cpu-id, smbios-product, smbios-firmware" },
		/* Without the GPU's BARs RTMR0 is not known. */
		{ with_devices,
		  "cpus, pic, edge, gpu-model, gpu-bar, nvswitches, "
		  "nvswitch-bar, nics, volumes, hugepages, pci-hole64, "
		  "hotplug-off, rootfs, swtpm, host-share, cpu-id, smbios-"
		  "product, smbios-firmware" },
		/* Nor is it without a number of CPUs. */
		{ no_cpus,
		  "page-add, pic, edge, gpus, gpu-model, gpu-bar, "
		  "nvswitches, nvswitch-bar, nics, volumes, hugepages, pci-"
		  "hole64, hotplug-off, rootfs, swtpm, host-share, cpu-id, "
		  "smbios-product, smbios-firmware" },
	};
	RV_AUTO(rv_verifier_free) struct rv_verifier *v = NULL;
	struct rv_verifier_options o = { .records = &records };
	struct rv_err err = { 0 };
	size_t wrong = 0;

	(void)state;
	assert_true(rv_verifier_new(&o, &v, &err));
	for (size_t i = 0; i < RV_LEN(row); i++) {
		RV_AUTO(machine_free) struct machine m;
		static struct said said;

		machine_load(&m);
		m.shape.given = UINT32_MAX;
		if (row[i].change)
			row[i].change(&m.shape);
		idle(&m, v, &said);
		if (strcmp(said.text, row[i].idle) != 0) {
			print_error("row %zu: %s\n", i, said.text);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_decide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
