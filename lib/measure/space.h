/* SPDX-License-Identifier: Apache-2.0 */
/* space.h - the shapes that the solver searches. */
#ifndef RV_SPACE_H
#define RV_SPACE_H

#include "base.h"

#include <refval/acpi.h>
#include <refval/shape.h>

enum {
	RV_BASE_ENDPOINTS = 3, /* that every machine of dstack has */
	RV_ENDPOINTS_MAX = 27,
	RV_PORTS_MAX = 16,
	RV_PROFILES = 8,
	RV_HOLES = 17,
	RV_BARS = 5,
	RV_MEMORIES_MAX = 128,
};

/* QEMU versions that give the same blobs, and versions that stand for them. */
struct rv_profile_class {
	const char *versions;	 /* in words */
	struct rv_qemu two_pass; /* below 9.0; 0: there is none */
	struct rv_qemu single;	 /* from 9.0 on; 0: there is none */
	bool pxb_only; /* the same as another class without expanders */
};

extern const struct rv_profile_class rv_profile_classes[RV_PROFILES];
extern const uint64_t rv_bars[RV_BARS]; /* largest BAR of a GPU; 0: small */
uint64_t rv_hole(size_t i);		/* 0: QEMU's default */

/* One point of the space. */
struct rv_candidate {
	unsigned profile;
	uint32_t cpus;
	uint64_t memory;
	unsigned endpoints, ports;
	bool pic, edge, hotplug, tpm, huge;
	uint64_t hole, bar;
};

/* Does @given leave this value of a fact open? */
bool rv_given_cpus(const struct rv_shape *given, uint32_t cpus);
bool rv_given_allows(const struct rv_shape *given,
		     const struct rv_candidate *c);

/*
 * The shape that stands for @c, in the terms of @given. False when @given
 * forbids it, or nothing can be launched so.
 */
RV_MUST bool rv_candidate_shape(const struct rv_candidate *c,
				const struct rv_shape *given, bool single_pass,
				struct rv_shape *out);

/* RAM sizes that machines have; the first @n are the usual ones. */
size_t rv_usual_memory(uint64_t out[RV_MEMORIES_MAX]);

#endif
