/* SPDX-License-Identifier: Apache-2.0 */
/* smbios_facts.c - a shape's SMBIOS structures, as a dstack VMM asks for them.
 */
#include "smbios_facts.h"
#include "base.h"

#include <stdio.h>

const char rv_smbios_usual_product[] = "dstack/dstack";

/* The part of @text up to @sign, or all of it; *@text moves behind it. */
static void cut(const char **text, char sign, char *out, size_t room)
{
	const char *end = strchr(*text, sign);
	size_t n = end ? (size_t)(end - *text) : strlen(*text);

	snprintf(out, room, "%.*s", (int)n, *text);
	*text += n + (end != NULL);
}

void rv_smbios_product(struct rv_smbios_facts *f, const char *product)
{
	f->s.given[1] = strcmp(product, "none") != 0;
	cut(&product, '/', f->product[0], sizeof f->product[0]);
	cut(&product, '/', f->product[1], sizeof f->product[1]);
	f->s.text[1][0] = f->product[0];
	f->s.text[1][1] = f->product[1];
}

void rv_smbios_facts(const struct rv_shape *shape, const struct rv_bios *bios,
		     struct rv_smbios_facts *out)
{
	const char *texts = shape->smbios_firmware;

	*out = (struct rv_smbios_facts){
		.s = { .qemu = shape->qemu,
		       .memory = shape->memory,
		       .cpus = shape->cpus,
		       .eax = shape->cpu_eax,
		       .edx = shape->cpu_edx },
		.bios = *bios,
		.product_assumed = !*shape->smbios_product,
	};
	rv_smbios_product(out, out->product_assumed ? rv_smbios_usual_product
						    : shape->smbios_product);
	for (size_t i = 0; i < RV_BIOS_TEXTS; i++) {
		if (*shape->smbios_firmware)
			cut(&texts, '|', out->bios.text[i],
			    sizeof out->bios.text[i]);
		out->s.firmware[i] = out->bios.text[i];
	}
	out->bios.known |= *shape->smbios_firmware != '\0';
}
