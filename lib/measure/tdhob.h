/* SPDX-License-Identifier: Apache-2.0 */
/* tdhob.h - the hand-off list QEMU writes for the firmware of a TD. */
#ifndef RV_TDHOB_H
#define RV_TDHOB_H

#include "base.h"
#include "tdvf.h"

/* Where the list lies, and the memory that is accepted from the start. */
struct rv_hob_layout {
	uint64_t base; /* of the TD_HOB section */
	struct rv_hob_range {
		uint64_t start, size;
	} accepted[RV_TDVF_MAX]; /* by start, without overlap */
	size_t n;
};

/* From the sections of a firmware. */
RV_MUST bool rv_hob_layout(const struct rv_tdvf *t, struct rv_hob_layout *out,
			   struct rv_err *err);
/* From, and to, the witness of a measurement.tdx.cbor: LEB128 numbers. */
RV_MUST bool rv_hob_unpack(struct rv_span witness, struct rv_hob_layout *out,
			   struct rv_err *err);
void rv_hob_pack(const struct rv_hob_layout *layout, struct rv_grow *to);

/* The digest of the list for a machine with @memory bytes of RAM. */
RV_MUST bool rv_hob_digest(const struct rv_hob_layout *layout, uint64_t memory,
			   struct rv_sha384 *out, struct rv_err *err);

#endif
