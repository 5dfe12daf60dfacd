/* SPDX-License-Identifier: Apache-2.0 */
/* smbios_facts.h - a shape's SMBIOS structures, and what was assumed of them.
 */
#ifndef RV_SMBIOS_FACTS_H
#define RV_SMBIOS_FACTS_H

#include "bios.h"

#include <refval/smbios.h>

/* The texts of @s lie in here: it must not be copied. */
struct rv_smbios_facts {
	struct rv_smbios s;
	char product[2][96];
	struct rv_bios bios;
	bool product_assumed;
};

/* The product that dstack's VMM states unless its operator says otherwise. */
extern const char rv_smbios_usual_product[];

/*
 * From a shape that has CPUs, memory and a QEMU version; the CPU's id is taken
 * as it is, and @bios unless the shape states the firmware's texts.
 */
void rv_smbios_facts(const struct rv_shape *shape, const struct rv_bios *bios,
		     struct rv_smbios_facts *out);
/* Another product: "MANUFACTURER/PRODUCT" or "none". */
void rv_smbios_product(struct rv_smbios_facts *f, const char *product);

#endif
