/* SPDX-License-Identifier: Apache-2.0 */
/* dsdt_slot.c - what every slot of a PCI bus has in the DSDT. */
#include "tables.h"

/* e5c937d0-3553-4d7a-9117-ea4d19c3434d */
static const uint8_t device_label_uuid[16] = {
	0xd0, 0x37, 0xc9, 0xe5, 0x53, 0x35, 0x7a, 0x4d,
	0x91, 0x17, 0xea, 0x4d, 0x19, 0xc3, 0x43, 0x4d,
};

void rv_dsdt_is_uuid(struct rv_aml *w, const uint8_t uuid[16])
{
	PUT(aml_lequal(ARG(0), aml_buffer(uuid, 16)));
}

/* PCI Firmware Specification 3.3, 4.6: unknown UUID or revision, no functions.
 */
void rv_dsdt_dsm_function0(struct rv_aml *w)
{
	static const uint8_t none[1];

	PUT(aml_store(aml_buffer(none, sizeof none), LOCAL(0)));
	rv_aml_if(w, aml_lnot(rv_dsdt_is_uuid(w, device_label_uuid)));
	PUT(aml_return(LOCAL(0)));
	rv_aml_end(w);
	rv_aml_if(w, aml_lless(ARG(1), INT(2)));
	PUT(aml_return(LOCAL(0)));
	rv_aml_end(w);
}

void rv_slot_name(char out[4], unsigned devfn)
{
	static const char digit[] = "0123456789ABCDEF";

	out[0] = 'S';
	out[1] = digit[devfn >> 4 & 15];
	out[2] = digit[devfn & 15];
	out[3] = '\0';
}
