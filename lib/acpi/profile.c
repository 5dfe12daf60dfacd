/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile.c - the version switches of QEMU's ACPI tables, one row each.
 *
 * A switch is on from @since; a stable branch that got the change later is on
 * from its own micro version (backports).
 */
#include "profile.h"

#include <stddef.h>

enum { BACKPORTS_MAX = 4 };

static const struct rv_qemu oldest = { 8, 0, 0 }, newest = { 11, 1, 0 };

static const struct {
	size_t member; /* of struct rv_profile, a bool */
	bool on;       /* what it becomes at @since */
	struct rv_qemu since;
	struct rv_qemu backport[BACKPORTS_MAX];
} switches[] = {
	{ offsetof(struct rv_profile, pdsm_tests_aidx),
	  true,
	  { 9, 2, 1 },
	  { { 9, 1, 3 }, { 8, 2, 9 } } },
	{ offsetof(struct rv_profile, static_pxb_prt),
	  true,
	  { 9, 2, 0 },
	  { { 0 } } },
	{ offsetof(struct rv_profile, eject_list),
	  true,
	  { 10, 0, 0 },
	  { { 0 } } },
	{ offsetof(struct rv_profile, pres_ini),
	  false,
	  { 11, 0, 0 },
	  { { 0 } } },
	{ offsetof(struct rv_profile, serial_shared),
	  true,
	  { 11, 1, 0 },
	  { { 0 } } },
};

static bool at_least(struct rv_qemu v, struct rv_qemu least)
{
	if (v.major != least.major)
		return v.major > least.major;
	if (v.minor != least.minor)
		return v.minor > least.minor;
	return v.micro >= least.micro;
}

static bool reached(struct rv_qemu v, size_t i)
{
	if (at_least(v, switches[i].since))
		return true;
	for (size_t k = 0; k < BACKPORTS_MAX; k++) {
		struct rv_qemu b = switches[i].backport[k];

		if (b.major && v.major == b.major && v.minor == b.minor &&
		    v.micro >= b.micro)
			return true;
	}
	return false;
}

bool rv_profile_of(struct rv_qemu v, struct rv_profile *out, struct rv_err *err)
{
	struct rv_profile p = { 0 };

	if (!v.major)
		return rv_fail(err, RV_INPUT, "the QEMU version is not known");
	if (!at_least(v, oldest) || v.major > newest.major ||
	    (v.major == newest.major && v.minor > newest.minor))
		return rv_fail(err, RV_INPUT,
			       "QEMU %u.%u.%u: the tables of versions 8.0 to"
			       " %u.%u are known",
			       v.major, v.minor, v.micro, newest.major,
			       newest.minor);
	/* Upstream raised it in May 2023; 8.0.x is not proven. */
	p.madt_revision = at_least(v, (struct rv_qemu){ 8, 1, 0 }) ? 3 : 1;
	for (size_t i = 0; i < RV_LEN(switches); i++) {
		bool on = reached(v, i) == switches[i].on;

		memcpy((char *)&p + switches[i].member, &on, sizeof on);
	}
	*out = p;
	return true;
}
