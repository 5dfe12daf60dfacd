/* SPDX-License-Identifier: Apache-2.0 */
/* cache.c - MRTD, a firmware's contents, a kernel's digests: computed once. */
#include "base.h"
#include "cache.h"
#include "digest.h"

#include <stdlib.h>

/* Headers differ by memory size; beyond these the digest is computed again. */
enum { KERNELS = 8 };

struct rv_measure_cache {
	bool has_mrtd, has_contents, inspected, has_sha256, has_store;
	struct rv_mrtd mrtd;
	struct rv_sha256 sha256;
	struct rv_sha384 store;
	struct rv_firmware contents;
	struct rv_err why; /* when @inspected is false */
	size_t kernels;
	struct {
		size_t n;
		uint8_t head[RV_SETUP_MAX];
		struct rv_sha384 digest;
	} kernel[KERNELS];
};

bool rv_measure_cache_new(struct rv_measure_cache **out, struct rv_err *err)
{
	struct rv_measure_cache *c = calloc(1, sizeof *c);

	if (!c)
		return rv_no_memory(err, "measure");
	*out = c;
	return true;
}

void rv_measure_cache_free(struct rv_measure_cache **c)
{
	free(*c);
	*c = NULL;
}

bool rv_cached_mrtd(struct rv_measure_cache *c, struct rv_span firmware,
		    struct rv_mrtd *out, struct rv_err *err)
{
	if (c && c->has_mrtd) {
		*out = c->mrtd;
		return true;
	}
	if (!rv_mrtd_compute(firmware, out, err))
		return false;
	if (c) {
		c->mrtd = *out;
		c->has_mrtd = true;
	}
	return true;
}

bool rv_cached_inspect(struct rv_measure_cache *c, struct rv_span firmware,
		       struct rv_firmware *out, struct rv_err *err)
{
	if (!c)
		return rv_firmware_inspect(firmware, out, err);
	if (!c->has_contents) {
		c->inspected =
		    rv_firmware_inspect(firmware, &c->contents, &c->why);
		c->has_contents = true;
	}
	if (!c->inspected) {
		*err = c->why;
		return false;
	}
	*out = c->contents;
	return true;
}

bool rv_cached_sha256(struct rv_measure_cache *c, struct rv_span firmware,
		      struct rv_sha256 *out, struct rv_err *err)
{
	if (c && c->has_sha256) {
		*out = c->sha256;
		return true;
	}
	if (!rv_sha256(firmware, out, err))
		return false;
	if (c) {
		c->sha256 = *out;
		c->has_sha256 = true;
	}
	return true;
}

bool rv_cached_store(struct rv_measure_cache *c, struct rv_span store,
		     struct rv_sha384 *out, struct rv_err *err)
{
	if (c && c->has_store) {
		*out = c->store;
		return true;
	}
	if (!rv_sha384(store, out, err))
		return false;
	if (c) {
		c->store = *out;
		c->has_store = true;
	}
	return true;
}

bool rv_cached_authenticode(struct rv_measure_cache *c, struct rv_span kernel,
			    struct rv_span head, struct rv_sha384 *out,
			    struct rv_err *err)
{
	for (size_t i = 0; c && i < c->kernels; i++)
		if (rv_same(rv_span(c->kernel[i].head, c->kernel[i].n), head)) {
			*out = c->kernel[i].digest;
			return true;
		}
	if (!rv_authenticode(kernel, head, out, err))
		return false;
	if (c && c->kernels < KERNELS && head.n <= RV_SETUP_MAX) {
		if (head.n)
			memcpy(c->kernel[c->kernels].head, head.p, head.n);
		c->kernel[c->kernels].n = head.n;
		c->kernel[c->kernels++].digest = *out;
	}
	return true;
}
