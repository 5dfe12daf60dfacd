/* SPDX-License-Identifier: Apache-2.0 */
/* efi.c - variables of UEFI as firmware measures them. */
#include "efi.h"

/* 8be4df61-93ca-11d2-aa0d-00e098032b8c */
const uint8_t rv_efi_global[16] = {
	0x61, 0xdf, 0xe4, 0x8b, 0xca, 0x93, 0xd2, 0x11,
	0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c,
};

/* d719b2cb-3d3a-4596-a3bc-dad00e67656f */
const uint8_t rv_efi_security[16] = {
	0xcb, 0xb2, 0x19, 0xd7, 0x3a, 0x3d, 0x96, 0x45,
	0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f,
};

void rv_efi_variable(struct rv_grow *to, const uint8_t guid[16],
		     const char *name, struct rv_span data)
{
	rv_grow_add(to, guid, 16);
	rv_grow_le(to, strlen(name), 8);
	rv_grow_le(to, data.n, 8);
	for (const char *c = name; *c; c++)
		rv_grow_le(to, (unsigned char)*c, 2);
	rv_grow_add(to, data.p, data.n);
}

bool rv_efi_is_variable(struct rv_span event, const uint8_t guid[16],
			const char *name, size_t n, struct rv_span *data)
{
	struct rv_rd r = rv_rd(event, "variable");
	struct rv_span whose = rv_take(&r, 16, "GUID");
	uint64_t chars = rv_le64(&r, "name length");
	uint64_t size = rv_le64(&r, "data length");
	bool same = rv_same(whose, rv_span(guid, 16)) &&
		    chars == strlen(name) && size == n;

	for (const char *c = name; *c; c++)
		same = rv_le16(&r, "name") == (unsigned char)*c && same;
	*data = rv_take(&r, n, "data");
	return same && !r.field && rv_rd_left(&r) == 0;
}
