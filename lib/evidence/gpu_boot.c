/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gpu_boot.c - what a guest of dstack 0.6 got when it had its GPUs attested at
 * boot: the bytes that its gpu-attestation event has the digest of. Agents give
 * them as text, or as a list of one bundle for each vendor.
 */
#include "json.h"
#include "parts.h"

enum { BOOT_MAX = 1 << 20 };

/* { vendor, format, evidence: hex } */
static bool take_bundle(const rv_json *b, struct rv_buf *out,
			struct rv_err *err)
{
	struct rv_span vendor = { 0 }, hex;

	if (!rv_json_opt_text(b, "vendor", &vendor, err) ||
	    !rv_json_need_text(b, "evidence", &hex, err))
		return false;
	if (vendor.n && !rv_same_text(vendor, "nvidia"))
		return true;
	if (out->n)
		return rv_fail(err, RV_INPUT, "two bundles of NVIDIA's");
	if (hex.n > 2 * (size_t)BOOT_MAX)
		return rv_fail(err, RV_INPUT, "longer than %d bytes", BOOT_MAX);
	return rv_unhex_buf(hex, "evidence", out, err);
}

bool rv_ev_json_gpu_boot(const rv_json *v, struct rv_evidence *out,
			 struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf b = { 0 };

	if (rv_json_is_string(v)) {
		if (rv_json_text(v).n > BOOT_MAX)
			return rv_fail(err, RV_INPUT,
				       "boottime_gpu_evidence: longer than %d"
				       " bytes",
				       BOOT_MAX);
		if (!rv_buf_copy(rv_json_text(v), &b, err))
			return false;
	} else if (!rv_json_is_array(v)) {
		return rv_fail(err, RV_INPUT,
			       "boottime_gpu_evidence: neither text nor a"
			       " list");
	}
	for (size_t i = 0; i < rv_json_size(v); i++)
		if (!take_bundle(rv_json_at(v, i), &b, err))
			return rv_in(err, "boottime_gpu_evidence[%zu]", i);
	rv_buf_free(&out->gpu_boot);
	out->gpu_boot = RV_TAKE(b);
	return true;
}

void rv_ev_write_gpu_boot(const struct rv_buf *b, struct rv_jw *w)
{
	if (!b->n)
		return;
	rv_jw_open(w, "boottime_gpu_evidence", '[');
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "vendor", "nvidia");
	rv_jw_hex(w, "evidence", rv_buf_span(b));
	rv_jw_close(w);
	rv_jw_close(w);
}
