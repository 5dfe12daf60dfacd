/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aggregate.c - dstack's values over several registers (specification of
 * dstack, section 5.4).
 */
#include "base.h"
#include "digest.h"

#include <refval/measure.h>

static void add(struct rv_grow *g, const struct rv_sha384 *r, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rv_grow_add(g, r[i].b, sizeof r[i].b);
}

static bool finish(struct rv_grow *g, struct rv_sha256 *out, struct rv_err *err)
{
	if (g->failed)
		return rv_no_memory(err, "aggregate");
	return rv_sha256(rv_buf_span(&g->buf), out, err);
}

bool rv_mr_image(const struct rv_sha384 *mrtd, const struct rv_sha384 rtmr[4],
		 struct rv_sha256 *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	add(&g, mrtd, 1);
	add(&g, &rtmr[1], 2);
	return finish(&g, out, err);
}

bool rv_mr_system(const struct rv_sha384 *mrtd, const struct rv_sha384 rtmr[4],
		  struct rv_span key_provider_info, struct rv_sha256 *out,
		  struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_sha256 provider = { { 0 } };

	if (key_provider_info.n &&
	    !rv_sha256(key_provider_info, &provider, err))
		return false;
	add(&g, mrtd, 1);
	add(&g, rtmr, 3);
	rv_grow_add(&g, provider.b, sizeof provider.b);
	return finish(&g, out, err);
}

bool rv_mr_aggregated(const struct rv_sha384 *mrtd,
		      const struct rv_sha384 rtmr[4],
		      const struct rv_sha384 config[3], struct rv_sha256 *out,
		      struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	bool any = false;

	add(&g, mrtd, 1);
	add(&g, rtmr, 4);
	/* mr_config_id, mr_owner, mr_owner_config: all three, or none. */
	for (size_t i = 0; i < 3; i++)
		any |= !rv_all_zero(rv_span(config[i].b, sizeof config[i].b));
	if (any)
		add(&g, config, 3);
	return finish(&g, out, err);
}

void rv_mr_config_id_v1(const struct rv_sha256 *compose_hash,
			struct rv_sha384 *out)
{
	struct rv_sha384 id = { { 1 } };

	memcpy(id.b + 1, compose_hash->b, sizeof compose_hash->b);
	*out = id;
}

bool rv_mr_config_id_v3(struct rv_span document, struct rv_sha384 *out,
			struct rv_err *err)
{
	static const char prefix[] = "dstack-mr-config-v3:"; /* NUL included */
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_sha384 id = { { 3 } };
	struct rv_sha256 digest;

	rv_grow_add(&g, prefix, sizeof prefix);
	rv_grow_add(&g, document.p, document.n);
	if (!finish(&g, &digest, err))
		return false;
	memcpy(id.b + 1, digest.b, sizeof digest.b);
	*out = id;
	return true;
}
