/* SPDX-License-Identifier: Apache-2.0 */
/* gpu_alone.c - GPU evidence on its own: a bare report, a list, or a document
 * of which only that part is wanted. */
#include "parts.h"
#include "json.h"

#include <stdio.h>

static bool is_report(struct rv_span in)
{
	return in.n > 39 && in.p[0] == 0x11 && in.p[1] == 0xe0 &&
	       in.p[37] == 0x11 && in.p[38] == 0x60;
}

static bool bare(struct rv_span report, struct rv_span chain,
		 struct rv_gpu_evidence *out, struct rv_err *err)
{
	struct rv_gpu_device *d = rv_ev_new_gpu(out, err);

	if (!d)
		return false;
	if (report.n > RV_GPU_REPORT_MAX || chain.n > RV_GPU_CHAIN_MAX)
		return rv_fail(err, RV_INPUT,
			       "a report of %zu bytes, a chain of %zu",
			       report.n, chain.n);
	out->there = true;
	snprintf(out->format, sizeof out->format, "report");
	return rv_buf_copy(report, &d->report, err) &&
	       rv_buf_copy(chain, &d->chain, err);
}

/* Hex of a report, blanks let be; *is: it is one. */
static bool hex_report(struct rv_span in, struct rv_buf *out, bool *is,
		       struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf digits = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf bytes = { 0 };
	struct rv_err ignored;

	*is = false;
	if (in.n > 4 * RV_GPU_REPORT_MAX)
		return true;
	for (size_t i = 0; i < in.n; i++)
		if (!in.p[i] || !strchr(" \t\r\n", in.p[i]))
			rv_grow_u8(&g, in.p[i]);
	if (!rv_grow_take(&g, &digits, err))
		return false;
	if (!rv_unhex_buf(rv_buf_span(&digits), "", &bytes, &ignored))
		return ignored.code != RV_SYSTEM ||
		       rv_no_memory(err, "GPU evidence");
	*is = is_report(rv_buf_span(&bytes));
	*out = RV_TAKE(bytes);
	return true;
}

static bool from_document(struct rv_span in, const char *instance,
			  struct rv_gpu_evidence *out, struct rv_err *err)
{
	RV_AUTO(rv_evidence_free) struct rv_evidence e = { 0 };
	struct rv_evidence_options o = { .instance = instance, .gpu = true };

	if (!rv_ev_any(in, &o, 0, &e, err))
		return false;
	if (!e.gpu.there)
		return rv_fail(err, RV_INPUT, "%s: no GPU evidence in it",
			       e.format);
	if (instance && !e.instance)
		return rv_fail(err, RV_USAGE,
			       "instance %s: this evidence is of one machine",
			       instance);
	*out = RV_TAKE(e.gpu);
	return true;
}

bool rv_gpu_evidence_read(struct rv_span in, struct rv_span chain,
			  const char *instance, struct rv_gpu_evidence *out,
			  struct rv_err *err)
{
	RV_AUTO(rv_gpu_evidence_free) struct rv_gpu_evidence e = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf bytes = { 0 };
	bool is = is_report(in);

	if (in.n > EV_FILE_MAX)
		return rv_fail(err, RV_INPUT, "longer than %d bytes",
			       EV_FILE_MAX);
	if (!is) {
		if (!hex_report(in, &bytes, &is, err))
			return false;
		if (is)
			in = rv_buf_span(&bytes);
	}
	if (is && instance)
		return rv_fail(err, RV_USAGE, "instance %s: this is one report",
			       instance);
	if (!is && chain.n)
		return rv_fail(err, RV_USAGE,
			       "a chain goes with a bare report only");
	if (is ? !bare(in, chain, &e, err)
	       : !from_document(in, instance, &e, err))
		return rv_in(err, "GPU evidence");
	*out = RV_TAKE(e);
	return true;
}
