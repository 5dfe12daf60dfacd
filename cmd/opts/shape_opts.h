/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shape_opts.h - the options that describe a machine, the same in every
 * command that needs one: --vm-config FILE, and a single option per fact.
 */
#ifndef RV_SHAPE_OPTS_H
#define RV_SHAPE_OPTS_H

#include "cmd.h"

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
	{ 0, "vm-config", "FILE", "machine shape: vm_config JSON, or what holds it",\
	  &(o).vm_config, NULL, NULL },					\
	{ 0, "cpus", "N", "virtual processors",				\
	  &(o).cpus, NULL, NULL },					\
	{ 0, "memory", "SIZE", "RAM: bytes, or with K, M, G, T",	\
	  &(o).memory, NULL, NULL },					\
	{ 0, "qemu", "VERSION", "QEMU's version, as in 8.2.2",		\
	  &(o).qemu, NULL, NULL },					\
	{ 0, "page-add", "single|two-pass", "page order of MRTD",	\
	  &(o).page_add, NULL, NULL },					\
	{ 0, "pic", "on|off", "interrupt controller i8259",		\
	  &(o).pic, NULL, NULL },					\
	{ 0, "edge", "on|off", "TDX patches of before upstream (below 9.2)",\
	  &(o).edge, NULL, NULL },					\
	{ 0, "gpus", "N", "GPUs passed through",			\
	  &(o).gpus, NULL, NULL },					\
	{ 0, "gpu-model", "NAME", "their product, as in H100: says the BARs",\
	  &(o).gpu_model, NULL, NULL },					\
	{ 0, "gpu-bar", "SIZE[:KIND]", "a BAR of each GPU, in order; repeated",\
	  NULL, NULL, &(o).gpu_bar },					\
	{ 0, "nvswitches", "N", "NVSwitches passed through",		\
	  &(o).nvswitches, NULL, NULL },				\
	{ 0, "nvswitch-bar", "SIZE[:KIND]", "a BAR of each NVSwitch; repeated",\
	  NULL, NULL, &(o).nvswitch_bar },				\
	{ 0, "nics", "N", "network cards (default 1)",			\
	  &(o).nics, NULL, NULL },					\
	{ 0, "volumes", "N", "dm-verity volumes (default 0)",		\
	  &(o).volumes, NULL, NULL },					\
	{ 0, "hugepages", NULL, "RAM from huge pages",			\
	  NULL, &(o).hugepages, NULL },					\
	{ 0, "pci-hole64", "SIZE", "64-bit PCI window",			\
	  &(o).pci_hole64, NULL, NULL },				\
	{ 0, "hotplug-off", NULL, "no ACPI hot-plug behind bridges",	\
	  NULL, &(o).hotplug_off, NULL },				\
	{ 0, "rootfs", "verity|iso", "form of the root file system",	\
	  &(o).rootfs, NULL, NULL },					\
	{ 0, "swtpm", NULL, "with a TPM",				\
	  NULL, &(o).swtpm, NULL },					\
	{ 0, "host-share", "MODE", "9p (default), vvfat or vhd",	\
	  &(o).host_share, NULL, NULL },				\
	{ 0, "ovmf", "VARIANT", "pre202505, stable202505, or 202502 ...",\
	  &(o).ovmf, NULL, NULL },					\
	{ 0, "cpu-id", "EAX:EDX", "CPUID leaf 1 as QEMU writes it into SMBIOS",\
	  &(o).cpu_id, NULL, NULL },					\
	{ 0, "smbios-product", "MAKER/NAME", "what the VMM says, or none (dstack/dstack)",\
	  &(o).smbios_product, NULL, NULL },				\
	{ 0, "smbios-firmware", "TEXT", "vendor|version|date of the firmware",\
	  &(o).smbios_firmware, NULL, NULL }
/* clang-format on */

/*
 * The shape that @o describes: a vm_config first, then the single options,
 * which fill in what it does not say. RV_USAGE when the two disagree.
 */
RV_MUST bool rv_shape_from_opts(const struct rv_shape_opts *o,
				struct rv_shape *out, struct rv_err *err);

/* The names of what was given, --vm-config excepted: static texts. */
enum { RV_SHAPE_FACTS = 32 };
size_t rv_shape_opts_facts(const struct rv_shape_opts *o,
			   const char *name[RV_SHAPE_FACTS]);

/* "2G", "2GiB", "2048M", "2147483648" to bytes. */
RV_MUST bool rv_size_parse(const char *text, uint64_t max, uint64_t *out);

#endif
