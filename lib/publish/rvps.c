/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rvps.c - a message for Trustee's Reference Value Provider Service, of type
 * "sample": names, as its default policy for TDX asks for them, to values.
 */
#include "publish.h"

#include <stdio.h>

static void put_list(struct rv_jw *w, const char *name,
		     const struct rv_sha384 *a, const struct rv_sha384 *b)
{
	rv_jw_open(w, name, '[');
	rv_jw_hex(w, NULL, rv_span(a->b, sizeof a->b));
	if (b)
		rv_jw_hex(w, NULL, rv_span(b->b, sizeof b->b));
	rv_jw_close(w);
}

/* A list is asked whether it holds the value: both page orders may be in. */
static size_t put_mrtd(struct rv_jw *w, const struct rv_mrtd *m)
{
	const struct rv_sha384 *value = rv_mrtd_value(m);

	if (value)
		put_list(w, "mr_td", value, NULL);
	else if (m->has_single)
		put_list(w, "mr_td", &m->single_pass,
			 m->has_two ? &m->two_pass : NULL);
	else if (m->has_two)
		put_list(w, "mr_td", &m->two_pass, NULL);
	else
		return 0;
	return 1;
}

static size_t put_event(struct rv_jw *w, const char *name,
			const struct rv_register *reg, const char *label,
			char *left_out, size_t room)
{
	const struct rv_predicted *e = rv_publish_event(reg, label);

	if (!e) {
		rv_publish_leave_out(left_out, room, name);
		return 0;
	}
	rv_jw_hex(w, name, rv_span(e->digest.b, sizeof e->digest.b));
	return 1;
}

static size_t put_names(struct rv_jw *w, const struct rv_values *v,
			char *left_out, size_t room)
{
	/* In the order of rv_values_name(). */
	static const char *const name[RV_VALUES_REGISTERS] = { "rtmr_0",
							       "rtmr_1",
							       "rtmr_2" };
	size_t n = put_mrtd(w, &v->mrtd);

	if (!n)
		rv_publish_leave_out(left_out, room, "mr_td");
	for (size_t i = 0; i < RV_LEN(name); i++) {
		const struct rv_register *reg =
		    rv_values_register(v, rv_values_name(i));

		if (reg->known) {
			put_list(w, name[i], &reg->value, NULL);
			n++;
		} else {
			rv_publish_leave_out(left_out, room, name[i]);
		}
	}
	n += put_event(w, "tdvfkernel", rv_values_register(v, "rtmr1"),
		       "kernel", left_out, room);
	n += put_event(w, "tdvfkernelparams", rv_values_register(v, "rtmr2"),
		       "cmdline", left_out, room);
	return n;
}

bool rv_rvps_write(const struct rv_values *v, char *left_out, size_t room,
		   struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow payload = { 0 }, g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_jw p = { .to = &payload, .compact = true };
	struct rv_jw w = { .to = &g, .compact = true };
	size_t n;

	rv_jw_open(&p, NULL, '{');
	n = put_names(&p, v, left_out, room);
	rv_jw_close(&p);
	if (n == 0)
		return rv_fail(err, RV_INPUT, "no register is known");
	if (payload.failed)
		return rv_no_memory(err, "rvps");
	if (!rv_base64(rv_buf_span(&payload.buf), &text, err))
		return false;
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "version", "0.1.0");
	rv_jw_str(&w, "type", "sample");
	rv_jw_text(&w, "payload", rv_buf_span(&text));
	rv_jw_close(&w);
	return rv_grow_take(&g, out, err);
}
