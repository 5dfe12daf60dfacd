/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape_opts.h - the options that describe a machine, the same in every
 * command that needs one: --vm-config FILE, and a single option per fact.
 */
#ifndef RV_SHAPE_OPTS_H
#define RV_SHAPE_OPTS_H

#include "cmd.h"
#include "names.h"

/* The arguments as they were given; NULL and false: not given. */
struct rv_shape_opts {
	const char *vm_config, *cpus, *memory, *qemu, *page_add, *pic;
	const char *gpus, *nvswitches, *nics, *volumes, *pci_hole64;
	const char *host_share, *ovmf;
	const char *edge, *rootfs, *gpu_model;
	const char *cpu_id, *smbios_product, *smbios_firmware;
	struct rv_list gpu_bar, nvswitch_bar;
	bool hugepages, hotplug_off, swtpm;
};

/* Their names, for rules. */
#define RV_SHAPE_NAMES                                                         \
	"vm-config cpus memory qemu page-add pic edge gpus gpu-model gpu-bar"  \
	" nvswitches nvswitch-bar nics volumes hugepages pci-hole64"           \
	" hotplug-off rootfs swtpm host-share ovmf cpu-id smbios-product"      \
	" smbios-firmware"

/* The rows for a table of options; @o is the name of the variable. */
/* clang-format off */
#define RV_SHAPE_OPTS(o)						\
	RV_OPT_TEXT("vm-config", "FILE", &(o).vm_config,		\
		    "machine shape: vm_config JSON, or what holds it"),	\
	RV_OPT_TEXT("cpus", "N", &(o).cpus, "virtual processors"),	\
	RV_OPT_TEXT("memory", "SIZE", &(o).memory,			\
		    "RAM: bytes, or with K, M, G, T"),			\
	RV_OPT_TEXT("qemu", "VERSION", &(o).qemu,			\
		    "QEMU's version, as in 8.2.2"),			\
	RV_OPT_TEXT("page-add", "single|two-pass", &(o).page_add,	\
		    "page order of MRTD"),				\
	RV_OPT_TEXT("pic", "on|off", &(o).pic,				\
		    "interrupt controller i8259"),			\
	RV_OPT_TEXT("edge", "on|off", &(o).edge,			\
		    "TDX patches of before upstream (below 9.2)"),	\
	RV_OPT_TEXT("gpus", "N", &(o).gpus, "GPUs passed through"),	\
	RV_OPT_OFFERS("gpu-model", "NAME", &(o).gpu_model, rv_name_gpu,	\
		      "their product, as in H100: says the BARs"),	\
	RV_OPT_LIST("gpu-bar", "SIZE[:KIND]", &(o).gpu_bar,		\
		    "a BAR of each GPU, in order; repeated"),		\
	RV_OPT_TEXT("nvswitches", "N", &(o).nvswitches,			\
		    "NVSwitches passed through"),			\
	RV_OPT_LIST("nvswitch-bar", "SIZE[:KIND]", &(o).nvswitch_bar,	\
		    "a BAR of each NVSwitch; repeated"),		\
	RV_OPT_TEXT("nics", "N", &(o).nics,				\
		    "network cards (default 1)"),			\
	RV_OPT_TEXT("volumes", "N", &(o).volumes,			\
		    "dm-verity volumes (default 0)"),			\
	RV_OPT_FLAG("hugepages", &(o).hugepages,			\
		    "RAM from huge pages"),				\
	RV_OPT_TEXT("pci-hole64", "SIZE", &(o).pci_hole64,		\
		    "64-bit PCI window"),				\
	RV_OPT_FLAG("hotplug-off", &(o).hotplug_off,			\
		    "no ACPI hot-plug behind bridges"),			\
	RV_OPT_TEXT("rootfs", "verity|iso", &(o).rootfs,		\
		    "form of the root file system"),			\
	RV_OPT_FLAG("swtpm", &(o).swtpm, "with a TPM"),			\
	RV_OPT_NAMES("host-share", "MODE", &(o).host_share,		\
		     rv_name_host_share, "9p (default), vvfat or vhd"),			\
	RV_OPT_OFFERS("ovmf", "VARIANT", &(o).ovmf, rv_name_ovmf,	\
		      "pre202505, stable202505, or 202502 ..."),		\
	RV_OPT_TEXT("cpu-id", "EAX:EDX", &(o).cpu_id,			\
		    "CPUID leaf 1 as QEMU writes it into SMBIOS"),	\
	RV_OPT_TEXT("smbios-product", "MAKER/NAME", &(o).smbios_product, \
		    "what the VMM says, or none (dstack/dstack)"),	\
	RV_OPT_TEXT("smbios-firmware", "TEXT", &(o).smbios_firmware,	\
		    "vendor|version|date of the firmware")
/* clang-format on */

/* Who said what, where --vm-config and options did; else empty. Owned. */
struct rv_shape_said {
	/* "qemu, memory by vm.json; cpus by option" */
	struct rv_buf from;
	/* "cpus 3 and not 2 as vm.json says"; empty: no option overrides it */
	struct rv_buf other;
};

void rv_shape_said_free(struct rv_shape_said *s);
/* A line of each that is not empty. */
void rv_shape_said_print(const struct rv_shape_said *s);

/*
 * The shape that @o describes: what a vm_config says, fact by fact, and before
 * it what the single options do (rv_shape_overlay()). RV_USAGE when they leave
 * nothing of it. @said: may be NULL.
 */
RV_MUST bool rv_shape_from_opts(const struct rv_shape_opts *o,
				struct rv_shape *out,
				struct rv_shape_said *said, struct rv_err *err);

/* The names of what was given, --vm-config excepted: static texts. */
enum { RV_SHAPE_FACTS = 32 };
size_t rv_shape_opts_facts(const struct rv_shape_opts *o,
			   const char *name[RV_SHAPE_FACTS]);

/* "2G", "2GiB", "2048M", "2147483648" to bytes. */
RV_MUST bool rv_size_parse(const char *text, uint64_t max, uint64_t *out);

#endif
