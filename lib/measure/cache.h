/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cache.h - what does not hang on the machine's shape, computed once for many
 * shapes of the same files. Every function takes NULL for no cache.
 */
#ifndef RV_MEASURE_CACHE_H
#define RV_MEASURE_CACHE_H

#include "firmware.h"
#include "kernel.h"

#include <refval/measure.h>

RV_MUST bool rv_cached_mrtd(struct rv_measure_cache *c, struct rv_span firmware,
			    struct rv_mrtd *out, struct rv_err *err);
RV_MUST bool rv_cached_inspect(struct rv_measure_cache *c,
			       struct rv_span firmware, struct rv_firmware *out,
			       struct rv_err *err);
RV_MUST bool rv_cached_sha256(struct rv_measure_cache *c,
			      struct rv_span firmware, struct rv_sha256 *out,
			      struct rv_err *err);
/* Of the firmware's variable store. */
RV_MUST bool rv_cached_store(struct rv_measure_cache *c, struct rv_span store,
			     struct rv_sha384 *out, struct rv_err *err);
/* Authenticode of @kernel with its first bytes replaced by @head. */
RV_MUST bool rv_cached_authenticode(struct rv_measure_cache *c,
				    struct rv_span kernel, struct rv_span head,
				    struct rv_sha384 *out, struct rv_err *err);

#endif
