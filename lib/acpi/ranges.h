/* SPDX-License-Identifier: Apache-2.0 */
/* ranges.h - sets of addresses. */
#ifndef RV_ACPI_RANGES_H
#define RV_ACPI_RANGES_H

#include "base.h"
#include <refval/acpi.h>

/* Append [first, last]; false when memory ran out. */
RV_MUST bool rv_ranges_add(struct rv_ranges *r, uint64_t first, uint64_t last);
/* Sort, and make one of those that overlap or touch. */
void rv_ranges_merge(struct rv_ranges *r);
/*
 * The next part of [*first, last] that @taken (merged) leaves free. *first
 * moves behind it, and *done says that nothing is left.
 */
bool rv_ranges_free_part(const struct rv_ranges *taken, uint64_t *first,
			 uint64_t last, bool *done, struct rv_range *out);
void rv_ranges_free(struct rv_ranges *r);

#endif
