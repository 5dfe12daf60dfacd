/* SPDX-License-Identifier: Apache-2.0 */
/* rules.h - by which rules of edk2 a firmware measures. */
#ifndef RV_RULES_H
#define RV_RULES_H

#include "edk2.h"
#include "firmware.h"

#include <refval/measure.h>
#include <refval/shape.h>
#include <refval/types.h>

/* The rules chosen for one firmware, and why. */
struct rv_rules {
	struct rv_edk2 edk2;
	char from[120]; /* how the release was told */
	char note[160]; /* what speaks against it, or "" */
	bool silent;	/* measures nothing in a TD, see @note */
	bool inspected; /* @firmware is valid */
	struct rv_firmware firmware;
};

/*
 * Which rules @in's firmware measures by. RV_INPUT, naming --ovmf, when that
 * cannot be told.
 */
RV_MUST bool rv_rules_choose(const struct rv_measure_input *in,
			     const struct rv_shape *shape, struct rv_rules *out,
			     struct rv_err *err);

#endif
