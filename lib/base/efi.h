/* SPDX-License-Identifier: Apache-2.0 */
/* efi.h - variables of UEFI as firmware measures them. */
#ifndef RV_EFI_H
#define RV_EFI_H

#include "base.h"

/* EFI global variables, and the image security database
 * (UEFI 2.10, 3.3, 32.4.1). */
extern const uint8_t rv_efi_global[16];
extern const uint8_t rv_efi_security[16];

/*
 * UEFI_VARIABLE_DATA (TCG PFP 1.06, 10.4.2.5): @guid, the lengths of name and
 * data, the name in UTF-16 without a NUL, @data.
 */
void rv_efi_variable(struct rv_grow *to, const uint8_t guid[16],
		     const char *name, struct rv_span data);

/* Is @event just such a variable, of @n bytes? They are *@data. */
bool rv_efi_is_variable(struct rv_span event, const uint8_t guid[16],
			const char *name, size_t n, struct rv_span *data);

#endif
