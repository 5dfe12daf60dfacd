/* SPDX-License-Identifier: Apache-2.0 */
/*
 * corim.c - the registers as a Concise Reference Integrity Manifest
 * (draft-ietf-rats-corim, sections 4 and 5): once by name, as Trustee reads
 * them, and RTMRs once more as integrity registers. Machines of several shapes
 * are environments that differ by the index of their class. In core
 * deterministic encoding (RFC 8949, 4.2.1).
 */
#include "publish.h"

#include <stdio.h>

static void text(struct rv_grow *to, const char *s)
{
	rv_cbor_put_text(to, rv_text(s));
}

/* digests: [[alg, bytes]] */
static void put_digests(struct rv_grow *to, const struct rv_sha384 *d)
{
	rv_cbor_put_array(to, 1);
	rv_cbor_put_array(to, 2);
	rv_cbor_put_uint(to, ALG_SHA384);
	rv_cbor_put_bytes(to, rv_span(d->b, sizeof d->b));
}

/* measurement-map { 0: mkey, 1: { 2: digests } } */
static void put_measurement(struct rv_grow *to, const char *mkey,
			    const struct rv_sha384 *d)
{
	rv_cbor_put_map(to, 2);
	rv_cbor_put_uint(to, 0);
	text(to, mkey);
	rv_cbor_put_uint(to, 1);
	rv_cbor_put_map(to, 1);
	rv_cbor_put_uint(to, 2);
	put_digests(to, d);
}

/* measurement-map { 0: "rtmrs", 1: { 14: { index: digests } } } */
static void put_registers(struct rv_grow *to, const struct rv_values *v,
			  size_t known)
{
	rv_cbor_put_map(to, 2);
	rv_cbor_put_uint(to, 0);
	text(to, "rtmrs");
	rv_cbor_put_uint(to, 1);
	rv_cbor_put_map(to, 1);
	rv_cbor_put_uint(to, 14);
	rv_cbor_put_map(to, known);
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++) {
		const struct rv_register *reg =
		    rv_values_register(v, rv_values_name(i));

		if (!reg->known)
			continue;
		rv_cbor_put_uint(to, i);
		put_digests(to, &reg->value);
	}
}

static size_t count_known(const struct rv_values *v)
{
	size_t n = 0;

	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		n += rv_values_register(v, rv_values_name(i))->known;
	return n;
}

struct list {
	struct {
		const char *mkey;
		const struct rv_sha384 *digest;
	} row[8];
	size_t n;
	char *left_out;
	size_t room;
};

static void add(struct list *l, const char *mkey, const struct rv_sha384 *d)
{
	if (!d) {
		rv_publish_leave_out(l->left_out, l->room, mkey);
		return;
	}
	l->row[l->n].mkey = mkey;
	l->row[l->n++].digest = d;
}

static const struct rv_sha384 *event(const struct rv_register *reg,
				     const char *label)
{
	const struct rv_predicted *e = rv_publish_event(reg, label);

	return e ? &e->digest : NULL;
}

static void gather(const struct rv_values *v, struct list *l)
{
	static const char *const name[RV_VALUES_REGISTERS] = { "rtmr_0",
							       "rtmr_1",
							       "rtmr_2" };
	const struct rv_mrtd *m = &v->mrtd;

	add(l, "mr_td", rv_mrtd_value(m));
	add(l, "mr_td_single_pass", m->has_single ? &m->single_pass : NULL);
	add(l, "mr_td_two_pass", m->has_two ? &m->two_pass : NULL);
	for (size_t i = 0; i < RV_LEN(name); i++) {
		const struct rv_register *reg =
		    rv_values_register(v, rv_values_name(i));

		add(l, name[i], reg->known ? &reg->value : NULL);
	}
	add(l, "tdvfkernel", event(rv_values_register(v, "rtmr1"), "kernel"));
	add(l, "tdvfkernelparams",
	    event(rv_values_register(v, "rtmr2"), "cmdline"));
}

/* environment-map { 0: { 1: vendor, 2: model, ? 4: index } } */
static void put_environment(struct rv_grow *to, const struct rv_values *v,
			    size_t i, size_t n)
{
	rv_cbor_put_map(to, 1);
	rv_cbor_put_uint(to, 0);
	rv_cbor_put_map(to, n > 1 ? 3 : 2);
	rv_cbor_put_uint(to, 1);
	text(to, "refval");
	rv_cbor_put_uint(to, 2);
	text(to, *v->release ? v->release : "tdx");
	if (n == 1)
		return;
	rv_cbor_put_uint(to, 4);
	rv_cbor_put_uint(to, i);
}

/* reference-triple [ environment, [ measurement ] ] of machine @i of @n */
static bool put_triple(struct rv_grow *to, const struct rv_values *v, size_t i,
		       size_t n, char *left_out, size_t room,
		       struct rv_err *err)
{
	struct list l = { .left_out = left_out, .room = room };
	size_t known = count_known(v);

	gather(v, &l);
	if (l.n == 0)
		return rv_fail(err, RV_INPUT, "no register is known");
	rv_cbor_put_array(to, 2);
	put_environment(to, v, i, n);
	rv_cbor_put_array(to, l.n + (known > 0));
	for (size_t k = 0; k < l.n; k++)
		put_measurement(to, l.row[k].mkey, l.row[k].digest);
	if (known)
		put_registers(to, v, known);
	return true;
}

/* concise-mid-tag { 1: tag-identity, 4: { 0: reference-triples } } */
static void put_head(struct rv_grow *to, const char *id, size_t n)
{
	rv_cbor_put_map(to, 2);
	rv_cbor_put_uint(to, 1);
	rv_cbor_put_map(to, 2);
	rv_cbor_put_uint(to, 0);
	text(to, id);
	rv_cbor_put_uint(to, 1);
	rv_cbor_put_uint(to, 0);
	rv_cbor_put_uint(to, 4);
	rv_cbor_put_map(to, 1);
	rv_cbor_put_uint(to, 0);
	rv_cbor_put_array(to, n);
}

/* The class is the release's: the machines differ by nothing but an index. */
static bool one_class(const struct rv_values *v, size_t n, struct rv_err *err)
{
	for (size_t i = 1; i < n; i++)
		if (strcmp(v[i].release, v->release) != 0)
			return rv_fail(err, RV_INPUT,
				       "values %zu are of another release than"
				       " the first",
				       i + 1);
	return true;
}

bool rv_corim_write(const struct rv_values *v, size_t n, char *left_out,
		    size_t room, struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow comid = { 0 }, g = { 0 };
	char hex[33], id[64];

	if (!one_class(v, n, err) || !rv_publish_id(v, n, hex, err))
		return false;
	snprintf(id, sizeof id, "refval/%s", hex);
	put_head(&comid, id, n);
	for (size_t i = 0; i < n; i++)
		if (!put_triple(&comid, &v[i], i, n, left_out, room, err))
			return n > 1 ? rv_in(err, "values %zu", i + 1) : false;
	if (comid.failed)
		return rv_no_memory(err, "corim");
	rv_cbor_put_tag(&g, TAG_CORIM);
	rv_cbor_put_map(&g, 2);
	rv_cbor_put_uint(&g, 0);
	snprintf(id, sizeof id, "refval/%s/corim", hex);
	text(&g, id);
	rv_cbor_put_uint(&g, 1);
	rv_cbor_put_array(&g, 1);
	rv_cbor_put_tag(&g, TAG_COMID);
	rv_cbor_put_bytes(&g, rv_buf_span(&comid.buf));
	return rv_grow_take(&g, out, err);
}
