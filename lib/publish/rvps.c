/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rvps.c - a message for Trustee's Reference Value Provider Service, of type
 * "sample": names, as its default policy for TDX asks for them, to values.
 */
#include "publish.h"

#include <stdio.h>
#include <stdlib.h>

/* The different values of one name, in the order in which they come. */
struct set {
	struct rv_sha384 *value; /* owned */
	size_t n;
};

static void set_free(struct set *s)
{
	free(s->value);
}

/* Room for two of each machine: MRTD may have two. */
static bool set_new(struct set *s, size_t machines, struct rv_err *err)
{
	s->value = calloc(2 * machines, sizeof *s->value);
	return s->value || rv_no_memory(err, "rvps");
}

static void set_add(struct set *s, const struct rv_sha384 *d)
{
	for (size_t i = 0; i < s->n; i++)
		if (memcmp(s->value[i].b, d->b, sizeof d->b) == 0)
			return;
	s->value[s->n++] = *d;
}

static void put_list(struct rv_jw *w, const char *name, const struct set *s)
{
	rv_jw_open(w, name, '[');
	for (size_t i = 0; i < s->n; i++)
		rv_jw_hex(w, NULL,
			  rv_span(s->value[i].b, sizeof s->value[i].b));
	rv_jw_close(w);
}

/* A list is asked whether it holds the value: both page orders may be in. */
static bool add_mrtd(struct set *s, const struct rv_values *v)
{
	const struct rv_sha384 *value = rv_mrtd_value(&v->mrtd);
	size_t before = s->n;

	if (value) {
		set_add(s, value);
		return true;
	}
	if (v->mrtd.has_single)
		set_add(s, &v->mrtd.single_pass);
	if (v->mrtd.has_two)
		set_add(s, &v->mrtd.two_pass);
	return s->n > before || v->mrtd.has_single || v->mrtd.has_two;
}

static bool add_register(struct set *s, const struct rv_values *v,
			 const char *name)
{
	const struct rv_register *reg = rv_values_register(v, name);

	if (!reg)
		return add_mrtd(s, v);
	if (reg->known)
		set_add(s, &reg->value);
	return reg->known;
}

/* A register of the policy: a list of what it may be. */
struct writer {
	struct rv_jw *w;
	const struct rv_values *v;
	size_t n;
	char *left_out;
	size_t room;
};

static bool put_register(struct writer *to, const char *name, const char *reg,
			 size_t *count, struct rv_err *err)
{
	RV_AUTO(set_free) struct set s = { 0 };
	bool all = true;

	if (!set_new(&s, to->n, err))
		return false;
	for (size_t i = 0; i < to->n; i++)
		all = add_register(&s, &to->v[i], reg) && all;
	if (!all)
		rv_publish_leave_out(to->left_out, to->room, name);
	if (s.n)
		put_list(to->w, name, &s);
	*count += s.n;
	return true;
}

/* An event: the policy compares one text, so there can be one value only. */
static bool put_event(struct writer *to, const char *name, const char *reg,
		      const char *label, size_t *count, struct rv_err *err)
{
	const struct rv_predicted *is = NULL, *e;

	for (size_t i = 0; i < to->n; i++) {
		e = rv_publish_event(rv_values_register(&to->v[i], reg), label);
		if (!e) {
			rv_publish_leave_out(to->left_out, to->room, name);
			return true;
		}
		if (is && memcmp(is->digest.b, e->digest.b, 48) != 0)
			return rv_fail(err, RV_INPUT,
				       "%s is one value there, and values %zu"
				       " have another one than the first",
				       name, i + 1);
		is = e;
	}
	if (!is)
		return true;
	rv_jw_hex(to->w, name, rv_span(is->digest.b, sizeof is->digest.b));
	++*count;
	return true;
}

static bool put_names(struct writer *to, size_t *count, struct rv_err *err)
{
	return put_register(to, "mr_td", "mrtd", count, err) &&
	       put_register(to, "rtmr_0", "rtmr0", count, err) &&
	       put_register(to, "rtmr_1", "rtmr1", count, err) &&
	       put_register(to, "rtmr_2", "rtmr2", count, err) &&
	       put_event(to, "tdvfkernel", "rtmr1", "kernel", count, err) &&
	       put_event(to, "tdvfkernelparams", "rtmr2", "cmdline", count,
			 err);
}

bool rv_rvps_write(const struct rv_values *v, size_t n, char *left_out,
		   size_t room, struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow payload = { 0 }, g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_jw p = { .to = &payload, .compact = true };
	struct rv_jw w = { .to = &g, .compact = true };
	struct writer to = { &p, v, n, left_out, room };
	size_t count = 0;

	rv_jw_open(&p, NULL, '{');
	if (!put_names(&to, &count, err))
		return false;
	rv_jw_close(&p);
	if (count == 0)
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
