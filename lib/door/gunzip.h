/* SPDX-License-Identifier: Apache-2.0 */
/* gunzip.h - the door to zlib for gzip held in memory. */
#ifndef RV_GUNZIP_H
#define RV_GUNZIP_H

#include "base.h"

/*
 * Inflate the one gzip member (RFC 1952) that @in is, of at most @max bytes.
 * RV_INPUT: damaged, cut short, longer than @max, or something behind it.
 */
RV_MUST bool rv_gunzip(struct rv_span in, size_t max, struct rv_buf *out,
		       struct rv_err *err);

#endif
