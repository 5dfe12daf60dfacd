/* SPDX-License-Identifier: Apache-2.0 */
/*
 * measure.h - stage "measure": reference values for MRTD and RTMR0-2.
 */
#ifndef REFVAL_MEASURE_H
#define REFVAL_MEASURE_H

#include <refval/acpi.h>
#include <refval/image.h>
#include <refval/shape.h>
#include <refval/types.h>

/* Where a value came from. Printed with every value. */
enum rv_origin {
	RV_ORIGIN_NONE = 0,
	RV_ORIGIN_COMPUTED, /* by formula from the files and the shape */
	RV_ORIGIN_GIVEN,    /* by the user, e.g. --acpi FILE */
	RV_ORIGIN_CAPTURED, /* published or captured, from a release record */
};

/* One predicted event. */
struct rv_predicted {
	char label[48]; /* e.g. "td-hob", "acpi-tables", "kernel" */
	uint32_t type;	/* TCG PC Client PFP event type */
	bool known;	/* false: @digest could not be computed */
	struct rv_sha384 digest;
	enum rv_origin origin;
	char depends[160]; /* what the digest depends on, in words */
};

enum { RV_EVENTS_MAX = 64 };

/* One register: its value follows from its events. */
struct rv_register {
	bool known; /* all events known: @value is valid */
	struct rv_sha384 value;
	enum rv_origin origin;
	char why[200]; /* when not known: what is missing */
	size_t n;      /* events; 0 when only the value is known */
	struct rv_predicted event[RV_EVENTS_MAX];
};

struct rv_mrtd {
	bool known; /* single_pass and two_pass are valid */
	struct rv_sha384 single_pass, two_pass;
	enum rv_page_add page_add; /* which one this shape gives, or unknown */
	enum rv_origin origin;
	bool has_single, has_two; /* for captured values: which are recorded */
};

/* refval.values/1 */
struct rv_values {
	struct rv_shape shape;
	struct {
		char role[16]; /* "firmware", "kernel", "initrd", "cmdline" */
		char name[64];
		uint64_t size; /* bytes */
		struct rv_sha256 sha256;
	} input[8];
	size_t inputs;
	struct rv_mrtd mrtd;
	struct rv_register rtmr[3];
	char edk2[24];	    /* rule set applied, e.g. "edk2-stable202502" */
	char edk2_from[80]; /* how it was recognised */
	char release[64];   /* the record these came from, or "" */
	bool has_os_image_hash;
	struct rv_sha256 os_image_hash;
	bool has_mr_image; /* sha256(mrtd || rtmr1 || rtmr2) */
	struct rv_sha256 mr_image;
};

#endif
