/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stub.c - what systemd-stub of each version takes out of a unified kernel
 * image (systemd, src/fundamental: the list of sections and its order;
 * src/boot: how the kernel is started). A version without a row is not known.
 */
#include "stub.h"

enum {
	FIRST = 1u << RV_UKI_LINUX | 1u << RV_UKI_OSREL | 1u << RV_UKI_CMDLINE |
		1u << RV_UKI_INITRD | 1u << RV_UKI_SPLASH | 1u << RV_UKI_DTB |
		1u << RV_UKI_PCRSIG | 1u << RV_UKI_PCRPKEY,
	NAMED = FIRST | 1u << RV_UKI_UNAME | 1u << RV_UKI_SBAT,
	MICROCODE = NAMED | 1u << RV_UKI_UCODE,
};

static const struct rv_stub stubs[] = {
	{ 252, FIRST, true },
	{ 254, NAMED, true },
	{ 257, MICROCODE, true },
};

static const char versions[] = "252, 254 and 257";

const struct rv_stub *rv_stub_find(unsigned version)
{
	for (size_t i = 0; i < RV_LEN(stubs); i++)
		if (stubs[i].version == version)
			return &stubs[i];
	return NULL;
}

const char *rv_stub_versions(void)
{
	return versions;
}
