/* SPDX-License-Identifier: Apache-2.0 */
/* smbios_search.h - which processor and product give an SMBIOS event? */
#ifndef RV_SMBIOS_SEARCH_H
#define RV_SMBIOS_SEARCH_H

#include "bios.h"

#include <refval/smbios.h>

/* Versions that an event is looked for with. */
struct rv_smbios_versions {
	const struct rv_qemu *at; /* borrowed */
	size_t n;
};

/* What is known. All pointers are borrowed. */
struct rv_smbios_asked {
	const struct rv_shape *shape; /* CPUs and memory; id, texts if given */
	struct rv_smbios_versions versions;
	const struct rv_bios *bios;
	const uint8_t *fmspc; /* 6 bytes of the PCK certificate, or NULL */
};

struct rv_smbios_found {
	bool found;
	uint32_t eax, edx;
	struct rv_qemu qemu; /* one of the versions asked for */
	char product[96];    /* "dstack/dstack" or "none" */
	uint64_t tried;	     /* combinations */
};

/* All processors that have TDX, the likely ones first. */
RV_MUST bool rv_smbios_search(const struct rv_smbios_asked *asked,
			      const struct rv_sha384 *event,
			      struct rv_smbios_found *out, struct rv_err *err);

enum { RV_SMBIOS_LIKELY_MAX = 4 };

/*
 * The processors that a machine most likely has: the id that the shape states,
 * else of those that the FMSPC names. Returns how many, 0: nothing is known.
 */
size_t rv_smbios_likely(const struct rv_shape *shape, const uint8_t *fmspc,
			uint32_t eax[RV_SMBIOS_LIKELY_MAX], uint32_t *edx);

#endif
