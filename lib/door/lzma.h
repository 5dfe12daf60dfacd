/* SPDX-License-Identifier: Apache-2.0 */
/* lzma.h - the door to LZMA "alone" data, as firmware images hold it. */
#ifndef RV_LZMA_H
#define RV_LZMA_H

#include "base.h"

/* Decode all of @in; RV_INPUT when damaged or above @max bytes. */
RV_MUST bool rv_lzma_decode(struct rv_span in, size_t max, struct rv_buf *out,
			    struct rv_err *err);

#endif
