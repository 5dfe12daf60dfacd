/* SPDX-License-Identifier: Apache-2.0 */
/* sha256x2.h - the door to a processor's SHA-256: two streams in one thread. */
#ifndef RV_SHA256X2_H
#define RV_SHA256X2_H

#include "base.h"
#include "digest.h"

enum { RV_SHA256_BLOCK = 64, RV_SHA256X2_WAYS = 2 };

/* FIPS 180-4, 6.2: the hash value H0 to H7 between two blocks. */
struct rv_sha256_state {
	uint32_t h[8];
};

/* H(0) of FIPS 180-4, 5.3.3. */
extern const struct rv_sha256_state rv_sha256_start;

/*
 * @n blocks of 64 bytes from @p into @a and, unless @b is NULL, as many from
 * @q into @b. Both together take less than one after the other.
 */
typedef void (*rv_sha256x2_fn)(struct rv_sha256_state *a, const uint8_t *p,
			       struct rv_sha256_state *b, const uint8_t *q,
			       size_t n);

/* NULL where the processor has no such instructions, or is of another kind. */
rv_sha256x2_fn rv_sha256x2(void);

/* All that this processor can do, the fastest first; how many there are. */
size_t rv_sha256x2_ways(rv_sha256x2_fn out[RV_SHA256X2_WAYS]);

/* The message ends with @tail, less than a block; @n bytes of it in all. */
void rv_sha256x2_end(rv_sha256x2_fn fn, struct rv_sha256_state *s,
		     struct rv_span tail, uint64_t n, struct rv_sha256 *out);

#endif
