/* SPDX-License-Identifier: Apache-2.0 */
/* space.h - the shapes that the solver searches. */
#ifndef RV_SPACE_H
#define RV_SPACE_H

#include "base.h"
#include "qemu.h"

#include <refval/acpi.h>
#include <refval/shape.h>

enum {
	RV_BASE_ENDPOINTS = 3, /* that every machine of dstack has */
	RV_ENDPOINTS_MAX = 27,
	RV_PORTS_MAX = 16,
	RV_HOLES = 17,
	RV_BARS = 5,
	RV_MEMORIES_MAX = 128,
};

extern const uint64_t rv_bars[RV_BARS]; /* largest BAR of a GPU; 0: small */
uint64_t rv_hole(size_t i);		/* 0: QEMU's default */

/* One point of the space. */
struct rv_candidate {
	size_t version; /* which class of QEMU versions */
	uint32_t cpus;
	uint64_t memory;
	unsigned endpoints, ports;
	bool pic, edge, hotplug, tpm, huge;
	uint64_t hole, bar;
};

/* What is given, and the classes without and with a PCI expander. */
struct rv_space {
	const struct rv_shape *given;
	struct rv_qemu_classes classes[2];
};

void rv_space_init(struct rv_space *s, const struct rv_shape *given);
/* The classes of QEMU versions that @c counts in. */
const struct rv_qemu_classes *rv_space_classes(const struct rv_space *s,
					       const struct rv_candidate *c);

/* Does what is given leave this value of a fact open? */
bool rv_given_cpus(const struct rv_shape *given, uint32_t cpus);

/*
 * The shape that stands for @c, in the terms of what is given. False when that
 * forbids it, or nothing can be launched so.
 */
RV_MUST bool rv_candidate_shape(const struct rv_space *space,
				const struct rv_candidate *c, bool single_pass,
				struct rv_shape *out);

/* RAM sizes that machines have; the first @n are the usual ones. */
size_t rv_usual_memory(uint64_t out[RV_MEMORIES_MAX]);

#endif
