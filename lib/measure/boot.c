/* SPDX-License-Identifier: Apache-2.0 */
/*
 * boot.c - the boot options that OVMF registers for applications in its own
 * firmware volume (UEFI 2.10, sections 3.1.3 and 10.3.5.8), in order.
 */
#include "base.h"
#include "boot.h"
#include "digest.h"

enum {
	ACTIVE = 0x001,
	HIDDEN = 0x008,
	CATEGORY_APP = 0x100,
};

/* 7cb8bdc9-f8eb-4f34-aaea-3ee4af6516a1: the DXE firmware volume. */
static const uint8_t volume[16] = {
	0xc9, 0xbd, 0xb8, 0x7c, 0xeb, 0xf8, 0x34, 0x4f,
	0xaa, 0xea, 0x3e, 0xe4, 0xaf, 0x65, 0x16, 0xa1,
};
/* 462caa21-7614-4503-836e-8ab6f4662331 */
static const uint8_t ui_app[16] = {
	0x21, 0xaa, 0x2c, 0x46, 0x14, 0x76, 0x03, 0x45,
	0x83, 0x6e, 0x8a, 0xb6, 0xf4, 0x66, 0x23, 0x31,
};
/* eec25bdc-67f2-4d95-b1d5-f81b2039d11d */
static const uint8_t menu_app[16] = {
	0xdc, 0x5b, 0xc2, 0xee, 0xf2, 0x67, 0x95, 0x4d,
	0xb1, 0xd5, 0xf8, 0x1b, 0x20, 0x39, 0xd1, 0x1d,
};

struct option {
	uint32_t attributes;
	const char *description;
	const uint8_t *file;
};

static const struct option old_ui = { ACTIVE | HIDDEN | CATEGORY_APP, "UiApp",
				      ui_app };
static const struct option menu = { ACTIVE | HIDDEN | CATEGORY_APP,
				    "BootManagerMenuApp", menu_app };
static const struct option setup = { ACTIVE | CATEGORY_APP,
				     "EFI Firmware Setup", ui_app };

static const struct {
	size_t n;
	const struct option *option[RV_BOOT_MAX];
} sets[] = {
	[RV_BOOT_UIAPP] = { 1, { &old_ui } },
	[RV_BOOT_MENU_SETUP] = { 2, { &menu, &setup } },
	[RV_BOOT_NONE] = { 0, { NULL } },
	[RV_BOOT_MENU] = { 1, { &menu } },
};

size_t rv_boot_count(enum rv_boot_options set)
{
	return sets[set].n;
}

bool rv_boot_order(enum rv_boot_options set, struct rv_sha384 *out,
		   struct rv_err *err)
{
	uint8_t order[2 * RV_BOOT_MAX] = { 0 };

	for (size_t i = 0; i < sets[set].n; i++)
		order[2 * i] = (uint8_t)i;
	return rv_sha384(rv_span(order, 2 * sets[set].n), out, err);
}

/* A device path node with a GUID: type, subtype, length 20. */
static void guid_node(struct rv_grow *g, unsigned subtype, const uint8_t *guid)
{
	rv_grow_u8(g, 4); /* media device path */
	rv_grow_u8(g, subtype);
	rv_grow_le(g, 20, 2);
	rv_grow_add(g, guid, 16);
}

/* EFI_LOAD_OPTION; the event's digest is over the variable's data alone. */
bool rv_boot_option(enum rv_boot_options set, size_t i, struct rv_sha384 *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const struct option *o = sets[set].option[i];

	rv_grow_le(&g, o->attributes, 4);
	rv_grow_le(&g, 20 + 20 + 4, 2);
	for (const char *s = o->description; *s; s++)
		rv_grow_le(&g, (uint8_t)*s, 2);
	rv_grow_le(&g, 0, 2);
	guid_node(&g, 7, volume);
	guid_node(&g, 6, o->file);
	rv_grow_add(&g, "\x7f\xff\x04\x00", 4); /* end of path */
	if (g.failed)
		return rv_no_memory(err, "boot option");
	return rv_sha384(rv_buf_span(&g.buf), out, err);
}
