/* SPDX-License-Identifier: Apache-2.0 */
/* tdvf.h - the sections of a TDX firmware, as its metadata lists them. */
#ifndef RV_TDVF_H
#define RV_TDVF_H

#include <refval/shape.h>
#include <refval/types.h>

/* TDX Virtual Firmware Design Guide, section "TDVF descriptor". */
enum rv_tdvf_type {
	RV_TDVF_BFV = 0,
	RV_TDVF_CFV = 1,
	RV_TDVF_TD_HOB = 2,
	RV_TDVF_TEMP_MEM = 3,
};
enum { RV_TDVF_EXTEND = 1, RV_TDVF_AUG = 2, RV_TDVF_MAX = 64 };

struct rv_section {
	uint64_t gpa, size; /* memory: where and how much */
	uint32_t type, attr;
	struct rv_span data; /* @size bytes for BFV and CFV, else empty */
};

struct rv_tdvf {
	struct rv_section section[RV_TDVF_MAX];
	size_t n;
};

/* @fw is borrowed: it must outlive @out, whose data point into it. */
RV_MUST bool rv_tdvf_read(struct rv_span fw, struct rv_tdvf *out,
			  struct rv_err *err);
/* The only section of @type, or RV_INPUT. */
RV_MUST bool rv_tdvf_one(const struct rv_tdvf *t, enum rv_tdvf_type type,
			 const struct rv_section **out, struct rv_err *err);

/* Page adds and extends over all sections of @t, in either order. */
RV_MUST bool rv_mrtd_order(const struct rv_tdvf *t, enum rv_page_add order,
			   struct rv_sha384 *out, struct rv_err *err);

#endif
