/* SPDX-License-Identifier: Apache-2.0 */
/* format.c - MRTD and RTMR0 to RTMR2 as dstack-mr prints them. */
#include "format.h"
#include "base.h"
#include "out.h"

enum { VALUES = 4 };

static bool is_text(const char *format)
{
	return strcmp(format, "dstack-mr-text") == 0;
}

/* The older command of that name, in Go: two values more. */
static bool is_go(const char *format)
{
	return strcmp(format, "dstack-mr-go") == 0;
}

const char *rv_measure_format_name(size_t i)
{
	static const char *const name[] = { "dstack-mr", "dstack-mr-text",
					    "dstack-mr-go" };

	return i < RV_LEN(name) ? name[i] : NULL;
}

bool rv_measure_format_check(const char *format, struct rv_err *err)
{
	return strcmp(format, "dstack-mr") == 0 || is_text(format) ||
	       is_go(format) ||
	       rv_fail(err, RV_USAGE,
		       "--format is dstack-mr, dstack-mr-text or"
		       " dstack-mr-go");
}

/* All four, or why one is missing: four bare values have no room for it. */
static bool all_known(const struct rv_values *v,
		      const struct rv_sha384 *out[VALUES], struct rv_err *err)
{
	out[0] = rv_mrtd_value(&v->mrtd);
	if (!out[0])
		return rv_fail(err, RV_INPUT, "MRTD is not known: %s",
			       v->mrtd.why[0] ? v->mrtd.why
					      : "its page order is not");
	for (unsigned i = 0; i + 1 < VALUES; i++) {
		const struct rv_register *reg =
		    rv_values_register(v, rv_values_name(i));

		if (!reg->known)
			return rv_fail(err, RV_INPUT,
				       "RTMR%u is not computable: %s", i,
				       reg->why);
		out[i + 1] = &reg->value;
	}
	return true;
}

/* Without a key provider, as there by default (DSTACK.md 5.4). */
static bool go_values(const struct rv_values *v, const struct rv_sha384 *mrtd,
		      struct rv_jw *w, struct rv_err *err)
{
	struct rv_sha256 system, image;
	struct rv_sha384 rtmr[4] = { 0 };

	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		rtmr[i] = v->reg[i].value;
	if (!rv_mr_system(mrtd, rtmr, (struct rv_span){ 0 }, &system, err) ||
	    !rv_mr_image(mrtd, rtmr, &image, err))
		return false;
	rv_jw_hex(w, "mr_enclave", rv_span(system.b, sizeof system.b));
	rv_jw_hex(w, "mr_image", rv_span(image.b, sizeof image.b));
	return true;
}

bool rv_measure_format(const char *format, const struct rv_values *v,
		       struct rv_err *err)
{
	static const char *const key[] = { "mrtd", "rtmr0", "rtmr1", "rtmr2" };
	static const char *const word[] = { "MRTD", "RTMR0", "RTMR1", "RTMR2" };
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	const struct rv_sha384 *value[VALUES];
	struct rv_jw w = { .to = &g };

	if (!all_known(v, value, err))
		return false;
	if (is_text(format)) {
		rv_out("Machine measurements:\n");
		for (size_t i = 0; i < VALUES; i++) {
			rv_out("%s: ", word[i]);
			rv_out_hex(rv_span(value[i]->b, sizeof value[i]->b));
			rv_out("\n");
		}
		return true;
	}
	rv_jw_open(&w, NULL, '{');
	for (size_t i = 0; i < VALUES; i++)
		rv_jw_hex(&w, key[i], rv_span(value[i]->b, sizeof value[i]->b));
	if (is_go(format) && !go_values(v, value[0], &w, err))
		return false;
	rv_jw_close(&w);
	return rv_out_document(&g, err);
}
