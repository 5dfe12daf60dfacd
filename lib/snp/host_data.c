/* SPDX-License-Identifier: Apache-2.0 */
/* host_data.c - how dstack binds its configuration to a guest's launch. */
#include "snp.h"

bool rv_snp_host_data(struct rv_span document, struct rv_sha256 *out,
		      struct rv_err *err)
{
	static const char prefix[] = "dstack-mr-config-v3:"; /* with its NUL */
	RV_AUTO(rv_digest_free) struct rv_digest *d = NULL;

	return rv_digest_new(RV_SHA256, &d, err) &&
	       rv_digest_add(d, prefix, sizeof prefix, err) &&
	       rv_digest_add(d, document.p, document.n, err) &&
	       rv_digest_end(d, out->b, err);
}
