/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pci.h - stage "acpi": where firmware's PCI allocator puts each BAR and each
 * window of a bridge. QEMU writes some of that into the tables.
 *
 * Source: measured on edk2 2025.02 and 2026.08 under QEMU, where it is equal
 * for every tree of tests/vectors/acpi/windows.json; the commit log has no
 * change of it from 202308 to 202608 but the one named below.
 */
#ifndef REFVAL_PCI_H
#define REFVAL_PCI_H

#include <refval/shape.h>
#include <refval/types.h>

enum {
	RV_PCI_DEVICES_MAX = 1200,
	RV_PCI_ROOTS_MAX = 16, /* bus 0 and the expanders */
	RV_PCI_ON_ROOT = -1,   /* no port above this device */
};
#define RV_PCI_BAR_MAX ((uint64_t)1 << 44)

/* Both ends included; last is 0 when there is none. */
struct rv_pci_window {
	uint64_t first, last;
};

/* One function. The facts come first; what firmware decides is below. */
struct rv_pci_device {
	unsigned root; /* index of the root bus that it is on or below */
	int port;      /* index of the bridge above it, or RV_PCI_ON_ROOT */
	uint8_t slot, function;
	struct rv_bar bar[RV_PCI_BARS]; /* by BAR register; size 0: none */
	uint64_t rom; /* bytes of an option ROM; a TD has none */
	bool is_bridge;
	bool hotplug;	  /* a bridge whose slot may be filled later */
	const char *name; /* what it is, for people; static */

	uint8_t bus, secondary, subordinate; /* the latter two of a bridge */
	uint64_t address[RV_PCI_BARS];	     /* 0: no address */
	struct rv_pci_window io, memory, prefetch; /* of a bridge */
	bool left_out; /* there was no room: no BAR has an address */
};

/* A machine's devices: a bridge stands before what is behind it, and devices
 * of one bus stand by slot and function. */
struct rv_pci_tree {
	uint64_t low_mem;      /* bytes of RAM below 4 GiB */
	uint64_t ram_end;      /* the byte behind all RAM */
	unsigned address_bits; /* of the guest */
	bool amd;
	uint64_t mmio64; /* bytes, opt/ovmf/X-PciMmio64Mb; 0: not given */
	uint32_t edk2;	 /* release, as in struct rv_shape; 0: not known */
	unsigned root_bus[RV_PCI_ROOTS_MAX]; /* numbers, ascending */
	unsigned last_bus[RV_PCI_ROOTS_MAX]; /* decided: the highest below */
	size_t roots;
	struct rv_pci_device *device; /* owned */
	size_t n;
	/* Decided: the apertures, and whether each request found room. */
	struct rv_pci_window aperture32, aperture64;
	bool fits;
};

RV_API void rv_pci_tree_free(struct rv_pci_tree *t);

/*
 * Place everything as firmware does. True also when not all fits: then @fits
 * is false, and the devices that firmware gives up are @left_out. RV_INPUT for
 * a tree that is none, and for bus numbers that run out.
 */
RV_API RV_MUST bool rv_pci_place(struct rv_pci_tree *t, struct rv_err *err);

/*
 * The devices of a dstack machine, placed. RV_INPUT when the BARs of a GPU or
 * NVSwitch are not known, or when not all fits. @out is owned.
 */
RV_API RV_MUST bool rv_pci_from_shape(const struct rv_shape *shape,
				      struct rv_pci_tree *out,
				      struct rv_err *err);

/* A GPU's BARs by product name. */
struct rv_gpu_model {
	const char *name; /* "H100" */
	struct rv_bar bar[RV_PCI_BARS];
	size_t bars;
	const char *evidence; /* where the sizes were seen */
	const char *assumed;  /* what was not seen, or NULL */
};
/* The table, and how many rows it has. */
RV_API const struct rv_gpu_model *rv_gpu_models(size_t *n);
/* Upper or lower case; NULL when no such product is known. */
RV_API const struct rv_gpu_model *rv_gpu_model(const char *name);

#endif
