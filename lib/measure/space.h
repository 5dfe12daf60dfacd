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
	RV_HOLES = 23,
	RV_BAR_SETS = 10,
	RV_SWITCH_BARS = 2,
	RV_NODES_MAX = 2,
	RV_MEMORIES_MAX = 128,
};

/* The size that stands for all that give the same tables. */
#define RV_SEARCH_MEMORY ((uint64_t)4 << 30)

uint64_t rv_hole(size_t i); /* 0: QEMU's default */

/* BARs that GPUs have, the likely ones first; each has one of 32 MiB, too. */
extern const struct rv_bar_set {
	struct rv_bar control;
	uint64_t large; /* bytes */
} rv_bar_sets[RV_BAR_SETS];
/* What an NVSwitch has that matters: in 64-bit or in 32-bit memory. */
extern const struct rv_bar rv_switch_bars[RV_SWITCH_BARS];

/* One point of the space. */
struct rv_candidate {
	size_t version; /* which class of QEMU versions */
	uint32_t cpus;
	uint64_t memory;
	unsigned endpoints, ports; /* on bus 0 */
	bool pic, edge, hotplug, tpm;
	uint64_t hole;
	unsigned bars;	     /* 1 + index of rv_bar_sets; 0: none said */
	unsigned switches;   /* NVSwitches among @ports */
	unsigned switch_bar; /* 1 + index of rv_switch_bars; 0: none said */
	/* Huge pages: NUMA nodes, each with an expander. */
	unsigned nodes;
	unsigned gpus[RV_NODES_MAX]; /* on them */
	bool swapped; /* the second node's expander has the lower number */
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

/* One version of each row in the candidate's class, of those that are not ruled
 * out by what is given and by this page order. */
size_t rv_class_versions(const struct rv_space *s, const struct rv_candidate *c,
			 bool single_pass,
			 struct rv_qemu out[RV_QEMU_CLASSES_MAX]);

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
