/* SPDX-License-Identifier: Apache-2.0 */
/*
 * statement.c - in-toto Statement v1 about the files that were measured. The
 * predicate holds the registers, the digests of their events and what they
 * rest on, for readers who want no more; and, under "values", the whole
 * refval.values/1 document, from which the rest follows and is checked. Of
 * machines of several shapes it has a list of each, and a type of its own.
 */
#include "publish.h"
#include "json.h"

#include <stdio.h>

static const char statement_type[] = RV_STATEMENT_TYPE;

/* ---- writing ---- */

static void put_subject(struct rv_jw *w, const char *name,
			const struct rv_sha256 *d)
{
	rv_jw_open(w, NULL, '{');
	rv_jw_str(w, "name", name);
	rv_jw_open(w, "digest", '{');
	rv_jw_hex(w, "sha256", rv_span(d->b, sizeof d->b));
	rv_jw_close(w);
	rv_jw_close(w);
}

/* A subject is a file; the command line is one only inside another. */
static void put_subjects(struct rv_jw *w, const struct rv_values *v)
{
	bool sums = false;

	rv_jw_open(w, "subject", '[');
	for (size_t i = 0; i < v->inputs; i++) {
		const struct rv_input *in = &v->input[i];
		bool text = strcmp(in->role, "cmdline") == 0;

		put_subject(w, text ? "cmdline" : in->name, &in->sha256);
		sums = sums || strcmp(in->role, "checksums") == 0;
	}
	/* os_image_hash is the digest of that file. */
	if (v->has_os_image_hash && !sums)
		put_subject(w, "sha256sum.txt", &v->os_image_hash);
	rv_jw_close(w);
}

static void put_sha384(struct rv_jw *w, const char *key,
		       const struct rv_sha384 *d)
{
	rv_jw_hex(w, key, rv_span(d->b, sizeof d->b));
}

static void put_registers(struct rv_jw *w, const struct rv_values *v)
{
	const struct rv_sha384 *mrtd = rv_mrtd_value(&v->mrtd);

	rv_jw_open(w, "tdx", '{');
	rv_jw_open(w, "mrtd", '{');
	if (mrtd)
		put_sha384(w, "value", mrtd);
	if (v->mrtd.has_single)
		put_sha384(w, "single_pass", &v->mrtd.single_pass);
	if (v->mrtd.has_two)
		put_sha384(w, "two_pass", &v->mrtd.two_pass);
	rv_jw_close(w);
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++) {
		const struct rv_register *reg =
		    rv_values_register(v, rv_values_name(i));

		if (reg->known)
			put_sha384(w, rv_values_name(i), &reg->value);
	}
	rv_jw_close(w);
}

/* Only of registers that are known: all their events are. */
static void put_events(struct rv_jw *w, const struct rv_values *v)
{
	rv_jw_open(w, "events", '{');
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++) {
		const struct rv_register *reg =
		    rv_values_register(v, rv_values_name(i));

		if (!reg->known || !reg->n)
			continue;
		rv_jw_open(w, rv_values_name(i), '[');
		for (size_t k = 0; k < reg->n; k++)
			put_sha384(w, NULL, &reg->event[k].digest);
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

/* For readers who want no more than digests. */
static void put_summary(struct rv_jw *w, const struct rv_values *v)
{
	const struct rv_qemu *q = &v->shape.qemu;
	char qemu[40];

	put_registers(w, v);
	put_events(w, v);
	rv_jw_open(w, "model", '{');
	rv_jw_str(w, "edk2", *v->edk2 ? v->edk2 : NULL);
	snprintf(qemu, sizeof qemu, "%u.%u.%u", q->major, q->minor, q->micro);
	rv_jw_str(w, "qemu", q->major ? qemu : NULL);
	rv_jw_str(w, "page_add", rv_page_add_name(v->mrtd.page_add));
	rv_jw_close(w);
}

static bool put_values(struct rv_jw *w, const char *key,
		       const struct rv_values *v, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf values = { 0 };

	if (!rv_values_write(v, &values, err))
		return false;
	rv_jw_json(w, key, rv_buf_span(&values));
	return true;
}

static bool put_list(struct rv_jw *w, const struct rv_values *v, size_t n,
		     struct rv_err *err)
{
	rv_jw_open(w, "machines", '[');
	for (size_t i = 0; i < n; i++) {
		rv_jw_open(w, NULL, '{');
		put_summary(w, &v[i]);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	rv_jw_open(w, "values", '[');
	for (size_t i = 0; i < n; i++)
		if (!put_values(w, NULL, &v[i], err))
			return false;
	rv_jw_close(w);
	return true;
}

static bool put_predicate(struct rv_jw *w, const char *key,
			  const struct rv_values *v, size_t n,
			  struct rv_err *err)
{
	rv_jw_open(w, key, '{');
	if (n > 1) {
		if (!put_list(w, v, n, err))
			return false;
	} else {
		put_summary(w, v);
		if (!put_values(w, "values", v, err))
			return false;
	}
	rv_jw_close(w);
	return true;
}

/* The subjects are those of the first: a statement is about these files. */
static bool one_image(const struct rv_values *v, size_t n, struct rv_err *err)
{
	for (size_t i = 1; i < n; i++) {
		bool same = v[i].inputs == v->inputs &&
			    v[i].has_os_image_hash == v->has_os_image_hash &&
			    memcmp(&v[i].os_image_hash, &v->os_image_hash,
				   sizeof v->os_image_hash) == 0;

		for (size_t k = 0; same && k < v->inputs; k++)
			same =
			    strcmp(v[i].input[k].name, v->input[k].name) == 0 &&
			    memcmp(&v[i].input[k].sha256, &v->input[k].sha256,
				   sizeof v->input[k].sha256) == 0;
		if (!same)
			return rv_fail(err, RV_INPUT,
				       "a statement is about the files of one"
				       " image, and those of values %zu are"
				       " not those of the first",
				       i + 1);
	}
	return true;
}

bool rv_intoto_write(const struct rv_values *v, size_t n, struct rv_buf *out,
		     struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	struct rv_jw w = { .to = &g, .compact = true };

	if (!v->inputs && !v->has_os_image_hash)
		return rv_fail(err, RV_INPUT,
			       "the values name no file: there is nothing that "
			       "a statement could be about");
	if (!one_image(v, n, err))
		return false;
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "_type", statement_type);
	put_subjects(&w, v);
	rv_jw_str(&w, "predicateType",
		  n > 1 ? RV_PREDICATE_LIST_TYPE : RV_PREDICATE_TYPE);
	if (!put_predicate(&w, "predicate", v, n, err))
		return false;
	rv_jw_close(&w);
	if (g.buf.n)
		g.buf.n--; /* the LF behind a document is no part of it */
	return rv_grow_take(&g, out, err);
}

/* ---- reading ---- */

/* Everything in @predicate must be what its own values give. */
static bool agrees(const rv_json *predicate, const struct rv_values_list *l,
		   struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_json_free) rv_json *again = NULL;
	struct rv_jw w = { .to = &g, .compact = true };

	if (!put_predicate(&w, NULL, l->item, l->n, err))
		return false;
	if (g.failed)
		return rv_no_memory(err, "predicate");
	if (!rv_json_parse(rv_buf_span(&g.buf), "predicate", &again, err))
		return false;
	if (!rv_json_same(again, predicate))
		return rv_fail(err, RV_INPUT,
			       "predicate: not what its own values give");
	return true;
}

/* A predicate of somebody else, by its registers and events alone. */
static bool read_register(const rv_json *predicate, const rv_json *tdx,
			  const char *name, struct rv_register *reg,
			  struct rv_err *err)
{
	const rv_json *list =
	    rv_json_get(rv_json_get(predicate, "events"), name);
	struct rv_sha384 stated = { { 0 } };
	bool has = false;

	if (!rv_json_opt_hex(tdx, name, &has, stated.b, sizeof stated.b, err))
		return false;
	if (rv_json_size(list) > RV_EVENTS_MAX)
		return rv_fail(err, RV_INPUT, "events: %s: more than %d", name,
			       RV_EVENTS_MAX);
	for (; list && reg->n < rv_json_size(list); reg->n++) {
		struct rv_predicted *e = &reg->event[reg->n];

		snprintf(e->label, sizeof e->label, "event-%zu", reg->n);
		e->known = true;
		e->origin = RV_ORIGIN_GIVEN;
		if (!rv_unhex(rv_json_text(rv_json_at(list, reg->n)),
			      e->digest.b, sizeof e->digest.b))
			return rv_fail(err, RV_INPUT,
				       "events: %s: %zu: no SHA-384", name,
				       reg->n);
	}
	if (reg->n && !rv_register_replay(reg, err))
		return false;
	if (reg->n && has && memcmp(reg->value.b, stated.b, 48) != 0)
		return rv_fail(err, RV_INPUT,
			       "tdx: %s is not what its %zu events give", name,
			       reg->n);
	reg->known = has || reg->n;
	if (has)
		reg->value = stated;
	reg->origin = reg->known ? RV_ORIGIN_GIVEN : RV_ORIGIN_NONE;
	if (!reg->known)
		snprintf(reg->why, sizeof reg->why, "the statement has none");
	return true;
}

static bool read_foreign(const rv_json *predicate, struct rv_values *v,
			 struct rv_err *err)
{
	const rv_json *tdx = rv_json_get(predicate, "tdx");
	const rv_json *mrtd = rv_json_get(tdx, "mrtd");
	struct rv_span order = { 0 };

	if (!rv_json_is_object(tdx))
		return rv_fail(err, RV_INPUT,
			       "predicate: neither values nor tdx in it");
	v->shape = rv_shape_default();
	v->mrtd.origin = RV_ORIGIN_GIVEN;
	if (!rv_json_opt_hex(mrtd, "single_pass", &v->mrtd.has_single,
			     v->mrtd.single_pass.b, 48, err) ||
	    !rv_json_opt_hex(mrtd, "two_pass", &v->mrtd.has_two,
			     v->mrtd.two_pass.b, 48, err) ||
	    !rv_json_opt_text(rv_json_get(predicate, "model"), "page_add",
			      &order, err))
		return false;
	v->mrtd.known = v->mrtd.has_single && v->mrtd.has_two;
	if (rv_same_text(order, "single"))
		v->mrtd.page_add = RV_PAGE_ADD_SINGLE;
	if (rv_same_text(order, "two-pass"))
		v->mrtd.page_add = RV_PAGE_ADD_TWO;
	for (size_t i = 0; i < RV_VALUES_REGISTERS; i++)
		if (!read_register(predicate, tdx, rv_values_name(i),
				   &v->reg[i], err))
			return false;
	return true;
}

static bool read_values(const rv_json *values, struct rv_values_list *out,
			struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	struct rv_values *v;

	return rv_values_list_add(out, &v, err) &&
	       rv_json_dump(values, &text, err) &&
	       rv_values_read(rv_buf_span(&text), v, err);
}

static bool read_predicate(const rv_json *predicate, struct rv_values_list *out,
			   struct rv_err *err)
{
	const rv_json *values = rv_json_get(predicate, "values");
	struct rv_values *v;

	if (!values)
		return rv_values_list_add(out, &v, err) &&
		       read_foreign(predicate, v, err);
	return read_values(values, out, err) && agrees(predicate, out, err);
}

/* Two or more: what one machine has to say has the other type. */
static bool read_list(const rv_json *predicate, struct rv_values_list *out,
		      struct rv_err *err)
{
	const rv_json *list = rv_json_get(predicate, "values");
	size_t n = rv_json_size(list);

	if (!rv_json_is_array(list) || n < 2 || n > RV_VALUES_LIST_MAX)
		return rv_fail(err, RV_INPUT,
			       "predicate: values: no list of 2 to %d",
			       RV_VALUES_LIST_MAX);
	for (size_t i = 0; i < n; i++)
		if (!read_values(rv_json_at(list, i), out, err))
			return rv_in(err, "values %zu", i + 1);
	return one_image(out->item, out->n, err) && agrees(predicate, out, err);
}

bool rv_intoto_read(struct rv_span json, struct rv_values_list *out,
		    struct rv_err *err)
{
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_span type, predicate_type;
	const rv_json *predicate;
	bool list;

	if (!rv_json_parse(json, "statement", &j, err) ||
	    !rv_json_need_text(j, "_type", &type, err) ||
	    !rv_json_need_text(j, "predicateType", &predicate_type, err))
		return false;
	if (!rv_same_text(type, statement_type))
		return rv_fail(err, RV_INPUT, "statement: _type is not %s",
			       statement_type);
	list = rv_same_text(predicate_type, RV_PREDICATE_LIST_TYPE);
	if (!list && !rv_same_text(predicate_type, RV_PREDICATE_TYPE))
		return rv_fail(
		    err, RV_INPUT, "statement: predicateType %.*s, not %s",
		    (int)(predicate_type.n < 100 ? predicate_type.n : 100),
		    (const char *)predicate_type.p, RV_PREDICATE_TYPE);
	if (!rv_json_size(rv_json_get(j, "subject")) ||
	    !rv_json_is_array(rv_json_get(j, "subject")))
		return rv_fail(err, RV_INPUT, "statement: no subject");
	predicate = rv_json_get(j, "predicate");
	if (!rv_json_is_object(predicate))
		return rv_fail(err, RV_INPUT, "statement: no predicate");
	return (list ? read_list(predicate, out, err)
		     : read_predicate(predicate, out, err)) ||
	       rv_in(err, "statement");
}
