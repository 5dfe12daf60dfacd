/* SPDX-License-Identifier: Apache-2.0 */
/* plug.h - from a shape to the tree of its PCI devices. */
#ifndef RV_ACPI_PLUG_H
#define RV_ACPI_PLUG_H

#include <refval/acpi.h>
#include <refval/pci.h>

enum { RV_PXB_FIRST_SLOT = 0x10 };

/* A PCI expander, and how many GPUs are on it. */
struct rv_plug_pxb {
	unsigned slot, bus;
	uint32_t gpus;
};

/*
 * Plug and place. @pxb by ascending bus number; without one the GPUs are on
 * bus 0. BARs that the shape does not say are none. @out is owned.
 */
RV_MUST bool rv_plug(const struct rv_shape *s, uint32_t endpoints,
		     const struct rv_plug_pxb *pxb, size_t pxbs,
		     struct rv_pci_tree *out, struct rv_err *err);

/* The devices of @m, placed. RV_INPUT when BARs are missing or do not fit. */
RV_MUST bool rv_place(const struct rv_shape *s, const struct rv_acpi_machine *m,
		      struct rv_acpi_assumed *a, struct rv_pci_tree *out,
		      struct rv_err *err);
/* The windows of @m, as far as they reach the tables. */
RV_MUST bool rv_windows(const struct rv_shape *s, struct rv_acpi_machine *m,
			struct rv_acpi_assumed *a, struct rv_err *err);

/* Note what was taken for granted. */
void rv_assume(struct rv_acpi_assumed *a, const char *what);

#endif
